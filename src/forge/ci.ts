/**
 * What a pipeline says about the run it is in, read from its variables. Pure: the front passes the variables and the
 * event's text. Variables: docs.github.com "Default environment variables", docs.gitlab.com "Predefined CI/CD variables".
 */

export interface RunFacts {
  /** undefined outside a pipeline we know. */
  readonly forge: ForgeAddress | undefined;
  readonly trigger: Trigger;
  /** The commit the pipeline runs for; undefined outside a pipeline. */
  readonly commit: string | undefined;
  /**
   * A branch by its name, a tag as `refs/tags/…`, so that a tag called main is not taken for the branch; for a merge
   * request its source branch.
   */
  readonly ref: string | undefined;
  /** Whether the ref is protected, where the pipeline says so. */
  readonly protectedRef: boolean | undefined;
  /** The branch's tip before this push, where the pipeline says it. */
  readonly before: string | undefined;
  readonly actor: string | undefined;
  readonly runUrl: string | undefined;
  /** Where the job's files can be read by their path, while it is still running; only GitLab knows that. */
  readonly filesUrl: string | undefined;
}

export interface ForgeAddress {
  readonly kind: 'github' | 'gitlab';
  readonly apiUrl: string;
  /** `owner/name`, or GitLab's numeric project id. */
  readonly project: string;
  /** GitLab's job token: can read merge requests, cannot write notes. */
  readonly jobToken: string | undefined;
}

export type Trigger =
  | {
      readonly kind: 'merge-request';
      readonly number: number;
      readonly head: string;
      readonly targetBranch: string;
      readonly fork: boolean;
      /** Whether the run has the rights and secrets of the project that the merge request is for. */
      readonly insideTarget: boolean;
      /** The event's name as the forge calls it, e.g. `pull_request_target`. */
      readonly event: string;
    }
  /** A comment on a merge request. It runs with full rights, and does not say whose code the merge request is. */
  | {
      readonly kind: 'comment';
      readonly number: number;
      readonly event: string;
      /** undefined where the event does not say all of it. */
      readonly comment?: CommentFacts | undefined;
    }
  /** A run after another run, with full rights, whoever's code that one was for. */
  | { readonly kind: 'follow-up'; readonly fork: boolean; readonly event: string }
  | { readonly kind: 'push' | 'schedule' | 'manual'; readonly event: string }
  | { readonly kind: 'local' };

