/** What a cluster remembers of releases over several pushes, with the commands as a pipeline runs them. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { type GitHubPipeline, githubPipeline, type PipelineRun } from '../support/github-pipeline.ts';
import { type GitHubServer, startGitHubServer } from '../support/github-server.ts';

describeOnBed('the record of a release in a cluster', (bed) => {
  let server: GitHubServer;
  let pipeline: GitHubPipeline;
  let namespace = '';

  beforeAll(async () => {
    namespace = makeNamespace(bed());
    server = await startGitHubServer();
    pipeline = githubPipeline(
      server,
      server.state.workflowToken({ contents: 'read', pull_requests: 'write', issues: 'write' }),
    );
    const files = { 'pushgate.yaml': config('catalog'), 'catalog/env.yaml': map('env', '1') };
    server.state.repository.commit({ branch: 'main', files, message: 'The shop' });
    push({ 'catalog/more.yaml': map('more', '1') });
  });
  afterAll(async () => {
    dropNamespace(bed(), namespace);
    pipeline[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const config = (...releases: readonly string[]): string => `version: 1
defaults: { namespace: ${namespace} }
releases:
${releases.map((name) => `  - { name: ${name}, chart: ${name} }\n`).join('')}environments:
  production:
    cluster: { context: bed }
    refs: [main]
    gate: { mode: none }
`;
  const map = (name: string, value: string, annotations = ''): string =>
    `{ apiVersion: v1, kind: ConfigMap, metadata: { name: ${name}, annotations: { ${annotations} } }, data: { a: "${value}" } }\n`;
  const push = (files: Record<string, string | null>): string =>
    server.state.repository.commit({ branch: 'main', from: 'refs/heads/main', files, message: 'A change' });
  const run = (verb: string, commit?: string): Promise<PipelineRun> =>
    pipeline.onPush('main', {
      words: [verb],
      env: { KUBECONFIG: bed().kubeconfigs.applier },
      ...(commit === undefined ? {} : { commit }),
    });
  const applied = async (): Promise<string> => {
    const { exitCode, stdout, stderr } = await run('apply');
    expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
    return stdout;
  };
  const get = (what: string, path: string): string =>
    kubectl(bed(), ['get', ...what.split(' '), '-n', namespace, '-o', `jsonpath=${path}`]);

  test('follows a change and its revert, so that a late run of the change is superseded', async () => {
    await applied();
    const change = push({ 'catalog/env.yaml': map('env', '2') });
    push({ 'catalog/env.yaml': map('env', '1') });
    const version = get('configmap env', '{.metadata.resourceVersion}');
    const records = get('secrets -l owner=helm', '{.items[*].metadata.name}');

    expect(await applied()).toContain('= 1 release agrees with Git');
    expect(get('secrets -l owner=helm', '{.items[*].metadata.name}')).toBe(records);
    // What somebody wants to know of a release is who changed it last, not who left it as it is.
    const status = (await run('status')).stdout;
    expect(status).toMatch(/revision 1, ([0-9a-f]{7}) .*, the same at (?!\1)[0-9a-f]{7}/);
    const late = await run('apply', change);

    expect([late.exitCode, late.stdout]).toEqual([3, expect.stringContaining('superseded')]);
    expect(get('configmap env', '{.metadata.resourceVersion}')).toBe(version);
  });

  test('forgets what is kept on purpose, and says so once', async () => {
    push({ 'catalog/kept.yaml': map('kept', '1', '"helm.sh/resource-policy": keep') });
    await applied();
    push({ 'catalog/kept.yaml': null });
    expect((await run('plan')).stdout).toContain('left in place, no longer managed');

    await applied();

    expect(get('configmap kept', '{.data.a}')).toBe('1');
    expect((await run('plan')).stdout).not.toContain('kept');
  });

  test('loses an object to another release that renders it now: it is moved, not deleted', async () => {
    const uid = get('configmap more', '{.metadata.uid}');
    push({ 'pushgate.yaml': config('catalog', 'cart'), 'catalog/more.yaml': null, 'cart/more.yaml': map('more', '1') });
    const planned = await run('plan');
    expect(planned.stdout).toContain('moves here from release catalog');
    expect(planned.stdout).not.toContain('deleted');

    await applied();

    expect(get('configmap more', '{.metadata.uid}')).toBe(uid);
    expect((await run('plan')).stdout).not.toContain('more');
    expect((await run('drift')).stdout).not.toContain('more');
    push({ 'cart/more.yaml': map('more', '2') });
    await applied();
    expect(get('configmap more', '{.data.a}')).toBe('2');
  });

  test('has the hooks, which the plan shows, an apply runs, and the deletion of the release runs as well', async () => {
    const job = (event: string): string =>
      `{ apiVersion: batch/v1, kind: Job, metadata: { name: "{{ .Release.Name }}-${event}", annotations: { helm.sh/hook: ${event} } }, spec: { template: { spec: { restartPolicy: Never, containers: [{ name: run, image: registry.test/run }] } } } }\n`;
    push({
      'pushgate.yaml': config('catalog', 'cart', 'shop'),
      'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
      'shop/templates/env.yaml': map('shop', '1'),
      'shop/templates/hooks.yaml': ['pre-install', 'pre-delete', 'test'].map((event) => `---\n${job(event)}`).join(''),
    });
    expect((await run('plan')).stdout).toMatch(/shop-pre-install.*hook: runs before the changes/);

    expect(await applied()).toMatch(/shop: 1 created, 1 run as hook/);

    expect(get('jobs', '{.items[*].metadata.name}')).toBe('shop-pre-install');
    const deleted = await pipeline.onPush('main', {
      words: ['delete', 'shop', '--environment', 'production', '--yes'],
      env: { KUBECONFIG: bed().kubeconfigs.applier },
    });
    expect([deleted.exitCode, deleted.stdout]).toEqual([0, expect.stringMatching(/1 deleted, 1 run as hook/)]);
    expect(get('jobs', '{.items[*].metadata.name}')).toBe('shop-pre-delete shop-pre-install');
  });
});
