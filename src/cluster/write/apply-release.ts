/**
 * Applying one release: lock, say what may be touched, write in waves, wait, prune, record. Killed anywhere, the next
 * run finds what was done: everything that could have been written stands in the parent before the first write.
 */
import { isAsWritten, type Seal, sealOf } from '../../fields/seal.ts';
import type { ObjectWork, ReleaseWork } from '../../plan/build.ts';
import type { HookWork } from '../../plan/hooks.ts';
import { Problem } from '../../problem.ts';
import { takesTime } from '../../resource/health/health.ts';
import { eventOf, type HookMoment, syncWaveOf } from '../../resource/hook.ts';
import { bySyncWave, inWaves } from '../../resource/order.ts';
import type { Resource, ResourceKey } from '../../resource/resource.ts';
import { keyId, keyOf } from '../../resource/resource.ts';
import { type Client, endingClient, isWrite } from '../read/client.ts';
import { type Discovery, discover } from '../read/discovery.ts';
import { mayHaveHappened } from '../read/failure.ts';
import { type Revision, readRevisions } from '../read/helm-record.ts';
import { leavingText } from '../read/leaving.ts';
import { readObject } from '../read/objects.ts';
import {
  configMapKind,
  encodeState,
  type Hold,
  type Origin,
  type Parent,
  parentName,
  type RecordedChart,
  type ReleaseState,
  readParent,
} from '../read/parent.ts';
import { seenOf } from '../read/predict.ts';
import { type MarkedRelease, placeOf } from '../read/prepare.ts';
import { withoutValues } from '../read/secret.ts';
import { knownSecrets } from '../read/trouble.ts';
import {
  checkRecordSize,
  deleteRevisions,
  type RecordContent,
  refuseRunningHelm,
  writeRevision,
} from './helm-record.ts';
import { type RunHooks, runHooks } from './hooks.ts';
import { type HeldLease, takeLease } from './lease.ts';
import { mergeObjects, refuseMovedParent, writeParent } from './parent.ts';
import { replaceObject } from './replace.ts';
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
  /** Key by which values of Secrets are hashed in the parent; without one nothing of them stands there. */
  readonly key?: string | undefined;
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
  /** As the server answered, where it is not noted elsewhere. */
  readonly live?: Resource;
}

export interface ReleaseOutcome {
  readonly outcomes: readonly ObjectOutcome[];
  readonly notReady: readonly NotReady[];
  /** Helm revision that was stored; undefined when the release did not come through whole. */
  readonly revision: number | undefined;
  /** The run was cancelled before all was done. */
  readonly cancelled: boolean;
  /**
   * What went wrong beside single objects: the lock was lost, nobody could look whether they are ready, or what was
   * applied could not be recorded. The next apply finds it as interrupted work.
   */
  readonly problem: Problem | undefined;
}

/**
 * Throws `Problem` when nothing was written (`locked`, `conflict`, `limit-exceeded`, a missing namespace…). Once the
 * first object may have been written, it gives what became of each object instead.
 */
export async function applyRelease(options: ApplyRelease): Promise<ReleaseOutcome> {
  checkSizes(options);
  const early = await writeOwnNamespace(options);
  try {
    return await applyWithLock(options, early);
  } catch (error) {
    if (!(error instanceof Problem) || early.length === 0) throw error;
    const others = options.work.writes.filter(({ change }) =>
      early.every(({ key }) => keyId(key) !== keyId(change.key)),
    );
    const outcomes = [...early, ...others.map(({ change }) => skipped(change.key))];
    return { outcomes, notReady: [], revision: undefined, cancelled: error.reason === 'cancelled', problem: error };
  }
}

async function applyWithLock(options: ApplyRelease, early: readonly ObjectOutcome[]): Promise<ReleaseOutcome> {
  const lease = await takeLease({
    client: options.client,
    release: options.release,
    holder: options.holder,
    wait: options.lockWait,
    onWaiting: (behind) => options.onProgress({ kind: 'waiting-for-lock', ...behind }),
    signal: options.signal,
  });
  let isGone = false;
  try {
    const locked = { ...options, client: underLock(options.client, lease) };
    const outcome = await applyLocked(locked, lease, early);
    isGone = outcome.isWhole && options.work.desired.length === 0;
    return outcome;
  } finally {
    await (isGone ? lease.remove() : lease.release());
  }
}

