/** Applying the releases of an environment, some at a time, each by itself; a failed one stops those that need it. */
import type { ReleaseWork } from '../../plan/work.ts';
import { formatProblem, Problem } from '../../problem.ts';
import { formatKey, keyId } from '../../resource/resource.ts';
import type { Hold, Parent, RecordedChart } from '../read/parent.ts';
import { turnstile } from '../read/turnstile.ts';
import { advanceRecord } from './advance.ts';
import { applyRelease, type ReleaseOutcome } from './apply-release.ts';
import { manifestOf } from './helm-record.ts';
import type { ApplyRelease, ObjectOutcome } from './release-run.ts';

export interface ReleaseToApply {
  readonly work: ReleaseWork;
  readonly parent: Parent | undefined;
  readonly mergeRequests: readonly number[];
  /** Who let it past the gate, and why; the record keeps it. */
  readonly breakGlass?: string;
  /** The commit that it comes from, where that is not the one of the run. */
  readonly commit?: string;
  readonly needs: readonly string[];
  readonly chart: RecordedChart;
  /** The values it was rendered with, for Helm's record. */
  readonly config: ApplyRelease['config'];
  readonly marks: ApplyRelease['release']['marks'];
  /** A hold to set with it; absent: whatever hold there is stays. */
  readonly hold?: Hold;
  /** Set where the commit leaves the release as it is: only its record follows. */
  readonly onlyRecord?: true;
}

export type ApplyReleases = Pick<
  ApplyRelease,
  | 'client'
  | 'discovery'
  | 'key'
  | 'toolVersion'
  | 'namespaces'
  | 'holder'
  | 'lockWait'
  | 'readyTimeout'
  | 'onProgress'
  | 'signal'
  | 'now'
> & {
  readonly environment: string;
  readonly source: { readonly repository: string; readonly commit: string };
  readonly releases: readonly ReleaseToApply[];
};

/** Releases at the same time, each a chain of requests; how many requests run at once is for the client to say. */
const width = 16;

/** What stands in the way, by release; a release that came through whole is not in it. Needs stand before their needers. */
export async function applyReleases(options: ApplyReleases): Promise<ReadonlyMap<string, Problem>> {
  const enter = turnstile(width);
  const results = new Map<string, Promise<Problem | undefined>>();
  for (const release of options.releases) {
    const needs = release.needs.flatMap((name) => {
      const result = results.get(name);
      return result === undefined ? [] : [{ name, result }];
    });
    results.set(release.work.name, applyAfter(needs, { options, release, enter }));
  }
  const problems = new Map<string, Problem>();
  // All of them end, whatever becomes of one: what was written has to be told.
  await Promise.allSettled(results.values());
  for (const [name, result] of results) {
    const problem = await result;
    if (problem !== undefined) problems.set(name, problem);
  }
  return problems;
}

async function applyAfter(
  needs: readonly { readonly name: string; readonly result: Promise<Problem | undefined> }[],
  { options, release, enter }: { options: ApplyReleases; release: ReleaseToApply; enter: () => Promise<() => void> },
): Promise<Problem | undefined> {
  for (const { name, result } of needs) {
    const problem = await result;
    if (problem !== undefined) return unmet(release.work.name, name, problem);
  }
  const leave = await enter();
  try {
    if (options.signal?.aborted === true) return cancelledBefore(release.work.name);
    return await applyOne(options, release);
  } finally {
    leave();
  }
}

async function applyOne(options: ApplyReleases, release: ReleaseToApply): Promise<Problem | undefined> {
  const { work, parent, mergeRequests, chart } = release;
  const sources = work.writes.flatMap(({ change }) =>
    change.source === undefined ? [] : [[keyId(change.key), change.source] as const],
  );
  try {
    if (release.onlyRecord === true && parent !== undefined) {
      const { client, namespaces, toolVersion, source } = options;
      await advanceRecord({ client, parent, commit: source.commit, namespaces, toolVersion });
      return undefined;
    }
    const outcome = await applyRelease({
      ...options,
      release: { name: work.name, namespace: work.namespace, marks: release.marks },
      work,
      parent,
      origin: {
        environment: options.environment,
        repository: options.source.repository,
        commit: release.commit ?? options.source.commit,
        mergeRequests,
        ...(release.breakGlass === undefined ? {} : { breakGlass: release.breakGlass }),
      },
      chart,
      ...(release.hold === undefined ? {} : { hold: release.hold }),
      config: release.config,
      manifest: manifestOf(work.desired, new Map(sources)),
    });
    return problemIn(work.name, outcome);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // Nothing of this release was written, and the others may still be.
    return error.reason === 'cancelled' ? cancelledBefore(work.name) : error;
  }
}

