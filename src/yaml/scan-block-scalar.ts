/** Literal (`|`) and folded (`>`) scalars. */
import { code, isBlank, isBreak, isDigit } from './characters.ts';
import {
  endOfLine,
  markHere,
  SCALAR,
  type Scanner,
  scanError,
  skipRestOfLine,
  type Token,
  takeBreak,
} from './tokens.ts';

type Chomping = 'strip' | 'clip' | 'keep';

interface Header {
  readonly chomping: Chomping;
  /** Indentation given by a digit; 0 when the first line decides. */
  readonly increment: number;
}

export function scanBlockScalar(s: Scanner): Token {
  const text = s.text;
  const start = markHere(s);
  const literal = text.charCodeAt(s.at) === code.pipe;
  s.at++;
  const header = scanHeader(s);
  skipRestOfLine(s);
  let indent = header.increment === 0 ? 0 : Math.max(s.indent, 0) + header.increment;
  let end = s.at;
  const leading = skipBreaks(s, indent);
  indent = leading.indent;
  if (leading.end > end) end = leading.end;

  let value = '';
  let lineBreak = '';
  let blankLines = leading.breaks;
  let afterBlank = false;
  while (s.at - s.lineStart === indent && text.charCodeAt(s.at) !== code.nul) {
    let c = text.charCodeAt(s.at);
    // Folding joins lines with a space, but never around lines that begin with a blank.
    const beforeBlank = isBlank(c);
    if (!literal && lineBreak === '\n' && !afterBlank && !beforeBlank) {
      if (blankLines === '') value += ' ';
    } else value += lineBreak;
    value += blankLines;
    afterBlank = beforeBlank;
    const from = s.at;
    s.at = endOfLine(s);
    value += text.slice(from, s.at);
    c = text.charCodeAt(s.at);
    lineBreak = c === code.nul ? '' : takeBreak(s);
    const next = skipBreaks(s, indent);
    blankLines = next.breaks;
    end = next.end;
  }
  if (header.chomping !== 'strip') value += lineBreak;
  if (header.chomping === 'keep') value += blankLines;
  return { type: SCALAR, at: start.at, line: start.line, column: start.column, end, value, suffix: '', plain: false };
}

/** A chomping sign and an indentation digit, in either order. */
function scanHeader(s: Scanner): Header {
  let chomping = takeChomping(s);
  let increment = 0;
  const c = s.text.charCodeAt(s.at);
  if (isDigit(c)) {
    if (c === code.zero) throw scanError(s, 'found an indentation indicator equal to 0');
    increment = c - code.zero;
    s.at++;
    chomping ??= takeChomping(s);
  }
  return { chomping: chomping ?? 'clip', increment };
}

function takeChomping(s: Scanner): Chomping | undefined {
  const c = s.text.charCodeAt(s.at);
  if (c !== code.plus && c !== code.minus) return undefined;
  s.at++;
  return c === code.plus ? 'keep' : 'strip';
}

interface Breaks {
  readonly breaks: string;
  readonly indent: number;
  /** Offset after the last line break, before the spaces of the next line. */
  readonly end: number;
}

/** Empty lines and the indentation of the next one; with `indent` 0 the deepest of them becomes the indentation. */
function skipBreaks(s: Scanner, indent: number): Breaks {
  const text = s.text;
  let breaks = '';
  let deepest = 0;
  let end = s.at;
  for (;;) {
    let c = text.charCodeAt(s.at);
    while (c === code.space && (indent === 0 || s.at - s.lineStart < indent)) c = text.charCodeAt(++s.at);
    const column = s.at - s.lineStart;
    if (column > deepest) deepest = column;
    if (c === code.tab && (indent === 0 || column < indent)) {
      throw scanError(s, 'found a tab character where an indentation space is expected');
    }
    if (!isBreak(c)) break;
    breaks += takeBreak(s);
    end = s.at;
  }
  return { breaks, indent: indent === 0 ? Math.max(deepest, s.indent + 1, 1) : indent, end };
}