export interface CommentFacts {
  readonly id: string;
  readonly body: string;
  readonly author: { readonly id: string; readonly name: string };
  readonly bot: boolean;
  /** False for an edit or a deletion. */
  readonly isNew: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

export interface CiInput {
  readonly env: Variables;
  /** Content of the file that GITHUB_EVENT_PATH names; undefined where there is none. */
  readonly event: string | undefined;
}

/** The facts of the run; outside GitHub Actions and GitLab CI a local run without a forge. */
export function runFacts({ env, event }: CiInput): RunFacts {
  if (env['GITHUB_ACTIONS'] === 'true') return githubFacts(env, event);
  if (env['GITLAB_CI'] === 'true') return gitlabFacts(env);
  return {
    forge: undefined,
    trigger: { kind: 'local' },
    commit: undefined,
    ref: undefined,
    protectedRef: undefined,
    before: undefined,
    actor: undefined,
    runUrl: undefined,
    filesUrl: undefined,
  };
}

interface GithubEvent {
  readonly before?: string;
  readonly pull_request?: {
    readonly number?: number;
    readonly head?: {
      readonly sha?: string;
      readonly ref?: string;
      readonly repo?: { readonly full_name?: string } | null;
    };
    readonly base?: { readonly ref?: string; readonly repo?: { readonly full_name?: string } };
  };
  readonly action?: string;
  readonly comment?: {
    readonly id?: number;
    readonly body?: string;
    readonly user?: { readonly id?: number; readonly login?: string; readonly type?: string } | null;
  };
  readonly issue?: { readonly number?: number; readonly pull_request?: unknown };
  readonly workflow_run?: { readonly head_repository?: { readonly full_name?: string } | null };
}

/** For these GitHub gives a fork's code neither secrets nor a token that writes. */
const unprivileged = new Set(['pull_request', 'pull_request_review', 'pull_request_review_comment']);

function githubFacts(env: Variables, eventText: string | undefined): RunFacts {
  const event = parseEvent(eventText);
  const name = env['GITHUB_EVENT_NAME'] ?? '';
  const project = env['GITHUB_REPOSITORY'] ?? '';
  const request = event.pull_request;
  const trigger = githubTrigger(event, name, project);
  return {
    forge: { kind: 'github', apiUrl: env['GITHUB_API_URL'] ?? 'https://api.github.com', project, jobToken: undefined },
    trigger,
    commit: env['GITHUB_SHA'],
    ref: request?.head?.ref ?? tagRef(env['GITHUB_REF']) ?? env['GITHUB_REF_NAME'],
    protectedRef: flag(env['GITHUB_REF_PROTECTED']),
    before: commitId(event.before),
    // Of a job that is run again it is who did that, not who started it first.
    actor: env['GITHUB_TRIGGERING_ACTOR'] || env['GITHUB_ACTOR'],
    runUrl:
      env['GITHUB_RUN_ID'] === undefined
        ? undefined
        : `${env['GITHUB_SERVER_URL'] ?? 'https://github.com'}/${project}/actions/runs/${env['GITHUB_RUN_ID']}`,
    filesUrl: undefined,
  };
}

function githubTrigger(event: GithubEvent, name: string, project: string): Trigger {
  const request = event.pull_request;
  if (request?.number !== undefined && request.head?.sha !== undefined && request.base?.ref !== undefined) {
    // A deleted fork has no repository any more; unknown means fork.
    const fork = request.head.repo?.full_name !== (request.base.repo?.full_name ?? project);
    return {
      kind: 'merge-request',
      number: request.number,
      head: request.head.sha,
      targetBranch: request.base.ref,
      fork,
      insideTarget: !fork || !unprivileged.has(name),
      event: name,
    };
  }
  if (event.issue?.number !== undefined && event.issue.pull_request !== undefined)
    return { kind: 'comment', number: event.issue.number, event: name, comment: commentIn(event) };
  // Whose code it is stands in the event only, and that could not be read: it may be a fork's.
  if (name.startsWith('pull_request') || name === 'issue_comment')
    return event.issue !== undefined ? { kind: 'push', event: name } : { kind: 'follow-up', fork: true, event: name };
  if (name === 'workflow_run')
    return { kind: 'follow-up', fork: event.workflow_run?.head_repository?.full_name !== project, event: name };
  return { kind: githubKind(name), event: name };
}

function commentIn({ action, comment }: GithubEvent): CommentFacts | undefined {
  const { id, body, user } = comment ?? {};
  if (id === undefined || body === undefined || user?.id === undefined || user.login === undefined) return undefined;
  return {
    id: String(id),
    body,
    author: { id: String(user.id), name: user.login },
    bot: user.type !== 'User',
    isNew: action === 'created',
  };
}

function githubKind(event: string): 'push' | 'schedule' | 'manual' {
  if (event === 'schedule') return 'schedule';
  return event === 'workflow_dispatch' ? 'manual' : 'push';
}

/** An event that cannot be read names nothing; where it should have named a merge request, that is taken for a fork's. */
function parseEvent(text: string | undefined): GithubEvent {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function gitlabFacts(env: Variables): RunFacts {
  const number = Number(env['CI_MERGE_REQUEST_IID']);
  const source = env['CI_PIPELINE_SOURCE'] ?? '';
  const head = env['CI_MERGE_REQUEST_SOURCE_BRANCH_SHA'] || env['CI_COMMIT_SHA'];
  const targetBranch = env['CI_MERGE_REQUEST_TARGET_BRANCH_NAME'];
  // A fork's pipeline runs in the fork, or, when a member starts it, in the project the merge request is for.
  const target = env['CI_MERGE_REQUEST_PROJECT_ID'] ?? env['CI_PROJECT_ID'];
  const trigger: Trigger =
    Number.isInteger(number) && number > 0 && head !== undefined && targetBranch !== undefined
      ? {
          kind: 'merge-request',
          number,
          head,
          targetBranch,
          fork: env['CI_MERGE_REQUEST_SOURCE_PROJECT_ID'] !== target,
          insideTarget: env['CI_PROJECT_ID'] === target,
          event: source,
        }
      : {
          kind: source === 'schedule' ? 'schedule' : source === 'web' || source === 'api' ? 'manual' : 'push',
          event: source,
        };
  return {
    forge: {
      kind: 'gitlab',
      apiUrl: env['CI_API_V4_URL'] ?? 'https://gitlab.com/api/v4',
      project: target ?? '',
      jobToken: env['CI_JOB_TOKEN'],
    },
    trigger,
    commit: env['CI_COMMIT_SHA'],
    ref: env['CI_MERGE_REQUEST_SOURCE_BRANCH_NAME'] ?? gitlabTag(env) ?? env['CI_COMMIT_REF_NAME'],
    protectedRef: flag(env['CI_COMMIT_REF_PROTECTED']),
    before: commitId(env['CI_COMMIT_BEFORE_SHA']),
    actor: env['GITLAB_USER_LOGIN'],
    runUrl: env['CI_PIPELINE_URL'],
    filesUrl: env['CI_JOB_URL'] === undefined ? undefined : `${env['CI_JOB_URL']}/artifacts/file`,
  };
}

function tagRef(ref: string | undefined): string | undefined {
  return ref?.startsWith('refs/tags/') === true ? ref : undefined;
}

function gitlabTag(env: Variables): string | undefined {
  const tag = env['CI_COMMIT_TAG'];
  return tag === undefined || tag === '' ? undefined : `refs/tags/${tag}`;
}

function flag(value: string | undefined): boolean | undefined {
  if (value === 'true') return true;
  return value === 'false' ? false : undefined;
}

/** A new branch's "before" is all zeros, which is no commit. */
function commitId(value: string | undefined): string | undefined {
  return value !== undefined && /^(?!0+$)[0-9a-f]{40,64}$/.test(value) ? value : undefined;
}
