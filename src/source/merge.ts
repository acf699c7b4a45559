/** The merge that a forge would make, made here, in Git's objects only: no branch moves and no file is touched. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAncestor, logCommits, mergeBase } from '../git/commits.ts';
import { type Git, GitFailure } from '../git/git.ts';
import {
  changedTree,
  type Identity,
  listTree,
  readBlobs,
  type TreeChange,
  type TreeEntry,
  writeBlobs,
  writeCommit,
} from '../git/objects.ts';
import { Problem } from '../problem.ts';

const merger: Identity = { name: 'Pushgate', email: 'pushgate@localhost' };

/**
 * The commit that merging `head` into `target` gives. The same two commits give the same id on any machine. A conflict
 * is a Problem that names the files; unrelated histories are one too.
 */
export async function mergeCommits(git: Git, target: string, head: string): Promise<string> {
  if (await isAncestor(git, target, head)) return head;
  if (await isAncestor(git, head, target)) return target;
  const tree = (await mergedTree(git, target, head)) ?? (await mergedTreeByIndex(git, target, head));
  const times = await Promise.all([target, head].map((id) => logCommits(git, { to: id, limit: 1 })));
  const time =
    times
      .map(([commit]) => commit?.committer.time ?? '')
      .sort()
      .at(-1) ?? '';
  const message = `Merge ${head} into ${target}\n`;
  return await writeCommit(git, { tree, parents: [target, head], message, author: merger, committer: merger, time });
}

/** By `git merge-tree --write-tree`; undefined where this Git is older than 2.38 and does not have it. */
async function mergedTree(git: Git, target: string, head: string): Promise<string | undefined> {
  const args = ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', target, head];
  const output = await git.attempt(args);
  const [tree, ...files] = output.stdout.split('\0');
  if (output.exitCode === 0) return tree;
  if (output.exitCode === 1)
    throw conflict(
      files.filter((file) => file !== ''),
      target,
      head,
    );
  if (output.exitCode === 129) return undefined;
  if (output.stderr.includes('unrelated histories')) throw unrelated(target, head);
  throw new GitFailure(args, output);
}

/**
 * For older versions of Git: a three-way merge through an index of its own, each file that both sides changed by
 * `git merge-file`. It does not follow renames; where that matters it ends in a conflict, never in a wrong tree.
 */
export async function mergedTreeByIndex(git: Git, target: string, head: string): Promise<string> {
  const base = await mergeBase(git, target, head);
  if (base === undefined) throw unrelated(target, head);
  const [from, ours, theirs] = await Promise.all([base, target, head].map((commit) => treeFiles(git, commit)));
  const changes: TreeChange[] = [];
  const conflicts: string[] = [];
  for (const path of new Set([...(from?.keys() ?? []), ...(theirs?.keys() ?? [])])) {
    const [was, here, there] = [from?.get(path), ours?.get(path), theirs?.get(path)];
    if (same(there, was) || same(there, here)) continue;
    const result = same(here, was) ? { blob: there?.id, mode: there?.mode } : await mergedFile(git, was, here, there);
    if (result === undefined) conflicts.push(path);
    else changes.push({ path, blob: result.blob, ...(result.mode === undefined ? {} : { mode: result.mode }) });
  }
  if (conflicts.length > 0) throw conflict(conflicts.sort(), target, head);
  return await changedTree(git, (await git.run(['rev-parse', `${target}^{tree}`])).trim(), changes);
}

async function treeFiles(git: Git, commit: string): Promise<ReadonlyMap<string, TreeEntry>> {
  return new Map((await listTree(git, commit)).entries.map((entry) => [entry.path, entry]));
}

function same(one: TreeEntry | undefined, other: TreeEntry | undefined): boolean {
  return one?.id === other?.id && one?.mode === other?.mode;
}

/** Both sides' changes of one file together; undefined where they cannot be had together. */
async function mergedFile(
  git: Git,
  was: TreeEntry | undefined,
  here: TreeEntry | undefined,
  there: TreeEntry | undefined,
): Promise<{ readonly blob: string; readonly mode: string } | undefined> {
  if (was === undefined || here === undefined || there === undefined) return undefined;
  if ([was, here, there].some((entry) => entry.kind !== 'file')) return undefined;
  if (here.mode !== was.mode && there.mode !== was.mode && here.mode !== there.mode) return undefined;
  const contents = await readBlobs(git, [was.id, here.id, there.id]);
  const folder = await mkdtemp(join(tmpdir(), 'pushgate-merge-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const files = [here, was, there].map((entry, index) => ({ place: join(folder, String(index)), id: entry.id }));
  for (const { place, id } of files) await writeFile(place, contents.get(id) ?? '', { mode: 0o600 });
  const [ours = '', ...others] = files.map(({ place }) => place);
  const { exitCode } = await git.attempt(['merge-file', '--quiet', ours, ...others]);
  if (exitCode !== 0) return undefined;
  const [blob = ''] = await writeBlobs(git, [await readFile(ours)]);
  return { blob, mode: here.mode === was.mode ? there.mode : here.mode };
}

function conflict(files: readonly string[], target: string, head: string): Problem {
  const more = files.length > 20 ? `\nand ${files.length - 20} more` : '';
  return new Problem({
    reason: 'conflict',
    message: `Merging ${head.slice(0, 7)} into ${target.slice(0, 7)} has conflicts in ${files.length} ${files.length === 1 ? 'file' : 'files'}`,
    excerpt: files.slice(0, 20).join('\n') + more,
    hint: 'Merge or rebase the target branch into the merge request and resolve them; the next push is planned again.',
  });
}

function unrelated(target: string, head: string): Problem {
  return new Problem({
    reason: 'conflict',
    message: `${head.slice(0, 7)} and ${target.slice(0, 7)} have no common history, so they cannot be merged`,
    hint: 'In CI, fetch the whole history (fetch-depth: 0 on GitHub, GIT_DEPTH: 0 on GitLab).',
  });
}
