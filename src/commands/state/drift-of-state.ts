/** What is there against what was applied, in one environment of either kind. */
import { type HandMadeObject, handMadeObjects } from '../../cluster/read/hand-made-objects.ts';
import { observeRelease as observeObjects } from '../../cluster/read/observe.ts';
import type { Policy } from '../../config/policy.ts';
import { type DriftReport, findDrift, type ObservedRelease } from '../../drift/drift.ts';
import { observeRelease } from '../../manifests/observe.ts';
import type { Host } from '../host.ts';
import { ownParents } from './own-parents.ts';
import type { EnvironmentState } from './state.ts';

/** As `driftOfState`, with the objects that people made beside the releases: one more list per kind and namespace. */
export async function driftAndHandwork(host: Host, state: EnvironmentState, policy: Policy): Promise<DriftReport> {
  const { place } = state;
  if (place.kind !== 'cluster') return await driftOfState(host, state, policy);
  const parents = ownParents(place, chosenOf(host, state));
  return await driftOfState(host, state, policy, await handMadeObjects(place.view, parents));
}

/** The drift of every release that was applied there, or of those that `--release` names. */
export async function driftOfState(
  host: Host,
  state: EnvironmentState,
  policy: Policy,
  handMade: readonly HandMadeObject[] = [],
): Promise<DriftReport> {
  const names = chosenOf(host, state);
  const { place } = state;
  const releases: ObservedRelease[] = [];
  if (place.kind === 'manifests') {
    for (const name of names) {
      const release = place.seen.releases.get(name);
      if (release !== undefined) releases.push(await observeRelease(place.repository, place.seen, release));
    }
  }
  if (place.kind === 'cluster') {
    for (const parent of ownParents(place, names)) {
      const objects = await observeObjects(place.view, parent);
      releases.push({ name: parent.release.name, objects, unreadable: [] });
    }
    const unseen = [...place.view.untried].filter((id) => id.startsWith('/secrets/'));
    if (unseen.length > 0) {
      host.warn(`Secrets of ${policy.name} are not compared: the ${place.view.client.login} may not look at them`);
    }
  }
  return findDrift({
    environment: policy,
    target: state.target,
    releases,
    handMade,
    mask: { secrets: [], key: host.given.text('key') },
    now: host.now(),
  });
}

function chosenOf(host: Host, { recorded }: EnvironmentState): readonly string[] {
  const chosen = host.given.list('release');
  return recorded.filter((name) => chosen.length === 0 || chosen.includes(name));
}
