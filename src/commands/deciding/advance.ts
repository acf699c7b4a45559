/**
 * Releases that a commit leaves as they are, and whose record must follow it all the same: a change and its revert
 * leave nothing to write, but a late run of the change alone would otherwise still look newer than the record, and
 * undo the revert.
 */
import { resolveReleases } from '../../config/resolve.ts';
import type { FileCommit } from '../../git/commits.ts';
import type { PlannedRelease } from '../../plan/plan.ts';
import { filesOfChart } from '../../render/index.ts';
import { folderOf, isBelow } from '../../source/files.ts';
import { foldersOf, includesOthers, type Repository, type Revision } from '../run/repository.ts';
import type { EnvironmentState } from '../state/state.ts';

export interface AdvanceInput {
  readonly repository: Repository;
  readonly revision: Revision;
  readonly environment: string;
  readonly commit: string;
  readonly state: EnvironmentState;
  /** Unchanged releases that may be applied. */
  readonly releases: readonly PlannedRelease[];
}

/**
 * So many commits a record may stay behind while they touch other releases only: a push to one of many costs one. Not
 * more, because every commit since the recorded one is asked for the merge request that it came from.
 */
const mostBehind = 20;

/**
 * Names of the releases to record anew. Commits that touch nothing a release is made from need no record, or every push
 * to a large repository would be a commit in each environment.
 */
export async function releasesToAdvance(input: AdvanceInput): Promise<ReadonlySet<string>> {
  const { state, commit, repository } = input;
  const behind = input.releases.filter(({ name }) => {
    const recorded = state.release(name)?.commit;
    return recorded !== undefined && recorded !== commit;
  });
  if (behind.length === 0) return new Set();
  const last = await repository.checkout.lastCommits(commit, mostBehind + 1);
  const sourcesOf = releaseSources(input);
  const sourced = behind.map(({ name }) => ({ name, sources: sourcesOf(name) }));
  const known = sourced.flatMap(({ sources }) => sources ?? []);
  const answers = new Map<string, Promise<boolean>>();
  const names = new Set<string>();
  for (const { name, sources } of sourced) {
    const recorded = state.release(name)?.commit ?? '';
    const at = last.findIndex(({ id }) => id === recorded);
    if (at >= 0 && sources !== undefined) {
      if (touches(last.slice(0, at), sources)) names.add(name);
      continue;
    }
    const id = `${recorded} ${sources === undefined ? 'anywhere' : 'known'}`;
    const answer = answers.get(id) ?? isPassed(input, recorded, sources && known);
    answers.set(id, answer);
    if (await answer) names.add(name);
  }
  return names;
}

function touches(commits: readonly FileCommit[], sources: readonly string[]): boolean {
  return commits.some(({ files }) => files.some((file) => isBelow(file, sources)));
}

/** Files and folders that a release is made from; undefined where they can lie anywhere. */
function releaseSources(input: AdvanceInput): (name: string) => readonly string[] | undefined {
  const { repository, revision, environment } = input;
  const { configFile } = repository;
  if (includesOthers(revision.files.get(configFile))) return () => undefined;
  const linked = [...(revision.linked ?? [])];
  const releases = new Map(resolveReleases(revision.config, environment).map((release) => [release.name, release]));
  return (name) => {
    const release = releases.get(name);
    if (release === undefined) return undefined;
    const { chart, values } = release;
    const own = chart.kind === 'path' ? [chart.path] : [];
    const elsewhere = chart.kind === 'path' ? filesOfChart(revision.files, chart.path) : [];
    // By its folder, because a file that came and went is no longer among them.
    const leant = elsewhere.filter((file) => !isBelow(file, own)).map(folderOf);
    const sources = new Set([configFile, ...own, ...leant, ...values.map(({ path }) => path)]);
    if (sources.has('') || sources.has('.')) return undefined;
    // Where a link leads, and by which others, may change without a change of what is named here.
    return linked.some((file) => isBelow(file, [...sources])) ? undefined : [...sources];
  };
}

/** `sources`: of the releases that were recorded there; undefined where they can lie anywhere. */
async function isPassed(
  { repository, revision, commit }: AdvanceInput,
  recorded: string,
  sources: readonly string[] | undefined,
): Promise<boolean> {
  const { checkout, configFile } = repository;
  if (!(await checkout.isAncestor(recorded, commit))) return false;
  const folders = foldersOf(revision.config);
  const paths = sources === undefined || folders.includes('') ? [] : [configFile, ...folders, ...sources];
  const touching = await checkout.commitsBetween({ from: recorded, to: commit, parents: 'first', paths, limit: 1 });
  return touching.length > 0;
}
