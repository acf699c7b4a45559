/** The writing verbs on one object. Every write says what was seen, and is refused when that is no longer so. */
import { Problem } from '../../problem.ts';
import type { Json, JsonObject, Resource } from '../../resource/resource.ts';
import { formatKey, isList, isObject } from '../../resource/resource.ts';
import type { Client } from '../read/client.ts';
import type { Answer } from '../read/failure.ts';
import {
  doing,
  isSecret,
  keyOfPlace,
  metadataAccept,
  type ObjectPlace,
  pathOf,
  readObject,
  resourceOf,
} from '../read/objects.ts';
import { applyBody, applyContentType, applyQuery, type Seen, seenOf } from '../read/predict.ts';
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
 * the apply goes on; when anything else did it throws `Problem` (`conflict`) and nothing is written.
 */
export async function applyObject(options: ApplyObject): Promise<Resource> {
  const { client, place, resource, live } = options;
  let current = live;
  for (let attempt = 1; ; attempt++) {
    const taken = current && (await takeOver(client, place, { live: current, apiVersion: resource.apiVersion }));
    const answer = current !== undefined && taken === undefined ? undefined : await sendApply(options, taken);
    if (live !== undefined && (answer === undefined || answer.status === 409)) {
      current = await readObject(client, place);
      if (attempt < 5 && current !== undefined && sameButStatus(live, current, place)) continue;
      throw moved(place, options.source);
    }
    if (answer === undefined) throw moved(place, options.source);
    const verb = live === undefined ? 'create' : 'patch';
    const applied = resourceOf(answer, doing(client, verb, place, options.source), place.info);
    return live === undefined ? applied : await giveUpShared(client, place, applied);
  }
}

function sendApply({ client, place, resource }: ApplyObject, seen: Resource | undefined): Promise<Answer> {
  return client.send({
    method: 'PATCH',
    path: pathOf(place),
    query: applyQuery,
    contentType: applyContentType,
    body: applyBody(resource, seen && seenOf(seen)),
    // The same apply on the same version is either refused or changes nothing the second time.
    repeatable: 'repeatable',
    ...(isSecret(place.info) ? { accept: metadataAccept } : {}),
  });
}

function moved(place: ObjectPlace, source: string | undefined): Problem {
  return new Problem({
    reason: 'conflict',
    where: source,
    message: `${formatKey(keyOfPlace(place))} was changed by somebody else after the plan was made`,
    hint: 'It was not written. Plan again to see what moved.',
  });
}

/** Controllers write the status all the time; that is nobody's change. Of a Secret only metadata is known. */
function sameButStatus(planned: Resource, now: Resource | undefined, place: ObjectPlace): boolean {
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

/** Deletes the object if it is still the one that was seen. False when it was gone already. */
export async function deleteObject(client: Client, place: ObjectPlace, seen: Seen): Promise<boolean> {
  const answer = await client.send({
    method: 'DELETE',
    path: pathOf(place),
    body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { ...seen }, propagationPolicy: 'Background' },
    repeatable: 'repeatable',
  });
  if (answer.status === 404) return false;
  if (answer.status === 409) throw moved(place, undefined);
  resourceOf(answer, doing(client, 'delete', place), place.info);
  return true;
}
