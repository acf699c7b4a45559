/**
 * A small GitHub on loopback: the REST routes the adapter uses, over real state and a real Git repository, with the
 * limits and refusals GitHub has in life. Served as github.com does (`/…`) and as Enterprise Server does (`/api/v3/…`).
 */
import { loadContract } from './contract.ts';
import type { GitLogin, GitRight } from './git-backend.ts';
import type { GitRepository } from './git-repository.ts';
import { createGitHubState, type GitHubState, type Level, type Scope, type TokenFacts } from './github-state.ts';
import { githubViews } from './github-views.ts';
import {
  type Answer,
  type Handler,
  type Incoming,
  type LoopbackServer,
  pageOf,
  Refusal,
  startLoopbackServer,
} from './loopback-server.ts';

export interface GitHubServer extends LoopbackServer {
  readonly state: GitHubState;
  /** Base URL as of github.com's API. */
  readonly apiUrl: string;
  /** Base URL as of an Enterprise Server. */
  readonly enterpriseUrl: string;
  readonly project: string;
  /** Address of the repository for Git; the token is the password. */
  readonly gitUrl: string;
}

const bodyLimit = 65_536;
const descriptionLimit = 140;
const documentation = 'https://docs.github.com/rest';

export async function startGitHubServer(
  options: { readonly repository?: GitRepository; readonly pageLimit?: number } = {},
): Promise<GitHubServer> {
  const state = createGitHubState(options);
  let origin = '';
  const views = githubViews(state, () => origin);
  const repo = `/repos/${state.owner}/${state.name}`;

  function tokenOf(request: Incoming): TokenFacts {
    const text = /^(?:token|bearer) (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
    const facts = text === undefined ? undefined : state.tokens.get(text);
    if (facts === undefined) refuse(401, text === undefined ? 'Requires authentication' : 'Bad credentials');
    return facts;
  }
  /** The token's account, if it may do what one of `needs` says. GitHub hides a repository from who may not read it. */
  function allow(request: Incoming, ...needs: readonly (readonly [Scope, Level])[]): TokenFacts {
    const token = tokenOf(request);
    const permission = token.installation ? 'write' : (state.accounts.get(token.account.login)?.permission ?? 'none');
    if (permission === 'none') refuse(404, 'Not Found');
    const may = needs.some(([scope, level]) => {
      const granted = token.scopes[scope];
      return granted === 'write' || (granted === 'read' && level === 'read');
    });
    if (may) return token;
    const accepted = needs.map(([scope, level]) => `${scope}=${level}`).join('; ');
    throw new Refusal({
      status: 403,
      body: {
        message: `Resource not accessible by ${token.installation ? 'integration' : 'personal access token'}`,
        documentation_url: documentation,
      },
      headers: { 'x-accepted-github-permissions': accepted },
    });
  }
  function pull(number: string): number {
    if (state.pulls.get(Number(number)) === undefined) refuse(404, 'Not Found');
    return Number(number);
  }
  function paged<Item>(request: Incoming, items: readonly Item[], view: (item: Item) => unknown): Answer {
    const { items: slice, page, last } = pageOf(items, request.query, { normal: 30, most: options.pageLimit ?? 100 });
    const link = (to: number, rel: string): string => {
      const query = new URLSearchParams(request.query);
      query.set('page', String(to));
      return `<${origin}${request.path}?${query}>; rel="${rel}"`;
    };
    const links = page < last ? [link(page + 1, 'next'), link(last, 'last')] : [];
    return { status: 200, body: slice.map(view), headers: links.length > 0 ? { link: links.join(', ') } : {} };
  }
  function text(request: Incoming, resource: string): string {
    const body = String(request.body['body'] ?? '');
    if (body.trim() === '') invalid(resource, 'body', "can't be blank");
    if (body.length > bodyLimit) invalid(resource, 'data', `Body is too long (maximum is ${bodyLimit} characters)`);
    return body;
  }
  function described(request: Incoming, resource: string): string {
    const description = String(request.body['description'] ?? '');
    if (description.length > descriptionLimit) {
      invalid(resource, 'description', `description is too long (maximum is ${descriptionLimit} characters)`);
    }
    return description;
  }
  function numbered(number: string): number {
    const known = state.pulls.get(Number(number)) ?? state.issues.find((one) => one.number === Number(number));
    if (known === undefined) refuse(404, 'Not Found');
    return Number(number);
  }
  /** Comments on pull requests are the issues API's, and either permission opens it. */
  function commentNeeds(number: number, level: Level): readonly (readonly [Scope, Level])[] {
    return state.pulls.get(number) === undefined
      ? [['issues', level]]
      : [
          ['issues', level],
          ['pull_requests', level],
        ];
  }

  function gitRight(login: GitLogin | undefined): GitRight {
    const token = login === undefined ? undefined : state.tokens.get(login.password);
    return token === undefined ? 401 : (token.scopes.contents ?? 403);
  }

  const routes: Record<string, Handler> = {
    'GET /user': (request) => {
      const token = tokenOf(request);
      if (token.installation) refuse(403, 'Resource not accessible by integration');
      return { status: 200, body: views.account(token.account) };
    },
    'POST /graphql': (request) => {
      const token = tokenOf(request);
      const query = String(request.body['query']).replaceAll(/\s+/g, ' ').trim();
      if (query.startsWith('query($ids: [ID!]!) { nodes(ids: $ids) { ... on IssueComment { id lastEditedAt author')) {
        const { ids } = request.body['variables'] as { readonly ids: readonly string[] };
        return { status: 200, body: { data: { nodes: ids.map(views.commentNode) } } };
      }
      if (query !== '{ viewer { databaseId login } }') throw new Error(`this GitHub does not know the query ${query}`);
      const { id, login } = token.account;
      return { status: 200, body: { data: { viewer: { databaseId: id, login } } } };
    },
    [`GET ${repo}`]: (request) => {
      allow(request, ['metadata', 'read']);
      return { status: 200, body: { id: 1, name: state.name, private: state.private } };
    },
    [`GET ${repo}/pulls`]: (request) => {
      allow(request, ['pull_requests', 'read']);
      const { query } = request;
      const wanted = state.pulls
        .all()
        .filter((one) => (one.state === 'open') === ((query.get('state') ?? 'open') === 'open'))
        .filter((one) => query.get('base') === null || one.target === query.get('base'))
        .filter((one) => [null, `${one.fork ?? state.owner}:${one.source}`].includes(query.get('head')))
        .map((one) => one.number);
      return paged(request, wanted.reverse(), views.simplePull);
    },
    [`POST ${repo}/pulls`]: (request) => {
      const { account } = allow(request, ['pull_requests', 'write']);
      const { title, head, base } = request.body;
      const [source, target] = [String(head), String(base)];
      for (const [field, branch] of Object.entries({ head: source, base: target }))
        if (state.repository.resolve(`refs/heads/${branch}`) === undefined) invalid('PullRequest', field, 'is invalid');
      const open = state.pulls.all().some((one) => one.state === 'open' && one.source === source);
      if (open) invalid('PullRequest', 'head', `A pull request already exists for ${state.owner}:${source}.`);
      const description = text(request, 'PullRequest');
      const made = state.pulls.open({ author: account, source, target, title: String(title), description });
      return { status: 201, body: views.pull(made.number) };
    },
    [`GET ${repo}/pulls/{number}`]: (request, { number = '' }) => {
      allow(request, ['pull_requests', 'read']);
      return { status: 200, body: views.pull(pull(number)) };
    },
    [`GET ${repo}/pulls/{number}/reviews`]: (request, { number = '' }) => {
      allow(request, ['pull_requests', 'read']);
      const id = pull(number);
      return paged(
        request,
        state.reviews.filter((one) => one.pull === id),
        views.review,
      );
    },
    [`GET ${repo}/pulls/{number}/commits`]: (request, { number = '' }) => {
      allow(request, ['pull_requests', 'read']);
      return paged(request, state.pulls.commits(pull(number)).slice(0, 250), views.commit);
    },
    [`GET ${repo}/commits/{sha}/pulls`]: (request, { sha = '' }) => {
      allow(request, ['pull_requests', 'read']);
      if (state.repository.resolve(sha) === undefined) refuse(422, `No commit found for SHA: ${sha}`);
      return paged(request, pullsOf(state, sha), views.simplePull);
    },
    [`GET ${repo}/collaborators/{login}/permission`]: (request, { login = '' }) => {
      allow(request, ['metadata', 'read']);
      const found = state.accounts.get(login);
      if (found === undefined) refuse(404, `${login} is not a user`);
      const folded = { maintain: 'write', triage: 'read' }[found.permission as string] ?? found.permission;
      return { status: 200, body: { permission: folded, role_name: found.permission, user: null } };
    },
    [`GET ${repo}/issues/{number}/comments`]: (request, { number = '' }) => {
      const id = numbered(number);
      allow(request, ...commentNeeds(id, 'read'));
      return paged(
        request,
        state.comments.filter((one) => one.number === id),
        views.comment,
      );
    },
    [`POST ${repo}/issues/{number}/comments`]: (request, { number = '' }) => {
      const id = numbered(number);
      const { account } = allow(request, ...commentNeeds(id, 'write'));
      return { status: 201, body: views.comment(state.comment(id, account.login, text(request, 'IssueComment'))) };
    },
    [`PATCH ${repo}/issues/comments/{id}`]: (request, { id = '' }) => {
      const comment = state.comments.find((one) => one.id === Number(id));
      if (comment === undefined) refuse(404, 'Not Found');
      const { account } = allow(request, ...commentNeeds(comment.number, 'write'));
      state.editComment(comment, account.login, text(request, 'IssueComment'));
      return { status: 200, body: views.comment(comment) };
    },
    [`POST ${repo}/issues/comments/{id}/reactions`]: (request, { id = '' }) => {
      const comment = state.comments.find((one) => one.id === Number(id));
      if (comment === undefined) refuse(404, 'Not Found');
      const { account } = allow(request, ...commentNeeds(comment.number, 'write'));
      const content = String(request.body['content']);
      state.reactions.set(comment.id, [...(state.reactions.get(comment.id) ?? []), content]);
      return {
        status: 201,
        body: { id: state.nextId(), node_id: 'RE_1', content, user: views.account(account), created_at: comment.at },
      };
    },
    [`DELETE ${repo}/issues/comments/{id}`]: (request, { id = '' }) => {
      const index = state.comments.findIndex((one) => one.id === Number(id));
      const comment = state.comments[index];
      if (comment === undefined) refuse(404, 'Not Found');
      allow(request, ...commentNeeds(comment.number, 'write'));
      state.comments.splice(index, 1);
      return { status: 204 };
    },
    [`GET ${repo}/issues`]: (request) => {
      allow(request, ['issues', 'read']);
      const wanted = (request.query.get('labels') ?? '').split(',').filter((one) => one !== '');
      const open = request.query.get('state') ?? 'open';
      const issues = state.issues.filter(
        (one) => (open === 'all' || one.state === open) && wanted.every((label) => one.labels.includes(label)),
      );
      // The issues API lists pull requests among the issues.
      const pulls = wanted.length > 0 ? [] : state.pulls.all().filter((one) => one.state === 'open');
      return paged(request, [...pulls.map(views.pullAsIssue), ...issues.map(views.issue)], (one) => one);
    },
    [`POST ${repo}/issues`]: (request) => {
      const { account } = allow(request, ['issues', 'write']);
      const { title, labels } = request.body;
      const at = state.clock();
      const number = state.nextNumber();
      const body = text(request, 'Issue');
      state.issues.push({
        number,
        account,
        at,
        title: String(title),
        body,
        labels: (labels ?? []) as string[],
        state: 'open',
      });
      return { status: 201, body: views.issue(must(state.issues.at(-1))) };
    },
    [`PATCH ${repo}/issues/{number}`]: (request, { number = '' }) => {
      allow(request, ['issues', 'write']);
      const issue = state.issues.find((one) => one.number === Number(number));
      if (issue === undefined) refuse(404, 'Not Found');
      if (request.body['body'] !== undefined) issue.body = text(request, 'Issue');
      if (request.body['title'] !== undefined) issue.title = String(request.body['title']);
      if (request.body['state'] !== undefined) issue.state = request.body['state'] === 'closed' ? 'closed' : 'open';
      return { status: 200, body: views.issue(issue) };
    },
    [`POST ${repo}/statuses/{sha}`]: (request, { sha = '' }) => {
      const { account } = allow(request, ['statuses', 'write']);
      if (state.repository.resolve(sha) === undefined) refuse(422, `No commit found for SHA: ${sha}`);
      const { state: value, context, target_url: target } = request.body;
      const description = described(request, 'Status');
      const at = state.clock();
      const id = state.nextId();
      state.statuses.push({
        id,
        sha,
        at,
        account,
        description,
        state: String(value),
        context: String(context ?? 'default'),
        target: typeof target === 'string' ? target : null,
      });
      return { status: 201, body: views.status(must(state.statuses.at(-1))) };
    },
    [`POST ${repo}/deployments`]: (request) => {
      const { account } = allow(request, ['deployments', 'write']);
      const { ref, environment, production_environment: production } = request.body;
      const sha = state.repository.resolve(String(ref));
      if (sha === undefined) refuse(422, `No ref found for: ${String(ref)}`);
      // Without auto_merge: false GitHub merges the default branch into the ref instead of deploying it.
      if (request.body['auto_merge'] !== false) {
        return { status: 202, body: { message: 'Auto-merged main into topic on deployment.' } };
      }
      state.deployments.push({
        id: state.nextId(),
        sha,
        ref: String(ref),
        environment: String(environment),
        production: production === true,
        account,
        at: state.clock(),
        statuses: [],
      });
      return { status: 201, body: views.deployment(must(state.deployments.at(-1))) };
    },
    [`POST ${repo}/deployments/{id}/statuses`]: (request, { id = '' }) => {
      allow(request, ['deployments', 'write']);
      const deployment = state.deployments.find((one) => one.id === Number(id));
      if (deployment === undefined) refuse(404, 'Not Found');
      const description = described(request, 'DeploymentStatus');
      const status = { id: state.nextId(), state: String(request.body['state']), description, at: state.clock() };
      deployment.statuses.push(status);
      return { status: 201, body: views.deploymentStatus(status) };
    },
    'GET /orgs/{org}/teams/{team}/members': (request, { org = '', team = '' }) => {
      const members = state.teams.get(`${org}/${team}`);
      // Whoever may not see a team is told that there is none.
      if (members === undefined || tokenOf(request).scopes.members === undefined) refuse(404, 'Not Found');
      const accounts = members.flatMap((login) => state.accounts.get(login)?.account ?? []);
      return paged(request, accounts, views.account);
    },
    [`GET ${repo}/environments/{name}`]: (request, { name = '' }) => {
      allow(request, ['actions', 'read']);
      const environment = state.environments.get(name);
      if (environment === undefined) refuse(404, 'Not Found');
      return { status: 200, body: views.environment(name, environment) };
    },
    [`GET ${repo}/rules/branches/{branch*}`]: (request, { branch = '' }) => {
      allow(request, ['metadata', 'read']);
      return { status: 200, body: views.branchRules(branch) };
    },
  };

  const server = await startLoopbackServer({
    routes,
    prefixes: ['/api/v3', '/api'],
    contract: loadContract('github'),
    undescribed: /^\/graphql$|^\/orgs\//,
    git: { path: `/${state.owner}/${state.name}.git`, repository: state.repository.path, right: gitRight },
    unknownRoute: { status: 404, body: { message: 'Not Found', documentation_url: documentation } },
  });
  origin = server.origin;
  return {
    ...server,
    state,
    apiUrl: origin,
    enterpriseUrl: `${origin}/api/v3`,
    project: `${state.owner}/${state.name}`,
    gitUrl: `${origin}/${state.owner}/${state.name}.git`,
  };
}

/**
 * Merged pull requests that brought the commit to the default branch; for any other commit, every merged or open one
 * that holds it, newest first, so that taking the first is wrong.
 */
function pullsOf(state: GitHubState, sha: string): readonly number[] {
  const holding = state.pulls.all().filter((one) => {
    if (one.state === 'closed') return false;
    const made = one.merged?.made.includes(sha) ?? false;
    return made || state.pulls.commits(one.number).some((commit) => commit.sha === sha);
  });
  const onMain = state.repository.contains(sha, 'refs/heads/main');
  const merged = holding.filter((one) => one.state === 'merged');
  return (onMain && merged.length > 0 ? merged : holding).map((one) => one.number).reverse();
}

function refuse(status: number, message: string): never {
  throw new Refusal({ status, body: { message, documentation_url: documentation } });
}

function invalid(resource: string, field: string, message: string): never {
  const errors = [{ resource, code: 'unprocessable', field, message }];
  throw new Refusal({ status: 422, body: { message: 'Validation Failed', errors, documentation_url: documentation } });
}

function must<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the test forge lost what it just stored');
  return value;
}
