/** What the cluster would delete along with an object, counted where the login may look. */
import type { Consequence } from '../../plan/plan.ts';
import { Problem } from '../../problem.ts';
import { isList, isObject, type Json, type Resource, valueAt } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import type { KindInfo } from './discovery.ts';
import { metadataListAccept, pathOf, readObject } from './objects.ts';
import type { ClusterView } from './view.ts';

/** Kinds that tell how much lives in a namespace; counting all of them would take a request for each. */
const telling: readonly (readonly [group: string, kind: string, words: string])[] = [
  ['', 'Pod', 'pods'],
  ['', 'PersistentVolumeClaim', 'volume claims'],
  ['', 'Secret', 'Secrets'],
  ['apps', 'Deployment', 'Deployments'],
  ['apps', 'StatefulSet', 'StatefulSets'],
];

/** For an object that is about to be deleted. Nothing where the login may not look: the rule's own words stand then. */
export async function cascadeOf(view: ClusterView, live: Resource): Promise<readonly Consequence[]> {
  switch (live.kind) {
    case 'CustomResourceDefinition':
      return await objectsOfDefinition(view, live);
    case 'Namespace':
      return await objectsInNamespace(view, live.metadata.name);
    case 'PersistentVolumeClaim':
      return await volumeOfClaim(view, live);
    default:
      return [];
  }
}

async function objectsOfDefinition(
  { client, discovery }: ClusterView,
  live: Resource,
): Promise<readonly Consequence[]> {
  const kind = text(valueAt(live, ['spec', 'names', 'kind']));
  const info = discovery.preferred(text(valueAt(live, ['spec', 'group'])), kind);
  const count = info === undefined ? undefined : await countOf(client, info, '');
  if (count === undefined) return [];
  if (count === 0) return [{ kind: 'note', text: `there is no ${kind} in the cluster now` }];
  return [{ kind: 'data-loss', text: `${count} ${kind} ${count === 1 ? 'object goes' : 'objects go'} with it` }];
}

async function objectsInNamespace({ client, discovery }: ClusterView, name: string): Promise<readonly Consequence[]> {
  const counts = await Promise.all(
    telling.map(async ([group, kind, words]) => {
      const info = discovery.preferred(group, kind);
      const count = info === undefined ? undefined : await countOf(client, info, name);
      return count === undefined || count === 0 ? [] : [`${count} ${words}`];
    }),
  );
  return counts.flat().length === 0 ? [] : [{ kind: 'data-loss', text: `with it go ${counts.flat().join(', ')}` }];
}

/** Whether the data survives the claim is said by its volume alone. */
async function volumeOfClaim({ client, discovery }: ClusterView, live: Resource): Promise<readonly Consequence[]> {
  const name = text(valueAt(live, ['spec', 'volumeName']));
  const info = discovery.preferred('', 'PersistentVolume');
  if (name === '' || info === undefined) return [];
  const volume = await unlessForbidden(readObject(client, { info, namespace: '', name }));
  const policy = text(valueAt(volume, ['spec', 'persistentVolumeReclaimPolicy']));
  if (policy === 'Delete')
    return [{ kind: 'data-loss', text: `volume ${name} is deleted with its claim (reclaim policy Delete)` }];
  return policy === '' ? [] : [{ kind: 'note', text: `volume ${name} itself stays (reclaim policy ${policy})` }];
}

/** One request: the server counts what it does not send. */
async function countOf(client: Client, info: KindInfo, namespace: string): Promise<number | undefined> {
  const { status, body } = await client.send({
    method: 'GET',
    path: pathOf({ info, namespace, name: '' }),
    query: { limit: '1' },
    accept: metadataListAccept,
    repeatable: 'repeatable',
  });
  if (status !== 200 || !isObject(body)) return undefined;
  const rest = valueAt(body, ['metadata', 'remainingItemCount']);
  return (isList(body['items']) ? body['items'].length : 0) + (typeof rest === 'number' ? rest : 0);
}

async function unlessForbidden<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Problem && error.reason === 'forbidden') return undefined;
    throw error;
  }
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
