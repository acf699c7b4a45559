/** TOML as BurntSushi/toml writes it: plain keys before tables, both sorted; a blank line before each top-level table. */
import { compareBytes } from './go-json.ts';
import { formatGoFloat } from './go-number.ts';
import type { Shape, ShapeOf } from './shape.ts';
import { TomlError } from './toml-error.ts';

/** Helm's `toToml`. Throws TomlError where the library returns an error, and for a null, where it panics. */
export function formatToml<T>(value: T, shapeOf: ShapeOf<T>): string {
  const writer: Writer<T> = { shapeOf, out: '' };
  const shape = shapeOf(value);
  if (shape.type === 'null') throw new TomlError('reflect: call of reflect.Value.Type on zero Value');
  if (shape.type === 'map') writeTable(writer, [], shape);
  else if (kindOf(writer, shape) === 'tables') throw new TomlError('toml: top-level values must be Go maps or structs');
  else writeInline(writer, shape, 0);
  return writer.out;
}

interface Writer<T> {
  readonly shapeOf: ShapeOf<T>;
  out: string;
}

type MapShape<T> = Extract<Shape<T>, { type: 'map' }>;
type Kind = 'plain' | 'table' | 'tables';

const maxDepth = 1000;

/** Lists of nothing but tables are written as tables; every list on the way is checked for nulls. */
function kindOf<T>(writer: Writer<T>, shape: Shape<T>, depth = 0): Kind {
  if (depth > maxDepth) throw new TomlError(`toml: exceeded max depth of ${maxDepth}`);
  if (shape.type === 'map') return 'table';
  if (shape.type !== 'list' || shape.items.length === 0) return 'plain';
  let all = true;
  for (const item of shape.items) {
    const itemShape = writer.shapeOf(item);
    if (itemShape.type === 'null') throw new TomlError('toml: cannot encode array with nil element');
    if (kindOf(writer, itemShape, depth + 1) !== 'table') all = false;
  }
  return all ? 'tables' : 'plain';
}

interface Member<T> {
  readonly key: string;
  readonly shape: Shape<T>;
  readonly kind: Kind;
}

/** Members in the order of writing: plain ones, then tables. */
function membersOf<T>(writer: Writer<T>, table: MapShape<T>): Member<T>[] {
  const members = Array.from(table.entries, ([key, value]) => {
    const shape = writer.shapeOf(value);
    return { key, shape, kind: kindOf(writer, shape) };
  }).sort((a, b) => compareBytes(a.key, b.key));
  return [...members.filter(({ kind }) => kind === 'plain'), ...members.filter(({ kind }) => kind !== 'plain')];
}

function writeTable<T>(writer: Writer<T>, path: readonly string[], table: MapShape<T>): void {
  if (path.length > maxDepth) throw new TomlError(`toml: exceeded max depth of ${maxDepth}`);
  const indent = '  '.repeat(path.length);
  for (const { key, shape, kind } of membersOf(writer, table)) {
    if (shape.type === 'null') continue;
    const inner = [...path, key];
    if (kind === 'plain') {
      writer.out += `${indent}${quoteKey(key)} = `;
      writeInline(writer, shape, 0);
      writer.out += '\n';
    } else if (shape.type === 'map') {
      if (inner.length === 1) writeNewline(writer);
      writer.out += `${indent}[${inner.map(quoteKey).join('.')}]\n`;
      writeTable(writer, inner, shape);
    } else if (shape.type === 'list') {
      for (const item of shape.items) {
        writeNewline(writer);
        writer.out += `${indent}[[${inner.map(quoteKey).join('.')}]]\n`;
        writeTable(writer, inner, writer.shapeOf(item) as MapShape<T>);
      }
    }
  }
}

function writeNewline<T>(writer: Writer<T>): void {
  if (writer.out !== '') writer.out += '\n';
}

function writeInline<T>(writer: Writer<T>, shape: Shape<T>, depth: number): void {
  if (depth > maxDepth) throw new TomlError(`toml: exceeded max depth of ${maxDepth}`);
  switch (shape.type) {
    case 'null':
      return;
    case 'bool':
      writer.out += String(shape.value);
      return;
    case 'int':
    case 'verbatim':
      writer.out += shape.value.toString();
      return;
    case 'float':
      writer.out += tomlFloat(shape.value);
      return;
    case 'string':
      writer.out += quoteToml(shape.value);
      return;
    case 'list':
      writer.out += '[';
      for (const [index, item] of shape.items.entries()) {
        if (index > 0) writer.out += ', ';
        writeInline(writer, writer.shapeOf(item), depth + 1);
      }
      writer.out += ']';
      return;
    case 'map':
      writeInlineTable(writer, shape, depth);
  }
}

/** A null member leaves its comma behind: the library counts it when it decides where commas go. */
function writeInlineTable<T>(writer: Writer<T>, table: MapShape<T>, depth: number): void {
  const members = membersOf(writer, table);
  writer.out += '{';
  for (const [index, { key, shape }] of members.entries()) {
    if (shape.type === 'null') continue;
    writer.out += `${quoteKey(key)} = `;
    writeInline(writer, shape, depth + 1);
    if (index < members.length - 1) writer.out += ', ';
  }
  writer.out += '}';
}

function tomlFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const text = formatGoFloat(value);
  return /[e.]/.test(text) ? text : `${text}.0`;
}

export function quoteKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quoteToml(key);
}

const short: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

function quoteToml(text: string): string {
  const escaped = text.replace(/[\x00-\x1f\x7f"\\]/g, (character) => {
    return short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}
