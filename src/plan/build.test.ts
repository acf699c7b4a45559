import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Environment } from '../config/config.ts';
import type { Json, Resource } from '../resource/resource.ts';
import { keyOf } from '../resource/resource.ts';
import { buildPlan } from './build.ts';
import type { ObjectFacts, PlanInput } from './facts.ts';
import { latePlaceholder } from './late.ts';
import type { Change, PlannedRelease } from './plan.ts';

function deployment(replicas: number, image = 'mygoodies/catalog:1.12.8'): Resource {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'catalog', namespace: 'shop' },
    spec: { replicas, template: { spec: { containers: [{ name: 'catalog', image }] } } },
  };
}

function configMap(name: string, data: Record<string, string> = {}): Resource {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data };
}

type Sides = Partial<Pick<ObjectFacts, 'desired' | 'bound' | 'target' | 'recorded' | 'live' | 'predicted'>>;

function facts(sides: Sides): ObjectFacts {
  const some = sides.desired ?? sides.live ?? sides.recorded ?? sides.target;
  if (some === undefined) throw new Error('an object must be somewhere');
  return {
    key: keyOf(some),
    desired: undefined,
    bound: undefined,
    target: undefined,
    recorded: undefined,
    live: undefined,
    predicted: undefined,
    source: undefined,
    origin: undefined,
    ...sides,
  };
}

const environment: Environment = {
  name: 'production',
  target: { kind: 'cluster', context: 'prod' },
  refs: ['main'],
  after: [],
  releases: ['catalog'],
  overrides: {},
  gate: { mode: 'merge', approvals: 1, selfApproval: false },
  prune: { brake: { objects: 20, percent: 30 }, protect: ['PersistentVolumeClaim'] },
  drift: { mode: 'report', ignore: [] },
  namespaces: undefined,
};

function planOf(
  objects: readonly ObjectFacts[],
  options: Partial<PlanInput> & { hold?: { reason: string }; intent?: 'removal' } = {},
): PlannedRelease {
  const { plan } = buildPlan({
    environment,
    target: 'cluster prod',
    commit: { rendered: 'a'.repeat(40), head: undefined, base: undefined },
    comparison: 'merge-request',
    releases: [
      { name: 'catalog', namespace: 'shop', objects, hold: options.hold, intent: options.intent ?? 'release' },
    ],
    notices: [],
    mask: { secrets: [], key: 'key' },
    now: new Date('2026-11-21T00:00:00Z'),
    ...options,
  });
  const [release] = plan.releases;
  if (release === undefined) throw new Error('no release');
  return release;
}

function only(changes: readonly Change[]): Change {
  expect(changes).toHaveLength(1);
  const [change] = changes;
  if (change === undefined) throw new Error('no change');
  return change;
}

test('somebody else’s object that is named to have it shown: only what would change in it is', () => {
  const live: Resource = {
    ...configMap('extension-apiserver-authentication', { 'client-ca': 'THEIR-CERTIFICATE', other: 'THEIR-VALUE' }),
    metadata: {
      name: 'extension-apiserver-authentication',
      namespace: 'shop',
      annotations: { note: 'THEIR-NOTE' },
      labels: { theirs: 'THEIR-LABEL' },
    },
  };
  const label = { mine: 'yes' };
  const desired: Resource = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'extension-apiserver-authentication', namespace: 'shop', labels: label },
  };
  const predicted: Resource = {
    ...live,
    metadata: { ...live.metadata, labels: { theirs: 'THEIR-LABEL', ...label } },
  };
  const release = planOf([facts({ desired, bound: desired, live, predicted })]);
  expect(only(release.changes)).toMatchObject({ action: 'adopt', fields: [{ to: 'yes' }] });
  expect(JSON.stringify(release)).not.toContain('THEIR');
});

