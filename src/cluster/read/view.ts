/** What a run asks a cluster once, and uses for all releases. */
import { keyId, keyOf, type Resource } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import type { Discovery, KindInfo } from './discovery.ts';
import { type HelmRecords, listHelmRecords } from './helm-activity.ts';
import { listMetadata } from './objects.ts';
import { openApi, type TypesOf } from './openapi.ts';
import { type Parent, partOfLabel } from './parent.ts';

/** What a run asks a cluster once and uses for all releases. */
export interface ClusterView {
  readonly client: Client;
  readonly discovery: Discovery;
  /** Metadata of a kind's objects that belong to any release, by key id; one LIST per kind and namespace. */
  readonly owned: (info: KindInfo, namespace: string) => Promise<ReadonlyMap<string, Resource>>;
  /** Asks now for the lists that comparing these releases will ask for: what they have came from the same kinds. */
  readonly lookAhead: (parents: readonly Parent[]) => void;
  /** Metadata of Helm's records in a namespace; undefined for a login that may not list Secrets. */
  readonly helmRecords: (namespace: string) => Promise<HelmRecords | undefined>;
  /** What the server says of the fields of a kind. */
  readonly types: TypesOf;
  /** Kinds, with their namespace, that the login is known not to be allowed to try. */
  readonly untried: Set<string>;
}

/** `labelSelector` narrows what is listed, for a run that is about one release only. */
export function viewCluster(client: Client, discovery: Discovery, labelSelector: string = partOfLabel): ClusterView {
  const lists = new Map<string, Promise<ReadonlyMap<string, Resource>>>();
  const records = new Map<string, Promise<HelmRecords | undefined>>();
  const helmRecords: ClusterView['helmRecords'] = (namespace) => {
    const listed = records.get(namespace) ?? listHelmRecords(client, namespace);
    records.set(namespace, listed);
    return listed;
  };
  const owned: ClusterView['owned'] = (info, namespace) => {
    const id = `${info.apiVersion}/${info.kind}/${namespace}`;
    const before = lists.get(id);
    if (before !== undefined) return before;
    const listed = listMetadata(client, info, { namespace, labelSelector }).then(
      (items) => new Map(items.map((item) => [keyId(keyOf(item)), item])),
    );
    lists.set(id, listed);
    return listed;
  };
  const lookAhead: ClusterView['lookAhead'] = (parents) => {
    // What goes wrong is told to whoever asks for the answer.
    const begin = (asked: Promise<unknown>): void => void asked.catch(() => undefined);
    for (const { release, state } of parents) {
      begin(helmRecords(release.namespace));
      for (const object of state.objects) {
        const info = discovery.find(object.apiVersion, object.kind);
        if (info !== undefined) begin(owned(info, keyOf(object).namespace));
      }
    }
  };
  return { client, discovery, types: openApi(client), untried: new Set(), owned, lookAhead, helmRecords };
}
