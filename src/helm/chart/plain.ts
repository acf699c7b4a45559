import { formatGoFloat } from '../../yaml/go-number.ts';
import { type ByteString, fromText } from '../bytes.ts';

/**
 * What a YAML document says, before it is aimed at a Go type: integers are bigint, floats are number. Helm's bridge
 * looks at the target while it converts, so `version: 1.20` aimed at a string becomes the text `1.2`.
 */
export type Plain = null | boolean | ByteString | number | bigint | readonly Plain[] | PlainMap;
export type PlainMap = ReadonlyMap<ByteString, Plain>;

/** A document does not have the shape of the Go type it is decoded into; the message is encoding/json's. */
export class ShapeError extends Error {}

/** The fields of a Go struct, found as encoding/json does: by exact name, else by name in any case; later keys win. */
export function fieldsOf(plain: Plain, known: readonly string[], goType: string): ReadonlyMap<string, Plain> {
  if (!isPlainMap(plain)) throw mismatch(plain, goType);
  const fields = new Map<string, Plain>();
  for (const key of [...plain.keys()].sort()) {
    const name = known.find((candidate) => candidate === key) ?? known.find((candidate) => foldsTo(candidate, key));
    if (name !== undefined) fields.set(name, plain.get(key) ?? null);
  }
  return fields;
}

/** A string field; numbers and booleans become text, null and an absent field the empty string. */
export function stringField(plain: Plain | undefined, field: string): ByteString {
  return plain === undefined || plain === null ? '' : coerceToString(plain, field);
}

export function boolField(plain: Plain | undefined, field: string): boolean {
  if (plain === undefined || plain === null) return false;
  if (typeof plain === 'boolean') return plain;
  throw mismatch(plain, `bool`, field);
}

/** A `[]T` field; undefined is Go's nil slice. */
export function listField<T>(
  plain: Plain | undefined,
  field: string,
  goType: string,
  item: (plain: Plain) => T,
): readonly T[] | undefined {
  if (plain === undefined || plain === null) return undefined;
  if (!Array.isArray(plain)) throw mismatch(plain, goType, field);
  return (plain as readonly Plain[]).map(item);
}

/** A `map[string]string` field; undefined is Go's nil map. */
export function stringMapField(
  plain: Plain | undefined,
  field: string,
): ReadonlyMap<ByteString, ByteString> | undefined {
  if (plain === undefined || plain === null) return undefined;
  if (!isPlainMap(plain)) throw mismatch(plain, 'map[string]string', field);
  return new Map([...plain].map(([key, value]) => [key, stringField(value, field)]));
}

export function isPlainMap(plain: Plain): plain is PlainMap {
  return plain instanceof Map;
}

function coerceToString(plain: Plain, field?: string): ByteString {
  switch (typeof plain) {
    case 'string':
      return plain;
    case 'boolean':
    case 'bigint':
      return String(plain);
    case 'number':
      return formatGoFloat(plain, 32);
    default:
      throw mismatch(plain, 'string', field);
  }
}

export function mismatch(plain: Plain, goType: string, field?: string): ShapeError {
  const target = field === undefined ? `Go value of type ${goType}` : `Go struct field ${field} of type ${goType}`;
  return new ShapeError(`json: cannot unmarshal ${jsonKind(plain)} into ${target}`);
}

function jsonKind(plain: Plain): string {
  if (typeof plain === 'string') return 'string';
  if (typeof plain === 'boolean') return 'bool';
  if (typeof plain === 'number' || typeof plain === 'bigint') return 'number';
  return plain === null ? 'null' : isPlainMap(plain) ? 'object' : 'array';
}

function foldsTo(name: string, key: ByteString): boolean {
  return fromText(name).toLowerCase() === key.toLowerCase();
}
