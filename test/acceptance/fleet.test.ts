/** A fleet planned and applied by many jobs: only what is touched, one comment, nothing out of order. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { GitHubPipeline, PipelineRun } from '../support/github-pipeline.ts';
import { githubPipeline } from '../support/github-pipeline.ts';
import type { GitHubServer } from '../support/github-server.ts';
import { startGitHubServer } from '../support/github-server.ts';

const config = `version: 1
include: [teams/metrics.yaml]
defaults: { namespace: shop }
releases:
  - { name: database, chart: charts/database }
  - { name: catalog, chart: charts/catalog, values: [values/catalog.yaml, "values/catalog.{environment}.yaml"], needs: [database] }
  - { name: cart, chart: charts/cart, secrets: { password: CART_PASSWORD }, needs: [catalog] }
environments:
  staging: { manifests: { repository: ., branch: deploy/staging }, refs: [main], gate: { mode: none } }
  production: { manifests: { repository: ., branch: deploy/production }, refs: [main], after: [staging] }
`;

function chart(name: string): string {
  return `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`;
}

const map = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { v: ${value} }\n`;

const files: Record<string, string> = {
  'pushgate.yaml': config,
  'teams/metrics.yaml':
    'version: 1\ndefaults: { namespace: shop }\nreleases: [{ name: metrics, chart: overlays/metrics }]\n',
  'overlays/metrics/a.yaml': map('metrics', '"1"'),
  'charts/database/a.yaml': map('database', '"1"'),
  'charts/catalog/Chart.yaml': `${chart('catalog')}dependencies: [{ name: lib, version: 1.0.0, repository: "file://../lib" }]\n`,
  'charts/catalog/charts/lib/Chart.yaml': chart('lib'),
  'charts/catalog/templates/a.yaml': map('catalog', '{{ .Values.v | quote }}'),
  'charts/lib/Chart.yaml': chart('lib'),
  'charts/cart/Chart.yaml': chart('cart'),
  'charts/cart/templates/a.yaml': map('cart', '{{ .Values.v | default "0" | quote }}'),
  'values/catalog.yaml': 'v: "1"\n',
};
const login =
  'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: cart-login }\ndata: { url: "db://cart:{{ .Values.password }}@db" }\n';
const password = 'Sw0rdfish-of-the-Cart';

let server: GitHubServer;
let pipeline: GitHubPipeline;
let plans: string;
let branches = 0;

beforeAll(async () => {
  server = await startGitHubServer();
  const { state } = server;
  for (const login of ['ann', 'rita']) state.addUser(login, 'write');
  pipeline = githubPipeline(server, state.workflowToken({ contents: 'write', pull_requests: 'write' }));
  state.repository.commit({ branch: 'main', files, message: 'The fleet' });
});
beforeEach(() => {
  plans = mkdtempSync(join(tmpdir(), 'pushgate-plans-'));
});
afterAll(async () => {
  pipeline[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

function propose(changes: Record<string, string | null>): number {
  branches += 1;
  const source = `change-${branches}`;
  server.state.repository.commit({ branch: source, from: 'refs/heads/main', files: changes, message: 'A change' });
  return server.state.openPull({ author: 'ann', source }).number;
}

interface Job {
  readonly shard: string;
  readonly environment: string;
  readonly release: string;
}

async function jobsOf(pull: number, ...words: readonly string[]): Promise<readonly Job[]> {
  const { exitCode, stdout, stderr } = await pipeline.onPull(pull, { words: ['matrix', '--form', 'github', ...words] });
  expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
  return (JSON.parse(stdout) as { readonly include: readonly Job[] }).include;
}

function touched(jobs: readonly Job[]): Record<string, string> {
  return Object.fromEntries(jobs.map(({ environment, release }) => [environment, release]));
}

function planJob(pull: number, job: Job, env: Record<string, string> = {}): Promise<PipelineRun> {
  const words = ['plan', '-e', job.environment, '-r', job.release, '--out', join(plans, `${job.shard}.json`)];
  return pipeline.onPull(pull, { words, env });
}

function report(pull: number, env: Record<string, string> = {}): Promise<PipelineRun> {
  return pipeline.onPull(pull, { words: ['report', plans], env });
}

function comments(pull: number): readonly string[] {
  return server.state.comments.filter(({ number }) => number === pull).map(({ body }) => body);
}

function withoutRun(body: string | undefined): string {
  return (body ?? '').replaceAll(/runs\/\d+/g, 'runs/N');
}

describe('what a merge request touches', () => {
  test.each([
    [
      'one chart',
      { 'charts/database/a.yaml': map('database', '"2"') },
      { staging: 'database', production: 'database' },
    ],
    ['values of one environment', { 'values/catalog.production.yaml': 'v: "9"\n' }, { production: 'catalog' }],
    ['values of all', { 'values/catalog.yaml': 'v: "2"\n' }, { staging: 'catalog', production: 'catalog' }],
    [
      'a chart that another is built on',
      { 'charts/lib/templates/_x.tpl': '{{/* more */}}' },
      { staging: 'catalog', production: 'catalog' },
    ],
    [
      'an included file',
      { 'teams/metrics.yaml': 'version: 1\nreleases: [{ name: metrics, chart: overlays/metrics, namespace: ops }]\n' },
      { staging: 'metrics', production: 'metrics' },
    ],
    [
      'a release that is taken out',
      { 'teams/metrics.yaml': 'version: 1\nreleases: []\n' },
      { staging: 'metrics', production: 'metrics' },
    ],
    [
      'the rules of one environment',
      { 'pushgate.yaml': config.replace('gate: { mode: none }', 'gate: { approvals: 2 }') },
      { staging: '' },
    ],
    [
      'one release of the configuration',
      { 'pushgate.yaml': config.replace('charts/database }', 'charts/database, set: { a: 1 } }') },
      { staging: 'database', production: 'database' },
    ],
    ['nothing that is deployed', { 'README.md': 'Hello', 'other/x.yaml': 'a: 1' }, {}],
  ])('%s', async (_what, changes, expected) => {
    expect(touched(await jobsOf(propose(changes)))).toEqual(expected);
  });

  test('a base of a kustomization far from it, and no other overlay', async () => {
    const overlays = {
      'bases/ops/kustomization.yaml': 'resources: [a.yaml]\n',
      'bases/ops/a.yaml': map('metrics', '"1"'),
      'overlays/metrics/kustomization.yaml': 'resources: [../../bases/ops]\n',
    };
    server.state.repository.commit({ branch: 'main', files: overlays, message: 'A base' });
    const jobs = await jobsOf(propose({ 'bases/ops/a.yaml': map('metrics', '"2"') }));
    expect(touched(jobs)).toEqual({ staging: 'metrics', production: 'metrics' });
    const back = {
      'bases/ops/kustomization.yaml': null,
      'bases/ops/a.yaml': null,
      'overlays/metrics/kustomization.yaml': null,
    };
    server.state.repository.commit({ branch: 'main', files: back, message: 'Without it' });
  });

  test('on the branch itself everything counts, in the order of the environments', async () => {
    const { stdout } = await pipeline.onPush('main', { words: ['matrix'] });
    expect(stdout).toBe('staging: all releases\nproduction: all releases (after staging)\n');
  });
});

