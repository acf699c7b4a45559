/**
 * The lock of a release: a Lease beside its parent, for queueing. Safety does not rest on it but on what every write
 * says it saw, so a run that lost the lock cannot overwrite anything unseen.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../problem.ts';
import type { JsonObject, Resource } from '../../resource/resource.ts';
import { isObject } from '../../resource/resource.ts';
import type { Client } from '../read/client.ts';
import type { KindInfo } from '../read/discovery.ts';
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
  /** Called when somebody else has it and this run starts to wait. */
  readonly onWaiting: (holder: string) => void;
}

export interface HeldLease {
  /** Whether the lease is still ours as far as this run knows: false after a renewal failed for too long. */
  readonly isHeld: () => boolean;
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

/**
 * Takes the lease, waiting for another holder to let go or to fall silent for the lease's whole duration, as seen from
 * here: clocks of two machines are never compared. Throws `Problem` (`locked`) when that takes longer than `wait`.
 */
export async function takeLease(options: LeaseOptions): Promise<HeldLease> {
  const { client, release, holder } = options;
  const place = leasePlace(release);
  const started = performance.now();
  let seen = '';
  let seenAt = 0;
  let told = false;
  for (;;) {
    const live = await readObject(client, place);
    const current = live === undefined ? '' : holderOf(live);
    const version = String(live?.metadata['resourceVersion'] ?? '');
    if (version !== seen) {
      seen = version;
      seenAt = performance.now();
    }
    const isSilent = performance.now() - seenAt > durationOf(live) * 1000;
    if (current === '' || current === holder || isSilent) {
      const taken = await writeLease(client, place, live, holder);
      if (taken !== undefined) return keep(options, place, taken);
      continue;
    }
    if (performance.now() - started >= options.wait) throw locked(release, current);
    if (!told) options.onWaiting(current);
    told = true;
    await sleep(pollEvery);
  }
}

function locked(release: ReleasePlace, holder: string): Problem {
  return new Problem({
    reason: 'locked',
    message: `release ${release.name} in ${release.namespace} is being applied by ${holder}`,
    hint: `Wait for that run, or, when it is gone for good: pushgate unlock ${release.name}. A dead run's lock ends by itself after ${seconds} s.`,
  });
}

/** Renews until released. A renewal that fails is tried again; after two thirds of the duration the lease counts as lost. */
function keep({ client, holder }: LeaseOptions, place: ObjectPlace, taken: Resource): HeldLease {
  let live = taken;
  let renewedAt = performance.now();
  let released = false;
  const renew = async (): Promise<void> => {
    try {
      const renewed = await writeLease(client, place, live, holder);
      if (renewed === undefined || released) return;
      live = renewed;
      renewedAt = performance.now();
    } catch {
      // isHeld() tells the writer; the next renewal may succeed.
    }
  };
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = renew();
  }, renewEvery);
  timer.unref();
  const end = async (last: () => Promise<void>): Promise<void> => {
    clearInterval(timer);
    await running;
    released = true;
    // What the run did is told whatever becomes of the lease.
    await last().catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
    });
  };
  return {
    isHeld: () => performance.now() - renewedAt < (seconds * 1000 * 2) / 3,
    release: () => end(async () => void (await writeLease(client, place, live, ''))),
    remove: () => end(async () => void (await deleteObject(client, place, seenOf(live)))),
  };
}

/** The lease as written, or undefined when somebody else wrote it meanwhile. '' as holder lets go of it. */
async function writeLease(
  client: Client,
  place: ObjectPlace,
  live: Resource | undefined,
  holder: string,
): Promise<Resource | undefined> {
  const now = new Date().toISOString().replace('Z', '000Z');
  const before = isObject(live?.['spec']) ? live['spec'] : {};
  const isNew = before['holderIdentity'] !== holder;
  const transitions = typeof before['leaseTransitions'] === 'number' ? before['leaseTransitions'] : 0;
  const spec: JsonObject = {
    ...before,
    holderIdentity: holder,
    leaseDurationSeconds: seconds,
    renewTime: now,
    ...(isNew ? { acquireTime: now, leaseTransitions: transitions + (holder === '' ? 0 : 1) } : {}),
  };
  const resourceVersion = live?.metadata['resourceVersion'] ?? null;
  const answer =
    live === undefined
      ? await client.send({
          method: 'POST',
          path: pathOf({ ...place, name: '' }),
          body: { ...identity, metadata: { name: place.name, namespace: place.namespace }, spec },
          repeatable: 'once',
        })
      : await client.send({
          method: 'PATCH',
          path: pathOf(place),
          contentType: 'application/merge-patch+json',
          body: { metadata: { resourceVersion }, spec },
          repeatable: 'once',
        });
  if (answer.status === 409) return undefined;
  return resourceOf(answer, doing(client, live === undefined ? 'create' : 'patch', place), leaseKind);
}

/** Takes the lock away from whoever holds it. Gives the holder, or undefined when nobody did. */
export async function breakLease(client: Client, release: ReleasePlace): Promise<string | undefined> {
  const place = leasePlace(release);
  const live = await readObject(client, place);
  if (live === undefined || holderOf(live) === '') return undefined;
  await writeLease(client, place, live, '');
  return holderOf(live);
}

function leasePlace(release: ReleasePlace): ObjectPlace {
  return { info: leaseKind, namespace: release.namespace, name: parentName(release.name) };
}

function holderOf(live: Resource): string {
  const spec = live['spec'];
  return isObject(spec) && typeof spec['holderIdentity'] === 'string' ? spec['holderIdentity'] : '';
}

function durationOf(live: Resource | undefined): number {
  const spec = live?.['spec'];
  return isObject(spec) && typeof spec['leaseDurationSeconds'] === 'number' ? spec['leaseDurationSeconds'] : seconds;
}
