/**
 * What Pushgate asks of a forge, in its own words. An adapter offers what its forge can do; a capability that is
 * absent is undefined, never a function that does nothing. "Merge request" also stands for GitHub's pull request.
 */

export interface Forge {
  readonly kind: 'github' | 'gitlab';
  /** The account the token belongs to: its id decides which comments are ours. */
  readonly self: () => Promise<User>;
  readonly mergeRequest: (number: number) => Promise<MergeRequest>;
  /** Merge requests whose merge brought this commit to the branch, merged ones only. */
  readonly mergeRequestsOfCommit: (commit: string, branch: string) => Promise<readonly MergeRequest[]>;
  /** Everyone's latest opinion, all pages, with the rights of each reviewer. */
  readonly reviews: (number: number) => Promise<readonly Review[]>;
  /** Comments written by our own account on a merge request, oldest first. */
  readonly ownComments: (number: number) => Promise<readonly Comment[]>;
  readonly createComment: (number: number, body: string) => Promise<Comment>;
  readonly updateComment: (number: number, comment: string, body: string) => Promise<Comment>;
  /** Longest body the forge takes, in the unit it counts (UTF-16 units). */
  readonly commentLimit: number;
  readonly issues: Issues | undefined;
  readonly commitStatus: ((status: CommitStatus) => Promise<void>) | undefined;
}

export interface User {
  readonly id: string;
  readonly name: string;
}

export interface MergeRequest {
  readonly number: number;
  readonly title: string;
  readonly url: string;
  readonly author: User;
  /** Commit at the tip of the source branch (for a merged one: the tip that was merged). */
  readonly head: string;
  readonly sourceBranch: string;
  readonly targetBranch: string;
  readonly state: 'open' | 'merged' | 'closed';
  /** The commit on the target branch that the merge made (merge, squash or last rebased commit). */
  readonly mergeCommit: string | undefined;
  readonly fork: boolean;
}

export interface Review {
  readonly user: User;
  readonly verdict: 'approved' | 'changes-requested' | 'dismissed';
  /** The head the verdict was given on; undefined where the forge does not say. */
  readonly commit: string | undefined;
  /** ISO time. */
  readonly at: string;
  /** Whether the reviewer may write to the repository; undefined where that could not be read. */
  readonly mayWrite: boolean | undefined;
  readonly bot: boolean;
}

export interface Comment {
  readonly id: string;
  readonly body: string;
  readonly url: string;
}

export interface Issues {
  readonly ownOpen: (label: string) => Promise<readonly Issue[]>;
  readonly create: (issue: { readonly title: string; readonly body: string; readonly label: string }) => Promise<Issue>;
  readonly update: (issue: string, body: string, title: string) => Promise<Issue>;
  readonly close: (issue: string) => Promise<void>;
}

export interface Issue {
  readonly id: string;
  readonly url: string;
  readonly title: string;
  readonly body: string;
}

export interface CommitStatus {
  readonly commit: string;
  readonly name: string;
  readonly state: 'pending' | 'success' | 'failure';
  readonly description: string;
  readonly url: string | undefined;
}
