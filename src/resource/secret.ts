/** Secrets as the API server keeps them. */
import { isObject, type Json, type Resource } from './resource.ts';

/**
 * The Secret with `stringData` encoded into `data`, where it wins, as the API server does on every write; so that both
 * ways of writing the same Secret compare as equal. Applied as `stringData`, later edits of `data` would not be ours,
 * and a key that the chart drops would stay for ever. Other objects are returned as they are.
 */
export function withEncodedStringData(resource: Resource): Resource {
  if (resource.kind !== 'Secret' || resource.apiVersion !== 'v1' || resource['stringData'] === undefined) {
    return resource;
  }
  const { stringData, ...rest } = resource;
  const data: Record<string, Json> = isObject(rest['data']) ? { ...rest['data'] } : {};
  for (const [key, value] of Object.entries(isObject(stringData) ? stringData : {})) {
    // A value that is no text is left for the server to reject, in its own words.
    data[key] = typeof value === 'string' ? encodeBase64(value) : value;
  }
  return { ...rest, apiVersion: resource.apiVersion, kind: resource.kind, metadata: resource.metadata, data };
}

export function encodeBase64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