function cancelledBefore(name: string): Problem {
  return new Problem({
    reason: 'cancelled',
    message: `cancelled before anything of ${name} was written`,
    hint: 'The next apply does it.',
  });
}

function unmet(name: string, need: string, problem: Problem): Problem {
  return new Problem({
    reason: problem.reason,
    message: `${name} needs ${need}, which was not applied`,
    hint: `Nothing of ${name} was written. See ${need}.`,
    cause: problem.cause,
  });
}

/** A release that did not come through: what was written and what was not, object by object. */
function problemIn(name: string, outcome: ReleaseOutcome): Problem | undefined {
  const { outcomes, notReady, cancelled, problem: unrecorded } = outcome;
  const [failed] = outcomes.flatMap(({ problem }) => problem ?? []);
  const done = outcomes.filter(isDone);
  const lines = outcomes.map(
    ({ key, outcome: what, problem }) =>
      `${what.padEnd(9)} ${formatKey(key)}${problem === undefined ? '' : `: ${problem.message}`}`,
  );
  const common = { where: failed?.where, excerpt: [...lines, ...detailsOf(failed ?? unrecorded)].join('\n') };
  const written = `${done.length} of ${outcomes.length} ${outcomes.length === 1 ? 'change' : 'changes'} of ${name} ${outcomes.length === 1 ? 'was' : 'were'} written`;
  if (cancelled) {
    return new Problem({
      ...common,
      excerpt: [...lines, ...unawaited(outcome)].join('\n'),
      reason: 'cancelled',
      message: `cancelled: ${written}${unrecorded === undefined ? '' : `, and that could not be recorded: ${unrecorded.message}`}`,
      hint: 'The next apply goes on from here.',
    });
  }
  if (failed !== undefined) {
    return new Problem({
      ...common,
      reason: failed.reason,
      message: `${written}, then: ${failed.message}`,
      hint: failed.hint,
    });
  }
  if (notReady.length > 0) {
    const waiting = notReady.flatMap(({ key, message, evidence }) => [
      `${formatKey(key)}: ${message}`,
      ...evidence.map((line) => `  ${line}`),
    ]);
    return new Problem({
      reason: 'not-ready',
      message: `${written}, and ${notReady.length === 1 ? 'one object is' : `${notReady.length} objects are`} not ready`,
      excerpt: [...waiting, ...lines].join('\n'),
      hint: 'What the release no longer has was left in place. Look at the pods, then apply again or revert the merge request.',
    });
  }
  if (unrecorded === undefined) return undefined;
  if (unrecorded.reason === 'hook-failed' || outcomes.some((one) => !isDone(one))) {
    return new Problem({
      ...common,
      reason: unrecorded.reason,
      message: `${written}, then: ${unrecorded.message}`,
      hint: unrecorded.hint,
    });
  }
  return new Problem({
    reason: unrecorded.reason,
    message: `${written}, and that could not be recorded: ${unrecorded.message}`,
    excerpt: lines.join('\n'),
    hint: unrecorded.hint,
  });
}

/** What goes on by itself after a run that was cancelled. */
function unawaited({ notReady, left }: ReleaseOutcome): readonly string[] {
  return [
    ...notReady.map(({ key, message }) => `not ready ${formatKey(key)}: ${message}`),
    ...(left === undefined ? [] : [left]),
  ];
}

function detailsOf(problem: Problem | undefined): readonly string[] {
  return problem?.excerpt === undefined ? [] : formatProblem(problem).split('\n').slice(1);
}

function isDone({ outcome }: ObjectOutcome): boolean {
  return outcome !== 'failed' && outcome !== 'skipped' && outcome !== 'unknown';
}
