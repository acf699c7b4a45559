/** Kinds that come, move, or do not answer; and many objects. */
import { expect, test } from '@jest/globals';
import { discover } from '../../src/cluster/read/discovery.ts';
import { observeRelease } from '../../src/cluster/read/observe.ts';
import { readParent } from '../../src/cluster/read/parent.ts';
import { viewCluster } from '../../src/cluster/read/view.ts';
import type { Resource } from '../../src/resource/resource.ts';
import { dropNamespace, kubectl } from '../bed/namespaces.ts';
import { describeOnBed, eachInItsNamespace } from '../bed/suites.ts';
import { clientOf, configMap, deployment, line, plan, problem } from './support.ts';

describeOnBed('kinds of a cluster', (bed) => {
  let namespace = '';
  eachInItsNamespace(bed, (name) => {
    namespace = name;
  });
  const planAs = (login: 'applier' | 'administrator', ...objects: readonly Resource[]) =>
    plan({ client: clientOf(bed(), login), namespace, objects });
  const kubectlHere = (...args: string[]) => kubectl(bed(), [...args, '-n', namespace]);

  const definition = (group: string, versions: readonly string[], stored: string): Resource => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things', singular: 'thing', listKind: 'ThingList' },
      versions: versions.map((name) => ({
        name,
        served: true,
        storage: name === stored,
        schema: {
          openAPIV3Schema: { type: 'object', properties: { size: { type: 'integer' }, colour: { type: 'string' } } },
        },
      })),
    },
  });
  const thing = (group: string, version: string, fields: Readonly<Record<string, string | number>>): Resource => ({
    apiVersion: `${group}/${version}`,
    kind: 'Thing',
    metadata: { name: 'one' },
    ...fields,
  });

  test('a new version of a definition and its objects in it are one update, and nothing is lost', async () => {
    const group = `${namespace.replace('-', '')}.example.test`;
    const before = [definition(group, ['v1'], 'v1'), thing(group, 'v1', { size: 1, colour: 'red' })];
    await (await planAs('administrator', ...before)).apply({ manifest: '' });
    const uid = kubectlHere('get', `things.${group}`, 'one', '-o', 'jsonpath={.metadata.uid}');
    const after = [definition(group, ['v1', 'v2'], 'v2'), thing(group, 'v2', { size: 2 })];

    const planned = await planAs('administrator', ...after);

    expect(planned.release.changes.map(({ action, key }) => `${action} ${key.kind}`).sort()).toEqual([
      'update CustomResourceDefinition',
      'update Thing',
    ]);
    expect(planned.release.changes.map(line).join()).toContain('size 1 → 2');
    const { outcomes } = await planned.apply({ manifest: '' });
    expect(outcomes.map(({ outcome, problem: why }) => why ?? outcome)).toEqual(['updated', 'updated']);
    const json = JSON.parse(kubectlHere('get', `things.v2.${group}`, 'one', '-o', 'json'));
    expect([json.metadata.uid, json.size, json.colour]).toEqual([uid, 2, undefined]);
    expect((await planAs('administrator', ...after)).release).toMatchObject({ changes: [], drifted: [], untouched: 2 });

    // The old version goes; what was recorded in it is the same object.
    const last = [definition(group, ['v2', 'v3'], 'v2'), thing(group, 'v3', { size: 3 })];
    kubectl(bed(), [
      'patch',
      'crd',
      `things.${group}`,
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"storedVersions":["v2"]}}',
    ]);
    await (await planAs('administrator', ...last)).apply({ manifest: '' });
    expect((await planAs('administrator', ...last)).release).toMatchObject({ changes: [], drifted: [], untouched: 2 });
    kubectl(bed(), ['delete', 'crd', `things.${group}`, '--wait=false']);
  });

  test('what was recorded in a version that is no longer served is not taken for gone', async () => {
    const group = `${namespace.replace('-', '')}.example.test`;
    const objects = [definition(group, ['v1', 'v2'], 'v2'), thing(group, 'v1', { size: 1 })];
    await (await planAs('administrator', ...objects)).apply({ manifest: '' });
    kubectl(bed(), [
      'patch',
      'crd',
      `things.${group}`,
      '--type=json',
      '-p',
      '[{"op":"replace","path":"/spec/versions/0/served","value":false}]',
    ]);
    const client = clientOf(bed(), 'administrator');
    // The server takes a moment to stop serving it.
    let discovery = await discover(client);
    while (discovery.find(`${group}/v1`, 'Thing') !== undefined) discovery = await discover(client);
    const parent = await readParent(client, { name: 'catalog', namespace });
    if (parent === undefined) throw new Error('no parent');
    const observed = await observeRelease(viewCluster(client, discovery), parent);
    expect(observed.map(({ key, live }) => [key.kind, live === undefined])).not.toContainEqual(['Thing', true]);
    kubectl(bed(), ['delete', 'crd', `things.${group}`, '--wait=false']);
  });

  test('a namespace and what lives in it are one plan', async () => {
    const name = `${namespace}-own`;
    const objects: Resource[] = [
      { ...configMap('env', { a: '1' }), metadata: { name: 'env', namespace: name } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
      { ...deployment('web', 1), metadata: { name: 'web', namespace: name } },
    ];
    const client = clientOf(bed(), 'administrator');
    const planned = await plan({ client, namespace: name, objects });
    expect(planned.release.changes.map(line).sort()).toEqual([
      'create ConfigMap env',
      'create Deployment web',
      `create Namespace ${name}`,
    ]);
    const { outcomes, notReady } = await planned.apply();
    expect([outcomes.map(({ key, outcome }) => `${key.kind} ${outcome}`), notReady]).toEqual([
      ['Namespace created', 'ConfigMap created', 'Deployment created'],
      [],
    ]);
    expect((await plan({ client, namespace: name, objects })).release).toMatchObject({ changes: [], untouched: 3 });
    dropNamespace(bed(), name);
  });

  test('a kind that the login may not touch is named, with the verb that is missing', async () => {
    const role: Resource = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'r' },
      rules: [],
    };
    const refused = await problem(planAs('applier', configMap('env', {}), role));
    expect(refused).toMatchObject({ reason: 'forbidden', where: 'templates/role.yaml' });
    expect(refused.message).toMatch(/may not \w+ roles\.rbac\.authorization\.k8s\.io in namespace/);
  });

  test('an aggregated API that is down hides nothing and deletes nothing', async () => {
    const group = `${namespace.replace('-', '')}.down.test`;
    const client = clientOf(bed(), 'administrator');
    const objects = [definition(group, ['v1'], 'v1'), thing(group, 'v1', { size: 1 }), configMap('env', { a: '1' })];
    await (await planAs('administrator', ...objects)).apply({ manifest: '' });
    kubectl(bed(), ['delete', 'crd', `things.${group}`, '--cascade=orphan']);
    const service: Resource = {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `v1.${group}` },
      spec: {
        group,
        version: 'v1',
        groupPriorityMinimum: 10,
        versionPriority: 10,
        insecureSkipTLSVerify: true,
        service: { name: 'nobody', namespace },
      },
    };
    while ((await discover(client)).find(`${group}/v1`, 'Thing') !== undefined)
      await new Promise((resolve) => setTimeout(resolve, 100));
    kubectl(bed(), ['delete', 'apiservice', `v1.${group}`, '--ignore-not-found']);
    kubectl(bed(), ['create', '-f', '-'], { input: JSON.stringify(service) });
    try {
      while (!(await discover(client)).stale.includes(`${group}/v1`))
        await new Promise((resolve) => setTimeout(resolve, 100));

      const refused = await problem(planAs('administrator', configMap('env', { a: '2' })));

      expect(refused).toMatchObject({
        reason: 'unreachable',
        message: expect.stringContaining(`the API server of ${group} does not answer`),
      });
      // Who has nothing of that group plans and applies as ever.
      const other = await plan({ client, namespace, release: 'cart', objects: [configMap('cart', { a: '1' })] });
      expect((await other.apply()).revision).toBe(1);
    } finally {
      kubectl(bed(), ['delete', 'apiservice', `v1.${group}`]);
    }
  });

  test('more objects than a page holds cost one list of metadata, page by page', async () => {
    const objects = Array.from({ length: 620 }, (_, index) => configMap(`m${index}`, { a: String(index) }));
    await (await planAs('applier', ...objects)).apply();
    const client = clientOf(bed(), 'applier');
    const requests: string[] = [];
    const counting = {
      ...client,
      send: (request: Parameters<typeof client.send>[0]) => {
        requests.push(`${request.method} ${request.path.split('/').at(-1)}`);
        return client.send(request);
      },
    };
    const { release } = await plan({ client: counting, namespace, objects });
    expect(release).toMatchObject({ changes: [], drifted: [], untouched: 620 });
    expect(requests.filter((request) => request === 'GET configmaps')).toHaveLength(2);
    expect(requests.length).toBeLessThan(10);
  });
});
