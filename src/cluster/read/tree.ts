/** A release as it stands: its objects, what they made in turn, and how each of them is. */
import { Problem } from '../../problem.ts';
import { deletesItself, type Health, healthOf, isJudged } from '../../resource/health/health.ts';
import { isList, isObject, keyId, keyOf, type Resource, type ResourceKey, valueAt } from '../../resource/resource.ts';
import type { KindInfo } from './discovery.ts';
import { listObjects, type ObjectPlace } from './objects.ts';
import { type Parent, partOfLabel } from './parent.ts';
import { placeOf } from './prepare.ts';
import type { ClusterView } from './view.ts';

export interface TreeNode {
  readonly key: ResourceKey;
  /** undefined: the object is not there. */
  readonly health: Health | undefined;
  readonly children: readonly TreeNode[];
  /** The login may not look at it. */
  readonly isUnseen?: true;
}

/** Kinds that controllers make, from the top down. */
const madeKinds: readonly (readonly [group: string, kind: string])[] = [
  ['apps', 'ReplicaSet'],
  ['batch', 'Job'],
  ['', 'Pod'],
];

/** Reads the trees of releases, listing each kind once for all releases of a namespace. */
export function treeReader(view: ClusterView): (parent: Parent) => Promise<readonly TreeNode[]> {
  const whole = new Map<string, Promise<ReadonlyMap<string, Resource>>>();
  const byNamespace = new Map<string, Promise<readonly Resource[]>>();
  /** Whole objects of kinds that have a health to judge; of all others it is enough to know that they are there. */
  const liveAt = async (recorded: Resource, place: ObjectPlace): Promise<Resource | undefined> => {
    const { info, namespace } = place;
    if (!isJudged(recorded)) return (await view.owned(info, namespace)).get(keyId(keyOf(recorded)));
    const id = `${info.apiVersion}/${info.kind}/${namespace}`;
    const listed = whole.get(id) ?? listOwned(view, info, namespace);
    whole.set(id, listed);
    return (await listed).get(keyId(keyOf(recorded)));
  };
  const madeIn = (namespace: string): Promise<readonly Resource[]> => {
    const listed = byNamespace.get(namespace) ?? listMade(view, namespace);
    byNamespace.set(namespace, listed);
    return listed;
  };
  return (parent) =>
    Promise.all(
      parent.state.objects.map(async (recorded): Promise<TreeNode> => {
        const place = placeOf(view.discovery, recorded, undefined);
        const live = await unlessForbidden(liveAt(recorded, place));
        if (live === 'forbidden') return { key: keyOf(recorded), health: undefined, children: [], isUnseen: true };
        if (live === undefined) return { key: keyOf(recorded), health: goneHealth(recorded), children: [] };
        const made = isMaker(live) ? await unlessForbidden(madeIn(place.namespace)) : [];
        const children = made === 'forbidden' ? [] : childrenOf(live, made);
        return { key: keyOf(recorded), health: healthOf(live), children };
      }),
    );
}

function goneHealth(recorded: Resource): Health | undefined {
  return deletesItself(recorded) ? { state: 'ready', message: 'done, and has deleted itself' } : undefined;
}

async function unlessForbidden<Result>(looking: Promise<Result>): Promise<Result | 'forbidden'> {
  try {
    return await looking;
  } catch (error) {
    if (error instanceof Problem && error.reason === 'forbidden') return 'forbidden';
    throw error;
  }
}

async function listOwned(
  { client }: ClusterView,
  info: KindInfo,
  namespace: string,
): Promise<ReadonlyMap<string, Resource>> {
  const objects = await listObjects(client, info, { namespace, labelSelector: partOfLabel });
  return new Map(objects.map((object) => [keyId(keyOf(object)), object]));
}

async function listMade({ client, discovery }: ClusterView, namespace: string): Promise<readonly Resource[]> {
  const kinds = madeKinds
    .map(([group, kind]) => discovery.preferred(group, kind))
    .filter((info): info is KindInfo => info !== undefined);
  return (await Promise.all(kinds.map((info) => listObjects(client, info, { namespace, labelSelector: '' })))).flat();
}

/** What has a template makes pods or jobs of it. */
function isMaker(live: Resource): boolean {
  return valueAt(live, ['spec', 'template']) !== undefined || valueAt(live, ['spec', 'jobTemplate']) !== undefined;
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