describe('a difference is told apart by who asked for it', () => {
  test('by this merge request: the target branch does not have it', () => {
    const change = only(
      planOf([facts({ desired: deployment(2), target: deployment(3), recorded: deployment(3), live: deployment(3) })])
        .changes,
    );
    expect(change.action).toBe('update');
    expect(change.fields).toEqual([
      { path: 'spec.replicas', from: '3', to: '2', cause: 'merge-request', origin: undefined },
    ]);
    expect(change.consequences).toEqual([{ kind: 'scale', text: '1 pod fewer' }]);
  });

  test('merged before and waiting: the target branch has it, the record does not', () => {
    const change = only(
      planOf([facts({ desired: deployment(2), target: deployment(2), recorded: deployment(3), live: deployment(3) })])
        .changes,
    );
    expect(change.causes).toEqual(['waiting']);
  });

  test('drift: only live differs, so an apply leaves it alone', () => {
    const release = planOf([
      facts({ desired: deployment(3), target: deployment(3), recorded: deployment(3), live: deployment(5) }),
    ]);
    expect(release.changes).toEqual([]);
    expect(only(release.drifted).fields[0]).toMatchObject({ from: '5', to: '3', cause: 'drift' });
  });

  test('drift beside a change of the same object is shown with it, because writing the object takes it back', () => {
    const live = deployment(5, 'mygoodies/catalog:1.12.8');
    const release = planOf([
      facts({
        desired: deployment(3, 'mygoodies/catalog:1.13.0'),
        target: deployment(3),
        recorded: deployment(3),
        live,
      }),
    ]);
    const change = only(release.changes);
    expect(change.causes).toEqual(['merge-request', 'drift']);
    expect(change.fields.map(({ path, cause }) => [path, cause])).toEqual([
      ['spec.replicas', 'drift'],
      ['spec.template.spec.containers[catalog].image', 'merge-request'],
    ]);
  });
});

describe('a field that nobody rendered and that changes with a rendered one', () => {
  const service = (spec: Record<string, Json>, managedFields: Json = []): Resource => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop', managedFields },
    spec,
  });
  const open = { type: 'LoadBalancer', externalTrafficPolicy: 'Cluster' };
  const sides = {
    desired: service({ type: 'LoadBalancer' }),
    target: service({}),
    recorded: service({}),
    live: service({ type: 'ClusterIP' }),
    predicted: service(open),
  };
  const texts = (change: Change) => change.consequences.map(({ text }) => text);

  test('is made by the server, and no hand did it', () => {
    const change = only(planOf([facts(sides)]).changes);
    expect(change.causes).toEqual(['merge-request']);
    expect(texts(change)).toEqual(['reachable from outside the cluster (LoadBalancer)']);
  });

  test('is somebody’s where there is no server', () => {
    const live = service({ externalTrafficPolicy: 'Local' });
    const change = only(planOf([facts({ ...sides, live, predicted: undefined })]).changes);
    expect(change.causes).toEqual(['merge-request', 'drift']);
  });

  test('is somebody’s where the server noted whose, and it is said from whom and when it is taken', () => {
    const edit = {
      ...{ manager: 'kubectl-edit', operation: 'Update', time: '2026-11-20T10:00:00Z', fieldsType: 'FieldsV1' },
      fieldsV1: { 'f:spec': { 'f:externalTrafficPolicy': {} } },
    };
    const live = service({ type: 'ClusterIP', externalTrafficPolicy: 'Local' }, [edit]);
    const change = only(planOf([facts({ ...sides, live })]).changes);
    expect(change.causes).toEqual(['merge-request', 'drift']);
    expect(texts(change)).toContain('takes spec.externalTrafficPolicy from kubectl edit (2026-11-20T10:00:00Z)');
  });
});

test('a changed configuration says whether its readers restart with it', () => {
  const reader = (name: string, checksum: string): Resource => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas: 2,
      template: {
        metadata: { annotations: { checksum } },
        spec: { containers: [{ name: 'app', envFrom: [{ configMapRef: { name: 'env' } }] }] },
      },
    },
  });
  const step = (from: Resource, to: Resource) =>
    facts({ desired: to, target: from, recorded: from, live: from, predicted: to });
  const { changes } = planOf([
    step(configMap('env', { a: '1' }), configMap('env', { a: '2' })),
    step(reader('summed', '1'), reader('summed', '2')),
    step(reader('plain', '1'), reader('plain', '1')),
  ]);
  const [, env] = changes;
  expect(env?.consequences.map(({ text }) => text)).toEqual([
    'read at start by Deployment summed: takes effect now, with the restart in this plan',
    'read at start by Deployment plain: takes effect with its next restart, and nothing here restarts it',
  ]);
});

