/**
 * The gate: facts in, allow or refuse out. Unknown means no. It decides for one release of one environment, so that
 * one refused release does not stop the others.
 */
import type { Policy } from '../config/policy.ts';
import { mayApplyFrom } from '../config/resolve.ts';
import type { PlannedRelease } from '../plan/plan.ts';
import { contributes, isCovered, shownIn } from './covered.ts';
import { type Decision, type Refusal, refuse } from './decision.ts';
import type { GateFacts } from './facts.ts';
import { shownAs } from './shown.ts';
import { closedBy } from './times.ts';
import { refuseUncovered } from './uncovered.ts';

/** Decides whether the changes of one release may be applied. */
export function decide(facts: GateFacts): Decision {
  const { policy, release } = facts;
  if (policy === undefined)
    return refuse(
      'no-policy',
      `${release.name}: the branch had no Pushgate configuration for this environment before this commit`,
      {
        hint: 'The configuration counts from the next merge request on.',
      },
    );
  return (
    refuseUnmerged(policy, facts) ??
    refuseRef(policy, facts.ref) ??
    refusePosition(facts) ??
    refuseBlocked(release) ??
    refuseTime(facts) ??
    decideByMode(policy, facts)
  );
}

function decideByMode(policy: Policy, facts: GateFacts): Decision {
  const { actual, expected } = facts.digest;
  if (expected !== undefined && expected !== actual)
    return refuse('digest-mismatch', `${facts.release.name}: the plan is now ${actual}, not ${expected}`, {
      hint: 'Something moved since that plan was shown. Look at the new plan and approve that one.',
    });
  if (facts.release.changes.length === 0 || policy.gate.mode === 'none') return { kind: 'allow', mergeRequests: [] };
  if (policy.gate.mode === 'environment') return decideByEnvironment(facts);
  return decideByMerge(facts);
}

/** The forge's environment lets the job run only after its reviewers saw the plan; the digest binds the job to it. */
function decideByEnvironment({ digest, release }: GateFacts): Decision {
  if (digest.expected !== undefined) return { kind: 'allow', mergeRequests: [] };
  return refuse('digest-mismatch', `${release.name}: gate mode "environment" applies only the plan that was approved`, {
    hint: 'Pass the digest that the plan job put out: pushgate apply --expect-digest DIGEST.',
  });
}

function refuseUnmerged(policy: Policy, { unmerged, release }: GateFacts): Refusal | undefined {
  if (unmerged === undefined || policy.gate.mode === 'comment') return undefined;
  return refuse(
    'not-merged',
    `${release.name}: ${policy.name} is applied after the merge, not by a comment before it`,
    {
      hint: 'Merge it; or let the environment take comments in a merge request of its own (gate.mode: comment).',
    },
  );
}

function refuseRef(policy: Policy, ref: string | undefined): Refusal | undefined {
  if (ref !== undefined && mayApplyFrom(policy, ref)) return undefined;
  const allowed = policy.refs.join(', ');
  return refuse('wrong-ref', `${policy.name} is not applied from ${ref ?? 'an unknown ref'}`, {
    hint: `It takes: ${allowed === '' ? 'nothing yet; set refs' : allowed}.`,
  });
}

function refusePosition({ position, release }: GateFacts): Refusal | undefined {
  if (position === 'first' || position === 'same' || position === 'newer') return undefined;
  if (position === 'unknown')
    return refuse(
      'superseded',
      `${release.name}: whether this commit descends from the applied one could not be found out`,
      {
        hint: 'Fetch the whole history (fetch-depth: 0) and run again.',
      },
    );
  return refuse('superseded', `${release.name}: a commit that this one does not descend from is already applied`, {
    hint: 'An older run never undoes a newer one. To go back, use pushgate rollback.',
  });
}

function refuseBlocked(release: PlannedRelease): Refusal | undefined {
  const [first] = release.blocked;
  if (first === undefined) return undefined;
  return refuse(first.reason, release.blocked.map(({ text }) => text).join('; '), { hint: first.hint });
}

function refuseTime({ policy, release, now }: GateFacts): Refusal | undefined {
  const closed = policy === undefined || release.changes.length === 0 ? undefined : closedBy(policy.gate, now);
  return (
    closed && refuse(closed.reason, `${release.name}: ${closed.text}`, { hint: closed.hint, changes: release.changes })
  );
}

function decideByMerge(facts: GateFacts): Decision {
  const { release, merged } = facts;
  const environment = facts.policy?.name ?? '';
  const current = merged.filter(
    (request) => request.shown !== undefined && request.shown.head === request.head && !request.fork,
  );
  const approved = current.filter(({ approvals }) => approvals.enough);
  const uncovered = release.changes.filter(
    (change) => !isCovered(change, release, shownIn(approved, environment, shownAs(release.name, facts.target))),
  );
  if (uncovered.length === 0) {
    const showing = approved.filter((request) =>
      contributes(release, shownIn([request], environment, shownAs(release.name, facts.target))),
    );
    return { kind: 'allow', mergeRequests: showing.map(({ number }) => number) };
  }
  return refuseUncovered(uncovered, facts, environment, current);
}
