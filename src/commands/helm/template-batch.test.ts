import { expect, test } from '@jest/globals';
import { Problem } from '../../problem.ts';
import { readBatch } from './template-batch.ts';

test('a job becomes the arguments of the verb', () => {
  const line = JSON.stringify({
    id: 'one',
    release: 'rel',
    chart: 'charts/a',
    args: ['--namespace', 'ns'],
    values: ['a,b.yaml', 'c.yaml'],
    out: 'out/one',
  });
  expect(readBatch(`${line}\n\n{"chart":"x","values":"v.yaml","args":null}\n`, 'jobs')).toEqual([
    {
      id: 'one',
      argv: ['rel', 'charts/a', '--values="a,b.yaml"', '--values="c.yaml"', '--namespace', 'ns'],
      out: 'out/one',
    },
    { id: 'x', argv: ['x', '--values="v.yaml"'], out: undefined },
  ]);
});

test.each([
  ['nonsense', 'the line is no JSON'],
  ['[]', 'the line is no JSON object'],
  ['{"id":"a"}', 'chart is missing'],
  ['{"chart":1}', 'chart must be a text'],
  ['{"chart":"a","args":"--x"}', 'args must be a list of texts'],
  ['{"chart":"a","valeus":[]}', 'unknown key "valeus"'],
])('%s is refused with its line', (line, message) => {
  const problem = problemOf(() => readBatch(`\n${line}`, 'jobs'));
  expect(problem.where).toBe('jobs:2');
  expect(problem.message).toContain(message);
});

function problemOf(run: () => unknown): Problem {
  try {
    run();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
