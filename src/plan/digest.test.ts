import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Environment } from '../config/config.ts';
import type { Json, JsonObject, Resource } from '../resource/resource.ts';
import { isList, isObject, keyOf, valueAt } from '../resource/resource.ts';
import { readYamlDocuments } from '../yaml/index.ts';
import { buildPlan } from './build.ts';
import { digestOf } from './digest.ts';
import type { MaskOptions } from './mask.ts';
import { normaliserRules } from './normalise.ts';

const environment: Environment = {
  name: 'production',
  target: { kind: 'cluster', context: undefined },
  refs: ['main'],
  after: [],
  releases: ['shop'],
  overrides: {},
  gate: { mode: 'none', approvals: 0, selfApproval: false },
  prune: { brake: { objects: 20, percent: 30 }, protect: [] },
  drift: { mode: 'report', ignore: [] },
  namespaces: undefined,
} as Environment;

interface Sides {
  readonly live: Resource | undefined;
  readonly predicted: Resource;
  readonly desired?: Resource;
}

/** The digest of a plan that makes `predicted` of `live`; also its JSON, which everybody may read. */
function planOf(
  { live, predicted, desired = predicted }: Sides,
  { mask = { secrets: [], key: 'k' }, content }: { mask?: MaskOptions; content?: string } = {},
): { readonly digest: string; readonly json: string } {
  const { plan } = buildPlan({
    environment,
    target: 'cluster bed',
    commit: { rendered: 'c', head: undefined, base: undefined },
    comparison: 'branch',
    releases: [
      {
        name: 'shop',
        namespace: 'shop',
        objects: [
          {
            key: keyOf(predicted),
            desired,
            bound: desired,
            target: undefined,
            // Nothing was recorded, so that every difference counts as asked for.
            recorded: undefined,
            live,
            predicted,
            source: undefined,
            origin: undefined,
          },
        ],
        hold: undefined,
        content,
        intent: 'release',
      },
    ],
    notices: [],
    mask,
    now: new Date('2026-01-01T00:00:00Z'),
  });
  return { digest: plan.digest, json: JSON.stringify(plan) };
}

const name = fc.constantFrom('a', 'b', 'web', 'cache', 'x-y');
const amount = fc.constantFrom('1', '250m', '64Mi', '1Gi', '2');
const scalar = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.integer(),
  fc.boolean(),
  fc.bigInt({ min: 2n ** 60n, max: 2n ** 61n }),
);
const marks = fc.dictionary(fc.constantFrom('team', 'app.kubernetes.io/name', 'x'), fc.string({ maxLength: 4 }), {
  maxKeys: 3,
});

const container = fc.record(
  {
    name,
    image: fc.constantFrom('a:1', 'a:2', 'b:1'),
    args: fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 }),
    env: fc.uniqueArray(fc.record({ name, value: fc.string({ maxLength: 3 }) }), {
      selector: (one) => one.name,
      maxLength: 3,
    }),
    ports: fc.uniqueArray(fc.record({ containerPort: fc.integer({ min: 1, max: 5 }) }), {
      selector: (one) => one.containerPort,
      maxLength: 3,
    }),
    resources: fc.record({ limits: fc.record({ cpu: amount }, { requiredKeys: [] }) }, { requiredKeys: [] }),
    securityContext: fc.record({ privileged: fc.boolean() }, { requiredKeys: [] }),
  },
  { requiredKeys: ['name', 'image'] },
);

const workload = fc.record({
  apiVersion: fc.constant('apps/v1'),
  kind: fc.constantFrom('Deployment', 'DaemonSet'),
  metadata: fc.record({ name: fc.constant('web'), namespace: fc.constant('shop'), labels: marks, annotations: marks }),
  spec: fc.record(
    {
      replicas: fc.integer({ min: 0, max: 9 }),
      template: fc.record({
        spec: fc.record(
          {
            containers: fc.uniqueArray(container, { selector: (one) => one.name, minLength: 1, maxLength: 3 }),
            volumes: fc.array(fc.record({ name, emptyDir: fc.record({ sizeLimit: amount }, { requiredKeys: [] }) }), {
              maxLength: 2,
            }),
          },
          { requiredKeys: ['containers'] },
        ),
      }),
    },
    { requiredKeys: ['template'] },
  ),
});

/** Kinds that nobody here has heard of, so any tree. */
const anyScalar = fc.oneof(
  { weight: 9, arbitrary: scalar },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
);
const tree = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    anyScalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string({ minLength: 1, maxLength: 4 }), tie('value'), { maxKeys: 3 }),
  ),
})).value;
const custom = fc.record({
  apiVersion: fc.constant('example.test/v1'),
  kind: fc.constant('Thing'),
  metadata: fc.record({ name: fc.constant('one'), namespace: fc.constant('shop') }),
  spec: fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), tree, { maxKeys: 4 }),
  data: fc.dictionary(name, fc.string({ maxLength: 5 }), { maxKeys: 3 }),
});

