/** Every release of an environment at a revision; one that does not render does not keep the others from it. */
import { policyOf } from '../../config/index.ts';
import { resolveReleases } from '../../config/resolve.ts';
import type { Notice } from '../../plan/plan.ts';
import { combineProblems, Problem } from '../../problem.ts';
import { settledByRecord } from './generated.ts';
import type { PlanningInput } from './planning-input.ts';
import { type RenderedRelease, renderOne } from './render-release.ts';

/** A release that does not render is named, and the others go on; where none renders, that is the answer. */
export async function renderAll(
  input: PlanningInput,
  isChosen: (name: string) => boolean,
): Promise<{ readonly rendered: ReadonlyMap<string, RenderedRelease>; readonly failed: ReadonlyMap<string, Problem> }> {
  const { host, policy, revision, purpose } = input;
  const rendered = new Map<string, RenderedRelease>();
  const failed = new Map<string, Problem>();
  if (policyOf(revision.config, policy.name) === undefined) return { rendered, failed };
  const releases = resolveReleases(revision.config, policy.name).filter(({ name }) => isChosen(name));
  host.progress(`rendering ${policy.name}: ${namesOf(releases)}`);
  for (const release of releases) {
    const origins = purpose === 'plan' ? 'record' : undefined;
    try {
      rendered.set(release.name, await renderOne(input, { revision, release, purpose, origins }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failed.set(release.name, error);
    }
  }
  const all = combineProblems([...failed.values()]);
  if (all !== undefined && rendered.size === 0) throw all;
  return { rendered, failed };
}

/**
 * The target branch's tip only tells apart whose change is whose. A release that does not render there must not keep
 * the merge request from being planned that may be its repair.
 */
export async function renderTarget(
  input: PlanningInput,
  isChosen: (name: string) => boolean,
): Promise<{ readonly rendered: ReadonlyMap<string, RenderedRelease>; readonly notices: readonly Notice[] }> {
  const rendered = new Map<string, RenderedRelease>();
  const notices: Notice[] = [];
  const { host, target, policy } = input;
  if (target === undefined || policyOf(target.config, policy.name) === undefined) return { rendered, notices };
  const releases = resolveReleases(target.config, policy.name).filter(({ name }) => isChosen(name));
  host.progress(`rendering ${policy.name} of the target branch: ${namesOf(releases)}`);
  for (const release of releases) {
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

/** A line each would be most of a log. */
function namesOf(releases: readonly { readonly name: string }[]): string {
  return releases.length > 8 ? `${releases.length} releases` : releases.map(({ name }) => name).join(', ');
}