describe('many jobs, one comment', () => {
  const change = { 'values/catalog.yaml': 'v: "5"\n', 'charts/database/a.yaml': map('database', '"5"') };

  test('it is the comment that a single job writes', async () => {
    const pull = propose(change);
    const jobs = await jobsOf(pull, '--shard-size', '1');
    expect(jobs.map(({ shard, release }) => [shard, release])).toEqual([
      ['staging-1', 'database'],
      ['staging-2', 'catalog'],
      ['production-1', 'database'],
      ['production-2', 'catalog'],
    ]);
    for (const job of jobs) expect((await planJob(pull, job)).exitCode).toBe(0);
    expect(comments(pull)).toEqual([]);
    expect((await report(pull)).exitCode).toBe(0);
    const sharded = withoutRun(comments(pull)[0]);
    expect(comments(pull)).toHaveLength(1);
    const single = await pipeline.onPull(pull, { words: ['plan', '-r', 'database,catalog'] });
    expect([single.exitCode, comments(pull).length]).toEqual([0, 1]);
    const body = withoutRun(comments(pull)[0]);
    // Only the plan's own digest knows in which order jobs were put together.
    expect(sharded).toBe(body);
  });

  test('a job that failed is named, and the run fails', async () => {
    const pull = propose(change);
    const [first] = await jobsOf(pull);
    if (first === undefined) throw new Error('nothing is touched');
    await planJob(pull, first);
    const run = await report(pull);
    expect([run.exitCode, comments(pull)[0]]).toEqual([1, expect.stringContaining('no plan for production')]);
    expect(comments(pull)[0]).toContain('plan-missing');
  });

  test('nothing touched is one line, also where no job left a file', async () => {
    const pull = propose({ 'README.md': 'Hi' });
    expect(await jobsOf(pull)).toEqual([]);
    const run = await pipeline.onPull(pull, { words: ['report', join(plans, 'nowhere')] });
    expect(run.exitCode).toBe(0);
    expect(comments(pull)[0]).toContain('## Pushgate: no environment is touched');
  });

  test('approvals and rules are the forge’s and the branch’s of now, whatever a file says', async () => {
    const pull = propose(change);
    for (const job of await jobsOf(pull)) await planJob(pull, job);
    server.state.review(pull, 'rita', 'APPROVED');
    await report(pull);
    expect(comments(pull)[0]).toContain('**Approved**');
  });
});

