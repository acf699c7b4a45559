/** Reading TOML as BurntSushi/toml reads it, for Helm's `fromToml`. Errors carry that library's words. */
import {
  codePointAt,
  end,
  failure,
  matchHere,
  peek,
  quoted,
  type Reader,
  skipBlankLines,
  skipBlanks,
  skipComment,
  take,
  unexpected,
} from './toml-cursor.ts';
import { TomlError } from './toml-error.ts';
import { readTomlDatetime, readTomlFloat, readTomlInteger } from './toml-scalar.ts';
import {
  define,
  enterImplied,
  enterTable,
  newTable,
  newTables,
  pathText,
  TomlConflict,
  type TomlDatetime,
  type TomlNode,
  type TomlTable,
} from './toml-tables.ts';
import { readLongRawString, readLongString, readRawString, readString } from './toml-text.ts';

/** Makes the values. `tables` is a list of nothing but tables, written as `[[name]]`. */
export interface TomlBuilder<T> {
  string(value: string): T;
  integer(value: number | bigint): T;
  float(value: number): T;
  boolean(value: boolean): T;
  datetime(value: string, kind: TomlDatetime): T;
  array(items: T[]): T;
  tables(items: T[]): T;
  table(entries: ReadonlyMap<string, T>): T;
}

/** The table a text describes. Throws TomlError. */
export function readToml<T>(text: string, builder: TomlBuilder<T>): T {
  return build(parse(text), builder);
}

function build<T>(node: TomlNode, builder: TomlBuilder<T>): T {
  switch (node.type) {
    case 'table':
      return builder.table(new Map(Array.from(node.entries, ([key, value]) => [key, build(value, builder)])));
    case 'tables':
      return builder.tables(node.items.map((item) => build(item, builder)));
    case 'array':
      return builder.array(node.items.map((item) => build(item, builder)));
    case 'string':
      return builder.string(node.value);
    case 'integer':
      return builder.integer(node.value);
    case 'float':
      return builder.float(node.value);
    case 'boolean':
      return builder.boolean(node.value);
    case 'datetime':
      return builder.datetime(node.value, node.kind);
  }
}

const maxDepth = 1000;

function parse(text: string): TomlTable {
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const reader: Reader = { text, tables: newTables(), at: start, key: '', depth: 0 };
  if (text.slice(start, start + 6).includes('\0')) {
    throw new TomlError(
      'toml: line 1: files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8',
      1,
    );
  }
  for (skipBlankLines(reader); peek(reader) !== end; skipBlankLines(reader)) {
    if (peek(reader) === '[') readHeader(reader);
    else readPair(reader);
    endLine(reader);
  }
  return reader.tables.root;
}

function endLine(r: Reader): void {
  skipBlanks(r);
  if (peek(r) === '#') skipComment(r);
  const character = peek(r);
  if (character === end || character === '\n' || character === '\r') return;
  throw unexpected(
    r,
    (found) => `expected a top-level item to end with a newline, comment, or EOF, but got ${quoted(found)} instead`,
  );
}

/** `[a.b]` or `[[a.b]]`. */
function readHeader(r: Reader): void {
  const start = r.at;
  r.at++;
  const kind = peek(r) === '[' ? 'tables' : 'table';
  if (kind === 'tables') r.at++;
  const path: string[] = [];
  do {
    skipBlanks(r);
    const character = peek(r);
    if (character === ']' || character === end) {
      throw unexpected(r, () => 'unexpected end of table name (table names cannot be empty)');
    }
    if (character === '.') throw failure(r, 'unexpected table separator (table names cannot be empty)');
    path.push(readName(r));
    skipBlanks(r);
  } while (take(r, '.'));
  if (!take(r, ']')) {
    throw unexpected(r, (found) => `expected '.' or ']' to end table name, but got ${quoted(found)} instead`);
  }
  if (kind === 'tables' && !take(r, ']')) {
    throw unexpected(r, (found) => `expected end of table array name delimiter ']', but got ${quoted(found)} instead`);
  }
  resolving(r, start, () => enterTable(r.tables, path, kind));
  r.tables.arrays.delete(pathText(path));
}

/** One part of a dotted name. */
function readName(r: Reader): string {
  if (peek(r) === '"') return readString(r);
  if (peek(r) === "'") return readRawString(r);
  const from = r.at;
  while (/^[A-Za-z0-9_-]$/.test(peek(r))) r.at++;
  return r.text.slice(from, r.at);
}

