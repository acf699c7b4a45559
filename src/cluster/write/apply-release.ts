/**
 * Applying one release: lock, say what may be touched, write in waves, wait, prune, record. Killed anywhere, the next
 * run finds what was done: everything that could have been written stands in the parent before the first write.
 */
import { type Seal, sealOf } from '../../fields/seal.ts';
import type { ObjectWork, ReleaseWork } from '../../plan/build.ts';
import { Problem } from '../../problem.ts';
import { takesTime } from '../../resource/health/health.ts';
import { inWaves } from '../../resource/order.ts';
import type { Resource, ResourceKey } from '../../resource/resource.ts';
import { keyId, keyOf } from '../../resource/resource.ts';
import type { Client } from '../read/client.ts';
import { type Discovery, discover } from '../read/discovery.ts';
import { type Revision, readRevisions } from '../read/helm-record.ts';
import { keyOfPlace, type ObjectPlace, readObject } from '../read/objects.ts';
import {
  applySetId,
  configMapKind,
  encodeState,
  type Hold,
  type Origin,
  type Parent,
  parentName,
  partOfLabel,
  type RecordedChart,
  type ReleaseState,
  readParent,
} from '../read/parent.ts';
import { seenOf } from '../read/predict.ts';
import { type MarkedRelease, placeOf } from '../read/prepare.ts';
import { viewCluster } from '../read/release-facts.ts';
import { withoutValues } from '../read/secret.ts';
import { checkRecordSize, deleteRevisions, type RecordContent, writeRevision } from './helm-record.ts';
import { type HeldLease, takeLease } from './lease.ts';
import { mergeObjects, writeParent } from './parent.ts';
import { type NotReady, type Progress, waitUntilReady } from './wait.ts';
import { applyObject, deleteObject } from './write-object.ts';

export interface ApplyRelease {
  readonly client: Client;
  readonly discovery: Discovery;
  readonly release: MarkedRelease;
  readonly work: ReleaseWork;
  /** The parent that the plan saw. */
  readonly parent: Parent | undefined;
  readonly origin: Origin;
  readonly chart: RecordedChart;
  /** A hold to set with it; absent: whatever hold there is stays. */
  readonly hold?: Hold;
  readonly config: RecordContent['config'];
  /** The manifest for Helm's record. */
  readonly manifest: string;
  readonly toolVersion: string;
  /** Who holds the lock, for whoever waits. */
  readonly holder: string;
  /** Milliseconds. */
  readonly lockWait: number;
  readonly readyTimeout: number;
  readonly onProgress: (progress: Progress) => void;
  /** Aborted when the run is cancelled: what was begun is ended, nothing more is begun. */
  readonly signal: AbortSignal | undefined;
  readonly now: () => Date;
}

export type Outcome = 'created' | 'updated' | 'replaced' | 'adopted' | 'deleted' | 'failed' | 'skipped' | 'unknown';

export interface ObjectOutcome {
  readonly key: ResourceKey;
  readonly outcome: Outcome;
  readonly problem: Problem | undefined;
}

export interface ReleaseOutcome {
  readonly outcomes: readonly ObjectOutcome[];
  readonly notReady: readonly NotReady[];
  /** Helm revision that was stored; undefined when the release did not come through whole. */
  readonly revision: number | undefined;
  readonly cancelled: boolean;
  /** What was applied could not be recorded; the next apply finds it as interrupted work. */
  readonly problem: Problem | undefined;
}

/**
 * Throws `Problem` when nothing was written (`locked`, `conflict`, `limit-exceeded`, a missing namespace…). Once the
 * first object may have been written, it gives what became of each object instead.
 */
