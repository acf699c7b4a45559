/**
 * The gate: facts in, allow or refuse out. Unknown means no. It decides for one release of one environment, so that
 * one refused release does not stop the others.
 */
import type { Policy } from '../config/policy.ts';
import { mayApplyFrom } from '../config/resolve.ts';
import type { Change, PlannedRelease } from '../plan/plan.ts';
import type { ReasonCode } from '../problem.ts';
import { formatKey } from '../resource/resource.ts';
import type { ApprovalCount } from './approvals.ts';
import type { ShownPlan, ShownRelease } from './shown.ts';
import { shownAs } from './shown.ts';
import { closedBy } from './times.ts';

/** Where the commit to apply stands against the one recorded for the release. */
export type Position = 'first' | 'same' | 'newer' | 'older' | 'diverged' | 'unknown';

/** A merge request merged since the recorded commit, with what it showed. */
export interface MergedRequest {
  readonly number: number;
  readonly head: string;
  /** undefined: no readable plan of ours stands on it. */
  readonly shown: ShownPlan | undefined;
  readonly approvals: ApprovalCount;
  readonly fork: boolean;
}

export interface GateFacts {
  /** The environment's rules as they were before the commit's own merge request; undefined when there were none. */
  readonly policy: Policy | undefined;
  /** Branch or tag that is being applied; undefined when it could not be found out. */
  readonly ref: string | undefined;
  readonly position: Position;
  readonly release: PlannedRelease;
  /** Where the environment is, in the plan's words. */
  readonly target: string;
  readonly merged: readonly MergedRequest[];
  /** Commits since the recorded one that no merge request brought. */
  readonly direct: readonly string[];
  readonly now: Date;
  /** The merge request that is applied before its merge, by a comment on it; undefined on a branch. */
  readonly unmerged: number | undefined;
  /** The plan's digest, and the one that --expect-digest named. */
  readonly digest: { readonly actual: string; readonly expected: string | undefined };
}

export type Decision =
  | {
      readonly kind: 'allow';
      readonly mergeRequests: readonly number[];
      /** The gate said no, and somebody whom the rules name passed it with a reason. */
      readonly brokenGlass?: BrokenGlass;
    }
  | Refusal;

export interface BrokenGlass {
  readonly by: string;
  readonly reason: string;
  /** What the gate had said. */
  readonly instead: ReasonCode;
  readonly text: string;
}

export interface Refusal {
  readonly kind: 'refuse';
  readonly reason: ReasonCode;
  readonly text: string;
  readonly hint: string;
  /** The changes that stand in the way, where it is about changes. */
  readonly changes: readonly Change[];
}

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
  return explain(uncovered, facts, environment, current);
}

function shownIn(requests: readonly MergedRequest[], environment: string, name: string): readonly ShownRelease[] {
  return requests.flatMap(({ shown }) => {
    const releases = shown?.environments[environment];
    return releases !== undefined && Object.hasOwn(releases, name) ? (releases[name] ?? []) : [];
  });
}

/** Shown as it is, or shown in parts by several merge requests, or within a whole set that was shown as one. */
function isCovered(change: Change, release: PlannedRelease, shown: readonly ShownRelease[]): boolean {
  const whole = [release.digest, ...(release.otherDigests ?? [])];
  if (shown.some(({ digest }) => whole.includes(digest))) return true;
  const changes = shown.flatMap((one) => one.changes ?? []);
  const parts = new Set(changes.flatMap((one) => one.parts));
  return shownForms(change).some(
    (form) =>
      changes.some(({ digest }) => digest === form.digest) ||
      (form.parts.length > 0 && form.parts.every((part) => parts.has(part))),
  );
}

/** A plan of a login that may not try the object shows it in another form, which covers the same. */
function shownForms(change: Change): readonly Pick<Change, 'digest' | 'parts'>[] {
  return change.here === undefined || change.here === 'unchanged' ? [change] : [change, change.here];
}

/** Whether a merge request showed any of what is applied. */
function contributes(release: PlannedRelease, shown: readonly ShownRelease[]): boolean {
  const whole = [release.digest, ...(release.otherDigests ?? [])];
  if (shown.some(({ digest }) => whole.includes(digest))) return true;
  const needed = new Set(release.changes.flatMap(shownForms).flatMap(({ digest, parts }) => [digest, ...parts]));
  return shown.some(({ changes }) =>
    changes?.some(({ digest, parts }) => [digest, ...parts].some((one) => needed.has(one))),
  );
}

