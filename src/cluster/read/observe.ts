/** What is there against what was applied: nothing is rendered, the record alone is compared. */
import { managedEntries, ourEntry, owns } from '../../fields/managed.ts';
import { isUntouched } from '../../fields/seal.ts';
import { toolOf, writerOf } from '../../fields/writer.ts';
import { authorAt } from '../../plan/author.ts';
import { compare } from '../../plan/compare.ts';
import { type HandMadeField, handMadeFields } from '../../plan/hand-made.ts';
import { normalise } from '../../plan/normalise.ts';
import { formatPath } from '../../plan/path.ts';
import { Problem } from '../../problem.ts';
import { deletesItself } from '../../resource/health/health.ts';
import { isObject, keyId, keyOf, labelsOf, type Resource, type ResourceKey } from '../../resource/resource.ts';
import { servedFor } from './discovery.ts';
import { isSecret, listObjects, type ObjectPlace, readObject } from './objects.ts';
import { applySetId, type Parent, partOfLabel } from './parent.ts';
import { predictNow } from './predict.ts';
import { isUntried, mayNotTry, predictHere } from './predict-here.ts';
import { placeOf } from './prepare.ts';
import { notRead } from './secret.ts';
import type { ClusterView } from './view.ts';

/** Somebody's change, as the server noted it: tools and times, not people. */
export interface ObservedEdit {
  readonly who: string;
  /** ISO time. */
  readonly when: string;
  readonly how: string;
  /** Set where a controller of the cluster did it: which fields. */
  readonly controller?: { readonly manager: string; readonly paths: readonly string[] };
}

export interface Observed {
  readonly key: ResourceKey;
  /** What applying the record again would make of the object: so values that others own are no difference. */
  readonly recorded: Resource;
  /** undefined: it is gone. */
  readonly live: Resource | undefined;
  readonly where: undefined;
  readonly edits: readonly ObservedEdit[];
  /** What people added to it and nobody renders. */
  readonly handMade?: readonly HandMadeField[];
}

/**
 * Every recorded object that may differ from its record. What is sealed is left out: it costs no request of its own.
 * Tries applies, so the login needs the planner's verbs.
 */
export async function observeRelease(view: ClusterView, parent: Parent): Promise<readonly Observed[]> {
  const observed = await Promise.all(parent.state.objects.map((recorded) => observeObject(view, parent, recorded)));
  return observed.filter((object) => object !== undefined);
}

/** A Secret that the login may not look at is left out; `untried` of the view then has its kind. */
async function observeObject(view: ClusterView, parent: Parent, recorded: Resource): Promise<Observed | undefined> {
  const info = servedFor(view.discovery, recorded);
  // Its kind is gone, and its objects with it.
  if (info === undefined) return { key: keyOf(recorded), recorded, live: undefined, where: undefined, edits: [] };
  return await observeAs(view, parent, { ...recorded, apiVersion: info.apiVersion });
}

async function observeAs(view: ClusterView, parent: Parent, recorded: Resource): Promise<Observed | undefined> {
  const place = placeOf(view.discovery, recorded, undefined);
  if (!isSecret(place.info)) return await observePlaced(view, parent, { recorded, place });
  if (isUntried(view, place)) return undefined;
  try {
    return await observePlaced(view, parent, { recorded, place });
  } catch (error) {
    if (await mayNotTry(view, place, error)) return undefined;
    throw error;
  }
}

async function observePlaced(
  view: ClusterView,
  parent: Parent,
  { recorded, place }: { readonly recorded: Resource; readonly place: ObjectPlace },
): Promise<Observed | undefined> {
  const key = keyOf(recorded);
  const listed = (await view.owned(place.info, place.namespace)).get(keyId(key));
  const seal = parent.state.seals[keyId(key)];
  if (listed !== undefined && seal !== undefined && isUntouched(seal, listed)) return undefined;
  const live = await readObject(view.client, place);
  const where = undefined;
  // Another release has taken it over.
  const set = live && labelsOf(live)[partOfLabel];
  if (set !== undefined && set !== applySetId(parent.release)) return undefined;
  if (live === undefined && deletesItself(recorded)) return undefined;
  if (live === undefined) return { key, recorded, live, where, edits: [] };
  const sides = isSecret(place.info) ? secretSides(recorded, live) : await predictedSides(view, place, recorded, live);
  const edits = editsOf(sides.recorded, sides.live, live);
  const timed = await Promise.all(edits.map((edit) => withTime(view, parent, live, edit)));
  return { key, ...sides, where, edits: timed, handMade: handMadeFields(withKeysRead(live), recorded) };
}

