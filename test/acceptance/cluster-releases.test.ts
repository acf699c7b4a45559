/** Releases of one environment beside one another: what becomes of the others when one of them cannot be applied. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { type GitHubPipeline, githubPipeline, type PipelineRun } from '../support/github-pipeline.ts';
import { type GitHubServer, startGitHubServer } from '../support/github-server.ts';

describeOnBed('the releases of an environment', (bed) => {
  let server: GitHubServer;
  let pipeline: GitHubPipeline;
  let own = '';
  let other = '';

  beforeAll(async () => {
    [own, other] = [makeNamespace(bed()), makeNamespace(bed())];
    server = await startGitHubServer();
    const token = server.state.workflowToken({ contents: 'read', pull_requests: 'write', issues: 'write' });
    pipeline = githubPipeline(server, token, { runs: 'here' });
    const files = {
      'pushgate.yaml': config({ catalog: own, cart: own, db: other }),
      'catalog/map.yaml': map('catalog', '1'),
      'cart/map.yaml': map('cart', '1'),
      'db/map.yaml': map('db', '1'),
    };
    server.state.repository.commit({ branch: 'main', files, message: 'The shop' });
    push({ 'README.md': 'Words' });
    expect((await run('apply')).exitCode).toBe(0);
  });
  afterAll(async () => {
    for (const namespace of [own, other]) dropNamespace(bed(), namespace);
    pipeline[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const config = (releases: Readonly<Record<string, string>>): string => `version: 1
releases:
${Object.entries(releases)
  .map(([name, namespace]) => `  - { name: ${name}, chart: ${name}, namespace: ${namespace} }\n`)
  .join('')}environments:
  production:
    cluster: { context: bed }
    refs: [main]
    gate: { mode: none }
`;
  const map = (name: string, value: string): string =>
    `{ apiVersion: v1, kind: ConfigMap, metadata: { name: ${name} }, data: { a: "${value}" } }\n`;
  const push = (files: Record<string, string | null>): string =>
    server.state.repository.commit({ branch: 'main', from: 'refs/heads/main', files, message: 'A change' });
  const run = (words: string): Promise<PipelineRun> =>
    pipeline.onPush('main', { words: words.split(' '), env: { KUBECONFIG: bed().kubeconfigs.applier } });
  const k = (...words: string[]): string => kubectl(bed(), words);
  const value = (namespace: string, name: string): string =>
    k('get', 'configmap', name, '-n', namespace, '-o', 'jsonpath={.data.a}', '--ignore-not-found');

  test('one that the server rejects is named, and the others are applied', async () => {
    const service =
      '{ apiVersion: v1, kind: Service, metadata: { name: cart }, spec: { ports: [{ port: 99999999 }] } }';
    push({ 'cart/service.yaml': service, 'cart/map.yaml': map('cart', '2'), 'catalog/map.yaml': map('catalog', '2') });
    const planned = await run('plan');
    expect([planned.exitCode, planned.stdout]).toEqual([1, expect.stringContaining('cart is left out of this plan')]);
    expect(planned.stdout).toContain(`~ ConfigMap ${own}/catalog`);
    const applied = await run('apply');
    expect([applied.exitCode, applied.stdout]).toEqual([4, expect.stringContaining('rejected: cart/service.yaml')]);
    expect([value(own, 'catalog'), value(own, 'cart')]).toEqual(['2', '1']);
  });

  test('one that another repository applies is refused there, by its name, and nothing of it is touched', async () => {
    await using theirs = await startGitHubServer();
    const files = { 'pushgate.yaml': config({ cart: own }), 'cart/map.yaml': map('cart', 'theirs') };
    theirs.state.repository.commit({ branch: 'main', files, message: 'Another shop' });
    const readme = { 'README.md': 'Words' };
    theirs.state.repository.commit({ branch: 'main', from: 'refs/heads/main', files: readme, message: 'A change' });
    const token = theirs.state.workflowToken({ contents: 'read', pull_requests: 'write', issues: 'write' });
    using second = githubPipeline(theirs, token, { runs: 'here' });
    const there = (words: string): Promise<PipelineRun> =>
      second.onPush('main', { words: words.split(' '), env: { KUBECONFIG: bed().kubeconfigs.applier } });
    for (const words of ['plan', 'apply']) {
      const { exitCode, stdout, stderr } = await there(words);
      expect([words, exitCode, `${stdout}${stderr}`]).toEqual([
        words,
        3,
        expect.stringContaining(`release cart in namespace ${own} belongs to environment production of`),
      ]);
    }
    for (const words of ['delete cart --yes', 'rollback cart --yes', 'hold cart --reason x'])
      expect([words, (await there(words)).exitCode]).toEqual([words, 1]);
    expect(value(own, 'cart')).toBe('1');
  });

  test('what moves to one that is left out is not deleted where it was', async () => {
    push({ 'cart/map.yaml': null, 'cart/catalog.yaml': map('catalog', '3'), 'catalog/map.yaml': map('rest', '1') });
    const applied = await run('apply');
    expect([applied.exitCode, applied.stdout]).toEqual([
      1,
      expect.stringContaining(`ConfigMap ${own}/catalog moves from catalog to cart, which is left out`),
    ]);
    expect(value(own, 'catalog')).toBe('2');
    // And it stays the release's that it was to leave: whoever changes their mind finds it there.
    push({ 'cart/service.yaml': null, 'cart/catalog.yaml': null, 'cart/map.yaml': map('cart', '1') });
    expect((await run('plan')).stdout).toContain(`- ConfigMap ${own}/catalog  deleted`);
    push({
      ...{ 'cart/service.yaml': null, 'cart/catalog.yaml': null },
      ...{ 'cart/map.yaml': map('cart', '1'), 'catalog/map.yaml': map('catalog', '2') },
    });
    expect((await run('apply')).exitCode).toBe(0);
  });

  test('one whose record would be somebody else’s ConfigMap is refused in the plan already', async () => {
    k('create', 'configmap', 'pushgate-search', '-n', own, '--from-literal=a=b');
    push({
      'pushgate.yaml': config({ catalog: own, cart: own, db: other, search: own }),
      'search/map.yaml': map('search', '1'),
      'catalog/map.yaml': map('catalog', '4'),
    });
    const planned = await run('plan');
    expect([planned.exitCode, planned.stdout]).toEqual([
      3,
      expect.stringContaining('is there and is not the parent of release search'),
    ]);
    expect([(await run('apply')).exitCode, value(own, 'catalog'), value(own, 'search')]).toEqual([4, '4', '']);
    k('delete', 'configmap', 'pushgate-search', '-n', own);
    expect([(await run('apply')).exitCode, value(own, 'search')]).toEqual([0, '1']);
  });

  test('a record that somebody made up or broke stops its own release alone', async () => {
    k('create', 'configmap', 'pushgate-evil', '-n', own, '--from-literal=a=b');
    k('label', 'configmap', 'pushgate-evil', '-n', own, 'pushgate.dev/release=evil');
    const planned = await run('plan');
    expect([planned.exitCode, planned.stderr]).toEqual([0, expect.stringContaining('not the parent of release evil')]);
    k('delete', 'configmap', 'pushgate-evil', '-n', own);

    // A path would take the first of these for all namespaces.
    const state = k('get', 'configmap', 'pushgate-cart', '-n', own, '-o', 'jsonpath={.binaryData.state\\.json\\.gz}');
    const written = JSON.parse(gunzipSync(Buffer.from(state, 'base64')).toString());
    const made = gzipSync(JSON.stringify({ ...written, namespaces: ['..', 'a/b', 7] })).toString('base64');
    const data = (content: string): string => JSON.stringify({ binaryData: { 'state.json.gz': content } });
    k('patch', 'configmap', 'pushgate-cart', '-n', own, '--type=merge', '-p', data(made));
    expect(await run('plan')).toMatchObject({ exitCode: 0 });
    k('patch', 'configmap', 'pushgate-cart', '-n', own, '--type=merge', '-p', data(state));

    k('label', 'configmap', 'pushgate-search', '-n', own, 'pushgate.dev/release-');
    expect((await run('plan')).stdout).toContain('has lost its label pushgate.dev/release');
    k('label', 'configmap', 'pushgate-search', '-n', own, 'pushgate.dev/release=search');

    const id = 'applyset.kubernetes.io/id';
    const label = k('get', 'configmap', 'pushgate-search', '-n', own, '-o', `jsonpath={.metadata.labels}`);
    const right = (JSON.parse(label) as Record<string, string>)[id] ?? '';
    k('label', 'configmap', 'pushgate-search', '-n', own, '--overwrite', `${id}=applyset-other-v1`);
    push({ 'catalog/map.yaml': map('catalog', '5'), 'search/map.yaml': map('search', '2') });
    expect([(await run('apply')).exitCode, value(own, 'catalog'), value(own, 'search')]).toEqual([4, '5', '1']);
    for (const words of ['status', 'drift', 'history search', 'delete search --yes']) {
      const { exitCode, stdout, stderr } = await run(words);
      expect([words, exitCode, `${stdout}${stderr}`]).toEqual([
        words,
        3,
        expect.stringContaining('not the parent of release search'),
      ]);
    }
    k('label', 'configmap', 'pushgate-search', '-n', own, '--overwrite', `${id}=${right}`);
    expect([(await run('apply')).exitCode, value(own, 'search')]).toEqual([0, '2']);
  });

  test('one that left the configuration is its own deletion, also as the last one of its namespace', async () => {
    push({ 'pushgate.yaml': config({ catalog: own, cart: own, search: own }) });
    const planned = await run('plan');
    expect([planned.exitCode, planned.stdout]).toEqual([
      0,
      expect.stringContaining(`- ConfigMap ${other}/db  deleted`),
    ]);
    expect((await run('status')).stdout).toContain('db ');
    const applied = await run('apply');
    expect([applied.exitCode, applied.stdout]).toEqual([0, expect.stringContaining('db: 1 deleted')]);
    expect(k('get', 'configmaps,secrets,leases', '-n', other, '-o', 'name').trim()).toBe('configmap/kube-root-ca.crt');
    expect((await run('plan')).stdout).toContain('3 releases agree with Git');
  });

  test('none moves to another namespace by itself, and the way out that is told is one', async () => {
    push({ 'pushgate.yaml': config({ catalog: other, cart: other, search: other }) });
    push({ 'README.md': 'Other words' });
    const refused = await run('apply');
    expect([refused.exitCode, refused.stdout]).toEqual([
      3,
      expect.stringContaining(`release catalog is in namespace ${own}, and configured for ${other}`),
    ]);
    expect([value(own, 'catalog'), value(other, 'catalog')]).toEqual(['5', '']);
    for (const name of ['catalog', 'cart'])
      expect((await run(`delete ${name} --environment production --yes`)).exitCode).toBe(0);
    push({
      'pushgate.yaml': config({ catalog: other, cart: other, find: other }),
      'find/map.yaml': map('search', '2'),
    });
    const applied = await run('apply');
    expect([applied.exitCode, applied.stdout]).toEqual([0, expect.stringContaining('search: 1 deleted')]);
    expect([value(own, 'catalog'), value(own, 'search'), value(other, 'catalog'), value(other, 'search')]).toEqual([
      ...['', '', '5', '2'],
    ]);
  });
});