test('sizes are shown as people write them', () => {
  const claim = (storage: string): Resource => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'shop' },
    spec: { resources: { requests: { storage } } },
  });
  const [from, to] = [claim('1024Mi'), claim('1536Mi')];
  const change = only(
    planOf([facts({ desired: to, target: from, recorded: from, live: from, predicted: to })]).changes,
  );
  expect(change.fields.map(({ from: was, to: is }) => [was, is])).toEqual([['1Gi', '1536Mi']]);
});

describe('what is done to an object', () => {
  test.each([
    ['created', { desired: configMap('a') }, 'create'],
    ['deleted', { live: configMap('a'), recorded: configMap('a'), target: configMap('a') }, 'delete'],
    [
      'adopted when it is there and nobody recorded it',
      { desired: configMap('a', { k: '1' }), live: configMap('a') },
      'adopt',
    ],
  ] as const)('%s', (_words, sides, action) => {
    expect(only(planOf([facts(sides)], { comparison: 'branch' }).changes).action).toBe(action);
  });

  test('kept when it carries a mark that keeps it', () => {
    const live: Resource = {
      ...configMap('a'),
      metadata: { name: 'a', namespace: 'shop', annotations: { 'helm.sh/resource-policy': 'keep' } },
    };
    expect(only(planOf([facts({ live, recorded: live, target: live })]).changes).action).toBe('keep');
  });

  test('nothing, when quantities are only written another way', () => {
    const withCpu = (cpu: string): Resource => ({
      ...deployment(1),
      spec: { template: { spec: { containers: [{ name: 'c', resources: { limits: { cpu } } }] } } },
    });
    const release = planOf([
      facts({ desired: withCpu('1'), target: withCpu('1000m'), recorded: withCpu('1'), live: withCpu('1000m') }),
    ]);
    expect(release).toMatchObject({ changes: [], drifted: [], untouched: 1 });
  });
});

describe('digests', () => {
  test('two merge requests that each changed one field cover the sum of both by their parts', () => {
    const first = only(
      planOf([facts({ desired: deployment(2), target: deployment(3), recorded: deployment(3), live: deployment(3) })])
        .changes,
    );
    const second = only(
      planOf([
        facts({ desired: deployment(3, 'x:2'), target: deployment(3), recorded: deployment(3), live: deployment(3) }),
      ]).changes,
    );
    const both = only(
      planOf([
        facts({
          desired: deployment(2, 'x:2'),
          target: deployment(2, 'x:2'),
          recorded: deployment(3),
          live: deployment(3),
        }),
      ]).changes,
    );
    expect([...both.parts].sort()).toEqual([...first.parts, ...second.parts].sort());
  });

  test('do not move when keys come in another order or the server counts on', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string(), { maxKeys: 5 }), fc.nat(), (data, version) => {
        const live = configMap('a', { old: 'x' });
        const shuffled = Object.fromEntries(Object.entries(data).reverse());
        const noisy: Resource = {
          ...live,
          metadata: { ...live.metadata, resourceVersion: String(version) },
          status: { at: version },
        };
        const one = planOf([facts({ desired: configMap('a', data), recorded: live, live })], { comparison: 'branch' });
        const other = planOf([facts({ desired: configMap('a', shuffled), recorded: live, live: noisy })], {
          comparison: 'branch',
        });
        expect(other.digest).toBe(one.digest);
      }),
    );
  });

  test('move when any single value moves', () => {
    const values = fc.oneof(fc.string(), fc.integer(), fc.boolean());
    fc.assert(
      fc.property(values, values, fc.constantFrom('spec', 'data', 'extra'), (a, b, place) => {
        fc.pre(a !== b);
        const digest = (value: Json): string => {
          const desired: Resource = { ...configMap('a'), [place]: { field: [{ deep: value }] } };
          return planOf([facts({ desired })], { comparison: 'branch' }).digest;
        };
        expect(digest(a)).not.toBe(digest(b));
      }),
    );
  });

  test('of a value bound at apply are the same at plan and at apply, whatever was bound before', () => {
    const desired = deployment(3, `catalog:${latePlaceholder}`);
    const digest = (tag: string): readonly string[] => {
      const live = deployment(3, `catalog:${tag}`);
      return only(planOf([facts({ desired, recorded: live, live })], { comparison: 'branch' }).changes).parts;
    };
    expect(digest('sha-1')).toEqual(digest('sha-2'));
  });
});

