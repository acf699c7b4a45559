/** Which of the parents in a cluster are this environment's. Apart from looking at clusters, whose code is large. */
import type { Parent, ReleasePlace } from '../../cluster/read/parent.ts';
import { sameRepository } from '../../git/repository-name.ts';
import type { ClusterPlace, EnvironmentState } from './state.ts';

/** The parents of these releases that this environment of this repository applied. */
export function ownParents(
  { parents, environment, source }: ClusterPlace,
  names: readonly string[],
): readonly Parent[] {
  return [...parents.values()].filter(
    (parent) => names.includes(parent.release.name) && isOwn(parent, environment, source),
  );
}

/** Where releases of the environment are, with those that are about to be. */
export function namespacesOf(
  { parents, environment, source }: ClusterPlace,
  releases: readonly ReleasePlace[],
): readonly string[] {
  const own = [...parents.values()].filter((parent) => isOwn(parent, environment, source));
  return [...own.map(({ release }) => release), ...releases].map(({ namespace }) => namespace);
}

/** Begins what comparing these releases will ask the cluster for, while their charts are still to be rendered. */
export function lookAhead({ place, recorded }: EnvironmentState, chosen: readonly string[]): void {
  if (place.kind !== 'cluster') return;
  const names = chosen.length === 0 ? recorded : chosen;
  place.view.lookAhead(ownParents(place, names));
}

/** The key of a release among `ClusterPlace.parents`. */
export function placeId({ name, namespace }: ReleasePlace): string {
  return `${namespace}/${name}`;
}

export function isOwn({ state }: Parent, environment: string, source: string): boolean {
  return state.origin.environment === environment && sameRepository(state.origin.repository, source);
}