/** Every write asks first whether the lock is still held: a run that was stopped past it sends nothing more. */
function underLock(client: Client, { refuseIfLost }: HeldLease): Client {
  return {
    ...client,
    send: (request) => client.send(isWrite(request) ? { ...request, permit: refuseIfLost } : request),
  };
}

async function applyLocked(
  options: ApplyRelease,
  lease: HeldLease,
  early: readonly ObjectOutcome[],
): Promise<ReleaseOutcome & { readonly isWhole: boolean }> {
  const { client, release, work } = options;
  const [parent, revisions] = await Promise.all([readParent(client, release), readRevisions(client, release)]);
  refuseMovedParent(release, options.parent, parent);
  refuseRunningHelm(release, revisions, options.now());
  const before = parent?.state;
  const announced = await writeParent({
    ...options,
    before: parent,
    state: {
      ...attemptOf(options, before),
      pending: work.writes.map(({ change }) => change.key),
      replacing: replacingOf(work.writes),
    },
  });
  const run: Run = { options, lease, discovery: options.discovery, problem: undefined, seen: new Map() };
  for (const { key, live } of early) if (live !== undefined) run.seen.set(keyId(key), live);
  const done = new Set(early.map(({ key }) => keyId(key)));
  const writes = work.writes.filter(({ change }) => change.action !== 'delete' && !done.has(keyId(change.key)));
  await runHooksAt(run, 'before', early);
  const { written, notReady } = await writeAll(run, early, writes);
  const isReady = goesOn(run, written) && notReady.length === 0;
  const deletes = work.writes.filter(({ change }) => change.action === 'delete');
  const deleted = isReady ? await prune(run, deletes) : deletes.map(({ change }) => skipped(change.key));
  const outcomes = [...written, ...deleted];
  if (isReady) await runHooksAt(run, 'after', outcomes);
  const isDone = isReady && !outcomes.some(failedOrSkipped) && run.problem === undefined;
  if (!isDone) await runFailureHooks(run);
  const cancelled = isCancelled(run) && !isDone;
  const record = recordRun(run, { announced, before, revisions, outcomes, isDone });
  const revision = await afterWriting(run, record, undefined);
  const { problem } = run;
  return { outcomes, notReady, revision, cancelled, problem, isWhole: isDone && problem === undefined };
}

/** Once objects may be written, what goes wrong with the rest is told beside what became of them. */
async function afterWriting<Result>(run: Run, work: Promise<Result>, otherwise: Result): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.reason !== 'cancelled') run.problem ??= error;
    return otherwise;
  }
}

/** What comes in a later wave of Argo CD's may need that the one before is ready, and not only there. */
async function writeAll(
  run: Run,
  early: readonly ObjectOutcome[],
  writes: readonly ObjectWork[],
): Promise<{ readonly written: readonly ObjectOutcome[]; readonly notReady: readonly NotReady[] }> {
  const groups = bySyncWave(writes, ({ desired }) => (desired === undefined ? 0 : syncWaveOf(desired)));
  let written = early;
  let notReady: readonly NotReady[] = [];
  for (const [index, group] of groups.entries()) {
    const isStopped = notReady.length > 0 || !goesOn(run, written);
    written = [
      ...written,
      ...(isStopped ? group.map(({ change }) => skipped(change.key)) : await writeInWaves(run, group)),
    ];
    const isBetween = index < groups.length - 1 && goesOn(run, written);
    if (isBetween) notReady = await afterWriting(run, waitForWritten(run, written), []);
  }
  await runHooksAt(run, 'during', written);
  if (goesOn(run, written) && notReady.length === 0)
    notReady = await afterWriting(run, waitForWritten(run, written), []);
  return { written, notReady };
}

/** Nothing after a hook that failed. */
async function runHooksAt(run: Run, moment: HookMoment, outcomes: readonly ObjectOutcome[]): Promise<void> {
  const { hooks } = run.options.work;
  if (hooks === undefined || hooks.phase === 'none' || !goesOn(run, outcomes)) return;
  await afterWriting(run, runHooks(hooksOptions(run, hooks.all, eventOf(moment, hooks.phase))), undefined);
}

/** Whatever becomes of these, what failed before them is what is told. */
async function runFailureHooks(run: Run): Promise<void> {
  const { hooks } = run.options.work;
  if (hooks === undefined || hooks.phase === 'none' || isCancelled(run) || !run.lease.isHeld()) return;
  await afterWriting(run, runHooks(hooksOptions(run, hooks.all, eventOf('failed', hooks.phase))), undefined);
}

