/**
 * `pushgate rollback RELEASE`: brings back a former revision and holds the release, because Git still asks for the
 * newer one: without the hold the next apply would undo the rollback. A merge request reverts it in Git.
 */
import { readRevisions as readStored } from '../cluster/read/helm-record.ts';
import { applyReleases } from '../cluster/write/apply-releases.ts';
import type { Policy } from '../config/policy.ts';
import type { Identity } from '../git/objects.ts';
import { readRevisionObjects, readRevisions, type Revision as StoredRevision } from '../manifests/history.ts';
import type { Hold } from '../manifests/hold.ts';
import { writeReleases } from '../manifests/write.ts';
import { Problem } from '../problem.ts';
import { keyId, keyOf, type Resource } from '../resource/resource.ts';
import { setHolds } from './hold.ts';
import type { Host, Outcome } from './host.ts';
import { configOf, hooksOfRevision } from './planning/hooks-of-release.ts';
import { actorOf, namedReleases, type OneEnvironment, openApplied, openOneEnvironment } from './run/one-environment.ts';
import { type Applied, appliedParent, appliedRelease } from './state/applied-release.ts';
import { objectsOfManifest, type PutBackOnCluster, putBackOnCluster } from './state/put-back-cluster.ts';
import { putBackInManifests } from './state/put-back-manifests.ts';
import { proposeRevert } from './telling/revert-request.ts';

export async function rollback(host: Host): Promise<Outcome> {
  const here = await openOneEnvironment(host);
  const { policy } = here;
  const [name] = namedReleases(host, 'rollback');
  await using state = await openApplied(host, { ...here, releases: [name], access: 'write' });
  const author = await actorOf(here.repository);
  const { place } = state;
  const run = { here, policy, author };
  if (place.kind === 'cluster') return await rollbackOnCluster(host, { ...run, target: state.target, place }, name);
  const applied = appliedRelease(state, policy.name, name);
  const revisions = await readRevisions(applied.repository, { tip: applied.seen.tip, release: name });
  const target = chosenRevision(host, { name, revisions, environment: policy.name });
  const { revision, commit, mergeRequests, late } = target.record;
  const hold = holdOf(host, revision, author.name);
  const outcome = await putBackInManifests({
    host,
    policy,
    state,
    intent: 'rollback',
    author,
    write: writeReleases,
    releases: [
      {
        applied,
        objects: await objectsOf(applied, target),
        from: { commit, mergeRequests, late },
        hold,
        intent: 'release',
      },
    ],
  });
  const from = { ...run, name, revisions, target, commit, hold };
  if (outcome.reason === 'applied') await revertInGit(host, from);
  return outcome;
}

/** What a rollback is about, wherever the environment is. */
interface Run {
  readonly here: OneEnvironment;
  readonly policy: Policy;
  readonly author: Identity;
}

/** On a cluster the revisions are those of Helm's storage, so one that Helm made can be gone back to as well. */
async function rollbackOnCluster(
  host: Host,
  where: Run & Pick<PutBackOnCluster, 'target' | 'place'>,
  name: string,
): Promise<Outcome> {
  const parent = appliedParent(where.place, name);
  const stored = await readStored(where.place.view.client, parent.release);
  const revisions = [...stored].reverse().map((one) => ({
    record: { revision: one.version, mergeRequests: one.mergeRequests },
    stored: one,
  }));
  const target = chosenRevision(host, { name, revisions, environment: where.policy.name });
  const { policy, place, author } = where;
  const hold = holdOf(host, target.record.revision, author.name);
  const outcome = await putBackOnCluster({
    ...{ host, policy, place, target: where.target, actor: author.name },
    write: applyReleases,
    releases: [
      {
        parent,
        objects: objectsOfManifest(target.stored.manifest),
        only: undefined,
        commit: target.stored.commit,
        mergeRequests: target.stored.mergeRequests,
        hold,
        intent: 'release',
        hooks: { all: hooksOfRevision(target.stored.document), phase: 'rollback' },
        config: configOf(target.stored.document),
      },
    ],
  });
  const from = { ...where, name, revisions, target, commit: target.stored.commit, hold };
  if (outcome.reason === 'applied') await revertInGit(host, from);
  return outcome;
}

