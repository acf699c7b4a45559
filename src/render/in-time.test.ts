import { expect, test } from '@jest/globals';
import { inTime } from './in-time.ts';

const late = () => new Error('too late');

test('what never ends is ended', () => {
  const endless = (): never => {
    for (;;);
  };
  expect(() => inTime(50, endless, late)).toThrow('too late');
});

test('what ends gives its result, or throws its own error, also one in another', () => {
  expect(inTime(5_000, () => inTime(5_000, () => 42, late), late)).toBe(42);
  const error = new RangeError('mine');
  const fail = (): never => {
    throw error;
  };
  expect(() => inTime(5_000, fail, late)).toThrow(error);
});
