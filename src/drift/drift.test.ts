import { expect, test } from '@jest/globals';
import type { IgnoreRule } from '../config/config.ts';
import { driftDigestOf, driftIssue } from '../report/drift-issue.ts';
import { driftText } from '../report/drift-text.ts';
import { keyOf, type Resource } from '../resource/resource.ts';
import { readYaml } from '../yaml/index.ts';
import { type DriftReport, findDrift, type ObservedObject } from './drift.ts';

const scaled = { who: 'Grace', when: '2026-11-20T16:41:00.000Z', how: 'commit 4f2c81e "Scale up"' };

function resource(yaml: string): Resource {
  return readYaml(yaml) as Resource;
}

const cart = resource(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  replicas: 2
  template: {spec: {containers: [{name: cart, image: "shop/cart:1", resources: {limits: {cpu: "1"}}}]}}
`);
const scaledCart = resource(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop, annotations: {tuned: "yes", note: x}}
spec:
  replicas: 5
  template: {spec: {containers: [{name: cart, image: "shop/cart:1", resources: {limits: {cpu: 1000m}}}]}}
`);
const service = resource(
  '{apiVersion: v1, kind: Service, metadata: {name: extra, namespace: shop}, spec: {type: NodePort}}',
);

interface Given {
  readonly objects: readonly (readonly [recorded: Resource | undefined, live: Resource | undefined])[];
  readonly ignore?: readonly IgnoreRule[];
  readonly key?: string;
}

function report({ objects, ignore = [], key }: Given): DriftReport {
  return findDrift({
    environment: { name: 'production', drift: { mode: 'report', ignore } },
    target: 'branch deploy/production of .',
    releases: [{ name: 'cart', objects: objects.map(([recorded, live]) => observed(recorded, live)), unreadable: [] }],
    mask: { secrets: ['hunter22'], key },
    now: new Date('2026-11-21T00:00:00Z'),
  });
}

function observed(recorded: Resource | undefined, live: Resource | undefined): ObservedObject {
  const key = keyOf((recorded ?? live)!);
  return { key, recorded, live, where: `cart/${key.kind}.yaml`, edits: [scaled] };
}

function rule(path: string, more: Partial<IgnoreRule> = {}): IgnoreRule {
  return {
    kind: 'Deployment',
    name: undefined,
    namespace: undefined,
    path,
    reason: 'autoscaler',
    until: undefined,
    ...more,
  };
}

test('drift says which field of which object somebody changed, added or deleted, who and when', () => {
  const text = driftText(
    report({
      objects: [
        [cart, scaledCart],
        [undefined, service],
        [resource('{apiVersion: v1, kind: ConfigMap, metadata: {name: env, namespace: shop}}'), undefined],
      ],
    }),
    { style: 'plain' },
  );
  expect(text).toBe(
    `production  branch deploy/production of .
  cart  - ConfigMap shop/env  deleted by hand
          Grace, 2026-11-20 16:41 UTC, commit 4f2c81e "Scale up"
        + Service shop/extra  added by hand in cart/Service.yaml
          Grace, 2026-11-20 16:41 UTC, commit 4f2c81e "Scale up"
        ~ Deployment shop/cart  changed by hand
          metadata.annotations:
            + note: x
            + tuned: "yes"
          spec.replicas  2 → 5
          Grace, 2026-11-20 16:41 UTC, commit 4f2c81e "Scale up"
Drift: 2 fields, 1 object added, 1 object deleted since 2026-11-20 16:41 UTC.
  put it back   pushgate heal cart --environment production
  keep it       change the chart or its values in a merge request so that they render what is there
  never mind    add to environments.production.drift.ignore:
      - { kind: "Deployment", namespace: "shop", name: "cart", path: "metadata.annotations", reason: "why", until: "YYYY-MM-DD" }`,
  );
});

test('objects that agree are no drift, however their quantities are written', () => {
  const other = resource(`
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: shop, name: cart}
spec:
  template: {spec: {containers: [{image: "shop/cart:1", name: cart, resources: {limits: {cpu: 1000m}}}]}}
  replicas: 2
`);
  const none = report({ objects: [[cart, other]] });
  expect(none.findings).toEqual([]);
  expect(driftText(none, { style: 'plain' })).toBe(
    'production  branch deploy/production of .\nNo drift: what is there is what was applied.',
  );
});

test('a rule hides what it covers until its last day has passed, also inside a map that is new', () => {
  const rules = [
    rule('spec.replicas', { until: '2026-11-21' }),
    rule('metadata.annotations.tuned'),
    rule('metadata.annotations.note'),
  ];
  const hidden = report({ objects: [[cart, scaledCart]], ignore: rules });
  expect([hidden.findings.length, hidden.ignored]).toEqual([0, 3]);
  const ended = report({
    objects: [[cart, scaledCart]],
    ignore: [rule('spec.replicas', { until: '2026-11-20' }), rule('metadata.annotations')],
  });
  expect(ended.findings[0]?.fields.map(({ path }) => path)).toEqual(['spec.replicas']);
  expect(driftText(ended, { style: 'plain' })).toContain(
    '! the rule that ignores spec.replicas ended on 2026-11-20: autoscaler',
  );
  const other = report({ objects: [[cart, scaledCart]], ignore: [rule('spec.replicas', { kind: 'StatefulSet' })] });
  expect(other.ignored).toBe(0);
});

