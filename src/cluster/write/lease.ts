/**
 * The lock of a release: a Lease beside its parent, for queueing. Safety does not rest on it but on what every write
 * says it saw, so a run that lost the lock cannot overwrite anything unseen.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../problem.ts';
import type { JsonObject, Resource } from '../../resource/resource.ts';
import { annotationsOf, isObject } from '../../resource/resource.ts';
import { type Client, endingClient } from '../read/client.ts';
import type { KindInfo } from '../read/discovery.ts';
import { isObjectMissing } from '../read/failure.ts';
import { doing, type ObjectPlace, pathOf, readObject, resourceOf } from '../read/objects.ts';
import { parentName, type ReleasePlace } from '../read/parent.ts';
import { seenOf } from '../read/predict.ts';
import { deleteObject } from './write-object.ts';

export interface LeaseOptions {
  readonly client: Client;
  readonly release: ReleasePlace;
  /** Who holds it, for whoever waits: `github my/shop run 123 attempt 1`. */
  readonly holder: string;
  /** Milliseconds to wait for another run to finish; 0 for not at all. */
  readonly wait: number;
  /** Called when this run starts to wait behind somebody, and again when that is somebody else. */
  readonly onWaiting: (behind: Holder) => void;
  /** Aborted when the run is cancelled. */
  readonly signal: AbortSignal | undefined;
}

export interface Holder {
  readonly holder: string;
  /** ISO time at which it took the lock, by its own clock; '' where the lease does not say. */
  readonly since: string;
}

export interface HeldLease {
  /** Whether the lease is still ours as far as this run knows. Once false it stays so: the run may only stop. */
  readonly isHeld: () => boolean;
  /** Throws `Problem` (`race-lost`) that says who took it, when it is not. */
  readonly refuseIfLost: () => void;
  /** Lets go of it. Never throws: a lease that cannot be let go of ends by itself. */
  readonly release: () => Promise<void>;
  /** Takes the lease away altogether, when its release is gone. Never throws. */
  readonly remove: () => Promise<void>;
}

const leaseKind: KindInfo = {
  apiVersion: 'coordination.k8s.io/v1',
  group: 'coordination.k8s.io',
  kind: 'Lease',
  resource: 'leases',
  namespaced: true,
};
const identity = { apiVersion: leaseKind.apiVersion, kind: leaseKind.kind };
const seconds = 60;
const renewEvery = 15_000;
const pollEvery = 1_000;
/** Part of the duration after which a lease that could not be renewed counts as lost. */
const trusted = 2 / 3;
/** Tells runs apart that call themselves the same, such as two jobs of one pipeline. */
const runAnnotation = 'pushgate.dev/run';

/**
 * Takes the lease, waiting for another holder to let go or to fall silent for the lease's whole duration, as seen from
 * here: clocks of two machines are never compared. Whoever looks first after that has it: there is no order among those
 * who wait. Throws `Problem` (`locked`) when it takes longer than `wait`, and `cancelled`.
 */
