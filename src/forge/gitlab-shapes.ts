/** GitLab's answers, as far as they are read, and what they are in our words. Any property may be null. */
import type { ForgePlan } from '../gate/grades.ts';
import { coAuthorsOf } from './co-authors.ts';
import type { ApprovalRule, BranchRules, Contributor, EnvironmentRules, Issue, MergeRequest, User } from './forge.ts';

export interface UserData {
  readonly id: number;
  readonly username: string;
}

export interface MergeRequestData {
  readonly iid: number;
  readonly title: string;
  readonly web_url: string;
  readonly author: UserData | null;
  readonly state: string;
  readonly sha: string | null;
  readonly source_branch: string;
  readonly target_branch: string;
  readonly source_project_id: number | null;
  readonly target_project_id: number;
  readonly merge_commit_sha: string | null;
  readonly squash_commit_sha: string | null;
}

export interface ApprovalData {
  readonly user: UserData | null;
  readonly approved_at?: string | null;
}

export interface ApprovalsData {
  readonly approved_by: readonly ApprovalData[] | null;
}

export interface ApprovalStateData {
  readonly rules?:
    | readonly {
        readonly name: string | null;
        readonly approvals_required: number | null;
        readonly approved_by?: readonly UserData[] | null;
      }[]
    | null;
}

/** Some of it is there only where the project's plan has the feature. */
export interface ProjectData {
  readonly web_url?: string | null;
  readonly approvals_before_merge?: unknown;
  readonly requirements_enabled?: unknown;
}

export interface ReviewerData {
  readonly user: UserData | null;
  readonly state: string;
}

export interface VersionData {
  readonly head_commit_sha: string;
  readonly created_at: string;
}

export interface MemberData {
  readonly access_level: number;
  readonly state: string;
}

export interface CommitData {
  readonly message: string;
  readonly author_name: string;
  readonly author_email: string;
  readonly committer_name: string;
  readonly committer_email: string;
}

export interface NoteData {
  readonly id: number;
  readonly created_at: string;
  readonly body: string;
  readonly system: boolean;
  readonly author: UserData | null;
}

export interface IssueData {
  readonly iid: number;
  readonly web_url: string;
  readonly title: string;
  readonly description: string | null;
}

export interface StatusData {
  readonly name: string;
  readonly status: string;
}

export interface ProtectedBranchData {
  readonly name: string;
  readonly push_access_levels: readonly { readonly access_level: number | null }[] | null;
  readonly code_owner_approval_required?: boolean | null;
}

export interface ProtectedEnvironmentData {
  /** Each names a level, a person or a group. */
  readonly deploy_access_levels?: readonly { readonly access_level: number | null }[] | null;
  readonly required_approval_count?: number | null;
  readonly approval_rules?: readonly { readonly required_approvals: number | null }[] | null;
}

/** Whoever is asked: for an approval, or because only they may start the job. */
export function environmentRulesOf(data: ProtectedEnvironmentData): EnvironmentRules {
  const asked = (data.approval_rules ?? []).filter((rule) => (rule.required_approvals ?? 0) > 0).length;
  const approvals = asked + ((data.required_approval_count ?? 0) > 0 ? 1 : 0);
  const deployers = data.deploy_access_levels ?? [];
  const anyWriter = deployers.some(({ access_level: level }) => level !== null && level > 0 && level <= developer);
  return { reviewers: approvals > 0 ? approvals : anyWriter ? 0 : deployers.length, limitsBranches: undefined };
}

const developer = 30;

export function approvalRulesOf(state: ApprovalStateData): readonly ApprovalRule[] {
  return (state.rules ?? []).map(({ name, approvals_required: needed, approved_by: approvedBy }) => ({
    name: name ?? 'without a name',
    needed: needed ?? 0,
    approvedBy: (approvedBy ?? []).map(({ username }) => username),
  }));
}

/** By the features that it tells of: approvals are Premium's, requirements Ultimate's. */
export function planOf(project: ProjectData): ForgePlan {
  if ('requirements_enabled' in project) return 'gitlab-ultimate';
  if ('approvals_before_merge' in project) return 'gitlab-premium';
  const isOwnHost = !(project.web_url ?? '').startsWith('https://gitlab.com/');
  return isOwnHost ? 'gitlab-free-self-managed' : 'gitlab-free';
}

