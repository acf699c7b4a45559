/** Fields that the server does not change in place, as it answers itself. */
import { expect, test } from '@jest/globals';
import type { Json, JsonObject, Resource } from '../../src/resource/resource.ts';
import { kubectl } from '../bed/namespaces.ts';
import { describeOnBed, eachInItsNamespace } from '../bed/suites.ts';
import { clientOf, configMap, deployment, line, plan, problem } from './support.ts';

function object(apiVersion: string, kind: string, content: JsonObject): Resource {
  return { apiVersion, kind, metadata: { name: 'it' }, ...content };
}

function pod(labels: JsonObject, image: string): JsonObject {
  return { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } };
}

const both = { app: 'it', tier: 'back' };

function job(image: string): Resource {
  const { metadata, spec } = pod({}, image);
  return object('batch/v1', 'Job', {
    spec: { template: { metadata: metadata as Json, spec: { ...(spec as JsonObject), restartPolicy: 'Never' } } },
  });
}

function selecting(kind: 'Deployment' | 'DaemonSet', label: string): Resource {
  const template = pod(both, 'registry.test/app:1');
  return object('apps/v1', kind, { spec: { selector: { matchLabels: { [label]: both[label as 'app'] } }, template } });
}

function stateful(size: string): Resource {
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
  };
  const spec = { serviceName: 'it', selector: { matchLabels: both }, template: pod(both, 'registry.test/app:1') };
  return object('apps/v1', 'StatefulSet', { spec: { ...spec, volumeClaimTemplates: [claim] } });
}

function service(content: JsonObject): Resource {
  return object('v1', 'Service', { spec: { selector: both, ports: [{ port: 80 }], ...content } });
}

const reached: JsonObject = { type: 'NodePort', ports: [{ port: 80, nodePort: 30_471 }] };

