/** What `pushgate doctor` says in pipelines of both forges, and on a laptop. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { GitHubPipeline } from '../support/github-pipeline.ts';
import { githubPipeline } from '../support/github-pipeline.ts';
import type { GitHubServer } from '../support/github-server.ts';
import { startGitHubServer } from '../support/github-server.ts';
import type { TokenFacts } from '../support/github-state.ts';
import type { GitLabServer } from '../support/gitlab-server.ts';
import { startGitLabServer } from '../support/gitlab-server.ts';

const config = `version: 1
defaults: { namespace: shop }
releases:
  - { name: catalog, chart: catalog, secrets: { password: SHOP_PASSWORD } }
environments:
  production: { manifests: { repository: ., branch: deploy/production }, refs: [main] }
`;
const object = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { v: "1" }\n';
const files = {
  'pushgate.yaml': config,
  'catalog/Chart.yaml': 'apiVersion: v2\nname: catalog\nversion: 1.0.0\n',
  'catalog/templates/a.yaml': object,
};

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly text: string;
  readonly mend: string | null;
}

function findingsIn(stdout: string): readonly Finding[] {
  const { schema, findings } = JSON.parse(stdout) as { readonly schema: string; readonly findings: readonly Finding[] };
  expect(schema).toBe('pushgate.dev/doctor/v1');
  // Whatever is not well says how it is mended.
  for (const { level, mend } of findings)
    if (level === 'error' || level === 'warning') expect(mend).toEqual(expect.any(String));
  return findings;
}

function finding(findings: readonly Finding[], check: string): Finding | undefined {
  return findings.find((one) => one.check === check);
}

describe('in a job of GitHub', () => {
  let server: GitHubServer;

  beforeEach(async () => {
    server = await startGitHubServer();
    server.state.addUser('ann', 'write');
    server.state.repository.commit({ branch: 'main', files, message: 'The shop' });
  });
  afterEach(async () => await server[Symbol.asyncDispose]());

  async function doctor(
    token: string,
    env: Record<string, string> = {},
  ): Promise<{ readonly exitCode: number; readonly findings: readonly Finding[]; readonly said: string }> {
    using pipeline: GitHubPipeline = githubPipeline(server, token);
    const run = await pipeline.onPush('main', { words: ['doctor', '--output', 'json'], env });
    return { exitCode: run.exitCode, findings: findingsIn(run.stdout), said: `${run.stdout}${run.stderr}` };
  }
  function token(scopes: TokenFacts['scopes']): string {
    return server.state.workflowToken(scopes);
  }

  test('all is well where the branch is ruled, and nothing secret is said', async () => {
    server.state.protection.set('main', { approvals: 1, dismissStale: true, codeOwners: false, lastPush: false });
    const own = token({ contents: 'write', pull_requests: 'write' });
    const env = { PUSHGATE_KEY: 'the-key-of-the-shop', SHOP_PASSWORD: 'Sw0rdfish-of-the-shop' };
    const { exitCode, findings, said } = await doctor(own, env);
    expect([exitCode, findings.filter(({ level }) => level === 'error')]).toEqual([0, []]);
    expect(finding(findings, 'branch main')).toMatchObject({
      level: 'ok',
      text: expect.stringContaining('1 approval'),
    });
    expect(finding(findings, 'production: place')).toMatchObject({ level: 'ok' });
    for (const secret of [own, ...Object.values(env)]) expect(said).not.toContain(secret);
    server.verify();
  });

  test('a branch without rules is a warning, and the gate is not called enforced', async () => {
    const { findings } = await doctor(token({ contents: 'write', pull_requests: 'write' }));
    expect(finding(findings, 'branch main')).toMatchObject({
      level: 'warning',
      mend: expect.stringContaining('Rulesets'),
    });
    expect(finding(findings, 'production: gate')).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('advisory'),
    });
    expect(finding(findings, 'key')).toMatchObject({ level: 'note' });
  });

  test('a token that may not read pull requests is an error that names the right', async () => {
    const { exitCode, findings } = await doctor(token({ contents: 'read' }));
    expect([exitCode, finding(findings, 'merge requests')]).toEqual([
      1,
      expect.objectContaining({ level: 'error', mend: expect.stringContaining('pull-requests') }),
    ]);
  });

  test('a token that nobody knows is an error, and the rest is looked at all the same', async () => {
    const { exitCode, findings, said } = await doctor('ghs_nobody-knows-this');
    expect([exitCode, finding(findings, 'token')]).toEqual([1, expect.objectContaining({ level: 'error' })]);
    expect(finding(findings, 'production: releases')).toMatchObject({ level: 'ok' });
    expect(said).not.toContain('ghs_nobody-knows-this');
  });

  test('with the gate of the forge’s environment, its reviewers are looked for', async () => {
    const gate = config.replace('refs: [main] }', 'refs: [main], gate: { mode: environment } }');
    server.state.repository.commit({ branch: 'main', files: { 'pushgate.yaml': gate }, message: 'Environment' });
    const own = token({ contents: 'write', pull_requests: 'write', actions: 'read' });
    const levelOf = async (): Promise<string | undefined> =>
      finding((await doctor(own)).findings, 'production: forge')?.level;
    expect(await levelOf()).toBe('error');
    server.state.environments.set('production', { reviewers: 0, protectedBranches: true });
    expect(await levelOf()).toBe('error');
    server.state.environments.set('production', { reviewers: 1, protectedBranches: false });
    expect(await levelOf()).toBe('warning');
    server.state.environments.set('production', { reviewers: 1, protectedBranches: true });
    expect(await levelOf()).toBe('ok');
    const blind = await doctor(token({ contents: 'write', pull_requests: 'write' }));
    expect(finding(blind.findings, 'production: forge')?.level).toBe('note');
    server.verify();
  });

  test('a chart that does not render is named with its place, and so is a mistake of the configuration', async () => {
    const { repository } = server.state;
    repository.commit({ branch: 'main', files: { 'catalog/templates/a.yaml': '{{ nothing }}' }, message: 'Broken' });
    const own = token({ contents: 'write', pull_requests: 'write' });
    const broken = await doctor(own);
    expect([broken.exitCode, finding(broken.findings, 'production: catalog')?.text]).toEqual([
      1,
      expect.stringContaining('catalog/templates/a.yaml'),
    ]);
    repository.commit({
      branch: 'main',
      files: { 'pushgate.yaml': config.replace('chart:', 'chrt:') },
      message: 'Mistyped',
    });
    const mistyped = await doctor(own);
    expect(finding(mistyped.findings, 'configuration')).toMatchObject({
      level: 'error',
      text: expect.stringContaining('pushgate.yaml:4'),
    });
    expect(finding(mistyped.findings, 'token')).toMatchObject({ level: 'ok' });
  });
});

describe('in a job of GitLab', () => {
  let server: GitLabServer;
  let folder: string;

  beforeEach(async () => {
    server = await startGitLabServer();
    server.state.addMember('ann', 30);
    server.state.addMember('project_42_bot_3f', 30);
    server.state.repository.commit({ branch: 'main', files, message: 'The shop' });
    folder = mkdtempSync(join(tmpdir(), 'pushgate-doctor-'));
    execFileSync('git', ['clone', '--quiet', server.state.repository.path, join(folder, 'shop')]);
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    server.state.repository[Symbol.dispose]();
    await server.close();
  });

  /** Asynchronous, as the server lives in this process. */
  async function doctor(
    env: Record<string, string>,
  ): Promise<{ readonly exitCode: number | null; readonly findings: readonly Finding[] }> {
    const { spawn } = await import('node:child_process');
    const args = ['--disable-warning=ExperimentalWarning', resolve('src/cli.ts'), 'doctor', '-o', 'json'];
    const { state } = server;
    const variables = {
      PATH: process.env['PATH'],
      HOME: folder,
      GITLAB_CI: 'true',
      CI_API_V4_URL: server.apiUrl,
      CI_PROJECT_ID: String(state.projectId),
      CI_PIPELINE_SOURCE: 'push',
      CI_COMMIT_SHA: state.repository.resolve('refs/heads/main'),
      CI_COMMIT_REF_NAME: 'main',
      CI_JOB_TOKEN: state.jobToken('ann'),
      ...env,
    };
    return await new Promise((done) => {
      const child = spawn(process.execPath, args, { cwd: join(folder, 'shop'), env: variables });
      let stdout = '';
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
      });
      child.on('close', (exitCode) => done({ exitCode, findings: findingsIn(stdout) }));
    });
  }

  test('the job’s token alone is an error that says which one it takes', async () => {
    const { exitCode, findings } = await doctor({});
    expect([exitCode, finding(findings, 'token')]).toEqual([
      1,
      expect.objectContaining({ level: 'error', mend: expect.stringContaining('project access token') }),
    ]);
  });

  test('a branch that is not protected is an error, as nothing is applied from it', async () => {
    const PUSHGATE_TOKEN = server.state.accessToken('project_42_bot_3f');
    const before = await doctor({ PUSHGATE_TOKEN });
    expect([before.exitCode, finding(before.findings, 'branch main')]).toEqual([
      1,
      expect.objectContaining({ level: 'error', mend: expect.stringContaining('Protected branches') }),
    ]);
    server.state.protectedBranches.push({ name: 'main', push: 0, codeOwners: false });
    const after = await doctor({ PUSHGATE_TOKEN });
    expect([after.exitCode, finding(after.findings, 'branch main')?.level]).toEqual([0, 'ok']);
    server.verify();
  });
});

describe('on a laptop', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pushgate-doctor-'));
    execFileSync('git', ['init', '--quiet', folder]);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('without a configuration it leads to init, in words for people', () => {
    const args = ['--disable-warning=ExperimentalWarning', resolve('src/cli.ts'), 'doctor'];
    const { status, stdout } = spawnSync(process.execPath, args, {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '' },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^✔ node/);
    expect(stdout).toMatch(/✖ configuration +there is no pushgate.yaml\n +→ pushgate init/);
    expect(stdout).toContain('1 thing keeps Pushgate from working');
  });
});