interface RolledBack extends Run {
  readonly name: string;
  /** Newest first. */
  readonly revisions: readonly Known[];
  readonly target: Known;
  /** What the revision was rendered from; '' where that is not known. */
  readonly commit: string;
  readonly hold: Hold;
}

/** Opens the merge request that reverts it and binds the hold to that one; else says what is to be done. */
async function revertInGit(host: Host, done: RolledBack): Promise<void> {
  const { name, policy, here, author, target } = done;
  const { repository } = here;
  const facts = {
    release: name,
    environment: policy.name,
    revision: target.record.revision,
    commit: done.commit,
    by: author.name,
    reason: host.given.text('reason')?.trim() ?? '',
    mergeRequests: rolledBackRequests(done),
  };
  const request = await proposeRevert({ host, repository, policy, author, facts });
  if (request === undefined) return host.print(whatNext(done));
  const { number, url } = request;
  const bound = await bindHold(host, done, number);
  const what = bound ? `until !${number} is merged or closed` : `and !${number} reverts it in Git`;
  host.print(`${name} in ${policy.name} is on hold ${what}: ${url}`);
}

/** What is there is read anew: the rollback has just written it. */
async function bindHold(host: Host, done: RolledBack, mergeRequest: number): Promise<boolean> {
  const { name, policy, here, author, hold } = done;
  const wanted = { ...hold, reason: `${hold.reason}; merging or closing !${mergeRequest} ends this`, mergeRequest };
  try {
    await using state = await openApplied(host, { ...here, releases: [name], access: 'write' });
    await setHolds(state, { environment: policy.name, names: [name], wanted, now: host.now(), author });
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const command = `pushgate unhold ${name} --environment ${policy.name}`;
    host.warn(`The hold does not end with !${mergeRequest}, but with ${command}: ${error.message}`);
    return false;
  }
}

function holdOf(host: Host, revision: number, by: string): Hold {
  const why = host.given.text('reason')?.trim() ?? '';
  return {
    reason: `rolled back to revision ${revision}${why === '' ? '' : `: ${why}`}`,
    by,
    time: host.now().toISOString(),
  };
}

/** What a revision has to say of itself, wherever it is kept. */
interface Known {
  readonly record: { readonly revision: number; readonly mergeRequests: readonly number[] };
}

interface Choice<R extends Known = Known> {
  readonly name: string;
  readonly environment: string;
  /** Newest first. */
  readonly revisions: readonly R[];
}

function chosenRevision<R extends Known>(host: Host, { name, environment, revisions }: Choice<R>): R {
  const wanted = host.given.text('to');
  const known = revisions.map(({ record }) => record.revision);
  const found =
    wanted === undefined ? revisions[1] : revisions.find(({ record }) => String(record.revision) === wanted);
  if (found !== undefined) return found;
  throw new Problem({
    reason: 'usage',
    message: wanted === undefined ? `${name} has no revision before this one` : `${name} has no revision ${wanted}`,
    hint: `It has: ${known.join(', ')}. pushgate history ${name} --environment ${environment} shows them.`,
  });
}

/** What the revision had, and an end for what came after it. */
async function objectsOf(
  { repository, release }: Applied,
  { record }: StoredRevision,
): Promise<ReadonlyMap<string, Resource | undefined>> {
  const former = (await readRevisionObjects(repository, record)).map(
    (resource) => [keyId(keyOf(resource)), resource] as const,
  );
  const later = [...release.recorded.keys()].map((id) => [id, undefined] as const);
  return new Map<string, Resource | undefined>([...later, ...former]);
}

function rolledBackRequests({ revisions, target }: Pick<RolledBack, 'revisions' | 'target'>): readonly number[] {
  const newer = revisions.filter(({ record }) => record.revision > target.record.revision);
  return [...new Set(newer.flatMap(({ record }) => record.mergeRequests))].sort((a, b) => a - b);
}

function whatNext(done: RolledBack): string {
  const { name, policy } = done;
  const requests = rolledBackRequests(done);
  const what = requests.length === 0 ? 'what came after it' : requests.map((number) => `!${number}`).join(', ');
  return [
    `${name} in ${policy.name} is on hold, because Git still asks for the newer revision.`,
    `Next: revert ${what} in a merge request, then: pushgate unhold ${name} --environment ${policy.name}`,
  ].join('\n');
}
