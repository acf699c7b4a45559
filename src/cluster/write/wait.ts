/** Waiting until objects do what they were applied for, telling what is still missing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../problem.ts';
import { deletesItself, type Health, healthOf, isCustom, takesTime } from '../../resource/health/health.ts';
import { keyId, type Resource, type ResourceKey, valueAt } from '../../resource/resource.ts';
import type { Client } from '../read/client.ts';
import { isSecret, keyOfPlace, type ObjectPlace, readObject } from '../read/objects.ts';
import { tidy } from '../read/tidy-line.ts';
import { endOf, evidenceOf, goneJob, type KnownSecrets, type Trouble, troubleOf } from '../read/trouble.ts';

/** Something that happened in a run, for people who watch it. */
export type Progress =
  /** `since` as an ISO time, or ''. */
  | { readonly kind: 'waiting-for-lock'; readonly holder: string; readonly since: string }
  | {
      readonly kind: 'wrote';
      readonly key: ResourceKey;
      readonly outcome: 'created' | 'updated' | 'replaced' | 'adopted' | 'deleted' | 'ran';
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
  /** What an object was like when it was written; undefined where that is not known. */
  readonly written: (place: ObjectPlace) => Resource | undefined;
  /** What is waited for; undefined of an object that is done as soon as it is there. As kinds are kept unless said. */
  readonly healthOf?: (live: Resource) => Health | undefined;
  /** What the last words of a crashing container may quote. */
  readonly secrets: KnownSecrets;
  readonly signal: AbortSignal | undefined;
}

/** An object that is not ready: it failed, or the time was over, or the run was cancelled. */
export interface NotReady {
  readonly key: ResourceKey;
  readonly state: Health['state'];
  readonly message: string;
  /** Events and last lines, masked and cut. */
  readonly evidence: readonly string[];
  readonly isGone?: true;
}

/** Most controllers are done within a moment, and those that are not take their time. */
const fastest = 25;
const slowest = 2_000;
/** Before, a rollout that goes well is not bothered with more requests. Milliseconds. */
const doubtAfter = 1_000;
/** What is still waited for is told again when nothing changes. Milliseconds. */
const repeatEvery = 30_000;
/** For which a controller may take to notice an object of a kind with a status. Milliseconds. */
const statusPatience = 10_000;
/** For which the events of a Job that has deleted itself may come after it. Milliseconds. */
const eventPatience = 2_000;

interface Wait {
  readonly options: WaitOptions;
  readonly started: number;
  /** What was told last of each object, and when. */
  readonly told: Map<string, { readonly line: string; readonly at: number }>;
  /** When each trouble of each object was first seen. */
  readonly troubles: Map<string, number>;
}

/**
 * Waits until all objects are ready, or until none of the rest can become so: a pod that cannot start ends it before the
 * time is over. Gives those that are not ready, with what is known of why.
 */
export async function waitUntilReady(options: WaitOptions): Promise<readonly NotReady[]> {
  const wait: Wait = { options, started: performance.now(), told: new Map(), troubles: new Map() };
  const deadline = wait.started + options.timeout;
  const verdicts = new Map<ObjectPlace, NotReady | undefined>();
  const looks = new Map<ObjectPlace, Look>();
  let pending = options.places.filter(({ info }) => !isSecret(info));
  for (let pause = fastest; pending.length > 0; pause = Math.min(pause * 2, slowest)) {
    if (options.signal?.aborted === true) return [...verdicts.values(), ...pending.map(lastSeen(looks))].filter(isLeft);
    const looked = await lookAtAll(wait, pending);
    const isLast = performance.now() >= deadline;
    for (const { place, look } of looked) {
      looks.set(place, look);
      tell(wait, keyOfPlace(place), look.health);
      const { state } = look.health;
      if (state === 'ready' || state === 'suspended') verdicts.set(place, undefined);
      else if (state === 'failed' || isLast) verdicts.set(place, await notReady(options, place, look));
    }
    pending = pending.filter((place) => !verdicts.has(place));
    if (pending.length > 0) await sleep(pause, undefined, { signal: options.signal }).catch(() => undefined);
  }
  return [...verdicts.values()].filter(isLeft);
}

function isLeft(verdict: NotReady | undefined): verdict is NotReady {
  return verdict !== undefined;
}

/** A run that is cancelled asks nothing more: what it saw last is what it can tell. */
function lastSeen(looks: ReadonlyMap<ObjectPlace, Look>): (place: ObjectPlace) => NotReady {
  return (place) => {
    const health = looks.get(place)?.health ?? { state: 'progressing', message: 'not looked at' };
    return { key: keyOfPlace(place), ...health, evidence: [] };
  };
}

