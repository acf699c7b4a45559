/** The example for pipelines that Pushgate does not know: its script, run as a Jenkins job would, on both forges. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PipelineRun } from '../support/github-pipeline.ts';
import { startGitHubServer } from '../support/github-server.ts';
import { startGitLabServer } from '../support/gitlab-server.ts';

const config = `version: 1
defaults: { namespace: shop }
releases: [{ name: catalog, chart: catalog }]
environments:
  staging: { manifests: { repository: ., branch: deploy/staging }, refs: [main], gate: { mode: none } }
  production: { manifests: { repository: ., branch: deploy/production }, refs: [main] }
`;
const map = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { v: "${value}" }\n`;

/** What the two forges have in common, for one story. */
interface Bench {
  readonly kind: 'github' | 'gitlab';
  readonly apiUrl: string;
  readonly project: string;
  readonly token: string;
  readonly path: string;
  readonly commit: (branch: string, files: Record<string, string>) => void;
  readonly open: (branch: string, fork?: string) => number;
  readonly approve: (number: number) => void;
  readonly merge: (number: number) => void;
  readonly comments: (number: number) => readonly string[];
  readonly has: (branch: string) => boolean;
  readonly unprotect: () => void;
  readonly close: () => Promise<unknown>;
}

async function onGitHub(): Promise<Bench> {
  const server = await startGitHubServer();
  const { state } = server;
  for (const login of ['ann', 'rita']) state.addUser(login, 'write');
  return {
    kind: 'github',
    apiUrl: server.apiUrl,
    project: server.project,
    token: state.workflowToken({ contents: 'write', pull_requests: 'write' }),
    path: state.repository.path,
    commit: (branch, files) =>
      void state.repository.commit({
        branch,
        ...(branch === 'main' ? {} : { from: 'refs/heads/main' }),
        files,
        message: 'A change',
      }),
    open: (source, fork) => state.openPull({ author: 'ann', source, ...(fork === undefined ? {} : { fork }) }).number,
    approve: (number) => void state.review(number, 'rita', 'APPROVED'),
    merge: (number) => void state.merge(number, 'ann'),
    comments: (number) => state.comments.filter((one) => one.number === number).map(({ body }) => body),
    has: (branch) => state.repository.resolve(`refs/heads/${branch}`) !== undefined,
    unprotect: () => undefined,
    close: async () => await server[Symbol.asyncDispose](),
  };
}

async function onGitLab(): Promise<Bench> {
  const server = await startGitLabServer();
  const { state } = server;
  state.addMember('ann', 30);
  state.addMember('rita', 40);
  state.addMember('project_42_bot_3f', 30);
  state.protectedBranches.push({ name: 'main', push: 40, codeOwners: false });
  return {
    kind: 'gitlab',
    apiUrl: server.apiUrl,
    project: String(state.projectId),
    token: state.accessToken('project_42_bot_3f'),
    path: state.repository.path,
    commit: (branch, files) =>
      void state.repository.commit({
        branch,
        ...(branch === 'main' ? {} : { from: 'refs/heads/main' }),
        files,
        message: 'A change',
      }),
    open: (source, fork) =>
      state.openRequest({ author: 'ann', source, ...(fork === undefined ? {} : { fork }) }).number,
    approve: (number) => void state.approve(number, 'rita'),
    merge: (number) => void state.merge(number, 'ann'),
    comments: (number) => state.notes.filter((one) => one.iid === number && !one.system).map(({ body }) => body),
    has: (branch) => state.repository.resolve(`refs/heads/${branch}`) !== undefined,
    unprotect: () => void state.protectedBranches.splice(0),
    close: async () => await server.close(),
  };
}

