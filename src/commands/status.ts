/** `pushgate status [RELEASE...]`: what is applied, whether it is still as applied, and what is on hold. */
import { readTree, type TreeNode } from '../cluster/read/tree.ts';
import { policyOf, refuseUnknownReleases } from '../config/index.ts';
import type { Policy } from '../config/policy.ts';
import {
  type AppliedRevision,
  type EnvironmentStatus,
  type ReleaseStatus,
  type StatusNode,
  statusText,
} from '../report/status-text.ts';
import { ownParents } from './cluster-state.ts';
import { driftOfState } from './drift.ts';
import { chosenEnvironments, noEnvironment } from './environments.ts';
import type { Host, Outcome } from './host.ts';
import { knownCommit } from './known-commit.ts';
import { currentRevision, openApplied, outputForm } from './one-environment.ts';
import { openRepository, type Repository, type Revision } from './repository.ts';
import type { EnvironmentState } from './state.ts';

export async function status(host: Host): Promise<Outcome> {
  const repository = await openRepository(host);
  const revision = await currentRevision(repository);
  const statuses: EnvironmentStatus[] = [];
  for (const name of chosenEnvironments(host, repository.facts, revision.config, undefined)) {
    const policy = policyOf(revision.config, name);
    if (policy !== undefined) statuses.push(await environmentStatus(host, repository, { revision, policy }));
  }
  if (outputForm(host, ['text', 'json']) === 'json') {
    host.print(JSON.stringify({ schema: 'pushgate.dev/statuses/v1', environments: statuses }, undefined, 2));
  } else {
    const detail = host.given.words.length > 0 ? 'tree' : 'summary';
    if (statuses.length === 0) host.print(noEnvironment(revision));
    for (const one of statuses) host.print(statusText(one, { style: host.style, detail, now: host.now() }));
  }
  return { reason: 'no-changes', outputs: {} };
}

async function environmentStatus(
  host: Host,
  repository: Repository,
  { revision, policy }: { readonly revision: Revision; readonly policy: Policy },
): Promise<EnvironmentStatus> {
  const configured = revision.config.environments.find(({ name }) => name === policy.name)?.releases ?? [];
  await using state = await openApplied(host, { repository, revision, policy, releases: configured, access: 'read' });
  refuseUnknownReleases(host.given.words, { configs: [revision.config], others: state.recorded });
  const names = [...new Set([...configured, ...state.recorded])];
  const wanted = names.filter((name) => host.given.words.length === 0 || host.given.words.includes(name));
  const releases = [];
  const detail = host.given.words.length > 0 ? 'tree' : 'summary';
  for (const name of wanted) releases.push(await releaseStatus(repository, state, { name, detail }));
  return {
    schema: 'pushgate.dev/status/v1',
    environment: policy.name,
    target: state.target,
    releases,
    drift: await driftOfState(host, state, policy),
  };
}

async function releaseStatus(
  repository: Repository,
  state: EnvironmentState,
  { name, detail }: { readonly name: string; readonly detail: 'summary' | 'tree' },
): Promise<ReleaseStatus> {
  const found = await foundRelease(state, { name, detail });
  if (found === undefined) return { name, applied: undefined, hold: undefined, objects: [] };
  const { hold, objects, ...applied } = found;
  const known = await knownCommit(repository.checkout, applied.commit);
  return { name, applied: { ...applied, subject: known?.subject, author: known?.author }, hold, objects };
}

type Found = Omit<AppliedRevision, 'subject' | 'author'> & Pick<ReleaseStatus, 'hold' | 'objects'>;

/** A cluster is asked for its tree only when the release is to be shown as one. */
async function foundRelease(
  { place }: EnvironmentState,
  { name, detail }: { readonly name: string; readonly detail: 'summary' | 'tree' },
): Promise<Found | undefined> {
  if (place.kind === 'manifests') {
    const release = place.seen.releases.get(name);
    if (release?.record === undefined) return undefined;
    const { revision, commit, mergeRequests, time, hold } = release.record;
    const objects = [...release.recorded.values()].map(({ key }) => ({ key, health: undefined, children: [] }));
    return { revision, commit, mergeRequests, time, hold, objects };
  }
  const [parent] = place.kind === 'cluster' ? ownParents(place, [name]) : [];
  if (place.kind !== 'cluster' || parent === undefined) return undefined;
  const { revision, origin, at, hold } = parent.state;
  const objects = detail === 'tree' ? (await readTree(place.view, parent)).map(nodeOf) : [];
  return {
    revision,
    commit: origin.commit,
    mergeRequests: origin.mergeRequests,
    time: at,
    hold,
    objects,
  };
}

function nodeOf({ key, health, children }: TreeNode): StatusNode {
  return { key, health: health ?? { state: 'failed', message: 'not there' }, children: children.map(nodeOf) };
}
