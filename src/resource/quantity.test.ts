import { expect, test } from '@jest/globals';
import { parseQuantity } from './quantity.ts';

test('one amount has one number, however it is written', () => {
  for (const text of ['1', '1000m', '1e0', '1.0', '+1', '1000000u']) expect(parseQuantity(text)).toBe(10n ** 9n);
  expect(parseQuantity('1Gi')).toBe(parseQuantity('1024Mi'));
  expect(parseQuantity('1e3')).toBe(parseQuantity('1k'));
  expect(parseQuantity('-0.5')).toBe(-(10n ** 9n) / 2n);
});

test('what is no quantity has no number', () => {
  for (const text of ['', '.', 'one', '1 Gi', '1GiB', '0x10', '1e', 'm']) expect(parseQuantity(text)).toBeUndefined();
});
