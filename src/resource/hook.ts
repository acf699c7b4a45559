/** Objects that are run at moments of an apply instead of being kept: Helm's hooks and Argo CD's. */
import { createHash } from 'node:crypto';
import { annotationsOf, isObject, type Json, type Resource, valueAt } from './resource.ts';

export interface HookRules {
  /** Helm's words: `pre-install`, `post-upgrade`, `test`…; `sync` and `sync-fail` for what only Argo CD has. */
  readonly events: readonly string[];
  readonly weight: number;
  /** `before-hook-creation`, `hook-succeeded`, `hook-failed`. */
  readonly deletePolicies: readonly string[];
}

export type HookPhase = 'install' | 'upgrade' | 'rollback' | 'delete';
export type HookMoment = 'before' | 'during' | 'after' | 'failed';

/** The event of a moment, as hooks name it. */
export function eventOf(moment: HookMoment, phase: HookPhase): string {
  if (moment === 'during') return 'sync';
  if (moment === 'failed') return 'sync-fail';
  return `${moment === 'before' ? 'pre' : 'post'}-${phase}`;
}

/** What becomes of a hook that has already been made: Helm's rule where none is written. */
export function policiesOf({ deletePolicies }: HookRules): readonly string[] {
  return deletePolicies.length === 0 ? ['before-hook-creation'] : deletePolicies;
}

/** The marks by which an object is known as a hook, also when it was left by an earlier run. */
export function isMarkedHook(resource: Resource): boolean {
  const annotations = annotationsOf(resource);
  return annotations['helm.sh/hook'] !== undefined || annotations[argoHook] !== undefined;
}

const argoHook = 'argocd.argoproj.io/hook';

const argoEvents: Readonly<Record<string, readonly string[]>> = {
  PreSync: ['pre-install', 'pre-upgrade', 'pre-rollback'],
  Sync: ['sync'],
  PostSync: ['post-install', 'post-upgrade', 'post-rollback'],
  SyncFail: ['sync-fail'],
  PreDelete: ['pre-delete'],
  PostDelete: ['post-delete'],
  // Not applied at all.
  Skip: [],
};

const argoPolicies: Readonly<Record<string, string>> = {
  BeforeHookCreation: 'before-hook-creation',
  HookSucceeded: 'hook-succeeded',
  HookFailed: 'hook-failed',
};

/** The rules of an object that is a hook for Argo CD; undefined for every other one. Unknown words are left out. */
export function argoHookOf(resource: Resource): HookRules | undefined {
  const annotations = annotationsOf(resource);
  const written = annotations[argoHook];
  if (written === undefined) return undefined;
  return {
    events: words(written).flatMap((word) => argoEvents[word] ?? []),
    weight: syncWaveOf(resource),
    deletePolicies: words(annotations['argocd.argoproj.io/hook-delete-policy'] ?? '').flatMap(
      (word) => argoPolicies[word] ?? [],
    ),
  };
}

/**
 * A hook of Argo CD's that asks for a new name at every run (`generateName`), with one that stays: so the next run finds
 * the one before, and what was approved is what runs. `source` tells equal hooks of different files apart. Everything
 * else comes back as it is.
 */
export function withHookName(value: Json, source: string): Json {
  const metadata = isObject(value) ? value['metadata'] : undefined;
  if (!isObject(value) || !isObject(metadata) || metadata['name'] !== undefined) return value;
  const { generateName, ...rest } = metadata;
  const phase = valueAt(metadata, ['annotations', argoHook]);
  if (typeof generateName !== 'string' || generateName === '' || typeof phase !== 'string') return value;
  const suffix = createHash('sha256').update([source, phase, generateName].join('\n')).digest('hex').slice(0, 6);
  return { ...value, metadata: { ...rest, name: `${generateName.slice(0, longestStem)}${suffix}` } };
}

/** As far as the API server keeps a generateName. */
const longestStem = 57;

/** Argo CD's order of objects; 0 where none is written. */
export function syncWaveOf(resource: Resource): number {
  const wave = Number(annotationsOf(resource)['argocd.argoproj.io/sync-wave'] ?? '0');
  return Number.isInteger(wave) ? wave : 0;
}

function words(text: string): readonly string[] {
  return text.split(',').map((word) => word.trim());
}
