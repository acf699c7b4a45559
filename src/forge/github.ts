/**
 * GitHub, on github.com and Enterprise Server. REST throughout; GraphQL only to learn whose token it is, which REST
 * does not tell a workflow's own token.
 */
import { getOctokit } from '@actions/github';
import { Problem } from '../problem.ts';
import type { BranchRules, Contributors, EnvironmentRules, Forge, Review, User } from './forge.ts';
import { editedByOthers } from './github-editors.ts';
import {
  branchRulesOf,
  commentOf,
  contributorsOf,
  issueOf,
  latestOpinions,
  mergeRequestOf,
  type Octokit,
  type PullData,
  type ReviewData,
  userOf,
  verdicts,
} from './github-shapes.ts';
import type { Send } from './http.ts';
import { isFrom } from './proposed.ts';
import { mergeRequestsByCommit } from './recent-merges.ts';
import { checkLength, problemOf, shorten } from './refusal.ts';

export interface GitHubOptions {
  /** `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server. */
  readonly apiUrl: string;
  /** `owner/name`. */
  readonly project: string;
  readonly token: string;
  readonly userAgent: string;
  readonly send: Send;
}

/** The version whose answers this file reads; later ones drop `merge_commit_sha`. */
const apiVersion = '2022-11-28';
/** From reports of the refusal's text; the API description does not state it. */
const commentLimit = 65_536;
const descriptionLimit = 140;
/** GitHub lists no more commits of a pull request than this. */
const commitsListed = 250;
const pageSize = 100;
/** GITHUB_TOKEN needs the repository's setting beside its permissions. */
const mayPropose =
  'contents: write and pull-requests: write; GITHUB_TOKEN also the setting "Allow GitHub Actions to create and approve pull requests"';

/** Errands name their right as a workflow's `permissions:` spells it. */
type Attempt = <Value>(doing: string, needs: string, act: () => Promise<Value>) => Promise<Value>;

