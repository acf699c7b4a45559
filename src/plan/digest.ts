/** Digests: the same facts give the same digest on any machine at any time. */
import { createHash, createHmac } from 'node:crypto';
import type { Json } from '../resource/resource.ts';
import { isList, isObject } from '../resource/resource.ts';

/**
 * JSON with sorted keys and without blanks, so that equal facts are equal text. Integers keep every digit; undefined
 * members are left out.
 */
export function canonicalJson(value: Json | undefined): string {
  if (value === undefined) return 'null';
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (isObject(value)) {
    const members = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
    return `{${members.join(',')}}`;
  }
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}

/**
 * A keyed hash when there is a key, else a plain one: 132 bits as 22 characters of base64url. Who may write to the
 * repository chooses what is hashed, so two changes with one digest must be out of reach, not only a second one.
 */
export function digestOf(value: Json, key: string | undefined): string {
  const hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  // A word that begins with a dash would be taken for an option on a command line.
  return hash.update(canonicalJson(value)).digest('base64url').slice(0, 22).replace(/^-/, '_');
}

/** A digest as people compare it by eye: `3fa9-21bc`. */
export function shortDigest(digest: string): string {
  const hex = Buffer.from(digest, 'base64url').toString('hex');
  return `${hex.slice(0, 4)}-${hex.slice(4, 8)}`;
}
