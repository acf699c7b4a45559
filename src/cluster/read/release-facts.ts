/**
 * Everything the plan wants to know about a release in a cluster. What is sealed and rendered as before costs no
 * request of its own; the rest is read and tried.
 */
import { formerDataKeys } from '../../fields/former.ts';
import { isUntouched } from '../../fields/seal.ts';
import type { ObjectFacts, ReleaseFacts } from '../../plan/build.ts';
import { compare } from '../../plan/compare.ts';
import {
  type GeneratedLeaf,
  type Settled,
  type Settling,
  settle,
  settleAll,
  withLeavesOf,
  withPlaceholders,
} from '../../plan/generated.ts';
import { normalise } from '../../plan/normalise.ts';
import { Problem } from '../../problem.ts';
import type { Json, Resource, ResourceKey } from '../../resource/resource.ts';
import { formatKey, groupOf, isList, isObject, keyId, keyOf, labelsOf } from '../../resource/resource.ts';
import { cascadeOf } from './cascade.ts';
import type { Client } from './client.ts';
import type { Discovery, KindInfo } from './discovery.ts';
import { generatedSecretSides, withKeysOf } from './generated-secret.ts';
import { type HelmRecords, helmNotices, listHelmRecords } from './helm-activity.ts';
import { gatherHooks, type RenderedHooks } from './hook-facts.ts';
import { leavingRefusal, leavingText } from './leaving.ts';
import { isSecret, listMetadata, type ObjectPlace, readObject } from './objects.ts';
import { openApi, type TypesOf } from './openapi.ts';
import { applySetId, ownedKeys, type Parent, partOfLabel } from './parent.ts';
import { metadataMoves, type Predicted, predictNow } from './predict.ts';
import { onTop, successorOf } from './predict-anew.ts';
import { isUntried, mayNotTry, type PredictionMode, predictHere } from './predict-here.ts';
import { type MarkedRelease, placeOf, preparer, withDefinitions } from './prepare.ts';
import { secretSides, withoutValues } from './secret.ts';
import { controllerNotices, takeoverOf } from './takeover.ts';

/** A rendered object and the file that it came from. */
export interface RenderedObject {
  readonly resource: Resource;
  /** With every value bound at apply; the same as `resource` where nothing is. */
  readonly bound: Resource;
  readonly source: string | undefined;
  readonly origin: ObjectFacts['origin'];
  /** What of it is drawn; `resource` has stand-ins there, `bound` at an apply the values to write. */
  readonly leaves?: readonly GeneratedLeaf[] | undefined;
  /** With the values of a Secret, at an apply that keeps what was drawn. */
  readonly there?: Resource | undefined;
}

export interface RenderedRelease extends MarkedRelease {
  readonly objects: readonly RenderedObject[];
  /** As rendered from the target branch's tip; undefined when the plan is of no merge request. */
  readonly target: readonly Resource[] | undefined;
  /** `removal` when the configuration no longer has the release; a configured one unless said. */
  readonly intent?: ReleaseFacts['intent'];
  /** Who predicts; the server unless said. */
  readonly prediction?: PredictionMode | undefined;
  /** Key by which values of Secrets are hashed in records. */
  readonly key?: string | undefined;
  readonly hooks?: RenderedHooks;
  /** Other releases of the same environment and repository, by the id of their ApplySet. */
  readonly siblings?: ReadonlyMap<string, string>;
}

/** What a run asks a cluster once and uses for all releases. */
export interface ClusterView {
  readonly client: Client;
  readonly discovery: Discovery;
  /** Metadata of a kind's objects that belong to any release, by key id; one LIST per kind and namespace. */
  readonly owned: (info: KindInfo, namespace: string) => Promise<ReadonlyMap<string, Resource>>;
  /** Metadata of Helm's records in a namespace; undefined for a login that may not list Secrets. */
  readonly helmRecords: (namespace: string) => Promise<HelmRecords | undefined>;
  /** What the server says of the fields of a kind. */
  readonly types: TypesOf;
  /** Kinds, with their namespace, that the login is known not to be allowed to try. */
  readonly untried: Set<string>;
}

