/**
 * What a forge's plan really enforces of a gate. Pushgate counts approvals itself in every plan; the grade says whether
 * one writer alone could get around that, by changing the job that asks.
 */
import type { GateMode } from '../config/config.ts';

/** `enforced`: one writer alone cannot get around it. `advisory`: it holds against error and movement. */
export type Grade = 'enforced' | 'advisory' | 'unavailable';

export type GradedMode = Exclude<GateMode, 'none'>;

export interface Graded {
  readonly grade: Grade;
  readonly why: string;
}

interface PlanRow {
  readonly name: string;
  readonly modes: Readonly<Record<GradedMode, Graded>>;
}

const needsRules = 'a rule of the branch must ask for a pull request with an approval';
const noRules =
  'private repositories of this plan have no rules for branches, so every writer can change the apply job';
const needsApprovals = 'approval rules must ask for an approval, and nobody may push to the branch';
const oneMaintainer = 'approvals are optional in this plan: whoever may merge can change the apply job alone';
const byTheDefaultBranch =
  'the comment starts the workflow of the default branch, and Pushgate asks for the right to write';
const noComments = 'comments start no pipelines on GitLab; the protected manual job after the merge does this job';

function graded(grade: Grade, why: string): Graded {
  return { grade, why };
}

/** Adding a plan of a forge is adding a row. */
export const forgePlans = {
  'github-free-public': {
    name: 'GitHub, public repository (any plan)',
    modes: {
      merge: graded('enforced', needsRules),
      environment: graded('enforced', 'the environment must have required reviewers'),
      comment: graded('enforced', `${byTheDefaultBranch}; ${needsRules}`),
    },
  },
  'github-free-private': {
    name: 'GitHub Free, private repository',
    modes: {
      merge: graded('advisory', noRules),
      environment: graded('unavailable', 'private repositories of this plan have no environments'),
      comment: graded('advisory', noRules),
    },
  },
  'github-team': {
    name: 'GitHub Team, private repository',
    modes: {
      merge: graded('enforced', needsRules),
      environment: graded('unavailable', 'required reviewers of private repositories need GitHub Enterprise'),
      comment: graded('enforced', `${byTheDefaultBranch}; ${needsRules}`),
    },
  },
  'github-enterprise': {
    name: 'GitHub Enterprise',
    modes: {
      merge: graded('enforced', needsRules),
      environment: graded('enforced', 'the environment must have required reviewers'),
      comment: graded('enforced', `${byTheDefaultBranch}; ${needsRules}`),
    },
  },
  'gitlab-free': {
    name: 'GitLab Free, gitlab.com',
    modes: {
      merge: graded('advisory', oneMaintainer),
      environment: graded('advisory', 'whoever may merge may start the manual job; environments are not protected'),
      comment: graded('unavailable', noComments),
    },
  },
  'gitlab-free-self-managed': {
    name: 'GitLab Free, self-managed',
    modes: {
      merge: graded('advisory', oneMaintainer),
      environment: graded('advisory', 'whoever may merge may start the manual job; environments are not protected'),
      comment: graded('unavailable', noComments),
    },
  },
  'gitlab-premium': {
    name: 'GitLab Premium',
    modes: {
      merge: graded('enforced', needsApprovals),
      environment: graded('enforced', 'the environment must be protected, with approvals or who may deploy'),
      comment: graded('unavailable', noComments),
    },
  },
  'gitlab-ultimate': {
    name: 'GitLab Ultimate',
    modes: {
      merge: graded('enforced', `${needsApprovals}; a pipeline execution policy keeps the plan job out of reach, too`),
      environment: graded('enforced', 'the environment must be protected, with approvals or who may deploy'),
      comment: graded('unavailable', noComments),
    },
  },
} as const satisfies Record<string, PlanRow>;

export type ForgePlan = keyof typeof forgePlans;

/** The token that a mode needs, by forge. */
export const gradeTokens: Readonly<Record<'github' | 'gitlab', Readonly<Record<GradedMode, string>>>> = {
  github: {
    merge: 'GITHUB_TOKEN with pull-requests: write; of an app or a person with members: read where teams are asked',
    environment: 'GITHUB_TOKEN with pull-requests: write',
    comment: 'GITHUB_TOKEN with pull-requests: write and contents: read',
  },
  gitlab: {
    merge: 'project access token, scope api, role Developer: the job token can neither comment nor read approvals',
    environment: 'project access token, scope api, role Developer, for the comment; the apply does with the job token',
    comment: 'none would do',
  },
};

/** What the branch itself says, each undefined where it could not be read. */
export interface BranchFacts {
  readonly mergeRequestRequired: boolean | undefined;
  readonly approvals: number | undefined;
}

/**
 * The grade of a gate here and now. What the plan could enforce is not enforced before the branch asks for it, and what
 * cannot be read counts as not asked for.
 */
export function gradeOf(facts: {
  readonly mode: GradedMode;
  readonly plan: ForgePlan | undefined;
  readonly branch: BranchFacts | undefined;
}): Graded {
  const { mode, plan, branch } = facts;
  if (plan === undefined) return graded('advisory', 'which plan of the forge this is could not be found out');
  const row = forgePlans[plan].modes[mode];
  if (row.grade !== 'enforced' || mode === 'environment') return row;
  if (branch?.mergeRequestRequired !== true)
    return graded(
      'advisory',
      branch?.mergeRequestRequired === false
        ? 'the branch can be pushed to without a merge request'
        : `what the branch asks for could not be read: ${row.why}`,
    );
  // GitLab tells approval rules by merge request, not by branch.
  if (branch.approvals === 0) return graded('advisory', 'the branch asks for no approval');
  return row;
}