describe('a release that must not be applied as it is says so in the plan', () => {
  const many = Array.from({ length: 12 }, (_, index) => configMap(`c${index}`));

  test('when it renders nothing any more', () => {
    const release = planOf(many.map((live) => facts({ live, recorded: live, target: live })));
    expect(release.blocked).toMatchObject([{ reason: 'prune-refused' }]);
    expect(release.blocked[0]?.text).toContain('renders no objects at all');
  });

  test('but not when it was taken out of the configuration, which is its planned deletion', () => {
    const release = planOf(
      many.map((live) => facts({ live, recorded: live, target: live })),
      { intent: 'removal' },
    );
    expect(release.blocked).toEqual([]);
    expect(release.changes).toHaveLength(12);
  });

  test('when it deletes more than the brake lets through, and not below it', () => {
    const share = (deleted: number): PlannedRelease =>
      planOf(
        many.map((live, index) =>
          facts(
            index < deleted
              ? { live, recorded: live, target: live }
              : { desired: live, target: live, live, recorded: live },
          ),
        ),
      );
    expect(share(4).blocked[0]?.text).toContain('4 of 12 objects would be deleted (33 %)');
    expect(share(3).blocked).toEqual([]);
  });

  test('counting what is taken over like what it has already', () => {
    const takeover = (left: number): PlannedRelease =>
      planOf(
        many.map((live, index) => facts(index < left ? { live, recorded: live } : { desired: live, live })),
        { comparison: 'branch' },
      );
    expect(takeover(4).blocked[0]?.text).toContain('4 of 12 objects would be deleted (33 %)');
    expect(takeover(3).blocked).toEqual([]);
  });

  test('when it deletes a protected kind, with the way to lift that', () => {
    const claim: Resource = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'shop' },
    };
    const release = planOf([
      facts({ live: claim, recorded: claim, target: claim }),
      facts({ desired: configMap('a') }),
    ]);
    expect(release.blocked[0]).toMatchObject({ reason: 'prune-refused' });
    expect(release.changes[0]?.consequences[0]).toMatchObject({ kind: 'data-loss' });
  });

  test('when a secret would be written to Git in plain text', () => {
    const secret: Resource = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'shop' },
      data: { p: 'eA==' },
    };
    const inGit: Environment = {
      ...environment,
      target: { kind: 'manifests', repository: '.', branch: 'deploy', path: '.' },
    };
    expect(planOf([facts({ desired: secret })], { environment: inGit }).blocked).toMatchObject([
      { reason: 'plaintext-secret' },
    ]);
    expect(planOf([facts({ desired: { ...secret, sops: {} } })], { environment: inGit }).blocked).toEqual([]);
    const leaking = planOf([facts({ desired: configMap('a', { url: 'x-hunter22-y' }) })], {
      environment: inGit,
      mask: { secrets: ['hunter22'], key: 'k' },
    });
    expect(leaking.blocked).toMatchObject([{ reason: 'plaintext-secret' }]);
    expect(JSON.stringify(leaking)).not.toContain('hunter22');
  });

  test('when it is on hold', () => {
    expect(
      planOf([facts({ desired: configMap('a') })], { hold: { reason: 'incident 12' } }).blocked[0]?.text,
    ).toContain('incident 12');
  });
});
