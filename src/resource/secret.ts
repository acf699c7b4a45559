/** Secrets as the API server keeps them. */
import { isObject, type Json, type Resource } from './resource.ts';

/**
 * The Secret with `stringData` encoded into `data`, where it wins, as the API server does on every write; so that both
 * ways of writing the same Secret compare as equal. Other objects are returned as they are.
 */
export function withEncodedStringData(resource: Resource): Resource {
  if (resource.kind !== 'Secret' || resource.apiVersion !== 'v1' || !isObject(resource['stringData'])) return resource;
  const { stringData, ...rest } = resource;
  const data: Record<string, Json> = isObject(rest['data']) ? { ...rest['data'] } : {};
  for (const [key, value] of Object.entries(stringData)) {
    data[key] = typeof value === 'string' ? encodeBase64(value) : value;
  }
  return { ...rest, apiVersion: resource.apiVersion, kind: resource.kind, metadata: resource.metadata, data };
}

export function encodeBase64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
