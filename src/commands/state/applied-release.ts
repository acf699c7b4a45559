/** A release that was applied here, for verbs that act on what is there already. */
import type { Parent } from '../../cluster/read/parent.ts';
import type { ManifestsState, ReleaseState } from '../../manifests/read.ts';
import type { ManifestsRepository } from '../../manifests/repository.ts';
import { Problem } from '../../problem.ts';
import { ownParents } from './own-parents.ts';
import type { ClusterPlace, EnvironmentState } from './state.ts';

export interface Applied {
  readonly repository: ManifestsRepository;
  readonly seen: ManifestsState;
  readonly release: ReleaseState;
}

/** On a branch of rendered manifests. Throws `Problem` (`usage`) for a release that was never applied there. */
export function appliedRelease({ place, recorded }: EnvironmentState, environment: string, name: string): Applied {
  if (place.kind !== 'manifests') throw new Error(`${environment} is not a branch of rendered manifests`);
  const { repository, seen } = place;
  const release = seen.releases.get(name);
  if (release?.record === undefined) throw neverApplied(name, environment, recorded);
  return { repository, seen, release };
}

/** On a cluster. Throws `Problem` (`usage`) for a release that this environment never applied there. */
export function appliedParent(place: ClusterPlace, name: string): Parent {
  const [parent] = ownParents(place, [name]);
  if (parent !== undefined) return parent;
  const known = [...place.parents.values()].filter((one) => ownParents(place, [one.release.name]).includes(one));
  throw neverApplied(
    name,
    place.environment,
    known.map(({ release }) => release.name),
  );
}

function neverApplied(name: string, environment: string, known: readonly string[]): Problem {
  return new Problem({
    reason: 'usage',
    message: `${name} was never applied to ${environment}`,
    hint:
      known.length === 0
        ? `Nothing was applied to ${environment} yet.`
        : `Applied there: ${[...known].sort().join(', ')}.`,
  });
}
