/** The state of an environment that is a Git branch of rendered manifests. */
import type { Target } from '../../config/config.ts';
import type { ManifestsState, ReleaseState as StoredRelease } from '../../manifests/read.ts';
import { readManifests } from '../../manifests/read.ts';
import { openManifests } from '../../manifests/repository.ts';
import type { Host } from '../host.ts';
import type { Repository } from '../run/repository.ts';
import { loginOf } from '../run/repository.ts';
import type { EnvironmentState, ReleaseState } from './state.ts';

/** Opens the branch at its tip now. `releases` names those to look for even where they have no record. */
export async function manifestsState(
  host: Host,
  repository: Repository,
  options: { readonly target: Extract<Target, { readonly kind: 'manifests' }>; readonly releases: readonly string[] },
): Promise<EnvironmentState> {
  const opened = await openManifests({
    target: options.target,
    checkout: repository.checkout.directory,
    variables: host.env,
    login: loginOf(host, repository.facts),
    origin: repository.checkout.remoteUrl,
    signal: host.signal,
    hurry: host.hurry,
  });
  const seen = await readManifests(opened, options.releases);
  return {
    target: opened.description,
    place: { kind: 'manifests', repository: opened, seen },
    recorded: recordedIn(seen),
    release: (name) => releaseState(seen.releases.get(name)),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

function recordedIn(seen: ManifestsState): readonly string[] {
  return [...seen.releases.values()].filter(({ record }) => record !== undefined).map(({ name }) => name);
}

function releaseState(stored: StoredRelease | undefined): ReleaseState | undefined {
  if (stored === undefined || (stored.record === undefined && stored.live.size === 0)) return undefined;
  return {
    namespace: stored.record?.namespace ?? '',
    commit: stored.record?.commit,
    objects: [...stored.recorded.values()].map(({ resource }) => resource),
    live: [...stored.live.values()].map(({ resource }) => resource),
    hold: stored.record?.hold,
  };
}