/** Asks nothing yet. Every function throws `Problem`, with the permission that is missing as a workflow spells it. */
export function openGitHub(options: GitHubOptions): Forge {
  const repository = repositoryOf(options.project);
  const octokit = getOctokit(options.token, {
    baseUrl: options.apiUrl.replace(/\/+$/, ''),
    userAgent: options.userAgent,
    request: { fetch: fetchOver(options.send) },
  });
  octokit.hook.before('request', (request) => {
    request.headers['x-github-api-version'] = apiVersion;
  });

  const attempt: Attempt = async (doing, needs, act) => {
    try {
      return await act();
    } catch (error) {
      throw explained(error, { doing, needs, token: 'the GitHub token' });
    }
  };
  let self: Promise<User> | undefined;
  function whoAmI(): Promise<User> {
    self ??= attempt('asking whose token it is', 'any access to the repository', () => readSelf(octokit));
    return self;
  }

  return {
    kind: 'github',
    commentLimit,
    self: whoAmI,
    mergeRequest: (number) =>
      attempt(`reading pull request #${number}`, 'pull-requests: read', async () => {
        const { data } = await octokit.rest.pulls.get({ ...repository, pull_number: number });
        return mergeRequestOf(data);
      }),
    mergeRequestsOfCommit: mergeRequestsByCommit({
      ofCommit: (commit, branch) =>
        attempt(`finding the pull requests of ${commit}`, 'pull-requests: read', async () => {
          const candidates = await pullsOfCommit(octokit, repository, commit);
          const merged = candidates
            .map((pull) => mergeRequestOf(pull))
            .filter((pull) => pull.state === 'merged' && (branch === undefined || pull.targetBranch === branch));
          const exact = merged.filter((pull) => pull.mergeCommit === commit);
          return exact.length > 0 ? exact : merged;
        }),
      recentlyMerged: (branch) =>
        attempt(`reading the pull requests merged into ${branch}`, 'pull-requests: read', async () => {
          const order = { state: 'closed', sort: 'updated', direction: 'desc' } as const;
          const { data } = await octokit.rest.pulls.list({ ...repository, ...order, base: branch, per_page: pageSize });
          return data.map((pull) => mergeRequestOf(pull)).filter((pull) => pull.state === 'merged');
        }),
    }),
    reviews: (number) =>
      attempt(`reading the reviews of #${number}`, 'pull-requests: read', async () => {
        const query = { ...repository, pull_number: number, per_page: pageSize };
        const all = await octokit.paginate(octokit.rest.pulls.listReviews, query);
        return Promise.all(latestOpinions(all).map((review) => reviewOf(octokit, repository, review)));
      }),
    mayWrite: (user) =>
      attempt(`reading the rights of ${user.name}`, 'metadata: read', () => mayWrite(octokit, repository, user.name)),
    react: (comment, content) =>
      attempt('reacting to the comment', 'pull-requests: write', async () => {
        await octokit.rest.reactions.createForIssueComment({ ...repository, comment_id: Number(comment), content });
      }),
    contributors: (number) =>
      attempt(`reading the commits of #${number}`, 'pull-requests: read', async () => {
        const query = { ...repository, pull_number: number, per_page: pageSize };
        const commits = await octokit.paginate(octokit.rest.pulls.listCommits, query);
        return {
          people: commits.flatMap(contributorsOf),
          complete: commits.length < commitsListed,
        } satisfies Contributors;
      }),
    membersOf: (team) =>
      attempt(`reading who is in ${team}`, 'members: read of the organisation', () => membersOf(octokit, team)),
    // What GitHub asks is counted by itself: reviews, and the owners that CODEOWNERS names.
    approvalRules: undefined,
    plan: () =>
      attempt('reading what kind of repository this is', 'metadata: read', async () => {
        const { data } = await octokit.rest.repos.get(repository);
        // The plan behind a private one is told to owners of the organisation only.
        return data.private ? undefined : 'github-free-public';
      }),
    branchRules: (branch) =>
      attempt(`reading the rules of ${branch}`, 'metadata: read', () => readBranchRules(octokit, repository, branch)),
    environmentRules: (name) =>
      attempt(`reading the environment ${name}`, 'actions: read', () => readEnvironment(octokit, repository, name)),
    ownComments: (number) =>
      attempt(`reading the comments of #${number}`, 'pull-requests: read', async () => {
        const me = await whoAmI();
        const query = { ...repository, issue_number: number, per_page: pageSize };
        const all = await octokit.paginate(octokit.rest.issues.listComments, query);
        const ours = all.filter((comment) => isBy(me, comment.user));
        const others = await editedByOthers(octokit, ours);
        return ours.map((comment) => ({ ...commentOf(comment), editedByOthers: others.has(comment.node_id) }));
      }),
    createComment: (number, body) =>
      attempt(`commenting on #${number}`, 'pull-requests: write', async () => {
        checkLength(body, commentLimit, `commenting on #${number}`);
        const { data } = await octokit.rest.issues.createComment({ ...repository, issue_number: number, body });
        return commentOf(data);
      }),
    updateComment: (number, comment, body) =>
      attempt(`updating our comment on #${number}`, 'pull-requests: write', async () => {
        checkLength(body, commentLimit, `updating our comment on #${number}`);
        const { data } = await octokit.rest.issues.updateComment({ ...repository, comment_id: Number(comment), body });
        return commentOf(data);
      }),
    deleteComment: (number, comment) =>
      attempt(`deleting our second comment on #${number}`, 'pull-requests: write', async () => {
        try {
          await octokit.rest.issues.deleteComment({ ...repository, comment_id: Number(comment) });
        } catch (error) {
          if ((error as { status?: number }).status !== 404) throw error;
        }
      }),
    issues: {
      ownOpen: (label) =>
        attempt(`reading the issues with label ${label}`, 'issues: read', async () => {
          const me = await whoAmI();
          const query = { ...repository, state: 'open', labels: label, per_page: pageSize } as const;
          const all = await octokit.paginate(octokit.rest.issues.listForRepo, query);
          // GitHub lists pull requests among the issues.
          return all.filter((one) => one.pull_request === undefined && isBy(me, one.user)).map(issueOf);
        }),
      create: ({ title, body, label }) =>
        attempt('opening an issue', 'issues: write', async () => {
          const { data } = await octokit.rest.issues.create({ ...repository, title, body, labels: [label] });
          return issueOf(data);
        }),
      update: (issue, body, title) =>
        attempt(`updating issue #${issue}`, 'issues: write', async () => {
          const { data } = await octokit.rest.issues.update({
            ...repository,
            issue_number: Number(issue),
            body,
            title,
          });
          return issueOf(data);
        }),
      close: (issue) =>
        attempt(`closing issue #${issue}`, 'issues: write', async () => {
          await octokit.rest.issues.update({ ...repository, issue_number: Number(issue), state: 'closed' });
        }),
    },
    proposals: {
      find: ({ source, target }) =>
        attempt(`finding the pull request of ${source}`, 'pull-requests: read', async () => {
          const query = { state: 'open', head: `${repository.owner}:${source}`, base: target } as const;
          const { data } = await octokit.rest.pulls.list({ ...repository, ...query, per_page: pageSize });
          return data.map((pull) => mergeRequestOf(pull)).find(isFrom({ source, target }));
        }),
      create: ({ source, target, title, body }) =>
        attempt(`opening a pull request of ${source}`, mayPropose, async () => {
          const { data } = await octokit.rest.pulls.create({ ...repository, title, body, head: source, base: target });
          return mergeRequestOf(data);
        }),
    },
    commitStatus: (status) =>
      attempt(`setting the status ${status.name} of ${status.commit}`, 'statuses: write', async () => {
        await octokit.rest.repos.createCommitStatus({
          ...repository,
          sha: status.commit,
          state: status.state,
          context: status.name,
          description: shorten(status.description, descriptionLimit),
          ...(status.url === undefined ? {} : { target_url: status.url }),
        });
      }),
    deployments: {
      create: ({ commit, environment, description }) =>
        attempt(`announcing a deployment to ${environment}`, 'deployments: write', async () => {
          const { data } = await octokit.rest.repos.createDeployment({
            ...repository,
            ref: commit,
            environment,
            description: shorten(description, descriptionLimit),
            // Else GitHub merges the default branch into what we deploy, or refuses because a check is still running.
            auto_merge: false,
            required_contexts: [],
          });
          if (!('id' in data)) {
            throw new Problem({ reason: 'rejected', message: `GitHub made no deployment: ${data.message ?? ''}` });
          }
          const id = Number(data.id);
          await octokit.rest.repos.createDeploymentStatus({ ...repository, deployment_id: id, state: 'in_progress' });
          return String(id);
        }),
      finish: (deployment, { state, description, url }) =>
        attempt(`ending deployment ${deployment}`, 'deployments: write', async () => {
          await octokit.rest.repos.createDeploymentStatus({
            ...repository,
            deployment_id: Number(deployment),
            state,
            description: shorten(description, descriptionLimit),
            ...(url === undefined ? {} : { log_url: url }),
          });
        }),
    },
  };
}

