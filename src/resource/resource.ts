/** What a Kubernetes object is to Pushgate: plain JSON with a kind and a name. Pure. */

/** JSON as Kubernetes has it; integers beyond 2^53 are bigints so that no digit is lost. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface Resource extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
}

export interface Metadata extends JsonObject {
  readonly name: string;
}

/** Identity of an object across API versions. `namespace` is '' for cluster-scoped objects, `group` is '' for core. */
export interface ResourceKey {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** `apps/v1` → `apps`, `v1` → ``. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

export function keyOf(resource: Resource): ResourceKey {
  const namespace = resource.metadata['namespace'];
  return {
    group: groupOf(resource.apiVersion),
    kind: resource.kind,
    namespace: typeof namespace === 'string' ? namespace : '',
    name: resource.metadata.name,
  };
}

/** One string per object, for maps and sorting: `group/Kind/namespace/name`. */
export function keyId(key: ResourceKey): string {
  return `${key.group}/${key.kind}/${key.namespace}/${key.name}`;
}

/** The object as people write it: `Deployment shop/catalog`, `ClusterRole admin`. */
export function formatKey(key: ResourceKey): string {
  return `${key.kind} ${key.namespace === '' ? '' : `${key.namespace}/`}${key.name}`;
}

/** The value at a path of keys and indexes, or undefined where the path leads nowhere. */
export function valueAt(value: Json | undefined, path: readonly (string | number)[]): Json | undefined {
  let current = value;
  for (const step of path) {
    if (typeof step === 'number' && isList(current)) current = current[step];
    else if (typeof step === 'string' && isObject(current) && Object.hasOwn(current, step)) current = current[step];
    else return undefined;
  }
  return current;
}

export function labelsOf(resource: Resource): Readonly<Record<string, string>> {
  return stringMap(resource.metadata['labels']);
}

export function annotationsOf(resource: Resource): Readonly<Record<string, string>> {
  return stringMap(resource.metadata['annotations']);
}

function stringMap(value: Json | undefined): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