function hooksOptions({ options, discovery }: Run, hooks: readonly HookWork[], event: string): RunHooks {
  const { client, release, readyTimeout, onProgress, signal } = options;
  return { client, discovery, namespace: release.namespace, hooks, event, timeout: readyTimeout, onProgress, signal };
}

function goesOn(run: Run, outcomes: readonly ObjectOutcome[]): boolean {
  return !outcomes.some(failedOrSkipped) && !isCancelled(run) && run.lease.isHeld() && run.problem === undefined;
}

interface RunEnd {
  readonly announced: Parent;
  readonly before: ReleaseState | undefined;
  readonly revisions: readonly Revision[];
  readonly outcomes: readonly ObjectOutcome[];
  readonly isDone: boolean;
}

/** Also of a run that was cancelled: what it did is worth two requests more. */
async function recordRun(
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

/** What is about to be deleted, for a run that comes after this one ended in between. */
function replacingOf(writes: readonly ObjectWork[]): NonNullable<ReleaseState['replacing']> {
  return writes.flatMap(({ live, replacement }) =>
    live === undefined || replacement === undefined ? [] : [{ live: withoutValues(live), replacement }],
  );
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
  problem: Problem | undefined;
  /** The objects as the server last answered, by key id: what their seals are made of. */
  readonly seen: Map<string, Resource>;
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
  encodeState(
    { ...state, objects: options.work.desired.map((object) => withoutValues(object, options.key)) },
    options.release,
  );
}

function recordOf(options: ApplyRelease): RecordContent {
  const { release, chart, config, manifest, origin, now, work } = options;
  return { release, chart, config, manifest, hooks: work.hooks?.all ?? [], origin, now: now() };
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
  };
}

/** Until the run has come through, what came through before it is what counts. */
function attemptOf(options: ApplyRelease, before: ReleaseState | undefined): ReleaseState {
  const origin = before?.origin ?? { ...options.origin, commit: '', mergeRequests: [] };
  return { ...stateOf(options, before), origin, attempt: options.origin };
}

/** The lock and the parent live in the release's namespace, so one that the release brings itself comes first. */
async function writeOwnNamespace(options: ApplyRelease): Promise<readonly ObjectOutcome[]> {
  const { client, release, work, discovery, parent } = options;
  const own = work.writes.find(
    ({ change }) =>
      change.action === 'create' && change.key.kind === 'Namespace' && change.key.name === release.namespace,
  );
  if (own?.desired === undefined) {
    if (parent !== undefined) return [];
    const info = discovery.find('v1', 'Namespace');
    const there = info && (await readObject(client, { info, namespace: '', name: release.namespace }));
    if (there !== undefined) return [];
    throw new Problem({
      reason: 'rejected',
      message: `namespace ${release.namespace} of release ${release.name} does not exist`,
      hint: `Render a Namespace with the release, or make it once: kubectl create namespace ${release.namespace}.`,
    });
  }
  const live = await applyObject({
    client,
    place: placeOf(discovery, own.desired, own.change.source),
    resource: own.desired,
    live: undefined,
    source: own.change.source,
  });
  options.onProgress({ kind: 'wrote', key: own.change.key, outcome: 'created' });
  return [{ key: own.change.key, outcome: 'created', problem: undefined, live }];
}

/** A wave is begun when the one before came through; what needs a failed object would only fail too. */
async function writeInWaves(run: Run, writes: readonly ObjectWork[]): Promise<readonly ObjectOutcome[]> {
  const outcomes: ObjectOutcome[] = [];
  for (const wave of inWaves(writes, ({ change }) => change.key)) {
    if (!goesOn(run, outcomes)) {
      outcomes.push(...wave.map(({ change }) => skipped(change.key)));
      continue;
    }
    outcomes.push(...(await Promise.all(wave.map((write) => writeOne(run, write)))));
    if (wave.some(({ change }) => change.key.kind === 'CustomResourceDefinition'))
      await afterWriting(run, awaitDefinitions(run, wave), undefined);
  }
  return outcomes;
}

async function writeOne(run: Run, { change, desired, live, replacement }: ObjectWork): Promise<ObjectOutcome> {
  const { client, onProgress, readyTimeout, signal } = run.options;
  const { key, source } = change;
  if (desired === undefined) return skipped(key);
  try {
    const place = placeOf(run.discovery, desired, source);
    const what = { client, place, resource: desired, source };
    if (replacement !== undefined && live !== undefined) {
      const { propagation } = replacement;
      const made = await replaceObject({ ...what, live, propagation, timeout: readyTimeout, signal });
      run.seen.set(keyId(key), made);
      onProgress({ kind: 'wrote', key, outcome: 'replaced' });
      return { key, outcome: 'replaced', problem: undefined };
    }
    run.seen.set(keyId(key), await applyObject({ ...what, live }));
    const outcome = live === undefined ? 'created' : change.action === 'adopt' ? 'adopted' : 'updated';
    onProgress({ kind: 'wrote', key, outcome });
    return { key, outcome, problem: undefined };
  } catch (error) {
    return failure(run, key, error);
  }
}

