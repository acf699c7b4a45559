/** Values → YAML text in block style, laid out as libyaml's emitter lays it out. */
import {
  type Folding,
  type Sheet,
  step,
  writeDoubleQuoted,
  writeFolding,
  writeIndent,
  writeIndicator,
  writeLiteral,
  writePlain,
  writeSingleQuoted,
} from './emit-scalar.ts';
import { lookAtScalar, type ScalarLook, type ScalarStyle, type TabRule } from './scalar-style.ts';
import type { Shape, ShapeOf } from './shape.ts';
import { YamlError } from './yaml-error.ts';

/** What differs between the versions of go-yaml. */
export interface YamlDialect {
  /** A line that has passed this column ends at the next single space. */
  readonly width: number;
  readonly sequencesInMappings: 'flush' | 'indented';
  readonly tabs: TabRule;
  readonly compareKeys: (a: string, b: string) => number;
  readonly number: (shape: Shape<unknown> & { readonly type: 'int' | 'float' }) => string;
  /** The text as it comes to the emitter. */
  readonly text: (value: string) => string;
  readonly key: (value: string) => string;
  readonly style: (value: string) => ScalarStyle;
}

/** Is told where keys and scalars end up in the text (offsets in UTF-16 code units, quotes included). */
export interface EmitObserver<T> {
  key(mapping: T, key: string, start: number, end: number): void;
  scalar(value: T, start: number, end: number): void;
}

export interface EmitOptions<T> {
  readonly dialect: YamlDialect;
  readonly shapeOf: ShapeOf<T>;
  readonly observer?: EmitObserver<T> | undefined;
}

interface Emitter<T> extends EmitOptions<T>, Sheet {
  depth: number;
}

const maxSimpleKeyBytes = 128;
const maxDepth = 1000;

type Place = 'root' | 'item' | 'value' | 'simple-key' | 'complex-key';

/** The document, ending in one line break. Throws YamlError where go-yaml fails, and beyond 1,000 levels. */
export function emitYaml<T>(value: T, options: EmitOptions<T>): string {
  const e: Emitter<T> = {
    ...options,
    out: '',
    column: 0,
    indent: -1,
    blank: true,
    indenting: true,
    width: options.dialect.width,
    depth: 0,
  };
  emitNode(e, value, 'root');
  writeIndent(e);
  return e.out;
}

function emitNode<T>(e: Emitter<T>, value: T, place: Place): void {
  const shape = e.shapeOf(value);
  switch (shape.type) {
    case 'list':
      if (shape.items.length === 0) writeEmpty(e, '[]', value);
      else emitSequence(e, shape.items, place);
      return;
    case 'map': {
      const entries = sortedEntries(e, shape.entries);
      if (entries.length === 0) writeEmpty(e, '{}', value);
      else emitMapping(e, entries, value);
      return;
    }
    default:
      emitScalar(e, shape, value, place);
  }
}

interface Entry<T> {
  readonly key: string;
  readonly name: string;
  readonly value: T;
}

function sortedEntries<T>(e: Emitter<T>, entries: Iterable<readonly [string, T]>): Entry<T>[] {
  const { dialect } = e;
  return Array.from(entries, ([name, value]) => ({ name, key: dialect.key(name), value })).sort((a, b) =>
    dialect.compareKeys(a.key, b.key),
  );
}

function emitSequence<T>(e: Emitter<T>, items: readonly T[], place: Place): void {
  // `- ` directly under its key stands at the key's own column.
  const flush = place === 'value' && !e.indenting && e.dialect.sequencesInMappings === 'flush';
  const outer = deepen(e, flush ? 'stay' : 'block');
  for (const item of items) {
    writeIndent(e);
    writeIndicator(e, '-', 'keeps-indenting');
    emitNode(e, item, 'item');
  }
  e.indent = outer;
  e.depth--;
}

function emitMapping<T>(e: Emitter<T>, entries: readonly Entry<T>[], mapping: T): void {
  const outer = deepen(e, 'block');
  for (const entry of entries) {
    writeIndent(e);
    const look = lookAtScalar(entry.key, e.dialect.tabs);
    const simple = !look.multiline && isShort(entry.key);
    if (!simple) writeIndicator(e, '?', 'keeps-indenting');
    const start = nextStart(e);
    writeText(e, entry.key, look, simple ? 'simple-key' : 'complex-key');
    e.observer?.key(mapping, entry.name, start, e.out.length);
    if (simple) {
      e.out += ':';
      e.column++;
      e.blank = false;
      e.indenting = false;
    } else {
      writeIndent(e);
      writeIndicator(e, ':', 'keeps-indenting');
    }
    emitNode(e, entry.value, 'value');
  }
  e.indent = outer;
  e.depth--;
}

function isShort(key: string): boolean {
  if (key.length > maxSimpleKeyBytes) return false;
  return key.length * 3 <= maxSimpleKeyBytes || new TextEncoder().encode(key).length <= maxSimpleKeyBytes;
}

/** Goes one level in and returns the indentation to come back to. */
function deepen<T>(e: Emitter<T>, kind: 'block' | 'scalar' | 'stay'): number {
  const outer = e.indent;
  if (outer < 0) e.indent = kind === 'scalar' ? step : 0;
  else if (kind !== 'stay') e.indent += step;
  e.depth++;
  if (e.depth > maxDepth) {
    const problem = `exceeded max depth of ${maxDepth}`;
    throw new YamlError({ kind: 'limit', problem, message: `yaml: ${problem}` });
  }
  return outer;
}

function emitScalar<T>(e: Emitter<T>, shape: Shape<T>, value: T, place: Place): void {
  const start = nextStart(e);
  switch (shape.type) {
    case 'null':
      writePlain(e, 'null');
      break;
    case 'bool':
      writePlain(e, String(shape.value));
      break;
    case 'int':
    case 'float':
      writePlain(e, e.dialect.number(shape));
      break;
    case 'verbatim':
      writePlain(e, shape.value);
      break;
    case 'string': {
      const text = e.dialect.text(shape.value);
      writeText(e, text, lookAtScalar(text, e.dialect.tabs), place);
      break;
    }
  }
  e.observer?.scalar(value, start, e.out.length);
}

/** Where the next scalar will begin, after the blank it may need. */
function nextStart<T>(e: Emitter<T>): number {
  return e.out.length + (e.blank ? 0 : 1);
}

function writeText<T>(e: Emitter<T>, text: string, look: ScalarLook, place: Place): void {
  const outer = deepen(e, 'scalar');
  const fold: Folding = place === 'simple-key' ? 'one-line' : 'fold';
  switch (chooseStyle(e.dialect.style(text), look, place)) {
    case 'plain':
      writeFolding(e, text, fold);
      break;
    case 'single':
      writeSingleQuoted(e, text, fold);
      break;
    case 'double':
      writeDoubleQuoted(e, text, fold);
      break;
    case 'literal':
      writeLiteral(e, text);
      break;
  }
  e.indent = outer;
  e.depth--;
}

function chooseStyle(wanted: ScalarStyle, look: ScalarLook, place: Place): ScalarStyle {
  if (place === 'simple-key' && look.multiline) return 'double';
  if (wanted === 'literal') return look.literalAllowed && place !== 'simple-key' ? 'literal' : 'double';
  if (wanted === 'double' || (wanted === 'plain' && look.plainAllowed)) return wanted;
  return look.singleAllowed ? 'single' : 'double';
}

function writeEmpty<T>(e: Emitter<T>, text: string, value: T): void {
  const start = nextStart(e);
  writePlain(e, text);
  e.observer?.scalar(value, start, e.out.length);
}
