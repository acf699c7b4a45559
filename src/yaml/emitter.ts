/** Values → YAML text in block style, laid out as libyaml's emitter lays it out. */

import { code, isBreak } from './characters.ts';
import { isPrintable, lookAtScalar, type ScalarLook, type ScalarStyle, type TabRule } from './scalar-style.ts';
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

interface Emitter<T> extends EmitOptions<T> {
  out: string;
  column: number;
  indent: number;
  /** The last thing written was a blank, so none is needed. */
  blank: boolean;
  /** Only blanks and indicators stand on the line so far. */
  indenting: boolean;
  depth: number;
}

const step = 2;
const maxSimpleKeyBytes = 128;
const maxDepth = 1000;

type Place = 'root' | 'item' | 'value' | 'simple-key' | 'complex-key';

/** The document, ending in one line break. Throws YamlError where go-yaml fails, and beyond 1,000 levels. */
export function emitYaml<T>(value: T, options: EmitOptions<T>): string {
  const e: Emitter<T> = { ...options, out: '', column: 0, indent: -1, blank: true, indenting: true, depth: 0 };
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
  switch (chooseStyle(e.dialect.style(text), look, place)) {
    case 'plain':
      writeFolding(e, text, place);
      break;
    case 'single':
      writeSingleQuoted(e, text, place);
      break;
    case 'double':
      writeDoubleQuoted(e, text, place);
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

function writePlain<T>(e: Emitter<T>, text: string): void {
  writeBlank(e);
  e.out += text;
  e.column += text.length;
  e.blank = false;
  e.indenting = false;
}

function writeBlank<T>(e: Emitter<T>): void {
  if (e.blank) return;
  e.out += ' ';
  e.column++;
}

function writeIndicator<T>(e: Emitter<T>, indicator: string, effect: 'keeps-indenting' | 'ends-indenting'): void {
  writeBlank(e);
  e.out += indicator;
  e.column += indicator.length;
  e.blank = false;
  if (effect === 'ends-indenting') e.indenting = false;
}

/** To the indentation of the current level, on a new line unless the line is still free up to there. */
function writeIndent<T>(e: Emitter<T>): void {
  const indent = Math.max(e.indent, 0);
  if (!e.indenting || e.column > indent || (e.column === indent && !e.blank)) writeLineBreak(e);
  if (e.column < indent) {
    e.out += ' '.repeat(indent - e.column);
    e.column = indent;
  }
  e.blank = true;
  e.indenting = true;
}

function writeLineBreak<T>(e: Emitter<T>): void {
  e.out += '\n';
  e.column = 0;
}

function mayFold<T>(e: Emitter<T>, text: string, place: Place): boolean {
  return place !== 'simple-key' && e.column + text.length > e.dialect.width;
}

/** Plain text has no line breaks; a long one ends its lines at single spaces. */
function writeFolding<T>(e: Emitter<T>, text: string, place: Place): void {
  if (!mayFold(e, text, place)) {
    writePlain(e, text);
    return;
  }
  writeBlank(e);
  let from = 0;
  for (let space = text.indexOf(' '); space >= 0; space = text.indexOf(' ', space + 1)) {
    if (e.column + space - from <= e.dialect.width) continue;
    if (text[space - 1] === ' ' || text[space + 1] === ' ') continue;
    e.out += text.slice(from, space);
    e.column += space - from;
    e.indenting = false;
    writeIndent(e);
    from = space + 1;
  }
  e.out += text.slice(from);
  e.column += text.length - from;
  e.blank = false;
  e.indenting = false;
}

function writeSingleQuoted<T>(e: Emitter<T>, text: string, place: Place): void {
  writeIndicator(e, "'", 'ends-indenting');
  const doubled = text.replaceAll("'", "''");
  if (!mayFold(e, doubled, place) && !hasBreak(text)) {
    e.out += doubled;
    e.column += doubled.length;
  } else writeSingleQuotedLines(e, text, place);
  e.out += "'";
  e.column++;
  e.blank = false;
  e.indenting = false;
}

function hasBreak(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (isBreak(text.charCodeAt(i))) return true;
  }
  return false;
}

function writeSingleQuotedLines<T>(e: Emitter<T>, text: string, place: Place): void {
  const last = text.length - 1;
  let afterSpace = false;
  let afterBreak = false;
  for (let i = 0; i <= last; i++) {
    const c = text.charCodeAt(i);
    if (c === code.space) {
      const foldHere = place !== 'simple-key' && !afterSpace && e.column > e.dialect.width;
      if (foldHere && i > 0 && i < last && text.charCodeAt(i + 1) !== code.space) writeIndent(e);
      else writeCharacter(e, ' ');
      afterSpace = true;
    } else if (isBreak(c)) {
      if (!afterBreak && c === code.lineFeed) writeLineBreak(e);
      writeBreakOf(e, text.charAt(i));
      e.indenting = true;
      afterBreak = true;
    } else {
      if (afterBreak) writeIndent(e);
      writeCharacter(e, c === code.singleQuote ? "''" : text.charAt(i));
      e.indenting = false;
      afterSpace = false;
      afterBreak = false;
    }
  }
}

function writeCharacter<T>(e: Emitter<T>, character: string): void {
  e.out += character;
  e.column += character.length;
}

function writeBreakOf<T>(e: Emitter<T>, character: string): void {
  e.out += character;
  e.column = 0;
}

function writeDoubleQuoted<T>(e: Emitter<T>, text: string, place: Place): void {
  writeIndicator(e, '"', 'ends-indenting');
  // libyaml looks for the mark at the start of the text whatever character it is at.
  const escapeAll = text.charCodeAt(0) === code.byteOrderMark;
  const last = text.length - 1;
  let afterSpace = false;
  for (let i = 0; i <= last; i++) {
    const c = text.charCodeAt(i);
    if (escapeAll || !isPrintable(c) || isBreak(c) || c === code.doubleQuote || c === code.backslash) {
      const rune = text.codePointAt(i) ?? 0;
      writeCharacter(e, escapeOf(rune));
      if (rune > 0xffff) i++;
      afterSpace = false;
    } else if (c === code.space) {
      const foldHere = place !== 'simple-key' && !afterSpace && e.column > e.dialect.width;
      if (foldHere && i > 0 && i < last) {
        writeIndent(e);
        if (text.charCodeAt(i + 1) === code.space) writeCharacter(e, '\\');
      } else writeCharacter(e, ' ');
      afterSpace = true;
    } else {
      writeCharacter(e, text.charAt(i));
      afterSpace = false;
    }
  }
  e.out += '"';
  e.column++;
  e.blank = false;
  e.indenting = false;
}

const shortEscapes = new Map([
  [0x00, '\\0'],
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x1b, '\\e'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [0x85, '\\N'],
  [0xa0, '\\_'],
  [0x2028, '\\L'],
  [0x2029, '\\P'],
]);

function escapeOf(rune: number): string {
  const short = shortEscapes.get(rune);
  if (short !== undefined) return short;
  const hex = rune.toString(16).toUpperCase();
  if (rune <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return rune <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

function writeLiteral<T>(e: Emitter<T>, text: string): void {
  writeIndicator(e, `|${literalHints(text)}`, 'ends-indenting');
  writeLineBreak(e);
  e.indenting = true;
  e.blank = true;
  let afterBreak = true;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const isEnd = isBreak(text.charCodeAt(i));
    if (isEnd) {
      writeCharacter(e, text.slice(from, i));
      writeBreakOf(e, text.charAt(i));
      e.indenting = true;
      from = i + 1;
    } else if (afterBreak) {
      writeIndent(e);
      e.indenting = false;
    }
    afterBreak = isEnd;
  }
  writeCharacter(e, text.slice(from));
}

/** The indentation when the text begins with a blank or a break, and how its end is kept. */
function literalHints(text: string): string {
  const first = text.charCodeAt(0);
  const indent = first === code.space || isBreak(first) ? String(step) : '';
  if (!isBreak(text.charCodeAt(text.length - 1))) return `${indent}-`;
  return text.length === 1 || isBreak(text.charCodeAt(text.length - 2)) ? `${indent}+` : indent;
}