describe('a plan file that is not what a job of this run wrote', () => {
  const key = { PUSHGATE_KEY: 'the key of the plan jobs' };
  const change = { 'charts/database/a.yaml': map('database', '"7"') };

  test('is refused when it was tampered with, and the comment does not show it', async () => {
    const pull = propose(change);
    const jobs = await jobsOf(pull);
    for (const job of jobs) await planJob(pull, job, key);
    const path = join(plans, 'production.json');
    writeFileSync(
      path,
      readFileSync(path, 'utf8')
        .replace('"update"', '"create"')
        .replace(/"digest": "\w/, '"digest": "x'),
    );
    const run = await report(pull, key);
    expect([run.exitCode, run.stderr]).toEqual([1, expect.stringContaining('plan-refused')]);
    expect(comments(pull).join()).not.toContain('pushgate:shown');
  });

  test('is refused when it comes from another merge request or an older head', async () => {
    const other = propose(change);
    for (const job of await jobsOf(other)) await planJob(other, job, key);
    const pull = propose(change);
    expect((await report(pull, key)).stderr).toContain('planned for something else');
    server.state.repository.commit({ branch: `change-${branches - 1}`, files: { 'README.md': 'x' }, message: 'More' });
    expect((await report(other, key)).stderr).toMatch(/planned at [0-9a-f]{12}, and this run is at/);
  });

  test('is refused by who has no key, and unsigned by who has one', async () => {
    const pull = propose(change);
    for (const job of await jobsOf(pull)) await planJob(pull, job, key);
    expect((await report(pull)).stderr).toContain('this run has no key');
    for (const job of await jobsOf(pull)) await planJob(pull, job);
    expect((await report(pull, key)).stderr).toContain('it is not signed');
  });
});

test('no plan file holds a secret, in any form', async () => {
  const pull = propose({
    'charts/cart/templates/a.yaml': map('cart', '{{ .Values.password | b64enc }}'),
    'charts/cart/templates/b.yaml': login,
  });
  for (const job of await jobsOf(pull)) await planJob(pull, job, { CART_PASSWORD: password });
  const written = readdirSync(plans).map((name) => readFileSync(join(plans, name), 'utf8'));
  expect(written).toHaveLength(2);
  const raw = Buffer.from(password);
  for (const form of [password, raw.toString('base64'), raw.toString('base64url'), raw.toString('hex')])
    expect(written.join()).not.toContain(form);
  expect(written.join()).toContain('‹masked›');
});

describe('an apply in many jobs', () => {
  beforeAll(() => {
    server.state.repository.commit({ branch: 'main', files: { 'README.md': 'Rules are there now' }, message: 'Next' });
  });

  function apply(...words: readonly string[]): Promise<PipelineRun> {
    return pipeline.onPush('main', { words: ['apply', '-e', 'staging', ...words], env: { CART_PASSWORD: password } });
  }

  test('a release is not applied before what it needs, when that is another job’s', async () => {
    const run = await apply('-r', 'catalog');
    expect([run.exitCode, run.stdout]).toEqual([3, expect.stringContaining('out-of-order')]);
    expect(run.stdout).toContain('catalog needs database');
    expect((await apply('-r', 'database')).exitCode).toBe(0);
    const next = await apply('-r', 'catalog');
    expect([next.exitCode, next.stdout]).toEqual([0, expect.stringContaining('catalog')]);
  });

  test('an environment waits for the one before it, whichever job has that', async () => {
    const run = await pipeline.onPush('main', {
      words: ['apply', '-e', 'production'],
      env: { CART_PASSWORD: password },
    });
    expect([run.exitCode, run.stdout]).toEqual([3, expect.stringContaining('production comes after staging')]);
  });

  test('the waves of the matrix are an order in which everything goes through', async () => {
    const { stdout } = await pipeline.onPush('main', { words: ['matrix', '-e', 'staging', '--shard-size', '1'] });
    const jobs = stdout
      .trim()
      .split('\n')
      .map((line) => /^[\w-]+: (\w+)/.exec(line)?.[1] ?? '');
    expect(jobs).toEqual(['database', 'metrics', 'catalog', 'cart']);
    for (const job of jobs) {
      const { exitCode, stdout } = await apply('-r', job);
      expect([job, exitCode, stdout]).toEqual([job, 0, expect.any(String)]);
    }
  });
});

test('with nothing to report, report says what it takes', async () => {
  const run = await pipeline.onPush('main', { words: ['report'] });
  expect([run.exitCode, run.stderr]).toEqual([1, expect.stringContaining('pushgate report plans/')]);
  rmSync(plans, { recursive: true, force: true });
});
