import { expect, test } from '@jest/globals';
import { splitDocuments } from './assemble-split.ts';

test.each([
  ['a: 1\n---\nb: 2\n', ['a: 1', 'b: 2'], ['a: 1', 'b: 2\n'], ['a: 1\n', 'b: 2\n']],
  [
    '\n---\n# c\na: 1\n\n---\n\n  b: 2\n\n',
    ['# c\na: 1', 'b: 2'],
    ['# c\na: 1', 'b: 2\n\n'],
    ['# c\na: 1\n\n', 'b: 2\n\n'],
  ],
  ['a: 1\n---b: 2', ['a: 1', 'b: 2'], ['a: 1', 'b: 2'], ['a: 1\n', 'b: 2']],
  ['a: |\n  x\n  ---\n  y', ['a: |\n  x\n  ---\n  y'], ['a: |\n  x\n  ---\n  y'], ['a: |\n  x\n  ---\n  y']],
  ['---\n---\na: 1', ['---\na: 1'], ['---\na: 1'], ['a: 1']],
  ['a: 1\n--- # c\nb: 2', ['a: 1', '# c\nb: 2'], ['a: 1', '# c\nb: 2'], ['a: 1\n', '# c\nb: 2']],
  [' \n\t\n', [], [], []],
  ['\xc2\xa0a: 1\xc2\xa0', ['a: 1'], ['a: 1\xc2\xa0'], ['a: 1\xc2\xa0']],
])('%j', (text, s0, s1, s2) => {
  expect(splitDocuments(text, 'S0')).toEqual(s0);
  expect(splitDocuments(text, 'S1')).toEqual(s1);
  expect(splitDocuments(text, 'S2')).toEqual(s2);
});

test('a megabyte of blanks is cut in no time', () => {
  expect(splitDocuments(`a: 1\n${' \n'.repeat(500_000)}x`, 'S0')).toHaveLength(1);
});
