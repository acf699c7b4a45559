/** One environment, from what Git says and what is there to its plan. */
import { refuseUnknownReleases } from '../../config/resolve.ts';
import { buildPlan } from '../../plan/build.ts';
import { recordedForms } from '../../plan/generated.ts';
import { withMoves } from '../../plan/moves.ts';
import type { Notice, Plan } from '../../plan/plan.ts';
import type { Work } from '../../plan/work.ts';
import type { Problem } from '../../problem.ts';
import type { Rendered } from '../../render/rendered.ts';
import { formatKey, keyId, keyOf } from '../../resource/resource.ts';
import { interruptedNotices } from '../run/interrupted.ts';
import type { Revision } from '../run/repository.ts';
import { gatherReleases } from './gather-releases.ts';
import type { PlanningInput } from './planning-input.ts';
import { contentOf } from './release-content.ts';
import type { RenderedRelease } from './render-release.ts';
import { renderAll, renderTarget } from './render-releases.ts';

export interface Planned {
  readonly plan: Plan;
  readonly work: Work;
  /** Values that were bound for this apply, by release and dotted path. */
  readonly late: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The Helm charts among the releases, by release. */
  readonly helmCharts: ReadonlyMap<string, Rendered['helmChart']>;
  /** The values that they were given, by release. */
  readonly supplied: ReadonlyMap<string, Rendered['supplied']>;
  /** Releases that could not be rendered or compared; they are left out of the plan, and nothing of them is touched. */
  readonly failed: ReadonlyMap<string, Problem>;
}

/** Renders every release of the environment and compares it with what is there. */
export async function planEnvironment(input: PlanningInput): Promise<Planned> {
  const { host, policy, revision, target, state } = input;
  const chosen = input.releases ?? host.given.list('release');
  const configs = [revision.config, ...(target === undefined ? [] : [target.config])] as const;
  refuseUnknownReleases(chosen, { configs, others: state.recorded });
  const isChosen = (name: string): boolean => chosen.length === 0 || chosen.includes(name);
  const { rendered: desired, failed: unrendered } = await renderAll(input, isChosen);
  const { rendered: before, notices: broken } = await renderTarget(input, isChosen);
  const secrets = [...desired.values()].flatMap((rendered) => rendered.secrets);
  host.mask(secrets);
  const removed = [...before.keys(), ...state.recorded].filter(
    (name) => !desired.has(name) && !unrendered.has(name) && isChosen(name),
  );
  const names = [...desired.keys(), ...new Set(removed)];
  const gathered = await gatherReleases(input, names, { desired, before });
  const failed = new Map([...unrendered, ...gathered.failed]);
  const releases = state.place.kind === 'cluster' ? withMoves(gathered.releases) : gathered.releases;
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
      ...endingHolds(input, names),
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

function endingHolds(input: PlanningInput, names: readonly string[]): readonly Notice[] {
  return names
    .filter((name) => isHeldFor(input, name))
    .map((name) => ({ severity: 'info', text: `${name} is on hold: ${input.state.release(name)?.hold?.reason}` }));
}

function isHeldFor({ state, unmerged }: PlanningInput, release: string): boolean {
  return unmerged !== undefined && state.release(release)?.hold?.mergeRequest === unmerged;
}

function failureNotices(failed: ReadonlyMap<string, Problem>): readonly Notice[] {
  return [...failed].map(([name, { reason, where, message }]) => ({
    severity: 'danger',
    leftOut: name,
    text: `${name} is left out of this plan and will not be applied: ${reason}${where === undefined ? '' : ` at ${where}`}: ${message}`,
  }));
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
