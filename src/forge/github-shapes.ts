/** GitHub's answers in our words. */
import type { getOctokit } from '@actions/github';
import { coAuthorsOf } from './co-authors.ts';
import type { BranchRules, Comment, Contributor, Issue, MergeRequest, Review, User } from './forge.ts';

export type Octokit = ReturnType<typeof getOctokit>;

export type PullData = Pick<
  Awaited<ReturnType<Octokit['rest']['repos']['listPullRequestsAssociatedWithCommit']>>['data'][number],
  'number' | 'title' | 'html_url' | 'user' | 'state' | 'merged_at' | 'merge_commit_sha'
> & {
  readonly head: { readonly sha: string; readonly ref: string; readonly repo: { readonly id: number } | null };
  readonly base: { readonly ref: string; readonly repo: { readonly id: number } };
};

export function mergeRequestOf(pull: PullData): MergeRequest {
  const merged = pull.merged_at !== null;
  return {
    number: pull.number,
    title: pull.title,
    url: pull.html_url,
    author: userOf(pull.user),
    head: pull.head.sha,
    sourceBranch: pull.head.ref,
    targetBranch: pull.base.ref,
    state: merged ? 'merged' : pull.state === 'open' ? 'open' : 'closed',
    // Before the merge the same field names a trial merge that is on no branch.
    mergeCommit: merged ? (pull.merge_commit_sha ?? undefined) : undefined,
    // The repository of a deleted fork is null.
    fork: pull.head.repo?.id !== pull.base.repo.id,
  };
}

/** A deleted account comes without a user; nobody's token and no reviewer is equal to it. */
export function userOf(user: { readonly id: number; readonly login: string } | null | undefined): User {
  return user === null || user === undefined ? { id: '', name: 'ghost' } : { id: String(user.id), name: user.login };
}

export type ReviewData = Awaited<ReturnType<Octokit['rest']['pulls']['listReviews']>>['data'][number];

export const verdicts: Readonly<Record<string, Review['verdict']>> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes-requested',
  DISMISSED: 'dismissed',
};

/** Comments do not take back an opinion; among opinions a user's latest counts. */
export function latestOpinions(reviews: readonly ReviewData[]): readonly ReviewData[] {
  const latest = new Map<string, ReviewData>();
  for (const review of reviews) {
    if (verdicts[review.state] === undefined) continue;
    const user = userOf(review.user).id;
    const known = latest.get(user);
    if (known === undefined || (known.submitted_at ?? '') <= (review.submitted_at ?? '')) latest.set(user, review);
  }
  return [...latest.values()];
}

export type CommitData = Awaited<ReturnType<Octokit['rest']['pulls']['listCommits']>>['data'][number];

export function contributorsOf(commit: CommitData): readonly Contributor[] {
  const { author, committer, message } = commit.commit;
  const people: Contributor[] = [
    { user: accountOf(commit.author), name: author?.name ?? '', email: author?.email ?? '', as: 'author' },
    { user: accountOf(commit.committer), name: committer?.name ?? '', email: committer?.email ?? '', as: 'committer' },
  ];
  return [...people, ...coAuthorsOf(message)];
}

/** GitHub gives an empty object, not null, for some e-mail addresses it knows nobody of. */
function accountOf(account: CommitData['author']): User | undefined {
  return account !== null && 'id' in account && account.id !== undefined
    ? userOf(account as { id: number; login: string })
    : undefined;
}

export type RuleData = Awaited<ReturnType<Octokit['rest']['repos']['getBranchRules']>>['data'][number];

/**
 * Several rulesets add up to the strictest. Without a rule about pull requests nothing is known: the older branch
 * protection may still ask for them, and only administrators may read that.
 */
export function branchRulesOf(rules: readonly RuleData[]): BranchRules | undefined {
  const asked = rules.flatMap((rule) =>
    rule.type === 'pull_request' && rule.parameters !== undefined ? [rule.parameters] : [],
  );
  if (asked.length === 0) return undefined;
  return {
    isProtected: true,
    mergeRequestRequired: true,
    approvals: Math.max(...asked.map((one) => one.required_approving_review_count)),
    dismissesStale: asked.some((one) => one.dismiss_stale_reviews_on_push),
    codeOwners: asked.some((one) => one.require_code_owner_review),
  };
}

export function commentOf(comment: {
  readonly id: number;
  readonly body?: string;
  readonly html_url: string;
}): Comment {
  return { id: String(comment.id), body: comment.body ?? '', url: comment.html_url };
}

export function issueOf(issue: {
  readonly number: number;
  readonly html_url: string;
  readonly title: string;
  readonly body?: string | null | undefined;
}): Issue {
  return { id: String(issue.number), url: issue.html_url, title: issue.title, body: issue.body ?? '' };
}