export async function takeLease(options: LeaseOptions): Promise<HeldLease> {
  const { client, release } = options;
  const place = leasePlace(release);
  const run = randomBytes(6).toString('hex');
  const started = performance.now();
  let seen = '';
  let seenAt = 0;
  let told = '';
  for (;;) {
    const live = await readObject(client, place);
    const askedAt = performance.now();
    // A try of ours may have gone through although its answer was lost.
    if (live !== undefined && isOf(live, run)) return keep(options, { place, run, live, askedAt });
    const current = holderOf(live);
    const version = String(live?.metadata['resourceVersion'] ?? '');
    if (version !== seen) {
      seen = version;
      seenAt = askedAt;
    }
    const isSilent = askedAt - seenAt > durationOf(live) * 1000;
    if (current.holder === '' || isSilent) {
      const taken = await writeLease(client, { place, live, run, holder: options.holder });
      if (taken !== undefined) return keep(options, { place, run, live: taken, askedAt });
      continue;
    }
    if (performance.now() - started >= options.wait) throw locked(release, current);
    if (told !== current.holder) options.onWaiting(current);
    told = current.holder;
    await sleep(pollEvery, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

function locked(release: ReleasePlace, { holder, since }: Holder): Problem {
  return new Problem({
    reason: 'locked',
    message: `release ${release.name} in ${release.namespace} is being applied by ${holder}${since === '' ? '' : ` since ${since}`}`,
    hint: `Wait for that run, or, when it is gone for good: pushgate unlock ${release.name} --reason "…". A dead run's lock ends by itself after ${seconds} s.`,
  });
}

interface Taken {
  readonly place: ObjectPlace;
  readonly run: string;
  readonly live: Resource;
  /** When the request that took it was sent: its duration begins then, whenever the answer was read. */
  readonly askedAt: number;
}

/** Renews until released. A renewal that fails is tried again; after two thirds of the duration the lease counts as lost. */
function keep({ client, holder, release }: LeaseOptions, taken: Taken): HeldLease {
  const { place, run } = taken;
  let live = taken.live;
  let renewedAt = taken.askedAt;
  let loss: string | undefined;
  let released = false;
  const isHeld = (): boolean => {
    // A process that was stopped finds out here, before anything else of it runs.
    if (performance.now() - renewedAt >= seconds * 1000 * trusted) loss ??= 'it could not be renewed in time';
    return loss === undefined;
  };
  const renew = async (): Promise<void> => {
    if (!isHeld()) return;
    const askedAt = performance.now();
    try {
      const renewed = await writeLease(client, { place, live, run, holder });
      if (renewed === undefined) {
        const now = await readObject(client, place);
        if (now === undefined || !isOf(now, run)) {
          loss ??= whoTook(now);
          return;
        }
        live = now;
      } else live = renewed;
      renewedAt = askedAt;
    } catch (error) {
      // isHeld() tells the writer; the next renewal may succeed.
      if (!(error instanceof Problem)) throw error;
    }
  };
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(() => (released ? undefined : renew()));
  }, renewEvery);
  timer.unref();
  const end = async (last: () => Promise<unknown>): Promise<void> => {
    clearInterval(timer);
    released = true;
    await running;
    if (!isHeld()) return;
    // What the run did is told whatever becomes of the lease.
    await last().catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
    });
  };
  return {
    isHeld,
    refuseIfLost: () => {
      if (isHeld()) return;
      throw new Problem({
        reason: 'race-lost',
        message: `the lock of release ${release.name} was lost: ${loss}`,
        hint: 'Nothing more was written. Apply again.',
      });
    },
    release: () => end(() => writeLease(endingClient(client), { place, live, run, holder: '' })),
    remove: () => end(() => deleteObject(endingClient(client), place, seenOf(live))),
  };
}

function whoTook(now: Resource | undefined): string {
  if (now === undefined) return 'somebody deleted it';
  const { by, reason, at } = unlockingOf(now);
  if (holderOf(now).holder === '' && by !== '') return `${by} took it away at ${at}: ${reason}`;
  const { holder, since } = holderOf(now);
  return holder === '' ? 'somebody took it away' : `${holder} has it since ${since}`;
}

interface LeaseWrite {
  readonly place: ObjectPlace;
  readonly live: Resource | undefined;
  readonly run: string;
  /** '' lets go of it. */
  readonly holder: string;
  readonly unlocking?: Unlocking;
}

