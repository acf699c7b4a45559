/** Bringing back, on a branch of rendered manifests, what was applied before. */
import type { Policy } from '../../config/policy.ts';
import type { Identity } from '../../git/objects.ts';
import type { Hold } from '../../manifests/hold.ts';
import type { WriteIntent } from '../../manifests/message.ts';
import type { ReleasesWriter } from '../../manifests/writing.ts';
import type { ObjectFacts, ReleaseFacts } from '../../plan/facts.ts';
import type { ReleaseWork } from '../../plan/work.ts';
import type { ReleaseOutcome } from '../../report/outcome.ts';
import { keyOf, type Resource } from '../../resource/resource.ts';
import type { Host, Outcome } from '../host.ts';
import type { Applied } from './applied-release.ts';
import { putBack } from './put-back.ts';
import type { EnvironmentState } from './state.ts';

export interface PutBackFiles {
  readonly applied: Applied;
  /** What is to be there, by `keyId`: undefined for an object that is to go. Others are left alone. */
  readonly objects: ReadonlyMap<string, Resource | undefined>;
  /** Commit, merge requests and late values of the revision that is put back. */
  readonly from: {
    readonly commit: string;
    readonly mergeRequests: readonly number[];
    readonly late: Readonly<Record<string, string>>;
  };
  readonly hold: Hold | undefined;
  /** `removal`: nothing of the release is to stay, and that is meant. */
  readonly intent: ReleaseFacts['intent'];
}

export interface PutBackInManifests {
  readonly host: Host;
  readonly policy: Policy;
  readonly state: EnvironmentState;
  readonly intent: WriteIntent;
  readonly author: Identity;
  /** The writing door, opened by the verb. */
  readonly write: ReleasesWriter;
  readonly releases: readonly PutBackFiles[];
}

/** As `putBack`; each release is a commit of its own on the branch. */
export async function putBackInManifests(run: PutBackInManifests): Promise<Outcome> {
  const { host, policy, state, releases } = run;
  return await putBack({
    host,
    policy,
    target: state.target,
    commit: releases[0]?.from.commit ?? '',
    releases: releases.map(releaseFacts),
    record: 'as-it-is',
    write: async ({ plan, work }) => {
      const outcomes: ReleaseOutcome[] = [];
      for (const release of releases) {
        const { name } = release.applied.release;
        const changes = plan.releases.find((planned) => planned.name === name)?.changes ?? [];
        const own = work.releases.find((one) => one.name === name);
        if (changes.length === 0 || own === undefined) continue;
        const into = await writeOne(run, release, { ...own, desired: remaining(release) });
        outcomes.push({ kind: 'applied', name, changes, into, mergeRequests: release.from.mergeRequests });
      }
      return outcomes;
    },
  });
}

async function writeOne(
  { host, policy, intent, author, write }: PutBackInManifests,
  release: PutBackFiles,
  work: ReleaseWork,
): Promise<string | undefined> {
  const { applied, from, hold } = release;
  const { commit } = await write(applied.repository, {
    seen: applied.seen,
    environment: policy.name,
    intent,
    source: { repository: applied.release.record?.repository ?? '', commit: from.commit },
    releases: [{ work, mergeRequests: from.mergeRequests, late: from.late, hold }],
    now: host.now(),
    author,
  });
  return commit;
}

/**
 * What was recorded plays no part here: every difference between what is there and what is wanted is asked for, also
 * the one that somebody made by hand. So live stands for recorded.
 */
function releaseFacts({ applied, objects, intent }: PutBackFiles): ReleaseFacts {
  const { name, record, live, recorded } = applied.release;
  const ids = new Set([...recorded.keys(), ...objects.keys()]);
  const facts = [...ids].sort().flatMap((id): ObjectFacts[] => {
    const there = live.get(id)?.resource;
    const desired = objects.has(id) ? objects.get(id) : there;
    const some = desired ?? there;
    if (some === undefined) return [];
    const none = { bound: undefined, target: undefined, predicted: undefined, source: undefined, origin: undefined };
    return [{ key: keyOf(some), desired, recorded: there, live: there, ...none }];
  });
  return { name, namespace: record?.namespace ?? '', objects: facts, hold: undefined, intent };
}

/** Every object that the release has afterwards, for its record. */
function remaining({ applied, objects }: PutBackFiles): readonly Resource[] {
  const untouched = [...applied.release.recorded].filter(([id]) => !objects.has(id));
  return [
    ...untouched.map(([, { resource }]) => resource),
    ...[...objects.values()].flatMap((resource) => resource ?? []),
  ];
}
