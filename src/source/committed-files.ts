/** The files of a commit, read from Git's objects: what is in the work tree, or half written there, plays no part. */
import type { Git } from '../git/git.ts';
import { checkLimits, defaultLimits, listTree, type ReadLimits, readBlobs, type TreeEntry } from '../git/objects.ts';
import { Problem } from '../problem.ts';
import { type Files, folderOf, isBelow, joinInside, sortedByPath } from './files.ts';

export interface CommittedFilesOptions {
  /** A commit or a tree. */
  readonly commit: string;
  /** Folders or files; none for everything. One that does not exist adds nothing. */
  readonly paths?: readonly string[] | undefined;
  readonly limits?: ReadLimits | undefined;
}

/**
 * A link is followed to a file or folder of the same commit, also outside `paths`, and never out of the tree: a link
 * to `/etc` or to a neighbour's checkout is a notice, not a file.
 */
export async function readCommittedFiles(git: Git, options: CommittedFilesOptions): Promise<Files> {
  const paths = (options.paths ?? []).map((path) => insidePath(path));
  const limits = options.limits ?? defaultLimits;
  const listed = await listTree(git, options.commit, paths);
  const notices = listed.unnamable === 0 ? [] : [`${listed.unnamable} files have names that are not UTF-8`];
  const plain = listed.entries.filter((entry) => entry.kind === 'file');
  const links = listed.entries.filter((entry) => entry.kind === 'link');
  for (const entry of listed.entries) {
    if (entry.kind === 'submodule') notices.push(`${entry.path} is a submodule; its files are not read`);
  }
  // Only a tree with links needs the whole listing, to know what they point at.
  const linked = links.length === 0 ? [] : await followLinks(git, options.commit, links, notices);
  const found = [...plain, ...linked];
  checkLimits(found, limits);
  const contents = await readBlobs(
    git,
    found.map((entry) => entry.id),
  );
  const files = new Map<string, Uint8Array>();
  for (const entry of found) {
    const content = contents.get(entry.id);
    if (content === undefined) throw notHere(options.commit, entry);
    files.set(entry.path, content);
  }
  return { files: sortedByPath(files), notices, linked: new Set(linked.map((entry) => entry.path)) };
}

function insidePath(path: string): string {
  const inside = joinInside('', path);
  if (inside !== undefined) return inside;
  throw new Problem({
    reason: 'source-missing',
    message: 'The path leads out of the repository',
    where: path,
    hint: 'Name charts and values files by a path from the top of the repository.',
  });
}

async function followLinks(
  git: Git,
  commit: string,
  links: readonly TreeEntry[],
  notices: string[],
): Promise<readonly TreeEntry[]> {
  const all = (await listTree(git, commit)).entries;
  const byPath = new Map(all.map((entry) => [entry.path, entry]));
  const targets = await readBlobs(
    git,
    all.filter((entry) => entry.kind === 'link').map((entry) => entry.id),
  );
  const found: TreeEntry[] = [];
  // Links to folders can multiply each other; more than this is an attack or a mistake.
  let steps = 10_000;

  function follow(path: string, link: TreeEntry, seen: readonly string[]): void {
    const text = new TextDecoder().decode(targets.get(link.id) ?? new Uint8Array());
    const target = joinInside(folderOf(link.path), text);
    if (target === undefined) notices.push(`${path} is a link out of the repository and is not followed`);
    else if (seen.includes(link.path)) notices.push(`${path} is a link in a circle and is not followed`);
    else visit(path, resolveParents(target), [...seen, link.path]);
  }

  /** A target may itself lie behind links to folders; undefined where one of those leads out of the tree. */
  function resolveParents(target: string): string | undefined {
    let current = '';
    let hops = 0;
    const rest = target.split('/').filter((step) => step !== '');
    for (let step = rest.shift(); step !== undefined; step = rest.shift()) {
      const next = current === '' ? step : `${current}/${step}`;
      const entry = byPath.get(next);
      if (entry?.kind !== 'link' || rest.length === 0) {
        current = next;
        continue;
      }
      const text = new TextDecoder().decode(targets.get(entry.id) ?? new Uint8Array());
      const inside = joinInside(folderOf(next), text);
      hops += 1;
      if (inside === undefined || hops > 40) return undefined;
      rest.unshift(...inside.split('/').filter((part) => part !== ''));
      current = '';
    }
    return current;
  }

  function visit(path: string, target: string | undefined, seen: readonly string[]): void {
    if (target === undefined) {
      notices.push(`${path} is a link out of the repository and is not followed`);
      return;
    }
    const entry = byPath.get(target);
    const below = entry === undefined ? all.filter((other) => isBelow(other.path, [target])) : [entry];
    if (below.length === 0) notices.push(`${path} is a link to ${target}, which does not exist`);
    for (const other of below) {
      steps -= 1;
      if (steps < 0)
        throw new Problem({ reason: 'limit-exceeded', message: 'Links here lead to too many files', where: path });
      const place = path + other.path.slice(target.length);
      if (other.kind === 'file') found.push({ ...other, path: place });
      else if (other.kind === 'link') follow(place, other, seen);
    }
  }

  for (const link of links) follow(link.path, link, []);
  return found;
}

function notHere(commit: string, entry: TreeEntry): Problem {
  return new Problem({
    reason: 'source-missing',
    message: `The content of this file at ${commit.slice(0, 7)} is not in the local repository`,
    where: entry.path,
    hint: 'The clone is partial (--filter); clone without a filter.',
  });
}
