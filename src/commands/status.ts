/** `pushgate status [RELEASE...]`: what is applied, whether it is still as applied, and what is on hold. */
import { policyOf } from '../config/index.ts';
import type { Policy } from '../config/policy.ts';
import { type EnvironmentStatus, type ReleaseStatus, statusText } from '../report/status-text.ts';
import { driftOfState } from './drift.ts';
import { chosenEnvironments } from './environments.ts';
import { knownCommit } from './history.ts';
import type { Host, Outcome } from './host.ts';
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
  const names = [...new Set([...configured, ...state.recorded])];
  const wanted = names.filter((name) => host.given.words.length === 0 || host.given.words.includes(name));
  const releases = [];
  for (const name of wanted) releases.push(await releaseStatus(repository, state, name));
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
  { place }: EnvironmentState,
  name: string,
): Promise<ReleaseStatus> {
  const release = place.kind === 'manifests' ? place.seen.releases.get(name) : undefined;
  const record = release?.record;
  if (release === undefined || record === undefined) return { name, applied: undefined, hold: undefined, objects: [] };
  const known = await knownCommit(repository.checkout, record.commit);
  const { revision, commit, mergeRequests, time } = record;
  return {
    name,
    applied: { revision, commit, mergeRequests, time, subject: known?.subject, author: known?.author },
    hold: record.hold,
    objects: [...release.recorded.values()].map(({ key }) => key),
  };
}
