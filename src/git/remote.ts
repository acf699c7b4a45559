/** Talking to a remote: what is there, bringing it here, and moving one branch there. */
import { Problem } from '../problem.ts';
import { type Git, GitFailure, withoutCredentials } from './git.ts';

/** The address of a remote of this repository as it may be shown, or undefined where there is no such remote. */
export async function remoteUrl(git: Git, remote = 'origin'): Promise<string | undefined> {
  const { exitCode, stdout } = await git.attempt(['config', '--get', `remote.${remote}.url`]);
  return exitCode === 0 ? withoutCredentials(stdout.trim()) : undefined;
}

/** The commit that a full ref (`refs/heads/main`) has on the remote, or undefined where the ref is not there. */
export async function remoteRef(git: Git, remote: string, ref: string): Promise<string | undefined> {
  const text = await throughRemote(git, remote, ['ls-remote', '--quiet', '--end-of-options', remote, ref]);
  for (const line of text.split('\n')) {
    const [id, name] = line.split('\t');
    if (name === ref) return id;
  }
  return undefined;
}

export interface FetchOptions {
  readonly remote: string;
  /** Full refs, ids, or `source:destination` pairs of full refs. */
  readonly refspecs: readonly string[];
  /** `--deepen=50`, `--unshallow`, … */
  readonly depth?: string | undefined;
}

/** Only what the refspecs say is written here: the remote's usual tracking branches stay as they are. */
export async function fetchRefs(git: Git, options: FetchOptions): Promise<void> {
  const { remote, refspecs, depth } = options;
  const args = [
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
    '--force',
    '--refmap=',
  ];
  const more = depth === undefined ? [] : [depth];
  await throughRemote(git, remote, [...args, ...more, '--end-of-options', remote, ...refspecs]);
}

export type PushResult = 'pushed' | 'moved';

/**
 * Moves one branch of the remote from a known commit (undefined: it must not exist) to a new one. `moved` means that
 * somebody else was there first and nothing was written.
 */
export async function pushBranch(git: Git, push: Push): Promise<PushResult> {
  try {
    return await pushOnce(git, push);
  } catch (error) {
    const isUnclear = error instanceof Problem && ['unreachable', 'cancelled'].includes(error.reason);
    if (!isUnclear) throw error;
    return await settlePush(git, push, error);
  }
}

/** The answer to a push can be lost after the remote took it: then the branch is where it was to go. */
async function settlePush(git: Git, { remote, ref, from, to }: Push, failed: Problem): Promise<PushResult> {
  let now: string | undefined;
  try {
    now = await remoteRef(git, remote, ref);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { reason, message, excerpt } = failed;
    const hint = `Whether ${shortRef(ref)} was moved to ${to.slice(0, 7)} is not known. The next run finds out.`;
    throw new Problem({ reason, message, excerpt, hint, cause: failed });
  }
  if (now === to) return 'pushed';
  if (now === from) throw failed;
  return 'moved';
}

interface Push {
  readonly remote: string;
  readonly ref: string;
  readonly from: string | undefined;
  readonly to: string;
}

