import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { discover } from '../../src/cluster/read/discovery.ts';
import { handMadeObjects } from '../../src/cluster/read/hand-made-objects.ts';
import { observeRelease } from '../../src/cluster/read/observe.ts';
import { readParent, readParents } from '../../src/cluster/read/parent.ts';
import { type TreeNode, treeReader } from '../../src/cluster/read/tree.ts';
import { viewCluster } from '../../src/cluster/read/view.ts';
import type { IgnoreRule } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { findDrift } from '../../src/drift/drift.ts';
import { driftMarkdown } from '../../src/report/drift-issue.ts';
import { driftText } from '../../src/report/drift-text.ts';
import { dropNamespace, kubectl, makeNamespace, patchByHand } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { clientOf, configMap, deployment, environment, plan } from './support.ts';

describeOnBed('what people do by hand', (bed) => {
  let namespace = '';
  beforeAll(async () => {
    namespace = makeNamespace(bed());
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db' },
      data: { pin: 'MTIz', user: 'c2hvcA==' },
    };
    const all = [...objects(), secret];
    await (await plan({ client: clientOf(bed(), 'applier'), namespace, objects: all })).apply();
  });
  afterAll(() => dropNamespace(bed(), namespace));

  const objects = () => [
    deployment('web', 3),
    configMap('env', { LEVEL: 'info' }),
    configMap('gone', {}),
    configMap('calm', {}),
  ];
  /** The rules as `pushgate.yaml` reads them where they are pasted. */
  const rulesIn = (lines: readonly string[]): readonly IgnoreRule[] => {
    const text = `version: 1
releases: [{ name: catalog, chart: catalog, namespace: shop }]
environments:
  production:
    cluster: { context: bed }
    drift:
      ignore:
${lines.map((each) => `  ${each}`).join('\n')}
`;
    const files = { read: (path: string) => (path === 'pushgate.yaml' ? text : undefined), paths: () => [] };
    const [found] = parseConfig({ file: 'pushgate.yaml', files }).environments;
    return found?.drift.ignore ?? [];
  };
  const drift = async (ignore: readonly IgnoreRule[] = []) => {
    const client = clientOf(bed(), 'applier');
    const parent = await readParent(client, { name: 'catalog', namespace });
    if (parent === undefined) throw new Error('the release was applied');
    const objects = await observeRelease(viewCluster(client, await discover(client)), parent);
    return findDrift({
      environment: { ...environment, drift: { ...environment.drift, ignore } },
      target: 'cluster bed',
      releases: [{ name: 'catalog', objects, unreadable: [] }],
      handMade: await handMadeObjects(viewCluster(client, await discover(client)), [parent]),
      mask: { secrets: [], key: 'key' },
      now: new Date(),
    });
  };

  const ownerOf = (name: string) => {
    const uid = kubectl(bed(), ['get', 'configmap', name, '-n', namespace, '-o', 'jsonpath={.metadata.uid}']);
    return { apiVersion: 'v1', kind: 'ConfigMap', name, uid };
  };

  test('is nothing at first', async () => {
    expect(await drift()).toMatchObject({ findings: [], handMade: [] });
  });

  test('is named with its tool, its field and its time', async () => {
    kubectl(bed(), ['scale', 'deployment', 'web', '-n', namespace, '--replicas=5']);
    kubectl(bed(), ['set', 'image', 'deployment/web', '-n', namespace, 'app=registry.test/app:2']);
    kubectl(bed(), ['delete', 'configmap', 'gone', '-n', namespace]);
    kubectl(bed(), ['annotate', 'configmap', 'calm', '-n', namespace, 'seen=yes']);
    patchByHand(bed(), namespace, 'secret/db', { stringData: { pin: 'hand-canary' } });

    const report = await drift();

    const found = report.findings.map(({ key, what, fields }) => [
      `${key?.kind} ${key?.name} ${what}`,
      ...fields.map(({ path, recorded, live }) => `${path} ${recorded} → ${live}`),
    ]);
    expect(found).toEqual([
      ['ConfigMap gone deleted'],
      ['Secret db changed', expect.stringContaining('data.pin')],
      [
        'Deployment web changed',
        'spec.replicas 3 → 5',
        'spec.template.spec.containers[app].image registry.test/app:1 → registry.test/app:2',
      ],
    ]);
    const web = report.findings.at(-1);
    expect(web?.edits.map(({ who }) => who).sort()).toEqual(['kubectl scale', 'kubectl set']);
    for (const { when } of web?.edits ?? []) expect(Date.now() - Date.parse(when)).toBeLessThan(60_000);
    const text = driftText(report, { style: 'plain' });
    expect(text).toContain('spec.replicas  3 → 5');
    expect(text).toContain('kubectl scale, ');
    expect(JSON.stringify(report)).not.toContain('canary');
  });

  test('beside what is rendered is told apart from drift and from controllers, with rules that leave it out when they are pasted', async () => {
    kubectl(bed(), ['set', 'env', 'deployment/web', '-n', namespace, 'DEBUG=1']);
    patchByHand(bed(), namespace, 'secret/db', { stringData: { more: 'canary' } });
    await clientOf(bed(), 'administrator').send({
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/configmaps/env`,
      query: { fieldManager: 'some-operator' },
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { operated: 'yes' } } },
      repeatable: 'once',
    });
    kubectl(bed(), ['create', 'configmap', 'mine', '-n', namespace, '--from-literal=a=1']);
    // A tool's own, and one that belongs to another object, are nobody's handwork.
    const owned = { ...configMap('owned', {}), metadata: { name: 'owned', ownerReferences: [ownerOf('env')] } };
    kubectl(bed(), ['create', '-n', namespace, '-f', '-'], { input: JSON.stringify(owned) });
    kubectl(bed(), ['apply', '-n', namespace, '-f', '-'], { input: JSON.stringify(configMap('applied', {})) });
    const report = await drift();
    expect(
      report.handMade.map(({ key, path, live, who }) => `${key.kind} ${key.name} ${path}: ${live} (${who})`),
    ).toEqual([
      'Deployment web spec.template.spec.containers[app].env: - name: DEBUG\n  value: "1" (kubectl set)',
      'ConfigMap calm metadata.annotations.seen: yes (kubectl annotate)',
      expect.stringMatching(/^Secret db data\.more: .* \(kubectl patch\)$/),
      'ConfigMap mine :  (kubectl create)',
    ]);
    expect(JSON.stringify(report)).not.toMatch(/canary|Y2FuYXJ5/);
    const text = driftText(report, { style: 'plain' });
    expect(text).toContain('ConfigMap ');
    expect(text).toContain('calm  added by hand, nobody renders it');
    expect(driftMarkdown(report)).toContain('Added by hand, rendered by nobody, and left there by an apply');

    const own = text.slice(text.indexOf('What was added by hand stays'));
    const pasted = own.split('\n').filter((each) => each.startsWith('      - { kind:'));
    expect(pasted).toHaveLength(4);
    const quiet = await drift(rulesIn(pasted));
    expect(quiet.handMade).toEqual([]);
    expect(quiet.findings.length).toBe(report.findings.length);
    const planned = await plan({ client: clientOf(bed(), 'applier'), namespace, objects: objects() });
    expect(planned.notices.join('\n')).toContain(
      `Deployment ${namespace}/web has what nobody renders, added by hand: spec.template.spec.containers[app].env (kubectl set). An apply leaves it there`,
    );
    expect(planned.notices.join()).not.toContain('operated');
  });

  test('is told from what controllers do, whose fields get a rule that is ready to be pasted', async () => {
    // What an autoscaler sends, under the name that it has.
    const scale = { spec: { replicas: 4 } };
    await clientOf(bed(), 'administrator').send({
      method: 'PATCH',
      path: `/apis/apps/v1/namespaces/${namespace}/deployments/web/scale`,
      query: { fieldManager: 'kube-controller-manager' },
      contentType: 'application/merge-patch+json',
      body: scale,
      repeatable: 'once',
    });
    const report = await drift();
    expect(report.proposals.map(({ path, kind, name }) => `${kind} ${name} ${path}`)).toEqual([
      'Deployment web spec.replicas',
    ]);
    const [rule] = report.proposals;
    const text = driftText(report, { style: 'plain' });
    expect(text).toContain('a controller sets this field; add to environments.production.drift.ignore:');
    expect(text).toContain(`reason: "kube-controller-manager sets it: the number of replicas is scaled automatically"`);
    const quiet = await drift(rulesIn(text.split('\n').filter((each) => each.startsWith('      - { kind:'))));
    expect(quiet.findings.flatMap(({ fields }) => fields.map(({ path }) => path))).not.toContain('spec.replicas');
    expect(rule?.until).toMatch(/^\d{4}-\d\d-\d\d$/);
    kubectl(bed(), ['scale', 'deployment', 'web', '-n', namespace, '--replicas=5']);
  });

  test('does not hide how the release is', async () => {
    kubectl(bed(), ['rollout', 'status', 'deployment/web', '-n', namespace, '--timeout=20s']);
    const client = clientOf(bed(), 'planner');
    const parents = await readParents(client, namespace);
    const parent = parents.whole.get('catalog');
    if (parent === undefined) throw new Error('the release was applied');
    const tree = await treeReader(viewCluster(client, await discover(client)))({
      ...parent,
      state: withoutSecrets(parent.state),
    });
    const web = tree.find(({ key }) => key.name === 'web');
    expect(web?.health).toEqual({ state: 'ready', message: '5 of 5 ready' });
    const [set, ...otherSets] = web?.children ?? [];
    expect([set?.key.kind, set?.health?.state, otherSets]).toEqual(['ReplicaSet', 'ready', []]);
    expect(set?.children.map(({ key, health }: TreeNode) => `${key.kind} ${health?.state}`)).toEqual(
      Array.from({ length: 5 }, () => 'Pod ready'),
    );
    expect(tree.find(({ key }) => key.name === 'gone')).toMatchObject({ health: undefined, children: [] });
  });
});

/** The planner of the bed may not read Secrets at all. */
function withoutSecrets<T extends { readonly objects: readonly { readonly kind: string }[] }>(state: T): T {
  return { ...state, objects: state.objects.filter(({ kind }) => kind !== 'Secret') };
}
