/** How our small GitLab shows its state: the fields of the API description that say something, and no others. */
import type { CommitFacts } from './git-repository.ts';
import type { GitLabDeployment, GitLabIssue, GitLabState, GitLabStatus, Note } from './gitlab-state.ts';
import type { Account } from './proposals.ts';

type View = Record<string, unknown>;

export interface GitLabViews {
  readonly person: (account: Account) => View;
  readonly request: (iid: number) => View;
  readonly note: (note: Note) => View;
  readonly issue: (issue: GitLabIssue) => View;
  readonly status: (status: GitLabStatus) => View;
  readonly deployment: (deployment: GitLabDeployment) => View;
  readonly commit: (commit: CommitFacts) => View;
}

export function gitlabViews(state: GitLabState, origin: () => string): GitLabViews {
  function person(account: Account): View {
    return {
      id: account.id,
      username: account.login,
      name: account.login,
      state: 'active',
      web_url: `${origin()}/${account.login}`,
    };
  }
  function request(iid: number): View {
    const proposal = state.requests.get(iid);
    if (proposal === undefined) throw new Error(`the test forge has no merge request ${iid}`);
    const head = state.versions(iid).at(-1)?.head ?? '';
    const squash = state.squashes.get(iid);
    const method = proposal.merged?.method;
    const tip = proposal.merged?.tip ?? null;
    return {
      id: 7000 + iid,
      iid,
      project_id: state.projectId,
      title: proposal.title,
      description: proposal.description,
      state: proposal.state === 'open' ? 'opened' : proposal.state,
      created_at: proposal.createdAt,
      merged_at: proposal.merged?.at ?? null,
      merge_user: proposal.merged === undefined ? null : person(proposal.merged.by),
      author: person(proposal.author),
      source_branch: proposal.source,
      target_branch: proposal.target,
      source_project_id: proposal.fork === undefined ? state.projectId : state.projectId + 1,
      target_project_id: state.projectId,
      sha: head,
      merge_commit_sha: squash === undefined ? (method === 'merge' ? tip : null) : (squash.merge ?? null),
      squash_commit_sha: squash?.squash ?? null,
      detailed_merge_status: 'mergeable',
      web_url: `${origin()}/${state.path}/-/merge_requests/${iid}`,
    };
  }
  function note(one: Note): View {
    return {
      id: one.id,
      type: null,
      body: one.body,
      author: person(one.account),
      created_at: one.at,
      updated_at: one.at,
      system: one.system,
      noteable_type: one.on === 'issue' ? 'Issue' : 'MergeRequest',
      noteable_iid: one.iid,
      project_id: state.projectId,
      resolvable: false,
      confidential: false,
      internal: false,
    };
  }
  function issue(one: GitLabIssue): View {
    return {
      id: 8000 + one.iid,
      iid: one.iid,
      project_id: state.projectId,
      title: one.title,
      description: one.description,
      state: one.state,
      labels: one.labels,
      author: person(one.account),
      created_at: one.at,
      web_url: `${origin()}/${state.path}/-/issues/${one.iid}`,
    };
  }
  function status(one: GitLabStatus): View {
    const { id, sha, name, description } = one;
    return {
      id,
      sha,
      name,
      description,
      status: one.status,
      target_url: one.target,
      author: person(one.account),
    };
  }
  function deployment(one: GitLabDeployment): View {
    const { id, sha, ref, status } = one;
    return { id, sha, ref, status, environment: { name: one.environment }, user: person(one.account) };
  }
  function commit(one: CommitFacts): View {
    return {
      id: one.sha,
      title: one.message.split('\n')[0],
      message: one.message,
      author_name: one.author.name,
      author_email: one.author.email,
      committer_name: one.committer.name,
      committer_email: one.committer.email,
      parent_ids: one.parents,
    };
  }
  return { person, request, note, issue, status, deployment, commit };
}
