import {
  decodeYamlBytes,
  formatJson,
  formatToml,
  formatYaml,
  formatYamlPretty,
  type JsonStyle,
  readYamlWith,
  type YamlBuilder,
  YamlError,
} from '../../yaml/index.ts';
import { type ByteString, fromText, isAscii, toBytes } from '../bytes.ts';
import { GoError } from '../errors.ts';
import type { HelmFunction } from '../function.ts';
import { dictOf, GoMap, GoSlice, listOf, types, type Value } from '../value.ts';
import { decodeBase32, decodeBase64, encodeBase32, encodeBase64 } from './codec.ts';
import { type DecodedJson, jsonKind, readJson } from './data/read-json.ts';
import { inGoWords, jsonShape, prettyShape, tomlShape, yamlShape } from './data/shapes.ts';
import { readTomlDict } from './data/toml.ts';
import { define, NIL_LIST, takes } from './define.ts';
import { loadZone, UTC } from './time/zone.ts';

const { any, string } = takes;

const LINE: JsonStyle = { html: true, pretty: false };
const PRETTY: JsonStyle = { html: true, pretty: true };
const RAW: JsonStyle = { html: false, pretty: false };

/** Functions that write and read data formats, and sprig's encodings. */
export const encodingFunctions: readonly HelmFunction[] = [
  ...define('b64enc', { takes: [string], gives: types.string, call: ([text]) => encodeBase64(toBytes(text)) }),
  ...define('b64dec', { takes: [string], gives: types.string, call: ([text]) => orMessage(() => decodeBase64(text)) }),
  ...define('b32enc', { takes: [string], gives: types.string, call: ([text]) => encodeBase32(text) }),
  ...define('b32dec', { takes: [string], gives: types.string, call: ([text]) => orMessage(() => decodeBase32(text)) }),
  ...define('toJson', { takes: [any], gives: types.string, call: ([value]) => orNothing(() => toJson(value, LINE)) }),
  ...define('mustToJson', { takes: [any], gives: types.string, call: ([value]) => toJson(value, LINE) }),
  ...define('toPrettyJson', {
    takes: [any],
    gives: types.string,
    call: ([value]) => orNothing(() => toJson(value, PRETTY)),
  }),
  ...define('mustToPrettyJson', { takes: [any], gives: types.string, call: ([value]) => toJson(value, PRETTY) }),
  ...define(['toRawJson', 'mustToRawJson'], {
    takes: [any],
    gives: types.string,
    call: ([value]) => toJson(value, RAW),
  }),
  ...define('fromJson', { takes: [string], gives: types.dict, call: ([text]) => dictFrom(() => readJson(text), '') }),
  ...define('fromJsonArray', {
    takes: [string],
    gives: types.list,
    call: ([text]) => listFrom(() => readJson(text), ''),
  }),
  ...define('mustFromJson', {
    takes: [string],
    gives: types.any,
    call: ([text]) => {
      const { value, error } = readJson(text);
      if (error !== undefined) throw new GoError(error);
      return value;
    },
  }),
  ...define('toYaml', { takes: [any], gives: types.string, call: ([value]) => orNothing(() => toYaml(value)) }),
  ...define('toYamlPretty', {
    takes: [any],
    gives: types.string,
    call: ([value]) =>
      orNothing(() => withoutLastBreak(fromText(inGoWords(() => formatYamlPretty(value, prettyShape))))),
  }),
  ...define('fromYaml', {
    takes: [string],
    gives: types.dict,
    call: ([text]) => dictFrom(() => readYaml(text, dictOf()), WHILE_DECODING),
  }),
  ...define('fromYamlArray', {
    takes: [string],
    gives: types.list,
    call: ([text]) => listFrom(() => readYaml(text, listOf([])), WHILE_DECODING),
  }),
  ...define('toToml', { takes: [any], gives: types.string, call: ([value]) => tomlOrMessage(value) }),
  ...define('fromToml', {
    takes: [string],
    gives: types.dict,
    call: ([text], _, context) => {
      const table = orGoError(() => readTomlDict(text, loadZone('Local', context.timeZone) ?? UTC));
      return table instanceof GoError ? dictOf([['Error', table.message]]) : table;
    },
  }),
];

