/** `pushgate unlock RELEASE... --reason TEXT`: takes the lock of a run away that is gone for good. */
import type { ReleasePlace } from '../cluster/read/parent.ts';
import { endPending } from '../cluster/write/helm-record.ts';
import { breakLease } from '../cluster/write/lease.ts';
import { Problem } from '../problem.ts';
import type { Host, Outcome } from './host.ts';
import { actorOf, namedReleases, openApplied, openOneEnvironment } from './run/one-environment.ts';
import { releasePlaces } from './run/release-places.ts';
import { appliedParent } from './state/applied-release.ts';
import type { ClusterPlace } from './state/state.ts';

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
    const lines =
      place.kind === 'cluster'
        ? await unlockOnCluster(place, known ?? appliedParent(place, name).release, {
            by,
            reason,
            environment: policy.name,
            now: host.now(),
          })
        : [];
    if (lines.length > 0) taken += 1;
    // A branch of rendered manifests is moved in one step, so nothing is ever locked there.
    for (const line of lines.length === 0 ? [`${name} in ${policy.name} is not locked.`] : lines) host.print(line);
  }
  return { reason: taken === 0 ? 'no-changes' : 'applied', outputs: {} };
}

interface Unlocking {
  readonly by: string;
  readonly reason: string;
  readonly environment: string;
  readonly now: Date;
}

/** What was taken away, in words: our own lock, and the revision that a killed Helm keeps everybody from the release by. */
async function unlockOnCluster(
  { view: { client } }: ClusterPlace,
  release: ReleasePlace,
  { by, reason, environment, now }: Unlocking,
): Promise<readonly string[]> {
  const held = await breakLease(client, release, { by, reason, at: now.toISOString() });
  const pending = await endPending(client, release, { by, reason, now });
  const what = `${release.name} in ${environment}`;
  const since = held === undefined || held.since === '' ? '' : `, which had it since ${held.since}`;
  return [
    ...(held === undefined
      ? []
      : [
          `${what} is no longer locked by ${held.holder}${since}. If that run still lives, it notices within 15 s and stops; what it writes until then is refused where anything moved.`,
        ]),
    ...(pending === undefined
      ? []
      : [
          `${what} is no longer locked by Helm: its revision ${pending.version} was ${pending.status}, and failed now.`,
        ]),
  ];
}
