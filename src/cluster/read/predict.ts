/** What an object would be after the apply, as the server itself says: a server-side apply that is only tried. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fieldManager, ourEntry } from '../../fields/managed.ts';
import type { JsonObject, Resource } from '../../resource/resource.ts';
import { isObject } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import { causeReasons, type Doing } from './failure.ts';
import { doing, isSecret, metadataAccept, type ObjectPlace, pathOf, resourceOf } from './objects.ts';

/** What was seen of an object; a write only goes through when it is still so. */
export interface Seen {
  readonly uid: string;
  readonly resourceVersion: string;
}

export function seenOf(live: Resource): Seen {
  const { uid, resourceVersion } = live.metadata;
  return { uid: String(uid ?? ''), resourceVersion: String(resourceVersion ?? '') };
}

/**
 * The body of a server-side apply that goes through only if the object is as it was seen, or, where nothing was seen,
 * only if there is none: "1" is a version that no object ever has. The uid has to be there too, because a version alone
 * on a deleted object makes it anew.
 */
export function applyBody(resource: Resource, seen: Seen | undefined): JsonObject {
  const { status: _, ...rest } = resource as JsonObject;
  const precondition = seen === undefined ? { resourceVersion: '1' } : { ...seen };
  return { ...rest, metadata: { ...resource.metadata, ...precondition } };
}

export const applyQuery = { fieldManager, force: 'true' } as const;
export const applyContentType = 'application/apply-patch+yaml';

/** `exists`: nothing was seen of the object, yet it is there. */
export type Prediction = { readonly kind: 'predicted'; readonly resource: Resource } | { readonly kind: 'exists' };

export interface PredictOptions {
  readonly client: Client;
  readonly place: ObjectPlace;
  /** The object to apply, with its namespace. */
  readonly resource: Resource;
  readonly live: Resource | undefined;
  readonly source: string | undefined;
  readonly origin: Doing['origin'];
}

/**
 * Tries the apply. Throws `Problem` when the server refuses it: `rejected` with its message, `forbidden`, `conflict`
 * when the object moved since it was read. Of a Secret the answer is asked for without its values.
 */
export async function predict(options: PredictOptions): Promise<Prediction> {
  const { client, place, resource, live } = options;
  const seen = live === undefined ? undefined : seenOf(live);
  const what = { ...doing(client, 'patch', place, options.source), origin: options.origin };
  for (;;) {
    const answer = await client.send({
      method: 'PATCH',
      path: pathOf(place),
      query: { ...applyQuery, dryRun: 'All' },
      contentType: applyContentType,
      body: applyBody(resource, seen),
      repeatable: 'repeatable',
      ...(isSecret(place.info) ? { accept: metadataAccept } : {}),
    });
    if (seen === undefined && answer.status === 409 && causeReasons(answer).length === 0) return { kind: 'exists' };
    const predicted = resourceOf(answer, what, place.info);
    const written = Date.parse(ourEntry(predicted)?.time ?? '');
    // Times of entries are whole seconds: a change in the second of the last apply would look like none.
    const isTooSoon = isSecret(place.info) && live !== undefined && !metadataMoves(live, predicted);
    if (!isTooSoon || answer.at === undefined || answer.at > written) return { kind: 'predicted', resource: predicted };
    await sleep(1_000);
  }
}

/**
 * Whether a tried apply would change the object, told from metadata alone: the server moves the time of our entry, or
 * the generation, exactly when something changes.
 */
export function metadataMoves(live: Resource, predicted: Resource): boolean {
  const before = ourEntry(live);
  const after = ourEntry(predicted);
  return (
    before?.time !== after?.time ||
    JSON.stringify(before?.fields) !== JSON.stringify(after?.fields) ||
    live.metadata['generation'] !== predicted.metadata['generation'] ||
    !sameMarks(live, predicted)
  );
}

function sameMarks(a: Resource, b: Resource): boolean {
  return ['labels', 'annotations'].every((field) => {
    const [one, other] = [a.metadata[field], b.metadata[field]].map((marks) => (isObject(marks) ? marks : {}));
    const keys = new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})]);
    return [...keys].every((key) => one?.[key] === other?.[key]);
  });
}