async function lookAtAll(
  wait: Wait,
  places: readonly ObjectPlace[],
): Promise<readonly { readonly place: ObjectPlace; readonly look: Look }[]> {
  try {
    return await Promise.all(places.map(async (place) => ({ place, look: await lookAt(wait, place) })));
  } catch (error) {
    if (error instanceof Problem && error.reason === 'cancelled' && wait.options.signal?.aborted === true) return [];
    throw error;
  }
}

interface Look {
  readonly health: Health;
  readonly live: Resource | undefined;
  readonly trouble: Trouble | undefined;
}

async function lookAt(wait: Wait, place: ObjectPlace): Promise<Look> {
  const { client, onLook, healthOf: judge = keptHealth } = wait.options;
  const live = await readObject(client, place);
  if (live === undefined) return { health: await goneHealth(wait, place), live, trouble: undefined };
  onLook(live);
  const health = judge(live) ?? ({ state: 'ready', message: '' } as const);
  const waited = performance.now() - wait.started;
  if (isUnnoticed(place, live) && waited < statusPatience) {
    return { health: { state: 'progressing', message: 'no status yet' }, live, trouble: undefined };
  }
  const isWorkload = live.kind === 'Pod' || valueAt(live, ['spec', 'template']) !== undefined;
  if (!isWorkload || health.state === 'ready' || health.state === 'suspended')
    return { health, live, trouble: undefined };
  if (health.state === 'progressing' && waited < doubtAfter) return { health, live, trouble: undefined };
  const trouble = await troubleOf(client, live);
  return { health: trouble === undefined ? health : troubledHealth(wait, place, health, trouble), live, trouble };
}

function keptHealth(live: Resource): Health | undefined {
  return takesTime(live) ? healthOf(live) : undefined;
}

/** What is gone failed, but for a Job that was told to delete itself when it is done: its events say how it ended. */
async function goneHealth(wait: Wait, place: ObjectPlace): Promise<Health> {
  const last = wait.options.written(place);
  if (last === undefined || !deletesItself(last)) return { state: 'failed', message: 'is gone' };
  const known = await goneJob(wait.options.client, last);
  if (known !== undefined) return known;
  const id = `${keyId(keyOfPlace(place))} gone`;
  const now = performance.now();
  const since = wait.troubles.get(id) ?? now;
  wait.troubles.set(id, since);
  const message = 'has deleted itself, as it does when it is done';
  return { state: now - since < eventPatience ? 'progressing' : 'ready', message };
}

/** A kind whose controller reports, and has not yet: what has no status is neither good nor bad. */
function isUnnoticed({ info }: ObjectPlace, live: Resource): boolean {
  return info.hasStatus === true && isCustom(live) && live['status'] === undefined;
}

function troubledHealth(wait: Wait, place: ObjectPlace, health: Health, trouble: Trouble): Health {
  const id = `${keyId(keyOfPlace(place))} ${trouble.sort}`;
  const now = performance.now();
  const since = wait.troubles.get(id) ?? now;
  wait.troubles.set(id, since);
  const isOver = now - since >= trouble.patience * 1_000;
  const whose =
    trouble.pod === undefined || trouble.pod.metadata.name === place.name ? '' : `pod ${trouble.pod.metadata.name}: `;
  const why = `${whose}${trouble.reason}`;
  // A pod by itself has failed by its own rule, and may still come through.
  const words = health.message === '' || health.message === trouble.reason ? why : `${health.message}, ${why}`;
  return {
    state: isOver || (health.state === 'failed' && place.info.kind !== 'Pod') ? 'failed' : 'progressing',
    message: words,
  };
}

async function notReady({ client, secrets }: WaitOptions, place: ObjectPlace, look: Look): Promise<NotReady> {
  const { health, live } = look;
  const trouble = look.trouble ?? (live && (await endOf(client, live)));
  const said = trouble === undefined || trouble.message === '' ? [] : [trouble.message];
  const noted = live === undefined || trouble === undefined ? [] : await evidenceOf(client, live, trouble, secrets);
  const evidence = [...said.map((line) => tidy(line, secrets.values)), ...noted];
  const gone = live === undefined ? ({ isGone: true } as const) : {};
  return { key: keyOfPlace(place), ...health, evidence: [...new Set(evidence)], ...gone };
}

function tell({ options, told }: Wait, key: ResourceKey, health: Health): void {
  const id = keyId(key);
  const line = `${health.state} ${health.message}`;
  const before = told.get(id);
  const now = performance.now();
  if (before?.line === line && now - before.at < repeatEvery) return;
  told.set(id, { line, at: now });
  if (health.state === 'ready' || health.state === 'suspended') {
    // What was ready from the first look on is not worth a line.
    if (health.message !== '' || before !== undefined)
      options.onProgress({ kind: 'ready', key, message: health.message });
  } else {
    options.onProgress({ kind: health.state === 'failed' ? 'failed' : 'waiting', key, message: health.message });
  }
}
