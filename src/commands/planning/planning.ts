/** One environment, from what Git says and what is there to its plan. */

import type { ResolvedRelease } from '../../config/config.ts';
import { policyOf } from '../../config/index.ts';
import type { Policy } from '../../config/policy.ts';
import { mayWriteTo, refuseUnknownReleases, resolveReleases } from '../../config/resolve.ts';
import { buildPlan } from '../../plan/build.ts';
import type { ObjectFacts, ReleaseFacts } from '../../plan/facts.ts';
import { recordedForms } from '../../plan/generated.ts';
import { differsBeyondLate } from '../../plan/late.ts';
import { withMoves } from '../../plan/moves.ts';
import { withoutDropped } from '../../plan/normalise.ts';
import { stepsIn } from '../../plan/path.ts';
import type { Notice, Plan, PlannedCommit } from '../../plan/plan.ts';
import type { Work } from '../../plan/work.ts';
import { Problem } from '../../problem.ts';
import type { Rendered, RenderedObject, RenderOptions } from '../../render/rendered.ts';
import type { Resource } from '../../resource/resource.ts';
import { formatKey, keyId, keyOf } from '../../resource/resource.ts';
import type { Host } from '../host.ts';
import { interruptedNotices } from '../run/interrupted.ts';
import type { Repository, Revision } from '../run/repository.ts';
import type { ClusterPlace, EnvironmentState, ReleaseState } from '../state/state.ts';
import { scopeIn } from '../state/state.ts';
import {
  type Before,
  beforeOf,
  byKey,
  type Generated,
  generate,
  scopeOf,
  settledByRecord,
  settledFiles,
  standIns,
} from './generated.ts';
import { hooksOf, keptObjects } from './hooks-of-release.ts';
import { contentOf } from './release-content.ts';
import { renderIn } from './rendering.ts';

export interface PlanningInput {
  readonly host: Host;
  readonly repository: Repository;
  readonly policy: Policy;
  readonly commit: PlannedCommit;
  /** What is planned: the merge result, or the commit itself. */
  readonly revision: Revision;
  /** The target branch's tip, where the plan is of a merge request. */
  readonly target: Revision | undefined;
  readonly state: EnvironmentState;
  /** `apply` binds late values and needs every variable; `plan` shows what is missing as bound later. */
  readonly purpose: 'plan' | 'apply';
  /** How an apply reads what is there, values of Secrets included; a plan has no way to. */
  readonly readValues?: ((place: ClusterPlace, object: Resource) => Promise<Resource | undefined>) | undefined;
  readonly notices: readonly Notice[];
  /** What the login of a plan could do to the cluster. */
  readonly login?: Plan['login'];
  /** Only these releases; else those that the run was told. */
  readonly releases?: readonly string[] | undefined;
  /** The merge request that is planned or applied: what is held for it is not held against it. */
  readonly unmerged?: number | undefined;
}

export interface Planned {
  readonly plan: Plan;
  readonly work: Work;
  /** Values that were bound for this apply, by release and dotted path. */
  readonly late: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The Helm charts among the releases, by release. */
  readonly helmCharts: ReadonlyMap<string, Rendered['helmChart']>;
  /** The values that they were given, by release. */
  readonly supplied: ReadonlyMap<string, Rendered['supplied']>;
  /** Releases that could not be rendered; they are left out of the plan, and nothing of them is touched. */
  readonly failed: ReadonlyMap<string, Problem>;
}

interface RenderedRelease {
  readonly namespace: string;
  /** Values bound at apply stand as their placeholder: the form that was shown and is compared. */
  readonly objects: readonly RenderedObject[];
  /** As they are written, every value bound. */
  readonly bound: readonly RenderedObject[];
  readonly late: Readonly<Record<string, string>>;
  /** What of the objects its chart draws, what was recorded about that, and what an apply saw of it. */
  readonly generated: Pick<Generated, 'leaves' | 'there'> & { readonly before: Before };
  readonly hooks: ReturnType<typeof hooksOf>;
  readonly helmChart: Rendered['helmChart'];
  readonly supplied: Rendered['supplied'];
  readonly notices: readonly string[];
  readonly secrets: readonly string[];
}

