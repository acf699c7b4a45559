import type { ByteString } from '../bytes.ts';
import { printValue } from '../format/print.ts';
import { GoBytes, GoSlice, type Value } from '../value.ts';
import { sliceItems } from './define.ts';

/** sprig's `toString`: bytes as the text they are, everything else as `%v`. */
export function stringValue(value: Value): ByteString {
  return value instanceof GoBytes ? value.bytes : printValue(value);
}

/** sprig's `toStrings`: the items that are not nil, or the value alone. A []string passes as it is. */
export function stringValues(value: Value): readonly ByteString[] {
  if (value instanceof GoSlice && value.type.elem?.kind === 'string') return value.items as readonly ByteString[];
  const items = sliceItems(value);
  if (items !== undefined) return items.filter((item) => item !== null).map(stringValue);
  return value === null ? [] : [stringValue(value)];
}
