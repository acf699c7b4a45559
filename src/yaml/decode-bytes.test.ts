import { expect, test } from '@jest/globals';
import { decodeYamlBytes } from './decode-bytes.ts';
import { readYaml } from './read.ts';

test('UTF-8 and UTF-16 files are read', () => {
  expect(readYaml(decodeYamlBytes(new TextEncoder().encode('\ufeffa: é😀')))).toEqual({ a: 'é😀' });
  const little = Uint8Array.from([0xff, 0xfe, 0x61, 0, 0x3a, 0, 0x20, 0, 0xe9, 0]);
  expect(readYaml(decodeYamlBytes(little))).toEqual({ a: 'é' });
  expect(readYaml(decodeYamlBytes(Uint8Array.from([0xfe, 0xff, 0, 0x61])))).toBe('a');
});

test.each([
  [[0x61, 0xff], 'invalid leading UTF-8 octet'],
  [[0x61, 0x80], 'invalid leading UTF-8 octet'],
  [[0xe2, 0x82], 'incomplete UTF-8 octet sequence'],
  [[0xc3, 0x28], 'invalid trailing UTF-8 octet'],
  [[0xc0, 0x80], 'invalid length of a UTF-8 sequence'],
  [[0xed, 0xa0, 0x80], 'invalid Unicode character'],
  [[0xff, 0xfe, 0x61], 'incomplete UTF-16 character'],
])('bytes %j: %s', (bytes, problem) => {
  expect(() => decodeYamlBytes(Uint8Array.from(bytes))).toThrow(`yaml: ${problem}`);
});
