/**
 * What Pushgate asks of a forge, in its own words. An adapter offers what its forge can do; a capability that is
 * absent is undefined, never a function that does nothing. "Merge request" also stands for GitHub's pull request.
 */
import type { ForgePlan } from '../gate/grades.ts';

export interface Forge {
  readonly kind: 'github' | 'gitlab';
  /** The account the token belongs to: its id decides which comments are ours. */
  readonly self: () => Promise<User>;
  readonly mergeRequest: (number: number) => Promise<MergeRequest>;
  /**
   * Merge requests whose merge brought this commit to the branch, merged ones only. One whose merge *is* the commit
   * stands alone; only where there is none are those returned that the forge names for a commit inside a merge.
   * Without a branch, those into any.
   */
  readonly mergeRequestsOfCommit: (commit: string, branch: string | undefined) => Promise<readonly MergeRequest[]>;
  /** Everyone's latest opinion, all pages, with the rights of each reviewer. */
  readonly reviews: (number: number) => Promise<readonly Review[]>;
  /** Whether somebody may write to the repository now; undefined where that cannot be read. */
  readonly mayWrite: (user: User) => Promise<boolean | undefined>;
  /** A sign under somebody's comment; absent where comments start no runs. */
  readonly react: ((comment: string, reaction: Reaction) => Promise<void>) | undefined;
  /** Everybody whose work is in the merge request, by its commits. */
  readonly contributors: (number: number) => Promise<Contributors>;
  /**
   * Names of the members of `@organisation/team`, `@group/subgroup` or, on GitLab, of a role such as `@@maintainer`;
   * undefined where there is none of that name, or the token may not see it.
   */
  readonly membersOf: (team: string) => Promise<readonly string[] | undefined>;
  /** Rules that the forge itself counts approvals by; undefined where it does not tell. */
  readonly approvalRules: ((number: number) => Promise<readonly ApprovalRule[] | undefined>) | undefined;
  /** Which plan of the forge the project has, as far as the token may see; undefined where that cannot be told. */
  readonly plan: () => Promise<ForgePlan | undefined>;
  /** What the forge itself asks before a branch changes; undefined where it does not say or the token may not see it. */
  readonly branchRules: (branch: string) => Promise<BranchRules | undefined>;
  /** What the forge asks before a job that names one of its environments starts; `none` where it guards no such one. */
  readonly environmentRules: ((name: string) => Promise<EnvironmentRules | 'none'>) | undefined;
  /** Comments written by our own account on a merge request, oldest first. */
  readonly ownComments: (number: number) => Promise<readonly Comment[]>;
  readonly createComment: (number: number, body: string) => Promise<Comment>;
  readonly updateComment: (number: number, comment: string, body: string) => Promise<Comment>;
  /** Deletes a comment of ours; one that is gone already is fine. */
  readonly deleteComment: (number: number, comment: string) => Promise<void>;
  /** Longest body the forge takes, in the unit it counts (UTF-16 units). */
  readonly commentLimit: number;
  readonly issues: Issues | undefined;
  readonly proposals: Proposals;
  readonly commitStatus: ((status: CommitStatus) => Promise<void>) | undefined;
  readonly deployments: Deployments | undefined;
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
  /** ISO time; undefined where the forge does not keep it. */
  readonly at: string | undefined;
  /** Whether the reviewer may write to the repository; undefined where that could not be read. */
  readonly mayWrite: boolean | undefined;
  readonly bot: boolean;
}

/** Seen and begun, done, or not done. */
export type Reaction = 'eyes' | 'rocket' | 'confused';

export interface ApprovalRule {
  readonly name: string;
  readonly needed: number;
  /** Names of the accounts whose approval the forge counts for it. */
  readonly approvedBy: readonly string[];
}

export interface Contributors {
  readonly people: readonly Contributor[];
  /** False where the forge stopped listing commits (GitHub: 250), so that more people may have contributed. */
  readonly complete: boolean;
}

export interface Contributor {
  /** The forge's account, where it knows whose e-mail address this is. */
  readonly user: User | undefined;
  readonly name: string;
  readonly email: string;
  readonly as: 'author' | 'committer' | 'co-author';
}

/** Each fact is undefined where the forge does not say. */
export interface BranchRules {
  /** Whether only some may push to the branch. */
  readonly isProtected: boolean | undefined;
  /** Whether the branch changes only by merge requests. */
  readonly mergeRequestRequired: boolean | undefined;
  readonly approvals: number | undefined;
  /** Whether a push takes earlier approvals away. */
  readonly dismissesStale: boolean | undefined;
  readonly codeOwners: boolean | undefined;
}

export interface EnvironmentRules {
  /** People, teams or roles one of whom must agree; 0 where every writer is enough. */
  readonly reviewers: number;
  /** Whether not every branch may use the environment; undefined on GitLab, where protected branches say that. */
  readonly limitsBranches: boolean | undefined;
}

export interface Comment {
  readonly id: string;
  readonly body: string;
  readonly url: string;
  /** Somebody else changed it last, so it does not say what we wrote; undefined where the forge does not tell. */
  readonly editedByOthers?: boolean | undefined;
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

/** Merge requests that Pushgate opens itself. The branch is pushed by Git before. */
export interface Proposals {
  /** The open one from this branch of the project itself, never of a fork, into the other. */
  readonly find: (branches: ProposedBranches) => Promise<MergeRequest | undefined>;
  readonly create: (
    proposal: ProposedBranches & { readonly title: string; readonly body: string },
  ) => Promise<MergeRequest>;
}

export interface ProposedBranches {
  readonly source: string;
  readonly target: string;
}

export interface CommitStatus {
  readonly commit: string;
  readonly name: string;
  readonly state: 'pending' | 'success' | 'failure';
  readonly description: string;
  readonly url: string | undefined;
}

export interface Deployments {
  /** Announces a deployment that is in progress and returns its id. */
  readonly create: (deployment: {
    readonly commit: string;
    /** Branch or tag that is deployed. */
    readonly ref: string;
    readonly environment: string;
    readonly description: string;
  }) => Promise<string>;
  readonly finish: (
    deployment: string,
    end: {
      readonly state: 'success' | 'failure';
      readonly description: string;
      readonly url: string | undefined;
    },
  ) => Promise<void>;
}