/** `labelSelector` narrows what is listed, for a run that is about one release only. */
export function viewCluster(client: Client, discovery: Discovery, labelSelector: string = partOfLabel): ClusterView {
  const lists = new Map<string, Promise<ReadonlyMap<string, Resource>>>();
  const records = new Map<string, Promise<HelmRecords | undefined>>();
  return {
    client,
    discovery,
    types: openApi(client),
    untried: new Set(),
    helmRecords: (namespace) => {
      const listed = records.get(namespace) ?? listHelmRecords(client, namespace);
      records.set(namespace, listed);
      return listed;
    },
    owned: (info, namespace) => {
      const id = `${info.apiVersion}/${info.kind}/${namespace}`;
      const before = lists.get(id);
      if (before !== undefined) return before;
      const listed = listMetadata(client, info, { namespace, labelSelector }).then(
        (items) => new Map(items.map((item) => [keyId(keyOf(item)), item])),
      );
      lists.set(id, listed);
      return listed;
    },
  };
}

/** The facts of a release, in the order it was rendered, then what it no longer renders. */
export async function gatherRelease(
  view: ClusterView,
  release: RenderedRelease,
  parent: Parent | undefined,
): Promise<ReleaseFacts> {
  const discovery = withDefinitions(
    view.discovery,
    release.objects.map(({ resource }) => resource),
  );
  const recorded = new Map((parent?.state.objects ?? []).map((object) => [keyId(keyOf(object)), object]));
  const prepare = preparer(discovery, release);
  const target = release.target && byKey(targetObjects(discovery, prepare, release.target));
  const own = namespacesOf(release.objects.map(({ resource }) => resource));
  const rendered = release.objects.map((object) => {
    const resource = prepare(object.resource, object.source);
    const bound = object.bound === object.resource ? resource : prepare(object.bound, object.source);
    const { source, origin, leaves = [], there } = object;
    return { resource, bound, source, origin, leaves, there, isInNewNamespace: own };
  });
  const desired = new Set(rendered.map(({ resource }) => keyId(keyOf(resource))));
  const pending = new Set((parent?.state.pending ?? []).map(keyId));
  const context: Gathering = { view, discovery, release, parent, recorded, pending, target, controlled: [] };
  const settled = await settleRendered(context, rendered);
  const present = await Promise.all(rendered.map((object, at) => presentFacts(context, object, settled[at])));
  const gone = ownedKeys(parent?.state).filter((key) => !desired.has(keyId(key)));
  const absent = await Promise.all(unique(gone).map((key) => absentFacts(context, key)));
  return {
    name: release.name,
    namespace: release.namespace,
    objects: [...present, ...absent.flat()],
    hold: parent?.state.hold,
    intent: release.intent ?? 'release',
    hooks: gatherHooks(release, parent, present),
    notices: [
      ...helmNotices(release, parent, await view.helmRecords(release.namespace)),
      ...controllerNotices(release.name, context.controlled),
    ],
  };
}

/** The target branch may still have kinds that this cluster does not serve; that is no fault of the merge request. */
function targetObjects(
  discovery: Discovery,
  prepare: ReturnType<typeof preparer>,
  target: readonly Resource[],
): readonly Resource[] {
  return target.map((object) =>
    discovery.find(object.apiVersion, object.kind) === undefined ? object : prepare(object, undefined),
  );
}

interface Gathering {
  readonly view: ClusterView;
  /** With the kinds that the release itself defines. */
  readonly discovery: Discovery;
  readonly release: RenderedRelease;
  readonly parent: Parent | undefined;
  readonly recorded: ReadonlyMap<string, Resource>;
  /** Ids of what an interrupted run was about to write. */
  readonly pending: ReadonlySet<string>;
  readonly target: ReadonlyMap<string, Resource> | undefined;
  /** Objects that a controller goes on writing, as they are found. */
  readonly controlled: { readonly live: Resource; readonly controllers: readonly string[] }[];
}

interface Prepared {
  readonly resource: Resource;
  readonly bound: Resource;
  readonly source: string | undefined;
  readonly origin: RenderedObject['origin'];
  readonly leaves: readonly GeneratedLeaf[];
  readonly there: Resource | undefined;
  /** Namespaces that the release itself makes. */
  readonly isInNewNamespace: ReadonlySet<string>;
}

/** What is kept of the values that the chart draws. Only objects that hold such values are asked for. */
async function settleRendered(
  context: Gathering,
  rendered: readonly Prepared[],
): Promise<readonly (Settled | undefined)[]> {
  if (rendered.every(({ leaves }) => leaves.length === 0)) return [];
  const settling = await Promise.all(
    rendered.map(async ({ resource, leaves, source }): Promise<Settling> => {
      const id = keyId(keyOf(resource));
      const forms = context.parent?.state.drawn?.[id];
      const recorded = context.recorded.get(id);
      const place = placeOf(context.discovery, resource, source);
      const known = { resource, leaves, forms, recorded, live: undefined };
      if (leaves.length === 0 || place.info.promised === true) return known;
      if (!isSecret(place.info) && settle(known).open.length === 0) return known;
      const live = await readSettling(context, place);
      if (live === 'unseen') return known;
      if (!isSecret(place.info)) return { ...known, live };
      // The record has keys of a Secret and no values: one that is gone cannot be made from it.
      const there = live && withKeysOf(live);
      return { ...known, recorded: there, live: there };
    }),
  );
  return settleAll(settling);
}

