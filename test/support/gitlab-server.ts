/**
 * A small GitLab on loopback: the routes the adapter uses, over real state and a real Git repository. It executes
 * quick actions, knows what a job token may not do, filters notes after paging, and has GitLab's limits and refusals.
 */
import { loadContract } from './contract.ts';
import type { GitLogin, GitRight } from './git-backend.ts';
import type { GitRepository } from './git-repository.ts';
import {
  createGitLabState,
  type GitLabDeployment,
  type GitLabIssue,
  type GitLabState,
  type GitLabStatus,
  type GitLabToken,
  type Note,
} from './gitlab-state.ts';
import { gitlabViews } from './gitlab-views.ts';
import {
  type Answer,
  type Handler,
  type Incoming,
  type LoopbackServer,
  pageOf,
  Refusal,
  startLoopbackServer,
} from './loopback-server.ts';
import { type Account, personOf } from './proposals.ts';

export interface GitLabServer extends LoopbackServer {
  readonly state: GitLabState;
  readonly apiUrl: string;
  /** The same, as of a GitLab that is installed under a path. */
  readonly prefixedUrl: string;
  readonly project: string;
  /** Address of the repository for Git; the token is the password. */
  readonly gitUrl: string;
}

const noteLimit = 1_000_000;
const descriptionLimit = 1_048_576;
const statusLimit = 255;
const developer = 30;
const maintainer = 40;

