import { fromText } from './bytes.ts';
import { dictOf, listOf, type Value } from './value.ts';

/** Plain JSON data as templates see it: numbers are float64. */
export function toValue(data: unknown): Value {
  if (typeof data === 'string') return fromText(data);
  if (typeof data === 'number' || typeof data === 'boolean') return data;
  if (typeof data === 'bigint') return Number(data);
  if (typeof data !== 'object' || data === null) return null;
  if (Array.isArray(data)) return listOf(data.map(toValue));
  return dictOf(Object.entries(data).map(([key, value]) => [fromText(key), toValue(value)] as const));
}
