/** The writing verbs on one object. Every write says what was seen, and is refused when that is no longer so. */
import { Problem } from '../../problem.ts';
import type { Json, JsonObject, Resource } from '../../resource/resource.ts';
import { isList, isObject } from '../../resource/resource.ts';
import type { Client, Request } from '../read/client.ts';
import { type Answer, mayHaveHappened } from '../read/failure.ts';
import { leavingText } from '../read/leaving.ts';
import { doing, isSecret, metadataAccept, type ObjectPlace, pathOf, readObject, resourceOf } from '../read/objects.ts';
import {
  applyBody,
  applyContentType,
  applyQuery,
  metadataMoves,
  predictNow,
  type Seen,
  seenOf,
} from '../read/predict.ts';
import { isUnreadable } from '../read/retry.ts';
import { moved } from './conflict.ts';
import { giveUpShared, takeOver } from './take-over.ts';

export interface ApplyObject {
  readonly client: Client;
  readonly place: ObjectPlace;
  readonly resource: Resource;
  /** The object that the plan saw; undefined: there was none. */
  readonly live: Resource | undefined;
  readonly source: string | undefined;
}

/**
 * Applies one object, after the fields that a former tool had became ours. When only its status moved since the plan
 * the apply goes on; when anything else did it throws `Problem` (`conflict`) and nothing is written. Where an answer was
 * lost it looks whether the apply went through.
 */
export async function applyObject(options: ApplyObject): Promise<Resource> {
  const { client, place, resource, live } = options;
  let current = live;
  for (let attempt = 1; ; attempt++) {
    const taken = current && (await takeOver(client, place, { live: current, apiVersion: resource.apiVersion }));
    const answer = current !== undefined && taken === undefined ? undefined : await sendApply(options, taken);
    if (answer !== undefined && 'found' in answer) return answer.found;
    if (live !== undefined && (answer === undefined || answer.status === 409)) {
      current = await readObject(client, place);
      if (attempt < 5 && current !== undefined && sameButStatus(live, current, place)) continue;
      throw moved({ place, source: options.source, planned: live, now: current });
    }
    if (answer === undefined) throw moved({ place, source: options.source, planned: live, now: undefined });
    const made = live === undefined && answer.status === 409 ? await readObject(client, place) : undefined;
    if (made !== undefined) throw moved({ place, source: options.source, planned: undefined, now: made });
    const verb = live === undefined ? 'create' : 'patch';
    const applied = resourceOf(answer, doing(client, verb, place, options.source), place.info);
    return live === undefined ? applied : await giveUpShared(client, place, applied);
  }
}

function sendApply(options: ApplyObject, seen: Resource | undefined): Promise<Answer | { readonly found: Resource }> {
  const { client, place, resource } = options;
  const request: Request = {
    method: 'PATCH',
    path: pathOf(place),
    query: applyQuery,
    contentType: applyContentType,
    body: applyBody(resource, seen && seenOf(seen)),
    // The same apply on the same version is either refused or changes nothing the second time.
    repeatable: 'repeatable',
    ...(isSecret(place.info) ? { accept: metadataAccept } : {}),
  };
  return sendAndSettle(client, request, () => standing(options));
}

/**
 * Sends a write. When it may have gone through unseen (its answer was lost, or it was refused the second time because
 * of the first), `look` says what stands there; undefined from it: it did not, or nobody knows.
 */
export async function sendAndSettle<Found>(
  client: Client,
  request: Request,
  look: () => Promise<Found | undefined>,
): Promise<Answer | { readonly found: Found }> {
  const settled = async (): Promise<{ readonly found: Found } | undefined> => {
    try {
      const found = await look();
      return found === undefined ? undefined : { found };
    } catch (error) {
      // Where looking fails as well, what is known stays what it was.
      if (error instanceof Problem) return undefined;
      throw error;
    }
  };
  let answer: Answer;
  try {
    answer = await client.send(request);
  } catch (error) {
    if (!(error instanceof Problem) || !mayHaveHappened(error)) throw error;
    const found = await settled();
    if (found !== undefined) return found;
    throw error;
  }
  if (answer.unsettled !== true || (answer.status < 300 && !isUnreadable(answer))) return answer;
  return (await settled()) ?? answer;
}

/** The object, if it is just as this apply would have left it: then it went through. */
async function standing({ client, place, resource, source }: ApplyObject): Promise<Resource | undefined> {
  const seen = await readObject(client, place);
  if (seen === undefined) return undefined;
  const { live, predicted } = await predictNow({ client, place, resource, live: seen, source, origin: undefined });
  if (live === undefined || metadataMoves(live, predicted)) return undefined;
  const isSame = isSecret(place.info) || canonical(withoutStatus(live)) === canonical(withoutStatus(predicted));
  return isSame ? live : undefined;
}

/** Controllers write the status all the time; that is nobody's change. Of a Secret only metadata is known. */
export function sameButStatus(planned: Resource, now: Resource | undefined, place: ObjectPlace): boolean {
  if (now === undefined || now.metadata['uid'] !== planned.metadata['uid']) return false;
  if (isSecret(place.info)) return false;
  // A plan that trusted the seal did not read the object, and knows its version only.
  if (planned.metadata['managedFields'] === undefined) return false;
  return canonical(withoutStatus(planned)) === canonical(withoutStatus(now));
}

function withoutStatus(resource: Resource): JsonObject {
  const { status: _, metadata, ...rest } = resource as JsonObject;
  const { resourceVersion: _version, managedFields: _entries, ...marks } = isObject(metadata) ? metadata : {};
  return { ...rest, metadata: marks };
}

function canonical(value: Json): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint'
      ? String(inner)
      : isObject(inner as Json) && !isList(inner as Json)
        ? Object.fromEntries(Object.entries(inner as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
  );
}

/**
 * Deletes the object if it is still the one that was seen, or, where `planned` is given, if only its status moved since.
 * Gives the object where finalizers hold it: then the server only notes the wish.
 */
export async function deleteObject(
  client: Client,
  place: ObjectPlace,
  seen: Seen,
  planned?: Resource,
): Promise<Resource | undefined> {
  let preconditions = seen;
  for (let attempt = 1; ; attempt++) {
    const request: Request = {
      method: 'DELETE',
      path: pathOf(place),
      body: {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        preconditions: { ...preconditions },
        propagationPolicy: 'Background',
      },
      repeatable: 'repeatable',
    };
    const answer = await sendAndSettle(
      client,
      request,
      async () => (await isLeaving(client, place, seen)) || undefined,
    );
    if ('found' in answer) return undefined;
    if (answer.status === 404 && isObject(answer.body)) return undefined;
    if (answer.status !== 409) {
      const left = resourceOf(answer, doing(client, 'delete', place), place.info);
      return leavingText(left) === undefined ? undefined : left;
    }
    const now = await readObject(client, place);
    if (now === undefined) return undefined;
    if (now.metadata['uid'] === seen.uid && leavingText(now) !== undefined) return now;
    if (planned === undefined || attempt >= 5 || !sameButStatus(planned, now, place)) {
      throw moved({ place, source: undefined, planned, now });
    }
    preconditions = seenOf(now);
  }
}

async function isLeaving(client: Client, place: ObjectPlace, seen: Seen): Promise<boolean> {
  const now = await readObject(client, place);
  return now === undefined || now.metadata['uid'] !== seen.uid || leavingText(now) !== undefined;
}