/** `unseen`: the login may not look, and what was applied last has to do. */
async function readSettling(
  { view, release }: Gathering,
  place: ObjectPlace,
): Promise<Resource | undefined | 'unseen'> {
  try {
    return await readObject(view.client, place);
  } catch (error) {
    if (release.prediction !== 'fallback' || !(await mayNotTry(view, place, error))) throw error;
    return 'unseen';
  }
}

/** As the server says, or as it is computed here where that is all there is, or both. */
async function presentFacts(
  context: Gathering,
  rendered: Prepared,
  settled: Settled | undefined,
): Promise<ObjectFacts> {
  const { view, release, discovery } = context;
  const object = settled === undefined ? rendered : withKept(rendered, settled);
  const { resource, source } = object;
  const mode = release.prediction ?? 'server';
  const place = placeOf(discovery, resource, source);
  if (mode === 'fallback' && isUntried(view, place)) return await factsFromHere(context, object, place, settled);
  try {
    const facts = await triedFacts(context, object, settled);
    return mode === 'both' && place.info.promised !== true ? await withHere(context, place, facts, settled) : facts;
  } catch (error) {
    if (mode !== 'fallback' || !(await mayNotTry(view, place, error))) throw error;
    return await factsFromHere(context, object, place, settled);
  }
}

async function factsFromHere(
  context: Gathering,
  object: Prepared,
  place: ObjectPlace,
  settled: Settled | undefined,
): Promise<ObjectFacts> {
  const { view, release } = context;
  const { bound, source, origin } = object;
  const id = keyId(keyOf(object.resource));
  const recorded = context.recorded.get(id);
  const resource = knownHere(withPlaceholders(object.resource, settled?.open ?? []), settled, recorded);
  const sides = await predictHere(view, { place, resource, recorded, live: 'read', key: release.key });
  const taken = sides.live === undefined || isSecret(place.info) ? undefined : takenOver(context, sides.live, recorded);
  const target = context.target?.get(id);
  return {
    key: keyOf(resource),
    desired: resource,
    bound,
    target,
    source,
    origin,
    ...taken,
    ...sides,
    prediction: 'here',
  };
}

/** What a login that may not try this would have shown of it, for an object that the server says will change. */
async function withHere(
  { view, release, recorded }: Gathering,
  place: ObjectPlace,
  facts: ObjectFacts,
  settled: Settled | undefined,
): Promise<ObjectFacts> {
  const { desired, live, predicted } = facts;
  if (desired === undefined || predicted === undefined || facts.isUntouched === true) return facts;
  if (live !== undefined && compare(normalise(live), normalise(predicted)).length === 0) return facts;
  const before = recorded.get(keyId(facts.key));
  const resource = knownHere(desired, settled, before);
  const here = await predictHere(view, { place, resource, recorded: before, live, key: release.key });
  return { ...facts, here };
}

/** Of a Secret that may not be looked at, what is kept is what the record says of it. */
function knownHere(resource: Resource, settled: Settled | undefined, recorded: Resource | undefined): Resource {
  if (resource.kind !== 'Secret' || settled === undefined || recorded === undefined) return resource;
  return withLeavesOf(resource, settled.kept, recorded);
}

