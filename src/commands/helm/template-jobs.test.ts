import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { BatchJob } from './template-batch.ts';
import { template } from './template-core.ts';
import { runJobs } from './template-jobs.ts';

const directory = join(import.meta.dirname, '../../helm/testdata/charts');
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pushgate-jobs-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function job(at: number, more: readonly string[] = []): BatchJob {
  return { id: `job-${at}`, argv: [`rel-${at}`, 'shop', ...more], out: join(folder, 'deep', `${at}.yaml`) };
}

test('every job is rendered once, as if alone, however many threads there are', async () => {
  const jobs = Array.from({ length: 40 }, (_, at) => job(at));
  const printed: Uint8Array[] = [];
  expect(await runJobs(jobs, { directory, namespace: 'ns' }, (output) => printed.push(output))).toEqual([]);
  expect(printed).toEqual([]);
  expect(readdirSync(join(folder, 'deep'))).toHaveLength(40);
  for (const at of [0, 7, 39]) {
    const alone = await template([`rel-${at}`, 'shop'], { directory, namespace: 'ns' });
    expect(readFileSync(join(folder, 'deep', `${at}.yaml`)).equals(alone.stdout)).toBe(true);
  }
});

test('failures come in the order of the jobs, with the error beside where the output would be', async () => {
  const jobs = Array.from({ length: 40 }, (_, at) => job(at, at % 13 === 5 ? ['--kube-version', 'no-version'] : []));
  const failures = await runJobs(jobs, { directory, namespace: undefined }, () => {});
  expect(failures.map(({ at }) => at)).toEqual([5, 18, 31]);
  expect(readFileSync(join(folder, 'deep', '18.yaml.err'), 'utf8')).toBe(failures[1]?.stderr);
});

test('what has no file is printed in order', async () => {
  const jobs = Array.from({ length: 25 }, (_, at) => ({
    ...job(at, ['-s', 'templates/deployment.yaml']),
    out: undefined,
  }));
  const printed: string[] = [];
  await runJobs(jobs, { directory, namespace: undefined }, (output) => printed.push(Buffer.from(output).toString()));
  expect(printed.map((text) => /rel-\d+/.exec(text)?.[0])).toEqual(jobs.map((_, at) => `rel-${at}`));
});
