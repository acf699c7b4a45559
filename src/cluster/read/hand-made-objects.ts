/** Objects that people made by hand where a release lives: of its kinds, in its namespaces, and no tool's or controller's. */
import { managedEntries, newestFirst } from '../../fields/managed.ts';
import { toolOf } from '../../fields/writer.ts';
import { isPersons } from '../../plan/hand-made.ts';
import { Problem } from '../../problem.ts';
import { isList, keyOf, type Resource, type ResourceKey } from '../../resource/resource.ts';
import { type KindInfo, servedFor } from './discovery.ts';
import { leavingText } from './leaving.ts';
import { listMetadata } from './objects.ts';
import { type Parent, partOfLabel } from './parent.ts';
import type { ClusterView } from './view.ts';

export interface HandMadeObject {
  /** One that has objects of the kind there. */
  readonly release: string;
  readonly key: ResourceKey;
  /** The tool that wrote it last. */
  readonly who: string;
  /** ISO time at which it was made. */
  readonly when: string;
}

/** Told from metadata alone, by one list per kind and namespace. Kinds that the login may not list are left out. */
export async function handMadeObjects(
  view: ClusterView,
  parents: readonly Parent[],
): Promise<readonly HandMadeObject[]> {
  const places = new Map<string, { readonly release: string; readonly info: KindInfo; readonly namespace: string }>();
  for (const { release, state } of parents) {
    for (const object of state.objects) {
      const info = servedFor(view.discovery, object);
      const { namespace } = keyOf(object);
      if (info === undefined || namespace === '') continue;
      const id = `${info.group}/${info.kind}/${namespace}`;
      if (!places.has(id)) places.set(id, { release: release.name, info, namespace });
    }
  }
  const found = await Promise.all(
    [...places.values()].map(async ({ release, info, namespace }) => {
      const objects = await listUnowned(view, info, namespace);
      return objects.flatMap((object) => madeByHand(object).map((made) => ({ ...made, release, key: keyOf(object) })));
    }),
  );
  return found.flat();
}

async function listUnowned({ client }: ClusterView, info: KindInfo, namespace: string): Promise<readonly Resource[]> {
  try {
    return await listMetadata(client, info, { namespace, labelSelector: `!${partOfLabel}` });
  } catch (error) {
    if (error instanceof Problem && error.reason === 'forbidden') return [];
    throw error;
  }
}

function madeByHand(object: Resource): readonly Pick<HandMadeObject, 'who' | 'when'>[] {
  const { ownerReferences, creationTimestamp } = object.metadata;
  const writers = managedEntries(object).filter(({ subresource }) => subresource === '');
  const [newest] = newestFirst(writers);
  if (newest === undefined || isList(ownerReferences) || leavingText(object) !== undefined) return [];
  if (!writers.every(isPersons)) return [];
  return [{ who: toolOf(newest.manager, ''), when: String(creationTimestamp ?? '') }];
}
