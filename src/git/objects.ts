/** Reading and writing Git objects directly: no index, no work tree, no filters, whatever the checkout looks like. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../problem.ts';
import type { Git } from './git.ts';

export interface TreeEntry {
  /** Path from the top of the tree, with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'link' | 'submodule';
  /** `100644`, `100755`, `120000`, `160000`. */
  readonly mode: string;
  readonly id: string;
  /** Bytes; 0 for a submodule. */
  readonly size: number;
}

export interface Tree {
  readonly entries: readonly TreeEntry[];
  /** Paths that are not UTF-8: Git has them, nothing here can name them. */
  readonly unnamable: number;
}

/** Limits on what is read at once, so that a hostile tree ends in a sentence and not in a dead runner. */
export interface ReadLimits {
  readonly files: number;
  readonly fileBytes: number;
  readonly totalBytes: number;
}

export const defaultLimits: ReadLimits = { files: 20_000, fileBytes: 16 * 2 ** 20, totalBytes: 256 * 2 ** 20 };

/** Everything in a commit's tree, or below some of its paths; a path that is not there adds nothing. */
export async function listTree(git: Git, commit: string, paths: readonly string[] = []): Promise<Tree> {
  const wanted = paths.map(trimSlashes).filter((path) => path !== '');
  const scope = wanted.length < paths.length ? [] : wanted;
  const text = await git.run(['ls-tree', '-r', '-z', '-l', '--full-tree', commit, '--', ...scope]);
  const entries: TreeEntry[] = [];
  let unnamable = 0;
  for (const line of text.split('\0')) {
    const match = /^(\d{6}) (\w+) ([0-9a-f]+) +(\d+|-)\t(.+)$/s.exec(line);
    if (match === null) continue;
    const [, mode = '', , id = '', size = '', path = ''] = match;
    if (path.includes('\uFFFD')) unnamable += 1;
    else entries.push({ path, kind: kindOf(mode), mode, id, size: Number(size) || 0 });
  }
  return { entries, unnamable };
}

function kindOf(mode: string): TreeEntry['kind'] {
  if (mode === '120000') return 'link';
  return mode === '160000' ? 'submodule' : 'file';
}

function trimSlashes(path: string): string {
  return path.replace(/^(\.?\/)+|\/+$/g, '').replace(/^\.$/, '');
}

/** Refuses entries that together are more than the limits, before any content is read. */
export function checkLimits(entries: readonly TreeEntry[], limits: ReadLimits): void {
  const large = entries.find((entry) => entry.size > limits.fileBytes);
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (entries.length <= limits.files && large === undefined && total <= limits.totalBytes) return;
  throw new Problem({
    reason: 'limit-exceeded',
    message:
      large !== undefined
        ? `The file is ${large.size} bytes long; at most ${limits.fileBytes} are read`
        : entries.length > limits.files
          ? `There are ${entries.length} files here; at most ${limits.files} are read`
          : `The files here are ${total} bytes together; at most ${limits.totalBytes} are read`,
    where: large?.path,
    hint: 'Point the chart at a smaller folder.',
  });
}

/** Contents by object id, read by one process. An id that the repository does not have is left out. */
export async function readBlobs(git: Git, ids: Iterable<string>): Promise<ReadonlyMap<string, Uint8Array>> {
  const blobs = await readRequests(git, [...new Set(ids)]);
  return new Map(blobs.flatMap((blob) => (blob === undefined ? [] : [[blob.id, blob.bytes]])));
}