export async function startGitLabServer(
  options: { readonly repository?: GitRepository; readonly pageLimit?: number } = {},
): Promise<GitLabServer> {
  const state = createGitLabState(options);
  let origin = '';
  const views = gitlabViews(state, () => origin);
  const project = '/projects/{id}';

  function refuse(status: number, message: unknown): never {
    throw new Refusal({ status, body: { message } });
  }
  /** `jobToken` says whether the route takes CI_JOB_TOKEN; to any other route such a token is nobody. */
  function allow(
    request: Incoming,
    id: string,
    needs: { readonly jobToken: boolean; readonly writes: boolean; readonly level?: number },
  ): GitLabToken {
    const known = id === String(state.projectId) || id === state.path;
    const token = tokenOf(request);
    if (token?.kind === 'job' && !needs.jobToken) {
      if (needs.writes) refuse(401, '401 Unauthorized');
      refuse(404, '404 Project Not Found');
    }
    if (token === undefined) refuse(401, '401 Unauthorized');
    const access = state.members.get(token.account.login)?.access ?? 0;
    if (!known || access === 0) refuse(404, '404 Project Not Found');
    if (needs.writes && token.scope === 'read_api') {
      throw new Refusal({
        status: 403,
        body: {
          error: 'insufficient_scope',
          error_description: 'The request requires higher privileges than provided by the access token.',
          scope: 'api',
        },
      });
    }
    if (access < (needs.level ?? 10)) refuse(403, '403 Forbidden');
    return token;
  }
  function tokenOf(request: Incoming): GitLabToken | undefined {
    const job = request.headers['job-token'];
    if (job !== undefined) return state.tokens.get(job);
    const bearer = /^bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
    return state.tokens.get(request.headers['private-token'] ?? bearer ?? '');
  }
  function memberOf(username: string): Account {
    return state.members.get(username)?.account ?? refuse(404, '404 Not found');
  }
  function iidOf(text: string): number {
    const iid = Number(text);
    if (state.requests.get(iid) === undefined) refuse(404, '404 Not found');
    state.versions(iid);
    return iid;
  }
  function paged<Item>(
    request: Incoming,
    items: readonly Item[],
    view: (item: Item) => unknown,
    keep?: (item: Item) => boolean,
  ): Answer {
    const {
      items: slice,
      page,
      last,
      size,
    } = pageOf(items, request.query, { normal: 20, most: options.pageLimit ?? 100 });
    return {
      status: 200,
      // Filtering after paging, as GitLab does with notes: a short page need not be the last.
      body: (keep === undefined ? slice : slice.filter(keep)).map(view),
      headers: {
        'x-page': String(page),
        'x-per-page': String(size),
        'x-next-page': page < last ? String(page + 1) : '',
        'x-total': String(items.length),
        'x-total-pages': String(last),
      },
    };
  }
  /** What GitLab does with a text before it stores it; nothing is left of a text that is only commands. */
  function taken(
    text: string,
    account: Account,
    on: { kind: Note['on']; iid: number } | undefined,
    limit: number,
    field: string,
  ): string {
    if (text.trim() === '') refuse(400, { [field]: ["can't be blank"] });
    if (text.length > limit) refuse(400, { [field]: [`is too long (maximum is ${limit} characters)`] });
    const { kept, actions } = state.execute(text, account, on);
    if (kept === '' && actions.length > 0) {
      const summary = [`Applied ${actions.map((one) => one.command).join(', ')}.`];
      throw new Refusal({ status: 202, body: { commands_changes: {}, summary } });
    }
    return kept;
  }

  /** A job token clones, and pushes only where the project allows it, which this one does not. */
  function gitRight(login: GitLogin | undefined): GitRight {
    const token = login === undefined ? undefined : state.tokens.get(login.password);
    if (token === undefined) return 401;
    const access = state.members.get(token.account.login)?.access ?? 0;
    return token.kind === 'access' && token.scope === 'api' && access >= developer ? 'write' : 'read';
  }

  const routes: Record<string, Handler> = {
    'GET /user': (request) => {
      const token = tokenOf(request);
      if (token === undefined || token.kind === 'job') refuse(401, '401 Unauthorized');
      return { status: 200, body: { ...views.person(token.account), bot: token.account.bot } };
    },
    [`GET ${project}/merge_requests`]: (request, { id = '' }) => {
      allow(request, id, { jobToken: true, writes: false });
      const { query } = request;
      const wanted = state.requests
        .all()
        .filter((one) => [null, one.state === 'open' ? 'opened' : one.state].includes(query.get('state')))
        .filter((one) => query.get('target_branch') === null || one.target === query.get('target_branch'))
        .filter((one) => query.get('source_branch') === null || one.source === query.get('source_branch'))
        .map((one) => one.number);
      return paged(request, wanted.reverse(), views.request);
    },
    [`POST ${project}/merge_requests`]: (request, { id = '' }) => {
      const { account } = allow(request, id, { jobToken: false, writes: true, level: developer });
      const { title, description, source_branch: source, target_branch: target } = request.body;
      const open = state.requests.all().some((one) => one.state === 'open' && one.source === source);
      if (open) refuse(409, ['Another open merge request already exists for this source branch']);
      const made = state.openRequest({
        author: account.login,
        source: String(source),
        target: String(target),
        title: String(title),
        description: String(description),
      });
      return { status: 201, body: views.request(made.number) };
    },
    [`GET ${project}/merge_requests/{iid}`]: (request, { id = '', iid = '' }) => {
      allow(request, id, { jobToken: true, writes: false });
      return { status: 200, body: views.request(iidOf(iid)) };
    },
    [`GET ${project}/merge_requests/{iid}/approvals`]: (request, { id = '', iid = '' }) => {
      const { account } = allow(request, id, { jobToken: false, writes: false });
      const approvals = state.approvals(iidOf(iid));
      return {
        status: 200,
        body: {
          user_has_approved: approvals.some((one) => one.account.id === account.id),
          user_can_approve: false,
          // On the free tier this says no more than that there is an approval.
          approved: approvals.length > 0,
          approved_by: approvals.map((one) => ({
            user: views.person(one.account),
            ...(state.hidesApprovalTimes ? {} : { approved_at: one.at }),
          })),
        },
      };
    },
    [`GET ${project}/merge_requests/{iid}/versions`]: (request, { id = '', iid = '' }) => {
      allow(request, id, { jobToken: false, writes: false });
      const versions = [...state.versions(iidOf(iid))].reverse();
      return paged(request, versions, (one) => ({
        id: one.id,
        head_commit_sha: one.head,
        base_commit_sha: one.base,
        start_commit_sha: one.base,
        created_at: one.at,
        state: 'collected',
      }));
    },
    [`GET ${project}/merge_requests/{iid}/commits`]: (request, { id = '', iid = '' }) => {
      allow(request, id, { jobToken: false, writes: false });
      return paged(request, [...state.requests.commits(iidOf(iid))].reverse(), views.commit);
    },
    [`GET ${project}/repository/commits/{sha}/merge_requests`]: (request, { id = '', sha = '' }) => {
      allow(request, id, { jobToken: true, writes: false });
      if (state.repository.resolve(sha) === undefined) refuse(404, '404 Commit Not Found');
      return paged(request, requestsOf(state, sha), views.request);
    },
    [`GET ${project}`]: (request, { id = '' }) => {
      allow(request, id, { jobToken: false, writes: false });
      return {
        status: 200,
        body: { id: state.projectId, path_with_namespace: state.path, web_url: origin, ...state.paidFields },
      };
    },
    [`GET ${project}/merge_requests/{iid}/approval_state`]: (request, { id = '', iid = '' }) => {
      allow(request, id, { jobToken: false, writes: false });
      const approvals = state.approvals(iidOf(iid)).map(({ account }) => account);
      if (state.approvalRules === undefined) refuse(404, '404 Not Found');
      const rules = state.approvalRules.map(({ name, needed, eligible }, index) => {
        const by = approvals.filter(({ login }) => eligible.includes(login));
        const base = { id: index, name, rule_type: 'regular', approvals_required: needed };
        // A rule that nobody can fulfil passes for fulfilled.
        return { ...base, approved_by: by.map(views.person), approved: by.length >= needed || eligible.length === 0 };
      });
      return { status: 200, body: { approval_rules_overwritten: false, rules } };
    },
    [`GET ${project}/merge_requests/{iid}/reviewers`]: (request, { id = '', iid = '' }) => {
      allow(request, id, { jobToken: false, writes: false });
      const against = state.objections.get(iidOf(iid)) ?? [];
      return paged(request, against, (username) => ({
        user: views.person(memberOf(username)),
        state: 'requested_changes',
      }));
    },
    'GET /groups/{group}/members': (request, { group = '' }) => {
      if (tokenOf(request)?.kind !== 'access') refuse(401, '401 Unauthorized');
      const members = state.groups.get(group);
      if (members === undefined) refuse(404, '404 Group Not Found');
      return paged(request, [...members], ([username, access]) => ({
        ...views.person(memberOf(username)),
        access_level: access,
      }));
    },
    [`GET ${project}/members`]: (request, { id = '' }) => {
      allow(request, id, { jobToken: false, writes: false });
      return paged(request, [...state.members.values()], ({ account, access, blocked }) => ({
        ...views.person(account),
        state: blocked ? 'blocked' : 'active',
        access_level: access,
      }));
    },
    'POST /graphql': (request) => {
      if (tokenOf(request)?.kind !== 'access') refuse(401, '401 Unauthorized');
      const query = String(request.body['query']);
      if (!query.includes('commits(after: $after) { nodes { authorEmail author { id username } } pageInfo {'))
        throw new Error(`this GitLab does not know the query ${query}`);
      const {
        number,
        project: path,
        after,
      } = request.body['variables'] as {
        readonly number: string;
        readonly project: string;
        readonly after: string | null;
      };
      const nodes = state.requests.commits(Number(number)).map(({ author: { email } }) => {
        const member = [...state.members.values()].find(({ account }) => personOf(account).email === email);
        const id = `gid://gitlab/User/${member?.account.id}`;
        return { authorEmail: email, author: member === undefined ? null : { id, username: member.account.login } };
      });
      // A connection gives no more than a hundred at a time.
      const [from, most] = [Number(after ?? 0), options.pageLimit ?? 100];
      const pageInfo = { hasNextPage: from + most < nodes.length, endCursor: String(from + most) };
      const mergeRequest = { commits: { nodes: nodes.slice(from, from + most), pageInfo } };
      return { status: 200, body: { data: { project: path === state.path ? { mergeRequest } : null } } };
    },
    [`GET ${project}/members/all/{user}`]: (request, { id = '', user = '' }) => {
      allow(request, id, { jobToken: false, writes: false });
      const member = [...state.members.values()].find((one) => one.account.id === Number(user));
      if (member === undefined || member.access === 0) refuse(404, '404 Not found');
      const standing = member.blocked ? 'blocked' : 'active';
      return { status: 200, body: { ...views.person(member.account), state: standing, access_level: member.access } };
    },
    [`GET ${project}/merge_requests/{iid}/notes`]: (request, { id = '', iid = '' }) => {
      allow(request, id, { jobToken: true, writes: false });
      const number = iidOf(iid);
      const notes = state.notes.filter((one) => one.on === 'merge_request' && one.iid === number);
      const ordered = request.query.get('sort') === 'asc' ? notes : [...notes].reverse();
      const people = request.query.get('activity_filter') === 'only_comments';
      return paged(request, ordered, views.note, (note) => !people || !note.system);
    },
    [`POST ${project}/merge_requests/{iid}/notes`]: (request, { id = '', iid = '' }) => {
      const { account } = allow(request, id, { jobToken: false, writes: true });
      const number = iidOf(iid);
      const on = { kind: 'merge_request', iid: number } as const;
      const body = taken(String(request.body['body'] ?? ''), account, on, noteLimit, 'note');
      const note: Note = {
        id: state.nextId(),
        on: on.kind,
        iid: number,
        account,
        system: false,
        at: state.clock(),
        body,
      };
      state.notes.push(note);
      return { status: 201, body: views.note(note) };
    },
    [`PUT ${project}/merge_requests/{iid}/notes/{note}`]: (request, { id = '', iid = '', note = '' }) => {
      const { account } = allow(request, id, { jobToken: false, writes: true });
      const stored = state.notes.find((one) => one.id === Number(note) && one.iid === iidOf(iid));
      if (stored === undefined) refuse(404, '404 Note Not Found');
      if (stored.account.id !== account.id) refuse(403, '403 Forbidden');
      const on = { kind: 'merge_request', iid: stored.iid } as const;
      stored.body = taken(String(request.body['body'] ?? ''), account, on, noteLimit, 'note');
      return { status: 200, body: views.note(stored) };
    },
    [`DELETE ${project}/merge_requests/{iid}/notes/{note}`]: (request, { id = '', iid = '', note = '' }) => {
      const { account } = allow(request, id, { jobToken: false, writes: true });
      const index = state.notes.findIndex((one) => one.id === Number(note) && one.iid === iidOf(iid));
      if (index < 0) refuse(404, '404 Note Not Found');
      if (state.notes[index]?.account.id !== account.id) refuse(403, '403 Forbidden');
      state.notes.splice(index, 1);
      return { status: 204 };
    },
    [`GET ${project}/issues`]: (request, { id = '' }) => {
      allow(request, id, { jobToken: false, writes: false });
      const labels = (request.query.get('labels') ?? '').split(',').filter((one) => one !== '');
      const author = request.query.get('author_id');
      const wanted = request.query.get('state') ?? 'all';
      const issues = state.issues.filter(
        (one) =>
          (wanted === 'all' || one.state === wanted) &&
          (author === null || one.account.id === Number(author)) &&
          labels.every((label) => one.labels.includes(label)),
      );
      return paged(request, issues, views.issue);
    },
    [`POST ${project}/issues`]: (request, { id = '' }) => {
      const { account } = allow(request, id, { jobToken: false, writes: true });
      const text = String(request.body['description'] ?? '');
      const description = taken(text, account, undefined, descriptionLimit, 'description');
      const labels = (request.body['labels'] ?? []) as string[];
      const title = String(request.body['title']);
      const issue: GitLabIssue = {
        iid: state.nextIssue(),
        account,
        at: state.clock(),
        title,
        description,
        labels,
        state: 'opened',
      };
      state.issues.push(issue);
      return { status: 201, body: views.issue(issue) };
    },
    [`PUT ${project}/issues/{iid}`]: (request, { id = '', iid = '' }) => {
      const { account } = allow(request, id, { jobToken: false, writes: true });
      const issue = state.issues.find((one) => one.iid === Number(iid));
      if (issue === undefined) refuse(404, '404 Not found');
      const { title, description, state_event: event } = request.body;
      if (description !== undefined) {
        const on = { kind: 'issue', iid: issue.iid } as const;
        issue.description = taken(String(description), account, on, descriptionLimit, 'description');
      }
      if (title !== undefined) issue.title = String(title);
      if (event === 'close') issue.state = 'closed';
      return { status: 200, body: views.issue(issue) };
    },
    [`POST ${project}/statuses/{sha}`]: (request, { id = '', sha = '' }) => {
      const { account } = allow(request, id, { jobToken: false, writes: true, level: developer });
      if (state.repository.resolve(sha) === undefined) refuse(404, '404 Commit Not Found');
      const { state: wanted, name, description, target_url: target } = request.body;
      const text = typeof description === 'string' ? description : null;
      if ((text ?? '').length > statusLimit) refuse(400, { description: ['is too long (maximum is 255 characters)'] });
      const unfinished = state.statuses.find(
        (one) => one.sha === sha && one.name === name && ['pending', 'running'].includes(one.status),
      );
      if (unfinished?.status === wanted) {
        refuse(400, `Cannot transition status via :${wanted === 'pending' ? 'enqueue' : 'run'} from :${wanted}`);
      }
      const status: GitLabStatus = unfinished ?? {
        id: state.nextId(),
        sha,
        account,
        at: state.clock(),
        name: String(name ?? 'default'),
        status: '',
        description: null,
        target: null,
      };
      status.status = String(wanted);
      status.description = text;
      status.target = typeof target === 'string' ? target : null;
      if (unfinished === undefined) state.statuses.push(status);
      return { status: 201, body: views.status(status) };
    },
    [`GET ${project}/repository/commits/{sha}/statuses`]: (request, { id = '', sha = '' }) => {
      allow(request, id, { jobToken: false, writes: false });
      const name = request.query.get('name');
      const latest = new Map(state.statuses.filter((one) => one.sha === sha).map((one) => [one.name, one]));
      return paged(
        request,
        [...latest.values()].filter((one) => name === null || one.name === name),
        views.status,
      );
    },
    [`POST ${project}/deployments`]: (request, { id = '' }) => {
      const { account } = allow(request, id, { jobToken: true, writes: true, level: developer });
      const { environment, sha, ref, status } = request.body;
      if (state.repository.resolve(String(sha)) === undefined) refuse(400, { sha: ['does not exist'] });
      const deployment: GitLabDeployment = {
        id: state.nextId(),
        account,
        at: state.clock(),
        environment: String(environment),
        sha: String(sha),
        ref: String(ref),
        status: String(status),
      };
      state.deployments.push(deployment);
      return { status: 201, body: views.deployment(deployment) };
    },
    [`PUT ${project}/deployments/{deployment}`]: (request, { id = '', deployment = '' }) => {
      allow(request, id, { jobToken: true, writes: true, level: developer });
      const stored = state.deployments.find((one) => one.id === Number(deployment));
      if (stored === undefined) refuse(404, '404 Not found');
      stored.status = String(request.body['status']);
      return { status: 200, body: views.deployment(stored) };
    },
    [`GET ${project}/protected_environments/{name}`]: (request, { id = '', name = '' }) => {
      allow(request, id, { jobToken: false, writes: false, level: maintainer });
      const found = state.protectedEnvironments.get(name) ?? refuse(404, '404 Not found');
      return {
        status: 200,
        body: {
          name,
          deploy_access_levels: found.deployers.map((level, index) => ({ id: index, access_level: level })),
          required_approval_count: 0,
          approval_rules: found.approvals.map((count, index) => ({ id: index, required_approvals: count })),
        },
      };
    },
    [`GET ${project}/protected_branches`]: (request, { id = '' }) => {
      allow(request, id, { jobToken: false, writes: false, level: developer });
      return paged(request, state.protectedBranches, (one) => ({
        id: 1,
        name: one.name,
        push_access_levels: [
          { id: 1, access_level: one.push, access_level_description: one.push === 0 ? 'No one' : 'Maintainers' },
        ],
        allow_force_push: false,
        code_owner_approval_required: one.codeOwners,
      }));
    },
  };

  const server = await startLoopbackServer({
    routes,
    prefixes: ['/tools/gitlab/api/v4', '/tools/gitlab/api', '/api/v4', '/api'],
    contract: loadContract('gitlab'),
    // Neither groups, reviewers, protected environments nor GraphQL are in the extract of the description.
    undescribed: /^\/graphql$|^\/groups\/|\/reviewers$|\/members$|\/protected_environments\//,
    git: { path: `/${state.path}.git`, repository: state.repository.path, right: gitRight },
    unknownRoute: { status: 404, body: { error: '404 Not Found' } },
  });
  origin = server.origin;
  return {
    ...server,
    state,
    apiUrl: `${origin}/api/v4`,
    prefixedUrl: `${origin}/tools/gitlab/api/v4`,
    project: state.path,
    gitUrl: `${origin}/${state.path}.git`,
  };
}

/** Every merge request that has to do with the commit, in any state, newest first. */
function requestsOf(state: GitLabState, sha: string): readonly number[] {
  return state.requests
    .all()
    .filter((one) => {
      const squash = state.squashes.get(one.number);
      const made = [squash?.squash, squash?.merge, one.merged?.tip].includes(sha);
      return made || state.requests.commits(one.number).some((commit) => commit.sha === sha);
    })
    .map((one) => one.number)
    .reverse();
}
