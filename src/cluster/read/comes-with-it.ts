/** Refusals of a try for want of what the same release is about to make: no fault, and gone when that is there. */
import { Problem } from '../../problem.ts';
import { type Resource, valueAt } from '../../resource/resource.ts';
import { isRoleMissing } from './failure.ts';
import { readObject } from './objects.ts';
import { placeOf } from './prepare.ts';
import type { ClusterView } from './view.ts';

/** What a pod names that has to be there before it. */
const needsOfPods = [
  ['ServiceAccount', 'serviceAccountName'],
  ['PriorityClass', 'priorityClassName'],
  ['RuntimeClass', 'runtimeClassName'],
] as const;

/** `made`: all that the release makes, with its namespaces. */
export async function isForWhatComesWithIt(
  view: ClusterView,
  error: unknown,
  { resource, made }: { readonly resource: Resource; readonly made: readonly Resource[] },
): Promise<boolean> {
  if (!(error instanceof Problem)) return false;
  if (isRoleMissing(error)) {
    const [kind, name] = [valueAt(resource, ['roleRef', 'kind']), valueAt(resource, ['roleRef', 'name'])];
    return made.some((one) => one.kind === kind && one.metadata.name === name && sameNamespace(one, resource));
  }
  if (error.reason !== 'forbidden' || resource.kind !== 'Pod') return false;
  const needed = needsOfPods.flatMap(([kind, field]) => {
    const name = valueAt(resource, ['spec', field]);
    return made.filter((one) => one.kind === kind && one.metadata.name === name && sameNamespace(one, resource));
  });
  const live = await Promise.all(needed.map((one) => readObject(view.client, placeOf(view.discovery, one, undefined))));
  return live.includes(undefined);
}

function sameNamespace(one: Resource, other: Resource): boolean {
  const namespace = one.metadata['namespace'];
  return namespace === undefined || namespace === other.metadata['namespace'];
}
