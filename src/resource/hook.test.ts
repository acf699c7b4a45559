import { describe, expect, test } from '@jest/globals';
import { argoHookOf, eventOf, isMarkedHook, policiesOf, syncWaveOf, withHookName } from './hook.ts';
import { type Json, type JsonObject, type Resource, valueAt } from './resource.ts';

const object = (annotations: Readonly<Record<string, string>>): Resource => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'migrate', annotations },
});

describe("Argo CD's hooks", () => {
  test('have the moments of Helm, its order and its policies', () => {
    const hook = object({
      'argocd.argoproj.io/hook': 'PreSync, PostDelete',
      'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded,HookFailed',
      'argocd.argoproj.io/sync-wave': '-3',
    });
    expect(argoHookOf(hook)).toEqual({
      events: ['pre-install', 'pre-upgrade', 'pre-rollback', 'post-delete'],
      weight: -3,
      deletePolicies: ['hook-succeeded', 'hook-failed'],
    });
  });

  test('that are skipped have no moment, and words that nobody knows are none', () => {
    expect(argoHookOf(object({ 'argocd.argoproj.io/hook': 'Skip' }))?.events).toEqual([]);
    expect(argoHookOf(object({ 'argocd.argoproj.io/hook': 'presync' }))?.events).toEqual([]);
    expect(argoHookOf(object({}))).toBeUndefined();
  });
});

test('a hook that earlier runs left is known by its marks', () => {
  expect(isMarkedHook(object({ 'helm.sh/hook': 'pre-install' }))).toBe(true);
  expect(isMarkedHook(object({ 'argocd.argoproj.io/hook': 'Sync' }))).toBe(true);
  expect(isMarkedHook(object({ 'helm.sh/hook-weight': '1' }))).toBe(false);
});

test('moments of an apply are events by its phase, but for those that only Argo CD has', () => {
  expect(eventOf('before', 'rollback')).toBe('pre-rollback');
  expect(eventOf('after', 'delete')).toBe('post-delete');
  expect(eventOf('during', 'install')).toBe('sync');
  expect(eventOf('failed', 'upgrade')).toBe('sync-fail');
});

test("what is not written is Helm's rule, and a wave that is no number is the first", () => {
  expect(policiesOf({ events: [], weight: 0, deletePolicies: [] })).toEqual(['before-hook-creation']);
  expect(policiesOf({ events: [], weight: 0, deletePolicies: ['hook-failed'] })).toEqual(['hook-failed']);
  expect(syncWaveOf(object({ 'argocd.argoproj.io/sync-wave': 'two' }))).toBe(0);
});

describe('a hook of Argo CD that asks for a new name at every run', () => {
  const job = (metadata: JsonObject): JsonObject => ({ apiVersion: 'batch/v1', kind: 'Job', metadata });
  const annotations = { 'argocd.argoproj.io/hook': 'PreSync' };
  const nameOf = (value: Json) => String(valueAt(value, ['metadata', 'name']));

  test('gets one that stays, whatever is in it, and another one in another file', () => {
    const hook = job({ generateName: 'schema-migrate-', annotations });
    const named = withHookName(hook, 'a.yaml');
    expect(nameOf(named)).toMatch(/^schema-migrate-[0-9a-f]{6}$/);
    expect(valueAt(named, ['metadata', 'generateName'])).toBeUndefined();
    expect(nameOf(withHookName({ ...hook, spec: {} }, 'a.yaml'))).toBe(nameOf(named));
    expect(nameOf(withHookName(hook, 'b.yaml'))).not.toBe(nameOf(named));
    expect(nameOf(withHookName(job({ generateName: 'x'.repeat(80), annotations }), 'a')).length).toBeLessThanOrEqual(
      63,
    );
  });

  test('and nothing else is named', () => {
    for (const one of [
      job({ generateName: 'x-' }),
      job({ name: 'x', generateName: 'x-', annotations }),
      job({ annotations }),
      'text',
    ])
      expect(withHookName(one, 'a.yaml')).toBe(one);
  });
});
