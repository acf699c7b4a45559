import { expect, test } from '@jest/globals';
import { type GoType, integer, types } from '../../value.ts';
import { toFloat64, toInt64 } from './cast.ts';
import { parseFloat64, parseInteger } from './parse.ts';

test.each([
  ['0x10', 16n],
  ['017', 15n],
  ['0o17', 15n],
  ['0b11', 3n],
  ['1_000', 1000n],
  ['0_7', 7n],
  ['2.0', 2n],
  ['1.0.', 1n],
  ['-7', -7n],
  ['08', 0n],
  ['1.5', 0n],
  ['1e3', 0n],
  ['  5', 0n],
  ['_1', 0n],
  ['1__0', 0n],
  ['', 0n],
  ['9223372036854775807', 9223372036854775807n],
  ['9223372036854775808', 0n],
])('text %j counts as the integer %s', (text, expected) => {
  expect(toInt64(text)).toBe(expected);
});

test('floats are cut toward zero, and what does not fit is the smallest integer', () => {
  expect([3.7, -3.7].map(toInt64)).toEqual([3n, -3n]);
  expect([1e22, Number.NaN, -Infinity].map(toInt64)).toEqual([-(2n ** 63n), -(2n ** 63n), -(2n ** 63n)]);
});

test('booleans are 0 and 1, and what is no number is 0', () => {
  expect([true, false, null].map(toInt64)).toEqual([1n, 0n, 0n]);
  const duration: GoType = { kind: 'int64', name: 'time.Duration', named: true };
  expect(toInt64(integer(duration, 5))).toBe(0n);
  expect(toInt64(integer(types.uint64, 2n ** 64n - 1n))).toBe(-1n);
});

test('floats are read by the rules of Go literals', () => {
  expect(['1e3', '.5', '5.', '1_0.5', '0x1p4', 'inf', '-Infinity'].map(toFloat64)).toEqual([
    1000,
    0.5,
    5,
    10.5,
    16,
    Infinity,
    -Infinity,
  ]);
  expect(['', ' 1', '0x1', '0b11', '1e400', '+nan'].map(parseFloat64)).toEqual(new Array(6).fill(undefined));
});

test('base 10 takes no prefix, and the bound beside a range error is kept', () => {
  expect(parseInteger('08', 10)).toEqual({ ok: true, value: 8n });
  expect(parseInteger('99999999999999999999', 10)).toEqual({
    ok: false,
    reason: 'value out of range',
    nearest: 9223372036854775807n,
  });
});