/** Renders every release of the environment and compares it with what is there. */
export async function planEnvironment(input: PlanningInput): Promise<Planned> {
  const { host, policy, revision, target, state } = input;
  const chosen = input.releases ?? host.given.list('release');
  const configs = [revision.config, ...(target === undefined ? [] : [target.config])] as const;
  refuseUnknownReleases(chosen, { configs, others: state.recorded });
  const isChosen = (name: string): boolean => chosen.length === 0 || chosen.includes(name);
  const { rendered: desired, failed } = await renderAll(input, revision, input.purpose, isChosen);
  const { rendered: before, notices: broken } = await renderTarget(input, isChosen);
  const secrets = [...desired.values()].flatMap((rendered) => rendered.secrets);
  host.mask(secrets);
  const removed = [...before.keys(), ...state.recorded].filter(
    (name) => !desired.has(name) && !failed.has(name) && isChosen(name),
  );
  const names = [...desired.keys(), ...new Set(removed)];
  const gathered = await Promise.all(
    names.map((name) => factsOf(input, name, { desired: desired.get(name), before: before.get(name) })),
  );
  const releases = state.place.kind === 'cluster' ? withMoves(gathered) : gathered;
  for (const facts of releases) refuseOtherNamespaces(policy, facts);
  const built = buildPlan({
    environment: policy,
    target: state.target,
    commit: input.commit,
    comparison: target === undefined ? 'branch' : 'merge-request',
    releases: releases.map((facts) => ({
      ...facts,
      hold: isHeldFor(input, facts.name) ? undefined : facts.hold,
      content: contentOf(revision, policy.name, facts.name),
      drawn: recordedForms(desired.get(facts.name)?.generated.leaves ?? new Map()),
    })),
    notices: [
      ...input.notices,
      ...broken,
      ...sharedObjects(desired),
      ...failureNotices(failed),
      ...interruptedNotices(state.place, names),
      ...noticesOf(desired, revision),
    ],
    ...(input.login === undefined ? {} : { login: input.login }),
    mask: { secrets, key: host.given.text('key') },
    now: host.now(),
  });
  return {
    ...built,
    late: new Map([...desired].map(([name, { late }]) => [name, late])),
    helmCharts: new Map([...desired].map(([name, { helmChart }]) => [name, helmChart])),
    supplied: new Map([...desired].map(([name, { supplied }]) => [name, supplied])),
    failed,
  };
}

function isHeldFor({ state, unmerged }: PlanningInput, release: string): boolean {
  return unmerged !== undefined && state.release(release)?.hold?.mergeRequest === unmerged;
}

