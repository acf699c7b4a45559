/** The GitLab include, run by gitlab-ci-local with the packed bundles, in a repository of the include and its charts. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWithProgram } from '../bed/suites.ts';
import { exampleFiles } from '../support/example-shop.ts';
import { type GitLabPipeline, gitlabPipeline, includeOf } from '../support/gitlab-ci-pipeline.ts';
import { type GitLabServer, startGitLabServer } from '../support/gitlab-server.ts';

/** For one pipeline on a busy machine. */
const patience = 120_000;

describeWithProgram('the GitLab include', 'rsync', () => {
  let server: GitLabServer;
  let pipeline: GitLabPipeline;
  let token: string;
  const values = 'values/catalog.yaml';
  const shop = exampleFiles();

  beforeAll(async () => {
    server = await startGitLabServer();
    const { state } = server;
    state.addMember('ann', 30);
    state.addMember('rita', 40);
    state.addMember('project_42_bot_3f', 30);
    state.protectedBranches.push({ name: 'main', push: 40, codeOwners: false });
    token = state.accessToken('project_42_bot_3f');
    pipeline = await gitlabPipeline(server);
    const ci = includeOf(pipeline, shop['.gitlab-ci.yml'] ?? '');
    const files = Object.fromEntries(Object.entries(shop).filter(([path]) => !path.startsWith('.github/')));
    state.repository.commit({ branch: 'main', files: { ...files, '.gitlab-ci.yml': ci }, message: 'The shop' });
  }, patience);
  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
    server.state.repository[Symbol.dispose]();
    await server.close();
  });

  function propose(branch: string, files: Record<string, string>): number {
    server.state.repository.commit({ branch, from: 'refs/heads/main', files, message: 'A change' });
    return server.state.openRequest({ author: 'ann', source: branch }).number;
  }
  function withReplicas(count: number): Record<string, string> {
    return { [values]: (shop[values] ?? '').replace(/replicaCount: \d+/, `replicaCount: ${count}`) };
  }
  function notes(iid: number): readonly string[] {
    return server.state.notes.filter((one) => one.iid === iid && !one.system).map((one) => one.body);
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

  test(
    'a merge request is planned and gets one note, written by the project’s token',
    async () => {
      const iid = propose('fewer', withReplicas(2));
      const run = await pipeline.onRequest(iid, 'pushgate-plan', { by: 'ann', variables: { PUSHGATE_TOKEN: token } });
      expect([run.exitCode, run.log]).toEqual([0, expect.stringContaining('comment created')]);
      expect(notes(iid)).toEqual([expect.stringMatching(/^## Pushgate: .* in each of staging and production/)]);
      expect(notes(iid)[0]).toMatch(/\[full report\]\(.*\/artifacts\/file\/pushgate-reports\/report\.html\)/);
      expect(run.log).not.toContain(token);
      server.verify();
    },
    patience,
  );

  test(
    'without that token it is still planned, and the log says which token the note would need',
    async () => {
      const iid = propose('quiet', withReplicas(4));
      const run = await pipeline.onRequest(iid, 'pushgate-plan', { by: 'ann' });
      expect([run.exitCode, run.log]).toEqual([0, expect.stringMatching(/Deployment shop\/catalog/)]);
      expect(run.log).toMatch(/project access token/);
      expect(notes(iid)).toEqual([]);
      server.verify();
    },
    patience,
  );

  test(
    'merged without approval: production refuses by name and the job fails',
    async () => {
      server.state.merge(1, 'ann');
      const run = await pipeline.onBranch('main', 'pushgate-apply', {
        by: 'ann',
        variables: { PUSHGATE_TOKEN: token },
      });
      expect(run.exitCode).not.toBe(0);
      expect(run.log).toContain('approval-missing');
      expect(deployed('staging')).toContain('replicas: 1');
      expect(deployed('production')).toBeUndefined();
      server.verify();
    },
    patience,
  );

  test(
    'an approval before the last push does not count for what was pushed after it',
    async () => {
      const iid = propose('moving', withReplicas(5));
      server.state.approve(iid, 'rita');
      server.state.repository.commit({ branch: 'moving', files: withReplicas(50), message: 'One more' });
      await pipeline.onRequest(iid, 'pushgate-plan', { by: 'ann', variables: { PUSHGATE_TOKEN: token } });
      server.state.merge(iid, 'ann');
      const run = await pipeline.onBranch('main', 'pushgate-apply', {
        by: 'ann',
        variables: { PUSHGATE_TOKEN: token },
      });
      expect(run.log).toContain('approval-missing');
      expect(deployed('production')).toBeUndefined();
      server.verify();
    },
    patience,
  );

  test(
    'approved on its head and merged as a squash, production has what was shown',
    async () => {
      const iid = propose('six', withReplicas(6));
      await pipeline.onRequest(iid, 'pushgate-plan', { by: 'ann', variables: { PUSHGATE_TOKEN: token } });
      server.state.approve(iid, 'rita');
      server.state.merge(iid, 'ann', 'squash');
      const run = await pipeline.onBranch('main', 'pushgate-apply', {
        by: 'ann',
        variables: { PUSHGATE_TOKEN: token },
      });
      expect([run.exitCode, run.log]).toEqual([0, expect.any(String)]);
      expect(deployed('production')).toContain('replicas: 6');
      server.verify();
    },
    patience,
  );

  test(
    'what somebody edits by hand becomes one issue, which closes itself when it is put back',
    async () => {
      const { repository, issues } = server.state;
      const ours = { by: 'ann', variables: { PUSHGATE_TOKEN: token } };
      const before = repository.resolve('refs/heads/deploy/production') ?? '';
      const path = pathOfCatalog('production') ?? '';
      const edited = (repository.file(before, path) ?? '').replace('replicas: 6', 'replicas: 8');
      repository.commit({ branch: 'deploy/production', files: { [path]: edited }, message: 'Quickly' });
      for (let time = 0; time < 2; time++) {
        const run = await pipeline.onSchedule('pushgate-drift', ours);
        expect(run.log).toContain('spec.replicas');
        server.verify();
      }
      expect(issues).toMatchObject([{ state: 'opened', title: expect.stringContaining('production') }]);
      expect(issues[0]?.description).toMatch(/replicas.*6.*8/);
      repository.setBranch('deploy/production', before);
      expect((await pipeline.onSchedule('pushgate-drift', ours)).exitCode).toBe(0);
      expect(issues).toMatchObject([{ state: 'closed' }]);
      expect(server.state.executed).toEqual([]);
      server.verify();
    },
    3 * patience,
  );

  test(
    'neither a branch named like a shell command nor a text like a quick action does anything',
    async () => {
      const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: hostile }\ndata:\n';
      const lines = ['```', '/merge', '/approve', '~~~', '/close'].map((line) => `    ${line}\n`).join('');
      const iid = propose('a";touch${IFS}pwn;#', { 'infra/hostile.yaml': `${config}  text: |\n${lines}` });
      const run = await pipeline.onRequest(iid, 'pushgate-plan', { by: 'ann', variables: { PUSHGATE_TOKEN: token } });
      expect(notes(iid)).toHaveLength(1);
      expect(server.state.executed).toEqual([]);
      expect(server.state.requests.get(iid)?.state).toBe('open');
      expect(existsSync(join(run.checkout, 'pwn'))).toBe(false);
      server.verify();
    },
    patience,
  );

  test(
    'nothing is applied from a branch that is not protected',
    async () => {
      server.state.protectedBranches.length = 0;
      const run = await pipeline.onBranch('main', 'pushgate-apply', {
        by: 'ann',
        variables: { PUSHGATE_TOKEN: token },
      });
      expect(run.exitCode).not.toBe(0);
      expect(run.log).toContain('wrong-ref');
    },
    patience,
  );
});