/** The parts of a dotted key up to the `=`. */
function readKey(r: Reader): string[] {
  skipBlanks(r);
  const first = peek(r);
  if (first === '=' || first === end) throw failure(r, "unexpected '=': key name appears blank");
  if (first === '.') throw failure(r, "unexpected '.': keys cannot start with a '.'");
  const path: string[] = [];
  do {
    skipBlanks(r);
    if (path.length > 0 && (peek(r) === '=' || peek(r) === end)) throw unexpected(r, () => "unexpected '='");
    if (path.length > 0 && peek(r) === '.') throw failure(r, "unexpected '.'");
    path.push(readName(r));
    skipBlanks(r);
  } while (take(r, '.'));
  if (take(r, '=')) return path;
  if (peek(r) === end) throw unexpected(r, () => "unexpected EOF; expected key separator '='");
  throw failure(r, `expected '.' or '=', but got ${quoted(codePointAt(r))} instead`);
}

/** `a.b = value` in the current table. */
function readPair(r: Reader): { readonly path: readonly string[]; readonly value: TomlNode } {
  const start = r.at;
  const outer = r.tables.context;
  const path = readKey(r);
  const outerKey = r.key;
  r.key = path[path.length - 1] ?? '';
  resolving(r, start, () => {
    for (let i = 1; i < path.length; i++) enterImplied(r.tables, [...outer, ...path.slice(0, i)]);
  });
  const { context } = r.tables;
  const value = readValue(r, 'key');
  r.tables.context = context;
  resolving(r, start, () => define(r.tables, path[path.length - 1] ?? '', value));
  if (value.type !== 'array') r.tables.arrays.delete(typedName(context, r.key));
  r.tables.context = outer;
  r.key = outerKey;
  return { path, value };
}

/** Under which name a key's type is noted: the library notes that of an empty key for the table around it. */
function typedName(context: readonly string[], key: string): string {
  return pathText(key === '' && context.length > 0 ? context : [...context, key]);
}

function resolving(r: Reader, at: number, change: () => void): void {
  try {
    change();
  } catch (error) {
    if (error instanceof TomlConflict) throw failure(r, error.message, { at });
    throw error;
  }
}

function readValue(r: Reader, place: 'key' | 'array'): TomlNode {
  skipBlanks(r);
  const character = peek(r);
  if (/^[0-9]$/.test(character)) return readNumberOrTime(r);
  switch (character) {
    case '[':
      // Known as an array before its items are read, so that the tables among these give way to it.
      r.tables.arrays.add(typedName(r.tables.context, r.key));
      return nested(r, readArray);
    case '{':
      return nested(r, (inner) => readInlineTable(inner, place));
    case '"':
      return { type: 'string', value: r.text.startsWith('"""', r.at) ? readLongString(r) : readString(r) };
    case "'":
      return { type: 'string', value: r.text.startsWith("'''", r.at) ? readLongRawString(r) : readRawString(r) };
    case '.':
      throw failure(r, "floats must start with a digit, not '.'");
    case '-':
    case '+':
      return readSigned(r);
    case end:
      throw unexpected(r, () => 'unexpected EOF; expected value');
  }
  for (const word of ['inf', 'nan']) {
    if (r.text.startsWith(word, r.at)) return accept(r, word, readTomlFloat);
  }
  if (/^\p{L}$/u.test(codePointAt(r))) return readWord(r);
  throw failure(r, `expected value but found ${quoted(codePointAt(r))} instead`);
}

function nested(r: Reader, read: (r: Reader) => TomlNode): TomlNode {
  r.depth++;
  if (r.depth > maxDepth) throw failure(r, `exceeded max depth of ${maxDepth}`);
  const node = read(r);
  r.depth--;
  return node;
}

/** Takes a text and turns it into a value, or fails where it stands. */
function accept(r: Reader, text: string, read: (text: string) => TomlNode | string): TomlNode {
  const node = read(text);
  if (typeof node === 'string') throw failure(r, node);
  r.at += text.length;
  return node;
}

function readWord(r: Reader): TomlNode {
  const word = matchHere(r, /\p{L}+/uy);
  if (word !== 'true' && word !== 'false') throw failure(r, `expected value but found ${JSON.stringify(word)} instead`);
  r.at += word.length;
  return { type: 'boolean', value: word === 'true' };
}

