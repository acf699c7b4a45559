/** A job of a fleet applies some releases; what these need may be another job's, and must be there first. */
import { policyOf } from '../../config/policy.ts';
import { resolveReleases } from '../../config/resolve.ts';
import type { Refusal } from '../../gate/decision.ts';
import type { ApplyRun, Deciding } from './apply-run.ts';
import { stillToApply } from './still-to-apply.ts';

/** By release of this run, the refusal for a need that is not chosen and still has something to apply at this commit. */
export async function refuseUnchosenNeeds(
  run: ApplyRun,
  { policy, state, planned }: Deciding,
): Promise<ReadonlyMap<string, Refusal>> {
  const { host, revision } = run;
  const refusals = new Map<string, Refusal>();
  if (policy === undefined || policyOf(revision.config, policy.name) === undefined) return refusals;
  const chosen = new Set(host.given.list('release'));
  if (chosen.size === 0) return refusals;
  const planning = planned.plan.releases.map(({ name }) => name);
  const needing = resolveReleases(revision.config, policy.name).filter(({ name }) => planning.includes(name));
  const needs = [...new Set(needing.flatMap((release) => release.needs))].filter((name) => !chosen.has(name));
  if (needs.length === 0) return refusals;
  const waiting = await stillToApply(run, { policy, state, releases: needs });
  for (const { name, needs: own } of needing) {
    const need = own.find((candidate) => waiting.has(candidate));
    if (need === undefined) continue;
    refusals.set(name, {
      kind: 'refuse',
      reason: 'out-of-order',
      text: `${name} needs ${need}, which does not have this commit yet and is not part of this run`,
      hint: `Apply ${need} first, or both together: --release ${need},${name}`,
      changes: [],
    });
  }
  return refusals;
}