/** A deleted account comes without a user; nobody's token and no reviewer is equal to it. */
export function userOf(user: UserData | null | undefined): User {
  return user === null || user === undefined ? { id: '', name: 'ghost' } : { id: String(user.id), name: user.username };
}

export function mergeRequestOf(data: MergeRequestData): MergeRequest {
  const merged = data.state === 'merged';
  return {
    number: data.iid,
    title: data.title,
    url: data.web_url,
    author: userOf(data.author),
    head: data.sha ?? '',
    sourceBranch: data.source_branch,
    targetBranch: data.target_branch,
    // "locked" lasts while GitLab merges.
    state: merged ? 'merged' : data.state === 'closed' ? 'closed' : 'open',
    mergeCommit: merged ? madeByMerge(data)[0] : undefined,
    fork: data.source_project_id !== data.target_project_id,
  };
}

/** The commits on the target branch that are this merge, its tip first. Without either the branch was fast-forwarded. */
export function madeByMerge(data: MergeRequestData): readonly string[] {
  const made = [data.merge_commit_sha, data.squash_commit_sha].filter((one) => one !== null && one !== undefined);
  return made.length > 0 || data.sha === null ? made : [data.sha];
}

/**
 * The head that stood when somebody approved. GitLab keeps the time of an approval and not its commit, so this is the
 * newest version older than the approval; one made at the very same moment is not taken to have been seen.
 */
export function headAt(versions: readonly VersionData[], approvedAt: string): string | undefined {
  const moment = Date.parse(approvedAt);
  const seen = versions.filter((version) => Date.parse(version.created_at) < moment);
  const newest = seen.reduce<VersionData | undefined>(
    (best, one) => (best === undefined || Date.parse(one.created_at) > Date.parse(best.created_at) ? one : best),
    undefined,
  );
  return newest?.head_commit_sha;
}

/**
 * When the system noted a user's standing approval; undefined where it did not, or noted its withdrawal later. Nobody
 * can write a system note, and GitLab does not translate them.
 */
export function approvalNoted(notes: readonly NoteData[], user: User): string | undefined {
  const told = notes
    .filter(
      (note) =>
        note.system && userOf(note.author).id === user.id && /^(un)?approved this merge request/.test(note.body),
    )
    .sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  const last = told.at(-1);
  return last?.body.startsWith('approved') === true ? last.created_at : undefined;
}

/** Users of project and group tokens and service accounts, by the names GitLab gives them: lists do not say it otherwise. */
export function isBot(username: string): boolean {
  return /^(?:(?:project|group)_\d+_bot|service_account_)/.test(username);
}

export function contributorsOf(commit: CommitData): readonly Contributor[] {
  return [
    { user: undefined, name: commit.author_name, email: commit.author_email, as: 'author' },
    { user: undefined, name: commit.committer_name, email: commit.committer_email, as: 'committer' },
    ...coAuthorsOf(commit.message),
  ];
}

/** Several rules may match a branch by their patterns; GitLab lets the most generous one decide who may push. */
export function branchRulesOf(
  rules: readonly ProtectedBranchData[] | undefined,
  branch: string,
): BranchRules | undefined {
  if (rules === undefined) return undefined;
  const matching = rules.filter((rule) => patternOf(rule.name).test(branch));
  const levels = matching.flatMap((rule) => rule.push_access_levels ?? []);
  return {
    isProtected: matching.length > 0,
    mergeRequestRequired: matching.length > 0 && levels.every((one) => one.access_level === 0),
    approvals: undefined,
    dismissesStale: undefined,
    codeOwners: matching.some((rule) => rule.code_owner_approval_required === true),
  };
}

function patternOf(name: string): RegExp {
  const literal = name.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`);
}

export function issueOf(issue: IssueData): Issue {
  return { id: String(issue.iid), url: issue.web_url, title: issue.title, body: issue.description ?? '' };
}
