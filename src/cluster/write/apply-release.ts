/**
 * Applying one release: lock, say what may be touched, write in waves, wait, prune, record. Killed anywhere, the next
 * run finds what was done: everything that could have been written stands in the parent before the first write.
 */
import type { HookWork } from '../../plan/hooks.ts';
import type { ObjectWork } from '../../plan/work.ts';
import { Problem } from '../../problem.ts';
import { eventOf, type HookMoment, syncWaveOf } from '../../resource/hook.ts';
import { bySyncWave } from '../../resource/order.ts';
import { keyId } from '../../resource/resource.ts';
import { type Client, isWrite } from '../read/client.ts';
import { readRevisions } from '../read/helm-record.ts';
import { readParent } from '../read/parent.ts';
import { knownSecrets } from '../read/trouble.ts';
import { refuseRunningHelm } from './helm-record.ts';
import { type RunHooks, runHooks } from './hooks.ts';
import { type HeldLease, takeLease } from './lease.ts';
import { refuseMovedParent, writeParent } from './parent.ts';
import { attemptOf, checkSizes, recordRun, replacingOf } from './record-run.ts';
import {
  type ApplyRelease,
  afterWriting,
  failedOrSkipped,
  goesOn,
  isCancelled,
  type ObjectOutcome,
  type Run,
  skipped,
} from './release-run.ts';
import type { NotReady } from './wait.ts';
import { prune, waitForWritten, writeInWaves, writeOwnNamespace } from './waves.ts';

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
  /** What a cancelled run left going on, in words: a hook that nobody stops. */
  readonly left: string | undefined;
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
    const cancelled = error.reason === 'cancelled';
    return { outcomes, notReady: [], revision: undefined, cancelled, problem: error, left: undefined };
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
  const run: Run = {
    options,
    lease,
    discovery: options.discovery,
    problem: undefined,
    left: undefined,
    seen: new Map(),
  };
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
  const recorded = withoutGone(outcomes, notReady);
  const record = recordRun(run, { announced, before, revisions, outcomes: recorded, isDone });
  const revision = await afterWriting(run, record, undefined);
  const { problem, left } = run;
  return { outcomes, notReady, revision, cancelled, problem, left, isWhole: isDone && problem === undefined };
}

/** What was written and went again without having done its work is not applied: the next run has to write it anew. */
function withoutGone(outcomes: readonly ObjectOutcome[], notReady: readonly NotReady[]): readonly ObjectOutcome[] {
  const gone = new Set(notReady.flatMap(({ key, isGone }) => (isGone === true ? [keyId(key)] : [])));
  return outcomes.map((one) => (gone.has(keyId(one.key)) ? { ...one, outcome: 'failed' } : one));
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
  try {
    await runHooks(hooksOptions(run, hooks.all, eventOf(moment, hooks.phase)));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.reason === 'cancelled') run.left = error.message;
    else run.problem ??= error;
  }
}

/** Whatever becomes of these, what failed before them is what is told. */
async function runFailureHooks(run: Run): Promise<void> {
  const { hooks } = run.options.work;
  if (hooks === undefined || hooks.phase === 'none' || isCancelled(run) || !run.lease.isHeld()) return;
  await afterWriting(run, runHooks(hooksOptions(run, hooks.all, eventOf('failed', hooks.phase))), undefined);
}

function hooksOptions({ options, discovery }: Run, hooks: readonly HookWork[], event: string): RunHooks {
  const { client, release, work, readyTimeout, onProgress, signal } = options;
  const secrets = knownSecrets([...work.desired, ...hooks.map(({ resource }) => resource)]);
  const { namespace } = release;
  return { client, discovery, namespace, hooks, event, timeout: readyTimeout, onProgress, secrets, signal };
}