function readSigned(r: Reader): TomlNode {
  const special = matchHere(r, /[-+](?:inf|nan)/y);
  if (special !== '') return accept(r, special, readTomlFloat);
  const based = matchHere(r, /[-+]0[box]/y);
  if (based !== '') throw failure(r, `cannot use sign with non-decimal numbers: '${based}'`);
  const sign = r.at;
  r.at++;
  const next = codePointAt(r);
  if (next === 'i' || next === 'n') throw failure(r, `invalid float: '${r.text.slice(sign, r.at + 2)}'`);
  if (next === '.') throw failure(r, "floats must start with a digit, not '.'");
  if (!/^[0-9]$/.test(next)) throw unexpected(r, (found) => `expected a digit but got ${quoted(found)}`);
  r.at = sign;
  return readNumber(r);
}

function readNumber(r: Reader): TomlNode {
  const digits = matchHere(r, /[-+]?[0-9_]+/y);
  const float = matchHere(r, /[-+]?[0-9_]+[.eE][-+0-9_.eE]*/y);
  return float === '' ? accept(r, digits, readTomlInteger) : accept(r, float, readTomlFloat);
}

function readNumberOrTime(r: Reader): TomlNode {
  const time = matchHere(r, /(?:[1-9][0-9]*|0[0-9]+)[-:][-:Tt .Zz+0-9]*/y);
  if (time !== '') {
    const trimmed = time.trimEnd();
    return accept(r, trimmed, readTomlDatetime);
  }
  const prefix = matchHere(r, /0[box]/y);
  if (prefix !== '' && matchHere(r, /0(?:b[01]|o[0-7]|x[0-9a-fA-F])/y) === '') {
    const name = { '0b': 'a binary', '0o': 'an octal', '0x': 'a hexadecimal' }[prefix];
    throw failure(r, `not ${name} number: '${prefix}${r.text.charAt(r.at + 2) || '\0'}'`);
  }
  const based = matchHere(r, /0(?:b[01_]+|o[0-7_]+|x[0-9a-fA-F_]+)/y);
  return based === '' ? readNumber(r) : accept(r, based, readTomlInteger);
}

function readArray(r: Reader): TomlNode {
  r.at++;
  const items: TomlNode[] = [];
  for (;;) {
    skipBlankLines(r);
    if (peek(r) === ',') throw failure(r, 'unexpected comma');
    if (take(r, ']')) return { type: 'array', items };
    items.push(readValue(r, 'array'));
    skipBlankLines(r);
    if (take(r, ',')) continue;
    if (take(r, ']')) return { type: 'array', items };
    throw unexpected(r, (found) => `expected a comma (',') or array terminator (']'), but got ${orEnd(found)}`);
  }
}

function orEnd(character: string): string {
  return character === end ? 'end of file' : `'${character}'`;
}

/** Keys of an inline table are checked against all that was defined, then kept in a table of their own. */
function readInlineTable(r: Reader, place: 'key' | 'array'): TomlNode {
  const start = r.at;
  r.at++;
  const outer = r.tables.context;
  const outerKey = r.key;
  const path = [...outer, r.key];
  r.key = '';
  r.tables.context = path;
  resolving(r, start, () => {
    r.tables.implicit.add(pathText(path));
    enterTable(r.tables, path, place === 'array' ? 'tables' : 'table');
  });
  const table = newTable();
  for (;;) {
    skipBlankLines(r);
    if (peek(r) === ',') throw failure(r, 'unexpected comma');
    if (take(r, '}')) break;
    const pair = readPair(r);
    insert(table, pair.path, pair.value);
    // Until the next key is read, errors are told of this one.
    r.key = pair.path.at(-1) ?? '';
    skipBlankLines(r);
    if (take(r, ',')) continue;
    if (take(r, '}')) break;
    throw unexpected(
      r,
      (found) => `expected a comma or an inline table terminator '}', but got ${orEnd(found)} instead`,
    );
  }
  r.tables.context = outer;
  r.key = outerKey;
  return table;
}

function insert(table: TomlTable, path: readonly string[], value: TomlNode): void {
  let inner = table;
  for (const key of path.slice(0, -1)) {
    const next = inner.entries.get(key);
    const into = next?.type === 'table' ? next : newTable();
    inner.entries.set(key, into);
    inner = into;
  }
  inner.entries.set(path[path.length - 1] ?? '', value);
}
