/** Releases whose last apply did not come through, and of which nothing is left to write: only their record is. */
import type { Notice, PlannedRelease } from '../../plan/plan.ts';
import { formatKey } from '../../resource/resource.ts';
import { ownParents, placeId } from '../state/own-parents.ts';
import type { Place } from '../state/state.ts';
import type { Repository } from './repository.ts';

export interface InterruptedInput {
  readonly repository: Repository;
  readonly commit: string;
  readonly place: Place;
  /** Unchanged releases that may be applied. */
  readonly releases: readonly PlannedRelease[];
}

/** Names of the releases whose interrupted run this commit may finish: it must not be older than that run's. */
export async function interruptedReleases(input: InterruptedInput): Promise<ReadonlySet<string>> {
  const { repository, commit, place, releases } = input;
  const names = new Set<string>();
  if (place.kind !== 'cluster') return names;
  for (const release of releases) {
    const attempt = place.parents.get(placeId(release))?.state.attempt;
    if (attempt === undefined) continue;
    const isOlder = attempt.commit !== commit && !(await repository.checkout.isAncestor(attempt.commit, commit));
    if (!isOlder) names.add(release.name);
  }
  return names;
}

/** Names of objects that a notice has room for. */
const mostNames = 10;

/** What is not known of runs that were cut off: what they were about to write may be there or not. */
export function interruptedNotices(place: Place, releases: readonly string[]): readonly Notice[] {
  if (place.kind !== 'cluster') return [];
  return ownParents(place, releases).flatMap(({ release, state: { attempt, pending } }) => {
    if (attempt === undefined || pending.length === 0) return [];
    const names = pending.slice(0, mostNames).map(formatKey).join(', ');
    const more = pending.length > mostNames ? ` and ${pending.length - mostNames} more` : '';
    const run = attempt.commit === '' ? 'A run' : `The run for ${attempt.commit.slice(0, 7)}`;
    const text = `${run} did not come through for ${release.name}, and it is not known from it what became of ${names}${more}. What is there now was read for this plan.`;
    return [{ severity: 'warning', text }];
  });
}
