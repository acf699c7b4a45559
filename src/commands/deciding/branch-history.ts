/** The commits of a branch as forge and repository know them: what brought each, showed it and approved it. */
import type { Policy } from '../../config/policy.ts';
import type { RunFacts } from '../../forge/ci.ts';
import type { Forge, MergeRequest } from '../../forge/forge.ts';
import { type ApprovalCount, countApprovals } from '../../gate/approvals.ts';
import { readShown, type ShownPlan, subjectOf } from '../../gate/shown.ts';
import type { Commit } from '../../git/commits.ts';
import { commentMarker } from '../../report/comment.ts';
import { remember } from '../run/remember.ts';
import { type Repository, type Rules, readRules } from '../run/repository.ts';
import { openApproving } from './approving.ts';

/** Each question is asked once, however many releases need the answer. All throw `Problem` where the forge does not tell. */
export interface BranchHistory {
  readonly repository: Repository;
  /** Merge requests that brought the commit to the branch of the run. */
  readonly requestsOf: (commit: string) => Promise<readonly MergeRequest[]>;
  /** The same, to whichever branch. */
  readonly requestsAnywhere: (commit: string) => Promise<readonly MergeRequest[]>;
  /** The newest readable plan of ours that stands on the merge request. */
  readonly shownBy: (number: number) => Promise<ShownPlan | undefined>;
  readonly rulesAt: (commit: string) => Promise<Rules | undefined>;
  /** The first parent of the oldest commit that the merge request brought; of a direct push, what was there before it. */
  readonly before: (commit: string) => Promise<string | undefined>;
  /** Approvals under a policy; without one none is enough. */
  readonly approvalsOf: (
    request: MergeRequest,
    policy: Policy | undefined,
    range: ApprovedRange,
  ) => Promise<ApprovalCount>;
}

export interface ApprovedRange {
  /** A commit that the merge request brought: with it all before it back to where it began. */
  readonly result: string;
  /** Where it began, where that is known already. */
  readonly start?: string;
}

export interface BranchHistoryOptions {
  readonly repository: Repository;
  /** Without one nothing was ever shown or approved. */
  readonly forge: Forge | undefined;
  /** The branch of the run. */
  readonly ref: string | undefined;
  readonly key: string | undefined;
}

/** So far back is looked for what was shown; a change older than that must be shown again. */
export const mostCommits = 200;

export function openBranchHistory({ repository, forge, ref, key }: BranchHistoryOptions): BranchHistory {
  const requestsOf = remember(async (commit: string) =>
    forge === undefined || ref === undefined ? [] : await forge.mergeRequestsOfCommit(commit, ref),
  );
  const requestsAnywhere = remember(async (commit: string) =>
    forge === undefined ? [] : await forge.mergeRequestsOfCommit(commit, undefined),
  );
  const shownBy = remember(async (number: string) =>
    forge === undefined ? undefined : await newestShown(forge, repository.facts, { number: Number(number), key }),
  );
  const reviewsOf = remember(async (number: string) =>
    forge === undefined ? [] : await forge.reviews(Number(number)),
  );
  const approving = forge === undefined ? undefined : openApproving({ forge, repository });
  const rulesAt = remember((commit: string): Promise<Rules | undefined> => readRules(repository, commit));

  const before = remember(async (commit: string): Promise<string | undefined> => {
    const own = new Set((await requestsOf(commit)).map(({ number }) => number));
    const { facts } = repository;
    if (own.size === 0 && facts.commit === commit && facts.before !== undefined) return facts.before;
    let oldest: Commit | undefined;
    for (const candidate of await repository.checkout.commitsBetween({
      to: commit,
      parents: 'first',
      limit: mostCommits,
    })) {
      const same = candidate.id === commit || (await requestsOf(candidate.id)).some(({ number }) => own.has(number));
      if (!same) break;
      oldest = candidate;
    }
    return oldest?.parents[0];
  });

  async function approvalsOf(
    request: MergeRequest,
    policy: Policy | undefined,
    { result, start }: ApprovedRange,
  ): Promise<ApprovalCount> {
    const reviews = (await reviewsOf(String(request.number))).map((review) => ({ ...review, user: review.user.name }));
    // Without rules before it, a merge request cannot have been approved under any.
    const none = { mode: 'merge', approvals: Number.POSITIVE_INFINITY, selfApproval: false } as const;
    const { number, head, author } = request;
    const asks = policy?.gate.codeOwners === true;
    const base = asks ? (start ?? (await before(result))) : undefined;
    const more = policy && (await approving?.factsFor({ number, policy: policy.gate, reviews, base, result }));
    return countApprovals({ reviews, head, author: author.name, policy: policy?.gate ?? none, more });
  }

  return {
    repository,
    requestsOf,
    requestsAnywhere,
    rulesAt,
    before,
    approvalsOf,
    shownBy: (number) => shownBy(String(number)),
  };
}

async function newestShown(
  forge: Forge,
  facts: RunFacts,
  { number, key }: { readonly number: number; readonly key: string | undefined },
): Promise<ShownPlan | undefined> {
  const ours = (await forge.ownComments(number)).filter(
    ({ body, editedByOthers }) => body.includes(commentMarker) && editedByOthers !== true,
  );
  const of = subjectOf(facts.forge?.project ?? '', number);
  return ours.flatMap(({ body }) => readShown(body, { of, key }) ?? []).at(-1);
}
