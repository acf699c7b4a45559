/** `pushgate delete RELEASE`: takes everything of a release away that was applied, behind the brake and protected kinds. */
import { readRevisions } from '../cluster/read/helm-record.ts';
import { applyReleases } from '../cluster/write/apply-releases.ts';
import { environmentOf } from '../config/index.ts';
import { writeReleases } from '../manifests/write.ts';
import type { Host, Outcome } from './host.ts';
import { hooksOfRevision } from './planning/hooks-of-release.ts';
import { actorOf, namedReleases, openApplied, openOneEnvironment } from './run/one-environment.ts';
import { appliedParent, appliedRelease } from './state/applied-release.ts';
import { putBackOnCluster } from './state/put-back-cluster.ts';
import { putBackInManifests } from './state/put-back-manifests.ts';

export async function deleteRelease(host: Host): Promise<Outcome> {
  const here = await openOneEnvironment(host);
  const { repository, revision, policy } = here;
  const [name] = namedReleases(host, 'delete');
  await using state = await openApplied(host, { ...here, releases: [name], access: 'write' });
  if (environmentOf(revision.config, policy.name).releases.includes(name)) {
    host.warn(
      `${name} is still configured for ${policy.name}: the next apply makes it anew. Take it out of ${revision.config.file} first.`,
    );
  }
  const author = await actorOf(repository);
  const { place } = state;
  if (place.kind === 'cluster') {
    const parent = appliedParent(place, name);
    const { commit } = parent.state.origin;
    const revisions = await readRevisions(place.view.client, parent.release);
    const hooks = { all: hooksOfRevision(revisions.at(-1)?.document ?? {}) };
    const none = { config: {}, objects: [], only: undefined, mergeRequests: [], hold: undefined };
    return await putBackOnCluster({
      ...{ host, policy, place, target: state.target, actor: author.name, write: applyReleases },
      releases: [{ parent, ...none, commit, intent: 'removal', hooks }],
    });
  }
  const applied = appliedRelease(state, policy.name, name);
  const { record, recorded } = applied.release;
  return await putBackInManifests({
    host,
    policy,
    state,
    intent: 'delete',
    author,
    write: writeReleases,
    releases: [
      {
        applied,
        objects: new Map([...recorded.keys()].map((id) => [id, undefined])),
        from: { commit: record?.commit ?? '', mergeRequests: [], late: {} },
        hold: undefined,
        intent: 'removal',
      },
    ],
  });
}
