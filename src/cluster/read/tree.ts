/** A release as it stands: its objects, what they made in turn, and how each of them is. */
import { type Health, healthOf } from '../../resource/health/health.ts';
import { isList, isObject, keyOf, type Resource, type ResourceKey, valueAt } from '../../resource/resource.ts';
import type { KindInfo } from './discovery.ts';
import { listObjects, readObject } from './objects.ts';
import type { Parent } from './parent.ts';
import { placeOf } from './prepare.ts';
import type { ClusterView } from './release-facts.ts';

export interface TreeNode {
  readonly key: ResourceKey;
  /** undefined: the object is not there. */
  readonly health: Health | undefined;
  readonly children: readonly TreeNode[];
}

/** Kinds that controllers make, from the top down. */
const madeKinds: readonly (readonly [group: string, kind: string])[] = [
  ['apps', 'ReplicaSet'],
  ['batch', 'Job'],
  ['', 'Pod'],
];

/** The recorded objects of a release with their health. Lists what controllers make once per namespace. */
export async function readTree(view: ClusterView, parent: Parent): Promise<readonly TreeNode[]> {
  const places = parent.state.objects.map((object) => placeOf(view.discovery, object, undefined));
  const namespaces = [...new Set(places.map(({ namespace }) => namespace))].filter((namespace) => namespace !== '');
  const made = (await Promise.all(namespaces.map((namespace) => listMade(view, namespace)))).flat();
  return Promise.all(
    parent.state.objects.map(async (object, index): Promise<TreeNode> => {
      const place = places[index];
      const live = place === undefined ? undefined : await readObject(view.client, place);
      if (live === undefined) return { key: keyOf(object), health: undefined, children: [] };
      return { key: keyOf(object), health: healthOf(live), children: childrenOf(live, made) };
    }),
  );
}

async function listMade({ client, discovery }: ClusterView, namespace: string): Promise<readonly Resource[]> {
  const kinds = madeKinds
    .map(([group, kind]) => discovery.preferred(group, kind))
    .filter((info): info is KindInfo => info !== undefined);
  return (await Promise.all(kinds.map((info) => listObjects(client, info, { namespace, labelSelector: '' })))).flat();
}

function childrenOf(owner: Resource, made: readonly Resource[]): readonly TreeNode[] {
  return made
    .filter((object) => isOwnedBy(object, owner) && !isLeftover(object))
    .map((object) => ({ key: keyOf(object), health: healthOf(object), children: childrenOf(object, made) }));
}

function isOwnedBy(object: Resource, owner: Resource): boolean {
  const references = object.metadata['ownerReferences'];
  return isList(references) && references.some((one) => isObject(one) && one['uid'] === owner.metadata['uid']);
}

/** Deployments keep their old ReplicaSets, scaled to nothing, to go back to. */
function isLeftover(object: Resource): boolean {
  return object.kind === 'ReplicaSet' && valueAt(object, ['spec', 'replicas']) === 0;
}