function repositoryOf(project: string): { readonly owner: string; readonly repo: string } {
  const [owner = '', repo = '', ...more] = project.split('/');
  if (owner === '' || repo === '' || more.length > 0) {
    throw new Problem({ reason: 'usage', message: `"${project}" is not a GitHub repository: write owner/name` });
  }
  return { owner, repo };
}

function fetchOver(send: Send): typeof fetch {
  return async (input, init) => {
    const response = await send({
      method: init?.method ?? 'GET',
      url: String(input),
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: init?.body === null || init?.body === undefined ? undefined : String(init.body),
    });
    const bodiless = response.status === 204 || response.status === 205 || response.status === 304;
    return new Response(bodiless ? null : response.text, { status: response.status, headers: response.headers });
  };
}

function explained(error: unknown, errand: { doing: string; needs: string; token: string }): unknown {
  const { cause, status, response } = error as {
    cause?: unknown;
    status?: number;
    response?: { headers?: Record<string, string | undefined>; data?: { message?: string; errors?: unknown } };
  };
  if (error instanceof Problem) return error;
  if (cause instanceof Problem) return cause;
  if (status === undefined || response === undefined) return error;
  const accepted = response.headers?.['x-accepted-github-permissions'];
  const needs = accepted === undefined ? errand.needs : `${errand.needs} (GitHub accepts ${accepted})`;
  const details = response.data?.errors === undefined ? '' : ` ${JSON.stringify(response.data.errors)}`;
  const said = `${response.data?.message ?? ''}${details}`;
  return problemOf({ forge: 'GitHub', status, said }, { ...errand, needs });
}

