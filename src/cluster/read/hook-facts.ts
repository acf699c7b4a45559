/** The hooks of a release as its plan needs them: as rendered, or as recorded where nothing is rendered any more. */
import type { ObjectFacts, ReleaseFacts } from '../../plan/facts.ts';
import type { HookFacts, ReleaseHooks } from '../../plan/hooks.ts';
import type { HookPhase, HookRules } from '../../resource/hook.ts';
import { annotationsOf, keyId, keyOf, type Resource } from '../../resource/resource.ts';
import { withEncodedStringData } from '../../resource/secret.ts';
import type { Parent, ReleasePlace } from './parent.ts';

export interface RenderedHook {
  readonly resource: Resource;
  readonly bound: Resource;
  readonly rules: HookRules;
  readonly source: string | undefined;
}

export interface RenderedHooks {
  readonly all: readonly RenderedHook[];
  /** Where it is not that of an apply: going back, or writing nothing new. */
  readonly phase?: HookPhase | 'none';
}

/** Phase and hooks as Helm has them: a removal without its chart runs the recorded ones. */
export function gatherHooks(
  release: ReleasePlace & { readonly intent?: ReleaseFacts['intent']; readonly hooks?: RenderedHooks },
  parent: Parent | undefined,
  objects: readonly ObjectFacts[],
): ReleaseHooks {
  const isRemoval = release.intent === 'removal';
  const given = release.hooks ?? { all: [] };
  const recorded = parent?.state.hooks ?? [];
  const before = new Map(recorded.map(({ resource }) => [keyId(keyOf(resource)), resource]));
  const hooks = isRemoval && given.all.length === 0 ? recorded.map(asRendered) : given.all;
  return {
    all: hooks.map((hook) => factsOf(hook, before)),
    phase: given.phase ?? (isRemoval ? 'delete' : isInstalled(release, parent, objects) ? 'upgrade' : 'install'),
    isDue: parent?.state.attempt !== undefined,
  };
}

function factsOf({ resource, bound, rules, source }: RenderedHook, before: ReadonlyMap<string, Resource>): HookFacts {
  const desired = withEncodedStringData(resource);
  const key = keyOf(desired);
  const recorded = before.get(keyId(key));
  return { key, desired, bound: withEncodedStringData(bound), recorded, rules, source };
}

function asRendered({ resource, rules, source }: NonNullable<Parent['state']['hooks']>[number]): RenderedHook {
  return { resource, bound: resource, rules, source: source ?? undefined };
}

/** By us, in a run that came through, or by Helm before us. */
function isInstalled({ name }: ReleasePlace, parent: Parent | undefined, objects: readonly ObjectFacts[]): boolean {
  if ((parent?.state.revision ?? 0) > 0) return true;
  return objects.some(
    ({ live, recorded }) =>
      live !== undefined && recorded === undefined && annotationsOf(live)['meta.helm.sh/release-name'] === name,
  );
}
