import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isRefName } from './ref-name.ts';

test.each(['refs/heads/deploy/production', 'refs/heads/ünï', 'refs/heads/@', 'refs/heads/-x'])('%s is taken', (name) =>
  expect(isRefName(name)).toBe(true),
);

test.each([
  'main',
  '/refs/heads/a',
  'refs/heads/',
  'refs//heads',
  'refs/heads/.a',
  'refs/heads/a.lock',
  'refs/heads/a.lock/b',
  'refs/heads/a..b',
  'refs/heads/a b',
  'refs/heads/a.',
  'refs/heads/a@{1}',
  'refs/heads/a\\b',
  'refs/heads/a*',
  'refs/heads/a\n',
])('%j is not', (name) => expect(isRefName(name)).toBe(false));

test('Git says the same', () => {
  const part = fc.constantFrom('a', 'ä', '.', '..', '/', '//', '@', '{', '.lock', '~', ' ', '\\', '-', 'HEAD');
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const name = `refs/heads/${parts.join('')}`;
      const { status } = spawnSync('git', ['check-ref-format', name]);
      expect([name, isRefName(name)]).toEqual([name, status === 0]);
    }),
    { numRuns: 100, seed: 1 },
  );
});
