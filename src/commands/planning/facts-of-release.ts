/** A rendered release, beside what its environment has of it: the facts that a plan is built from. */
import type { ObjectFacts, ReleaseFacts } from '../../plan/facts.ts';
import { stepsIn } from '../../plan/path.ts';
import type { RenderedObject } from '../../render/rendered.ts';
import { keyId, keyOf } from '../../resource/resource.ts';
import type { ReleaseState } from '../state/state.ts';
import { byKey, settledFiles } from './generated.ts';
import type { PlanningInput } from './planning-input.ts';
import type { RenderedRelease } from './render-release.ts';

/** Where the environment is a cluster it is asked object by object; everywhere else what is there is known already. */
export async function factsOf(
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

function asRendered(before: RenderedRelease | undefined): ReleaseState | undefined {
  if (before === undefined) return undefined;
  const objects = before.objects.map(({ resource }) => resource);
  return { namespace: before.namespace, commit: undefined, objects, live: objects, hold: undefined };
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
