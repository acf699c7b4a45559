/** `pushgate hold RELEASE... --reason TEXT`: nothing is applied to the releases until `pushgate unhold`. */
import { writeHold as writeHoldOnCluster } from '../cluster/write/hold.ts';
import type { Identity } from '../git/objects.ts';
import type { Hold } from '../manifests/hold.ts';
import { readManifests } from '../manifests/read.ts';
import { writeHold } from '../manifests/write.ts';
import { Problem } from '../problem.ts';
import { version } from '../version.ts';
import type { Host, Outcome } from './host.ts';
import { actorOf, namedReleases, openApplied, openOneEnvironment } from './run/one-environment.ts';
import { appliedParent, appliedRelease } from './state/applied-release.ts';
import type { ClusterPlace, EnvironmentState } from './state/state.ts';

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
  const here = await openOneEnvironment(host);
  const { repository, policy } = here;
  const names = namedReleases(host, change.verb);
  await using state = await openApplied(host, { ...here, releases: names, access: 'write' });
  const now = host.now();
  const author = await actorOf(repository);
  const wanted: Hold | undefined =
    change.verb === 'hold' ? { reason: change.reason, by: author.name, time: now.toISOString() } : undefined;
  const changed = await setHolds(state, { environment: policy.name, names, wanted, now, author });
  for (const name of names) host.print(holdText(name, policy.name, wanted, changed.has(name)));
  return { reason: changed.size === 0 ? 'no-changes' : 'applied', outputs: {} };
}

/** Sets or takes away holds; answers the releases whose hold changed. */
export async function setHolds(state: EnvironmentState, change: HoldChange): Promise<ReadonlySet<string>> {
  if (state.place.kind === 'cluster') return await holdOnCluster(state.place, change.names, change.wanted);
  return await holdInGit(state, change);
}

function holdText(name: string, environment: string, wanted: Hold | undefined, changed: boolean): string {
  if (!changed) return `${name} in ${environment} is not on hold.`;
  return wanted === undefined
    ? `${name} in ${environment} is no longer on hold: the next apply may change it.`
    : `${name} in ${environment} is on hold: nothing is applied to it until pushgate unhold ${name} --environment ${environment}`;
}

/** The releases whose hold was set or taken away. */
async function holdOnCluster(
  place: ClusterPlace,
  names: readonly string[],
  wanted: Hold | undefined,
): Promise<ReadonlySet<string>> {
  const parents = names.map((name) => appliedParent(place, name));
  const meant = parents.filter(({ state }) => wanted !== undefined || state.hold !== undefined);
  for (const parent of meant) {
    await writeHoldOnCluster(place.view.client, parent, { hold: wanted, toolVersion: version });
  }
  return new Set(meant.map(({ release }) => release.name));
}

export interface HoldChange {
  readonly environment: string;
  readonly names: readonly string[];
  readonly wanted: Hold | undefined;
  readonly now: Date;
  readonly author: Identity;
}

async function holdInGit(
  state: EnvironmentState,
  { environment, names, wanted, now, author }: HoldChange,
): Promise<ReadonlySet<string>> {
  const found = names.map((name) => appliedRelease(state, environment, name));
  const changed = new Set<string>();
  for (const { repository: place, release } of found) {
    // Each hold is a commit of its own, so the state is read anew: the one before it moved the branch.
    const seen = await readManifests(place, [release.name]);
    const isHeld = seen.releases.get(release.name)?.record?.hold !== undefined;
    if (!isHeld && wanted === undefined) continue;
    await writeHold(place, { seen, environment, release: release.name, hold: wanted, now, author });
    changed.add(release.name);
  }
  return changed;
}
