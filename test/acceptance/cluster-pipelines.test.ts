/** The example's workflow and include, run by act and gitlab-ci-local with the built bundles, on a real cluster. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Bed } from '../bed/bed.ts';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed, describeWithOracles, describeWithProgram } from '../bed/suites.ts';
import { type ActPipeline, type ActRun, actPipeline } from '../support/act-pipeline.ts';
import { exampleFiles } from '../support/example-shop.ts';
import { type GitHubServer, startGitHubServer } from '../support/github-server.ts';
import { type GitLabPipeline, type GitLabRun, gitlabPipeline, includeOf } from '../support/gitlab-ci-pipeline.ts';
import { type GitLabServer, startGitLabServer } from '../support/gitlab-server.ts';

const values = 'values/catalog.yaml';

/** The example's catalog, in one namespace of the cluster. */
function shopOn(namespace: string): Record<string, string> {
  const config = `version: 1
defaults: { namespace: ${namespace} }
releases:
  - { name: catalog, chart: charts/catalog, values: [${values}] }
environments:
  production:
    cluster: { context: bed }
    refs: [main]
`;
  return { ...exampleFiles(), 'pushgate.yaml': config };
}

function withReplicas(count: number): Record<string, string> {
  return { [values]: (exampleFiles()[values] ?? '').replace(/replicaCount: \d+/, `replicaCount: ${count}`) };
}

/** A ConfigMap of its own in the catalog's chart, so that two changes do not meet in one file. */
function withExtra(name: string, text: string): Record<string, string> {
  const lines = [
    'apiVersion: v1',
    'kind: ConfigMap',
    `metadata: { name: ${name} }`,
    `data: { text: ${JSON.stringify(text)} }`,
  ];
  return { [`charts/catalog/templates/${name}.yaml`]: `${lines.join('\n')}\n` };
}

function extra(bed: Bed, namespace: string, name: string): string {
  return kubectl(bed, ['get', 'configmap', name, '-n', namespace, '--ignore-not-found', '-o', 'jsonpath={.data.text}']);
}

function readyReplicas(bed: Bed, namespace: string): string {
  return kubectl(bed, ['get', 'deployment', 'catalog', '-n', namespace, '-o', 'jsonpath={.status.readyReplicas}']);
}