async function pushOnce(git: Git, push: Push): Promise<PushResult> {
  const { remote, ref, from, to } = push;
  const args = ['push', '--quiet', '--porcelain', '--no-verify', `--force-with-lease=${ref}:${from ?? ''}`];
  const output = await git.attempt([...args, '--end-of-options', remote, `${to}:${ref}`]);
  if (output.exitCode === 0) return 'pushed';
  // Said by the remote for a lease that no longer holds, and for two pushes at the same moment.
  if (
    /\[(rejected|remote rejected)\].*\((stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|incorrect old value provided|reference already exists)/.test(
      output.stdout,
    )
  ) {
    return 'moved';
  }
  const refusal = /\[remote rejected\].*\((.*)\)/.exec(output.stdout)?.[1];
  if (refusal !== undefined) {
    throw new Problem({
      reason: 'forbidden',
      message: `${shown(remote)} does not take a push to ${shortRef(ref)}: ${refusal}`,
      excerpt: remoteLines(output.stderr),
      hint: `Let the account of this job push to ${shortRef(ref)}, for instance by an exception in the branch protection.`,
    });
  }
  throw remoteProblem(new GitFailure(args, output), remote, 'write');
}

/** Runs a command that reads from a remote, with its refusals put in words. */
async function throughRemote(git: Git, remote: string, args: readonly string[]): Promise<string> {
  const output = await git.attempt(args);
  if (output.exitCode === 0) return output.stdout;
  throw remoteProblem(new GitFailure(args, output), await nameOf(git, remote), 'read');
}

async function nameOf(git: Git, remote: string): Promise<string> {
  return (await remoteUrl(git, remote)) ?? remote;
}

interface Row {
  readonly pattern: RegExp;
  readonly reason: 'unreachable' | 'unauthenticated' | 'forbidden' | 'source-missing';
  readonly says: string;
}

/**
 * Git has one exit code for everything that goes wrong with a remote, so its sentences (in English, LC_ALL is pinned)
 * are all there is. First match wins; what matches nothing is shown as it is.
 */
const failures: readonly Row[] = [
  {
    pattern:
      /could not read (Username|Password)|Authentication failed|HTTP Basic: Access denied|invalid credentials|error: 401|Permission denied \(publickey|Host key verification failed/i,
    reason: 'unauthenticated',
    says: 'did not accept the login, or none was given',
  },
  {
    pattern:
      /error: 403|Permission to .* denied|You are not allowed to|not allowed to (push|upload)|access denied|denied to/i,
    reason: 'forbidden',
    says: 'knows the login and does not let it do this',
  },
  {
    pattern:
      /Repository not found|repository '.*' not found|does not appear to be a git repository|project you were looking for could not be found|error: 404|not found in upstream|couldn't find remote ref|not our ref|does not exist/i,
    reason: 'source-missing',
    says: 'does not have this repository or revision, or hides it from this login',
  },
  {
    pattern:
      /Could not resolve host|unable to access|Connection (refused|timed out|reset|closed)|Failed to connect|Network is unreachable|No route to host|early EOF|hung up unexpectedly|SSL|error: 5\d\d/i,
    reason: 'unreachable',
    says: 'could not be reached',
  },
];

function remoteProblem(failure: GitFailure, remote: string, access: 'read' | 'write'): Problem {
  const row = failures.find(({ pattern }) => pattern.test(failure.stderr));
  return new Problem({
    reason: row?.reason ?? 'unreachable',
    message: `${shown(remote)} ${row?.says ?? 'answered with an error'}`,
    excerpt: remoteLines(failure.stderr),
    hint: hintFor(row?.reason ?? 'unreachable', access),
    cause: failure,
  });
}

function hintFor(reason: Row['reason'], access: 'read' | 'write'): string {
  const permission =
    access === 'read'
      ? 'On GitHub the job needs `permissions: contents: read`, on GitLab the token needs the scope read_repository'
      : 'On GitHub the job needs `permissions: contents: write`, on GitLab the token needs the scope write_repository and the role Developer or higher';
  if (reason === 'unreachable') return 'Check the address and the network of this job, then run it again.';
  if (reason === 'unauthenticated') {
    return `${permission}; give it to Git through the checkout step, a credential helper or GIT_ASKPASS.`;
  }
  return `Check the address. ${permission}.`;
}

function remoteLines(stderr: string): string | undefined {
  const lines = withoutCredentials(stderr)
    .replace(/[^\n\x20-\x7e\x80-\uffff]/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(POST |From |To )/.test(line));
  return lines.length === 0 ? undefined : lines.slice(0, 8).join('\n');
}

function shown(remote: string): string {
  return withoutCredentials(remote);
}

function shortRef(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}
