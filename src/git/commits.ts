/** What Git knows about commits: where names lead, how commits are related, who made them. */
import type { Git } from './git.ts';

export interface Commit {
  readonly id: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly subject: string;
  /** The whole message; trailers in it are claims of its author, not proof. */
  readonly message: string;
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** ISO time in UTC. Set by whoever makes the commit. */
  readonly time: string;
}

/** A commit with the files it changed. */
export interface FileCommit extends Commit {
  readonly files: readonly string[];
}

// NUL is the one character that no name, message or path can hold, so nobody can forge a commit inside another's text.
const fields = ['%H', '%P', '%an', '%ae', '%at', '%cn', '%ce', '%ct', '%s', '%B'];

/**
 * The id of the commit that a name leads to, or undefined. Takes full refs, branches (local, then of the remote), tags,
 * ids, and `~n` or `^n` behind them; nothing else of Git's revision language, because names come from outside.
 */
export async function resolveCommit(git: Git, name: string): Promise<string | undefined> {
  const match = /^(.+?)((?:[~^]\d*)*)$/s.exec(name);
  const [, base = '', steps = ''] = match ?? [];
  if (base === '' || /[\0-\x20\x7f~^:?*[\\]|\.\.|@\{/.test(base)) return undefined;
  const isId = /^[0-9a-f]{7,64}$/i.test(base);
  const candidates =
    base === 'HEAD' || base.startsWith('refs/') || /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/i.test(base)
      ? [base]
      : [`refs/heads/${base}`, `refs/remotes/origin/${base}`, `refs/tags/${base}`, ...(isId ? [base] : [])];
  // One process for all of them; a name that leads nowhere, or to several commits, is answered by that word.
  const stdin = candidates.map((candidate) => `${candidate}${steps}^{commit}\n`).join('');
  const answers = await git.run(['cat-file', '--batch-check'], { stdin });
  return /^([0-9a-f]{40,64}) commit \d+$/m.exec(answers)?.[1];
}

/** Whether every commit of `ancestor` is in `descendant`; a commit is its own ancestor. */
export async function isAncestor(git: Git, ancestor: string, descendant: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', ancestor, descendant];
  const { exitCode, stderr } = await git.attempt(args);
  if (exitCode === 0 || exitCode === 1) return exitCode === 0;
  throw new Error(`git merge-base --is-ancestor: ${stderr.trim()}`);
}

/** One best common ancestor, or undefined where the commits are unrelated (or their history is not here). */
export async function mergeBase(git: Git, one: string, other: string): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await git.attempt(['merge-base', one, other]);
  if (exitCode === 0) return stdout.trim();
  if (exitCode === 1) return undefined;
  throw new Error(`git merge-base: ${stderr.trim()}`);
}

export interface LogOptions {
  /** Commits reachable from here are left out. */
  readonly from?: string | undefined;
  readonly to: string;
  readonly parents?: 'all' | 'first';
  /** Only commits that changed one of these files or folders. */
  readonly paths?: readonly string[];
  readonly limit?: number;
}

/** Commits, newest first. */
export async function logCommits(git: Git, options: LogOptions): Promise<readonly Commit[]> {
  return (await log(git, options, [])).map(({ files: _, ...commit }) => commit);
}

/** Commits, newest first, each with the files of `paths` that it changed; a merge only with what it changed itself. */
export async function logFiles(git: Git, options: LogOptions): Promise<readonly FileCommit[]> {
  return await log(git, options, ['--name-only', '--no-renames', options.parents === 'first' ? '-m' : '-c']);
}

/** Files that differ between two commits; of a renamed one both names. */
export async function changedPaths(git: Git, from: string, to: string): Promise<readonly string[]> {
  const text = await git.run(['diff', '--name-only', '--no-renames', '-z', '--end-of-options', from, to, '--']);
  return text.split('\0').filter((path) => path !== '');
}

async function log(git: Git, options: LogOptions, more: readonly string[]): Promise<readonly FileCommit[]> {
  const text = await git.run([
    'log',
    '-z',
    `--format=${fields.map((field) => `%x00${field}`).join('')}`,
    ...(options.parents === 'first' ? ['--first-parent'] : []),
    ...(options.limit === undefined ? [] : [`--max-count=${options.limit}`]),
    ...more,
    '--end-of-options',
    options.to,
    ...(options.from === undefined ? [] : [`^${options.from}`]),
    '--',
    ...(options.paths ?? []),
  ]);
  const tokens = text.split('\0');
  const commits: FileCommit[] = [];
  // An empty token, the fields, then paths (never empty) up to the next empty token.
  for (let at = 1; at < tokens.length - 1; at++) {
    const values = tokens.slice(at, at + fields.length);
    at += fields.length;
    const files: string[] = [];
    for (; at < tokens.length && tokens[at] !== ''; at++) files.push((tokens[at] ?? '').replace(/^\n/, ''));
    commits.push({ ...readCommit(values), files });
  }
  return commits;
}

function readCommit(values: readonly string[]): Commit {
  const [id = '', parents = '', an = '', ae = '', at = '', cn = '', ce = '', ct = '', subject = '', message = ''] =
    values;
  return {
    id,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    author: { name: an, email: ae, time: isoTime(at) },
    committer: { name: cn, email: ce, time: isoTime(ct) },
    subject,
    message,
  };
}

function isoTime(seconds: string): string {
  const time = new Date(Number(seconds) * 1000);
  return Number.isNaN(time.getTime()) ? '1970-01-01T00:00:00.000Z' : time.toISOString();
}
