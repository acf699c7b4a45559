/** What an object would be after the apply, as the server itself says: a server-side apply that is only tried. */
import { setTimeout as sleep } from 'node:timers/promises';
import { withoutFormerFields } from '../../fields/former.ts';
import { fieldManager, ourEntry } from '../../fields/managed.ts';
import type { Refusal } from '../../plan/facts.ts';
import type { Replacement } from '../../plan/replace.ts';
import { Problem } from '../../problem.ts';
import type { JsonObject, Resource } from '../../resource/resource.ts';
import { formatKey, isObject } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import { type Answer, causeReasons, type Doing } from './failure.ts';
import {
  doing,
  isSecret,
  keyOfPlace,
  metadataAccept,
  type ObjectPlace,
  pathOf,
  readObject,
  resourceOf,
} from './objects.ts';
import { type PredictedAnew, predictAnew } from './predict-anew.ts';

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

/** `moved`: the object is not as it was seen, or it is there and nothing was seen of it. */
export type Prediction =
  | ({ readonly kind: 'predicted'; readonly resource: Resource } & Partial<PredictedAnew>)
  | { readonly kind: 'moved' };

/** The object as it is, and as it would be after the apply. */
export interface Predicted {
  readonly live: Resource | undefined;
  readonly predicted: Resource;
  /** Set where a field cannot be changed in place, and the object may be deleted and made anew. */
  readonly replacement: Replacement | undefined;
  /** Set where the server refuses the change, and the object may not be replaced. */
  readonly refusal: Refusal | undefined;
}

export interface PredictOptions {
  readonly client: Client;
  readonly place: ObjectPlace;
  /** The object to apply, with its namespace. */
  readonly resource: Resource;
  readonly live: Resource | undefined;
  readonly source: string | undefined;
  readonly origin: Doing['origin'];
}

const tries = 5;

/**
 * As `predict`, on the object as it is now: controllers write the status of many at any time. Throws `Problem`
 * (`conflict`) for one that never holds still.
 */
export async function predictNow(options: PredictOptions): Promise<Predicted> {
  let { live } = options;
  for (let attempt = 1; attempt <= tries; attempt++) {
    const tried = await predict({ ...options, live });
    if (tried.kind === 'predicted') {
      const { resource, replacement, refusal } = tried;
      return { live, predicted: resource, replacement, refusal };
    }
    live = await readObject(options.client, options.place);
  }
  throw new Problem({
    reason: 'conflict',
    where: options.source,
    message: `${formatKey(keyOfPlace(options.place))} is written by somebody else all the time right now`,
    hint: 'Find out who does that, then plan again.',
  });
}

/**
 * Tries the apply. Throws `Problem` when the server refuses it: `rejected` with its message, `forbidden`. Of a Secret the
 * answer is asked for without its values.
 */
async function predict(options: PredictOptions): Promise<Prediction> {
  const { client, place, resource, live } = options;
  const seen = live === undefined ? undefined : seenOf(live);
  const what = { ...doing(client, 'patch', place, options.source), origin: options.origin };
  for (;;) {
    const answer = await tryApply(client, place, applyBody(resource, seen));
    if (answer.status === 409 && causeReasons(answer).length === 0) return { kind: 'moved' };
    if (answer.status === 422 && live !== undefined) {
      const tryNew = (at: ObjectPlace, anew: Resource) => tryApply(client, at, applyBody(anew, undefined));
      return await predictAnew({ place, desired: resource, live, refused: answer, doing: what, tryNew });
    }
    const predicted = resourceOf(answer, what, place.info);
    const written = Date.parse(ourEntry(predicted)?.time ?? '');
    // Times of entries are whole seconds: a change in the second of the last apply would look like none.
    const isTooSoon = isSecret(place.info) && live !== undefined && !metadataMoves(live, predicted);
    if (!isTooSoon || answer.at === undefined || answer.at > written) {
      if (live === undefined) return { kind: 'predicted', resource: predicted };
      return await predictTakeover(options, live, predicted);
    }
    await sleep(1_000);
  }
}

/** Asks what an apply would give, and writes nothing. Of a Secret the answer has no values. */
export function tryApply(client: Client, place: ObjectPlace, body: JsonObject): Promise<Answer> {
  return client.send({
    method: 'PATCH',
    path: pathOf(place),
    query: { ...applyQuery, dryRun: 'All' },
    contentType: applyContentType,
    body,
    repeatable: 'repeatable',
    ...(isSecret(place.info) ? { accept: metadataAccept } : {}),
  });
}

/**
 * The prediction without what only a former tool had, whose fields become ours before the apply. The server is asked
 * once more what it makes of that, because some of these fields have defaults. Of a Secret the keys that go are known
 * from the entries (`formerDataKeys`).
 */
async function predictTakeover(
  { client, place, source }: PredictOptions,
  live: Resource,
  predicted: Resource,
): Promise<Prediction> {
  const left = withoutFormerFields(live, predicted);
  // Of marks there are no defaults to ask for, and more of a Secret is not known.
  if (isSecret(place.info)) return { kind: 'predicted', resource: left };
  if (left === predicted) return { kind: 'predicted', resource: predicted };
  const answer = await client.send({
    method: 'PATCH',
    path: pathOf(place),
    query: { fieldManager, dryRun: 'All' },
    contentType: 'application/json-patch+json',
    body: replacing(live, left),
    repeatable: 'repeatable',
  });
  if (answer.status === 409) return { kind: 'moved' };
  return { kind: 'predicted', resource: resourceOf(answer, doing(client, 'patch', place, source), place.info) };
}

/** The JSON patch that makes one object of another, field by field of the first level, on the version that was seen. */
function replacing(live: Resource, next: Resource): readonly JsonObject[] {
  const own = (resource: Resource): JsonObject => {
    const {
      apiVersion: _version,
      kind: _kind,
      metadata: _metadata,
      status: _status,
      ...fields
    } = resource as JsonObject;
    return fields;
  };
  const gone = Object.keys(own(live)).filter((key) => !Object.hasOwn(next, key));
  const pointer = (key: string): string => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return [
    { op: 'replace', path: '/metadata/resourceVersion', value: seenOf(live).resourceVersion },
    ...['labels', 'annotations'].map((marks) => {
      const value = next.metadata[marks];
      return { op: 'add', path: `/metadata/${marks}`, value: isObject(value) ? value : {} };
    }),
    ...Object.entries(own(next)).map(([key, value]) => ({ op: 'add', path: pointer(key), value })),
    ...gone.map((key) => ({ op: 'remove', path: pointer(key) })),
  ];
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
