/** The facts of an object that a release had and no longer renders. */
import type { ObjectFacts } from '../../plan/facts.ts';
import { Problem } from '../../problem.ts';
import { formatKey, groupOf, keyId, type Resource, type ResourceKey } from '../../resource/resource.ts';
import { cascadeOf } from './cascade.ts';
import { type Gathering, isOf } from './gathering.ts';
import { leavingText } from './leaving.ts';
import { isSecret, type ObjectPlace, readObject } from './objects.ts';
import { mayNotTry } from './predict-here.ts';
import { withoutValues } from './secret.ts';

/** An object that the release had and no longer renders. */
export async function absentFacts(context: Gathering, key: ResourceKey): Promise<readonly ObjectFacts[]> {
  const { view, release } = context;
  const id = keyId(key);
  const recorded = context.recorded.get(id);
  const info =
    (recorded && view.discovery.find(recorded.apiVersion, key.kind)) ?? view.discovery.preferred(key.group, key.kind);
  // Its kind is gone from the cluster, and its objects with it.
  if (info === undefined && view.discovery.stale.every((apiVersion) => groupOf(apiVersion) !== key.group)) return [];
  if (info === undefined) throw unansweredGroup(key);
  const place = { info, namespace: key.namespace, name: key.name };
  const live = await readGone(context, place, recorded);
  // An object that lost its mark was taken out of the release on purpose, or is another one of the same name.
  if (live === undefined || !isOf(release, live)) return [];
  // It was deleted already, and only its finalizers are waited for.
  if (leavingText(live) !== undefined) return [];
  const blank = withoutValues(live);
  return [
    {
      key,
      desired: undefined,
      bound: undefined,
      target: context.target?.get(id),
      recorded: recorded ?? blank,
      live,
      predicted: undefined,
      ...(live === recorded ? { prediction: 'here' } : {}),
      ...(release.prediction === 'both' && isSecret(info) && recorded !== undefined
        ? { here: { live: recorded, predicted: undefined, recorded } }
        : {}),
      source: undefined,
      origin: undefined,
      consequences: await cascadeOf(view, live),
    },
  ];
}

/** A Secret that the login may not look at is taken to be there as it was applied. */
async function readGone(
  { view, release }: Gathering,
  place: ObjectPlace,
  recorded: Resource | undefined,
): Promise<Resource | undefined> {
  try {
    return await readObject(view.client, place);
  } catch (error) {
    const mayGuess = release.prediction === 'fallback' && isSecret(place.info);
    if (mayGuess && (await mayNotTry(view, place, error))) return recorded;
    throw error;
  }
}

export function unansweredGroup(key: ResourceKey): Problem {
  return new Problem({
    reason: 'unreachable',
    message: `the API server of ${key.group} does not answer, so ${formatKey(key)} is neither there nor gone`,
    hint: 'Nothing is deleted while that is unknown. See: kubectl get apiservices.',
  });
}
