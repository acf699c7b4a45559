import { GoInt, type Value } from '../../value.ts';
import { parseFloat64, parseInteger } from './parse.ts';

/**
 * spf13/cast 1.7, by which sprig's arithmetic takes any value for a number: text by Go's rules for literals, booleans
 * as 0 and 1, and 0 for everything that is no number.
 */

/** Integer types of Go itself; of the declared ones (time.Duration …) cast only knows those of the calendar. */
const CASTABLE = /^(u?int(8|16|32|64)?|time\.Month|time\.Weekday)$/;

/** Any value as an int64. */
export function toInt64(value: Value): bigint {
  if (value instanceof GoInt) return CASTABLE.test(value.type.name) ? BigInt.asIntN(64, value.value) : 0n;
  switch (typeof value) {
    case 'number':
      return truncated(value);
    case 'boolean':
      return value ? 1n : 0n;
    case 'string': {
      const number = parseInteger(withoutZeroFraction(value), 0);
      return number.ok ? number.value : 0n;
    }
    default:
      return 0n;
  }
}

/** Any value as a float64. */
export function toFloat64(value: Value): number {
  if (value instanceof GoInt) return CASTABLE.test(value.type.name) ? Number(value.value) : 0;
  switch (typeof value) {
    case 'number':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'string':
      return parseFloat64(value) ?? 0;
    default:
      return 0;
  }
}

/** Go's conversion on amd64: what does not fit becomes the smallest int64. */
function truncated(value: number): bigint {
  if (!(value > -(2 ** 63) && value < 2 ** 63)) return -(2n ** 63n);
  return BigInt(Math.trunc(value));
}

/** `2.0` is read as `2`, while `2.5` is left to fail. */
function withoutZeroFraction(text: string): string {
  return text.replace(/\.0+\.*$/, '');
}
