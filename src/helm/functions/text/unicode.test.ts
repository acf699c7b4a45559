import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import {
  isDigit,
  isLetter,
  isLower,
  isNumber,
  isPunctuation,
  isSpace,
  isTitle,
  isUpper,
  toLower,
  toTitle,
  toUpper,
} from './unicode.ts';

test('classes and case of the first two planes are those of Go 1.26', () => {
  const classes = [isSpace, isUpper, isLower, isTitle, isLetter, isDigit, isNumber, isPunctuation];
  const hash = createHash('sha256');
  for (let rune = 0; rune < 0x20000; rune++) {
    if (rune >= 0xd800 && rune <= 0xdfff) continue;
    const bits = classes.map((is) => (is(rune) ? 1 : 0)).join('');
    hash.update(`${rune} ${bits} ${toUpper(rune)} ${toLower(rune)} ${toTitle(rune)}\n`);
  }
  // The hash of the same lines printed by a Go program from its `unicode` package (Unicode 15.0.0).
  expect(hash.digest('hex')).toBe('2e59b0f8cf99cfa3a734aed2cf11851e56a3f7917d5d8ebaa0877e5e5be09616');
});
