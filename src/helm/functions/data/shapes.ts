import { type Shape, type ShapeOf, TomlError, YamlError } from '../../../yaml/index.ts';
import { type ByteString, decodeRune, encodeRune, isAscii, toBytes, toText } from '../../bytes.ts';
import { GoError } from '../../errors.ts';
import { GoBytes, GoComplex, GoInt, GoMap, GoPointer, GoSlice, GoStruct, type Value } from '../../value.ts';
import { encodeBase64 } from '../codec.ts';
import { sliceItems } from '../define.ts';
import { DURATION, GoTime } from '../go-time.ts';
import { GoVersion } from '../go-version.ts';
import { isEmpty } from '../logic.ts';
import { formatVersion } from '../semver/version.ts';
import { firstInvalidByte } from '../text/utf8.ts';
import { formatDuration } from '../time/duration.ts';
import { clockOf, formatInstant } from '../time/instant.ts';

/** How Go's encoding/json sees a value. Throws a {@link GoError} for what it cannot write. */
export const jsonShape: ShapeOf<Value> = shapesWith(jsonText);

/** The same for YAML, where after its way through JSON a byte that is no UTF-8 is a replacement character. */
export const yamlShape: ShapeOf<Value> = shapesWith(toText);

/** How go-yaml v3 sees a value: without the names that are for JSON, and with no nil lists or maps. */
export function prettyShape(value: Value): Shape<Value> {
  if (typeof value === 'string') {
    if (firstInvalidByte(value) === -1) return { type: 'string', value: toText(value) };
    return { type: 'verbatim', value: `!!binary ${encodeBase64(toBytes(value))}` };
  }
  if (value instanceof GoTime) return { type: 'verbatim', value: formatInstant(value.instant, RFC_3339) };
  if (value instanceof GoSlice) return { type: 'list', items: value.items };
  if (value instanceof GoMap) return { type: 'map', entries: textEntries(value) };
  if (value instanceof GoVersion) return { type: 'string', value: formatVersion(value.version) };
  if (value instanceof GoStruct) {
    const fields = [...value.fields].filter(([name]) => isExported(name));
    return { type: 'map', entries: fields.map(([name, field]) => [name.toLowerCase(), field] as const) };
  }
  if (value instanceof GoPointer && value.target !== null) return prettyShape(value.target);
  return jsonShape(value);
}

/**
 * How BurntSushi/toml sees a value. Texts stay byte strings: TOML escapes nothing that is no ASCII, so the writer can
 * take one byte for one character.
 */
export function tomlShape(value: Value): Shape<Value> {
  if (typeof value === 'string') return { type: 'string', value };
  if (value instanceof GoTime) return { type: 'verbatim', value: formatInstant(value.instant, RFC_3339) };
  if (value instanceof GoInt && value.type.name === DURATION.name) {
    return { type: 'string', value: formatDuration(value.value) };
  }
  if (value instanceof GoBytes) return { type: 'list', items: sliceItems(value) ?? [] };
  if (value instanceof GoMap && !value.isNil) return { type: 'map', entries: value.entries };
  if (value instanceof GoStruct && !(value instanceof GoVersion)) return { type: 'map', entries: value.fields };
  if (value instanceof GoPointer && value.target !== null) return tomlShape(value.target);
  if (value instanceof GoComplex) throw new GoError('unsupported type: complex128');
  return jsonShape(value);
}

const RFC_3339 = '2006-01-02T15:04:05.999999999Z07:00';

/** Stands in a text for each byte that is no UTF-8: half a character, for which the JSON writer has an escape. */
const INVALID_BYTE = '\udfff';

function shapesWith(textOf: (bytes: ByteString) => string): ShapeOf<Value> {
  function shapeOf(value: Value): Shape<Value> {
    switch (typeof value) {
      case 'string':
        return { type: 'string', value: textOf(value) };
      case 'number':
        return { type: 'float', value };
      case 'boolean':
        return { type: 'bool', value };
      default:
        return value === null ? { type: 'null' } : objectShape(value);
    }
  }
  function objectShape(value: Exclude<Value, null | boolean | string | number>): Shape<Value> {
    if (value instanceof GoMap) return value.isNil ? { type: 'null' } : { type: 'map', entries: mapEntries(value) };
    if (value instanceof GoSlice) return value.isNil ? { type: 'null' } : { type: 'list', items: value.items };
    if (value instanceof GoInt) return { type: 'int', value: value.value };
    if (value instanceof GoBytes) return { type: 'string', value: encodeBase64(toBytes(value.bytes)) };
    if (value instanceof GoPointer) return value.target === null ? { type: 'null' } : objectShape(value.target);
    if (value instanceof GoComplex) throw new GoError('json: unsupported type: complex128');
    if (value instanceof GoTime) return { type: 'string', value: timeText(value) };
    if (value instanceof GoVersion) return { type: 'string', value: formatVersion(value.version) };
    return { type: 'map', entries: fieldEntries(value), struct: true };
  }
  function mapEntries({ entries }: GoMap): (readonly [string, Value])[] {
    return [...entries].map(([key, value]) => [textOf(key), value] as const);
  }
  return shapeOf;
}

function textEntries({ entries }: GoMap): (readonly [string, Value])[] {
  return [...entries].map(([key, value]) => [toText(key), value] as const);
}

/** The fields of a struct under the names of their tags. */
function fieldEntries(struct: GoStruct): (readonly [string, Value])[] {
  const entries: (readonly [string, Value])[] = [];
  for (const { name, json } of struct.type.fields ?? []) {
    const [tag = '', ...options] = (json ?? '').split(',');
    const value = struct.fields.get(name);
    if (!isExported(name) || json === '-' || value === undefined) continue;
    if (options.includes('omitempty') && !(value instanceof GoStruct) && isEmpty(value)) continue;
    entries.push([tag || name, value]);
  }
  return entries;
}

function isExported(name: string): boolean {
  return /^[A-Z]/.test(name);
}

function timeText({ instant }: GoTime): string {
  const { year } = clockOf(instant);
  if (year < 0n || year > 9999n) {
    throw new GoError(
      'json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: year outside of range [0,9999]',
    );
  }
  return formatInstant(instant, RFC_3339);
}

function jsonText(text: ByteString): string {
  if (isAscii(text)) return text;
  let out = '';
  for (let at = 0; at < text.length; ) {
    const { code, size } = decodeRune(text, at);
    out += size === 1 && code > 0x7f ? INVALID_BYTE : toText(encodeRune(code));
    at += size;
  }
  return out;
}

/** Errors of the writers as Go errors. A stack that runs over is a map that holds itself. */
export function inGoWords<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof YamlError || error instanceof TomlError) throw new GoError(error.message);
    if (!(error instanceof RangeError)) throw error;
    throw new GoError(
      error.message.startsWith('json:')
        ? error.message
        : 'json: unsupported value: encountered a cycle via map[string]interface {}',
    );
  }
}
