/** The facts of one rendered object: what is there, what was applied last, and what an apply would make of it. */
import { formerDataKeys } from '../../fields/former.ts';
import { isUntouched } from '../../fields/seal.ts';
import { compare } from '../../plan/compare.ts';
import type { ObjectFacts } from '../../plan/facts.ts';
import { type Settled, withLeavesOf, withPlaceholders } from '../../plan/generated.ts';
import { normalise } from '../../plan/normalise.ts';
import { Problem } from '../../problem.ts';
import { equal } from '../../resource/equal.ts';
import { deletesItself } from '../../resource/health/health.ts';
import { formatKey, keyId, keyOf, type Resource } from '../../resource/resource.ts';
import { isForWhatComesWithIt } from './comes-with-it.ts';
import { type Gathering, isOf, type Prepared } from './gathering.ts';
import { generatedSecretSides, withKeysOf } from './generated-secret.ts';
import { leavingRefusal } from './leaving.ts';
import { isSecret, type ObjectPlace, readObject } from './objects.ts';
import { metadataMoves, type Predicted, predictNow } from './predict.ts';
import { onTop, successorOf } from './predict-anew.ts';
import { isUntried, mayNotTry, predictHere } from './predict-here.ts';
import { placeOf } from './prepare.ts';
import { secretSides, withoutValues } from './secret.ts';
import { takeoverOf } from './takeover.ts';
import type { ClusterView } from './view.ts';

/** As the server says, or as it is computed here where that is all there is, or both. */
export async function presentFacts(
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
    const made = release.objects.map((one) => one.resource);
    const isTooEarly = await isForWhatComesWithIt(view, error, { resource, made });
    if (!isTooEarly && (mode !== 'fallback' || !(await mayNotTry(view, place, error)))) throw error;
    return await factsFromHere(context, object, place, settled);
  }
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
  if (sealed && recorded !== undefined && !isSecret(place.info) && open.length === 0 && equal(recorded, bound)) {
    return { ...facts, recorded, live: withIdentityOf(bound, listed), predicted: bound, isUntouched: true };
  }
  const isDone = recorded !== undefined && !isPending && deletesItself(recorded) && equal(recorded, bound);
  if (isDone && listed === undefined && (await readObject(context.view.client, place)) === undefined) {
    return { ...facts, recorded, live: bound, predicted: bound, isUntouched: true };
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
  if (changes && !sealed && !isAnew && live !== undefined && recorded !== undefined) {
    // Somebody touched it and the render may have changed as well: the server tells key by key.
    const { client } = context.view;
    const asked = { resource, kept: [], open };
    const sides = await generatedSecretSides({
      client,
      place,
      resource,
      settled: asked,
      recorded,
      source,
      origin,
      live,
    });
    if (sides !== undefined) return { ...facts, ...taken, ...sides };
  }
  return {
    ...facts,
    ...taken,
    ...secretSides({ desired, recorded, live, predicted, changes, sealed, dropped, key: context.release.key }),
  };
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

/** Metadata of the object from the run's lists; undefined where it carries no mark, so it may still be there. */
async function listedMetadata({ view }: Gathering, place: ObjectPlace): Promise<Resource | undefined> {
  const list = await view.owned(place.info, place.namespace);
  return list.get(
    keyId({ group: place.info.group, kind: place.info.kind, namespace: place.namespace, name: place.name }),
  );
}

/** A new version of a kind that is served already: the object may be there, and cannot be tried in it yet. */
async function inServedVersion({ client, discovery }: ClusterView, place: ObjectPlace): Promise<Resource | undefined> {
  const info = discovery.preferred(place.info.group, place.info.kind);
  return info === undefined ? undefined : await readObject(client, { ...place, info });
}

async function namespaceIsThere({ client, discovery }: ClusterView, name: string): Promise<boolean> {
  const info = discovery.find('v1', 'Namespace');
  return info !== undefined && (await readObject(client, { info, namespace: '', name })) !== undefined;
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

/** The object as rendered, with the identity of what is there: what a sealed object is. */
function withIdentityOf(resource: Resource, { metadata }: Resource): Resource {
  const { uid = null, resourceVersion = null } = metadata;
  return { ...resource, metadata: { ...resource.metadata, uid, resourceVersion } };
}
