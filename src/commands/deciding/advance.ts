/**
 * Releases that a commit leaves as they are, and whose record must follow it all the same: a change and its revert
 * leave nothing to write, but a late run of the change alone would otherwise still look newer than the record, and
 * undo the revert.
 */
import type { PlannedRelease } from '../../plan/plan.ts';
import { foldersOf, type Repository, type Revision } from '../run/repository.ts';
import type { EnvironmentState } from '../state/state.ts';

export interface AdvanceInput {
  readonly repository: Repository;
  readonly revision: Revision;
  readonly commit: string;
  readonly state: EnvironmentState;
  /** Unchanged releases that may be applied. */
  readonly releases: readonly PlannedRelease[];
}

/**
 * Names of the releases to record anew. Commits that touch nothing a release is made from need no record, or every push
 * to a large repository would be a commit in each environment.
 */
export async function releasesToAdvance(input: AdvanceInput): Promise<ReadonlySet<string>> {
  const answers = new Map<string, Promise<boolean>>();
  const names = new Set<string>();
  for (const { name } of input.releases) {
    const recorded = input.state.release(name)?.commit;
    if (recorded === undefined || recorded === input.commit) continue;
    const answer = answers.get(recorded) ?? isPassed(input, recorded);
    answers.set(recorded, answer);
    if (await answer) names.add(name);
  }
  return names;
}

async function isPassed({ repository, revision, commit }: AdvanceInput, recorded: string): Promise<boolean> {
  const { checkout, configFile } = repository;
  if (!(await checkout.isAncestor(recorded, commit))) return false;
  const folders = foldersOf(revision.config);
  // An included file can lie anywhere.
  const includes = /^include:/m.test(new TextDecoder().decode(revision.files.get(configFile)));
  const paths = includes || folders.includes('') ? [] : [configFile, ...folders];
  const touching = await checkout.commitsBetween({ from: recorded, to: commit, parents: 'first', paths, limit: 1 });
  return touching.length > 0;
}
