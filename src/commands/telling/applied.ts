/** What became of every release of an environment, and of the run as a whole. */
import type { Decision } from '../../gate/decision.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Problem } from '../../problem.ts';
import type { AppliedEnvironment, ReleaseOutcome } from '../../report/outcome.ts';
import { allowedBy, brokenIn } from '../deciding/allowed.ts';
import type { Outcome } from '../host.ts';
import type { Planned } from '../planning/planning.ts';

export interface EnvironmentResult {
  readonly applied: AppliedEnvironment;
  readonly plan: Plan | undefined;
  /** Whose changes were waiting: the ones to tell what became of them. */
  readonly mergeRequests: readonly number[];
  /** Releases of which nothing was written because another run applied them after the plan was made. */
  readonly overtaken: ReadonlySet<string>;
}

export interface Written {
  /** The commit on a branch of rendered manifests. */
  readonly commit: string | undefined;
  /** What stood in the way, by release. */
  readonly problems: ReadonlyMap<string, Problem>;
}

/** Another run came first for some releases: what became of them is what became of them after a new plan. */
export function withSecondTry(first: EnvironmentResult, second: EnvironmentResult): EnvironmentResult {
  const { overtaken, applied } = first;
  const isAgain = ({ name }: ReleaseOutcome): boolean => name !== undefined && overtaken.has(name);
  const releases = [...applied.releases.filter((one) => !isAgain(one)), ...second.applied.releases.filter(isAgain)];
  return {
    applied: { ...applied, releases },
    plan: second.plan,
    mergeRequests: [...new Set([...first.mergeRequests, ...second.mergeRequests])],
    overtaken: second.overtaken,
  };
}

/**
 * One outcome for each release that was planned or did not render. A write that failed outranks the decision before
 * it.
 */
export function outcomesOf(
  planned: Planned,
  decisions: ReadonlyMap<string, Decision>,
  written: Written,
): readonly ReleaseOutcome[] {
  const failed = [...planned.failed].map(([name, problem]) => ({ kind: 'failed' as const, name, problem }));
  const planOutcomes = planned.plan.releases.map((release): ReleaseOutcome => {
    const decision = decisions.get(release.name);
    const { name, changes } = release;
    const problem = written.problems.get(name);
    if (problem !== undefined) return { kind: 'failed', name, problem };
    if (changes.length === 0) return { kind: 'unchanged', name, drifted: release.drifted.length };
    if (decision?.kind === 'refuse') return { kind: 'refused', name, refusal: decision };
    if (decision === undefined) throw new Error(`nothing was decided about ${name}`);
    return {
      kind: 'applied',
      name,
      changes,
      into: written.commit,
      mergeRequests: allowedBy(decision),
      ...brokenIn(decision),
    };
  });
  return [...failed, ...planOutcomes];
}

/** The reason code of the run: a refusal or failure before success, and `partly-applied` where there was both. */
export function reasonOf(applied: readonly AppliedEnvironment[]): Outcome['reason'] {
  const releases = applied.flatMap((environment) => environment.releases);
  const failed = releases.find(({ kind }) => kind === 'failed' || kind === 'refused');
  const done = releases.some(({ kind }) => kind === 'applied');
  if (failed === undefined) return done ? 'applied' : 'no-changes';
  if (releases.some((release) => release.kind === 'failed' && release.problem.reason === 'cancelled'))
    return 'cancelled';
  if (done) return 'partly-applied';
  if (failed.kind === 'refused') return failed.refusal.reason;
  return failed.kind === 'failed' ? failed.problem.reason : 'internal';
}
