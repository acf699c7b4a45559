import { describe, expect, test } from '@jest/globals';
import type { MergeInput } from './merge-parts.ts';
import { mergeParts } from './merge-parts.ts';
import type { Plan, PlannedRelease } from './plan.ts';
import { planSchema } from './plan.ts';
import type { PlannedPart } from './plan-file.ts';

const head = 'a'.repeat(40);

function release(name: string, object = name): PlannedRelease {
  const key = { group: '', kind: 'ConfigMap', namespace: 'shop', name: object };
  const change = {
    key,
    action: 'create' as const,
    causes: [],
    fields: [],
    consequences: [],
    source: undefined,
    digest: `d-${name}`,
    parts: [],
  };
  return { name, namespace: 'shop', changes: [change], drifted: [], untouched: 0, digest: `r-${name}`, blocked: [] };
}

function part(environment: string, names: readonly string[], more: Partial<Plan> = {}): PlannedPart {
  const plan: Plan = {
    schema: planSchema,
    environment,
    target: 'cluster prod',
    commit: { rendered: 'c', head, base: 'b' },
    releases: names.map((name) => release(name)),
    notices: [{ severity: 'info', text: 'the same note' }],
    digest: names.join('-'),
    ...more,
  };
  return { environment, releases: names, plan, problem: undefined, reason: undefined };
}

function merge(parts: readonly PlannedPart[], more: Partial<MergeInput> = {}): readonly PlannedPart[] {
  return mergeParts({
    files: parts.map((one, index) => ({ name: `${index}.json`, file: { of: 'shop!1', head, parts: [one] } })),
    of: 'shop!1',
    head,
    environments: ['staging', 'production'],
    expected: [],
    key: undefined,
    ...more,
  });
}

describe('plan files of many jobs', () => {
  test('become one part for each environment, in the order of the configuration', () => {
    const merged = merge([part('production', ['a']), part('staging', ['a']), part('production', ['b', 'c'])]);
    expect(merged.map(({ environment }) => environment)).toEqual(['staging', 'production']);
    expect(merged[1]?.plan?.releases.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(merged[1]?.plan?.notices).toEqual([{ severity: 'info', text: 'the same note' }]);
  });

  test('of a single job are what that job planned, digest and all', () => {
    const alone = part('production', ['a']);
    expect(merge([alone])).toEqual([alone]);
  });

  test('give a digest that follows every release', () => {
    const [one] = merge([part('production', ['a']), part('production', ['b'])]);
    const [other] = merge([part('production', ['a']), part('production', ['c'])]);
    expect(one?.plan?.digest).not.toBe(other?.plan?.digest);
  });

  test('name what is missing: single releases, and whole environments', () => {
    const expected = [
      { environment: 'staging', releases: ['a'] },
      { environment: 'production', releases: ['a', 'b'] },
    ];
    const [staging, production] = merge([part('production', ['a'])], { expected });
    expect(staging).toMatchObject({ plan: undefined, problem: expect.stringContaining('nothing of it was planned') });
    expect(production?.plan?.notices).toContainEqual({
      severity: 'danger',
      text: expect.stringContaining('not b was planned'),
    });
    expect([staging?.reason, production?.reason]).toEqual(['plan-missing', 'plan-missing']);
  });

  test('are complete when a job planned the whole environment', () => {
    const whole = { ...part('production', ['a']), releases: undefined };
    const expected = [{ environment: 'production', releases: ['a', 'gone'] }];
    expect(merge([whole], { expected })).toEqual([whole]);
  });

  test('keep the problem of one job beside what the others planned', () => {
    const failed: PlannedPart = {
      environment: 'production',
      releases: ['b'],
      plan: undefined,
      problem: '✖ render-failed: charts/b',
      reason: 'render-failed',
    };
    const [production] = merge([part('production', ['a']), failed]);
    expect(production?.plan?.notices.at(-1)?.text).toContain('render-failed: charts/b');
    expect(production?.reason).toBe('render-failed');
  });

  test('say which object two releases of different jobs both render', () => {
    const shared = { releases: [release('b', 'a')] };
    const [production] = merge([part('production', ['a']), part('production', ['b'], shared)]);
    expect(production?.plan?.notices.at(-1)).toMatchObject({
      severity: 'warning',
      text: expect.stringContaining('a and b'),
    });
  });

  test.each([
    ['another merge request', { of: 'shop!2' }, 'something else'],
    ['another head', { head: 'b'.repeat(40) }, 'this run is at bbbbbbbbbbbb'],
    ['an environment that this run does not have', { environments: ['staging'] }, 'no environment production'],
  ])('of %s are refused', (_what, more, words) => {
    expect(() => merge([part('production', ['a'])], more)).toThrow(words);
  });

  test('that plan a release twice are refused, as one of the two is not of this run', () => {
    expect(() => merge([part('production', ['a']), part('production', ['a'])])).toThrow('0.json has a of production');
  });

  test('of one environment in two places are refused', () => {
    const elsewhere = part('production', ['b'], { target: 'cluster test' });
    expect(() => merge([part('production', ['a']), elsewhere])).toThrow('cluster test');
  });
});
