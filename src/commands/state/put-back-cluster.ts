/** Bringing back, on a cluster, what was applied before. */
import type { RenderedHooks } from '../../cluster/read/hook-facts.ts';
import type { Hold, Parent } from '../../cluster/read/parent.ts';
import type { ReleasesApplier } from '../../cluster/writing.ts';
import type { Policy } from '../../config/policy.ts';
import type { ReleaseFacts } from '../../plan/facts.ts';
import type { Work } from '../../plan/work.ts';
import type { Problem } from '../../problem.ts';
import { type JsonObject, keyId, type Resource } from '../../resource/resource.ts';
import { isResource } from '../../resource/scope.ts';
import { readYamlDocuments } from '../../yaml/index.ts';
import type { Host, Outcome } from '../host.ts';
import { clusterFacts } from './cluster-state.ts';
import { namespacesOf } from './own-parents.ts';
import { putBack } from './put-back.ts';
import type { ClusterPlace } from './state.ts';
import { writingOnCluster } from './writing-on-cluster.ts';

export interface PutBackOnCluster {
  readonly host: Host;
  readonly policy: Policy;
  readonly place: ClusterPlace;
  /** Where the environment is, in words. */
  readonly target: string;
  readonly actor: string;
  /** The writing door, opened by the verb. */
  readonly write: ReleasesApplier;
  readonly releases: readonly PutBackRelease[];
}

export interface PutBackRelease {
  readonly parent: Parent;
  /** Everything that the release is to have. */
  readonly objects: readonly Resource[];
  /** Ids of the objects that may be written; undefined for all. */
  readonly only: ReadonlySet<string> | undefined;
  readonly commit: string;
  readonly mergeRequests: readonly number[];
  readonly hold: Hold | undefined;
  /** `removal`: nothing of the release is to stay, and that is meant. */
  readonly intent: ReleaseFacts['intent'];
  readonly hooks: RenderedHooks;
  /** The values that it was rendered with, for Helm's record. */
  readonly config: JsonObject;
}

/** The objects of a manifest from Helm's storage. */
export function objectsOfManifest(manifest: string): readonly Resource[] {
  return [...readYamlDocuments(manifest)].flatMap(({ value }) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && isResource(value as Resource)
      ? [value as Resource]
      : [],
  );
}

/** As `putBack`. A hold to set, and a record that an interrupted run left, are written even where no object changes. */
export async function putBackOnCluster(run: PutBackOnCluster): Promise<Outcome> {
  const { host, policy, target, releases } = run;
  const sets = releases.some(({ hold }) => hold !== undefined);
  // A run that was cut off has left a record to finish, even where nothing more is to be written.
  const isCutOff = releases.some(({ parent }) => parent.state.attempt !== undefined);
  return await putBack({
    host,
    policy,
    target,
    commit: releases[0]?.commit ?? '',
    releases: await Promise.all(releases.map((release) => factsOf(run, release))),
    record: sets || isCutOff ? 'due' : 'as-it-is',
    write: async ({ plan, work }) => {
      const problems = await writeAll(run, work);
      return plan.releases.map(({ name, changes }, index) => {
        const problem = problems.get(name);
        const { mergeRequests = [] } = releases[index] ?? {};
        return problem === undefined
          ? { kind: 'applied', name, changes, into: undefined, mergeRequests }
          : { kind: 'failed', name, problem };
      });
    },
  });
}

async function writeAll(run: PutBackOnCluster, work: Work): Promise<ReadonlyMap<string, Problem>> {
  const { host, policy, place, releases } = run;
  return await run.write({
    ...writingOnCluster(host, place, policy),
    source: { repository: place.source, commit: '' },
    releases: releases.map((release, index) => {
      const own = work.releases[index];
      if (own === undefined) throw new Error(`${release.parent.release.name} was not planned`);
      return {
        work: own,
        parent: release.parent,
        commit: release.commit,
        mergeRequests: release.mergeRequests,
        needs: [],
        chart: release.parent.state.chart,
        marks: release.parent.state.marks,
        config: release.config,
        ...(release.hold === undefined ? {} : { hold: release.hold }),
      };
    }),
    namespaces: namespacesOf(place, []),
    holder: `${run.actor} at ${host.now().toISOString()}`,
  });
}

/**
 * What was recorded plays no part here: every difference between what is there and what is wanted is asked for, also
 * the one that somebody made by hand. So live stands for recorded, and a hold does not hold.
 */
async function factsOf({ policy, place }: PutBackOnCluster, release: PutBackRelease): Promise<ReleaseFacts> {
  const facts = await clusterFacts(place, policy, {
    ...release.parent.release,
    objects: release.objects.map((resource) => ({ resource, bound: resource, source: undefined, origin: undefined })),
    target: undefined,
    intent: release.intent,
    marks: release.parent.state.marks,
    prediction: 'server',
    key: undefined,
    hooks: release.hooks,
  });
  const isMeant = (id: string): boolean => release.only === undefined || release.only.has(id);
  return {
    ...facts,
    hold: undefined,
    objects: facts.objects.map((object) =>
      isMeant(keyId(object.key))
        ? { ...object, recorded: object.live }
        : { ...object, recorded: object.desired, live: object.desired, predicted: object.desired },
    ),
  };
}
