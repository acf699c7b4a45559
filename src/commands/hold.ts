/** `pushgate hold RELEASE... --reason TEXT`: nothing is applied to the releases until `pushgate unhold`. */
import type { Hold } from '../manifests/hold.ts';
import { readManifests } from '../manifests/read.ts';
import { writeHold } from '../manifests/write.ts';
import { Problem } from '../problem.ts';
import type { Host, Outcome } from './host.ts';
import {
  actorOf,
  appliedRelease,
  currentRevision,
  namedReleases,
  oneEnvironment,
  openApplied,
} from './one-environment.ts';
import { openRepository } from './repository.ts';

export async function hold(host: Host): Promise<Outcome> {
  const reason = host.given.text('reason')?.trim() ?? '';
  if (reason === '') {
    throw new Problem({
      reason: 'usage',
      message: 'a hold needs a reason: whoever finds the release on hold wants to know why',
      hint: 'pushgate hold RELEASE --environment NAME --reason "…"',
    });
  }
  return await changeHold(host, { verb: 'hold', reason });
}

export async function changeHold(
  host: Host,
  change: { readonly verb: 'hold'; readonly reason: string } | { readonly verb: 'unhold' },
): Promise<Outcome> {
  const repository = await openRepository(host);
  const revision = await currentRevision(repository);
  const policy = oneEnvironment(host, revision);
  const names = namedReleases(host, change.verb);
  await using state = await openApplied(host, { repository, revision, policy, releases: names, access: 'write' });
  const found = names.map((name) => appliedRelease(state, policy.name, name));
  const now = host.now();
  const author = await actorOf(repository);
  let changes = 0;
  for (const { repository: place, release } of found) {
    const wanted: Hold | undefined =
      change.verb === 'hold' ? { reason: change.reason, by: author.name, time: now.toISOString() } : undefined;
    // Each hold is a commit of its own, so the state is read anew: the one before it moved the branch.
    const seen = await readManifests(place, [release.name]);
    const isHeld = seen.releases.get(release.name)?.record?.hold !== undefined;
    if (!isHeld && wanted === undefined) {
      host.print(`${release.name} in ${policy.name} is not on hold.`);
      continue;
    }
    await writeHold(place, { seen, environment: policy.name, release: release.name, hold: wanted, now, author });
    changes += 1;
    host.print(
      wanted === undefined
        ? `${release.name} in ${policy.name} is no longer on hold: the next apply may change it.`
        : `${release.name} in ${policy.name} is on hold: nothing is applied to it until pushgate unhold ${release.name} --environment ${policy.name}`,
    );
  }
  return { reason: changes === 0 ? 'no-changes' : 'applied', outputs: {} };
}
