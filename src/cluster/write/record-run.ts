/** What is left of a run in the cluster: the parent, before and after it, and Helm's record of what came through. */
import { createHash } from 'node:crypto';
import { type Seal, sealOf } from '../../fields/seal.ts';
import type { ObjectWork } from '../../plan/work.ts';
import { keyId, keyOf, type Resource } from '../../resource/resource.ts';
import { endingClient } from '../read/client.ts';
import type { Revision } from '../read/helm-record.ts';
import {
  configMapKind,
  encodeState,
  type Parent,
  parentName,
  type ReleasePlace,
  type ReleaseState,
} from '../read/parent.ts';
import { seenOf } from '../read/predict.ts';
import { withoutValues } from '../read/secret.ts';
import { checkRecordSize, deleteRevisions, type RecordContent, writeRevision } from './helm-record.ts';
import { mergeObjects, writeParent } from './parent.ts';
import { type ApplyRelease, failedOrSkipped, type ObjectOutcome, type Run } from './release-run.ts';
import { deleteObject } from './write-object.ts';

/** Sizes are known before anything is written, and a release that does not fit must not be half applied. */
export function checkSizes(options: ApplyRelease): void {
  checkRecordSize(recordOf(options));
  const state = stateOf(options, undefined);
  const objects = options.work.desired.map((object) => withoutValues(object, options.key));
  const seals = Object.fromEntries(options.work.desired.map((object) => [keyId(keyOf(object)), sealToCome(object)]));
  encodeState({ ...state, objects, seals }, options.release);
}

/** As large as the one that the object will have: like it, nothing that can be packed. */
function sealToCome(object: Resource): Seal {
  const id = keyId(keyOf(object));
  const noise = (what: string): string => createHash('sha256').update(`${what} ${id}`).digest('base64url');
  return {
    ...sealOf(object),
    uid: noise('uid').slice(0, 36),
    resourceVersion: noise('version').slice(0, 10),
    ours: noise('ours').slice(0, 22),
  };
}

interface RunEnd {
  readonly announced: Parent;
  readonly before: ReleaseState | undefined;
  readonly revisions: readonly Revision[];
  readonly outcomes: readonly ObjectOutcome[];
  readonly isDone: boolean;
}

/** Also of a run that was cancelled: what it did is worth two requests more. */
export async function recordRun(
  { options, lease, seen }: Run,
  { announced, before, revisions, outcomes, isDone }: RunEnd,
): Promise<number | undefined> {
  lease.refuseIfLost();
  const ending = { ...options, client: endingClient(options.client) };
  if (isDone && options.work.desired.length === 0) {
    await forget(ending, announced, revisions);
    return undefined;
  }
  const revision = isDone ? await writeRevision(ending.client, recordOf(options), revisions) : undefined;
  const state = finalState({ options, seen }, { before, outcomes, revision });
  await writeParent({ ...ending, before: announced, state });
  return revision;
}

/** Nothing of the release is left to record: what was kept on purpose is nobody's from now on. */
async function forget(
  { client, release }: ApplyRelease,
  parent: Parent,
  revisions: readonly Revision[],
): Promise<void> {
  await deleteRevisions(client, release, revisions);
  const place = { info: configMapKind, namespace: release.namespace, name: parentName(release.name) };
  await deleteObject(client, place, seenOf(parent.live));
}

function recordOf(options: ApplyRelease): RecordContent {
  const { release, chart, config, manifest, origin, now, work } = options;
  return { release, chart, config, manifest, hooks: work.hooks?.all ?? [], origin, now: now() };
}

/** Until the run has come through, what came through before it is what counts. */
export function attemptOf(options: ApplyRelease, before: ReleaseState | undefined): ReleaseState {
  const origin = before?.origin ?? { ...options.origin, commit: '', mergeRequests: [] };
  return { ...stateOf(options, before), origin, attempt: options.origin };
}

