import { describe, expect, test } from '@jest/globals';
import { type FloatFormat, formatFloat, printFloat } from './float.ts';

/** Value, format, precision, and what Go's strconv.FormatFloat gives. */
const vectors: readonly (readonly [number, FloatFormat, number, string])[] = [
  [0, 'e', -1, '0e+00'],
  [0, 'f', 3, '0.000'],
  [0, 'g', 3, '0'],
  [-0, 'f', -1, '-0'],
  [1.005, 'f', 2, '1.00'],
  [0.125, 'f', 2, '0.12'],
  [0.375, 'f', 2, '0.38'],
  [9.995, 'f', 2, '9.99'],
  [999.9999, 'f', 2, '1000.00'],
  [0.04, 'f', 1, '0.0'],
  [0.06, 'f', 1, '0.1'],
  [0.5, 'f', 0, '0'],
  [123456789, 'e', 2, '1.23e+08'],
  [123456789, 'g', 4, '1.235e+08'],
  [123456, 'g', 6, '123456'],
  [100, 'g', 1, '1e+02'],
  [1e23, 'f', -1, '100000000000000000000000'],
  [1e23, 'f', 2, '99999999999999991611392.00'],
  [5e-324, 'g', -1, '5e-324'],
  [5e-324, 'e', 3, '4.941e-324'],
  [1.7976931348623157e308, 'g', -1, '1.7976931348623157e+308'],
  [1, 'x', -1, '0x1p+00'],
  [0.1, 'x', -1, '0x1.999999999999ap-04'],
  [0.1, 'x', 0, '0x1p-03'],
  [1.9999, 'X', 1, '0X1.0P+01'],
  [5e-324, 'x', -1, '0x1p-1074'],
];

describe('formatFloat', () => {
  test.each(vectors)('%d as %s with precision %d is %s', (value, format, precision, expected) => {
    expect(formatFloat(value, format, precision)).toBe(expected);
  });
});

test('numbers of values files print with an exponent from a million on', () => {
  expect([3, 100000, 999999, 1000000, 1234567, 0.1, 1e21, 1e-5].map(printFloat)).toEqual([
    '3',
    '100000',
    '999999',
    '1e+06',
    '1.234567e+06',
    '0.1',
    '1e+21',
    '1e-05',
  ]);
});
