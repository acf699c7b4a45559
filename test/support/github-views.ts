/** How our small GitHub shows its state: the fields of the API description that say something, and no others. */
import type { CommitFacts } from './git-repository.ts';
import type {
  GitHubState,
  StoredComment,
  StoredDeployment,
  StoredIssue,
  StoredReview,
  StoredStatus,
} from './github-state.ts';
import { type Account, type Proposal, personOf } from './proposals.ts';

type View = Record<string, unknown>;

export interface GitHubViews {
  readonly account: (account: Account) => View;
  readonly pull: (number: number) => View;
  readonly simplePull: (number: number) => View;
  readonly pullAsIssue: (pull: Proposal) => View;
  readonly review: (review: StoredReview) => View;
  readonly commit: (commit: CommitFacts) => View;
  readonly comment: (comment: StoredComment) => View;
  /** As GraphQL has it, where a bot's login stands without its brackets. */
  readonly commentNode: (id: string) => View | null;
  readonly issue: (issue: StoredIssue) => View;
  readonly status: (status: StoredStatus) => View;
  readonly deployment: (deployment: StoredDeployment) => View;
  readonly deploymentStatus: (status: StoredDeployment['statuses'][number]) => View;
  readonly branchRules: (branch: string) => readonly View[];
  readonly environment: (
    name: string,
    rules: { readonly reviewers: number; readonly protectedBranches: boolean },
  ) => View;
}

