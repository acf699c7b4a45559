/** Why changes are not covered: the cause nearest to the reader, and what to do about it. */
import type { Change } from '../plan/plan.ts';
import { formatKey } from '../resource/resource.ts';
import type { ApprovalCount } from './approvals.ts';
import { isCovered, shownIn } from './covered.ts';
import { type Refusal, refuse } from './decision.ts';
import type { GateFacts, MergedRequest } from './facts.ts';
import { shownAs } from './shown.ts';

/** The refusal that names the cause nearest to the reader: lacking approval, a moved head, a fork, or nothing shown. */
export function refuseUncovered(
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

/** Changes that no approved merge request covers. */
interface Uncovered {
  readonly facts: GateFacts;
  readonly changes: readonly Change[];
  /** `catalog: 2 of 3 changes` */
  readonly names: string;
  /** Those of the merge requests that showed any of them. */
  readonly showing: (requests: readonly MergedRequest[]) => readonly MergedRequest[];
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