test('the digest follows what is said and nothing else', () => {
  const one = report({
    objects: [
      [cart, scaledCart],
      [undefined, service],
    ],
  });
  expect(
    report({
      objects: [
        [undefined, service],
        [cart, scaledCart],
      ],
    }).digest,
  ).toBe(one.digest);
  expect(report({ objects: [[cart, scaledCart]] }).digest).not.toBe(one.digest);
  expect(report({ objects: [[cart, cart]] }).digest).toBe(report({ objects: [] }).digest);
});

test('secret values are masked in every form, and with a key a change of one moves the digest', () => {
  const secret = (value: string): Resource =>
    resource(
      `{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: shop}, data: {a: ${Buffer.from(value).toString('base64')}}}`,
    );
  const env = resource(
    '{apiVersion: v1, kind: ConfigMap, metadata: {name: e, namespace: shop}, data: {url: "x-hunter22-y"}}',
  );
  const was = resource('{apiVersion: v1, kind: ConfigMap, metadata: {name: e, namespace: shop}, data: {url: "x"}}');
  const found = report({
    objects: [
      [secret('one'), secret('canary-value')],
      [was, env],
      [undefined, secret('other')],
    ],
    key: 'k',
  });
  const shown = [
    JSON.stringify(found),
    driftText(found, { style: 'plain' }),
    driftIssue(found, { limit: 65_536 }).body,
  ].join('\n');
  for (const value of ['canary-value', 'hunter22', 'other']) {
    expect(shown).not.toContain(Buffer.from(value).toString('base64'));
    expect(shown).not.toContain(`${value}"`);
    expect(shown).not.toContain(`-${value}-`);
  }
  const digests = ['b', 'c'].map((value) => report({ objects: [[secret('a'), secret(value)]], key: 'k' }).digest);
  expect(digests[0]).not.toBe(digests[1]);
});

test('the issue is a table with three ways out, and carries the digest it shows', () => {
  const found = report({ objects: [[cart, { ...scaledCart, metadata: cart.metadata }]] });
  const issue = driftIssue(found, { limit: 65_536 });
  expect(issue.title).toBe('Drift in production: 1 field, since 2026-11-20 16:41 UTC');
  expect(issue.body).toContain(
    '| cart · Deployment shop/cart | <code>spec.replicas</code> | <code>2</code> | <code>5</code> | Grace, 2026-11-20 16:41 UTC, commit 4f2c81e &#34;Scale up&#34; |',
  );
  for (const way of ['**Put it back**', '**Keep it**', '**Never mind**']) expect(issue.body).toContain(way);
  expect(driftDigestOf(issue.body, 'production')).toBe(found.digest);
  expect(driftDigestOf(issue.body, 'staging')).toBeUndefined();
  expect(driftDigestOf('an issue of somebody else', 'production')).toBeUndefined();
});

test('names and values of strangers cannot break out of the issue, ping anybody or command the forge', () => {
  const evil = '|\n/approve\n<!-- pushgate:drift:v1 production x --> @everyone ![](http://x) ```';
  const live: Resource = { ...cart, metadata: { ...cart.metadata, annotations: { evil } } };
  const object = { ...observed(cart, live), edits: [{ who: evil, when: evil, how: evil }] };
  const found = findDrift({
    environment: { name: 'production', drift: { mode: 'report', ignore: [] } },
    target: evil,
    releases: [{ name: evil, objects: [object], unreadable: [{ where: evil, why: evil, edits: [] }] }],
    mask: { secrets: [], key: undefined },
    now: new Date(0),
  });
  const { title, body } = driftIssue(found, { limit: 65_536 });
  expect(body.split('\n').filter((line) => line.startsWith('/'))).toEqual([]);
  expect(body.match(/<!--/g)).toHaveLength(1);
  expect(driftDigestOf(body, 'production')).toBe(found.digest);
  expect(`${title}${body}`).not.toMatch(/@everyone|!\[\]\(http/);
  for (const row of body.split('\n').filter((line) => line.startsWith('|'))) expect(row.match(/\|/g)).toHaveLength(6);
});

test('an issue keeps within the limit by whole rows and says how many are left out', () => {
  const objects = Array.from({ length: 500 }, (_, index) => {
    const named = { ...service, metadata: { ...service.metadata, name: `extra-${index}` } };
    return [undefined, named] as const;
  });
  const { body } = driftIssue(report({ objects }), { limit: 8000 });
  expect(body.length).toBeLessThanOrEqual(8000);
  const rows = body.split('\n').filter((line) => line.includes('Service shop/extra')).length;
  expect(body).toContain(`… and ${500 - rows} more`);
  expect(driftDigestOf(body, 'production')).toBeDefined();
});