/** Where the login may not try the record, what it would make of the object is computed here. */
async function predictedSides(view: ClusterView, place: ObjectPlace, resource: Resource, seen: Resource) {
  const here = async () => {
    const { predicted } = await predictHere(view, { place, resource, recorded: resource, live: seen, key: undefined });
    return { recorded: predicted ?? resource, live: seen };
  };
  if (isUntried(view, place)) return await here();
  try {
    return await triedSides(view, place, resource, seen);
  } catch (error) {
    if (await mayNotTry(view, place, error)) return await here();
    throw error;
  }
}

async function triedSides(view: ClusterView, place: ObjectPlace, resource: Resource, seen: Resource) {
  const what = { client: view.client, place, resource, source: undefined, origin: undefined };
  const { live, predicted } = await predictNow({ ...what, live: seen });
  // Gone while it was looked at.
  return live === undefined ? { recorded: resource, live: seen } : { recorded: predicted, live };
}

const changedValue = Buffer.from('‹changed›').toString('base64');

/** The record holds no values of a Secret. A key that our entry lost was set by somebody else, or taken away. */
function secretSides(recorded: Resource, live: Resource): { readonly recorded: Resource; readonly live: Resource } {
  const data = isObject(recorded['data']) ? recorded['data'] : {};
  const entry = ourEntry(live);
  const isOurs = (key: string): boolean => entry !== undefined && owns(entry, ['data', key]);
  const others = (key: string): boolean =>
    managedEntries(live).some((other) => other !== entry && owns(other, ['data', key]));
  const seen = Object.entries(data).flatMap(([key, blank]) =>
    isOurs(key) ? [[key, blank] as const] : others(key) ? [[key, changedValue] as const] : [],
  );
  // Labels and annotations are there to be read; whatever else is rendered of them has to be as it was.
  const marks = Object.fromEntries(
    ['labels', 'annotations'].flatMap((field) => {
      const [set, seen] = [recorded.metadata[field], live.metadata[field]];
      return isObject(set) ? [[field, { ...(isObject(seen) ? seen : {}), ...set }] as const] : [];
    }),
  );
  return {
    recorded: { ...live, metadata: { ...live.metadata, ...marks }, data },
    live: { ...live, data: Object.fromEntries(seen) },
  };
}

/** Of a Secret only metadata is read: the keys that it has are known from the server's notes, and no value is. */
function withKeysRead(live: Resource): Resource {
  if (live.kind !== 'Secret' || live.apiVersion !== 'v1') return live;
  const keys = managedEntries(live).flatMap(({ fields }) => {
    const data = fields['f:data'];
    return isObject(data) ? Object.keys(data).flatMap((step) => (step.startsWith('f:') ? [step.slice(2)] : [])) : [];
  });
  return { ...live, data: Object.fromEntries(keys.map((key) => [key, notRead])) };
}

function editsOf(recorded: Resource, live: Resource, noted: Resource): readonly ObservedEdit[] {
  const edits = new Map<string, ObservedEdit>();
  for (const { path } of compare(normalise(recorded), normalise(live))) {
    const author = authorAt(noted, path);
    if (author === undefined) continue;
    const { manager, subresource, time } = author;
    const id = `${manager} ${subresource} ${time}`;
    const paths = [...(edits.get(id)?.controller?.paths ?? []), formatPath(path)];
    edits.set(id, {
      who: toolOf(manager, subresource),
      when: time === '' ? '' : new Date(time).toISOString(),
      how: `field manager "${manager}"${subresource === '' ? '' : `, subresource ${subresource}`}`,
      ...(writerOf(manager) === 'controller' ? { controller: { manager, paths } } : {}),
    });
  }
  return [...edits.values()].sort((a, b) => (a.when < b.when ? 1 : -1));
}

/**
 * The server notes no time for what is set through `scale`; the controller's event about it has one. Where that is gone
 * or may not be read, all that is known is that it came after the last apply.
 */
async function withTime(view: ClusterView, parent: Parent, live: Resource, edit: ObservedEdit): Promise<ObservedEdit> {
  if (edit.when !== '') return edit;
  const times = (await scalingEvents(view, live)).flatMap((event) => {
    const time = event['lastTimestamp'] ?? event['eventTime'];
    return typeof time === 'string' ? [new Date(time).toISOString()] : [];
  });
  const newest = times.sort().at(-1);
  if (newest !== undefined && newest >= parent.state.at.slice(0, 19)) return { ...edit, when: newest };
  return { ...edit, when: parent.state.at, how: `${edit.how}, some time after that` };
}

async function scalingEvents({ client, discovery }: ClusterView, live: Resource): Promise<readonly Resource[]> {
  const info = discovery.find('v1', 'Event');
  const { namespace, uid } = live.metadata;
  if (info === undefined || typeof namespace !== 'string' || typeof uid !== 'string') return [];
  const fieldSelector = `involvedObject.uid=${uid},reason=ScalingReplicaSet`;
  try {
    return await listObjects(client, info, { namespace, labelSelector: '', fieldSelector });
  } catch (error) {
    if (error instanceof Problem && error.reason === 'forbidden') return [];
    throw error;
  }
}
