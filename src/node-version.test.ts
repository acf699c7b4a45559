import { expect, test } from '@jest/globals';
import { nodeProblem } from './node-version.ts';

test('an older Node is refused by name, with where a newer one comes from', () => {
  expect(nodeProblem('22.21.0')?.message).toBe('Pushgate needs Node 24 or newer, and this is Node 22.21.0');
  expect(nodeProblem('22.21.0')?.hint).toContain('node_modules/.bin/node');
  expect(nodeProblem('20.20.2')?.reason).toBe('tool-missing');
});

test('Node 24 and newer pass', () => {
  expect(['24.0.0', '26.1.0'].map(nodeProblem)).toEqual([undefined, undefined]);
});