/** Since Helm 4.2. */
export const mustToToml: readonly HelmFunction[] = define('mustToToml', {
  takes: [any],
  gives: types.string,
  call: ([value]) => toToml(value),
});

/** Since Helm 4.0. */
export const mustToYaml: readonly HelmFunction[] = define('mustToYaml', {
  takes: [any],
  gives: types.string,
  call: ([value]) => toYaml(value),
});

/** What sigs.k8s.io/yaml puts before an error of its JSON step. */
const WHILE_DECODING = 'error unmarshaling JSON: while decoding JSON: ';

function toJson(value: Value, style: JsonStyle): ByteString {
  const text = inGoWords(() => formatJson(value, jsonShape, style));
  return fromText(text);
}

/** Helm's toYaml: without the last line break. Throws `GoError`. */
export function toYaml(value: Value): ByteString {
  return withoutLastBreak(fromText(inGoWords(() => formatYaml(value, yamlShape))));
}

function withoutLastBreak(text: ByteString): ByteString {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

const values: YamlBuilder<Value> = {
  null: () => null,
  boolean: (value) => value,
  number: (value) => Number(value),
  string: (value) => fromText(value),
  sequence: (items) => listOf(items),
  mapping: () => dictOf(),
  set: (mapping, key, value) => {
    (mapping as GoMap).entries.set(fromText(key), value);
  },
};

/** An empty document leaves what was there before, unlike JSON's null. */
function readYaml(text: ByteString, empty: Value): DecodedJson {
  try {
    return {
      value:
        readYamlWith(isAscii(text) ? text : decodeYamlBytes(toBytes(text)), values, { integers: 'float64' }) ?? empty,
      error: undefined,
    };
  } catch (error) {
    if (error instanceof YamlError) throw new GoError(`error converting YAML to JSON: ${fromText(error.message)}`);
    throw error;
  }
}

/** A map, or one whose key `Error` holds what is wrong. */
function dictFrom(read: () => DecodedJson, prefix: string): GoMap {
  const failed = (message: string) => dictOf([['Error', message]]);
  const decoded = orGoError(read);
  if (decoded instanceof GoError) return failed(decoded.message);
  const { value, error } = decoded;
  if (value === null) return new GoMap(types.dict, new Map(), true);
  if (!(value instanceof GoMap)) return failed(prefix + mismatch(value, types.dict.name));
  if (error !== undefined) value.entries.set('Error', prefix + error);
  return value;
}

/** A list, or one whose only item is what is wrong. */
function listFrom(read: () => DecodedJson, prefix: string): GoSlice {
  const decoded = orGoError(read);
  if (decoded instanceof GoError) return listOf([decoded.message]);
  const { value, error } = decoded;
  if (value === null) return NIL_LIST;
  if (!(value instanceof GoSlice)) return listOf([prefix + mismatch(value, types.list.name)]);
  return error === undefined ? value : listOf([prefix + error]);
}

function mismatch(value: Value, type: string): string {
  return `json: cannot unmarshal ${jsonKind(value)} into Go value of type ${type}`;
}

function toToml(value: Value): ByteString {
  if (value instanceof GoSlice && value.isNil) return '[]';
  return inGoWords(() => formatToml(value, tomlShape));
}

/** The encoder's errors are the text of the result, but for nil it panics. */
function tomlOrMessage(value: Value): ByteString {
  return value === null ? toToml(value) : orMessage(() => toToml(value));
}

function orNothing(write: () => ByteString): ByteString {
  const written = orGoError(write);
  return written instanceof GoError ? '' : written;
}

function orMessage(decode: () => ByteString): ByteString {
  const decoded = orGoError(decode);
  return decoded instanceof GoError ? decoded.message : decoded;
}

function orGoError<T>(run: () => T): T | GoError {
  try {
    return run();
  } catch (error) {
    if (error instanceof GoError) return error;
    throw error;
  }
}
