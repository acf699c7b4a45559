/**
 * Secrets with values that their chart draws, without reading one. What is drawn is left out of the try: the rest is
 * applied, only tried, under another name, and the server takes from every owner the keys whose value would change.
 */
import { formerDataKeys, withoutFormerFields } from '../../fields/former.ts';
import { fieldManager, isOurs, type ManagedEntry, managedEntries, owns } from '../../fields/managed.ts';
import type { Settled } from '../../plan/generated.ts';
import { withPlaceholders } from '../../plan/generated.ts';
import { isObject, type Json, type JsonObject, type Resource } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import { doing, metadataAccept, pathOf, resourceOf } from './objects.ts';
import { applyBody, applyContentType, applyQuery, type PredictOptions, seenOf } from './predict.ts';
import { notRead } from './secret.ts';

/** Its tries are never written, so no object ever carries the name. */
const probeManager = `${fieldManager}-probe`;

/** Which keys a Secret has, told by who owns them: each with a stand-in for its value. */
export function withKeysOf(live: Resource): Resource {
  const keys = new Set(othersOf(live).flatMap(({ fields }) => dataKeys(fields)));
  return { ...live, data: Object.fromEntries([...keys].map((key) => [key, notRead])) };
}

export interface GeneratedSecret extends Omit<PredictOptions, 'live'> {
  readonly settled: Settled;
  readonly recorded: Resource | undefined;
  /** Metadata only. */
  readonly live: Resource;
}

export interface GeneratedSides {
  readonly live: Resource;
  readonly predicted: Resource;
  readonly recorded: Resource | undefined;
}

/**
 * The sides of the Secret for the plan: values of the rendering or stand-ins, never live ones. undefined where the
 * server does not take the change at all.
 */
export async function generatedSecretSides(options: GeneratedSecret): Promise<GeneratedSides | undefined> {
  const { settled, live, recorded } = options;
  const { type = 'Opaque' } = settled.resource;
  const names = (leaves: Settled['kept']): ReadonlySet<string> =>
    new Set(leaves.flatMap(({ path: [first, key] }) => (first === 'data' && typeof key === 'string' ? [key] : [])));
  const [kept, open] = [names(settled.kept), names(settled.open)];
  const desired = dataOf(withPlaceholders(settled.resource, settled.open));
  const plain = Object.fromEntries(Object.entries(desired).filter(([key]) => !kept.has(key) && !open.has(key)));
  const tried = await tryPart(options.client, options, { ...settled.resource, data: plain });
  const there = dataOf(withKeysOf(live));
  if (tried === undefined) return undefined;
  const isSame = (key: string): boolean =>
    kept.has(key) ||
    (key in plain && key in there && ownersOf(live, key).every((owner) => stillOwns(tried, owner, key)));
  const ours = othersOf(live).find(isOurs);
  const gone = new Set([...(ours === undefined ? [] : dataKeys(ours.fields)), ...formerDataKeys(live, tried)]);
  const dropped = [...gone].filter((key) => !(key in desired));
  const applied = recorded === undefined ? {} : dataOf(recorded);
  const before: Record<string, Json> = {};
  const edited: Record<string, Json> = {};
  for (const key of [...Object.keys(desired), ...dropped]) {
    const value = isSame(key) ? (desired[key] ?? null) : key in there ? notRead : undefined;
    if (value !== undefined) before[key] = value;
    // Of what we wrote, a key that is no longer ours was changed by somebody else, and the rendering is the same.
    const isEdited =
      value === notRead &&
      !kept.has(key) &&
      key in plain &&
      !(ours !== undefined && dataKeys(ours.fields).includes(key));
    // A key that was never applied is new in the render, or somebody else's, whatever stands in it.
    if (value !== undefined && key in applied) edited[key] = isEdited ? (desired[key] ?? null) : value;
  }
  return {
    live: { ...live, type, data: before },
    predicted: { ...withoutDropped(withoutFormerFields(live, tried), ours, settled.resource), type, data: desired },
    recorded: recorded && { ...recorded, type, data: edited },
  };
}

async function tryPart(
  client: Client,
  { place, source, origin, live }: GeneratedSecret,
  part: Resource,
): Promise<Resource | undefined> {
  const answer = await client.send({
    method: 'PATCH',
    path: pathOf(place),
    query: { ...applyQuery, fieldManager: probeManager, dryRun: 'All' },
    contentType: applyContentType,
    body: applyBody(part, seenOf(live)),
    repeatable: 'repeatable',
    accept: metadataAccept,
  });
  if (answer.status === 422) return undefined;
  return resourceOf(answer, { ...doing(client, 'patch', place, source), origin }, place.info);
}

function othersOf(resource: Resource): readonly ManagedEntry[] {
  return managedEntries(resource).filter(({ manager }) => manager !== probeManager);
}

function ownersOf(resource: Resource, key: string): readonly ManagedEntry[] {
  return othersOf(resource).filter(({ fields }) => dataKeys(fields).includes(key));
}

function stillOwns(tried: Resource, { manager, operation, subresource }: ManagedEntry, key: string): boolean {
  return ownersOf(tried, key).some(
    (entry) => entry.manager === manager && entry.operation === operation && entry.subresource === subresource,
  );
}

/** The try takes no marks away, since another name owns them; the apply will. */
function withoutDropped(tried: Resource, ours: ManagedEntry | undefined, desired: Resource): Resource {
  const left = (field: 'labels' | 'annotations'): JsonObject => {
    const [now, wanted] = [tried, desired].map(({ metadata }) => (isObject(metadata[field]) ? metadata[field] : {}));
    const stays = (name: string): boolean =>
      Object.hasOwn(wanted ?? {}, name) || ours === undefined || !owns(ours, ['metadata', field, name]);
    return Object.fromEntries(Object.entries(now ?? {}).filter(([name]) => stays(name)));
  };
  return { ...tried, metadata: { ...tried.metadata, labels: left('labels'), annotations: left('annotations') } };
}

/** Who applied by `stringData` is noted with that, though no Secret has it once it is stored. */
function dataKeys(fields: JsonObject): readonly string[] {
  return [fields['f:data'], fields['f:stringData']].flatMap((data) =>
    isObject(data) ? Object.keys(data).flatMap((name) => (name.startsWith('f:') ? [name.slice(2)] : [])) : [],
  );
}

function dataOf(resource: Resource): JsonObject {
  return isObject(resource['data']) ? resource['data'] : {};
}
