/** Bringing back objects that were applied before: shown as a plan first, written only with `--yes`. */
import type { Policy } from '../../config/policy.ts';
import type { Identity } from '../../git/objects.ts';
import type { Hold } from '../../manifests/hold.ts';
import type { WriteIntent } from '../../manifests/message.ts';
import type { ReleasesWriter } from '../../manifests/writing.ts';
import { buildPlan } from '../../plan/build.ts';
import type { ObjectFacts, ReleaseFacts } from '../../plan/facts.ts';
import type { ReleaseWork } from '../../plan/work.ts';
import { Problem } from '../../problem.ts';
import { changesOf } from '../../report/change-text.ts';
import { outcomeText } from '../../report/outcome.ts';
import { planText } from '../../report/terminal.ts';
import { keyOf, type Resource } from '../../resource/resource.ts';
import type { Host, Outcome } from '../host.ts';
import type { Applied } from '../run/one-environment.ts';
import { outputsOf } from '../telling/outputs.ts';
import type { EnvironmentState } from './state.ts';

export interface PutBack {
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
  readonly removal: ReleaseFacts['intent'];
}

export interface PutBackRun {
  readonly host: Host;
  readonly policy: Policy;
  readonly state: EnvironmentState;
  readonly intent: WriteIntent;
  readonly author: Identity;
  /** The writing door, opened by the verb. */
  readonly write: ReleasesWriter;
  readonly releases: readonly PutBack[];
}

/** Prints the plan; with `--yes` also writes it. The prune brake and protected kinds count here as in an apply. */
export async function putBack(run: PutBackRun): Promise<Outcome> {
  const { host, policy, state, releases } = run;
  const { plan, work } = buildPlan({
    environment: policy,
    target: state.target,
    commit: { rendered: releases[0]?.from.commit ?? '', head: undefined, base: undefined },
    comparison: 'branch',
    releases: releases.map(releaseFacts),
    notices: [],
    mask: { secrets: [], key: host.given.text('key') },
    now: host.now(),
  });
  host.print(planText(plan, { style: host.style, detail: 'lines' }));
  const blocked = plan.releases.flatMap((release) => release.blocked)[0];
  if (blocked !== undefined) throw new Problem({ reason: blocked.reason, message: blocked.text, hint: blocked.hint });
  if (changesOf(plan).length === 0)
    return { reason: 'no-changes', outputs: outputsOf({ reason: 'no-changes', plans: [plan] }) };
  if (!host.given.on('yes')) {
    host.print('Nothing was written. The same command with --yes does it.');
    return { reason: 'changes', outputs: outputsOf({ reason: 'changes', plans: [plan] }) };
  }
  const writes = releases.filter(({ applied }) =>
    plan.releases.some(({ name, changes }) => name === applied.release.name && changes.length > 0),
  );
  const into: string[] = [];
  for (const release of writes) {
    const own = work.releases.find(({ name }) => name === release.applied.release.name);
    if (own !== undefined) into.push((await writeOne(run, release, { ...own, desired: remaining(release) })) ?? '');
  }
  const outcomes = writes.map(({ applied, from }, index) => ({
    kind: 'applied' as const,
    name: applied.release.name,
    changes: plan.releases.find(({ name }) => name === applied.release.name)?.changes ?? [],
    into: into[index],
    mergeRequests: from.mergeRequests,
  }));
  host.print(
    outcomeText({ environment: policy.name, target: state.target, releases: outcomes }, { style: host.style }),
  );
  return { reason: 'applied', outputs: outputsOf({ reason: 'applied', plans: [plan] }) };
}

async function writeOne(
  { host, policy, intent, author, write }: PutBackRun,
  release: PutBack,
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
function releaseFacts({ applied, objects, removal }: PutBack): ReleaseFacts {
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
  return { name, namespace: record?.namespace ?? '', objects: facts, hold: undefined, intent: removal };
}

/** Every object that the release has afterwards, for its record. */
function remaining({ applied, objects }: PutBack): readonly Resource[] {
  const untouched = [...applied.release.recorded].filter(([id]) => !objects.has(id));
  return [
    ...untouched.map(([, { resource }]) => resource),
    ...[...objects.values()].flatMap((resource) => resource ?? []),
  ];
}