export async function applyRelease(options: ApplyRelease): Promise<ReleaseOutcome> {
  checkSizes(options);
  const early = await writeOwnNamespace(options);
  const lease = await takeLease({
    client: options.client,
    release: options.release,
    holder: options.holder,
    wait: options.lockWait,
    onWaiting: (holder) => options.onProgress({ kind: 'waiting-for-lock', holder }),
  });
  let isGone = false;
  try {
    const outcome = await applyLocked(options, lease, early);
    isGone =
      options.work.desired.length === 0 && outcome.problem === undefined && !outcome.outcomes.some(failedOrSkipped);
    return outcome;
  } finally {
    await (isGone ? lease.remove() : lease.release());
  }
}

async function applyLocked(
  options: ApplyRelease,
  lease: HeldLease,
  early: readonly ObjectOutcome[],
): Promise<ReleaseOutcome> {
  const { client, release, work } = options;
  const parent = await readParent(client, release);
  refuseMovedParent(options, parent);
  const revisions = await readRevisions(client, release);
  const before = parent?.state;
  const announced = await writeParent({
    ...options,
    before: parent,
    state: { ...stateOf(options, before), pending: work.writes.map(({ change }) => change.key) },
  });
  const run = { options, lease, discovery: options.discovery };
  const done = new Set(early.map(({ key }) => keyId(key)));
  const writes = work.writes.filter(({ change }) => change.action !== 'delete' && !done.has(keyId(change.key)));
  const written = [...early, ...(await writeInWaves(run, writes))];
  const notReady = written.some(failedOrSkipped) ? [] : await waitForWritten(run, written);
  const isWhole = !written.some(failedOrSkipped) && notReady.length === 0;
  const deletes = work.writes.filter(({ change }) => change.action === 'delete');
  const deleted = isWhole ? await prune(run, deletes) : deletes.map(({ change }) => skipped(change.key));
  const outcomes = [...written, ...deleted];
  const cancelled = isCancelled(run);
  const cameThrough = isWhole && !outcomes.some(failedOrSkipped);
  let revision: number | undefined;
  let problem: Problem | undefined;
  try {
    if (cameThrough && work.desired.length === 0) {
      await forget(options, announced, revisions);
    } else {
      revision = cameThrough ? await writeRevision(client, recordOf(options), revisions) : undefined;
      const state = await finalState(run, before, outcomes, revision);
      await writeParent({ ...options, before: announced, state });
    }
  } catch (error) {
    // The objects are written, and that has to be told even where it cannot be recorded.
    if (!(error instanceof Problem)) throw error;
    problem = error;
  }
  return { outcomes, notReady, revision, cancelled, problem };
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

interface Run {
  readonly options: ApplyRelease;
  readonly lease: HeldLease;
  discovery: Discovery;
}

function isCancelled({ options }: Run): boolean {
  return options.signal?.aborted === true;
}

function failedOrSkipped({ outcome }: ObjectOutcome): boolean {
  return outcome === 'failed' || outcome === 'skipped' || outcome === 'unknown';
}

function skipped(key: ResourceKey): ObjectOutcome {
  return { key, outcome: 'skipped', problem: undefined };
}

/** Sizes are known before anything is written, and a release that does not fit must not be half applied. */
function checkSizes(options: ApplyRelease): void {
  checkRecordSize(recordOf(options));
  const state = stateOf(options, undefined);
  encodeState({ ...state, objects: options.work.desired.map(withoutValues) }, options.release);
}

function recordOf(options: ApplyRelease): RecordContent {
  const { release, chart, config, manifest, origin, now } = options;
  return { release, chart, config, manifest, origin, now: now() };
}

function stateOf(options: ApplyRelease, before: ReleaseState | undefined): ReleaseState {
  return {
    origin: options.origin,
    revision: before?.revision ?? 0,
    at: options.now().toISOString(),
    objects: before?.objects ?? [],
    seals: before?.seals ?? {},
    pending: before?.pending ?? [],
    hold: options.hold ?? before?.hold,
    marks: options.release.marks,
    chart: options.chart,
  };
}

/** The lock and the parent live in the release's namespace, so one that the release brings itself comes first. */
async function writeOwnNamespace(options: ApplyRelease): Promise<readonly ObjectOutcome[]> {
  const { client, release, work, discovery } = options;
  const own = work.writes.find(
    ({ change }) =>
      change.action === 'create' && change.key.kind === 'Namespace' && change.key.name === release.namespace,
  );
  if (own?.desired === undefined) {
    const info = discovery.find('v1', 'Namespace');
    const there = info && (await readObject(client, { info, namespace: '', name: release.namespace }));
    if (there !== undefined) return [];
    throw new Problem({
      reason: 'rejected',
      message: `namespace ${release.namespace} of release ${release.name} does not exist`,
      hint: `Render a Namespace with the release, or make it once: kubectl create namespace ${release.namespace}.`,
    });
  }
  await applyObject({
    client,
    place: placeOf(discovery, own.desired, own.change.source),
    resource: own.desired,
    live: undefined,
    source: own.change.source,
  });
  options.onProgress({ kind: 'wrote', key: own.change.key, outcome: 'created' });
  return [{ key: own.change.key, outcome: 'created', problem: undefined }];
}

/** Another run that applied this release after the plan was made has changed what the plan was about. */
function refuseMovedParent(options: ApplyRelease, now: Parent | undefined): void {
  const planned = options.parent?.live.metadata['resourceVersion'];
  if (planned === now?.live.metadata['resourceVersion']) return;
  throw new Problem({
    reason: 'conflict',
    message: `release ${options.release.name} was applied by another run after this plan was made`,
    hint: 'Nothing was written. Plan again.',
  });
}

/** A wave is begun when the one before came through; what needs a failed object would only fail too. */
async function writeInWaves(run: Run, writes: readonly ObjectWork[]): Promise<readonly ObjectOutcome[]> {
  const outcomes: ObjectOutcome[] = [];
  for (const wave of inWaves(writes, ({ change }) => change.key)) {
    const goesOn = !outcomes.some(failedOrSkipped) && !isCancelled(run) && run.lease.isHeld();
    if (!goesOn) {
      outcomes.push(...wave.map(({ change }) => skipped(change.key)));
      continue;
    }
    outcomes.push(...(await Promise.all(wave.map((write) => writeOne(run, write)))));
    if (wave.some(({ change }) => change.key.kind === 'CustomResourceDefinition')) await awaitDefinitions(run, wave);
  }
  return outcomes;
}

async function writeOne(run: Run, { change, desired, live }: ObjectWork): Promise<ObjectOutcome> {
  const { client, onProgress } = run.options;
  const { key, source } = change;
  if (desired === undefined) return skipped(key);
  try {
    const place = placeOf(run.discovery, desired, source);
    const isReplaced = change.action === 'replace' && live !== undefined;
    if (isReplaced) await deleteAndWait(run, place, live);
    await applyObject({ client, place, resource: desired, live: isReplaced ? undefined : live, source });
    const outcome = live === undefined ? 'created' : change.action === 'adopt' ? 'adopted' : 'updated';
    onProgress({ kind: 'wrote', key, outcome });
    return { key, outcome: isReplaced ? 'replaced' : outcome, problem: undefined };
  } catch (error) {
    return failure(run, key, error);
  }
}

/** After a lost connection nobody knows whether the server wrote; every other refusal wrote nothing. */
function failure({ options }: Run, key: ResourceKey, error: unknown): ObjectOutcome {
  if (!(error instanceof Problem)) throw error;
  options.onProgress({ kind: 'failed', key, message: error.message });
  return { key, outcome: error.reason === 'unreachable' ? 'unknown' : 'failed', problem: error };
}

/** Objects of a new kind can be written once the kind is served. */
async function awaitDefinitions(run: Run, wave: readonly ObjectWork[]): Promise<void> {
  const { client, readyTimeout, onProgress, signal } = run.options;
  const places = wave.flatMap(({ desired }) =>
    desired === undefined ? [] : [placeOf(run.discovery, desired, undefined)],
  );
  await waitUntilReady({ client, places, timeout: readyTimeout, onProgress, signal });
  run.discovery = await discover(client);
}

async function waitForWritten(run: Run, written: readonly ObjectOutcome[]): Promise<readonly NotReady[]> {
  const { client, work, readyTimeout, onProgress, signal } = run.options;
  const touched = new Set(written.map(({ key }) => keyId(key)));
  const places = work.desired
    .filter((object) => touched.has(keyId(keyOf(object))) && takesTime(object))
    .map((object) => placeOf(run.discovery, object, undefined));
  return waitUntilReady({ client, places, timeout: readyTimeout, onProgress, signal });
}

/** Deletions go against the order of writing; a refused one does not hold up the others. */
async function prune(run: Run, deletes: readonly ObjectWork[]): Promise<readonly ObjectOutcome[]> {
  const outcomes: ObjectOutcome[] = [];
  for (const wave of [...inWaves(deletes, ({ change }) => change.key)].reverse()) {
    const goesOn = !isCancelled(run) && run.lease.isHeld();
    outcomes.push(
      ...(goesOn
        ? await Promise.all(wave.map((work) => deleteOne(run, work)))
        : wave.map(({ change }) => skipped(change.key))),
    );
  }
  return outcomes;
}

async function deleteOne(run: Run, { change, live }: ObjectWork): Promise<ObjectOutcome> {
  const { key } = change;
  if (live === undefined) return skipped(key);
  try {
    await deleteObject(run.options.client, placeOf(run.discovery, live, undefined), seenOf(live));
    run.options.onProgress({ kind: 'wrote', key, outcome: 'deleted' });
    return { key, outcome: 'deleted', problem: undefined };
  } catch (error) {
    return failure(run, key, error);
  }
}

async function deleteAndWait(run: Run, place: ObjectPlace, live: Resource): Promise<void> {
  const { client, readyTimeout, signal } = run.options;
  await deleteObject(client, place, seenOf(live));
  const deadline = performance.now() + readyTimeout;
  while ((await readObject(client, place)) !== undefined) {
    if (performance.now() > deadline || signal?.aborted === true) {
      throw new Problem({
        reason: 'not-ready',
        message: `${place.info.kind} ${keyOfPlace(place).name} is still being deleted, so it could not be made anew`,
        hint: 'Its finalizers hold it: kubectl get it -o yaml shows which. The next apply makes it.',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** What the parent says at the end: what was written, what was there before and was not, and what nobody knows. */
async function finalState(
  { options, discovery }: Run,
  before: ReleaseState | undefined,
  outcomes: readonly ObjectOutcome[],
  revision: number | undefined,
): Promise<ReleaseState> {
  const { client, work } = options;
  const of = (wanted: (outcome: ObjectOutcome) => boolean) =>
    new Set(outcomes.filter(wanted).map(({ key }) => keyId(key)));
  const notWritten = of(failedOrSkipped);
  const written = work.desired.filter((object) => !notWritten.has(keyId(keyOf(object))));
  const deleted = outcomes.filter(({ outcome }) => outcome === 'deleted').map(({ key }) => key);
  const objects = mergeObjects(before?.objects ?? [], written.map(withoutValues), deleted);
  const view = viewCluster(client, discovery, `${partOfLabel}=${applySetId(options.release)}`);
  // Only what this run wrote is sealed anew: a new seal on an object that it left alone would hide its drift.
  const touched = of((outcome) => !failedOrSkipped(outcome));
  const seals: Record<string, Seal> = {};
  for (const object of written) {
    const { info, namespace } = placeOf(discovery, object, undefined);
    const id = keyId(keyOf(object));
    const live = touched.has(id) ? (await view.owned(info, namespace)).get(id) : undefined;
    const seal = live === undefined ? before?.seals[id] : sealOf(live);
    if (seal !== undefined) seals[id] = seal;
  }
  return {
    ...stateOf(options, before),
    revision: revision ?? before?.revision ?? 0,
    objects,
    seals,
    pending: outcomes.filter(({ outcome }) => outcome === 'unknown').map(({ key }) => key),
  };
}
