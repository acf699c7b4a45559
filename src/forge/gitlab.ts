/**
 * GitLab, on gitlab.com and self-managed, of any tier: what only paid tiers tell is not asked for. A token people made
 * may do everything; CI_JOB_TOKEN, which every job has, reads merge requests and comments and records deployments.
 */
import { Problem } from '../problem.ts';
import type { Comment, Forge, MergeRequest, Review, User } from './forge.ts';
import { type GitLabAccess, gitlabApi } from './gitlab-api.ts';
import { accountsOf, membersOf } from './gitlab-people.ts';
import {
  type ApprovalData,
  type ApprovalStateData,
  type ApprovalsData,
  approvalNoted,
  approvalRulesOf,
  branchRulesOf,
  type CommitData,
  contributorsOf,
  environmentRulesOf,
  headAt,
  type IssueData,
  isBot,
  issueOf,
  type MemberData,
  type MergeRequestData,
  madeByMerge,
  mergeRequestOf,
  type NoteData,
  type ProjectData,
  type ProtectedBranchData,
  type ProtectedEnvironmentData,
  planOf,
  type ReviewerData,
  type StatusData,
  type UserData,
  userOf,
  type VersionData,
} from './gitlab-shapes.ts';
import { isFrom } from './proposed.ts';
import { mergeRequestsByCommit } from './recent-merges.ts';
import { checkLength, shorten } from './refusal.ts';

export interface GitLabOptions extends GitLabAccess {
  /** Path or number of the project. */
  readonly project: string;
  /** The lowest access level that counts as a writer's. */
  readonly writerLevel: number;
}

/** From GitLab's source; the API description does not state it. */
const commentLimit = 1_000_000;
const descriptionLimit = 255;

const reads = { needs: 'scope read_api', jobToken: false } as const;
const readsWithJob = { needs: 'scope read_api', jobToken: true } as const;
const writes = { needs: 'scope api and the role Developer', jobToken: false } as const;
const writesWithJob = { needs: 'scope api and the role Developer', jobToken: true } as const;

