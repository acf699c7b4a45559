/** The Git repository that is an environment: which branch of it, and how the branch is reached. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Target } from '../config/config.ts';
import { formatTarget } from '../config/target.ts';
import { resolveCommit } from '../git/commits.ts';
import { type Git, GitFailure, openGit, type Variables, withoutCredentials } from '../git/git.ts';
import { isRefName } from '../git/ref-name.ts';
import { fetchRefs, type PushResult, pushBranch, remoteRef, remoteUrl } from '../git/remote.ts';
import { Problem } from '../problem.ts';

export interface ManifestsOptions {
  readonly target: Extract<Target, { readonly kind: 'manifests' }>;
  /** Top of the checkout that the run stands in; `repository: .` is its origin. */
  readonly checkout: string;
  readonly variables: Variables;
  /** Name and password for the server of the checkout's origin. No other server gets to see them. */
  readonly login?: { readonly user: string; readonly password: string } | undefined;
  /** What the checkout's origin is, where that was asked before. */
  readonly origin?: (() => Promise<string | undefined>) | undefined;
  /** Aborted when the run is cancelled: reading stops, and nothing is pushed any more. */
  readonly signal?: AbortSignal | undefined;
  /** Aborted when a push that is on its way is no longer waited for. */
  readonly hurry?: AbortSignal | undefined;
}

/** To be closed: another repository than the checkout is worked on in a temporary copy. */
export interface ManifestsRepository extends AsyncDisposable {
  readonly git: Git;
  readonly branch: string;
  /** Folder of the environment in the branch; '' for its top. */
  readonly path: string;
  /** Where it is, in words and without credentials: `branch deploy/production of this repository`. */
  readonly description: string;
  /** The branch's commit as it is at this moment, brought here whole; undefined where there is no such branch yet. */
  readonly tip: () => Promise<string | undefined>;
  /** Moves the branch from one commit to another if it still is where it was. The only thing here that writes. */
  readonly move: (from: string | undefined, to: string) => Promise<PushResult>;
}

/**
 * Nothing of the branch is read before `tip`. Throws `Problem` (`config-invalid`) for a name that no branch can have.
 */
