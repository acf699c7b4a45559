import { describe, expect, test } from '@jest/globals';
import { decodeBase32, decodeBase64, encodeBase32 } from './codec.ts';

/** As Go's encoding/base64 and base32 answer through Helm 4.2.4. */
describe('base64', () => {
  test.each([
    ['YWJj', 'abc'],
    ['YW\nJ\rj\n', 'abc'],
    ['YWI=\n', 'ab'],
    ['/+8=', '\xff\xef'],
    ['', ''],
  ])('%j is %j', (text, expected) => {
    expect(decodeBase64(text)).toBe(expected);
  });

  test.each([
    ['!!', 0],
    ['YWJ', 0],
    ['YWJjY', 4],
    ['YW=j', 2],
    ['YW=', 3],
    ['Y===', 1],
    ['YWI=YWI=', 4],
    ['YW-j', 2],
  ])('%j is wrong at byte %d', (text, at) => {
    expect(() => decodeBase64(text)).toThrow(`illegal base64 data at input byte ${at}`);
  });
});

describe('base32', () => {
  test.each(['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar', '\xff\x00'])('%j comes back', (text) => {
    expect(decodeBase32(encodeBase32(text))).toBe(text);
  });

  test('what stands behind the padding is dropped', () => {
    expect(decodeBase32('MF======A')).toBe('a');
  });

  test('groups of eight are filled up', () => {
    expect(encodeBase32('abc')).toBe('MFRGG===');
  });

  test.each([
    ['MFRG1===', 4],
    ['MFRGG', 0],
    ['MFRGG=', 6],
    ['mfrgg===', 0],
  ])('%j is wrong at byte %d', (text, at) => {
    expect(() => decodeBase32(text)).toThrow(`illegal base32 data at input byte ${at}`);
  });
});
