/** What there is to say of each release. One that cannot be looked at is named, and the others go on. */
import type { Policy } from '../../config/policy.ts';
import { mayWriteTo } from '../../config/resolve.ts';
import type { ReleaseFacts } from '../../plan/facts.ts';
import { combineProblems, Problem } from '../../problem.ts';
import { formatKey, keyId, keyOf } from '../../resource/resource.ts';
import { factsOf } from './facts-of-release.ts';
import type { PlanningInput } from './planning-input.ts';
import type { RenderedRelease } from './render-release.ts';

export interface RenderedSides {
  readonly desired: ReadonlyMap<string, RenderedRelease>;
  readonly before: ReadonlyMap<string, RenderedRelease>;
}

export interface Gathered {
  readonly releases: readonly ReleaseFacts[];
  readonly failed: ReadonlyMap<string, Problem>;
}

/** Where none can be looked at, that is the answer, and it is thrown. */
export async function gatherReleases(
  input: PlanningInput,
  names: readonly string[],
  { desired, before }: RenderedSides,
): Promise<Gathered> {
  const found = await Promise.all(
    names.map(async (name): Promise<ReleaseFacts | Problem> => {
      try {
        const facts = await factsOf(input, name, { desired: desired.get(name), before: before.get(name) });
        refuseOtherNamespaces(input.policy, facts);
        return facts;
      } catch (error) {
        if (!(error instanceof Problem) || error.reason === 'cancelled') throw error;
        return error;
      }
    }),
  );
  const releases = found.flatMap((one) => (one instanceof Problem ? [] : [one]));
  const failed = new Map(
    found.flatMap((one, index) => (one instanceof Problem ? [[names[index] ?? '', one] as const] : [])),
  );
  const all = combineProblems([...failed.values()]);
  if (all !== undefined && releases.length === 0) throw all;
  const claimed = claimedBy([...failed.keys()], desired);
  for (const facts of releases) {
    const problem = losesTo(facts, claimed);
    if (problem !== undefined) failed.set(facts.name, problem);
  }
  return { releases: releases.filter(({ name }) => !failed.has(name)), failed };
}

/** The objects that releases would have, by key id. */
function claimedBy(
  names: readonly string[],
  desired: ReadonlyMap<string, RenderedRelease>,
): ReadonlyMap<string, string> {
  const claimed = new Map<string, string>();
  for (const name of names) {
    const { objects = [], namespace = '' } = desired.get(name) ?? {};
    for (const { resource } of objects) {
      const key = keyOf(resource);
      claimed.set(keyId(key), name);
      // Rendered without one it is the release's, unless its kind has none.
      if (key.namespace === '') claimed.set(keyId({ ...key, namespace }), name);
    }
  }
  return claimed;
}

/** What moves to a release that is left out must not be deleted by the one that it leaves. */
function losesTo(facts: ReleaseFacts, claimed: ReadonlyMap<string, string>): Problem | undefined {
  for (const { key, desired } of facts.objects) {
    const to = desired === undefined ? claimed.get(keyId(key)) : undefined;
    if (to === undefined) continue;
    return new Problem({
      reason: 'conflict',
      message: `${formatKey(key)} moves from ${facts.name} to ${to}, which is left out`,
      hint: `Nothing of ${facts.name} is written until ${to} can be planned.`,
    });
  }
  return undefined;
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
