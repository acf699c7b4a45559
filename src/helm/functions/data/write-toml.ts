import type { ByteString } from '../../bytes.ts';
import { GoError } from '../../errors.ts';
import { formatFloat } from '../../format/float.ts';
import { GoBytes, GoComplex, GoInt, GoMap, GoPointer, GoSlice, GoStruct, sortedKeys, type Value } from '../../value.ts';
import { checkNesting } from '../deep-equal.ts';
import { sliceItems } from '../define.ts';
import { DURATION, GoTime } from '../go-time.ts';
import { GoVersion } from '../go-version.ts';
import { formatVersion } from '../semver/version.ts';
import { formatDuration } from '../time/duration.ts';
import { formatInstant } from '../time/instant.ts';

/** What of TOML a value is; `none` is left out, and may not stand in an array. */
type TomlKind = 'none' | 'value' | 'table' | 'tables';

type Key = readonly ByteString[];

/**
 * Go's BurntSushi/toml encoder: in each table first the values, then the tables, both by sorted keys; two blanks a
 * level. Throws a {@link GoError}.
 */
export function writeToml(value: Value): ByteString {
  if (value === null) throw new GoError('reflect: call of reflect.Value.Type on zero Value');
  const out: ByteString[] = [];
  writeItem(out, [], value);
  return out.join('');
}

function writeItem(out: ByteString[], key: Key, value: Value): void {
  checkNesting(key.length);
  switch (kindOf(value)) {
    case 'none':
      if (key.length === 0 && value instanceof GoSlice) out.push('[]');
      return;
    case 'table':
      if (key.length === 1) breakLine(out);
      if (key.length > 0) out.push(`${indent(key)}[${key.map(keyText).join('.')}]\n`);
      writeTable(out, key, value);
      return;
    case 'tables':
      writeTables(out, key, value);
      return;
    case 'value':
      if (key.length === 0) out.push(element(value));
      else out.push(`${indent(key)}${keyText(key.at(-1) ?? '')} = ${element(value)}\n`);
  }
}

function writeTables(out: ByteString[], key: Key, value: Value): void {
  if (key.length === 0) throw new GoError('toml: top-level values must be Go maps or structs');
  for (const item of sliceItems(value) ?? []) {
    breakLine(out);
    out.push(`${indent(key)}[[${key.map(keyText).join('.')}]]\n`);
    writeTable(out, key, item);
  }
}

function writeTable(out: ByteString[], key: Key, value: Value): void {
  for (const [name, member] of ordered(value)) writeItem(out, [...key, name], member);
}

function breakLine(out: ByteString[]): void {
  if (out.length > 0) out.push('\n');
}

/** The members of a table: those that are no tables come first, wherever their keys sort. */
function ordered(value: Value): (readonly [ByteString, Value])[] {
  const members = membersOf(value).map(([name, member]) => {
    const kind = kindOf(member);
    return { name, member, later: kind === 'table' || kind === 'tables' };
  });
  const first = members.filter(({ later }) => !later);
  return [...first, ...members.filter(({ later }) => later)].map(({ name, member }) => [name, member] as const);
}

function membersOf(value: Value): (readonly [ByteString, Value])[] {
  if (value instanceof GoMap) return sortedKeys(value).map((key) => [key, value.entries.get(key) ?? null] as const);
  const struct = value instanceof GoPointer ? value.target : value;
  if (struct instanceof GoStruct) return [...struct.fields].filter(([name]) => /^[A-Z]/.test(name));
  return [];
}

function kindOf(value: Value): TomlKind {
  if (value === null) return 'none';
  if (value instanceof GoComplex) throw new GoError('unsupported type: complex128');
  if (value instanceof GoMap) return value.isNil ? 'none' : 'table';
  if (value instanceof GoPointer) return value.target === null ? 'none' : kindOf(value.target);
  if (value instanceof GoTime || value instanceof GoVersion) return 'value';
  if (value instanceof GoStruct) return 'table';
  if (value instanceof GoSlice) return value.isNil ? 'none' : kindOfList(value.items);
  return 'value';
}

function kindOfList(items: readonly Value[]): TomlKind {
  const kinds = items.map(kindOf);
  if (kinds.includes('none')) throw new GoError('toml: cannot encode array with nil element');
  return kinds.length > 0 && kinds.every((kind) => kind === 'table') ? 'tables' : 'value';
}

function element(value: Value): ByteString {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return float(value);
  if (value instanceof GoInt) {
    return value.type.name === DURATION.name ? quoted(formatDuration(value.value)) : String(value.value);
  }
  if (value instanceof GoSlice || value instanceof GoBytes) {
    return `[${(sliceItems(value) ?? []).map(element).join(', ')}]`;
  }
  if (value instanceof GoTime) return formatInstant(value.instant, '2006-01-02T15:04:05.999999999Z07:00');
  const struct = value instanceof GoPointer ? value.target : value;
  return struct instanceof GoVersion ? quoted(formatVersion(struct.version)) : inlineTable(value);
}

/** A comma stands behind every member but the last, also before one that is left out for being nil. */
function inlineTable(value: Value): ByteString {
  const members = ordered(value);
  const texts = members.map(([name, member], index) => {
    if (kindOf(member) === 'none') return '';
    return `${keyText(name)} = ${element(member)}${index < members.length - 1 ? ', ' : ''}`;
  });
  return `{${texts.join('')}}`;
}

function float(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const text = formatFloat(value, 'g', -1);
  return /[e.]/.test(text) ? text : `${text}.0`;
}

function indent(key: Key): string {
  return '  '.repeat(Math.max(0, key.length - 1));
}

function keyText(key: ByteString): ByteString {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key);
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

function quoted(text: ByteString): ByteString {
  const escaped = text.replace(
    /["\\\x00-\x1f\x7f]/g,
    (byte) => SHORT[byte] ?? `\\u${byte.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}