/** The lease as written, or undefined when it is no longer as it was read. */
async function writeLease(client: Client, write: LeaseWrite): Promise<Resource | undefined> {
  const { place, live, run, holder } = write;
  const now = new Date().toISOString().replace('Z', '000Z');
  const before = isObject(live?.['spec']) ? live['spec'] : {};
  const isNew = before['holderIdentity'] !== holder || annotationsOf(live ?? none)[runAnnotation] !== run;
  const transitions = typeof before['leaseTransitions'] === 'number' ? before['leaseTransitions'] : 0;
  const spec: JsonObject = {
    ...before,
    holderIdentity: holder,
    leaseDurationSeconds: seconds,
    renewTime: now,
    ...(isNew ? { acquireTime: now, leaseTransitions: transitions + (holder === '' ? 0 : 1) } : {}),
  };
  const resourceVersion = live?.metadata['resourceVersion'] ?? null;
  const annotations: JsonObject = { [runAnnotation]: run, ...annotationsOfUnlocking(write.unlocking) };
  const answer =
    live === undefined
      ? await client.send({
          method: 'POST',
          path: pathOf({ ...place, name: '' }),
          body: { ...identity, metadata: { name: place.name, namespace: place.namespace, annotations }, spec },
          // What was written is found by the run's mark, and a second one is refused.
          repeatable: 'repeatable',
        })
      : await client.send({
          method: 'PATCH',
          path: pathOf(place),
          contentType: 'application/merge-patch+json',
          body: { metadata: { resourceVersion, annotations }, spec },
          repeatable: 'repeatable',
        });
  const what = doing(client, live === undefined ? 'create' : 'patch', place);
  if (answer.status === 409 || isObjectMissing(answer, what)) return undefined;
  return resourceOf(answer, what, leaseKind);
}

const none: Resource = { ...identity, metadata: { name: '' } };

export interface Unlocking {
  readonly by: string;
  readonly reason: string;
  /** ISO time. */
  readonly at: string;
}

/** Where the lease keeps who unlocked it last; it stays there until the next time. */
const unlockingAnnotations = {
  by: 'pushgate.dev/unlocked-by',
  reason: 'pushgate.dev/unlocked-reason',
  at: 'pushgate.dev/unlocked-at',
} as const;

function annotationsOfUnlocking(unlocking: Unlocking | undefined): JsonObject {
  if (unlocking === undefined) return {};
  return {
    [unlockingAnnotations.by]: unlocking.by,
    [unlockingAnnotations.reason]: unlocking.reason,
    [unlockingAnnotations.at]: unlocking.at,
  };
}

function unlockingOf(live: Resource): Unlocking {
  const annotations = annotationsOf(live);
  const { by, reason, at } = unlockingAnnotations;
  return { by: annotations[by] ?? '', reason: annotations[reason] ?? '', at: annotations[at] ?? '' };
}

/**
 * Takes the lock away from whoever holds it, and notes in it who did that, when and why. Gives the holder, or undefined
 * when nobody held it. Throws `Problem` (`conflict`) when it changed hands at the same moment.
 */
export async function breakLease(
  client: Client,
  release: ReleasePlace,
  unlocking: Unlocking,
): Promise<Holder | undefined> {
  const place = leasePlace(release);
  for (let attempt = 1; attempt <= 5; attempt++) {
    const live = await readObject(client, place);
    const held = holderOf(live);
    if (live === undefined || held.holder === '') return undefined;
    // A renewal may come between the two, and that must not keep anybody from taking the lock away.
    if ((await writeLease(client, { place, live, run: '', holder: '', unlocking })) !== undefined) return held;
  }
  throw new Problem({
    reason: 'conflict',
    message: `the lock of release ${release.name} changes all the time`,
    hint: 'See who writes it: kubectl get lease -o yaml. Then unlock again.',
  });
}

function leasePlace(release: ReleasePlace): ObjectPlace {
  return { info: leaseKind, namespace: release.namespace, name: parentName(release.name) };
}

function holderOf(live: Resource | undefined): Holder {
  const spec = live?.['spec'];
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  if (!isObject(spec)) return { holder: '', since: '' };
  return { holder: text(spec['holderIdentity']), since: text(spec['acquireTime']).replace(/\.\d+Z$/, 'Z') };
}

function isOf(live: Resource, run: string): boolean {
  return annotationsOf(live)[runAnnotation] === run && holderOf(live).holder !== '';
}

function durationOf(live: Resource | undefined): number {
  const spec = live?.['spec'];
  return isObject(spec) && typeof spec['leaseDurationSeconds'] === 'number' ? spec['leaseDurationSeconds'] : seconds;
}