/** After a lost answer nobody knows whether the server wrote; what was refused, or not even sent, wrote nothing. */
function failure(run: Run, key: ResourceKey, error: unknown): ObjectOutcome {
  if (!(error instanceof Problem)) throw error;
  if (error.reason === 'cancelled') return skipped(key);
  if (error.reason === 'race-lost') {
    run.problem ??= error;
    return skipped(key);
  }
  run.options.onProgress({ kind: 'failed', key, message: error.message });
  return { key, outcome: mayHaveHappened(error) ? 'unknown' : 'failed', problem: error };
}

/** What somebody changed while the run waited is not noted: it must not be sealed as ours. */
function noteIn({ seen }: Run): (live: Resource) => void {
  return (live) => {
    const id = keyId(keyOf(live));
    const before = seen.get(id);
    if (before === undefined || isAsWritten(sealOf(before), sealOf(live))) seen.set(id, live);
  };
}

/** Objects of a new kind can be written once the kind is served. */
async function awaitDefinitions(run: Run, wave: readonly ObjectWork[]): Promise<void> {
  const { client, readyTimeout, onProgress, signal } = run.options;
  const secrets = knownSecrets(run.options.work.desired);
  const places = wave.flatMap(({ desired }) =>
    desired === undefined ? [] : [placeOf(run.discovery, desired, undefined)],
  );
  const onLook = noteIn(run);
  await waitUntilReady({ client, places, timeout: readyTimeout, onProgress, onLook, secrets, signal });
  run.discovery = await discover(client);
}

async function waitForWritten(run: Run, written: readonly ObjectOutcome[]): Promise<readonly NotReady[]> {
  const { client, work, readyTimeout, onProgress, signal, parent } = run.options;
  const secrets = knownSecrets(work.desired);
  const touched = new Set(written.map(({ key }) => keyId(key)));
  const timely = work.desired.filter(takesTime);
  const own = timely.filter((object) => touched.has(keyId(keyOf(object))));
  // What a run before wrote, and did not see ready, is still to be seen; what is gone since then is drift.
  const others = parent?.state.attempt === undefined ? [] : timely.filter((object) => !own.includes(object));
  const placesOf = (objects: readonly Resource[]) => objects.map((object) => placeOf(run.discovery, object, undefined));
  const there = await Promise.all(
    placesOf(others).map(async (place) => ((await readObject(client, place)) === undefined ? [] : [place])),
  );
  const places = [...placesOf(own), ...there.flat()];
  const onLook = noteIn(run);
  return waitUntilReady({ client, places, timeout: readyTimeout, onProgress, onLook, secrets, signal });
}

/** Deletions go against the order of writing; a refused one does not hold up the others. */
async function prune(run: Run, deletes: readonly ObjectWork[]): Promise<readonly ObjectOutcome[]> {
  const outcomes: ObjectOutcome[] = [];
  for (const wave of [...inWaves(deletes, ({ change }) => change.key)].reverse()) {
    const isStopped = isCancelled(run) || !run.lease.isHeld();
    outcomes.push(
      ...(!isStopped
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
    const left = await deleteObject(run.options.client, placeOf(run.discovery, live, undefined), seenOf(live), live);
    run.options.onProgress({ kind: 'wrote', key, outcome: 'deleted' });
    const held = left && leavingText(left);
    if (held?.includes('finalizer') === true) run.options.onProgress({ kind: 'waiting', key, message: held });
    return { key, outcome: 'deleted', problem: undefined };
  } catch (error) {
    return failure(run, key, error);
  }
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
  // Only what this run wrote is sealed anew: a new seal on an object that it left alone would hide its drift.
  const touched = of((outcome) => !failedOrSkipped(outcome));
  const seals: Record<string, Seal> = {};
  for (const object of written) {
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
    pending: outcomes.filter(({ outcome }) => outcome === 'unknown').map(({ key }) => key),
    replacing: replacingOf(work.writes.filter(({ change }) => notWritten.has(keyId(change.key)))),
  };
}