export interface Blob {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The files at these commits, in the same order, read by one process; undefined where the commit has no such file. */
export async function readPaths(
  git: Git,
  files: readonly { readonly commit: string; readonly path: string }[],
): Promise<readonly (Blob | undefined)[]> {
  return await readRequests(git, requestsOf(files));
}

/** The ids of the files at these commits, in the same order; undefined where the commit has no such file. */
export async function readPathIds(
  git: Git,
  files: readonly { readonly commit: string; readonly path: string }[],
): Promise<readonly (string | undefined)[]> {
  if (files.length === 0) return [];
  const text = await git.run(['cat-file', '--batch-check'], {
    stdin: requestsOf(files)
      .map((line) => `${line}\n`)
      .join(''),
  });
  const lines = text.split('\n');
  return files.map((_, index) => /^([0-9a-f]{40,64}) blob \d+$/.exec(lines[index] ?? '')?.[1]);
}

/** Requests are lines, so a path with a line end cannot be asked for. */
function requestsOf(files: readonly { readonly commit: string; readonly path: string }[]): readonly string[] {
  return files.map(({ commit, path }) => (path.includes('\n') ? 'none' : `${commit}:${path}`));
}

async function readRequests(git: Git, requests: readonly string[]): Promise<readonly (Blob | undefined)[]> {
  const answer = await git.catFile(requests.map((request) => `${request}\n`).join(''));
  let offset = 0;
  return requests.map((request) => {
    const end = answer.indexOf(0x0a, offset);
    if (end < 0) throw new Error(`git cat-file ended before ${request}`);
    const header = new TextDecoder().decode(answer.subarray(offset, end));
    offset = end + 1;
    const found = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(header);
    if (found === null) return undefined;
    const [, id = '', kind, size] = found;
    // A copy: a view would keep every other file of the answer in memory.
    const bytes = answer.slice(offset, offset + Number(size));
    offset += Number(size) + 1;
    return kind === 'blob' ? { id, bytes } : undefined;
  });
}

/** Stores contents as blobs, byte for byte, by one process; the ids come in the order of the contents. */
export async function writeBlobs(git: Git, contents: readonly Uint8Array[]): Promise<readonly string[]> {
  if (contents.length === 0) return [];
  const folder = await mkdtemp(join(tmpdir(), 'pushgate-blobs-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const files = contents.map((_, index) => join(folder, String(index)));
  for (const [index, file] of files.entries()) await writeFile(file, contents[index] ?? '', { mode: 0o600 });
  const ids = await git.run(['hash-object', '-w', '--no-filters', '--stdin-paths'], { stdin: `${files.join('\n')}\n` });
  return ids.trim().split('\n');
}

export interface TreeChange {
  readonly path: string;
  /** Undefined removes the path. */
  readonly blob: string | undefined;
  /** Git's mode; a plain file where it is not said. */
  readonly mode?: string;
}

/** A tree made from another one by its id (or from nothing) with some paths set or removed, through an index of its own. */
export async function changedTree(git: Git, from: string | undefined, changes: readonly TreeChange[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pushgate-index-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const variables = { GIT_INDEX_FILE: join(folder, 'index') };
  await git.run(from === undefined ? ['read-tree', '--empty'] : ['read-tree', from], { variables });
  // SHA-256 repositories have longer ids, and Git wants the id of nothing to be as long.
  const none = '0'.repeat(from?.length ?? 40);
  const removed = changes.filter(({ blob }) => blob === undefined).map(({ path }) => `0 ${none}\t${path}\0`);
  const set = changes.flatMap(({ path, blob, mode }) =>
    blob === undefined ? [] : [`${mode ?? '100644'} ${blob}\t${path}\0`],
  );
  const lines = [...removed, ...set];
  await git.run(['update-index', '-z', '--index-info'], { variables, stdin: lines.join('') });
  return (await git.run(['write-tree'], { variables })).trim();
}

export interface Identity {
  readonly name: string;
  readonly email: string;
}

export interface CommitContent {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: Identity;
  readonly committer: Identity;
  /** ISO time of both. */
  readonly time: string;
}

/** Stores a commit; the same content gives the same id. Nothing points at it yet. */
export async function writeCommit(git: Git, commit: CommitContent): Promise<string> {
  const date = `${Math.floor(Date.parse(commit.time) / 1000)} +0000`;
  const output = await git.run(
    ['commit-tree', commit.tree, ...commit.parents.flatMap((parent) => ['-p', parent]), '-F', '-'],
    {
      stdin: commit.message,
      variables: {
        GIT_AUTHOR_NAME: cleaned(commit.author.name),
        GIT_AUTHOR_EMAIL: cleaned(commit.author.email),
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: cleaned(commit.committer.name),
        GIT_COMMITTER_EMAIL: cleaned(commit.committer.email),
        GIT_COMMITTER_DATE: date,
      },
    },
  );
  return output.trim();
}

/** Git drops these characters from a name by itself, and refuses a name in which nothing else is left. */
function cleaned(text: string): string {
  return text.replace(/[<>\n\r\0]/g, '').trim() || 'unknown';
}
