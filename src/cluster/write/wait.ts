/** Waiting until objects do what they were applied for, telling what is still missing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Health, healthOf, takesTime } from '../../resource/health/health.ts';
import type { Resource, ResourceKey } from '../../resource/resource.ts';
import type { Client } from '../read/client.ts';
import { isSecret, keyOfPlace, type ObjectPlace, readObject } from '../read/objects.ts';

/** Something that happened in a run, for people who watch it. */
export type Progress =
  /** `since` as an ISO time, or ''. */
  | { readonly kind: 'waiting-for-lock'; readonly holder: string; readonly since: string }
  | {
      readonly kind: 'wrote';
      readonly key: ResourceKey;
      readonly outcome: 'created' | 'updated' | 'replaced' | 'adopted' | 'deleted';
    }
  | { readonly kind: 'failed'; readonly key: ResourceKey; readonly message: string }
  | { readonly kind: 'waiting'; readonly key: ResourceKey; readonly message: string }
  | { readonly kind: 'ready'; readonly key: ResourceKey; readonly message: string };

export interface WaitOptions {
  readonly client: Client;
  readonly places: readonly ObjectPlace[];
  /** Milliseconds for all of them together. */
  readonly timeout: number;
  readonly onProgress: (progress: Progress) => void;
  /** Each object as it was read. */
  readonly onLook: (live: Resource) => void;
  readonly signal: AbortSignal | undefined;
}

/** An object that is not ready: it failed, or the time was over. */
export interface NotReady {
  readonly key: ResourceKey;
  readonly state: Health['state'];
  readonly message: string;
}

/** Most controllers are done within a moment, and those that are not take their time. */
const fastest = 25;
const slowest = 2_000;

/**
 * Waits until all objects are ready, or until none of the rest can become so. Gives those that are not. Tells each
 * change of an object's health once.
 */
export async function waitUntilReady(options: WaitOptions): Promise<readonly NotReady[]> {
  const deadline = performance.now() + options.timeout;
  const said = new Map<string, string>();
  const verdicts = new Map<ObjectPlace, NotReady | undefined>();
  let pending = options.places.filter(({ info }) => !isSecret(info));
  for (let pause = fastest; pending.length > 0; pause = Math.min(pause * 2, slowest)) {
    const looked = await Promise.all(pending.map(async (place) => ({ place, health: await look(options, place) })));
    const isLast = performance.now() >= deadline || options.signal?.aborted === true;
    for (const { place, health } of looked) {
      const key = keyOfPlace(place);
      tell(options, said, key, health);
      if (health.state === 'ready' || health.state === 'suspended') verdicts.set(place, undefined);
      else if (health.state === 'failed' || isLast) verdicts.set(place, { key, ...health });
    }
    pending = pending.filter((place) => !verdicts.has(place));
    if (pending.length > 0) await sleep(pause, undefined, { signal: options.signal }).catch(() => undefined);
  }
  return [...verdicts.values()].filter((verdict) => verdict !== undefined);
}

async function look({ client, onLook }: WaitOptions, place: ObjectPlace): Promise<Health> {
  const live = await readObject(client, place);
  if (live === undefined) return { state: 'failed', message: 'is gone' };
  onLook(live);
  return takesTime(live) ? healthOf(live) : { state: 'ready', message: '' };
}

function tell(options: WaitOptions, said: Map<string, string>, key: ResourceKey, health: Health): void {
  const id = `${key.group}/${key.kind}/${key.namespace}/${key.name}`;
  const line = `${health.state} ${health.message}`;
  const before = said.get(id);
  said.set(id, line);
  if (before === line) return;
  if (health.state === 'ready' || health.state === 'suspended') {
    // What was ready from the first look on is not worth a line.
    if (health.message !== '' || before !== undefined)
      options.onProgress({ kind: 'ready', key, message: health.message });
  } else {
    options.onProgress({ kind: health.state === 'failed' ? 'failed' : 'waiting', key, message: health.message });
  }
}
