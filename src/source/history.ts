/** Questions about history in clones that have only the end of it: what the answer needs is fetched, and no more. */
import { type Commit, isAncestor, type LogOptions, logCommits, mergeBase, resolveCommit } from '../git/commits.ts';
import type { Git } from '../git/git.ts';
import { fetchRefs, remoteUrl } from '../git/remote.ts';
import { Problem } from '../problem.ts';

/** Each step fetches this many more commits; the last one asks for everything. */
const steps = ['--deepen=50', '--deepen=500', '--deepen=5000', '--unshallow'];

/** As `mergeBase`; undefined only where the commits are really unrelated. */
export async function mergeBaseOrFetch(git: Git, one: string, other: string): Promise<string | undefined> {
  return await deepening(git, [one, other], () => mergeBase(git, one, other));
}

/** As `isAncestor`; an ancestor that this clone has never heard of is fetched, or is none. */
export async function isAncestorOrFetch(git: Git, ancestor: string, descendant: string): Promise<boolean> {
  const found = await deepening(git, [descendant], async () => {
    if ((await resolveCommit(git, ancestor)) === undefined) return undefined;
    return (await isAncestor(git, ancestor, descendant)) ? true : undefined;
  });
  return found ?? false;
}

/** As `logCommits`. The oldest commit of a short clone seems to have no parents, so it is not taken for the first. */
export async function commitsOrFetch(git: Git, range: LogOptions): Promise<readonly Commit[]> {
  if (range.from !== undefined) {
    await isAncestorOrFetch(git, range.from, range.to);
    return await logCommits(git, range);
  }
  let commits: readonly Commit[] = [];
  await deepening(git, [range.to], async () => {
    commits = await logCommits(git, range);
    return range.limit !== undefined && commits.length >= range.limit ? true : undefined;
  });
  return commits;
}

/** Asks again with more history until there is an answer or no more history. */
async function deepening<Answer>(
  git: Git,
  tips: readonly string[],
  ask: () => Promise<Answer | undefined>,
): Promise<Answer | undefined> {
  let answer = await ask();
  for (const depth of steps) {
    if (answer !== undefined || !(await isShallow(git))) return answer;
    if ((await remoteUrl(git)) === undefined) {
      throw new Problem({
        reason: 'source-missing',
        message: 'This clone has only the last commits, and no remote named origin to fetch the others from',
        hint: 'Clone the whole history (fetch-depth: 0 on GitHub, GIT_DEPTH: 0 on GitLab).',
      });
    }
    await fetchRefs(git, { remote: 'origin', refspecs: tips, depth });
    answer = await ask();
  }
  return answer;
}

async function isShallow(git: Git): Promise<boolean> {
  return (await git.run(['rev-parse', '--is-shallow-repository'])).trim() === 'true';
}

/** Brings branches, full refs and ids from `origin` here; ids that are here already are not asked for. */
export async function fetchNames(git: Git, names: readonly string[]): Promise<readonly string[]> {
  const wanted = await Promise.all(names.map((name) => fetchable(git, name)));
  const refspecs = wanted.flatMap(({ refspec }) => (refspec === undefined ? [] : [refspec]));
  // A clone that is not whole stays as short as it is: history is fetched when something asks for it.
  const depth = (await isShallow(git)) ? '--depth=1' : undefined;
  if (refspecs.length > 0) await fetchRefs(git, { remote: 'origin', refspecs, depth });
  return await Promise.all(wanted.map(({ name, place }) => mustResolve(git, name, place)));
}

interface Fetchable {
  readonly name: string;
  /** Where the commit is found afterwards. */
  readonly place: string;
  readonly refspec: string | undefined;
}

async function fetchable(git: Git, name: string): Promise<Fetchable> {
  if (/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(name)) {
    const here = await resolveCommit(git, name);
    return { name, place: name, refspec: here === undefined ? name : undefined };
  }
  if (!name.startsWith('refs/')) {
    return { name, place: `refs/remotes/origin/${name}`, refspec: `refs/heads/${name}:refs/remotes/origin/${name}` };
  }
  const place = `refs/pushgate/${name.slice('refs/'.length)}`;
  return { name, place, refspec: `${name}:${place}` };
}

async function mustResolve(git: Git, name: string, place: string): Promise<string> {
  const commit = await resolveCommit(git, place);
  if (commit !== undefined) return commit;
  throw new Problem({ reason: 'source-missing', message: `origin has no ${name}` });
}
