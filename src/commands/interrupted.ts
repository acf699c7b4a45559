/** Releases whose last apply did not come through, and of which nothing is left to write: only their record is. */
import type { PlannedRelease } from '../plan/plan.ts';
import { placeId } from './cluster-state.ts';
import type { Repository } from './repository.ts';
import type { Place } from './state.ts';

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
