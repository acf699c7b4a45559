import { describe, expect, test } from '@jest/globals';
import type { JsonObject, Resource } from '../resource/resource.ts';
import type { Change } from './plan.ts';
import { differsInRendered, otherDigests } from './prediction.ts';

const thing = (spec: JsonObject): Resource => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' }, spec });

/** Where the server makes something else of what was rendered, or undefined. */
const where = (desired: JsonObject, server: JsonObject, here = desired): string | undefined =>
  differsInRendered(thing(desired), { here: thing(here), server: thing(server) });

describe('what was computed stands for the server’s answer', () => {
  test('where the server adds only what nobody rendered', () => {
    expect(where({ a: 1 }, { a: 1, added: 2 })).toBeUndefined();
    expect(where({ list: [{ name: 'x' }] }, { list: [{ name: 'x', mode: 1 }, { name: 'injected' }] })).toBeUndefined();
    const udp = { containerPort: 53, protocol: 'UDP' };
    const theirs = { containerPort: 9, protocol: 'TCP' };
    const here = { ports: [theirs, { containerPort: 53 }, udp] };
    const server = { ports: [theirs, { containerPort: 53, protocol: 'TCP' }, udp] };
    expect(where({ ports: [{ containerPort: 53 }, udp] }, server, here)).toBeUndefined();
    expect(where({ box: {}, kinds: [] }, { box: { limit: 1 }, kinds: ['In'] })).toBeUndefined();
  });

  test('where it writes the same in another way, or leaves out what is empty or zero', () => {
    expect(where({ a: '1000m' }, { a: '1' })).toBeUndefined();
    expect(where({ a: false, b: '', c: 0, d: [], e: {} }, {})).toBeUndefined();
  });

  test('and not where it sets a rendered field, takes one away, or orders a list anew', () => {
    expect(where({ a: 1 }, { a: 2 })).toBe('spec.a');
    expect(where({ a: 0 }, { a: 9 })).toBe('spec.a');
    expect(where({ a: true, b: 1 }, { b: 1 })).toBe('spec.a');
    expect(where({ list: [{ name: 'x' }, { name: 'y' }] }, { list: [{ name: 'y' }, { name: 'x' }] })).toBe('spec.list');
  });
});

describe('other digests', () => {
  const change = (kind: string, digest: string, here?: Change['here']): Change => ({
    key: { group: '', kind, namespace: 'n', name: 'a' },
    action: 'update',
    causes: ['waiting'],
    fields: [],
    consequences: [],
    source: undefined,
    digest,
    parts: [],
    ...(here === undefined ? {} : { here }),
  });

  test('are one for each choice of kinds that a login may not try', () => {
    const changes = [
      change('Secret', 's', { digest: 's-here', parts: [] }),
      change('Role', 'r', { digest: 'r-here', parts: [] }),
      change('Service', 'v'),
    ];
    const { plan, releases } = otherDigests([{ name: 'shop', changes }], 'k');
    expect([plan.length, releases.get('shop')?.length]).toEqual([3, 3]);
    const [only] = otherDigests([{ name: 'shop', changes: [change('Secret', 's-here')] }], 'k').plan;
    const secret = otherDigests(
      [{ name: 'shop', changes: [change('Secret', 's', { digest: 's-here', parts: [] })] }],
      'k',
    );
    expect(only).toBeUndefined();
    expect(secret.plan).toHaveLength(1);
  });

  test('leave out what such a login would not have shown', () => {
    const shown = [change('Service', 'v')];
    const unseen = [...shown, change('Secret', 's', 'unchanged')];
    const [digest] = otherDigests([{ name: 'shop', changes: unseen }], 'k').releases.get('shop') ?? [];
    const [plain] =
      otherDigests([{ name: 'shop', changes: [change('Service', 'x', { digest: 'v', parts: [] })] }], 'k').releases.get(
        'shop',
      ) ?? [];
    expect(digest).toBe(plain);
  });
});
