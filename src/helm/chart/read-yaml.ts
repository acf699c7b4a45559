import { decodeYamlBytes, readYamlWith, type YamlBuilder, YamlError } from '../../yaml/index.ts';
import { type ByteString, fromText, isAscii, toBytes, toText } from '../bytes.ts';
import { GoError } from '../errors.ts';
import { dictOf, GoMap, listOf, types, type Value } from '../value.ts';
import { mismatch, type Plain, ShapeError } from './plain.ts';

/**
 * YAML as Helm reads it: through sigs.k8s.io/yaml, that is YAML → JSON → Go. Errors are `GoError`s with the text that
 * library gives, so callers only put their own words in front.
 */

/** A document as typed scalars, for decoding into a struct with `plain.ts`. */
export function readPlain(text: ByteString): Plain {
  return converting(() => readYamlWith(decoded(text), plainBuilder, { integers: 'exact' }));
}

/** Decodes what `readPlain` gave; a shape that does not fit becomes the error of the library. */
export function decoding<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new GoError(`error unmarshaling JSON: while decoding JSON: ${error.message}`);
  }
}

/** A document as a `map[string]interface {}` whose numbers are float64; an empty document is an empty map. */
export function readTable(text: ByteString): GoMap {
  const value = converting(() => readYamlWith(decoded(text), valueBuilder, { integers: 'float64' }));
  if (value === null) return dictOf();
  if (value instanceof GoMap) return value;
  return decoding(() => {
    throw mismatch(asPlain(value), types.dict.name);
  });
}

const valueBuilder: YamlBuilder<Value> = {
  null: () => null,
  boolean: (value) => value,
  number: Number,
  string: fromText,
  sequence: listOf,
  mapping: () => dictOf(),
  set: (mapping, key, value) => {
    (mapping as GoMap).entries.set(fromText(key), value);
  },
};

const plainBuilder: YamlBuilder<Plain> = {
  null: () => null,
  boolean: (value) => value,
  // `1.0` and `1` are both 1 here, but Go prints a float and an integer differently once they are long.
  number: (value, node) => (typeof value === 'bigint' || isIntegerText(node.value) ? BigInt(value) : value),
  string: fromText,
  sequence: (items) => items,
  mapping: () => new Map<ByteString, Plain>(),
  set: (mapping, key, value) => {
    (mapping as Map<ByteString, Plain>).set(fromText(key), value);
  },
};

function isIntegerText(text: string): boolean {
  return /^[-+]?0[xX]/.test(text) || !/[.eE]/.test(text);
}

function converting<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new YamlTextError(`error converting YAML to JSON: ${error.message}`, error);
  }
}

/** A text that is no YAML; knows where. */
export class YamlTextError extends GoError {
  readonly line: number | undefined;
  readonly column: number | undefined;
  constructor(message: string, error: YamlError) {
    super(message, { cause: error });
    this.line = error.line;
    this.column = error.column;
  }
}

/** Bytes that are no UTF-8 are left to the YAML room, which knows UTF-16 and what go-yaml says to the rest. */
function decoded(text: ByteString): string {
  if (isAscii(text)) return text;
  const asText = toText(text);
  return asText.includes('\ufffd') ? decodeYamlBytes(toBytes(text)) : asText;
}

function asPlain(value: Value): Plain {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') {
    return value;
  }
  return [];
}
