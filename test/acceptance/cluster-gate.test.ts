/** The walk of a merge request against a real cluster: each job has its own login, as it should in a pipeline. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import type { PipelineRun } from '../support/github-pipeline.ts';
import { type Shop, startShop } from '../support/github-shop.ts';

const catalogChart = `apiVersion: v2
name: catalog
version: 1.4.2
appVersion: 1.12.8
`;

const catalogTemplate = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: { chart: {{ .Chart.Name }} }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app: {{ .Release.Name }} } }
    spec: { containers: [{ name: catalog, image: "mygoodies/catalog:{{ .Chart.AppVersion }}" }] }
`;

describeOnBed('from merge request to the cluster', (bed) => {
  let shop: Shop;
  let namespace = '';

  beforeAll(async () => {
    namespace = makeNamespace(bed());
    shop = await startShop(
      {
        'catalog/Chart.yaml': catalogChart,
        'catalog/templates/deployment.yaml': catalogTemplate,
        'catalog/values.yaml': app(3),
      },
      { config: config(), rights: { contents: 'read', issues: 'write' } },
    );
  });
  afterAll(async () => {
    dropNamespace(bed(), namespace);
    await shop[Symbol.asyncDispose]();
  });

  const config = (): string => `version: 1
defaults: { namespace: ${namespace} }
releases:
  - { name: catalog, chart: catalog }
environments:
  production:
    cluster: { context: bed }
    refs: [main]
`;
  const app = (replicas: number): string => `replicas: ${replicas}\n`;
  const as = (login: 'planner' | 'applier') => ({ KUBECONFIG: bed().kubeconfigs[login] });
  const plan = (pull: number): Promise<PipelineRun> => shop.plan(pull, as('planner'));
  const apply = (login: 'planner' | 'applier' = 'applier'): Promise<PipelineRun> => shop.apply(as(login));
  const approveAndMerge = (pull: number): void => {
    shop.server.state.review(pull, 'rita', 'APPROVED');
    shop.server.state.merge(pull, 'ann');
  };
  const replicas = (field: string): string =>
    kubectl(bed(), ['get', 'deployment', 'catalog', '-n', namespace, '-o', `jsonpath={${field}}`]);

  test('a planner that can only try is enough for the comment', async () => {
    const pull = shop.propose({ 'README.md': 'Words' });
    const run = await plan(pull);
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining('Deployment')]);
    expect(shop.comment(pull)).toContain('## Pushgate: 1 created in production');
    approveAndMerge(pull);
  });

  test('approved and merged, it is applied and waited for', async () => {
    const run = await apply();
    expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining('3 of 3 ready')]);
    expect(replicas('.status.readyReplicas')).toBe('3');
    expect(replicas('.metadata.labels.app\\.kubernetes\\.io/managed-by')).toBe('Helm');
    const names = ['-l', 'owner=helm,name=catalog', '-o', 'jsonpath={.items[*].metadata.name}'];
    expect(kubectl(bed(), ['get', 'secrets', '-n', namespace, ...names])).toBe('sh.helm.release.v1.catalog.v1');
  });

  test('3 replicas become 2', async () => {
    const pull = shop.propose({ 'catalog/values.yaml': app(2) });
    await plan(pull);
    expect(shop.comment(pull)).toMatch(/replicas.*3 → 2/);
    approveAndMerge(pull);
    const run = await apply();
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining('catalog: 1 updated, shown in')]);
    expect(replicas('.status.readyReplicas')).toBe('2');
  });

  test('the login of the planner cannot apply, and nothing is written', async () => {
    const pull = shop.propose({ 'catalog/values.yaml': app(4) });
    await plan(pull);
    approveAndMerge(pull);
    const run = await apply('planner');
    expect([run.exitCode, run.stdout]).toEqual([1, expect.stringContaining('forbidden')]);
    expect(replicas('.spec.replicas')).toBe('2');
    expect((await apply()).exitCode).toBe(0);
    expect(replicas('.spec.replicas')).toBe('4');
  });

  test('scaled by hand: drift names the tool, the field and the time', async () => {
    kubectl(bed(), ['scale', 'deployment', 'catalog', '-n', namespace, '--replicas=7']);
    const run = await shop.pipeline.onPush('main', { words: ['drift', '--detailed-exitcode'], env: as('planner') });
    expect([run.exitCode, run.stderr, run.stdout]).toEqual([
      2,
      expect.any(String),
      expect.stringMatching(/spec\.replicas\s+4 → 7/),
    ]);
    expect(run.stdout).toMatch(/kubectl scale, \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
  });

  test('status shows the release as a tree with the health of each part, and what drifted', async () => {
    const run = await shop.pipeline.onPush('main', { words: ['status', 'catalog'], env: as('planner') });
    expect(run.stdout).toMatch(/catalog {2}revision 3, [0-9a-f]{7} .*1 object drifted/);
    expect(run.stdout).toMatch(/└─ Deployment \S+\/catalog {2}\w+.* changed by hand\n {5}└─ ReplicaSet/);
  });

  test('the cluster moves after the approval: refused, and what moved is said', async () => {
    const pull = shop.propose({ 'catalog/values.yaml': app(5) });
    await plan(pull);
    expect(shop.comment(pull)).toMatch(/replicas.*7 → 5/);
    approveAndMerge(pull);
    kubectl(bed(), ['scale', 'deployment', 'catalog', '-n', namespace, '--replicas=9']);
    const run = await apply();
    expect([run.exitCode, run.stdout]).toEqual([3, expect.stringContaining('not-shown')]);
    expect(run.stdout).toContain('9 → 5');
    expect(replicas('.spec.replicas')).toBe('9');
  });

  const on = (login: 'planner' | 'applier', ...words: readonly string[]): Promise<PipelineRun> =>
    shop.pipeline.onPush('main', { words, env: as(login) });

  test('heal puts back what was applied, and only with --yes', async () => {
    const shown = await on('applier', 'heal', 'catalog');
    expect([shown.exitCode, shown.stdout]).toEqual([0, expect.stringContaining('Nothing was written.')]);
    expect(replicas('.spec.replicas')).toBe('9');
    expect((await on('applier', 'heal', 'catalog', '--yes')).exitCode).toBe(0);
    expect(replicas('.spec.replicas')).toBe('4');
  });

  test('status shows the tree with its health', async () => {
    const run = await on('planner', 'status', 'catalog');
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining('as applied')]);
    expect(run.stdout).toMatch(/└─ Deployment \S+\/catalog {2}ready {2}4 of 4 ready/);
    expect(run.stdout).toMatch(/└─ ReplicaSet \S+\/catalog-\w+ {2}ready {2}4 of 4 ready/);
    expect(run.stdout.match(/─ Pod \S+\/catalog-/g)).toHaveLength(4);
  });

  test('status shows only what is asked for, and says of a release as a whole how it is', async () => {
    const summary = await on('planner', 'status');
    expect(summary.stdout).toMatch(/catalog {2}revision .* as applied, healthy$/m);
    const pods = await on('planner', 'status', '--kind', 'pod');
    expect(pods.stdout.match(/─ Pod \S+\/catalog-/g)).toHaveLength(4);
    expect((await on('planner', 'status', '--kind', 'Job')).stdout).not.toContain('catalog');
    expect((await on('planner', 'status', '--health', 'failed')).stdout).not.toContain('catalog');
  });

  test('an object that the server rejects is named with the template line and the values key behind the field', async () => {
    const pull = shop.propose({ 'catalog/values.yaml': app(-1) });
    const run = await plan(pull);
    expect([run.exitCode, run.stdout]).toEqual([
      1,
      expect.stringContaining('rejected: catalog/templates/deployment.yaml'),
    ]);
    expect(run.stdout).toContain(
      'spec.replicas comes from catalog/values.yaml:1 → catalog/templates/deployment.yaml:7',
    );
  });

  test('history lists the revisions with the merge requests that showed them', async () => {
    const run = await on('applier', 'history', 'catalog');
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringMatching(/by \w+ +!2 +~ Deployment \S+\/catalog/)]);
    expect(
      run.stdout
        .split('\n')
        .filter((line) => /^ {2}\d/.test(line))
        .map((line) => line.trim().split(' ')[0]),
    ).toEqual(['4', '3', '2', '1']);
  });

  test('rollback brings a former revision back and holds the release', async () => {
    const run = await on('applier', 'rollback', 'catalog', '--to', '2', '--reason', 'too slow', '--yes');
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining('catalog in production is on hold')]);
    expect(replicas('.spec.replicas')).toBe('2');
    const held = await apply();
    expect([held.exitCode, held.stdout]).toEqual([3, expect.stringContaining('held')]);
    expect(held.stdout).toContain('rolled back to revision 2: too slow');
    expect((await on('applier', 'unhold', 'catalog')).stdout).toContain('no longer on hold');
  });

  test('delete takes everything away, its records too', async () => {
    const run = await on('applier', 'delete', 'catalog', '--yes');
    expect([run.exitCode, run.stderr, run.stdout]).toEqual([
      0,
      expect.any(String),
      expect.stringContaining('1 deleted'),
    ]);
    const left = kubectl(bed(), ['get', 'deployments,secrets,configmaps', '-n', namespace, '-o', 'name']);
    expect(left.trim().split('\n')).toEqual(['configmap/kube-root-ca.crt']);
  });
});