/** A release that does not render is named, and the others go on; where none renders, that is the answer. */
async function renderAll(
  input: PlanningInput,
  revision: Revision,
  purpose: 'plan' | 'apply',
  isChosen: (name: string) => boolean,
): Promise<{ readonly rendered: ReadonlyMap<string, RenderedRelease>; readonly failed: ReadonlyMap<string, Problem> }> {
  const { host, policy } = input;
  const rendered = new Map<string, RenderedRelease>();
  const failed = new Map<string, Problem>();
  if (policyOf(revision.config, policy.name) === undefined) return { rendered, failed };
  for (const release of resolveReleases(revision.config, policy.name)) {
    if (!isChosen(release.name)) continue;
    host.progress(`rendering ${policy.name}: ${release.name}`);
    const origins = purpose === 'plan' ? 'record' : undefined;
    try {
      rendered.set(release.name, await renderOne(input, { revision, release, purpose, origins }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failed.set(release.name, error);
    }
  }
  const [first] = failed.values();
  if (first !== undefined && rendered.size === 0) throw first;
  return { rendered, failed };
}

function failureNotices(failed: ReadonlyMap<string, Problem>): readonly Notice[] {
  return [...failed].map(([name, { reason, where, message }]) => ({
    severity: 'danger',
    text: `${name} is left out of this plan and will not be applied: ${reason}${where === undefined ? '' : ` at ${where}`}: ${message}`,
  }));
}

/**
 * The target branch's tip only tells apart whose change is whose. A release that does not render there must not keep
 * the merge request from being planned that may be its repair.
 */
async function renderTarget(
  input: PlanningInput,
  isChosen: (name: string) => boolean,
): Promise<{ readonly rendered: ReadonlyMap<string, RenderedRelease>; readonly notices: readonly Notice[] }> {
  const rendered = new Map<string, RenderedRelease>();
  const notices: Notice[] = [];
  const { host, target, policy } = input;
  if (target === undefined || policyOf(target.config, policy.name) === undefined) return { rendered, notices };
  for (const release of resolveReleases(target.config, policy.name)) {
    if (!isChosen(release.name)) continue;
    host.progress(`rendering ${policy.name} of the target branch: ${release.name}`);
    try {
      const one = await renderOne(input, { revision: target, release, purpose: 'plan' });
      const { leaves, before } = one.generated;
      rendered.set(release.name, { ...one, objects: settledByRecord(one.objects, leaves, before) });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const text = `${release.name} does not render on the target branch (${error.reason}), so all of it counts as this merge request's`;
      notices.push({ severity: 'warning', text });
    }
  }
  return { rendered, notices };
}

interface OneRelease {
  readonly revision: Revision;
  readonly release: ResolvedRelease;
  readonly purpose: 'plan' | 'apply';
  readonly origins?: 'record' | undefined;
}

/**
 * A late value is left unbound in what is shown and compared, even where its variable is set already: plan and apply
 * must come to the same digest. What is written is rendered a second time with the value in it.
 */
async function renderOne(
  { host, repository, policy, state, readValues }: PlanningInput,
  { revision, release, purpose, origins }: OneRelease,
): Promise<RenderedRelease> {
  const lateVariables = new Set(Object.values(release.late).map(({ env }) => env));
  const env = (name: string): string | undefined => host.env[name];
  const unbound = (name: string): string | undefined => (lateVariables.has(name) ? undefined : env(name));
  const hasLate = lateVariables.size > 0;
  const { place } = state;
  const scope = place.kind === 'cluster' ? scopeIn(place) : undefined;
  const options = { repository, revision, release, scope, origins };
  const render = (which: 'shown' | 'bound', draws: RenderOptions['draws']): Promise<Rendered> =>
    which === 'shown'
      ? renderIn({ ...options, draws, phase: hasLate ? 'plan' : purpose, env: hasLate ? unbound : env })
      : renderIn({ ...options, draws, phase: 'apply', env });
  const salt = scopeOf(policy.name, release);
  const shown = await render('shown', standIns('first', salt));
  const late = hasLate && purpose === 'apply' ? await render('bound', standIns('first', salt)) : shown;
  if (late !== shown) refuseMoreThanShown(release, shown, late, env);
  const before = beforeOf(state, release);
  const generated = await generate({
    ...{ release, scope: salt, shown, bound: late, render, before, key: host.given.text('key') },
    objectsOf: ({ objects, hooks }) => (place.kind === 'cluster' ? objects : [...objects, ...hooks]),
    readValues: purpose === 'apply' ? reader({ state, readValues }, release.name) : undefined,
  });
  const { bound } = generated;
  const onCluster = place.kind === 'cluster';
  const compared = (rendered: Rendered): readonly RenderedObject[] =>
    keptObjects(rendered, place).map(withoutUncompared);
  const objects = compared(shown);
  return {
    namespace: release.namespace,
    objects,
    bound: bound === shown ? objects : compared(bound),
    late: purpose === 'apply' ? lateValues(release, env) : {},
    generated: { leaves: generated.leaves, there: generated.there, before },
    helmChart: shown.helmChart,
    supplied: bound.supplied,
    hooks: onCluster ? hooksOf(shown, bound) : [],
    notices: shown.notices,
    secrets: [...shown.secrets, ...bound.secrets],
  };
}

/** How an apply finds what is there; where no cluster has to be asked, everything is known already. */
function reader(
  { state, readValues }: Pick<PlanningInput, 'state' | 'readValues'>,
  name: string,
): (object: Resource) => Promise<Resource | undefined> {
  const { place } = state;
  if (place.kind === 'cluster' && readValues !== undefined) return (object) => readValues(place, object);
  const live = byKey(state.release(name)?.live ?? []);
  return async (object) => live.get(keyId(keyOf(object)));
}

function withoutUncompared(object: RenderedObject): RenderedObject {
  return { ...object, resource: withoutDropped(object.resource) };
}

function refuseMoreThanShown(
  release: ResolvedRelease,
  shown: Rendered,
  bound: Rendered,
  env: (name: string) => string | undefined,
): void {
  const resources = ({ objects, hooks }: Rendered): readonly Resource[] =>
    [...objects, ...hooks].map(({ resource }) => resource);
  const values = Object.values(lateValues(release, env));
  const where = differsBeyondLate({ shown: resources(shown), bound: resources(bound), values });
  if (where === undefined) return;
  throw new Problem({
    reason: 'late-value-refused',
    message: `release ${release.name}: with its late values it becomes more than was shown, at ${where}`,
    hint: 'A late value may be put into a text as it is or in base64; nothing else may depend on it.',
  });
}

function lateValues(
  release: ResolvedRelease,
  env: (name: string) => string | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(release.late).flatMap(([path, value]) => {
      const bound = env(value.env);
      return bound === undefined ? [] : [[path, bound] as const];
    }),
  );
}

function asRendered(before: RenderedRelease | undefined): ReleaseState | undefined {
  if (before === undefined) return undefined;
  const objects = before.objects.map(({ resource }) => resource);
  return { namespace: before.namespace, commit: undefined, objects, live: objects, hold: undefined };
}

/** Where the environment is a cluster it is asked object by object; everywhere else what is there is known already. */
async function factsOf(
  { host, policy, state, target, purpose }: PlanningInput,
  name: string,
  { desired, before }: { readonly desired: RenderedRelease | undefined; readonly before: RenderedRelease | undefined },
): Promise<ReleaseFacts> {
  const recorded = state.release(name);
  if (state.place.kind === 'unseen') return releaseFacts(name, desired, before, asRendered(before));
  if (state.place.kind !== 'cluster') return releaseFacts(name, desired, before, recorded);
  const bound = byKey(desired?.bound.map(({ resource }) => resource) ?? []);
  const { clusterFacts, marksOf } = await import('../state/cluster-state.ts');
  return await clusterFacts(state.place, policy, {
    name,
    namespace: desired?.namespace ?? before?.namespace ?? recorded?.namespace ?? '',
    objects: (desired?.objects ?? []).map((object) => ({
      resource: object.resource,
      bound: bound.get(keyId(keyOf(object.resource))) ?? object.resource,
      source: object.source,
      origin: originIn(object),
      leaves: desired?.generated.leaves.get(keyId(keyOf(object.resource))),
      there: desired?.generated.there.get(keyId(keyOf(object.resource))),
    })),
    target: target === undefined ? undefined : (before?.objects.map(({ resource }) => resource) ?? []),
    intent: desired === undefined ? 'removal' : 'release',
    hooks: { all: desired?.hooks ?? [] },
    marks: marksOf((desired ?? before)?.helmChart),
    prediction: purpose === 'plan' ? 'fallback' : policy.gate.mode === 'none' ? 'server' : 'both',
    key: host.given.text('key'),
  });
}

/** Where the policy names namespaces, nothing is written elsewhere; a Namespace counts by its own name. */
function refuseOtherNamespaces(policy: Policy, facts: ReleaseFacts): void {
  const hooks = facts.hooks?.all ?? [];
  for (const { key, desired, source } of [...facts.objects, ...hooks]) {
    const namespace = key.kind === 'Namespace' && key.group === '' ? key.name : key.namespace;
    if (desired === undefined || namespace === '' || mayWriteTo(policy, namespace)) continue;
    throw new Problem({
      reason: 'config-invalid',
      where: source,
      message: `${formatKey(key)} of release ${facts.name} is outside the namespaces that ${policy.name} may write`,
      hint: `Add ${namespace} to namespaces of ${policy.name} in a merge request of its own, or render it elsewhere.`,
    });
  }
}

function releaseFacts(
  name: string,
  desired: RenderedRelease | undefined,
  before: RenderedRelease | undefined,
  state: ReleaseState | undefined,
): ReleaseFacts {
  const live = byKey(state?.live ?? []);
  const bound = byKey(desired?.bound.map(({ resource }) => resource) ?? []);
  const settled =
    desired === undefined ? [] : settledFiles({ objects: desired.objects, bound, live, ...desired.generated });
  const sides = {
    desired: new Map([...settled].map(([id, pair]) => [id, pair.desired])),
    bound: new Map([...settled].map(([id, pair]) => [id, pair.bound])),
    target: byKey(before?.objects.map(({ resource }) => resource) ?? []),
    recorded: byKey(state?.objects ?? []),
    live,
  };
  const rendered = new Map(desired?.objects.map((object) => [keyId(keyOf(object.resource)), object]));
  const ids = new Set([...sides.desired.keys(), ...sides.target.keys(), ...sides.recorded.keys()]);
  const objects = [...ids].sort().flatMap((id): ObjectFacts[] => {
    const some = sides.desired.get(id) ?? sides.live.get(id) ?? sides.recorded.get(id) ?? sides.target.get(id);
    if (some === undefined) return [];
    return [
      {
        key: keyOf(some),
        desired: sides.desired.get(id),
        bound: sides.bound.get(id),
        target: sides.target.get(id),
        recorded: sides.recorded.get(id),
        live: sides.live.get(id),
        predicted: undefined,
        source: rendered.get(id)?.source,
        origin: originIn(rendered.get(id)),
      },
    ];
  });
  return {
    name,
    namespace: desired?.namespace ?? before?.namespace ?? state?.namespace ?? '',
    objects,
    hold: state?.hold,
    intent: desired === undefined ? 'removal' : 'release',
  };
}

/** A plan names list elements by what tells them apart, a rendering by their place in the list. */
function originIn(object: RenderedObject | undefined): ObjectFacts['origin'] {
  const origin = object?.origin;
  if (object === undefined || origin === undefined) return undefined;
  return (path) => {
    const steps = stepsIn(object.resource, path);
    return steps === undefined ? undefined : origin(steps);
  };
}

/** Each apply of the one release would undo the other's form of the object, for ever. */
function sharedObjects(rendered: ReadonlyMap<string, RenderedRelease>): readonly Notice[] {
  const owners = new Map<string, { readonly shown: string; readonly names: readonly string[] }>();
  for (const [name, { objects }] of rendered)
    for (const { resource } of objects) {
      const key = keyOf(resource);
      const names = owners.get(keyId(key))?.names ?? [];
      owners.set(keyId(key), { shown: formatKey(key), names: [...names, name] });
    }
  return [...owners.values()]
    .filter(({ names }) => names.length > 1)
    .map(({ shown, names }) => ({
      severity: 'warning',
      text: `${shown} is rendered by ${names.join(' and ')}: it can belong to one release only, so leave it to one of them`,
    }));
}

function noticesOf(rendered: ReadonlyMap<string, RenderedRelease>, revision: Revision): readonly Notice[] {
  const texts = [...revision.notices, ...[...rendered.values()].flatMap(({ notices }) => notices)];
  return [...new Set(texts)].map((text) => ({ severity: 'info', text }));
}
