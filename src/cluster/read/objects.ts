/** Reading objects: whole, or their metadata alone. A Secret is only ever read as metadata. */
import { Problem } from '../../problem.ts';
import type { Json, JsonObject, Resource, ResourceKey } from '../../resource/resource.ts';
import { formatKey, isList, isObject } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import { type KindInfo, resourceName } from './discovery.ts';
import { type Answer, type Doing, isObjectMissing, problemOf } from './failure.ts';
import { isUnreadable } from './retry.ts';

export interface ObjectPlace {
  readonly info: KindInfo;
  /** '' for cluster-scoped kinds. */
  readonly namespace: string;
  /** '' for the collection. */
  readonly name: string;
}

/**
 * The path of an object or collection: `/apis/apps/v1/namespaces/shop/deployments/catalog`. Throws `Problem`
 * (`invalid-object`) for a name that leads elsewhere.
 */
export function pathOf({ info, namespace, name }: ObjectPlace): string {
  for (const step of [namespace, name]) refuseDots(step, info);
  const root = info.group === '' ? `/api/${info.apiVersion}` : `/apis/${info.apiVersion}`;
  const scope = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${info.resource}${name === '' ? '' : `/${encodeURIComponent(name)}`}`;
}

/** A URL takes `..` away with the step before it: a ConfigMap of that name would be its namespace. */
function refuseDots(step: string, { kind }: KindInfo): void {
  if (step !== '.' && step !== '..') return;
  throw new Problem({
    reason: 'invalid-object',
    message: `"${step}" is no name that a ${kind} or its namespace can have`,
    hint: 'Give it a name of small letters, digits and dashes.',
  });
}

export function keyOfPlace({ info, namespace, name }: ObjectPlace): ResourceKey {
  return { group: info.group, kind: info.kind, namespace, name };
}

/** What a request on this place is about, for the words of a refusal. */
export function doing(client: Client, verb: Doing['verb'], place: ObjectPlace, source?: string): Doing {
  return {
    verb,
    resource: resourceName(place.info),
    namespace: place.namespace,
    name: place.name,
    object: place.name === '' ? resourceName(place.info) : formatKey(keyOfPlace(place)),
    login: client.login,
    isSecret: isSecret(place.info),
    source,
  };
}

export function isSecret(info: KindInfo): boolean {
  return info.group === '' && info.kind === 'Secret';
}

export const metadataAccept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
export const metadataListAccept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** The object, or undefined where there is none. Of a Secret only the metadata. */
export async function readObject(client: Client, place: ObjectPlace): Promise<Resource | undefined> {
  const answer = await client.send({
    method: 'GET',
    path: pathOf(place),
    repeatable: 'repeatable',
    ...(isSecret(place.info) ? { accept: metadataAccept } : {}),
  });
  const what = doing(client, 'get', place);
  if (isObjectMissing(answer, what) || isNamespaceMissing(answer)) return undefined;
  return resourceOf(answer, what, place.info);
}

export interface ListOptions {
  /** '' for cluster-scoped kinds, or for all namespaces. */
  readonly namespace: string;
  /** '' for all. */
  readonly labelSelector: string;
  readonly fieldSelector?: string;
}

/** All objects of a kind that a selector matches, in pages of one snapshot. Of Secrets only the metadata. */
export async function listObjects(client: Client, info: KindInfo, options: ListOptions): Promise<readonly Resource[]> {
  return list(client, info, { ...options, accept: isSecret(info) ? metadataListAccept : 'application/json' });
}

/** As `listObjects`, the metadata alone: each comes as a Resource of its kind without spec or data. */
export async function listMetadata(client: Client, info: KindInfo, options: ListOptions): Promise<readonly Resource[]> {
  return list(client, info, { ...options, accept: metadataListAccept });
}

/** Metadata of any one object of a kind in a namespace; undefined where there is none, or it may not be looked. */
export async function listFirst(client: Client, info: KindInfo, namespace: string): Promise<Resource | undefined> {
  const answer = await client.send({
    method: 'GET',
    path: pathOf({ info, namespace, name: '' }),
    query: { limit: '1' },
    accept: metadataListAccept,
    repeatable: 'repeatable',
  });
  const items = isObject(answer.body) ? answer.body['items'] : undefined;
  const first = isList(items) ? items.find(isObject) : undefined;
  return answer.status === 200 && first !== undefined ? asResource(first, info) : undefined;
}

async function list(
  client: Client,
  info: KindInfo,
  options: ListOptions & { readonly accept: string },
): Promise<readonly Resource[]> {
  const place = { info, namespace: options.namespace, name: '' };
  const items: Resource[] = [];
  let token = '';
  do {
    const answer = await client.send({
      method: 'GET',
      path: pathOf(place),
      query: {
        limit: '500',
        ...(options.labelSelector === '' ? {} : { labelSelector: options.labelSelector }),
        ...(options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector }),
        ...(token === '' ? {} : { continue: token }),
      },
      accept: options.accept,
      repeatable: 'repeatable',
    });
    if (answer.status !== 200 || isUnreadable(answer) || !isObject(answer.body))
      throw problemOf(answer, doing(client, 'list', place));
    const { items: page, metadata } = answer.body;
    items.push(...(isList(page) ? page.filter(isObject).map((item) => asResource(item, info)) : []));
    const next = isObject(metadata) ? metadata['continue'] : undefined;
    token = typeof next === 'string' ? next : '';
  } while (token !== '');
  return items;
}

/** The object of a successful answer; throws the problem of any other. */
export function resourceOf(answer: Answer, what: Doing, info: KindInfo): Resource {
  if (answer.status >= 300 || isUnreadable(answer) || !isObject(answer.body)) throw problemOf(answer, what);
  return asResource(answer.body, info);
}

/** Partial answers name their own kind, and items of a list none: both get the one that was asked for. */
function asResource(body: JsonObject, info: KindInfo): Resource {
  const metadata: Json | undefined = body['metadata'];
  return {
    ...body,
    apiVersion: info.apiVersion,
    kind: info.kind,
    metadata: withoutLastApplied(isObject(metadata) ? metadata : {}) as Resource['metadata'],
  };
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** kubectl's copy of the whole object can hold the values of a Secret, inside what passes for metadata. */
function withoutLastApplied(metadata: JsonObject): JsonObject {
  const annotations = metadata['annotations'];
  if (!isObject(annotations) || annotations[lastApplied] === undefined) return metadata;
  const { [lastApplied]: _, ...others } = annotations;
  return { ...metadata, annotations: others };
}

/** Objects of a namespace that does not exist are not there either. */
function isNamespaceMissing(answer: Answer): boolean {
  const details = isObject(answer.body) ? answer.body['details'] : undefined;
  return answer.status === 404 && isObject(details) && details['kind'] === 'namespaces';
}
