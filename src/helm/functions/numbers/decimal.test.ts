import { expect, test } from '@jest/globals';
import { add, decimalOf, divide, floatOf, multiply, subtract } from './decimal.ts';
import { powerOfTen } from './power.ts';

test('sums and products have no binary dust', () => {
  expect(floatOf(add(decimalOf(0.1), decimalOf(0.2)))).toBe(0.3);
  expect(floatOf(multiply(decimalOf(1.1), decimalOf(1.1)))).toBe(1.21);
  expect(floatOf(subtract(decimalOf(0.3), decimalOf(0.1)))).toBe(0.2);
  expect(floatOf(add(decimalOf(1e308), decimalOf(5e-324)))).toBe(1e308);
});

test('a quotient has sixteen decimal places, halves away from zero', () => {
  expect(floatOf(divide(decimalOf(1), decimalOf(3)))).toBe(0.3333333333333333);
  expect(divide(decimalOf(2), decimalOf(-3)).digits).toBe(-6666666666666667n);
  expect(floatOf(divide(decimalOf(1), decimalOf(1e17)))).toBe(0);
});

test('nothing is divided by zero, and infinity is no decimal', () => {
  expect(() => divide(decimalOf(1), decimalOf(0))).toThrow('decimal division by 0');
  expect(() => decimalOf(-Infinity)).toThrow('Cannot create a Decimal from -Inf');
});

test('powers of ten are those of Go, down to the last bit', () => {
  expect([0, 3, 22, -2].map(powerOfTen)).toEqual([1, 1000, 1e22, 0.01]);
  expect(powerOfTen(100)).toBe(1.0000000000000002e100);
  expect([400, -400, 2 ** 40].map(powerOfTen)).toEqual([Infinity, 0, Infinity]);
});
