import { expect, test } from '@jest/globals';
import { problemOf, shorten } from './refusal.ts';

test('a description is shortened at a word and shows that there was more', () => {
  expect(shorten('two words', 9)).toBe('two words');
  expect(shorten('catalog and cart changed', 14)).toBe('catalog and…');
  expect(shorten('x'.repeat(20), 10)).toBe(`${'x'.repeat(9)}…`);
  expect(shorten(`${'x'.repeat(8)}😀😀`, 10)).toBe(`${'x'.repeat(8)}…`);
});

test('what a forge says is quoted on one line and not endlessly', () => {
  const problem = problemOf(
    { forge: 'GitLab', status: 400, said: `first\n::error::second ${'x'.repeat(1000)}` },
    { doing: 'creating a note', token: 'the token', needs: 'api' },
  );
  expect(problem.message).not.toContain('\n');
  expect(problem.message.length).toBeLessThan(400);
});
