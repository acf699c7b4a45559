/** The example's fleet of 20 services in 3 environments, by its own workflow and its own child pipeline. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWithOracles, describeWithProgram } from '../bed/suites.ts';
import { type ActPipeline, actPipeline } from '../support/act-pipeline.ts';
import { artifactActions } from '../support/artifact-actions.ts';
import { filesOfExample } from '../support/example-shop.ts';
import { type GitHubServer, startGitHubServer } from '../support/github-server.ts';
import { type GitLabPipeline, gitlabPipeline } from '../support/gitlab-ci-pipeline.ts';
import { type GitLabServer, startGitLabServer } from '../support/gitlab-server.ts';

/** For a pipeline of many jobs on a busy machine. */
const patience = 400_000;
const fleet = filesOfExample('fleet');
const chart = 'charts/service/values.yaml';
const everywhere = { [chart]: (fleet[chart] ?? '').replace('logLevel: info', 'logLevel: warn') };

/** Sixty times the same change: one table says it, and nothing of the lines is left out. */
function expectFoldedComment(body: string | undefined): void {
  expect(body?.match(/^## .*$/m)?.[0]).toMatch(/^## Pushgate: .*updated/);
  for (const environment of ['staging', 'eu', 'us']) expect(body).toContain(environment);
  expect(body).not.toContain('plan-missing');
  // Folded, it is what a reader takes in at once: far from one row for each of the sixty.
  expect(body?.split('\n').filter((line) => line.startsWith('| ')).length).toBeLessThan(20);
  expect(body?.length).toBeLessThan(40_000);
}

describeWithOracles('the fleet’s GitHub workflow', ['act'], (oracle) => {
  let server: GitHubServer;
  let pipeline: ActPipeline;
  let folder: string;
  const workflow = fleet['.github/workflows/pushgate.yml'] ?? '';

  beforeAll(async () => {
    server = await startGitHubServer();
    folder = mkdtempSync(join(tmpdir(), 'pushgate-fleet-'));
    const { state } = server;
    for (const login of ['ann', 'rita']) state.addUser(login, 'write');
    state.repository.commit({ branch: 'main', files: fleet, message: 'The fleet' });
    const artifacts = join(folder, 'artifacts');
    // Artefacts are a run's own.
    const envOf = (): Record<string, string> => {
      rmSync(artifacts, { recursive: true, force: true });
      return { ARTIFACTS_FOLDER: artifacts };
    };
    pipeline = await actPipeline(server, oracle('act'), envOf, artifactActions(folder, workflow));
  }, patience);
  afterAll(async () => {
    pipeline[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
    await server[Symbol.asyncDispose]();
  });

  function propose(branch: string, files: Record<string, string>): number {
    server.state.repository.commit({ branch, from: 'refs/heads/main', files, message: 'A change' });
    return server.state.openPull({ author: 'ann', source: branch }).number;
  }
  function comments(pull: number): readonly string[] {
    return server.state.comments.filter((one) => one.number === pull).map((one) => one.body);
  }
  function deployed(environment: string, service: string): string | undefined {
    const branch = `refs/heads/deploy/${environment}`;
    if (server.state.repository.resolve(branch) === undefined) return undefined;
    const path = server.state.repository
      .git('ls-tree', '-r', '--name-only', branch)
      .split('\n')
      .find((name) => name.includes(service) && /deployment/i.test(name));
    return path === undefined ? undefined : server.state.repository.file(branch, path);
  }

  test(
    'a change of the shared chart is planned by six jobs and told in one comment',
    async () => {
      const pull = propose('quieter', everywhere);
      const run = await pipeline.onPull(pull, 'report');
      expect([run.exitCode, run.log]).toEqual([0, expect.stringContaining('comment created')]);
      for (const shard of ['staging-1', 'staging-2', 'eu-1', 'eu-2', 'us-1', 'us-2'])
        expect(run.log).toContain(`plan written to plans/${shard}.json`);
      expect(comments(pull)).toHaveLength(1);
      expect(comments(pull)[0]).toContain('created');
      expect(run.log).not.toContain(run.token);
      server.verify();
    },
    patience,
  );

  test(
    'merged, the waves bring it to staging first and then to the others at once',
    async () => {
      server.state.review(1, 'rita', 'APPROVED');
      server.state.merge(1, 'ann');
      const run = await pipeline.onPush('apply-2');
      expect([run.exitCode, run.log]).toEqual([0, expect.any(String)]);
      for (const environment of ['staging', 'eu', 'us']) {
        expect(deployed(environment, 'tax')).toContain('value: warn');
        expect(deployed(environment, 'cart')).toContain(environment === 'eu' ? 'replicas: 3' : 'replicas: 1');
      }
      server.verify();
    },
    patience,
  );

  test(
    'the same change of sixty releases is folded',
    async () => {
      const pull = propose('louder', { [chart]: (fleet[chart] ?? '').replace('logLevel: info', 'logLevel: debug') });
      expect((await pipeline.onPull(pull, 'report')).exitCode).toBe(0);
      expectFoldedComment(comments(pull)[0]);
      server.verify();
    },
    patience,
  );

  test(
    'a value of one service in one environment is one job',
    async () => {
      const pull = propose('more-carts', { 'values/cart.eu.yaml': 'replicas: 4\n' });
      const run = await pipeline.onPull(pull, 'report');
      expect([run.exitCode, run.log.match(/plan written to \S+/g)]).toEqual([0, ['plan written to plans/eu.json']]);
      expect(comments(pull)[0]).toMatch(/^## Pushgate: 1 updated in eu$/m);
      server.verify();
    },
    patience,
  );

  test(
    'what touches nothing has no plan job and a comment of one line',
    async () => {
      const pull = propose('words', { 'README.md': 'More words' });
      const run = await pipeline.onPull(pull, 'report');
      expect([run.exitCode, run.log.includes('plan written')]).toEqual([0, false]);
      expect(comments(pull)[0]).toContain('no environment is touched');
      server.verify();
    },
    patience,
  );
});

describeWithProgram('the fleet’s GitLab child pipeline', 'rsync', () => {
  let server: GitLabServer;
  let pipeline: GitLabPipeline;
  let token: string;

  beforeAll(async () => {
    server = await startGitLabServer();
    const { state } = server;
    state.addMember('ann', 30);
    state.addMember('rita', 40);
    state.addMember('project_42_bot_3f', 30);
    state.protectedBranches.push({ name: 'main', push: 40, codeOwners: false });
    token = state.accessToken('project_42_bot_3f');
    pipeline = await gitlabPipeline(server);
    const ci = (fleet['.gitlab-ci.yml'] ?? '').replace(
      / {2}- project: .*\n {4}ref: .*\n {4}file: .*\n/,
      `  - remote: ${pipeline.fleetTemplate}\n`,
    );
    const files = {
      ...fleet,
      '.gitlab-ci.yml': ci.replace('    inputs:\n', `    inputs:\n      package: ${pipeline.package}\n`),
    };
    state.repository.commit({ branch: 'main', files, message: 'The fleet' });
  }, patience);
  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
    server.state.repository[Symbol.dispose]();
    await server.close();
  });

  /** What the trigger job hands down to the child, as GitLab does and gitlab-ci-local does not. */
  function handedDown(): Record<string, string> {
    return { PUSHGATE_TOKEN: token, PUSHGATE_PACKAGE: pipeline.package };
  }
  function notes(iid: number): readonly string[] {
    return server.state.notes.filter((one) => one.iid === iid && !one.system).map((one) => one.body);
  }

  test(
    'a merge request becomes a pipeline of six plans and a report, and one note',
    async () => {
      server.state.repository.commit({
        branch: 'quieter',
        from: 'refs/heads/main',
        files: everywhere,
        message: 'Quieter',
      });
      const { number } = server.state.openRequest({ author: 'ann', source: 'quieter' });
      const matrix = await pipeline.onRequest(number, 'pushgate-matrix', { by: 'ann' });
      expect([matrix.exitCode, matrix.exitCode === 0 ? '' : matrix.log]).toEqual([0, '']);
      const child = readFileSync(join(matrix.checkout, 'pushgate-jobs.yml'), 'utf8');
      expect(child.match(/^plan [\w-]+(?=:)/gm)).toHaveLength(6);
      const run = await pipeline.onRequest(number, '', { by: 'ann', variables: handedDown(), child });
      expect([run.exitCode, run.log]).toEqual([0, expect.stringContaining('comment created')]);
      expect(notes(number)).toHaveLength(1);
      for (const environment of ['staging', 'eu', 'us']) expect(notes(number)[0]).toContain(environment);
      expect(notes(number)[0]).not.toContain('plan-missing');
      server.verify();
    },
    patience,
  );

  test(
    'merged, its pipeline applies each environment after those before it',
    async () => {
      server.state.approve(1, 'rita');
      server.state.merge(1, 'ann');
      const matrix = await pipeline.onBranch('main', 'pushgate-matrix', { by: 'ann' });
      const child = readFileSync(join(matrix.checkout, 'pushgate-jobs.yml'), 'utf8');
      const run = await pipeline.onBranch('main', '', { by: 'ann', variables: handedDown(), child });
      expect([run.exitCode, run.log]).toEqual([0, expect.any(String)]);
      for (const environment of ['staging', 'eu', 'us'])
        expect(server.state.repository.resolve(`refs/heads/deploy/${environment}`)).toBeDefined();
      server.verify();
    },
    patience,
  );
});