export function githubViews(state: GitHubState, origin: () => string): GitHubViews {
  function web(path: string): string {
    return `${origin()}/${state.owner}/${state.name}/${path}`;
  }
  function account(one: Account): View {
    return { id: one.id, node_id: `U_${one.id}`, login: one.login, type: one.bot ? 'Bot' : 'User', site_admin: false };
  }
  function association(one: Account): string {
    const permission = state.accounts.get(one.login)?.permission ?? 'none';
    return permission === 'none' ? 'NONE' : permission === 'admin' ? 'OWNER' : 'COLLABORATOR';
  }
  function mustPull(number: number): Proposal {
    const pull = state.pulls.get(number);
    if (pull === undefined) throw new Error(`the test forge has no pull request ${number}`);
    return pull;
  }
  function repositoryOf(owner: string): View {
    const fork = owner !== state.owner;
    return { id: fork ? 2 : 1, name: state.name, full_name: `${owner}/${state.name}`, fork, default_branch: 'main' };
  }
  function simplePull(number: number): View {
    const pull = mustPull(number);
    const head = state.pulls.head(number);
    const headOwner = pull.fork ?? state.owner;
    return {
      id: 5000 + number,
      node_id: `PR_${number}`,
      number,
      html_url: web(`pull/${number}`),
      state: pull.state === 'open' ? 'open' : 'closed',
      draft: false,
      title: pull.title,
      body: pull.description,
      user: account(pull.author),
      created_at: pull.createdAt,
      closed_at: pull.merged?.at ?? null,
      merged_at: pull.merged?.at ?? null,
      // While a pull request is open, this field names a test merge that is on no branch.
      merge_commit_sha: pull.merged?.tip ?? (pull.state === 'open' ? 'f'.repeat(40) : null),
      head: { label: `${headOwner}:${pull.source}`, ref: pull.source, sha: head, repo: repositoryOf(headOwner) },
      base: {
        label: `${state.owner}:${pull.target}`,
        ref: pull.target,
        sha: state.repository.resolve(`refs/heads/${pull.target}`),
        repo: repositoryOf(state.owner),
      },
      author_association: association(pull.author),
    };
  }
  function person(one: { readonly name: string; readonly email: string }): View | null {
    const found = [...state.accounts.values()].find((known) => personOf(known.account).email === one.email);
    return found === undefined ? null : account(found.account);
  }
  return {
    account,
    simplePull,
    pull: (number) => {
      const pull = mustPull(number);
      const merged = pull.merged;
      return {
        ...simplePull(number),
        merged: merged !== undefined,
        mergeable: merged === undefined ? true : null,
        merged_by: merged === undefined ? null : account(merged.by),
        commits: state.pulls.commits(number).length,
      };
    },
    pullAsIssue: (pull) => ({
      number: pull.number,
      title: pull.title,
      body: pull.description,
      state: 'open',
      user: account(pull.author),
      labels: [],
      html_url: web(`pull/${pull.number}`),
      pull_request: { html_url: web(`pull/${pull.number}`) },
    }),
    review: (review) => ({
      id: review.id,
      node_id: `PRR_${review.id}`,
      user: account(review.account),
      body: review.body,
      state: review.state,
      html_url: web(`pull/${review.pull}#pullrequestreview-${review.id}`),
      submitted_at: review.at,
      commit_id: review.commit,
      author_association: association(review.account),
    }),
    commit: (commit) => ({
      sha: commit.sha,
      html_url: web(`commit/${commit.sha}`),
      commit: {
        message: commit.message,
        author: { ...commit.author, date: commit.at },
        committer: { ...commit.committer, date: commit.at },
      },
      author: person(commit.author),
      committer: person(commit.committer),
      parents: commit.parents.map((sha) => ({ sha })),
    }),
    comment: (comment) => ({
      id: comment.id,
      node_id: `IC_${comment.id}`,
      body: comment.body,
      html_url: web(`pull/${comment.number}#issuecomment-${comment.id}`),
      user: account(comment.account),
      created_at: comment.at,
      updated_at: comment.edited,
      author_association: association(comment.account),
    }),
    commentNode: (id) => {
      const comment = state.comments.find((one) => `IC_${one.id}` === id);
      if (comment === undefined) return null;
      const actor = (one: Account): View => ({ login: one.login.replace('[bot]', '') });
      const { editor } = comment;
      return {
        id,
        lastEditedAt: editor === undefined ? null : comment.edited,
        author: actor(comment.account),
        editor: editor === undefined ? null : actor(editor),
      };
    },
    issue: (issue) => ({
      id: 9000 + issue.number,
      number: issue.number,
      title: issue.title,
      body: issue.body,
      state: issue.state,
      user: account(issue.account),
      labels: issue.labels.map((name) => ({ name })),
      html_url: web(`issues/${issue.number}`),
      created_at: issue.at,
    }),
    status: (status) => ({
      id: status.id,
      state: status.state,
      context: status.context,
      description: status.description,
      target_url: status.target,
      created_at: status.at,
      creator: account(status.account),
    }),
    deployment: (deployment) => ({
      id: deployment.id,
      sha: deployment.sha,
      ref: deployment.ref,
      environment: deployment.environment,
      production_environment: deployment.production,
      creator: account(deployment.account),
      created_at: deployment.at,
    }),
    deploymentStatus: (status) => ({
      id: status.id,
      state: status.state,
      description: status.description,
      created_at: status.at,
    }),
    environment: (name, { reviewers, protectedBranches }) => {
      const people = [...state.accounts.values()].slice(0, reviewers).map((one) => one.account);
      const required = { id: 2, node_id: 'R', type: 'required_reviewers', prevent_self_review: true };
      return {
        id: 1,
        node_id: 'E',
        name,
        url: `${origin()}/repos/${state.owner}/${state.name}/environments/${name}`,
        html_url: web(`deployments/${name}`),
        created_at: '2026-01-01T00:00:00Z',
        updated_at: '2026-01-01T00:00:00Z',
        protection_rules: [
          { id: 3, node_id: 'B', type: 'branch_policy' },
          ...(reviewers === 0
            ? []
            : [{ ...required, reviewers: people.map((one) => ({ type: 'User', reviewer: account(one) })) }]),
        ],
        deployment_branch_policy: protectedBranches
          ? { protected_branches: true, custom_branch_policies: false }
          : null,
      };
    },
    branchRules: (branch) => {
      const rules = state.protection.get(branch);
      if (rules === undefined) return [];
      const from = { ruleset_id: 1, ruleset_source: `${state.owner}/${state.name}`, ruleset_source_type: 'Repository' };
      return [
        { type: 'deletion', ...from },
        {
          type: 'pull_request',
          ...from,
          parameters: {
            dismiss_stale_reviews_on_push: rules.dismissStale,
            require_code_owner_review: rules.codeOwners,
            require_last_push_approval: rules.lastPush,
            required_approving_review_count: rules.approvals,
            required_review_thread_resolution: false,
          },
        },
      ];
    },
  };
}
