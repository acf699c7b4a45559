import type { Json } from '../resource/resource.ts';

/** Scalars as they are, maps and lists as YAML without the final newline. */
export function valueText(value: Json): string {
  return typeof value === 'object' && value !== null
    ? JSON.stringify(value, (_key, member) => (typeof member === 'bigint' ? member.toString() : member), 2)
    : String(value);
}
