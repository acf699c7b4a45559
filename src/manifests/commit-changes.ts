/** One commit on the branch, or nothing: made anew on what others wrote, unless this run relied on what they changed. */
import { logFiles } from '../git/commits.ts';
import { changedTree, type Identity, listTree, type TreeChange, writeCommit } from '../git/objects.ts';
import { Problem } from '../problem.ts';
import type { ManifestsState } from './read.ts';
import type { ManifestsRepository } from './repository.ts';

interface CommitRequest {
  readonly seen: ManifestsState;
  readonly changes: readonly TreeChange[];
  /** What of the seen state this commit relies on. */
  readonly folders: readonly string[];
  readonly message: string;
  readonly now: Date;
  readonly author: Identity;
  readonly committer: Identity;
}

const mostRaces = 8;

/** `commit` is undefined where the branch has all of it already. Throws `Problem`: `conflict`, `race-lost`. */
export async function commitChanges(
  repository: ManifestsRepository,
  request: CommitRequest,
): Promise<{ readonly commit: string | undefined; readonly races: number }> {
  const { git, branch } = repository;
  let tip = request.seen.tip;
  for (let races = 0; races < mostRaces; races++) {
    const before = tip === undefined ? undefined : (await git.run(['rev-parse', `${tip}^{tree}`])).trim();
    const tree = await changedTree(git, before, request.changes);
    if (tree === before) return { commit: undefined, races };
    const { message, author, committer } = request;
    const parents = tip === undefined ? [] : [tip];
    const commit = await writeCommit(git, {
      tree,
      parents,
      message,
      author,
      committer,
      time: request.now.toISOString(),
    });
    if ((await repository.move(tip, commit)) === 'pushed') return { commit, races };
    await new Promise((wake) => setTimeout(wake, 50 * Math.random() * 2 ** races));
    tip = await repository.tip();
    await refuseConflict(repository, request, tip);
  }
  throw new Problem({
    reason: 'race-lost',
    message: `Others kept writing to ${branch}: nothing was written after ${mostRaces} tries`,
    hint: 'Run the job again.',
  });
}

/** Compares what this run saw with what is there now, as far as the run relies on it. */
async function refuseConflict(
  repository: ManifestsRepository,
  { seen, changes, folders }: CommitRequest,
  tip: string | undefined,
): Promise<void> {
  const { git, branch, path } = repository;
  const listed = tip === undefined ? [] : (await listTree(git, tip, path === '' ? [] : [path])).entries;
  const fresh = new Map(listed.map((entry) => [entry.path, entry.id]));
  const relied = [...seen.blobs.keys()].filter((file) =>
    folders.some((folder) => file === folder || file.startsWith(`${folder}/`)),
  );
  const moved = [...new Set([...relied, ...changes.map((change) => change.path)])].filter(
    (file) => fresh.get(file) !== seen.blobs.get(file),
  );
  if (moved.length === 0) return;
  throw new Problem({
    reason: 'conflict',
    message: `Somebody changed ${moved.length === 1 ? 'a file' : `${moved.length} files`} in ${branch} that this run was about to rely on; nothing was written`,
    excerpt: await whoMoved(repository, { from: seen.tip, to: tip, files: moved.sort() }),
    hint: 'Look at the new plan, and approve it if it is still what you want.',
  });
}

async function whoMoved(
  { git, branch }: ManifestsRepository,
  range: { readonly from: string | undefined; readonly to: string | undefined; readonly files: readonly string[] },
): Promise<string> {
  const { from, to, files } = range;
  if (to === undefined) return `${branch} was deleted`;
  const commits = await logFiles(git, { from, to, paths: files });
  const lines = files.slice(0, 10).map((file) => {
    const last = commits.find((commit) => commit.files.includes(file));
    if (last === undefined) return `${file}: in a history that does not contain what this run saw`;
    return `${file}: ${last.author.name}, ${last.committer.time}, ${last.id.slice(0, 7)} "${last.subject}"`;
  });
  return [...lines, ...(files.length > 10 ? [`and ${files.length - 10} more`] : [])].join('\n');
}
