/**
 * `pushgate rollback RELEASE`: brings back a former revision and holds the release, because Git still asks for the
 * newer one: without the hold the next apply would undo the rollback.
 */

import { readRevisions as readStored } from '../cluster/read/helm-record.ts';
import { applyReleases } from '../cluster/write/apply-releases.ts';
import { type Revision, readRevisionObjects, readRevisions } from '../manifests/history.ts';
import { writeReleases } from '../manifests/write.ts';
import { Problem } from '../problem.ts';
import { keyId, keyOf, type Resource } from '../resource/resource.ts';
import type { Host, Outcome } from './host.ts';
import { configOf, hooksOfRevision } from './planning/hooks-of-release.ts';
import {
  type Applied,
  actorOf,
  appliedRelease,
  currentRevision,
  namedReleases,
  oneEnvironment,
  openApplied,
} from './run/one-environment.ts';
import { openRepository } from './run/repository.ts';
import { appliedParent } from './state/cluster-applied.ts';
import { putBack } from './state/put-back.ts';
import { objectsOfManifest, type PutBackOnCluster, putBackOnCluster } from './state/put-back-cluster.ts';

export async function rollback(host: Host): Promise<Outcome> {
  const repository = await openRepository(host);
  const configuration = await currentRevision(repository);
  const policy = oneEnvironment(host, configuration);
  const [name] = namedReleases(host, 'rollback');
  await using state = await openApplied(host, {
    repository,
    revision: configuration,
    policy,
    releases: [name],
    access: 'write',
  });
  const author = await actorOf(repository);
  const { place } = state;
  if (place.kind === 'cluster')
    return await rollbackOnCluster(host, { policy, target: state.target, place, actor: author.name }, name);
  const applied = appliedRelease(state, policy.name, name);
  const revisions = await readRevisions(applied.repository, { tip: applied.seen.tip, release: name });
  const target = chosenRevision(host, { name, revisions, environment: policy.name });
  const { revision, commit, mergeRequests, late } = target.record;
  const outcome = await putBack({
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
        hold: holdOf(host, revision, author.name),
        removal: 'release',
      },
    ],
  });
  if (outcome.reason === 'applied') host.print(whatNext({ name, environment: policy.name, revisions, target }));
  return outcome;
}

/** On a cluster the revisions are those of Helm's storage, so one that Helm made can be gone back to as well. */
async function rollbackOnCluster(
  host: Host,
  where: Pick<PutBackOnCluster, 'policy' | 'target' | 'place' | 'actor'>,
  name: string,
): Promise<Outcome> {
  const parent = appliedParent(where.place, name);
  const stored = await readStored(where.place.view.client, parent.release);
  const revisions = [...stored].reverse().map((one) => ({
    record: { revision: one.version, mergeRequests: one.mergeRequests },
    stored: one,
  }));
  const target = chosenRevision(host, { name, revisions, environment: where.policy.name });
  const outcome = await putBackOnCluster({
    ...where,
    host,
    write: applyReleases,
    releases: [
      {
        parent,
        objects: objectsOfManifest(target.stored.manifest),
        only: undefined,
        commit: target.stored.commit,
        mergeRequests: target.stored.mergeRequests,
        hold: holdOf(host, target.record.revision, where.actor),
        intent: 'release',
        hooks: { all: hooksOfRevision(target.stored.document), phase: 'rollback' },
        config: configOf(target.stored.document),
      },
    ],
  });
  if (outcome.reason === 'applied') host.print(whatNext({ name, environment: where.policy.name, revisions, target }));
  return outcome;
}

function holdOf(host: Host, revision: number, by: string): { reason: string; by: string; time: string } {
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
  { record }: Revision,
): Promise<ReadonlyMap<string, Resource | undefined>> {
  const former = (await readRevisionObjects(repository, record)).map(
    (resource) => [keyId(keyOf(resource)), resource] as const,
  );
  const later = [...release.recorded.keys()].map((id) => [id, undefined] as const);
  return new Map<string, Resource | undefined>([...later, ...former]);
}

function whatNext({
  name,
  environment,
  revisions,
  target,
}: Choice & { readonly environment: string; readonly target: Known }): string {
  const newer = revisions.filter(({ record }) => record.revision > target.record.revision);
  const requests = [...new Set(newer.flatMap(({ record }) => record.mergeRequests))].sort((a, b) => a - b);
  const what = requests.length === 0 ? 'what came after it' : requests.map((number) => `!${number}`).join(', ');
  return [
    `${name} in ${environment} is on hold, because Git still asks for the newer revision.`,
    `Next: revert ${what} in a merge request, then: pushgate unhold ${name} --environment ${environment}`,
  ].join('\n');
}