/** Keys of any kind, those that rules of masking and normalising know among them. */
const key = fc.oneof(
  fc.string({ minLength: 1, maxLength: 5 }),
  fc.constantFrom(
    'password',
    'API_TOKEN',
    'limits',
    'resources',
    'status',
    'uid',
    'metadata',
    'kind',
    'a.b/c',
    '__proto__',
  ),
);
const text64 = fc.string({ maxLength: 6 }).map((value) => Buffer.from(value).toString('base64'));
const named = (kind: string, apiVersion: string, rest: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record({
    apiVersion: fc.constant(apiVersion),
    kind: fc.constant(kind),
    metadata: fc.record({
      name: fc.constant('one'),
      namespace: fc.constant('shop'),
      labels: marks,
      annotations: anyMarks,
    }),
    ...rest,
  });
const anyMarks = fc.dictionary(key, fc.string({ maxLength: 4 }), { maxKeys: 3 });
const texts = fc.array(fc.constantFrom('get', 'list', '*', 'pods', 'secrets', ''), { maxLength: 3 });

const secretKind = named('Secret', 'v1', {
  type: fc.constantFrom('Opaque', 'kubernetes.io/tls'),
  data: fc.dictionary(key, text64, { maxKeys: 4 }),
});
const configMapKind = named('ConfigMap', 'v1', {
  data: fc.dictionary(key, fc.string({ maxLength: 8 }), { maxKeys: 4 }),
  binaryData: fc.dictionary(key, text64, { maxKeys: 2 }),
  immutable: fc.boolean(),
});
const roleKind = named('Role', 'rbac.authorization.k8s.io/v1', {
  rules: fc.array(fc.record({ apiGroups: texts, resources: texts, verbs: texts, resourceNames: texts }), {
    maxLength: 3,
  }),
});
const serviceKind = named('Service', 'v1', {
  spec: fc.record({
    type: fc.constantFrom('ClusterIP', 'LoadBalancer'),
    selector: marks,
    ports: fc.array(
      fc.record(
        { port: fc.integer({ min: 1, max: 4 }), protocol: fc.constantFrom('TCP', 'UDP'), name },
        { requiredKeys: ['port'] },
      ),
      { maxLength: 4 },
    ),
    loadBalancerSourceRanges: fc.array(fc.constantFrom('10.0.0.0/8', '0.0.0.0/0'), { maxLength: 2 }),
  }),
});
const quotaKind = named('ResourceQuota', 'v1', {
  spec: fc.record({ hard: fc.dictionary(key, amount, { maxKeys: 3 }) }),
});
/** Any tree at all, beside `spec` too, with lists of lists, null, big numbers and keys that rules know. */
const anything = named('Anything', 'example.test/v1beta1', {
  spec: fc.dictionary(key, tree, { maxKeys: 4 }),
  rules: fc.array(fc.dictionary(key, tree, { maxKeys: 3 }), { maxLength: 3 }),
  top: tree,
});

const resource: fc.Arbitrary<Resource> = fc.oneof(
  workload,
  custom,
  secretKind,
  configMapKind,
  roleKind,
  serviceKind,
  quotaKind,
  anything,
) as fc.Arbitrary<Resource>;

/** Every place in a value, the root left out. */
function placesOf(value: Json, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  const children: readonly (readonly [string | number, Json])[] = isList(value)
    ? value.map((item, index) => [index, item] as const)
    : isObject(value)
      ? Object.entries(value)
      : [];
  return children.flatMap(([step, child]) => [[...path, step], ...placesOf(child, [...path, step])]);
}

/** The value with the one at the path made anew; `undefined` takes it away. */
function changed(value: Json, path: readonly (string | number)[], make: (old: Json) => Json | undefined): Json {
  const [step, ...rest] = path;
  if (isList(value)) {
    return value.flatMap((item, index) => {
      if (index !== step) return [item];
      const next = rest.length === 0 ? make(item) : changed(item, rest, make);
      return next === undefined ? [] : [next];
    });
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, child]) => {
    if (key !== step) return [[key, child] as const];
    const next = rest.length === 0 ? make(child) : changed(child, rest, make);
    return next === undefined ? [] : [[key, next] as const];
  });
  return Object.fromEntries(entries);
}

const identity = /^(apiVersion|kind|metadata|metadata\.(name|namespace))$/;

