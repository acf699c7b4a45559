/** What an apply may do: the gate's decision for each release, and what must come before it. */
import { type Policy, policyOf } from '../../config/policy.ts';
import { formatTarget } from '../../config/target.ts';
import type { Decision, Refusal } from '../../gate/decision.ts';
import type { GateFacts } from '../../gate/facts.ts';
import { decide } from '../../gate/gate.ts';
import { shortDigest } from '../../plan/digest.ts';
import type { Plan } from '../../plan/plan.ts';
import type { AppliedEnvironment } from '../../report/outcome.ts';
import type { Host } from '../host.ts';
import { openState } from '../run/environments.ts';
import { releasePlaces } from '../run/release-places.ts';
import type { ApplyRun, Deciding } from './apply-run.ts';
import { passing } from './passing.ts';
import { lastApplied, positionOf } from './position.ts';
import { stillToApply } from './still-to-apply.ts';

interface Decided {
  readonly decision: Decision;
  /** Merge requests merged since the release was last applied. */
  readonly considered: readonly number[];
}

/** Asks the gate about one release, with the merge requests that could have shown its changes. */
export async function decideRelease(
  run: ApplyRun,
  { policy, state, planned }: Deciding,
  name: string,
): Promise<Decided> {
  const release = planned.plan.releases.find((candidate) => candidate.name === name);
  if (release === undefined) throw new Error(`release ${name} is not in the plan`);
  const recorded = state.release(name)?.commit;
  const needsProof = release.changes.length > 0 && policy?.gate.mode !== 'none';
  const { environment } = planned.plan;
  const since = needsProof ? await run.merged.since(recorded, run.commit, environment) : { requests: [], direct: [] };
  const { unmerged } = run;
  const own = needsProof && unmerged !== undefined ? [await run.merged.unmerged(unmerged, recorded, environment)] : [];
  const requests = [...since.requests, ...own];
  const decided = decide({
    policy,
    ref: run.ref,
    position:
      release.changes.length === 0
        ? 'same'
        : await positionOf(run.repository.checkout, state.release(name)?.attempted ?? recorded, run.commit),
    release,
    target: planned.plan.target,
    merged: requests,
    direct: since.direct,
    now: run.host.now(),
    unmerged: unmerged?.number,
    digest: digestsOf(planned.plan, expectedDigest(run.host, environment), run),
  });
  const decision = decided.kind === 'refuse' ? await passing(run, policy, decided) : decided;
  return { decision, considered: requests.map(({ number }) => number) };
}

/**
 * What another login's plan would have shown of the same changes is the same plan. A comment may name the plan as short
 * as the plan's own comment does: what binds it are the approvals and what was shown.
 */
function digestsOf(plan: Plan, expected: string | undefined, { unmerged }: ApplyRun): GateFacts['digest'] {
  const isShort = unmerged !== undefined && expected === shortDigest(plan.digest);
  const isOther = isShort || (expected !== undefined && plan.otherDigests?.includes(expected) === true);
  return { actual: isOther ? expected : plan.digest, expected };
}

/** `--expect-digest DIGEST`, or `name=digest` of several environments as the plan job puts them out. */
function expectedDigest(host: Host, environment: string): string | undefined {
  const given = host.given.text('expect-digest')?.trim();
  if (given === undefined || given === '') return undefined;
  const pairs = given.split(/\s+/).map((pair) => pair.split('='));
  const own = pairs.find(([name, digest]) => name === environment && digest !== undefined);
  const [first] = pairs;
  return own?.[1] ?? (pairs.length === 1 && first?.length === 1 ? first[0] : 'none');
}

/** The environments that must come first: each must have nothing left to apply at this commit. */
export async function missingBefore(
  run: ApplyRun,
  policy: Policy,
  before: readonly AppliedEnvironment[],
): Promise<Refusal | undefined> {
  for (const name of policy.after) {
    const done = before.find(({ environment }) => environment === name);
    const ready =
      done === undefined
        ? await isApplied(run, name)
        : done.releases.every(({ kind }) => kind === 'applied' || kind === 'unchanged');
    if (!ready)
      return {
        kind: 'refuse',
        reason: 'out-of-order',
        text: `${policy.name} comes after ${name}, and ${name} does not have this commit yet`,
        hint: `Apply ${name} first: pushgate apply --environment ${name}`,
        changes: [],
      };
  }
  return undefined;
}

async function isApplied(run: ApplyRun, name: string): Promise<boolean> {
  const { host, repository, revision, commit, merged } = run;
  const policy = (await merged.policyBefore(commit, name)) ?? policyOf(revision.config, name);
  if (policy === undefined) return false;
  await using state = await openState({
    host,
    repository,
    policy,
    releases: releasePlaces(revision, name),
    standing: run.standing,
  });
  // Rules that nobody approved may name another place, where there happens to be nothing to apply.
  const inForce = await merged.policyInForce(await lastApplied(repository, state), { before: commit }, name);
  if (inForce !== undefined && formatTarget(inForce.target) !== formatTarget(policy.target)) return false;
  // All may be written there, and not be ready.
  if (state.recorded.some((release) => state.release(release)?.attempted !== undefined)) return false;
  return (await stillToApply(run, { policy, state })).size === 0;
}