describeWithOracles('the example’s GitHub workflow, run by act', ['act', 'kubectl'], (oracle) => {
  describeOnBed('on a cluster', (bed) => {
    let server: GitHubServer;
    let pipeline: ActPipeline;
    let namespace = '';

    beforeAll(async () => {
      namespace = makeNamespace(bed());
      server = await startGitHubServer();
      for (const login of ['ann', 'rita']) server.state.addUser(login, 'write');
      server.state.repository.commit({ branch: 'main', files: shopOn(namespace), message: 'The shop' });
      const loginOf = (job: string): 'applier' | 'planner' => (job === 'apply' ? 'applier' : 'planner');
      pipeline = await actPipeline(server, oracle('act'), (job) => ({ KUBECONFIG: bed().kubeconfigs[loginOf(job)] }));
    });
    afterAll(async () => {
      dropNamespace(bed(), namespace);
      pipeline[Symbol.dispose]();
      server.state.repository[Symbol.dispose]();
      await server.close();
    });

    async function planned(branch: string, change: number | Record<string, string>): Promise<number> {
      const files = typeof change === 'number' ? withReplicas(change) : change;
      server.state.repository.commit({ branch, from: 'refs/heads/main', files, message: 'A change' });
      const pull = server.state.openPull({ author: 'ann', source: branch }).number;
      const run = await pipeline.onPull(pull, 'plan');
      expect([run.exitCode, run.log]).toEqual([0, expect.stringContaining('comment created')]);
      return pull;
    }
    async function approved(pull: number): Promise<ActRun> {
      server.state.review(pull, 'rita', 'APPROVED');
      server.state.merge(pull, 'ann');
      return await pipeline.onPush('apply');
    }

    test('3 replicas, then 2, each shown, approved, applied and ready', async () => {
      expect((await approved(await planned('first', 3))).exitCode).toBe(0);
      expect(readyReplicas(bed(), namespace)).toBe('3');
      const fewer = await planned('fewer', 2);
      expect(server.state.comments.at(-1)?.body).toContain('replicas 3 → 2');
      expect((await approved(fewer)).exitCode).toBe(0);
      expect(readyReplicas(bed(), namespace)).toBe('2');
    });

    test('scaled by hand: the drift job fails and names tool, field and time; changed after approval: refused', async () => {
      kubectl(bed(), ['scale', 'deployment', 'catalog', '-n', namespace, '--replicas=5']);
      const drift = await pipeline.onSchedule('drift');
      expect([drift.exitCode, drift.log]).toEqual([
        1,
        expect.stringMatching(/spec\.replicas\s+2 → 5[\s\S]*kubectl scale, \d{4}-/),
      ]);
      const pull = await planned('four', 4);
      kubectl(bed(), ['scale', 'deployment', 'catalog', '-n', namespace, '--replicas=6']);
      const run = await approved(pull);
      expect([run.exitCode === 0, run.log]).toEqual([false, expect.stringMatching(/not-shown[\s\S]*6 → 4/)]);
      expect(readyReplicas(bed(), namespace)).not.toBe('4');
      kubectl(bed(), ['scale', 'deployment', 'catalog', '-n', namespace, '--replicas=5']);
      expect((await pipeline.onPush('apply')).exitCode).toBe(0);
    });

    test('two squashed within a minute: the newer run applies both, the older one undoes nothing', async () => {
      const [one, two] = [await planned('one', withExtra('one', 'A')), await planned('two', withExtra('two', 'B'))];
      for (const pull of [one, two]) server.state.review(pull, 'rita', 'APPROVED');
      const older = server.state.merge(one, 'ann', 'squash');
      server.state.merge(two, 'ann', 'squash');
      const run = await pipeline.onPush('apply');
      expect([run.exitCode, run.log]).toEqual([0, expect.stringMatching(/2 created, shown in !\d+ and !\d+/)]);
      const late = await pipeline.onPush('apply', { commit: older });
      expect([late.exitCode === 0, late.log]).toEqual([false, expect.stringContaining('superseded')]);
      expect([extra(bed(), namespace, 'one'), extra(bed(), namespace, 'two')]).toEqual(['A', 'B']);
    });

    test('a push after the approval: what nobody saw is not applied', async () => {
      const pull = await planned('seen', withExtra('seen', 'A'));
      server.state.review(pull, 'rita', 'APPROVED');
      const files = withExtra('unseen', 'B');
      server.state.repository.commit({ branch: 'seen', from: 'refs/heads/seen', files, message: 'One more' });
      server.state.merge(pull, 'ann');
      const run = await pipeline.onPush('apply');
      expect([run.exitCode === 0, run.log]).toEqual([
        false,
        expect.stringMatching(/approval-missing|head-moved|not-shown/),
      ]);
      expect([extra(bed(), namespace, 'seen'), extra(bed(), namespace, 'unseen')]).toEqual(['', '']);
    });

    test('a fork is rendered only, and whatever names and texts say is text', async () => {
      const { state } = server;
      const hostile = withExtra('hostile', '::error::pwned\n##[set-output name=pwned]yes\n$(touch pwn)');
      state.repository.commit({
        branch: 'forks/mallory/a";touch${IFS}pwn;#',
        from: 'refs/heads/main',
        files: hostile,
        message: '::error::pwned',
      });
      const fork = state.openPull({ author: 'ann', source: 'a";touch${IFS}pwn;#', fork: 'mallory' }).number;
      const rendered = await pipeline.onPull(fork, 'plan');
      expect([rendered.exitCode, rendered.log]).toEqual([
        0,
        expect.not.stringMatching(/Error: pwned|::error::pwned\n.*❗/),
      ]);
      expect(state.comments.filter(({ number }) => number === fork)).toEqual([]);
      const own = await approved(await planned('a";touch${IFS}pwn;#', hostile));
      expect([own.exitCode, own.log]).toEqual([0, expect.any(String)]);
      expect(extra(bed(), namespace, 'hostile')).toContain('$(touch pwn)');
      for (const { checkout } of [rendered, own]) expect(existsSync(join(checkout, 'pwn'))).toBe(false);
    });

    test('a cancelled job leaves nothing that the next one does not finish', async () => {
      const pull = await planned('nine', 9);
      server.state.review(pull, 'rita', 'APPROVED');
      server.state.merge(pull, 'ann');
      const cancelled = await pipeline.onPush('apply', { cancelAt: /applying production/ });
      expect(cancelled.exitCode).not.toBe(0);
      const run = await pipeline.onPush('apply');
      expect([run.exitCode, run.log]).toEqual([0, expect.any(String)]);
      expect(readyReplicas(bed(), namespace)).toBe('9');
    });
  });
});