/** Whether the printed table says that what happened at this path may go unseen. */
function isNamed(path: readonly (string | number)[], from: Json | undefined, to: Json | undefined): boolean {
  const isVoid = (value: Json | undefined): boolean =>
    value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
  return normaliserRules.some(({ path: rule, does }) => {
    const pattern = rule
      .split('.')
      .map((step) =>
        step === '**' ? '(?:[^/]*/)*' : `${step === '*' ? '[^/]+' : step.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}/`,
      )
      .join('');
    const place = path.map((step) => `${String(step).replaceAll('/', '|')}/`).join('');
    if (!new RegExp(`^${pattern}$`).test(place)) return false;
    if (does === 'drop') return true;
    if (does === 'null') return [from, to].every((value) => value === undefined || value === null);
    if (does === 'empty') return isVoid(from) && isVoid(to);
    if (does === 'place')
      return isList(from) && isList(to) && [...from].map(text).sort().join() === [...to].map(text).sort().join();
    return sameAmount(from, to);
  });
}

function sameAmount(from: Json | undefined, to: Json | undefined): boolean {
  const inBase = (value: Json | undefined): number => {
    const [, number = '', unit = ''] = /^([\d.]+)(\w*)$/.exec(String(value)) ?? [];
    return Number(number) * ({ '': 1, m: 0.001, Mi: 2 ** 20, Gi: 2 ** 30 }[unit] ?? Number.NaN);
  };
  return inBase(from) === inBase(to);
}

describe('a digest', () => {
  test('moves with any single field of any object, or the printed table names it', () => {
    let moved = 0;
    let named = 0;
    fc.assert(
      fc.property(
        fc.option(resource, { nil: undefined }),
        resource,
        fc.nat(),
        fc.integer({ min: 0, max: 3 }),
        scalar,
        (live, predicted, at, how, value) => {
          const places = placesOf(predicted).filter((path) => !identity.test(path.join('.')));
          const path = places[at % places.length];
          if (path === undefined) return;
          const from = valueAt(predicted, path);
          const make = (old: Json): Json | undefined => {
            if (how === 0) return undefined;
            if (how === 1) return isList(old) ? [...old, value] : isObject(old) ? { ...old, added: value } : value;
            if (how === 2) return isList(old) ? [...old].reverse() : value;
            return null;
          };
          const after = changed(predicted, path, make) as Resource;
          const before = live === undefined ? undefined : ({ ...live, ...identityOf(predicted) } as Resource);
          const to = how === 0 ? undefined : valueAt(after, path);
          if (text(from) === text(to) || text(predicted) === text(after)) return;
          const same = planOf({ live: before, predicted }).digest === planOf({ live: before, predicted: after }).digest;
          if (same) expect({ path, from, to, named: isNamed(path, from, to) }).toMatchObject({ named: true });
          if (same) named += 1;
          else moved += 1;
        },
      ),
      { numRuns: 4_000 },
    );
    expect(moved).toBeGreaterThan(2_000);
    expect(named).toBeLessThan(moved / 10);
  });

  test('moves with every single field of what the charts of an example render, or the printed table names it', () => {
    const folder = 'test/examples/mygoodies/production';
    const rendered = readdirSync(folder).flatMap((file) =>
      readYamlDocuments(readFileSync(join(folder, file), 'utf8')).flatMap(({ value }) =>
        isObject(value) ? [value] : [],
      ),
    ) as unknown as readonly Resource[];
    let fields = 0;
    const unseen = rendered.flatMap((live) => {
      const before = planOf({ live, predicted: live }).digest;
      return placesOf(live)
        .filter((path) => !identity.test(path.join('.')))
        .flatMap((path) => {
          const from = valueAt(live, path);
          return [undefined, 'quite another value'].flatMap((to) => {
            fields++;
            const after = changed(live, path, () => to) as Resource;
            const moves = planOf({ live, predicted: after }).digest !== before;
            return moves || isNamed(path, from, to) ? [] : [`${live.kind} ${path.join('.')}`];
          });
        });
    });
    expect(unseen).toEqual([]);
    expect(fields).toBeGreaterThan(300);
  });

  test('moves with a new order of what is there already', () => {
    const shop = (...names: readonly string[]): Resource => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { initContainers: names.map((one) => ({ name: one })) },
    });
    const live = shop('a', 'b');
    const digests = [shop('a', 'b', 'c'), shop('b', 'a', 'c'), shop('b', 'a')].map(
      (predicted) => planOf({ live, predicted }).digest,
    );
    expect(new Set(digests).size).toBe(3);
  });

  test('does not move with what servers and writers do to an object without meaning anything by it', () => {
    fc.assert(
      fc.property(fc.option(resource, { nil: undefined }), resource, fc.nat(), (live, predicted, salt) => {
        const before = live === undefined ? undefined : ({ ...live, ...identityOf(predicted) } as Resource);
        const plain = planOf({ live: before, predicted }).digest;
        expect(planOf({ live: before && noisy(before, salt), predicted: noisy(predicted, salt + 1) }).digest).toBe(
          plain,
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test('does not move with a default that the server adds on both sides', () => {
    fc.assert(
      fc.property(workload, workload, fc.string({ maxLength: 5 }), (live, predicted, value) => {
        const added = (one: object): Resource => {
          const object = one as Resource;
          return { ...object, spec: { ...(object['spec'] as JsonObject), progressDeadlineSeconds: value } };
        };
        const before = { ...live, ...identityOf(predicted as unknown as Resource) } as unknown as Resource;
        const after = predicted as unknown as Resource;
        expect(planOf({ live: added(before), predicted: added(after) }).digest).toBe(
          planOf({ live: before, predicted: after }).digest,
        );
      }),
    );
  });
});

describe('nothing lets one guess a secret', () => {
  const secret = (value: string): Resource => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', namespace: 'shop' },
    data: { pin: Buffer.from(value).toString('base64') },
  });
  const pin = fc.integer({ min: 0, max: 9999 }).map((number) => String(number).padStart(4, '0'));

  test('without a key the value does not enter: every guess gives the same digest', () => {
    fc.assert(
      fc.property(pin, pin, (one, other) => {
        const options = { mask: { secrets: [], key: undefined }, content: 'files' };
        expect(planOf({ live: undefined, predicted: secret(one) }, options)).toEqual(
          planOf({ live: undefined, predicted: secret(other) }, options),
        );
      }),
    );
  });

  test('with a key it moves with the value, and nobody without the key can tell what it would be', () => {
    fc.assert(
      fc.property(pin, pin, (one, other) => {
        const digest = (value: string, key: string) =>
          planOf({ live: undefined, predicted: secret(value) }, { mask: { secrets: [], key } }).digest;
        expect(digest(one, 'k') === digest(other, 'k')).toBe(one === other);
        expect(digest(one, 'k')).not.toBe(digest(one, 'l'));
      }),
    );
  });

  test('no plain hash of it, in any form, stands in what everybody may read', () => {
    fc.assert(
      fc.property(pin, fc.option(fc.constant('k'), { nil: undefined }), (value, key) => {
        const { json } = planOf({ live: undefined, predicted: secret(value) }, { mask: { secrets: [value], key } });
        for (const form of [value, Buffer.from(value).toString('base64')]) {
          for (const algorithm of ['md5', 'sha1', 'sha256', 'sha512']) {
            const hash = createHash(algorithm).update(form).digest();
            for (const encoding of ['hex', 'base64', 'base64url'] as const)
              expect(json).not.toContain(hash.toString(encoding).slice(0, 16));
          }
        }
      }),
    );
  });
});

function identityOf({ apiVersion, kind, metadata }: Resource): JsonObject {
  const { name: own, namespace } = metadata;
  return { apiVersion, kind, metadata: { name: own, namespace: namespace ?? '' } };
}

function text(value: Json | undefined): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner)) ?? '';
}

