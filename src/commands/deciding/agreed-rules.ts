/** The rules that approved merge requests brought into force, commit by commit of a branch. */
import { describePolicyChange, type Policy, policyOf } from '../../config/policy.ts';
import { mayApplyFrom } from '../../config/resolve.ts';
import type { MergeRequest } from '../../forge/forge.ts';
import { rulesDigest } from '../../gate/shown.ts';
import { Problem } from '../../problem.ts';
import { type BranchHistory, mostCommits } from './branch-history.ts';

/** The rules as they are written at a commit, whoever approved them; undefined for none. */
export async function policyAt(
  history: BranchHistory,
  commit: string | undefined,
  environment: string,
): Promise<Policy | undefined> {
  const rules = commit === undefined ? undefined : await history.rulesAt(commit);
  return rules === undefined ? undefined : policyOf(rules.config, environment);
}

/**
 * Of what stands at the tip only what approved merge requests showed since the recorded commit, where the environment was
 * last applied. Else two steps would loosen the gate that one may not.
 */
export async function agreedRules(
  history: BranchHistory,
  { recorded, tip }: { readonly recorded: string | undefined; readonly tip: string | undefined },
  environment: string,
): Promise<Policy | undefined> {
  const last = await policyAt(history, tip, environment);
  if (tip === undefined || recorded === tip) return last;
  const known =
    recorded !== undefined && (await history.repository.checkout.isAncestor(recorded, tip)) ? recorded : undefined;
  let policy = await readablePolicyAt(history, known, environment);
  if (policy !== undefined && last !== undefined && describePolicyChange(policy, last).length === 0) return last;
  const range = { from: known, to: tip, parents: 'first', limit: mostCommits } as const;
  const touching = await history.repository.checkout.commitsBetween({
    ...range,
    paths: await configPathsAt(history, tip),
  });
  if (touching.length === 0) return last;
  const commits = [...(await history.repository.checkout.commitsBetween(range))].reverse();
  const first = commits.findIndex(({ id }) => id === touching.at(-1)?.id);
  if (known === undefined)
    policy = await readablePolicyAt(history, commits[Math.max(0, first)]?.parents[0], environment);
  for (const { id } of commits.slice(Math.max(0, first))) {
    const requests = policy === undefined ? [] : await agreeing(history, id, policy);
    const isTouching = touching.some((commit) => commit.id === id);
    if (requests.length === 0 && !isTouching) continue;
    const next = await readablePolicyAt(history, id, environment);
    if (policy === undefined || (await isAgreed(history, { id, requests }, { policy, next }, environment)))
      policy = next;
  }
  return policy;
}

/** A commit whose configuration cannot be read has no rules to give. */
async function readablePolicyAt(
  history: BranchHistory,
  commit: string | undefined,
  environment: string,
): Promise<Policy | undefined> {
  try {
    return await policyAt(history, commit, environment);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/**
 * Those that could have agreed to rules: into the branch of the run, or into another that the rules in force take,
 * as a release branch begins with what was merged to the main one.
 */
async function agreeing(history: BranchHistory, commit: string, policy: Policy): Promise<readonly MergeRequest[]> {
  const requests = await history.requestsOf(commit);
  if (requests.length > 0) return requests;
  return (await history.requestsAnywhere(commit)).filter(({ targetBranch }) => mayApplyFrom(policy, targetBranch));
}

/** An included file can lie anywhere, so then every commit may have changed the rules. */
async function configPathsAt(history: BranchHistory, commit: string): Promise<readonly string[]> {
  return (await history.rulesAt(commit))?.hasIncludes === false ? [history.repository.configFile] : [];
}

async function isAgreed(
  history: BranchHistory,
  { id, requests }: { readonly id: string; readonly requests: readonly MergeRequest[] },
  { policy, next }: { readonly policy: Policy; readonly next: Policy | undefined },
  environment: string,
): Promise<boolean> {
  // Other modes leave it to the forge who may do what; the rules of these two are counted here.
  const { mode } = policy.gate;
  if ((mode !== 'merge' && mode !== 'comment') || describePolicyChange(policy, next).length === 0) return true;
  if (next === undefined) return false;
  for (const request of requests) {
    if (request.fork || !(await history.approvalsOf(request, policy, { result: id })).enough) continue;
    const shown = await history.shownBy(request.number);
    if (shown?.head === request.head && shown.rules[environment] === rulesDigest(next)) return true;
  }
  return false;
}
