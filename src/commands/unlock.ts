/** `pushgate unlock RELEASE... --reason TEXT`: takes the lock of a run away that is gone for good. */
import { breakLease } from '../cluster/write/lease.ts';
import { Problem } from '../problem.ts';
import type { Host, Outcome } from './host.ts';
import { actorOf, namedReleases, openApplied, openOneEnvironment } from './run/one-environment.ts';
import { releasePlaces } from './run/release-places.ts';
import { appliedParent } from './state/applied-release.ts';

export async function unlock(host: Host): Promise<Outcome> {
  const reason = host.given.text('reason')?.trim() ?? '';
  if (reason === '') {
    throw new Problem({
      reason: 'usage',
      message: 'taking a lock away needs a reason: the run that loses it says it, and the lock keeps it',
      hint: 'pushgate unlock RELEASE --environment NAME --reason "…"',
    });
  }
  const here = await openOneEnvironment(host);
  const { repository, revision, policy } = here;
  const names = namedReleases(host, 'unlock');
  await using state = await openApplied(host, { ...here, releases: names, access: 'write' });
  const { place } = state;
  const by = (await actorOf(repository)).name;
  // A first apply that died has a lock and no record yet.
  const configured = releasePlaces(revision, policy.name);
  let taken = 0;
  for (const name of names) {
    const known = configured.find((release) => release.name === name);
    // A branch of rendered manifests is moved in one step, so nothing is ever locked there.
    const held =
      place.kind === 'cluster'
        ? await breakLease(place.view.client, known ?? appliedParent(place, name).release, {
            by,
            reason,
            at: host.now().toISOString(),
          })
        : undefined;
    if (held !== undefined) taken += 1;
    host.print(
      held === undefined
        ? `${name} in ${policy.name} is not locked.`
        : `${name} in ${policy.name} is no longer locked by ${held.holder}${held.since === '' ? '' : `, which had it since ${held.since}`}. If that run still lives, it notices within 15 s and stops; what it writes until then is refused where anything moved.`,
    );
  }
  return { reason: taken === 0 ? 'no-changes' : 'applied', outputs: {} };
}