describeOnBed('a field that cannot be changed in place', (bed) => {
  let namespace = '';
  eachInItsNamespace(bed, (name) => {
    namespace = name;
  });
  const planned = (...objects: readonly Resource[]) => plan({ client: clientOf(bed(), 'applier'), namespace, objects });
  const get = (what: string, path: string) =>
    kubectl(bed(), ['get', ...what.split(' '), '-n', namespace, '-o', `jsonpath=${path}`]);

  const cases: readonly (readonly [string, Resource, Resource, string, string])[] = [
    [
      'the template of a Job',
      job('registry.test/a:1'),
      job('registry.test/a:2'),
      'spec.template.spec.containers[app].image registry.test/a:1 → registry.test/a:2',
      'the job runs again from the start',
    ],
    [
      'the selector of a Deployment',
      selecting('Deployment', 'app'),
      selecting('Deployment', 'tier'),
      'spec.selector.matchLabels.tier ∅ → back',
      'outage: all pods are stopped',
    ],
    [
      'the selector of a DaemonSet',
      selecting('DaemonSet', 'app'),
      selecting('DaemonSet', 'tier'),
      'spec.selector.matchLabels.tier ∅ → back',
      'outage: all pods are stopped',
    ],
    [
      'the address of a Service',
      service(reached),
      service({ ...reached, clusterIP: '10.0.0.11' }),
      '→ 10.0.0.11',
      'outage: gets another address',
    ],
    [
      'a Service that is to have no address',
      service({}),
      service({ clusterIP: 'None' }),
      'spec.clusterIP 10.',
      'outage: gets another address',
    ],
    [
      'an immutable ConfigMap',
      object('v1', 'ConfigMap', { data: { a: '1' }, immutable: true }),
      object('v1', 'ConfigMap', { data: { a: '2' }, immutable: true }),
      'data.a 1 → 2',
      'pods that start in the moment between',
    ],
    [
      'the type of a Secret',
      object('v1', 'Secret', { stringData: { a: '1' } }),
      object('v1', 'Secret', { type: 'my/type', stringData: { a: '1' } }),
      '',
      'pods that start in the moment between',
    ],
  ];
  test.each(cases)(
    '%s: the object is deleted and made anew, and the plan says so',
    async (_, before, after, field, consequence) => {
      await (await planned(before)).apply();
      const uid = get(`${before.kind} it`, '{.metadata.uid}');

      const { release, apply } = await planned(after);

      expect(release.blocked).toEqual([]);
      expect(release.changes.map(({ action }) => action)).toEqual(['replace']);
      expect(release.changes.map(line).join()).toContain(field);
      expect(release.changes[0]?.consequences.map(({ text }) => text).join()).toContain(consequence);
      expect(get(`${before.kind} it`, '{.metadata.uid}')).toBe(uid);
      const { outcomes, notReady } = await apply();
      expect([outcomes.map(({ outcome, problem: why }) => why ?? outcome), notReady]).toEqual([['replaced'], []]);
      expect(get(`${before.kind} it`, '{.metadata.uid}')).not.toBe(uid);
      expect((await planned(after)).release).toMatchObject({ changes: [], drifted: [], untouched: 1 });
    },
  );

  test('the volume claims of a StatefulSet: its pods and volumes stay', async () => {
    await (await planned(stateful('1Gi'))).apply({ readyTimeout: 1_000 });
    const before = [get('pods', '{.items[*].metadata.uid}'), get('pvc', '{.items[*].metadata.uid}')];

    const { release, apply } = await planned(stateful('2Gi'));

    expect(release.changes.map(line)).toEqual([
      expect.stringMatching(
        /^replace StatefulSet it: spec\.volumeClaimTemplates\[0\]\.spec\.resources\.requests\.storage \S+ → \S+$/,
      ),
    ]);
    expect((await apply({ readyTimeout: 1_000 })).outcomes.map(({ outcome }) => outcome)).toEqual(['replaced']);
    expect([get('pods', '{.items[*].metadata.uid}'), get('pvc', '{.items[*].metadata.uid}')]).toEqual(before);
    expect((await planned(stateful('2Gi'))).release.changes).toEqual([]);
  });

  test('of a PersistentVolumeClaim is refused with a way out, and the rest of the plan is shown', async () => {
    const claim = (size: string) =>
      object('v1', 'PersistentVolumeClaim', {
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
      });
    await (await planned(claim('2Gi'), configMap('env', { a: '1' }))).apply({ readyTimeout: 1_000 });

    const { release } = await planned(claim('1Gi'), configMap('env', { a: '2' }));

    expect(release.blocked).toMatchObject([
      {
        reason: 'rejected',
        text: expect.stringContaining('refuses a change of spec'),
        hint: expect.stringContaining('A claim only grows'),
      },
    ]);
    expect(release.changes.map(line)).toContain('update ConfigMap env: data.a 1 → 2');
  });

  test('is no excuse for a manifest that is wrong', async () => {
    await (await planned(job('registry.test/a:1'))).apply();
    const wrong = job('registry.test/a:1');
    const refused = await problem(planned({ ...wrong, spec: { ...(wrong['spec'] as JsonObject), parallelism: -1 } }));
    expect(refused).toMatchObject({ reason: 'rejected', excerpt: expect.stringContaining('spec.parallelism') });
  });

  test('is shown by a login that may only try with the digest of one that may write', async () => {
    await (await planned(selecting('Deployment', 'app'))).apply();
    const objects = [selecting('Deployment', 'tier')];
    const shown = await plan({ client: clientOf(bed(), 'planner'), namespace, objects });
    expect(shown.release.changes.map(({ action }) => action)).toEqual(['replace']);
    expect((await planned(...objects)).release.digest).toBe(shown.release.digest);
  });

  test('counts for the brake and for protected kinds', async () => {
    const maps = Array.from({ length: 12 }, (_, index) => configMap(`m${index}`, { a: '1' }));
    const frozen = (value: string) => maps.map((map) => ({ ...map, data: { a: value }, immutable: true }));
    await (await planned(...frozen('1'))).apply();
    const { release } = await planned(...frozen('2'));
    expect(release.blocked).toMatchObject([
      { reason: 'prune-refused', text: expect.stringContaining('12 of 12 objects would be deleted') },
    ]);
  });

  test('is refused when somebody changed the object after the plan', async () => {
    await (await planned(selecting('Deployment', 'app'))).apply();
    const { apply } = await planned(selecting('Deployment', 'tier'));
    kubectl(bed(), ['annotate', 'deployment', 'it', '-n', namespace, 'by=hand']);
    const { outcomes } = await apply();
    expect(outcomes.map(({ outcome, problem: why }) => [outcome, why?.reason])).toEqual([['failed', 'conflict']]);
    expect(get('deployment it', '{.metadata.annotations.by}')).toBe('hand');
  });

  test('a run that is killed in between leaves what the next one shows in the same words, and makes', async () => {
    await (await planned(selecting('Deployment', 'app'))).apply();
    const client = clientOf(bed(), 'applier');
    const dying = {
      ...client,
      send: async (request: Parameters<typeof client.send>[0]) => {
        const answer = await client.send(request);
        if (request.method === 'DELETE' && request.path.endsWith('/deployments/it')) throw new Error('killed');
        return answer;
      },
    };
    const shown = await planned(selecting('Deployment', 'tier'));
    await expect(shown.apply({ client: dying })).rejects.toThrow('killed');
    expect(get('deployments', '{.items[*].metadata.name}')).toBe('');

    const next = await planned(selecting('Deployment', 'tier'));

    expect(next.release.digest).toBe(shown.release.digest);
    expect((await next.apply()).outcomes.map(({ outcome, problem: why }) => why ?? outcome)).toEqual(['replaced']);
    expect((await planned(deployment('it', 1))).release.changes).not.toEqual([]);
    expect((await planned(selecting('Deployment', 'tier'))).release).toMatchObject({ changes: [], untouched: 1 });
  });
});
