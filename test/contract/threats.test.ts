import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { furtherTests, threats } from '../threats.ts';

test('every threat of the list is there, in its order', () => {
  expect(threats.map(({ id }) => id)).toEqual(Array.from({ length: 28 }, (_, index) => `A${index + 1}`));
});

test.each(threats.map((threat) => [threat.id, threat] as const))(
  '%s says only what is so',
  (_, { standing, tests }) => {
    expect(tests.length > 0).toBe(standing !== 'documented');
  },
);

describe('a test that the table names', () => {
  const all = [...threats.flatMap(({ tests }) => tests), ...furtherTests];

  test.each(all.map(({ file, name }) => [name, file] as const))('%j is in %s', (name, file) => {
    expect(readFileSync(file, 'utf8')).toContain(name);
  });
});