/** The same object as another server, at another time, by another writer would have it. */
function noisy(object: Resource, salt: number): Resource {
  const { metadata, ...rest } = backwards(object) as Resource;
  return {
    status: { observedGeneration: salt, conditions: [{ lastTransitionTime: `2026-01-01T00:00:${salt % 60}Z` }] },
    ...(respelled(rest) as object),
    metadata: {
      managedFields: [{ manager: 'x', time: String(salt) }],
      ...metadata,
      resourceVersion: String(salt),
      uid: `u${salt}`,
      generation: salt,
      creationTimestamp: null,
      selfLink: '/x',
      finalizers: [],
    },
    gone: null,
  } as unknown as Resource;
}

function backwards(value: Json): Json {
  if (isList(value)) return value.map(backwards);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, child]) => [key, backwards(child)]),
  );
}

/** Amounts written in another way, where the kind has amounts. */
function respelled(value: Json, path: readonly string[] = []): Json {
  if (isList(value)) return value.map((item) => respelled(item, [...path, '*']));
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, respelled(child, [...path, key])]));
  }
  const isAmount = /(^|\n)(resources\n(limits|requests)\n[^\n]*|emptyDir\nsizeLimit)$|^spec\nhard\n[^\n]*$/.test(
    path.join('\n'),
  );
  const others: Readonly<Record<string, string>> = {
    '1': '1000m',
    '250m': '0.25',
    '1Gi': '1024Mi',
    '64Mi': '65536Ki',
    '2': '2e0',
  };
  return isAmount && typeof value === 'string' ? (others[value] ?? value) : value;
}

test('none begins with a dash, which a command line would take for an option', () => {
  const digests = Array.from({ length: 1_000 }, (_, index) => digestOf(index, undefined));
  expect(digests.filter((digest) => digest.startsWith('-'))).toEqual([]);
  expect(new Set(digests).size).toBe(1_000);
});
