/**
 * Secrets without their values. Whether one changes is known from metadata; which key changes is known from what was
 * rendered before and now. So the sides that are never read are filled with stand-ins that differ where the values do.
 */
import { createHmac } from 'node:crypto';
import type { Json, JsonObject, Resource } from '../../resource/resource.ts';
import { isObject } from '../../resource/resource.ts';
import { formatJson } from './json.ts';

/** Stands for a value that was not read. Base64 of it, because it stands in `data`. */
export const notRead = Buffer.from('‹not read›').toString('base64');

/**
 * The Secret with every value blanked, for a record that others may read: only its keys stay, and where there is a key
 * for digests a keyed hash of each value, by which a login that may not look at Secrets sees that one changes.
 */
export function withoutValues(resource: Resource, key?: string): Resource {
  if (resource.kind !== 'Secret' || resource.apiVersion !== 'v1') return resource;
  return withData(resource, dataOf(resource), standInOf(resource, key));
}

function standInOf(secret: Resource, key: string | undefined): (name: string) => Json {
  if (key === undefined) return () => notRead;
  const { namespace, name } = secret.metadata;
  return (field) => {
    // With its place, so that equal values of two Secrets do not look equal.
    const facts = [namespace ?? '', name, field, dataOf(secret)[field] ?? null] as const;
    const hash = createHmac('sha256', key).update(formatJson(facts)).digest('base64url');
    return Buffer.from(`‹not read, ${hash}›`).toString('base64');
  };
}

/** The sides of a Secret of which only the record is known: values that are hashed alike are the same. */
export function secretSidesHere({
  desired,
  recorded,
  key,
}: {
  readonly desired: Resource;
  readonly recorded: Resource | undefined;
  readonly key: string | undefined;
}): { readonly live: Resource | undefined; readonly predicted: Resource; readonly recorded: Resource | undefined } {
  if (recorded === undefined) return { live: undefined, predicted: desired, recorded };
  const standIn = standInOf(desired, key);
  const [before, now] = [dataOf(recorded), dataOf(desired)];
  // What is kept as it is there stands in the rendering as in the record.
  const isSame = (field: string): boolean =>
    before[field] === now[field] || (key !== undefined && before[field] === standIn(field));
  const known = withData(recorded, before, (field) => (isSame(field) ? (now[field] ?? notRead) : notRead));
  return { live: { ...known, ...typeOf(recorded) }, predicted: { ...desired, ...typeOf(desired) }, recorded: known };
}

export interface SecretSides {
  readonly desired: Resource;
  readonly recorded: Resource | undefined;
  /** Metadata only. */
  readonly live: Resource | undefined;
  /** Metadata only. */
  readonly predicted: Resource;
  /** Whether the try of the apply said that something changes. */
  readonly changes: boolean;
  /** Whether nobody touched it since the last run: then what changes is ours. */
  readonly sealed: boolean;
  /** Keys that only a tool has which had the Secret before us: they go with it. */
  readonly dropped: readonly string[];
  /** Key of hashed values, where there is one. */
  readonly key: string | undefined;
}

/** The three sides of a Secret for the plan. Values are those of `desired` or the stand-in, never live ones. */
export function secretSides(sides: SecretSides): {
  readonly live: Resource | undefined;
  readonly predicted: Resource;
  readonly recorded: Resource | undefined;
} {
  const { desired, recorded, live } = sides;
  const keys = dataOf(desired);
  const full = { ...withData(sides.predicted, keys), ...typeOf(desired) };
  if (live === undefined) return { live: undefined, predicted: full, recorded };
  if (!sides.changes) {
    return { live: { ...withData(live, keys), ...typeOf(desired) }, predicted: full, recorded: recorded && desired };
  }
  const before = {
    ...Object.fromEntries(sides.dropped.map((key) => [key, notRead])),
    ...(recorded === undefined ? keys : dataOf(recorded)),
  };
  const unread = { ...withData(live, before, () => notRead), ...typeOf(desired) };
  // Untouched since the record: the difference came with the render. Touched: only what the record tells is the render's.
  return { live: unread, predicted: full, recorded: recorded && (sides.sealed ? unread : asRecorded(recorded, sides)) };
}

/** What was rendered last, with today's values but where the record's hashes say that they were others. */
function asRecorded(recorded: Resource, { desired, key }: SecretSides): Resource {
  const [before, now] = [dataOf(recorded), dataOf(desired)];
  const standIn = standInOf(desired, key);
  const isOther = (field: string): boolean =>
    key !== undefined && before[field] !== notRead && before[field] !== standIn(field);
  const known = withData(recorded, before, (field) => (isOther(field) ? notRead : (now[field] ?? notRead)));
  return { ...known, ...typeOf(recorded) };
}

function dataOf(resource: Resource): JsonObject {
  return isObject(resource['data']) ? resource['data'] : {};
}

function withData(
  resource: Resource,
  data: JsonObject,
  value: (key: string) => Json = (key) => data[key] ?? null,
): Resource {
  const filled = Object.fromEntries(Object.keys(data).map((key) => [key, value(key)]));
  return { ...resource, ...(Object.keys(filled).length === 0 ? {} : { data: filled }) };
}

/** Part of what metadata leaves out, and immutable, so it can be taken from the render. */
function typeOf(desired: Resource): { readonly type?: Json } {
  return { type: desired['type'] ?? 'Opaque' };
}