function stateOf(options: ApplyRelease, before: ReleaseState | undefined): ReleaseState {
  return {
    origin: options.origin,
    revision: before?.revision ?? 0,
    at: options.now().toISOString(),
    objects: before?.objects ?? [],
    seals: before?.seals ?? {},
    drawn: before?.drawn ?? {},
    pending: before?.pending ?? [],
    hooks: (options.work.hooks?.all ?? []).map(({ resource, rules, source }) => ({
      ...{ resource: withoutValues(resource), rules, source: source ?? null },
    })),
    hold: options.hold ?? before?.hold,
    marks: options.release.marks,
    chart: options.chart,
    ...elsewhere(options.release, options.namespaces),
  };
}

/** What the parent of a release says of where the others are. */
export function elsewhere(
  { namespace }: ReleasePlace,
  namespaces: readonly string[],
): Pick<ReleaseState, 'namespaces'> {
  const others = [...new Set(namespaces)].filter((one) => one !== namespace).sort();
  return others.length === 0 ? {} : { namespaces: others };
}

/** What the parent says at the end: what was written, what was there before and was not, and what nobody knows. */
function finalState(
  { options, seen }: Pick<Run, 'options' | 'seen'>,
  { before, outcomes, revision }: Pick<RunEnd, 'before' | 'outcomes'> & { readonly revision: number | undefined },
): ReleaseState {
  const { work } = options;
  const of = (wanted: (outcome: ObjectOutcome) => boolean) =>
    new Set(outcomes.filter(wanted).map(({ key }) => keyId(key)));
  const notWritten = of(failedOrSkipped);
  const written = work.desired.filter((object) => !notWritten.has(keyId(keyOf(object))));
  const deleted = outcomes.filter(({ outcome }) => outcome === 'deleted').map(({ key }) => key);
  // What the release neither renders nor deletes is no longer its own: kept on purpose, or moved to another one.
  const own = new Set([...work.desired.map(keyOf), ...outcomes.map(({ key }) => key)].map(keyId));
  const left = (before?.objects ?? []).filter((object) => own.has(keyId(keyOf(object))));
  const blank = (object: Resource): Resource => withoutValues(object, options.key);
  const objects = mergeObjects(left, written.map(blank), deleted);
  // Only what this run wrote is sealed anew: a new seal on an object that it left alone would hide its drift. What it
  // could not write keeps its old one: of a Secret nothing else tells that a difference is the render's.
  const touched = of((outcome) => !failedOrSkipped(outcome));
  const seals: Record<string, Seal> = {};
  for (const object of objects) {
    const id = keyId(keyOf(object));
    const live = touched.has(id) ? seen.get(id) : undefined;
    const seal = live === undefined ? before?.seals[id] : sealOf(live);
    if (seal !== undefined) seals[id] = seal;
  }
  return {
    ...(revision === undefined ? attemptOf(options, before) : stateOf(options, before)),
    revision: revision ?? before?.revision ?? 0,
    objects,
    seals,
    drawn: Object.fromEntries(
      objects.flatMap((object) => {
        const id = keyId(keyOf(object));
        const forms = (notWritten.has(id) ? before : work)?.drawn?.[id];
        return forms === undefined ? [] : [[id, forms] as const];
      }),
    ),
    // What the other release did not come to take is found here by the next plan, or it would be nobody's.
    pending: [...outcomes.filter(({ outcome }) => outcome === 'unknown').map(({ key }) => key), ...(work.moved ?? [])],
    replacing: replacingOf(work.writes.filter(({ change }) => notWritten.has(keyId(change.key)))),
  };
}

/** What is about to be deleted, for a run that comes after this one ended in between. */
export function replacingOf(writes: readonly ObjectWork[]): NonNullable<ReleaseState['replacing']> {
  return writes.flatMap(({ live, replacement }) =>
    live === undefined || replacement === undefined ? [] : [{ live: withoutValues(live), replacement }],
  );
}
