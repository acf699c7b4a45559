import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { reasons } from '../../src/problem.ts';

test('every reason code of the closed list is one that a run can end with', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'problem.ts')
    .map((name) => readFileSync(join('src', name), 'utf8'))
    .join('\n');
  expect(Object.keys(reasons).filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
});