/** Changes that no approved merge request covers. */
interface Uncovered {
  readonly facts: GateFacts;
  readonly changes: readonly Change[];
  /** `catalog: 2 of 3 changes` */
  readonly names: string;
  /** Those of the merge requests that showed any of them. */
  readonly showing: (requests: readonly MergedRequest[]) => readonly MergedRequest[];
}

/** The refusal that names the cause nearest to the reader: lacking approval, a moved head, a fork, or nothing shown. */
function explain(
  changes: readonly Change[],
  facts: GateFacts,
  environment: string,
  current: readonly MergedRequest[],
): Refusal {
  const { release, target } = facts;
  const uncovered: Uncovered = {
    facts,
    changes,
    names: `${release.name}: ${changes.length} of ${release.changes.length} change${release.changes.length === 1 ? '' : 's'}`,
    showing: (requests) =>
      requests.filter((request) =>
        changes.some((change) =>
          isCovered(change, release, shownIn([request], environment, shownAs(release.name, target))),
        ),
      ),
  };
  return (
    refuseUnapproved(uncovered, current) ??
    refuseMovedHead(uncovered) ??
    refuseFork(uncovered) ??
    refuseWithoutRequest(uncovered) ??
    refuseUnshown(uncovered)
  );
}

function refuseUnapproved(
  { changes, names, showing }: Uncovered,
  current: readonly MergedRequest[],
): Refusal | undefined {
  const [unapproved] = showing(current.filter(({ approvals }) => !approvals.enough));
  if (unapproved === undefined) return undefined;
  const { number, head, approvals } = unapproved;
  return refuse('approval-missing', `${names} was shown in !${number}, which has ${lacking(approvals)}`, {
    changes,
    hint: `Have the merge request approved at ${head.slice(0, 7)} by someone who may write, then run the apply again.`,
  });
}

function refuseMovedHead({ facts, changes, names, showing }: Uncovered): Refusal | undefined {
  const [moved] = showing(facts.merged.filter(({ shown, head }) => shown !== undefined && shown.head !== head));
  if (moved === undefined) return undefined;
  const { number, head, shown } = moved;
  const text = `${names} was shown in !${number} for ${shown?.head.slice(0, 7)}, but ${head.slice(0, 7)} was merged`;
  return refuse('head-moved', text, {
    changes,
    hint: 'Show the plan of what was merged in a new merge request and have it approved there.',
  });
}

function refuseFork({ facts, changes, names }: Uncovered): Refusal | undefined {
  if (facts.merged.every(({ fork }) => !fork)) return undefined;
  return refuse('fork-refused', `${names} came from a fork, whose merge requests are only rendered`, {
    changes,
    hint: 'Bring the change in through a merge request from this repository.',
  });
}

function refuseWithoutRequest({ facts, changes, names }: Uncovered): Refusal | undefined {
  const { merged, direct, ref } = facts;
  if (merged.length > 0) return undefined;
  if (ref?.startsWith('refs/tags/') === true)
    return refuse('no-merge-request', `${names} came by a tag, and no merge request leads to a tag`, {
      changes,
      hint: 'Let tags into an environment of gate mode "environment", or apply the branch.',
    });
  if (direct.length === 0) return undefined;
  const commits = direct.map((commit) => commit.slice(0, 7)).join(', ');
  return refuse('no-merge-request', `${names} came by a direct push (${commits})`, {
    changes,
    hint: 'Open a merge request: its plan shows these changes too, and its approval lets them through.',
  });
}

function refuseUnshown({ changes, names }: Uncovered): Refusal {
  const objects = changes.slice(0, 3).map(({ key }) => formatKey(key));
  return refuse('not-shown', `${names} was not in any approved merge request`, {
    changes,
    hint: `Not shown: ${objects.join(', ')}. Open a merge request: its plan shows what is there now, and its approval lets it through.`,
  });
}

function lacking({ counted, needed, against, missing = [] }: ApprovalCount): string {
  if (against.length > 0) return `changes requested by ${against.join(', ')}`;
  if (counted.length >= needed && missing.length > 0) return missing.join('; and ');
  return `${counted.length} of ${needed} needed approval${needed === 1 ? '' : 's'}`;
}

function refuse(
  reason: ReasonCode,
  text: string,
  options: { readonly hint: string; readonly changes?: readonly Change[] },
): Refusal {
  return { kind: 'refuse', reason, text, hint: options.hint, changes: options.changes ?? [] };
}