async function triedFacts(context: Gathering, object: Prepared, settled: Settled | undefined): Promise<ObjectFacts> {
  const { discovery, parent } = context;
  const { resource, bound, source, origin } = object;
  const open = settled?.open ?? [];
  const key = keyOf(resource);
  const id = keyId(key);
  const place = placeOf(discovery, resource, source);
  const isPending = context.pending.has(id);
  let recorded = context.recorded.get(id);
  const desired = withPlaceholders(resource, open);
  const facts = { key, desired, bound, target: context.target?.get(id), source, origin };
  // Nothing of a kind can be there before the kind is.
  if (place.info.promised === true) {
    const live = await inServedVersion(context.view, place);
    return { ...facts, recorded, live, predicted: live === undefined ? desired : onTop(live, desired) };
  }
  const listed = recorded === undefined && !isPending ? undefined : await listedMetadata(context, place);
  const seal = parent?.state.seals[id];
  const sealed = listed !== undefined && seal !== undefined && isUntouched(seal, listed);
  if (sealed && recorded !== undefined && !isSecret(place.info) && open.length === 0 && sameJson(recorded, bound)) {
    return { ...facts, recorded, live: withIdentityOf(bound, listed), predicted: bound, isUntouched: true };
  }
  const isOurs = (there: Resource): boolean => recorded === undefined && isPending && isOf(context.release, there);
  if (isSecret(place.info) && settled !== undefined && object.leaves.length > 0) {
    const { client } = context.view;
    const there = listed ?? (await readObject(client, place));
    if (there !== undefined) {
      refuseMoved(object, there);
      const before = isOurs(there) ? withKeysOf(there) : recorded;
      const options = { client, place, resource, settled, recorded: before, source, origin, live: there };
      const sides = await generatedSecretSides(options);
      if (sides !== undefined) return { ...facts, ...takenOver(context, there, before), ...sides };
    }
  }
  const tried = await readAndPredict(context, object, place, listed);
  const { live, replacement, refusal } = tried;
  const predicted = withPlaceholders(tried.predicted, open);
  // Written by a run that did not come to record it: what it wrote is what was applied last.
  if (live !== undefined && isOurs(live)) recorded = withoutValues(live);
  const taken = { ...(live === undefined ? undefined : takenOver(context, live, recorded)), replacement };
  if (refusal !== undefined) taken.refusal = refusal;
  if (!isSecret(place.info)) return { ...facts, ...taken, recorded, live, predicted };
  const dropped = live === undefined ? [] : formerDataKeys(live, predicted);
  const isAnew = replacement !== undefined || refusal !== undefined;
  const changes = live === undefined || isAnew || dropped.length > 0 || metadataMoves(live, predicted);
  return {
    ...facts,
    ...taken,
    ...secretSides({ desired, recorded, live, predicted, changes, sealed, dropped }),
  };
}

/** What is kept is shown as it is there, and written so; of a Secret the values are only known to an apply. */
function withKept(object: Prepared, { resource, kept }: Settled): Prepared {
  const from = object.there ?? (resource.kind === 'Secret' ? object.bound : resource);
  return { ...object, resource, bound: withLeavesOf(object.bound, kept, from) };
}

/** Values that were read are only worth something as long as they are the ones that the plan is about. */
function refuseMoved({ there, source }: Prepared, live: Resource): void {
  if (there === undefined || there.metadata['resourceVersion'] === live.metadata['resourceVersion']) return;
  throw new Problem({
    reason: 'conflict',
    where: source,
    message: `${formatKey(keyOf(live))} was changed by somebody else while this run looked at it`,
    hint: 'Nothing was written. Apply again.',
  });
}

function takenOver(
  { release, controlled }: Gathering,
  live: Resource,
  recorded: Resource | undefined,
): Pick<ObjectFacts, 'consequences' | 'refusal'> {
  const { consequences, refusal, controllers } = takeoverOf({
    ...{ live, recorded, release },
    siblings: release.siblings ?? new Map(),
  });
  if (controllers.length > 0) controlled.push({ live, controllers });
  return { consequences, refusal: refusal ?? leavingRefusal(live) };
}

async function readAndPredict(
  { view, parent }: Gathering,
  { resource, source, origin, isInNewNamespace }: Prepared,
  place: ObjectPlace,
  listed: Resource | undefined,
): Promise<Predicted> {
  const { client } = view;
  const live = listed === undefined ? undefined : isSecret(place.info) ? listed : await readObject(client, place);
  // What lives in a namespace that this release is about to make cannot be tried yet: the server refuses it.
  if (live === undefined && isInNewNamespace.has(place.namespace) && !(await namespaceIsThere(view, place.namespace))) {
    return { live: undefined, predicted: resource, replacement: undefined, refusal: undefined };
  }
  // Tried with the placeholders of late values, so that plan and apply predict, and digest, the same.
  const predicted = await predictNow({ client, place, resource, live, source, origin });
  const id = keyId(keyOf(resource));
  const begun = parent?.state.replacing?.find((one) => keyId(keyOf(one.live)) === id);
  if (predicted.live !== undefined || begun === undefined) return predicted;
  // A run ended between the deletion and the making anew: what was shown and approved is still what is to be done.
  return { ...predicted, ...begun, predicted: successorOf(begun.live, predicted.predicted, resource) };
}