describeWithProgram('the example’s GitLab include, run by gitlab-ci-local', 'rsync', () => {
  describeOnBed('on a cluster', (bed) => {
    let server: GitLabServer;
    let pipeline: GitLabPipeline;
    let namespace = '';
    let token = '';

    beforeAll(async () => {
      namespace = makeNamespace(bed());
      server = await startGitLabServer();
      const { state } = server;
      state.addMember('ann', 30);
      state.addMember('rita', 40);
      state.addMember('project_42_bot_3f', 30);
      state.protectedBranches.push({ name: 'main', push: 40, codeOwners: false });
      token = state.accessToken('project_42_bot_3f');
      pipeline = await gitlabPipeline(server);
      const shop = shopOn(namespace);
      const ci = includeOf(pipeline, shop['.gitlab-ci.yml'] ?? '');
      state.repository.commit({ branch: 'main', files: { ...shop, '.gitlab-ci.yml': ci }, message: 'The shop' });
    });
    afterAll(async () => {
      dropNamespace(bed(), namespace);
      await pipeline[Symbol.asyncDispose]();
      server.state.repository[Symbol.dispose]();
      await server.close();
    });

    test('a merge request is planned by a login that cannot write, approved, applied and ready', async () => {
      const { state } = server;
      state.repository.commit({ branch: 'two', from: 'refs/heads/main', files: withReplicas(2), message: 'A change' });
      const { number } = state.openRequest({ author: 'ann', source: 'two' });
      const variables = (login: 'planner' | 'applier') => ({
        PUSHGATE_TOKEN: token,
        KUBECONFIG: bed().kubeconfigs[login],
      });
      const plan = await pipeline.onRequest(number, 'pushgate-plan', { by: 'ann', variables: variables('planner') });
      expect([plan.exitCode, plan.log]).toEqual([0, expect.stringContaining('comment created')]);
      state.approve(number, 'rita');
      state.merge(number, 'rita');
      const apply = await pipeline.onBranch('main', 'pushgate-apply', { by: 'rita', variables: variables('applier') });
      expect([apply.exitCode, apply.log]).toEqual([0, expect.any(String)]);
      expect(readyReplicas(bed(), namespace)).toBe('2');
    });

    const as = (login: 'planner' | 'applier', by = 'ann') => ({
      by,
      variables: { PUSHGATE_TOKEN: token, KUBECONFIG: bed().kubeconfigs[login] },
    });
    async function planned(source: string, files: Record<string, string>): Promise<number> {
      server.state.repository.commit({ branch: source, from: 'refs/heads/main', files, message: 'A change' });
      const { number } = server.state.openRequest({ author: 'ann', source });
      const run = await pipeline.onRequest(number, 'pushgate-plan', as('planner'));
      expect([run.exitCode, run.log]).toEqual([0, expect.stringContaining('comment created')]);
      return number;
    }
    const apply = (options: { readonly commit?: string; readonly cancelAt?: RegExp } = {}): Promise<GitLabRun> =>
      pipeline.onBranch('main', 'pushgate-apply', { ...as('applier', 'rita'), ...options });

    test('two squashed within a minute: the newer run applies both, the older one undoes nothing', async () => {
      const [one, two] = [await planned('one', withExtra('one', 'A')), await planned('two-b', withExtra('two', 'B'))];
      for (const iid of [one, two]) server.state.approve(iid, 'rita');
      const older = server.state.merge(one, 'rita', 'squash');
      server.state.merge(two, 'rita', 'squash');
      const run = await apply();
      expect([run.exitCode, run.log]).toEqual([0, expect.stringMatching(/2 created, shown in !\d+ and !\d+/)]);
      const late = await apply({ commit: older });
      expect([late.exitCode === 0, late.log]).toEqual([false, expect.stringContaining('superseded')]);
      expect([extra(bed(), namespace, 'one'), extra(bed(), namespace, 'two')]).toEqual(['A', 'B']);
    });

    test('a push after the approval, and a cluster that moved after it: refused by name', async () => {
      const iid = await planned('four', withReplicas(4));
      server.state.approve(iid, 'rita');
      server.state.merge(iid, 'rita');
      kubectl(bed(), ['scale', 'deployment', 'catalog', '-n', namespace, '--replicas=6']);
      const drifted = await apply();
      expect([drifted.exitCode === 0, drifted.log]).toEqual([false, expect.stringMatching(/not-shown[\s\S]*6 → 4/)]);
      const pushed = await planned('seen', withExtra('seen', 'A'));
      server.state.approve(pushed, 'rita');
      const files = withExtra('unseen', 'B');
      server.state.repository.commit({ branch: 'seen', from: 'refs/heads/seen', files, message: 'One more' });
      server.state.merge(pushed, 'rita');
      const run = await apply();
      expect([run.exitCode === 0, run.log]).toEqual([
        false,
        expect.stringMatching(/approval-missing|head-moved|not-shown/),
      ]);
      expect(extra(bed(), namespace, 'unseen')).toBe('');
    });

    test('a cancelled job leaves nothing that the next one does not finish', async () => {
      const iid = await planned('nine', withReplicas(9));
      server.state.approve(iid, 'rita');
      server.state.merge(iid, 'rita');
      const cancelled = await apply({ cancelAt: /applying production/ });
      expect(cancelled.exitCode).not.toBe(0);
      const run = await apply();
      expect([run.exitCode, run.log]).toEqual([0, expect.any(String)]);
      expect(readyReplicas(bed(), namespace)).toBe('9');
    });
  });
});
