/** One release as it is shown and as it is written, with the values that are drawn or known late. */
import type { ResolvedRelease } from '../../config/config.ts';
import { differsBeyondLate } from '../../plan/late.ts';
import { withoutDropped } from '../../plan/normalise.ts';
import { Problem } from '../../problem.ts';
import type { Rendered, RenderedObject, RenderOptions } from '../../render/rendered.ts';
import { keyId, keyOf, type Resource } from '../../resource/resource.ts';
import type { Revision } from '../run/repository.ts';
import { scopeIn } from '../state/state.ts';
import { type Before, beforeOf, byKey, type Generated, generate, scopeOf, standIns } from './generated.ts';
import { hooksOf, keptObjects } from './hooks-of-release.ts';
import type { PlanningInput } from './planning-input.ts';
import { renderIn } from './rendering.ts';

export interface RenderedRelease {
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
export async function renderOne(
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