/** An object that the release had and no longer renders. */
async function absentFacts(context: Gathering, key: ResourceKey): Promise<readonly ObjectFacts[]> {
  const { view, release } = context;
  const id = keyId(key);
  const recorded = context.recorded.get(id);
  const info =
    (recorded && view.discovery.find(recorded.apiVersion, key.kind)) ?? view.discovery.preferred(key.group, key.kind);
  // Its kind is gone from the cluster, and its objects with it.
  if (info === undefined && view.discovery.stale.every((apiVersion) => groupOf(apiVersion) !== key.group)) return [];
  if (info === undefined) throw unansweredGroup(key);
  const place = { info, namespace: key.namespace, name: key.name };
  const live = await readGone(context, place, recorded);
  // An object that lost its mark was taken out of the release on purpose, or is another one of the same name.
  if (live === undefined || !isOf(release, live)) return [];
  // It was deleted already, and only its finalizers are waited for.
  if (leavingText(live) !== undefined) return [];
  const blank = withoutValues(live);
  return [
    {
      key,
      desired: undefined,
      bound: undefined,
      target: context.target?.get(id),
      recorded: recorded ?? blank,
      live,
      predicted: undefined,
      ...(live === recorded ? { prediction: 'here' } : {}),
      ...(release.prediction === 'both' && isSecret(info) && recorded !== undefined
        ? { here: { live: recorded, predicted: undefined, recorded } }
        : {}),
      source: undefined,
      origin: undefined,
      consequences: await cascadeOf(view, live),
    },
  ];
}

/** A Secret that the login may not look at is taken to be there as it was applied. */
async function readGone(
  { view, release }: Gathering,
  place: ObjectPlace,
  recorded: Resource | undefined,
): Promise<Resource | undefined> {
  try {
    return await readObject(view.client, place);
  } catch (error) {
    const mayGuess = release.prediction === 'fallback' && isSecret(place.info);
    if (mayGuess && (await mayNotTry(view, place, error))) return recorded;
    throw error;
  }
}

/** A new version of a kind that is served already: the object may be there, and cannot be tried in it yet. */
async function inServedVersion({ client, discovery }: ClusterView, place: ObjectPlace): Promise<Resource | undefined> {
  const info = discovery.preferred(place.info.group, place.info.kind);
  return info === undefined ? undefined : await readObject(client, { ...place, info });
}

function isOf(release: MarkedRelease, live: Resource): boolean {
  return labelsOf(live)[partOfLabel] === applySetId(release);
}

function unansweredGroup(key: ResourceKey): Problem {
  return new Problem({
    reason: 'unreachable',
    message: `the API server of ${key.group} does not answer, so ${formatKey(key)} is neither there nor gone`,
    hint: 'Nothing is deleted while that is unknown. See: kubectl get apiservices.',
  });
}

/** Metadata of the object from the run's lists; undefined where it carries no mark, so it may still be there. */
async function listedMetadata({ view }: Gathering, place: ObjectPlace): Promise<Resource | undefined> {
  const list = await view.owned(place.info, place.namespace);
  return list.get(
    keyId({ group: place.info.group, kind: place.info.kind, namespace: place.namespace, name: place.name }),
  );
}

async function namespaceIsThere({ client, discovery }: ClusterView, name: string): Promise<boolean> {
  const info = discovery.find('v1', 'Namespace');
  return info !== undefined && (await readObject(client, { info, namespace: '', name })) !== undefined;
}

function namespacesOf(resources: readonly Resource[]): ReadonlySet<string> {
  return new Set(
    resources.flatMap(({ apiVersion, kind, metadata }) =>
      apiVersion === 'v1' && kind === 'Namespace' ? [metadata.name] : [],
    ),
  );
}

function byKey(resources: readonly Resource[]): ReadonlyMap<string, Resource> {
  return new Map(resources.map((resource) => [keyId(keyOf(resource)), resource]));
}

function unique(keys: readonly ResourceKey[]): readonly ResourceKey[] {
  return [...new Map(keys.map((key) => [keyId(key), key])).values()];
}

/** The object as rendered, with the identity of what is there: what a sealed object is. */
function withIdentityOf(resource: Resource, { metadata }: Resource): Resource {
  const { uid = null, resourceVersion = null } = metadata;
  return { ...resource, metadata: { ...resource.metadata, uid, resourceVersion } };
}

function sameJson(a: Json, b: Json): boolean {
  if (isList(a) && isList(b))
    return a.length === b.length && a.every((element, index) => sameJson(element, b[index] ?? null));
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key] ?? null, b[key] ?? null))
    );
  }
  return a === b || (typeof a === 'bigint' && typeof b === 'number' && Number(a) === b);
}
