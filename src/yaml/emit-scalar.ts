/** Scalars in each of their styles, written to where the page has come. */
import { code, isBreak } from './characters.ts';
import { isPrintable } from './scalar-style.ts';

/** The text so far, and what libyaml's emitter knows of its end. */
export interface Sheet {
  out: string;
  column: number;
  indent: number;
  /** The last thing written was a blank, so none is needed. */
  blank: boolean;
  /** Only blanks and indicators stand on the line so far. */
  indenting: boolean;
  /** A line that has passed this column ends at the next single space. */
  readonly width: number;
}

/** Keys on one line may not be folded. */
export type Folding = 'fold' | 'one-line';

/** Columns per level. */
export const step = 2;

export function writePlain(e: Sheet, text: string): void {
  writeBlank(e);
  e.out += text;
  e.column += text.length;
  e.blank = false;
  e.indenting = false;
}

function writeBlank(e: Sheet): void {
  if (e.blank) return;
  e.out += ' ';
  e.column++;
}

export function writeIndicator(e: Sheet, indicator: string, effect: 'keeps-indenting' | 'ends-indenting'): void {
  writeBlank(e);
  e.out += indicator;
  e.column += indicator.length;
  e.blank = false;
  if (effect === 'ends-indenting') e.indenting = false;
}

/** To the indentation of the current level, on a new line unless the line is still free up to there. */
export function writeIndent(e: Sheet): void {
  const indent = Math.max(e.indent, 0);
  if (!e.indenting || e.column > indent || (e.column === indent && !e.blank)) writeLineBreak(e);
  if (e.column < indent) {
    e.out += ' '.repeat(indent - e.column);
    e.column = indent;
  }
  e.blank = true;
  e.indenting = true;
}

function writeLineBreak(e: Sheet): void {
  e.out += '\n';
  e.column = 0;
}

function mayFold(e: Sheet, text: string, fold: Folding): boolean {
  return fold === 'fold' && e.column + text.length > e.width;
}

/** Plain text has no line breaks; a long one ends its lines at single spaces. */
export function writeFolding(e: Sheet, text: string, fold: Folding): void {
  if (!mayFold(e, text, fold)) {
    writePlain(e, text);
    return;
  }
  writeBlank(e);
  let from = 0;
  for (let space = text.indexOf(' '); space >= 0; space = text.indexOf(' ', space + 1)) {
    if (e.column + space - from <= e.width) continue;
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

export function writeSingleQuoted(e: Sheet, text: string, fold: Folding): void {
  writeIndicator(e, "'", 'ends-indenting');
  const doubled = text.replaceAll("'", "''");
  if (!mayFold(e, doubled, fold) && !hasBreak(text)) {
    e.out += doubled;
    e.column += doubled.length;
  } else writeSingleQuotedLines(e, text, fold);
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

function writeSingleQuotedLines(e: Sheet, text: string, fold: Folding): void {
  const last = text.length - 1;
  let afterSpace = false;
  let afterBreak = false;
  for (let i = 0; i <= last; i++) {
    const c = text.charCodeAt(i);
    if (c === code.space) {
      const foldHere = fold === 'fold' && !afterSpace && e.column > e.width;
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

function writeCharacter(e: Sheet, character: string): void {
  e.out += character;
  e.column += character.length;
}

function writeBreakOf(e: Sheet, character: string): void {
  e.out += character;
  e.column = 0;
}

export function writeDoubleQuoted(e: Sheet, text: string, fold: Folding): void {
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
      const foldHere = fold === 'fold' && !afterSpace && e.column > e.width;
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

export function writeLiteral(e: Sheet, text: string): void {
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
