/** Which kinds a cluster serves, under which path, and whether they live in namespaces. Two requests a run. */
import { Problem } from '../../problem.ts';
import type { Json, JsonObject } from '../../resource/resource.ts';
import { groupOf, isList, isObject } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import { problemOf } from './failure.ts';

export interface KindInfo {
  readonly apiVersion: string;
  readonly group: string;
  readonly kind: string;
  /** Plural, as in paths and access rules: `deployments`. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** Its controller reports in a status of its own. */
  readonly hasStatus?: true;
  /** Not served yet: a definition that is about to be applied brings it. */
  readonly promised?: true;
}

export interface Discovery {
  /** The kind in exactly this version. */
  readonly find: (apiVersion: string, kind: string) => KindInfo | undefined;
  /** The kind in the version that the server prefers. */
  readonly preferred: (group: string, kind: string) => KindInfo | undefined;
  /** Group-versions whose server did not answer: what is of them is unknown, not absent. */
  readonly stale: readonly string[];
}

const accept = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',');

/**
 * Every kind that the server serves, in two requests (aggregated discovery). Throws `Problem` where the server does
 * not answer; a group whose own server does not is `stale` instead.
 */
export async function discover(client: Client): Promise<Discovery> {
  const lists = await Promise.all(['/api', '/apis'].map((path) => discoverAt(client, path)));
  const kinds = lists.flat();
  const exact = new Map<string, KindInfo>();
  const preferred = new Map<string, KindInfo>();
  for (const { info } of kinds) {
    if (info === undefined) continue;
    exact.set(`${info.apiVersion}/${info.kind}`, info);
    const id = `${info.group}/${info.kind}`;
    // The server lists the versions of a group in its order of preference.
    if (!preferred.has(id)) preferred.set(id, info);
  }
  return {
    find: (apiVersion, kind) => exact.get(`${apiVersion}/${kind}`),
    preferred: (group, kind) => preferred.get(`${group}/${kind}`),
    stale: [...new Set(kinds.flatMap(({ stale }) => (stale === undefined ? [] : [stale])))],
  };
}

/**
 * The kind of a recorded object, in its version or else in the one that the server prefers; undefined where the cluster
 * no longer has the kind. Throws `Problem` (`unreachable`) where nobody knows, because its server does not answer.
 */
export function servedFor(
  discovery: Discovery,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): KindInfo | undefined {
  const group = groupOf(apiVersion);
  const info = discovery.find(apiVersion, kind) ?? discovery.preferred(group, kind);
  if (info !== undefined || discovery.stale.every((version) => groupOf(version) !== group)) return info;
  throw new Problem({
    reason: 'unreachable',
    message: `the API server of ${group} does not answer, so whether a ${kind} is there is not known`,
    hint: 'Nothing is deleted while that is unknown. See: kubectl get apiservices.',
  });
}

/** `deployments.apps`, as access rules and people write a resource. */
export function resourceName(info: KindInfo): string {
  return info.group === '' ? info.resource : `${info.resource}.${info.group}`;
}

interface Found {
  readonly info?: KindInfo;
  readonly stale?: string;
}

async function discoverAt(client: Client, path: string): Promise<readonly Found[]> {
  const answer = await client.send({ method: 'GET', path, accept, repeatable: 'repeatable' });
  if (answer.status !== 200) {
    throw problemOf(answer, {
      verb: 'get',
      resource: path,
      namespace: '',
      name: '',
      object: 'the list of kinds',
      login: client.login,
      isSecret: false,
    });
  }
  if (!isObject(answer.body) || answer.body['kind'] !== 'APIGroupDiscoveryList') {
    throw new Problem({
      reason: 'unreachable',
      message: `${client.server} is no Kubernetes API server of version 1.27 or newer`,
      hint: `Look at what answers there: kubectl --context ${client.context} version`,
    });
  }
  return children(answer.body, 'items').flatMap(kindsOfGroup);
}

function kindsOfGroup(group: JsonObject): readonly Found[] {
  const name = isObject(group['metadata']) ? text(group['metadata']['name']) : '';
  return children(group, 'versions').flatMap((version) => {
    const apiVersion = name === '' ? text(version['version']) : `${name}/${text(version['version'])}`;
    const stale = version['freshness'] === 'Stale' ? [{ stale: apiVersion }] : [];
    return [...stale, ...children(version, 'resources').map((resource) => ({ info: kindOf(apiVersion, resource) }))];
  });
}

function kindOf(apiVersion: string, resource: JsonObject): KindInfo {
  const response = isObject(resource['responseKind']) ? resource['responseKind'] : {};
  return {
    apiVersion,
    group: groupOf(apiVersion),
    kind: text(response['kind']),
    resource: text(resource['resource']),
    namespaced: resource['scope'] === 'Namespaced',
    ...(children(resource, 'subresources').some((one) => one['subresource'] === 'status') ? { hasStatus: true } : {}),
  };
}

function children(value: JsonObject, field: string): readonly JsonObject[] {
  const list = value[field];
  return isList(list) ? list.filter(isObject) : [];
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
