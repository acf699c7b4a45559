import { formatYaml, type Shape } from '../../yaml/index.ts';
import { type ByteString, fromText, toText } from '../bytes.ts';
import { GoInt, GoMap, GoSlice, type Value } from '../value.ts';

/** Values that came from YAML, as Helm writes them; with the final line break. */
export function writeYaml(value: Value): ByteString {
  return fromText(formatYaml(value, shapeOf));
}

function shapeOf(value: Value): Shape<Value> {
  if (value === null) return { type: 'null' };
  if (typeof value === 'boolean') return { type: 'bool', value };
  if (typeof value === 'number') return { type: 'float', value };
  if (typeof value === 'string') return { type: 'string', value: toText(value) };
  if (value instanceof GoInt) return { type: 'int', value: value.value };
  if (value instanceof GoSlice) return value.isNil ? { type: 'null' } : { type: 'list', items: value.items };
  if (value instanceof GoMap) {
    return { type: 'map', entries: [...value.entries].map(([key, item]) => [toText(key), item] as const) };
  }
  throw new TypeError('values hold only what YAML can say');
}
