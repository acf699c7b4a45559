/** `pushgate unlock RELEASE...`: takes the lock of a run away that is gone for good. */
import { breakLease } from '../cluster/write/lease.ts';
import { appliedParent } from './cluster-applied.ts';
import type { Host, Outcome } from './host.ts';
import { currentRevision, namedReleases, oneEnvironment, openApplied } from './one-environment.ts';
import { openRepository } from './repository.ts';

export async function unlock(host: Host): Promise<Outcome> {
  const repository = await openRepository(host);
  const revision = await currentRevision(repository);
  const policy = oneEnvironment(host, revision);
  const names = namedReleases(host, 'unlock');
  await using state = await openApplied(host, { repository, revision, policy, releases: names, access: 'write' });
  const { place } = state;
  let taken = 0;
  for (const name of names) {
    // A branch of rendered manifests is moved in one step, so nothing is ever locked there.
    const holder =
      place.kind === 'cluster' ? await breakLease(place.view.client, appliedParent(place, name).release) : undefined;
    if (holder !== undefined) taken += 1;
    host.print(
      holder === undefined
        ? `${name} in ${policy.name} is not locked.`
        : `${name} in ${policy.name} is no longer locked by ${holder}. If that run still lives, what it writes is refused where anything moved.`,
    );
  }
  return { reason: taken === 0 ? 'no-changes' : 'applied', outputs: {} };
}