/** Asks nothing yet. Every function throws `Problem`, with the scope and role that are missing. */
export function openGitLab(options: GitLabOptions): Forge {
  const api = gitlabApi(options);
  const project = `/projects/${encodeURIComponent(options.project)}`;
  const pages = new Map<number, Promise<string>>();
  let self: Promise<User> | undefined;

  function whoAmI(): Promise<User> {
    self ??= api.get<UserData>({ doing: 'asking whose token it is', ...reads }, '/user').then(userOf);
    return self;
  }
  async function mergeRequest(number: number): Promise<MergeRequest> {
    const errand = { doing: `reading merge request !${number}`, ...readsWithJob };
    return mergeRequestOf(await api.get<MergeRequestData>(errand, `${project}/merge_requests/${number}`));
  }
  /** Notes come without an address; it is made from the merge request's. */
  async function commentOf(number: number, note: NoteData): Promise<Comment> {
    const page = pages.get(number) ?? mergeRequest(number).then((request) => request.url);
    pages.set(number, page);
    return { id: String(note.id), body: note.body, url: `${await page}#note_${note.id}` };
  }
  async function mayWrite(user: User): Promise<boolean | undefined> {
    const errand = { doing: `reading the rights of ${user.name}`, ...reads };
    const answer = await api.attempt<MemberData>(errand, 'GET', `${project}/members/all/${user.id}`);
    if (answer.status === 404) return false;
    if (answer.status === 403) return undefined;
    const member = api.accept(errand, answer);
    return member.state === 'active' && member.access_level >= options.writerLevel;
  }
  /** Who has asked for changes and not approved since, where GitLab is new enough to tell. */
  async function requestedChanges(number: number): Promise<readonly Review[]> {
    const errand = { doing: `reading the reviewers of !${number}`, ...reads };
    const path = `${project}/merge_requests/${number}/reviewers`;
    const reviewers = (await api.listIfShown<ReviewerData>(errand, path)) ?? [];
    const asking = reviewers.filter(({ state }) => state === 'requested_changes').map((one) => userOf(one.user));
    const rights = await Promise.all(asking.map(mayWrite));
    return asking.map((user, index) => ({
      user,
      verdict: 'changes-requested',
      commit: undefined,
      at: undefined,
      mayWrite: rights[index],
      bot: isBot(user.name),
    }));
  }
  async function takenNote(
    number: number,
    doing: string,
    method: 'POST' | 'PUT',
    path: string,
    body: string,
  ): Promise<Comment> {
    checkLength(body, commentLimit, doing);
    const answer = await api.attempt<NoteData>({ doing, ...writes }, method, path, { body });
    if (answer.status === 202) {
      // Nothing of the text was a comment: GitLab carried it out instead.
      throw new Problem({
        reason: 'rejected',
        message: `${doing}: GitLab took the whole text for quick actions and made no comment of it`,
      });
    }
    return commentOf(number, api.accept({ doing, ...writes }, answer));
  }

  return {
    kind: 'gitlab',
    commentLimit,
    self: whoAmI,
    mergeRequest,
    mergeRequestsOfCommit: mergeRequestsByCommit({
      ofCommit: async (commit, branch) => {
        const errand = { doing: `finding the merge requests of ${commit}`, ...readsWithJob };
        const path = `${project}/repository/commits/${encodeURIComponent(commit)}/merge_requests`;
        // GitLab does not have the commit, so no merge request of it can have brought it.
        const found = (await api.listIfShown<MergeRequestData>(errand, path)) ?? [];
        const merged = found.filter(
          (one) => one.state === 'merged' && (branch === undefined || one.target_branch === branch),
        );
        const exact = merged.filter((one) => madeByMerge(one).includes(commit));
        return (exact.length > 0 ? exact : merged).map(mergeRequestOf);
      },
      recentlyMerged: async (branch) => {
        const errand = { doing: `reading the merge requests merged into ${branch}`, ...readsWithJob };
        const order = { state: 'merged', order_by: 'updated_at', sort: 'desc', per_page: '100' };
        const query = new URLSearchParams({ ...order, target_branch: branch });
        const requests = await api.get<readonly MergeRequestData[]>(errand, `${project}/merge_requests?${query}`);
        return requests.map(mergeRequestOf);
      },
    }),
    reviews: async (number) => {
      const errand = { doing: `reading the approvals of !${number}`, ...reads };
      const path = `${project}/merge_requests/${number}`;
      const approvals = (await api.get<ApprovalsData>(errand, `${path}/approvals`)).approved_by ?? [];
      const objections = await requestedChanges(number);
      if (approvals.length === 0) return objections;
      const versions = await api.list<VersionData>(errand, `${path}/versions`);
      // Older versions of GitLab list who approved without the time; their system notes have it.
      const untimed = approvals.some((one) => typeof one.approved_at !== 'string');
      const notes = untimed ? await api.list<NoteData>(errand, `${path}/notes`) : [];
      const reviewOf = async (approval: ApprovalData): Promise<Review> => {
        const user = userOf(approval.user);
        const at = approval.approved_at ?? approvalNoted(notes, user);
        const commit = at === undefined ? undefined : headAt(versions, at);
        return { user, verdict: 'approved', commit, at, mayWrite: await mayWrite(user), bot: isBot(user.name) };
      };
      // Whoever asks for changes after approving has taken the approval back.
      const against = new Set(objections.map(({ user }) => user.id));
      const standing = approvals.filter((approval) => !against.has(userOf(approval.user).id));
      return [...objections, ...(await Promise.all(standing.map(reviewOf)))];
    },
    mayWrite,
    react: undefined,
    contributors: async (number) => {
      const errand = { doing: `reading the commits of !${number}`, ...reads };
      const commits = await api.list<CommitData>(errand, `${project}/merge_requests/${number}/commits`);
      const accounts = await accountsOf(api, project, number);
      return {
        people: commits.flatMap(contributorsOf).map((one) => ({ ...one, user: accounts.get(one.email.toLowerCase()) })),
        complete: true,
      };
    },
    membersOf: (team) => membersOf(api, project, team),
    approvalRules: async (number) => {
      const errand = { doing: `reading the approval rules of !${number}`, ...reads };
      const answer = await api.attempt<ApprovalStateData>(
        errand,
        'GET',
        `${project}/merge_requests/${number}/approval_state`,
      );
      // Only paid tiers have them.
      if (answer.status === 403 || answer.status === 404) return undefined;
      return approvalRulesOf(api.accept(errand, answer));
    },
    plan: async () => {
      const errand = { doing: 'reading what kind of project this is', ...reads };
      return planOf(await api.get<ProjectData>(errand, project));
    },
    branchRules: async (branch) => {
      const errand = { doing: `reading the rules of ${branch}`, ...reads };
      return branchRulesOf(await api.listIfShown<ProtectedBranchData>(errand, `${project}/protected_branches`), branch);
    },
    environmentRules: async (name) => {
      const needs = 'scope read_api and the role Maintainer';
      const errand = { doing: `reading the protected environment ${name}`, needs, jobToken: false };
      const path = `${project}/protected_environments/${encodeURIComponent(name)}`;
      const answer = await api.attempt<ProtectedEnvironmentData>(errand, 'GET', path);
      // On the free tier no environment is protected, and the address is unknown.
      return answer.status === 404 ? 'none' : environmentRulesOf(api.accept(errand, answer));
    },
    ownComments: async (number) => {
      const me = await whoAmI();
      const errand = { doing: `reading the comments of !${number}`, ...readsWithJob };
      const query = { activity_filter: 'only_comments', order_by: 'created_at', sort: 'asc' };
      const notes = await api.list<NoteData>(errand, `${project}/merge_requests/${number}/notes`, query);
      const ours = notes.filter((note) => !note.system && String(note.author?.id) === me.id);
      return Promise.all(ours.map((note) => commentOf(number, note)));
    },
    createComment: (number, body) =>
      takenNote(number, `commenting on !${number}`, 'POST', `${project}/merge_requests/${number}/notes`, body),
    updateComment: (number, comment, body) => {
      const path = `${project}/merge_requests/${number}/notes/${comment}`;
      return takenNote(number, `updating our comment on !${number}`, 'PUT', path, body);
    },
    deleteComment: async (number, comment) => {
      const errand = { doing: `deleting our second comment on !${number}`, ...writes };
      const path = `${project}/merge_requests/${number}/notes/${comment}`;
      const answer = await api.attempt<undefined>(errand, 'DELETE', path);
      if (answer.status !== 404) api.accept(errand, answer);
    },
    issues: {
      ownOpen: async (label) => {
        const me = await whoAmI();
        const errand = { doing: `reading the issues with label ${label}`, ...reads };
        const query = { state: 'opened', labels: label, author_id: me.id, scope: 'all' };
        return (await api.list<IssueData>(errand, `${project}/issues`, query)).map(issueOf);
      },
      create: async ({ title, body, label }) => {
        const fields = { title, description: body, labels: [label] };
        return issueOf(
          await api.send<IssueData>({ doing: 'opening an issue', ...writes }, 'POST', `${project}/issues`, fields),
        );
      },
      update: async (issue, body, title) => {
        const errand = { doing: `updating issue #${issue}`, ...writes };
        return issueOf(
          await api.send<IssueData>(errand, 'PUT', `${project}/issues/${issue}`, { description: body, title }),
        );
      },
      close: async (issue) => {
        const errand = { doing: `closing issue #${issue}`, ...writes };
        await api.send<IssueData>(errand, 'PUT', `${project}/issues/${issue}`, { state_event: 'close' });
      },
    },
    proposals: {
      find: async ({ source, target }) => {
        const errand = { doing: `finding the merge request of ${source}`, ...readsWithJob };
        const query = { state: 'opened', source_branch: source, target_branch: target };
        const requests = await api.list<MergeRequestData>(errand, `${project}/merge_requests`, query);
        return requests.map(mergeRequestOf).find(isFrom({ source, target }));
      },
      create: async ({ source, target, title, body }) => {
        const errand = { doing: `opening a merge request of ${source}`, ...writes };
        const branches = { source_branch: source, target_branch: target, remove_source_branch: true };
        const fields = { ...branches, title, description: body };
        return mergeRequestOf(await api.send<MergeRequestData>(errand, 'POST', `${project}/merge_requests`, fields));
      },
    },
    commitStatus: async (status) => {
      const errand = { doing: `setting the status ${status.name} of ${status.commit}`, ...writes };
      const wanted = status.state === 'failure' ? 'failed' : status.state;
      const answer = await api.attempt<StatusData>(errand, 'POST', `${project}/statuses/${status.commit}`, {
        state: wanted,
        name: status.name,
        description: shorten(status.description, descriptionLimit),
        ...(status.url === undefined ? {} : { target_url: status.url }),
      });
      // A status that is to become what it is already is refused; what it is decides whether that matters.
      if (answer.status === 400) {
        const path = `${project}/repository/commits/${status.commit}/statuses`;
        const present = await api.list<StatusData>(errand, path, { name: status.name });
        if (present.some((one) => one.name === status.name && one.status === wanted)) return;
      }
      api.accept(errand, answer);
    },
    deployments: {
      create: async ({ commit, ref, environment }) => {
        const errand = { doing: `announcing a deployment to ${environment}`, ...writesWithJob };
        const fields = { environment, sha: commit, ref, tag: false, status: 'running' };
        return String((await api.send<{ readonly id: number }>(errand, 'POST', `${project}/deployments`, fields)).id);
      },
      finish: async (deployment, { state }) => {
        const errand = { doing: `ending deployment ${deployment}`, ...writesWithJob };
        const status = state === 'success' ? 'success' : 'failed';
        await api.send(errand, 'PUT', `${project}/deployments/${deployment}`, { status });
      },
    },
  };
}
