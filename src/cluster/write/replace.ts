/** Deleting an object to make it anew, where a field cannot be changed in place and the plan said so. */
import type { Replacement } from '../../plan/replace.ts';
import { Problem } from '../../problem.ts';
import type { Resource } from '../../resource/resource.ts';
import { formatKey } from '../../resource/resource.ts';
import { doing, keyOfPlace, pathOf, readObject, resourceOf } from '../read/objects.ts';
import { seenOf } from '../read/predict.ts';
import { moved } from './conflict.ts';
import { type ApplyObject, applyObject, sameButStatus } from './write-object.ts';

export interface ReplaceObject extends ApplyObject {
  readonly live: Resource;
  readonly propagation: Replacement['propagation'];
  /** Milliseconds that the old object may take to go. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

const pause = 250;
const tries = 5;

/**
 * Throws `Problem`: `conflict` when the object is no longer the one that the plan saw, and then nothing is deleted;
 * `not-ready` when it does not go. A run that ends in between has noted what was there, and the next one goes on.
 */
export async function replaceObject(options: ReplaceObject): Promise<Resource> {
  await deleteSeen(options);
  await untilGone(options);
  return await applyObject({ ...options, live: undefined });
}

async function deleteSeen({ client, place, live, source, propagation }: ReplaceObject): Promise<void> {
  let seen: Resource | undefined = live;
  for (let attempt = 1; seen !== undefined; attempt++) {
    const answer = await client.send({
      method: 'DELETE',
      path: pathOf(place),
      body: {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        preconditions: { ...seenOf(seen) },
        propagationPolicy: propagation,
      },
      repeatable: 'repeatable',
    });
    // Gone already: an earlier run came as far as this.
    if (answer.status === 404) return;
    if (answer.status !== 409) {
      resourceOf(answer, doing(client, 'delete', place, source), place.info);
      return;
    }
    seen = await readObject(client, place);
    if (seen !== undefined && (attempt === tries || !sameButStatus(live, seen, place))) {
      throw moved({ place, source, planned: live, now: seen });
    }
  }
}

async function untilGone({ client, place, live, timeout, signal }: ReplaceObject): Promise<void> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const now = await readObject(client, place);
    if (now === undefined || now.metadata['uid'] !== live.metadata['uid']) return;
    if (performance.now() > deadline || signal?.aborted === true) {
      throw new Problem({
        reason: 'not-ready',
        message: `${formatKey(keyOfPlace(place))} is still being deleted, so it could not be made anew`,
        hint: 'Its finalizers hold it: kubectl get it -o yaml shows which. The next apply makes it.',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
