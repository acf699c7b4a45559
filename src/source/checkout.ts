/** The repository that a run stands in: its commits, their files, and the merge a merge request would make. */
import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Commit,
  changedPaths,
  type FileCommit,
  type LogOptions,
  logFiles,
  resolveCommit,
} from '../git/commits.ts';
import { type Git, openGit, type Variables } from '../git/git.ts';
import type { ReadLimits } from '../git/objects.ts';
import { remoteUrl } from '../git/remote.ts';
import { repositoryName } from '../git/repository-name.ts';
import { Problem } from '../problem.ts';
import { type CommittedFilesOptions, readCommittedFiles } from './committed-files.ts';
import type { Files } from './files.ts';
import { readFolder } from './folder.ts';
import { commitsOrFetch, fetchNames, isAncestorOrFetch, mergeBaseOrFetch } from './history.ts';
import { mergeCommits } from './merge.ts';

export interface CheckoutOptions {
  /** Any folder of the work tree. */
  readonly directory: string;
  /** The variables this process was started with. */
  readonly variables: Variables;
  /** Name and password for `origin`, where the checkout has none of its own, e.g. the job's token. */
  readonly login?: { readonly user: string; readonly password: string } | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly limits?: ReadLimits;
}

export interface Checkout {
  /** Top of the work tree. */
  readonly directory: string;
  readonly git: Git;
  /** The commit that is checked out; undefined before the first one. */
  readonly head: () => Promise<string | undefined>;
  /** The branch that is checked out; undefined in CI, where usually none is. */
  readonly branch: () => Promise<string | undefined>;
  /** The commit that a branch, tag, full ref or id leads to here, or undefined. Never asks the remote. */
  readonly resolve: (name: string) => Promise<string | undefined>;
  /** Files of a commit. */
  readonly files: (options: Omit<CommittedFilesOptions, 'limits'>) => Promise<Files>;
  /** Files as they lie in the work tree, committed or not, without what .gitignore leaves out. */
  readonly workingFiles: (paths?: readonly string[]) => Promise<Files>;
  /** As `workingFiles`, with what .gitignore leaves out. Git is not asked. */
  readonly filesOnDisk: (paths: readonly string[]) => Promise<Files>;
  /** Whether anything in the work tree differs from the commit that is checked out. */
  readonly isDirty: () => Promise<boolean>;
  /** The commit that merging `head` into `target` would make; the work tree is not touched. */
  readonly merge: (target: string, head: string) => Promise<string>;
  /** In a shallow clone the missing history is fetched, as far as the answer needs it. */
  readonly isAncestor: (ancestor: string, descendant: string) => Promise<boolean>;
  readonly mergeBase: (one: string, other: string) => Promise<string | undefined>;
  /** Commits of `to` that are not in `from`, newest first; missing history is fetched up to `from` or `limit`. */
  readonly commitsBetween: (options: LogOptions) => Promise<readonly Commit[]>;
  /** The last commits on the first-parent line, newest first, with the files each changed; never asks the remote. */
  readonly lastCommits: (to: string, limit: number) => Promise<readonly FileCommit[]>;
  /** Files that differ between two commits; of a renamed one both names. */
  readonly changedPaths: (from: string, to: string) => Promise<readonly string[]>;
  /** Brings branches (as `origin/…`), full refs and ids from `origin` here; answers the commits in the same order. */
  readonly fetch: (names: readonly string[]) => Promise<readonly string[]>;
  /** The address of `origin` without credentials, or undefined; asked for once. */
  readonly remoteUrl: () => Promise<string | undefined>;
  /** The repository by a name that every clone of it has; see `repositoryName`. */
  readonly name: () => Promise<string>;
}

/** Throws `Problem` where the folder is in no Git work tree. Nothing is fetched before something asks for it. */
export async function openCheckout(options: CheckoutOptions): Promise<Checkout> {
  const directory = await topOf(options.directory);
  const { variables, signal, limits, login } = options;
  const plain = openGit({ directory, variables, signal });
  let origin: Promise<string | undefined> | undefined;
  const originUrl = (): Promise<string | undefined> => {
    origin ??= remoteUrl(plain);
    return origin;
  };
  const url = login === undefined ? undefined : await originUrl();
  const git =
    login === undefined || url === undefined
      ? plain
      : openGit({ directory, variables, signal, login: { url, ...login } });
  return {
    directory,
    git,
    head: () => resolveCommit(git, 'HEAD'),
    branch: () => currentBranch(git),
    resolve: (name) => resolveCommit(git, name),
    files: (wanted) => readCommittedFiles(git, { ...wanted, limits }),
    workingFiles: (paths) => readWorkTree(git, paths ?? [], limits),
    filesOnDisk: (paths) => readFolder({ directory, paths, limits }),
    isDirty: async () => (await git.run(['status', '--porcelain', '-z', '--untracked-files=normal'])) !== '',
    async merge(target, head) {
      await mergeBaseOrFetch(git, target, head);
      return await mergeCommits(git, target, head);
    },
    isAncestor: (ancestor, descendant) => isAncestorOrFetch(git, ancestor, descendant),
    mergeBase: (one, other) => mergeBaseOrFetch(git, one, other),
    commitsBetween: (range) => commitsOrFetch(git, range),
    lastCommits: (to, limit) => logFiles(git, { to, limit, parents: 'first' }),
    changedPaths: async (from, to) => {
      await fetchNames(git, [from, to]);
      return await changedPaths(git, from, to);
    },
    fetch: (names) => fetchNames(git, names),
    remoteUrl: originUrl,
    name: () => repositoryName(plain, originUrl),
  };
}

/** Found without asking Git: it must be told to trust this very folder before it answers anything. */
async function topOf(directory: string): Promise<string> {
  const start = await realpath(directory).catch((cause: unknown) => {
    throw new Problem({ reason: 'source-missing', message: `the folder ${directory} does not exist`, cause });
  });
  for (let place = start; ; place = dirname(place)) {
    const found = await stat(join(place, '.git')).catch(() => undefined);
    if (found !== undefined) return place;
    if (dirname(place) === place) break;
  }
  throw new Problem({
    reason: 'source-missing',
    message: `${directory} is not in a Git repository`,
    hint: 'Run Pushgate inside the repository that holds pushgate.yaml.',
  });
}

async function currentBranch(git: Git): Promise<string | undefined> {
  const { exitCode, stdout } = await git.attempt(['symbolic-ref', '--quiet', 'HEAD']);
  return exitCode === 0 ? stdout.trim().replace(/^refs\/heads\//, '') : undefined;
}

async function readWorkTree(git: Git, paths: readonly string[], limits: ReadLimits | undefined): Promise<Files> {
  const wanted = paths.filter((path) => path !== '' && path !== '.');
  const scope = wanted.length < paths.length ? [] : wanted;
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', ...scope];
  const names = (await git.run(args)).split('\0').filter((name) => name !== '');
  return await readFolder({ directory: git.directory, paths: names, limits });
}
