/**
 * Facts about every object → the plan. The plan is masked plain data for people; the work keeps the objects to write
 * and is for the writer alone.
 */
import { keyId } from '../resource/resource.ts';
import { blockersOf } from './blockers.ts';
import { buildChange, type ChangedObject, isOnlyDrift, type ReleaseInput } from './change.ts';
import { restartsPods } from './consequences/rollout.ts';
import { isWorkload } from './consequences/rule.ts';
import { riskOf } from './consequences.ts';

import { digestOf } from './digest.ts';
import type { ObjectFacts, PlanInput, ReleaseFacts } from './facts.ts';
import { handMadeNotices } from './hand-made.ts';
import { hookChanges, workOfHooks } from './hook-changes.ts';
import { normalised } from './judge.ts';
import { noiseNotices } from './noise.ts';
import { type Action, type Notice, type Plan, type PlannedRelease, planSchema } from './plan.ts';
import { otherDigests } from './prediction.ts';
import type { ReleaseWork, Work } from './work.ts';

/** Builds the plan of one environment. Pure: the same input gives the same plan, digests included. */
export function buildPlan(input: PlanInput): { readonly plan: Plan; readonly work: Work } {
  const built = input.releases.map((facts) => buildRelease(facts, input));
  const planned = built.map((one) => one.planned);
  const hasOther = planned.some(({ changes }) => changes.some(({ here }) => here !== undefined));
  const others = hasOther ? otherDigests(planned, input.mask.key) : undefined;
  const releases = planned.map((release) => {
    const digests = others?.releases.get(release.name);
    return digests === undefined ? release : { ...release, otherDigests: digests };
  });
  return {
    plan: {
      schema: planSchema,
      environment: input.environment.name,
      target: input.target,
      commit: input.commit,
      releases,
      notices: [
        ...input.notices,
        ...input.releases.flatMap(({ notices }) => notices ?? []),
        ...built.flatMap(({ notices }) => notices),
      ],
      digest: digestOf(
        releases.map(({ name, digest }) => [name, digest]),
        input.mask.key,
      ),
      ...(others === undefined ? {} : { otherDigests: others.plan }),
      ...(input.login === undefined ? {} : { login: input.login }),
    },
    work: { releases: built.map(({ work }) => work) },
  };
}

interface BuiltRelease {
  readonly planned: PlannedRelease;
  readonly work: ReleaseWork;
  readonly notices: readonly Notice[];
}

function buildRelease(facts: ReleaseFacts, all: PlanInput): BuiltRelease {
  const rendered = facts.objects.flatMap(({ desired }) => desired ?? []);
  const input: ReleaseInput = { ...all, mask: { ...all.mask, content: facts.content }, rendered };
  const touched = facts.objects.filter(({ isUntouched }) => isUntouched !== true);
  const compare = (objects: readonly ObjectFacts[], as: ReleaseInput): readonly ChangedObject[] =>
    objects.map((object) => ({ object, change: buildChange(object, as) }));
  const workloads = compare(touched.filter(isAWorkload), input);
  const restarting = new Set(workloads.filter(isRestarting).map(({ object }) => keyId(object.key)));
  // What a changed configuration means depends on whose pods start anew.
  const compared = [
    ...workloads,
    ...compare(
      touched.filter((object) => !isAWorkload(object)),
      { ...input, restarting },
    ),
  ];
  const differing = compared.filter(({ change }) => change.action !== 'unchanged');
  const changes = differing.filter(({ change }) => !isOnlyDrift(change)).sort(byRisk);
  const drifted = differing.filter(({ change }) => isOnlyDrift(change)).sort(byRisk);
  const shown = [...changes.map(({ change }) => change), ...hookChanges(facts, changes, input)];
  return {
    planned: {
      name: facts.name,
      namespace: facts.namespace,
      changes: shown,
      drifted: drifted.map(({ change }) => change),
      untouched: facts.objects.length - differing.length,
      digest: digestOf(shown.map(({ digest }) => digest).sort(), input.mask.key),
      blocked: blockersOf(facts, changes, input),
    },
    notices: [
      ...noiseNotices(
        drifted.map(({ change, object: { live, predicted } }) => ({ change, live, predicted })),
        input.environment.name,
        input.now,
      ),
      ...handMadeNotices(
        compared.map(({ object }) => object),
        { ignore: input.environment.drift.ignore, now: input.now },
      ),
    ],
    work: {
      name: facts.name,
      namespace: facts.namespace,
      writes: changes
        .filter(({ change }) => change.action !== 'keep')
        .map(({ object, change }) => ({
          change,
          desired: object.bound ?? object.desired,
          live: object.live,
          replacement: object.replacement,
        })),
      desired: facts.objects.flatMap((object) => object.bound ?? object.desired ?? []),
      drawn: facts.drawn,
      ...(facts.moved === undefined ? {} : { moved: facts.moved }),
      ...(facts.hooks === undefined ? {} : { hooks: workOfHooks(facts.hooks, changes) }),
    },
  };
}

function isAWorkload({ key }: ObjectFacts): boolean {
  return isWorkload(key);
}

function isRestarting({ object: { live, desired, predicted }, change }: ChangedObject): boolean {
  const [before, after] = [normalised(live), normalised(desired === undefined ? undefined : (predicted ?? desired))];
  if (change.action === 'replace') return desired !== undefined;
  const isWritten = change.action === 'update' || change.action === 'adopt';
  if (!isWritten || isOnlyDrift(change) || before === undefined || after === undefined) return false;
  return restartsPods(before, after);
}

function byRisk(a: ChangedObject, b: ChangedObject): number {
  return (
    riskOf(a.change) - riskOf(b.change) ||
    actionOrder.indexOf(a.change.action) - actionOrder.indexOf(b.change.action) ||
    (keyId(a.change.key) < keyId(b.change.key) ? -1 : 1)
  );
}

const actionOrder: readonly Action[] = ['delete', 'replace', 'adopt', 'update', 'create', 'run', 'keep', 'unchanged'];
