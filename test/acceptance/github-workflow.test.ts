/** The example's own workflow, run by act with the built Action, on a repository that asks for a login. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWithOracles } from '../bed/suites.ts';
import { type ActPipeline, type ActRun, actPipeline } from '../support/act-pipeline.ts';
import { exampleFiles } from '../support/example-shop.ts';
import { type GitHubServer, startGitHubServer } from '../support/github-server.ts';

/** For one pipeline on a busy machine. */
const patience = 120_000;

describeWithOracles('the example’s GitHub workflow', ['act'], (oracle) => {
  let server: GitHubServer;
  let pipeline: ActPipeline;
  const values = 'values/catalog.yaml';
  const shop = exampleFiles();

  beforeAll(async () => {
    server = await startGitHubServer();
    const { state } = server;
    for (const login of ['ann', 'rita']) state.addUser(login, 'write');
    state.repository.commit({ branch: 'main', files: shop, message: 'The shop' });
    pipeline = await actPipeline(server, oracle('act'));
  }, patience);
  afterAll(async () => {
    pipeline[Symbol.dispose]();
    server.state.repository[Symbol.dispose]();
    await server.close();
  });

  function propose(branch: string, files: Record<string, string>, fork?: string): number {
    const { state } = server;
    const stored = fork === undefined ? branch : `forks/${fork}/${branch}`;
    state.repository.commit({ branch: stored, from: 'refs/heads/main', files, message: 'A change' });
    return state.openPull({ author: 'ann', source: branch, ...(fork === undefined ? {} : { fork }) }).number;
  }
  function withReplicas(count: number): Record<string, string> {
    return { [values]: (shop[values] ?? '').replace(/replicaCount: \d+/, `replicaCount: ${count}`) };
  }
  function comments(pull: number): readonly string[] {
    return server.state.comments.filter((one) => one.number === pull).map((one) => one.body);
  }
  function pathOfCatalog(environment: string): string | undefined {
    const tip = server.state.repository.resolve(`refs/heads/deploy/${environment}`);
    if (tip === undefined) return undefined;
    const files = server.state.repository.git('ls-tree', '-r', '--name-only', tip).split('\n');
    return files.find((one) => /deployment.*catalog|catalog.*deployment/i.test(one));
  }
  function deployed(environment: string): string | undefined {
    const path = pathOfCatalog(environment);
    return path === undefined ? undefined : server.state.repository.file(`refs/heads/deploy/${environment}`, path);
  }
  /** What every run has to keep to, whatever it is about. */
  function expectDecent(run: ActRun): void {
    server.verify();
    expect(run.log).not.toContain(run.token);
    expect(existsSync(join(run.checkout, 'pwn'))).toBe(false);
  }

  test(
    'a pull request is planned with a token that can only read the code, and gets one comment',
    async () => {
      const pull = propose('fewer', withReplicas(2));
      const run = await pipeline.onPull(pull, 'plan');
      expect([run.exitCode, run.log]).toEqual([0, expect.stringContaining('comment created')]);
      expect(comments(pull)).toEqual([expect.stringMatching(/^## Pushgate: .* in each of staging and production/)]);
      expectDecent(run);
    },
    patience,
  );

  test(
    'merged without approval: staging, which asks for none, has it; production refuses by name and the job fails',
    async () => {
      server.state.merge(1, 'ann');
      const run = await pipeline.onPush('apply');
      expect(run.exitCode).not.toBe(0);
      expect(run.log).toContain('approval-missing');
      expect(deployed('staging')).toContain('replicas: 1');
      expect(deployed('production')).toBeUndefined();
      expectDecent(run);
    },
    patience,
  );

  test(
    'the next one shows what waits; approved and merged, production has all of it',
    async () => {
      const pull = propose('five', withReplicas(5));
      expect((await pipeline.onPull(pull, 'plan')).exitCode).toBe(0);
      server.state.review(pull, 'rita', 'APPROVED');
      server.state.merge(pull, 'ann', 'squash');
      const run = await pipeline.onPush('apply');
      expect([run.exitCode, run.log]).toEqual([0, expect.any(String)]);
      expect(deployed('production')).toContain('replicas: 5');
      expectDecent(run);
    },
    patience,
  );

  test(
    'what somebody edits by hand becomes one issue, which closes itself when it is put back',
    async () => {
      const { repository, issues } = server.state;
      const before = repository.resolve('refs/heads/deploy/production') ?? '';
      const path = pathOfCatalog('production') ?? '';
      const edited = (repository.file(before, path) ?? '').replace('replicas: 5', 'replicas: 8');
      repository.commit({ branch: 'deploy/production', files: { [path]: edited }, message: 'Quickly' });
      for (let time = 0; time < 2; time++) {
        const run = await pipeline.onSchedule('drift');
        expect([run.exitCode, run.log]).toEqual([1, expect.stringContaining('spec.replicas')]);
        expectDecent(run);
      }
      expect(issues).toMatchObject([{ state: 'open', title: expect.stringContaining('production') }]);
      expect(issues[0]?.body).toMatch(/replicas.*5.*8/);
      repository.setBranch('deploy/production', before);
      const calm = await pipeline.onSchedule('drift');
      expect(calm.exitCode).toBe(0);
      expect(issues).toMatchObject([{ state: 'closed' }]);
      expectDecent(calm);
    },
    3 * patience,
  );

  test(
    'neither a branch named like a shell command nor text like a runner’s command does anything',
    async () => {
      const hostile = {
        'infra/hostile.yaml': [
          'apiVersion: v1',
          'kind: ConfigMap',
          'metadata: { name: hostile }',
          'data:',
          '  a: "::error::pwned"',
          '  b: "\\n::set-output name=pwned::yes\\n##[set-output name=pwned]yes"',
          '  "::set-output name=pwned::key": c',
        ].join('\n'),
      };
      const pull = propose('a";touch${IFS}pwn;#', hostile);
      const run = await pipeline.onPull(pull, 'plan');
      // act marks with these signs what it took for a command.
      expect(run.log).not.toMatch(/[⚙❗❓]\s+::[^\n]*pwned/u);
      expect(comments(pull)).toHaveLength(1);
      expectDecent(run);
    },
    patience,
  );

  test(
    'a fork’s pull request has no right to comment: the plan is in the job’s summary and the job ends well',
    async () => {
      const pull = propose('change', withReplicas(9), 'mallory');
      const run = await pipeline.onPull(pull, 'plan');
      expect([run.exitCode, run.log]).toEqual([0, expect.stringContaining('## Pushgate')]);
      expect(comments(pull)).toEqual([]);
      expectDecent(run);
    },
    patience,
  );
});
