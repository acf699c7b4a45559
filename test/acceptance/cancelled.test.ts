/** A cancelled run where people look: in the merge request, and on a branch of rendered manifests. */
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { kubeconfigBy } from '../cluster/trials.ts';
import { type CliProcess, startCli } from '../support/cli-process.ts';
import { holdBack, startFaultProxy, writesTo } from '../support/fault-proxy.ts';
import { GitFixture } from '../support/git-fixture.ts';
import { githubPipeline } from '../support/github-pipeline.ts';
import { startGitHubServer } from '../support/github-server.ts';

const chart = (value: string, more = ''): Record<string, string> => ({
  'catalog/Chart.yaml': 'apiVersion: v2\nname: catalog\nversion: 1.0.0\n',
  'catalog/templates/all.yaml': `apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { level: ${value} }
${more}`,
});
const service = `---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: [{ port: 80 }] }
`;

describeOnBed('a cancelled apply of a merge request', (bed) => {
  test('says in its comment what was done, and the next one does the rest without a new approval', async () => {
    const namespace = makeNamespace(bed());
    await using server = await startGitHubServer();
    await using proxy = await startFaultProxy(bed());
    const { state } = server;
    for (const login of ['ann', 'rita']) state.addUser(login, 'write');
    const token = state.workflowToken({
      contents: 'read',
      pull_requests: 'write',
      issues: 'write',
      deployments: 'write',
    });
    using pipeline = githubPipeline(server, token);
    const config = `version: 1
defaults: { namespace: ${namespace} }
releases: [{ name: catalog, chart: catalog }]
environments:
  production: { cluster: { context: bed }, refs: [main] }
`;
    state.repository.commit({
      branch: 'main',
      files: { 'pushgate.yaml': config, ...chart('info') },
      message: 'The shop',
    });
    state.repository.commit({
      branch: 'change',
      from: 'refs/heads/main',
      files: chart('debug', service),
      message: 'A change',
    });
    const pull = state.openPull({ author: 'ann', source: 'change' }).number;
    await pipeline.onPull(pull, { words: ['plan'], env: { KUBECONFIG: bed().kubeconfigs.planner } });
    state.review(pull, 'rita', 'APPROVED');
    state.merge(pull, 'ann');
    const comment = (): string =>
      state.comments.find(({ number, account }) => number === pull && account.bot)?.body ?? '';

    const wire = holdBack(proxy, writesTo('settings'), 'before');
    const env = { KUBECONFIG: kubeconfigBy(proxy.url, 'applier') };
    const { promise: started, resolve } = Promise.withResolvers<CliProcess>();
    const ending = pipeline.onPush('main', { words: ['apply'], env, started: resolve });
    const run = await started;
    await run.until(wire.came);
    run.child.kill('SIGINT');
    await run.said('SIGINT: cancelled');
    wire.letGo();
    const cancelled = await ending;

    expect([cancelled.exitCode, cancelled.stdout]).toEqual([
      130,
      expect.stringContaining('cancelled: 1 of 2 changes of catalog were written'),
    ]);
    expect(comment()).toContain('cancelled: 1 of 2 changes of catalog were written');
    const next = await pipeline.onPush('main', { words: ['apply'], env });
    expect([next.exitCode, next.stdout]).toEqual([0, expect.stringContaining('catalog: 1 created')]);
    expect(kubectl(bed(), ['get', 'configmap,service', '-n', namespace, '-o', 'name']).split('\n')).toEqual(
      expect.arrayContaining(['configmap/settings', 'service/web']),
    );
    dropNamespace(bed(), namespace);
  });
});

