/** The decisions for all releases of a plan: each by itself, then what must come before it. */
import { type Policy, policyOf } from '../../config/policy.ts';
import { resolveReleases } from '../../config/resolve.ts';
import type { Decision } from '../../gate/decision.ts';
import type { AppliedEnvironment } from '../../report/outcome.ts';
import { unlessCancelled } from '../run/cancelled.ts';
import type { Revision } from '../run/repository.ts';
import type { ApplyRun, Deciding } from './apply-run.ts';
import { decideRelease, missingBefore } from './deciding.ts';
import { refuseUnchosenNeeds } from './unchosen-needs.ts';

export interface Decisions {
  readonly decisions: ReadonlyMap<string, Decision>;
  /** Merge requests whose changes were waiting for any of the releases. */
  readonly considered: readonly number[];
}

/**
 * What did not render is refused as it failed. `before`: the environments that this run has applied already. Throws
 * `Problem` (`cancelled`) when the run is cancelled meanwhile.
 */
export async function decideReleases(
  run: ApplyRun,
  { effective, ...deciding }: Deciding & { readonly effective: Policy },
  before: readonly AppliedEnvironment[],
): Promise<Decisions> {
  const { host, revision } = run;
  const { state, planned } = deciding;
  const waiting = await unlessCancelled(host, missingBefore(run, effective, before));
  const unchosen = await unlessCancelled(host, refuseUnchosenNeeds(run, { policy: effective, state, planned }));
  const decisions = new Map<string, Decision>();
  for (const [name, { reason, message }] of planned.failed)
    decisions.set(name, { kind: 'refuse', reason, text: message, hint: '', changes: [] });
  const considered = new Set<number>();
  for (const { name } of planned.plan.releases) {
    const decided = await unlessCancelled(host, decideRelease(run, deciding, name));
    for (const number of decided.considered) considered.add(number);
    const decision = waiting ?? unchosen.get(name) ?? decided.decision;
    decisions.set(name, waitForNeeds(decision, name, effective, revision, decisions));
  }
  return { decisions, considered: [...considered] };
}

/** A release whose needs were refused is not applied either; releases come in the order of their needs. */
function waitForNeeds(
  decision: Decision,
  name: string,
  policy: Policy,
  { config }: Revision,
  decided: ReadonlyMap<string, Decision>,
): Decision {
  if (decision.kind === 'refuse' || policyOf(config, policy.name) === undefined) return decision;
  const needs = resolveReleases(config, policy.name).find((release) => release.name === name)?.needs ?? [];
  for (const need of needs) {
    const other = decided.get(need);
    if (other?.kind === 'refuse')
      return { ...other, text: `${name} needs ${need}, which was not applied`, hint: `See ${need}: ${other.reason}.` };
  }
  return decision;
}
