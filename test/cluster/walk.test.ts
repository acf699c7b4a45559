import { expect, test } from '@jest/globals';
import { readParent } from '../../src/cluster/read/parent.ts';
import { kubectl, patchByHand } from '../bed/namespaces.ts';
import { describeOnBed, eachInItsNamespace } from '../bed/suites.ts';
import { clientOf, configMap, deployment, line, plan, problem } from './support.ts';

describeOnBed('a release on a real API server', (bed) => {
  let namespace = '';
  eachInItsNamespace(bed, (name) => {
    namespace = name;
  });
  const planAs = (login: 'planner' | 'applier', ...objects: Parameters<typeof plan>[0]['objects']) =>
    plan({ client: clientOf(bed(), login), namespace, objects });

  test('is created, waited for, and then nothing is left to do', async () => {
    const objects = [deployment('web', 3), configMap('env', { LEVEL: 'info' })];
    const first = await planAs('applier', ...objects);
    expect(first.release.changes.map(line).sort()).toEqual(['create ConfigMap env', 'create Deployment web']);

    const { outcomes, notReady, revision, progress } = await first.apply();

    expect(outcomes.map(({ key, outcome }) => `${key.kind} ${outcome}`)).toEqual([
      'ConfigMap created',
      'Deployment created',
    ]);
    expect(notReady).toEqual([]);
    expect(revision).toBe(1);
    expect(progress.at(-1)).toBe('Deployment web ready 3 of 3 ready');
    const second = await planAs('applier', ...objects);
    expect(second.release).toMatchObject({ changes: [], drifted: [], untouched: 2 });
  });

  test('changes by what differs alone, and its digest is the same for planner and applier', async () => {
    await (await planAs('applier', deployment('web', 3), configMap('env', { LEVEL: 'info' }))).apply();
    const after = [deployment('web', 2), configMap('env', { LEVEL: 'info' })];

    const shown = await planAs('planner', ...after);
    const again = await planAs('applier', ...after);

    expect(shown.release.changes.map(line)).toEqual(['update Deployment web: spec.replicas 3 → 2']);
    expect(again.release.digest).toBe(shown.release.digest);
    await again.apply();
    expect(
      kubectl(bed(), ['get', 'deployment', 'web', '-n', namespace, '-o', 'jsonpath={.status.readyReplicas}']),
    ).toBe('2');
  });

  test('is not written by a planner, whatever it tries', async () => {
    const planned = await planAs('planner', configMap('env', { LEVEL: 'info' }));
    const refused = await problem(planned.apply());
    expect(refused.reason).toBe('forbidden');
    expect(kubectl(bed(), ['get', 'configmaps', '-n', namespace, '-o', 'name'])).not.toContain('env');
  });

  test('loses what it no longer renders, and nothing that somebody else put beside it', async () => {
    await (await planAs('applier', configMap('a', { x: '1' }), configMap('b', { x: '1' }))).apply();
    kubectl(bed(), ['create', 'configmap', 'by-hand', '-n', namespace]);

    const planned = await planAs('applier', configMap('a', { x: '1' }));
    expect(planned.release.changes.map(line)).toEqual(['delete ConfigMap b']);
    await planned.apply();

    const left = kubectl(bed(), ['get', 'configmaps', '-n', namespace, '-o', 'name']).trim().split('\n');
    expect(left).toEqual(expect.arrayContaining(['configmap/a', 'configmap/by-hand']));
    expect(left).not.toContain('configmap/b');
  });

  test('shows what was changed by hand as drift and leaves it alone', async () => {
    const objects = [deployment('web', 3), configMap('env', { LEVEL: 'info' })];
    await (await planAs('applier', ...objects)).apply();
    kubectl(bed(), ['scale', 'deployment', 'web', '-n', namespace, '--replicas=5']);

    const planned = await planAs('planner', ...objects);

    expect(planned.release.changes).toEqual([]);
    expect(planned.release.drifted.map(line)).toEqual(['update Deployment web: spec.replicas 5 → 3']);
  });

  test('keeps showing drift after another object was applied', async () => {
    await (await planAs('applier', configMap('a', { x: '1' }), configMap('b', { x: '1' }))).apply();
    patchByHand(bed(), namespace, 'configmap/b', { data: { x: '9' } });
    const after = [configMap('a', { x: '2' }), configMap('b', { x: '1' })];
    await (await planAs('applier', ...after)).apply();

    const planned = await planAs('planner', ...after);

    expect(planned.release.changes).toEqual([]);
    expect(planned.release.drifted.map(line)).toEqual(['update ConfigMap b: data.x 9 → 1']);
  });

  test('is refused object by object when the cluster moved between plan and apply', async () => {
    const before = [configMap('a', { x: '1' }), configMap('b', { x: '1' })];
    await (await planAs('applier', ...before)).apply();
    const planned = await planAs('applier', configMap('a', { x: '2' }), configMap('b', { x: '2' }));
    patchByHand(bed(), namespace, 'configmap/b', { data: { x: '9' } });

    const { outcomes, revision } = await planned.apply();

    expect(outcomes.map(({ key, outcome, problem: why }) => [key.name, outcome, why?.reason])).toEqual([
      ['a', 'updated', undefined],
      ['b', 'failed', 'conflict'],
    ]);
    expect(revision).toBeUndefined();
    expect(kubectl(bed(), ['get', 'configmap', 'b', '-n', namespace, '-o', 'jsonpath={.data.x}'])).toBe('9');
  });

  test('goes on when only the status moved between plan and apply', async () => {
    await (await planAs('applier', deployment('web', 1))).apply();
    const planned = await planAs('applier', deployment('web', 2));
    const moved = '{"status":{"conditions":[{"type":"Tested","status":"True"}]}}';
    kubectl(bed(), [
      'patch',
      'deployment',
      'web',
      '-n',
      namespace,
      '--subresource=status',
      '--type=merge',
      '-p',
      moved,
    ]);
    expect((await planned.apply()).outcomes.map(({ outcome }) => outcome)).toEqual(['updated']);
  });

  test('says which pods are missing when it does not become ready, and prunes nothing', async () => {
    await (await planAs('applier', configMap('old', {}), deployment('web', 1))).apply();
    const stuck = deployment('web', 1);
    const unplaceable = JSON.parse(
      JSON.stringify(stuck).replace('"containers"', '"nodeSelector":{"no":"where"},"containers"'),
    );
    const planned = await planAs('applier', unplaceable);

    const { outcomes, notReady, revision } = await planned.apply({ readyTimeout: 2_000 });

    expect(notReady.map(({ key, message }) => `${key.name}: ${message}`)).toEqual([
      expect.stringMatching(/^web: 1 old pod still to go, pod web-[^ ]+: Unschedulable$/),
    ]);
    expect(outcomes.find(({ key }) => key.name === 'old')?.outcome).toBe('skipped');
    expect(revision).toBeUndefined();
  });

  test('takes over what was there before as an adoption', async () => {
    kubectl(bed(), ['create', 'configmap', 'env', '-n', namespace, '--from-literal=LEVEL=info']);
    const planned = await planAs('applier', configMap('env', { LEVEL: 'debug' }));
    expect(planned.release.changes.map(({ action }) => action)).toEqual(['adopt']);
    expect((await planned.apply()).outcomes.map(({ outcome }) => outcome)).toEqual(['adopted']);
  });

  test('keeps the values of Secrets out of the plan and sees that they change', async () => {
    const secret = (password: string) =>
      ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, stringData: { password, user: 'shop' } }) as const;
    await (await planAs('applier', secret('first-canary'))).apply();
    expect((await planAs('applier', secret('first-canary'))).release).toMatchObject({ changes: [], untouched: 1 });

    const planned = await planAs('applier', secret('second-canary'));

    expect(planned.release.changes.map(({ action }) => action)).toEqual(['update']);
    const text = JSON.stringify(planned.release);
    for (const value of ['first-canary', 'second-canary']) {
      expect(text).not.toContain(value);
      expect(text).not.toContain(Buffer.from(value).toString('base64'));
    }
    await planned.apply();
    patchByHand(bed(), namespace, 'secret/db', { stringData: { password: 'hand' } });
    const drifted = await planAs('applier', secret('second-canary'));
    expect(drifted.release.changes).toEqual([]);
    expect(drifted.release.drifted.map(({ key }) => key.name)).toEqual(['db']);
  });

  test('may bring its own kinds and objects of them', async () => {
    const suffix = namespace.replace('-', '');
    const group = `${suffix}.example.test`;
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `things.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { kind: 'Thing', plural: 'things', singular: 'thing', listKind: 'ThingList' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', properties: { size: { type: 'integer' } } } },
          },
        ],
      },
    } as const;
    const thing = {
      apiVersion: `${group}/v1`,
      kind: 'Thing',
      metadata: { name: 'one' },
      size: 12345678901234567n,
    } as const;
    const client = clientOf(bed(), 'administrator');
    const planned = await plan({ client, namespace, objects: [thing, crd] });
    const { outcomes } = await planned.apply({ manifest: '' });
    expect(outcomes.map(({ key, outcome }) => `${key.kind} ${outcome}`)).toEqual([
      'CustomResourceDefinition created',
      'Thing created',
    ]);
    expect(kubectl(bed(), ['get', `things.${group}`, 'one', '-n', namespace, '-o', 'jsonpath={.size}'])).toBe(
      '12345678901234567',
    );
    expect((await plan({ client, namespace, objects: [thing, crd] })).release).toMatchObject({
      changes: [],
      untouched: 2,
    });
    kubectl(bed(), ['delete', 'crd', crd.metadata.name, '--wait=false']);
  });

  test('is an ApplySet as kubectl defines it', async () => {
    await (await planAs('applier', configMap('a', { x: '1' }), deployment('web', 1))).apply();
    const parent = await readParent(clientOf(bed(), 'planner'), { name: 'catalog', namespace });
    expect(parent?.live.metadata['annotations']).toMatchObject({
      'applyset.kubernetes.io/tooling': 'pushgate/0.1.0',
      'applyset.kubernetes.io/contains-group-kinds': 'ConfigMap,Deployment.apps',
    });
    const id = kubectl(bed(), [
      ...['get', 'configmap', 'pushgate-catalog', '-n', namespace],
      ...['-o', 'jsonpath={.metadata.labels.applyset\\.kubernetes\\.io/id}'],
    ]);
    const members = [
      'get',
      'all,configmaps',
      '-n',
      namespace,
      '-l',
      `applyset.kubernetes.io/part-of=${id}`,
      '-o',
      'name',
    ];
    expect(kubectl(bed(), members).trim().split('\n').sort()).toEqual(['configmap/a', 'deployment.apps/web']);
  });

  test('lets one run in at a time and tells the other who is at it', async () => {
    const planned = await planAs('applier', configMap('a', { x: '1' }));
    const lease = JSON.stringify({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'pushgate-catalog', namespace },
      spec: { holderIdentity: 'run 7 of my/shop', leaseDurationSeconds: 60 },
    });
    kubectl(bed(), ['create', '-f', '-'], { input: lease });
    const refused = await problem(planned.apply());
    expect(refused).toMatchObject({ reason: 'locked', message: expect.stringContaining('run 7 of my/shop') });
    kubectl(bed(), ['delete', 'lease', 'pushgate-catalog', '-n', namespace]);
    await planned.apply();
    expect(
      kubectl(bed(), ['get', 'lease', 'pushgate-catalog', '-n', namespace, '-o', 'jsonpath={.spec.holderIdentity}']),
    ).toBe('');
  });

  test('refuses a plan that another run has overtaken', async () => {
    const one = await planAs('applier', configMap('a', { x: '1' }));
    const other = await planAs('applier', configMap('a', { x: '2' }));
    await one.apply();
    expect((await problem(other.apply())).reason).toBe('conflict');
    expect(kubectl(bed(), ['get', 'configmap', 'a', '-n', namespace, '-o', 'jsonpath={.data.x}'])).toBe('1');
  });

  test('finds what a killed run had written, and takes it away when Git no longer wants it', async () => {
    const client = clientOf(bed(), 'applier');
    // The run dies between its first object and the record.
    const dying = {
      ...client,
      send: async (request: Parameters<typeof client.send>[0]) => {
        const answer = await client.send(request);
        if (request.method === 'PATCH' && request.path.endsWith('/configmaps/a')) throw new Error('killed');
        return answer;
      },
    };
    const planned = await plan({ client, namespace, objects: [configMap('a', { x: '1' }), deployment('web', 1)] });
    await expect(planned.apply({ client: dying })).rejects.toThrow('killed');
    expect(kubectl(bed(), ['get', 'configmap', 'a', '-n', namespace, '-o', 'jsonpath={.data.x}'])).toBe('1');

    const next = await plan({ client, namespace, objects: [deployment('web', 1)] });

    expect(next.release.changes.map(line).sort()).toEqual(['create Deployment web', 'delete ConfigMap a']);
    expect((await next.apply()).revision).toBe(1);
    const { release } = await plan({ client, namespace, objects: [deployment('web', 1)] });
    expect(release).toMatchObject({ changes: [], drifted: [], untouched: 1 });
  });

  test('does not take for its own what somebody changed while the run still waited', async () => {
    const objects = [configMap('env', { a: '1' }), deployment('web', 1)];
    const planned = await planAs('applier', ...objects);
    await planned.apply({
      onProgress: (event) => {
        if (event.kind !== 'wrote' || event.key.kind !== 'Deployment') return;
        patchByHand(bed(), namespace, 'configmap/env', { data: { a: '9' } });
        kubectl(bed(), ['annotate', 'deployment', 'web', '-n', namespace, 'by=hand']);
      },
    });

    const { release } = await planAs('applier', ...objects);

    expect(release.drifted.map(line)).toEqual(['update ConfigMap env: data.a 9 → 1']);
  });

  test('is left as it is by a run that is cancelled before it begins to write', async () => {
    const planned = await planAs('applier', configMap('a', { x: '1' }), deployment('web', 1));
    const { outcomes, cancelled, revision } = await planned.apply({ signal: AbortSignal.abort() });
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped']);
    expect([cancelled, revision]).toEqual([true, undefined]);
    expect(kubectl(bed(), ['get', 'deployments', '-n', namespace, '-o', 'name'])).toBe('');
  });
});