describeOnBed('what brings something back on a cluster', (bed) => {
  const objects = /\/(settings|web)$/;

  /** A release with two revisions: the second has another level, and a Service. */
  async function secondRevision(stack: AsyncDisposableStack) {
    const namespace = makeNamespace(bed());
    stack.defer(() => dropNamespace(bed(), namespace));
    const server = stack.use(await startGitHubServer());
    const proxy = stack.use(await startFaultProxy(bed()));
    const { state } = server;
    const pipeline = stack.use(
      githubPipeline(server, state.workflowToken({ contents: 'read', pull_requests: 'write', issues: 'write' })),
    );
    const config = `version: 1
defaults: { namespace: ${namespace} }
releases: [{ name: catalog, chart: catalog }]
environments:
  production: { cluster: { context: bed }, refs: [main], gate: { mode: none } }
`;
    const push = (files: Record<string, string>): void => {
      const from = state.repository.resolve('refs/heads/main') === undefined ? {} : { from: 'refs/heads/main' };
      state.repository.commit({ branch: 'main', ...from, files, message: 'A change' });
    };
    const env = { KUBECONFIG: kubeconfigBy(proxy.url, 'applier') };
    const run = (words: string, started?: (run: CliProcess) => void) =>
      pipeline.onPush('main', { words: words.split(' '), env, ...(started === undefined ? {} : { started }) });
    push({ 'pushgate.yaml': config, ...chart('info') });
    for (const files of [{ 'README.md': 'Words' }, chart('debug', service)]) {
      push(files);
      const { exitCode, stdout } = await run('apply');
      expect([exitCode, stdout]).toEqual([0, expect.any(String)]);
    }
    const k = (...words: string[]): string => kubectl(bed(), [...words, '-n', namespace]);
    const there = (): string =>
      k(
        'get',
        'configmap/settings',
        'service/web',
        '--ignore-not-found',
        '-o',
        'jsonpath={range .items[*]}{.metadata.name}{.data.level} {end}',
      );
    const cancelAt = async (words: string, wire: ReturnType<typeof holdBack>, signal: 'SIGINT' | 'SIGTERM') => {
      const { promise: started, resolve } = Promise.withResolvers<CliProcess>();
      const ending = run(words, resolve);
      const process = await started;
      await process.until(wire.came);
      process.child.kill(signal);
      await process.said(`${signal}: cancelled`);
      wire.letGo();
      return await ending;
    };
    return { proxy, run, k, there, cancelAt };
  }

  test.each([
    ['heal', 'settingsinfo ', 'settingsdebug web ', 'settingsdebug '],
    ['rollback', 'settingsdebug web ', 'settingsinfo ', 'settingsinfo web '],
    ['delete', 'settingsdebug web ', '', 'settingsdebug '],
  ])(
    '%s: cancelled while it plans it has written nothing, while it writes it says what, and again it goes on',
    async (verb, before, after, between) => {
      await using stack = new AsyncDisposableStack();
      const { proxy, run, k, there, cancelAt } = await secondRevision(stack);
      if (verb === 'heal') {
        k('patch', 'configmap', 'settings', '-p', '{"data":{"level":"info"}}');
        k('delete', 'service', 'web');
      }
      expect(there()).toBe(before);
      const words = `${verb} catalog --environment production --yes`;
      const reads = holdBack(proxy, ({ isWrite, path }) => !isWrite && objects.test(path), 'before');
      const planning = await cancelAt(words, reads, 'SIGINT');
      expect([planning.exitCode, planning.stderr]).toEqual([130, expect.stringContaining('cancelled')]);
      expect(there()).toBe(before);
      expect((await run('status')).stdout).not.toContain('on hold');

      const writes = holdBack(proxy, ({ isWrite, path }) => isWrite && objects.test(path), 'before');
      const writing = await cancelAt(words, writes, 'SIGTERM');
      expect([writing.exitCode, writing.stdout]).toEqual([
        143,
        expect.stringContaining('cancelled: 1 of 2 changes of catalog were written'),
      ]);
      expect(writing.stdout).toMatch(/skipped +(ConfigMap|Service)/);
      expect(there()).toBe(between);
      expect((await run('status')).stdout).toContain('did not come through');

      const again = await run(words);
      expect([again.exitCode, again.stdout, there()]).toEqual([0, expect.any(String), after]);
      const { stdout } = await run('status');
      expect(stdout).not.toContain('did not come through');
      expect(stdout.includes('on hold')).toBe(verb === 'rollback');
    },
    120_000,
  );
});

/** A shop with an environment in Git, whose remote takes its time over each push. */
function slowShop(fixture: GitFixture, seconds: number) {
  const origin = fixture.bare('origin.git');
  const shop = fixture.clone(origin, 'shop');
  fixture.commit(
    shop,
    {
      'pushgate.yaml': `version: 1
defaults: { namespace: shop }
releases: [{ name: catalog, chart: catalog }]
environments:
  production: { manifests: { repository: ., branch: deploy/production, path: . }, refs: [main], gate: { mode: none } }
`,
      ...chart('info'),
    },
    'The shop',
  );
  // Rules count from the commit after the one that brought them.
  fixture.commit(shop, { 'README.md': 'Words' }, 'Words');
  fixture.git(shop, 'push', '--quiet', 'origin', 'HEAD:main');
  const hook = join(origin, 'hooks/pre-receive');
  const begun = join(fixture.directory, 'begun');
  writeFileSync(hook, `#!/bin/sh\ntouch '${begun}'\nsleep ${seconds}\n`);
  chmodSync(hook, 0o755);
  const start = (): CliProcess =>
    startCli({ entry: 'src/cli.ts', words: ['apply'], cwd: shop, env: fixture.variables });
  const tip = (): string => fixture.git(origin, 'for-each-ref', '--format=%(refname:short)', 'refs/heads/deploy');
  const pushing = async (run: CliProcess): Promise<void> => {
    const wait = async (): Promise<void> => {
      while (!existsSync(begun) && run.child.exitCode === null) await sleep(20);
    };
    await run.until(wait());
  };
  const quick = (): void => writeFileSync(hook, '#!/bin/sh\nexit 0\n');
  return { start, tip, pushing, quick };
}

test('a push that is on its way when the run is cancelled is waited for, and told', async () => {
  using fixture = new GitFixture();
  const { start, tip, pushing } = slowShop(fixture, 1);
  const run = start();
  await pushing(run);
  run.child.kill('SIGTERM');
  const { code } = await run.ended;
  expect([code, run.output()]).toEqual([0, expect.stringContaining('catalog: 1 created')]);
  expect(tip()).toBe('deploy/production');
});

test('a push whose end is not waited for is unknown, and the next apply converges', async () => {
  using fixture = new GitFixture();
  const { start, tip, pushing, quick } = slowShop(fixture, 8);
  const run = start();
  await pushing(run);
  run.child.kill('SIGINT');
  const { code } = await run.ended;
  expect([code, run.output()]).toEqual([130, expect.stringContaining('is not known. The next run finds out.')]);
  quick();
  const next = start();
  expect((await next.ended).code).toBe(0);
  expect(tip()).toBe('deploy/production');
});