export async function openManifests(options: ManifestsOptions): Promise<ManifestsRepository> {
  const { target } = options;
  const path = folderPath(target.path);
  await using cleanup = new AsyncDisposableStack();
  const { git, pushing, remote } = await place(options, cleanup);
  const ref = `refs/heads/${target.branch}`;
  if (!isRefName(ref))
    throw new Problem({ reason: 'config-invalid', message: `"${target.branch}" cannot be the name of a branch` });
  const kept = cleanup.move();
  return {
    git,
    branch: target.branch,
    path,
    description: withoutCredentials(formatTarget(target)),
    tip: () => (remote === undefined ? resolveCommit(git, ref) : fetchTip(git, remote, ref)),
    move: async (from, to) => {
      if (options.signal?.aborted === true) throw cancelledBefore(target.branch);
      return remote === undefined
        ? await moveLocal(pushing, ref, from, to)
        : await pushBranch(pushing, { remote, ref, from, to });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function cancelledBefore(branch: string): Problem {
  return new Problem({
    reason: 'cancelled',
    message: `the run was cancelled before ${branch} was moved`,
    hint: 'Nothing was written. The next apply does it.',
  });
}

function folderPath(path: string): string {
  const steps = path.split('/').filter((step) => step !== '' && step !== '.');
  if (!steps.includes('..') && !steps.includes('.git') && !path.startsWith('/') && !/[\\\0]/.test(path))
    return steps.join('/');
  throw new Problem({
    reason: 'config-invalid',
    message: `The manifests path "${path}" is not a folder inside the branch`,
  });
}

interface Place {
  readonly git: Git;
  /** Not stopped with the run, because nobody would know what a push cut off has done. */
  readonly pushing: Git;
  readonly remote: string | undefined;
}

async function place(options: ManifestsOptions, cleanup: AsyncDisposableStack): Promise<Place> {
  const { target, checkout, variables, signal, hurry, login, origin } = options;
  if (target.repository === '.') {
    const plain = openGit({ directory: checkout, variables, signal });
    const url = await (origin ?? (() => remoteUrl(plain)))();
    const known = login === undefined || url === undefined ? undefined : { url, ...login };
    const git = known === undefined ? plain : openGit({ directory: checkout, variables, signal, login: known });
    const pushing = openGit({ directory: checkout, variables, signal: hurry, login: known });
    return { git, pushing, remote: url === undefined ? undefined : 'origin' };
  }
  const remote = await addressOf(target.repository, checkout);
  const directory = await mkdtemp(join(tmpdir(), 'pushgate-manifests-'));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const url = withoutCredentials(remote);
  const own = await remoteUrl(openGit({ directory: checkout, variables, signal }));
  const isKnown = login !== undefined && own !== undefined && serverOf(own) === serverOf(url);
  const known = isKnown ? { url, ...login } : undefined;
  const git = openGit({ directory, variables, signal, login: known });
  const pushing = openGit({ directory, variables, signal: hurry, login: known });
  // Not bare: people who set safe.bareRepository forbid working in those.
  await git.run(['init', '--quiet', `--object-format=${await objectFormat(git, remote)}`]);
  return { git, pushing, remote };
}

/** A configuration can name any address; the job's token must not follow it to a stranger. */
function serverOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

/** Only what Git can fetch without running a program that the address names. */
async function addressOf(repository: string, checkout: string): Promise<string> {
  if (/^(https?|ssh|git|file):\/\/[^-]/i.test(repository)) return repository;
  if (/^([\w.-]+@)?\w[\w.-]*:(?!:|\/\/)[^-]/.test(repository)) return repository;
  const folder = resolve(checkout, repository);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return folder;
  throw new Problem({
    reason: 'source-missing',
    message: `The manifests repository ${withoutCredentials(repository)} is neither an address that Git can fetch nor a folder`,
    hint: 'Write an https:// or ssh:// address, a path, or "." for the repository of the run.',
  });
}

/** A SHA-256 repository can only be fetched into another one; its ids are longer. */
async function objectFormat(git: Git, remote: string): Promise<'sha1' | 'sha256'> {
  const { stdout } = await git.attempt(['ls-remote', '--quiet', '--end-of-options', remote]);
  return /^[0-9a-f]{64}\s/.test(stdout) ? 'sha256' : 'sha1';
}

async function fetchTip(git: Git, remote: string, ref: string): Promise<string | undefined> {
  // Kept so that the next fetch brings only what is new.
  const place = ref.replace('refs/heads/', 'refs/pushgate/manifests/');
  for (let tries = 0; tries < 5; tries++) {
    const tip = await remoteRef(git, remote, ref);
    if (tip === undefined || (await resolveCommit(git, place)) === tip) return tip;
    try {
      await fetchRefs(git, { remote, refspecs: [`${ref}:${place}`] });
    } catch (error) {
      // Another run in this checkout was at the same place at the same moment; what it brought serves this one too.
      if (
        !(
          error instanceof Problem &&
          error.cause instanceof GitFailure &&
          error.cause.stderr.includes('cannot lock ref')
        )
      ) {
        throw error;
      }
    }
    // The branch may have moved between the two; what was fetched then need not contain what was there before.
    if ((await resolveCommit(git, tip)) !== undefined) return tip;
  }
  throw new Problem({
    reason: 'race-lost',
    message: `${ref.replace('refs/heads/', '')} is replaced again and again while it is being read`,
    hint: 'Run the job again.',
  });
}

async function moveLocal(git: Git, ref: string, from: string | undefined, to: string): Promise<PushResult> {
  const worktrees = await git.run(['worktree', 'list', '--porcelain']);
  if (worktrees.split('\n').includes(`branch ${ref}`)) {
    throw new Problem({
      reason: 'conflict',
      message: `${ref.replace('refs/heads/', '')} is checked out in this repository, so moving it would make its files look edited`,
      hint: 'Check out another branch there, or give the repository a remote named origin to push to.',
    });
  }
  const none = '0'.repeat(to.length);
  const { exitCode, stderr } = await git.attempt(['update-ref', '-m', 'pushgate', ref, to, from ?? none]);
  if (exitCode === 0) return 'pushed';
  if ((await resolveCommit(git, ref)) !== from || stderr.includes('.lock')) return 'moved';
  throw new Problem({ reason: 'forbidden', message: `The branch ${ref} could not be moved`, excerpt: stderr.trim() });
}