describe.each([
  ['GitHub', onGitHub],
  ['GitLab', onGitLab],
])('on %s, from a pipeline that is not its own', (_name, start) => {
  let bench: Bench;
  let folder: string;
  let runs = 0;

  beforeAll(async () => {
    bench = await start();
    folder = mkdtempSync(join(tmpdir(), 'pushgate-any-'));
    const program = join(folder, 'bin/pushgate');
    mkdirSync(join(folder, 'bin'));
    const cli = resolve('src/cli.ts');
    writeFileSync(
      program,
      `#!/bin/sh\nexec '${process.execPath}' --disable-warning=ExperimentalWarning '${cli}' "$@"\n`,
    );
    chmodSync(program, 0o755);
    bench.commit('main', { 'pushgate.yaml': config, 'catalog/a.yaml': map('1') });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await bench.close();
  });

  /** A checkout of a branch, where the job runs the example's script. */
  function job(branch: string, words: readonly string[], env: Record<string, string> = {}): Promise<PipelineRun> {
    runs += 1;
    const checkout = join(folder, `run-${runs}`);
    execFileSync('git', ['clone', '--quiet', bench.path, checkout], { stdio: 'pipe' });
    execFileSync('git', ['checkout', '--quiet', '--detach', `origin/${branch}`], { cwd: checkout, stdio: 'pipe' });
    cpSync('examples/any-pipeline/pushgate.sh', join(checkout, 'pushgate.sh'));
    const variables = {
      PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`,
      HOME: folder,
      PUSHGATE_FORGE: bench.kind,
      PUSHGATE_FORGE_URL: bench.apiUrl,
      PUSHGATE_PROJECT: bench.project,
      PUSHGATE_TOKEN: bench.token,
      BUILD_URL: 'https://jenkins.test/job/17/',
      ...env,
    };
    return new Promise((done, fail) => {
      const child = spawn('./pushgate.sh', words, { cwd: checkout, env: variables, stdio: ['ignore', 'pipe', 'pipe'] });
      const output = { stdout: '', stderr: '' };
      child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
      child.on('error', fail);
      child.on('close', (code) => done({ exitCode: code ?? -1, ...output }));
    });
  }

  test('a merge request is planned and commented, with a link to the run', async () => {
    bench.commit('two', { 'catalog/a.yaml': map('2') });
    const number = bench.open('two');
    const run = await job('main', ['plan', String(number)]);
    expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining('comment created')]);
    expect(bench.comments(number)).toEqual([expect.stringContaining('https://jenkins.test/job/17/')]);
  });

  test('merged, an apply does what it may: production refuses without approval', async () => {
    bench.merge(1);
    const run = await job('main', ['apply', 'main']);
    expect([run.exitCode, run.stdout]).toEqual([4, expect.stringContaining('approval-missing')]);
    expect([bench.has('deploy/staging'), bench.has('deploy/production')]).toEqual([true, false]);
  });

  test('shown, approved and merged, production has it', async () => {
    bench.commit('three', { 'catalog/a.yaml': map('3') });
    const number = bench.open('three');
    expect((await job('main', ['plan', String(number)])).exitCode).toBe(0);
    bench.approve(number);
    bench.merge(number);
    const run = await job('main', ['apply', 'main']);
    expect([run.exitCode, run.stdout]).toEqual([0, expect.any(String)]);
    expect(bench.has('deploy/production')).toBe(true);
    expect(`${run.stdout}${run.stderr}`).not.toContain(bench.token);
  });

  test('a commit that is not on the branch cannot claim to be, not even for an environment without a gate', async () => {
    bench.commit('hostile', { 'catalog/a.yaml': map('666') });
    const run = await job('hostile', ['apply', 'main']);
    expect([run.exitCode, run.stderr]).toEqual([3, expect.stringContaining('is not on the branch main of origin')]);
  });

  test('a fork’s merge request is refused, as it is wherever credentials are at hand', async () => {
    bench.commit('forks/mallory/evil', { 'catalog/a.yaml': map('9') });
    const number = bench.open('evil', 'mallory');
    const run = await job('main', ['plan', String(number)]);
    expect([run.exitCode, run.stderr]).toEqual([3, expect.stringContaining('fork-refused')]);
    expect(bench.comments(number)).toEqual([]);
  });

  test('a branch that there is not is refused by its name', async () => {
    const run = await job('main', ['apply', 'nowhere']);
    // GitLab says first that nobody protects it.
    expect([[1, 3].includes(run.exitCode), run.stderr]).toEqual([true, expect.stringContaining('nowhere')]);
  });

  test.each([
    ['a merge request that is merged', ['plan', '1'], {}, 1, 'is merged'],
    ['a number that is none', ['plan', '1;x'], {}, 1, 'it takes the number'],
    ['no project', ['plan', '1'], { PUSHGATE_PROJECT: '' }, 2, 'PUSHGATE_PROJECT'],
    ['a forge that nobody knows', ['plan', '1'], { PUSHGATE_FORGE: 'gitea' }, 1, 'it takes github, gitlab'],
    ['a pipeline that says it all itself', ['plan', '1'], { GITLAB_CI: 'true' }, 1, 'this one it knows'],
  ])('%s is a clear error', async (_what, words, env, exit, said) => {
    const run = await job('main', words, env);
    expect([run.exitCode, run.stderr]).toEqual([exit, expect.stringContaining(said)]);
    expect(run.stderr).not.toContain('internal');
  });
});

test('on GitLab a branch that is not protected applies nothing, as in GitLab’s own pipelines', async () => {
  const bench = await onGitLab();
  bench.commit('main', { 'pushgate.yaml': config, 'catalog/a.yaml': map('1') });
  bench.unprotect();
  const folder = mkdtempSync(join(tmpdir(), 'pushgate-any-'));
  execFileSync('git', ['clone', '--quiet', bench.path, folder], { stdio: 'pipe' });
  const words = [
    'apply',
    '--forge',
    'gitlab',
    '--forge-url',
    bench.apiUrl,
    '--project',
    bench.project,
    '--branch',
    'main',
  ];
  const run = await new Promise<{ code: number | null; said: string }>((done) => {
    const args = ['--disable-warning=ExperimentalWarning', resolve('src/cli.ts'), ...words];
    const env = { PATH: process.env['PATH'], HOME: folder, PUSHGATE_TOKEN: bench.token };
    const child = spawn(process.execPath, args, { cwd: folder, env });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('close', (code) => done({ code, said }));
  });
  expect(run).toEqual({ code: 3, said: expect.stringContaining('is not protected') });
  rmSync(folder, { recursive: true, force: true });
  await bench.close();
});

test('the Jenkinsfile runs nothing but the script', () => {
  const commands = [...readFileSync('examples/any-pipeline/Jenkinsfile', 'utf8').matchAll(/sh '([^']*)'/g)];
  expect(commands.map(([, line]) => line)).toEqual([
    './pushgate.sh plan "$CHANGE_ID"',
    './pushgate.sh apply "$BRANCH_NAME"',
    './pushgate.sh drift "$BRANCH_NAME"',
  ]);
});