async function readSelf(octokit: Octokit): Promise<User> {
  try {
    const { data } = await octokit.rest.users.getAuthenticated();
    return { id: String(data.id), name: data.login };
  } catch (error) {
    // An installation's token, such as GITHUB_TOKEN, may not ask this over REST.
    if ((error as { status?: number }).status !== 403) throw error;
  }
  const answer = await octokit.graphql<{ viewer: { databaseId: number | null; login: string } }>(
    '{ viewer { databaseId login } }',
  );
  const { databaseId, login } = answer.viewer;
  return { id: databaseId === null ? '' : String(databaseId), name: login };
}

/** By number; GraphQL may keep the number of an app's account to itself, and its name is as unique. */
function isBy(me: User, user: { readonly id: number; readonly login: string } | null | undefined): boolean {
  if (user === null || user === undefined) return false;
  return me.id === '' ? user.login === me.name : String(user.id) === me.id;
}

async function pullsOfCommit(
  octokit: Octokit,
  repository: { readonly owner: string; readonly repo: string },
  commit: string,
): Promise<readonly PullData[]> {
  const query = { ...repository, commit_sha: commit, per_page: pageSize };
  try {
    return await octokit.paginate(octokit.rest.repos.listPullRequestsAssociatedWithCommit, query);
  } catch (error) {
    // GitHub does not have the commit, so no pull request of it can have brought it.
    if ((error as { status?: number }).status === 422) return [];
    throw error;
  }
}

async function reviewOf(
  octokit: Octokit,
  repository: { readonly owner: string; readonly repo: string },
  review: ReviewData,
): Promise<Review> {
  const user = userOf(review.user);
  return {
    user,
    verdict: verdicts[review.state] ?? 'dismissed',
    commit: review.commit_id ?? undefined,
    at: review.submitted_at,
    mayWrite: user.id === '' ? false : await mayWrite(octokit, repository, user.name),
    bot: review.user?.type === 'Bot' || user.name.endsWith('[bot]'),
  };
}

/** Anybody who can read a repository can approve in it, so every reviewer's right is asked for. */
async function mayWrite(
  octokit: Octokit,
  repository: { readonly owner: string; readonly repo: string },
  username: string,
): Promise<boolean | undefined> {
  try {
    const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({ ...repository, username });
    // GitHub folds maintain into write and triage into read here.
    return data.permission === 'admin' || data.permission === 'write';
  } catch (error) {
    const { status } = error as { status?: number };
    if (status === 403 || status === 404) return undefined;
    throw error;
  }
}

async function readBranchRules(
  octokit: Octokit,
  repository: { readonly owner: string; readonly repo: string },
  branch: string,
): Promise<BranchRules | undefined> {
  try {
    const query = { ...repository, branch, per_page: pageSize };
    return branchRulesOf(await octokit.paginate(octokit.rest.repos.getBranchRules, query));
  } catch (error) {
    const { status } = error as { status?: number };
    // Private repositories of some plans have no rulesets at all.
    if (status === 403 || status === 404) return undefined;
    throw error;
  }
}

/** A workflow's own token sees no team; to it each looks like one that is not there. */
async function membersOf(octokit: Octokit, team: string): Promise<readonly string[] | undefined> {
  const [, org, slug] = /^@([^/]+)\/([^/]+)$/.exec(team) ?? [];
  if (org === undefined || slug === undefined) return undefined;
  try {
    const query = { org, team_slug: slug, per_page: pageSize };
    return (await octokit.paginate(octokit.rest.teams.listMembersInOrg, query)).map(({ login }) => login);
  } catch (error) {
    const { status } = error as { status?: number };
    if (status === 403 || status === 404) return undefined;
    throw error;
  }
}

async function readEnvironment(
  octokit: Octokit,
  repository: { readonly owner: string; readonly repo: string },
  name: string,
): Promise<EnvironmentRules | 'none'> {
  try {
    const { data } = await octokit.rest.repos.getEnvironment({ ...repository, environment_name: name });
    const rules = (data.protection_rules ?? []) as readonly { readonly reviewers?: readonly unknown[] }[];
    return {
      reviewers: rules.reduce((sum, rule) => sum + (rule.reviewers?.length ?? 0), 0),
      limitsBranches: (data.deployment_branch_policy ?? null) !== null,
    };
  } catch (error) {
    if ((error as { status?: number }).status === 404) return 'none';
    throw error;
  }
}
