/** The rules of an environment that an apply goes by: those that somebody approved. */
import { describePolicyChange, type Policy, policyOf } from '../../config/policy.ts';
import { formatTarget } from '../../config/target.ts';
import { Problem } from '../../problem.ts';
import { readRules } from '../run/repository.ts';
import type { EnvironmentState } from '../state/state.ts';
import type { ApplyRun } from './apply-run.ts';
import { lastApplied } from './position.ts';

/** The rules of an environment as they are written down. */
export interface WrittenRules {
  /** Before the merge request's own commits; undefined where the environment is new. */
  readonly written: Policy | undefined;
  /** With them where there is nothing before. */
  readonly expected: Policy;
}

/** Of an unmerged merge request the rules are those of its base: it cannot bring its own. */
export async function writtenRules(run: ApplyRun, name: string): Promise<WrittenRules> {
  const { commit, revision, merged, unmerged } = run;
  const written = unmerged === undefined ? await merged.policyBefore(commit, name) : await policyAtBase(run, name);
  const expected = written ?? policyOf(revision.config, name);
  if (expected === undefined) throw new Error(`environment ${name} is nowhere configured`);
  return { written, expected };
}

export interface RulesInForce {
  /** Approved by somebody; undefined where nobody has approved any yet. */
  readonly policy: Policy | undefined;
  readonly effective: Policy;
  /** What is written and approved by nobody, in words. */
  readonly pending: readonly string[];
}

/** Warns of rules that wait for an approval. Throws `Problem` (`approval-missing`) where they moved the environment. */
export async function rulesInForce(
  { host, repository, commit, merged, unmerged }: ApplyRun,
  { written, expected }: WrittenRules,
  state: EnvironmentState,
): Promise<RulesInForce> {
  const { name } = expected;
  const last = await lastApplied(repository, state);
  const policy = await merged.policyInForce(last, unmerged === undefined ? { before: commit } : { tip: commit }, name);
  refuseMoved(expected, policy);
  const pending = written === undefined ? [] : describePolicyChange(policy, written);
  if (pending.length > 0) host.warn(notInForce(name, pending));
  return { policy, effective: policy ?? expected, pending };
}

async function policyAtBase({ repository, commit }: ApplyRun, environment: string): Promise<Policy | undefined> {
  const base = await readRules(repository, commit);
  return base && policyOf(base.config, environment);
}

/** An environment that moved without approval is not where its rules say it is. */
function refuseMoved(expected: Policy, policy: Policy | undefined): void {
  if (policy === undefined || formatTarget(policy.target) === formatTarget(expected.target)) return;
  throw new Problem({
    reason: 'approval-missing',
    message: `${expected.name} was moved to ${formatTarget(expected.target)} by changes that nobody approved`,
    hint: 'Open a merge request: its plan shows the rules that wait, and its approval brings them into force.',
  });
}

function notInForce(name: string, pending: readonly string[]): string {
  return `Rules of ${name} that nobody approved are not in force; the next approved merge request shows them and brings them in:\n${pending.map((text) => `  ${text}`).join('\n')}`;
}
