import { expect, test } from '@jest/globals';
import { compileGlob, matchesGlob } from './glob.ts';

test.each([
  ['*.yaml', 'a.yaml', true],
  ['*.yaml', 'd/a.yaml', false],
  ['**.yaml', 'd/a.yaml', true],
  ['d/**', 'd/a/b', true],
  ['d/**', 'd/', true],
  ['**/a', 'a', false],
  ['{a,b/*}.txt', 'b/x.txt', true],
  ['{a,{b,c}d}', 'cd', true],
  ['{a,}x', 'x', true],
  ['[!ab]c', 'xc', true],
  ['[a-c]?', 'b1', true],
  ['[a-c]?', 'd1', false],
  ['a\\*', 'a*', true],
  ['a\\*', 'ab', false],
  ['fichier-?.txt', 'fichier-é.txt', true],
  // A class that mixes a range with more does not compile, and what does not compile matches everything.
  ['[a-cx]', 'anything/at all', true],
  ['[', 'x', true],
  ['{a,b', 'b', true],
])('%s on %s: %s', (pattern, path, expected) => {
  expect(matchesGlob(compileGlob(pattern), path)).toBe(expected);
});

test('a pattern of many stars does not take forever', () => {
  expect(matchesGlob(compileGlob(`${'*a'.repeat(60)}b`), 'a'.repeat(2000))).toBe(false);
});
