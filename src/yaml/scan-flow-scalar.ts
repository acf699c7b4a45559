/** Plain, single-quoted and double-quoted scalars. */
import { code, isBlank, isBlankOrEnd, isBreak, isFlowIndicator, isHex } from './characters.ts';
import {
  atDocumentIndicator,
  type Mark,
  markHere,
  SCALAR,
  type Scanner,
  scanError,
  type Token,
  takeBreak,
} from './tokens.ts';

/** Text without quotes: ends at `: `, ` #`, a shallower line and, inside `[]` and `{}`, at any of `,?[]{}`. */
export function scanPlainScalar(s: Scanner): Token {
  const text = s.text;
  const start = markHere(s);
  const indent = s.indent + 1;
  const place = s.flowLevel > 0 ? 'flow' : 'block';
  let value = '';
  let end = s.at;
  let crossedLines = false;
  let gap = '';
  for (;;) {
    if (s.at === s.lineStart && atDocumentIndicator(s)) break;
    const from = s.at;
    if (text.charCodeAt(from) === code.hash) break;
    const to = endOfPlainLine(text, from, place);
    if (to > from) {
      value = value === '' ? text.slice(from, to) : value + gap + text.slice(from, to);
      s.at = to;
      end = to;
      crossedLines = false;
    }
    const c = text.charCodeAt(to);
    if (!isBlank(c) && !isBreak(c)) break;
    const { line } = s;
    gap = skipBlanksAndBreaks(s, indent);
    crossedLines = crossedLines || s.line > line;
    if (place === 'block' && s.at - s.lineStart < indent) break;
  }
  // After a line break a new key may begin.
  if (crossedLines) s.keyAllowed = true;
  return scalar(start, end, value, true);
}

/** Behind the last character that belongs to the scalar on this line; blanks at the end do not. */
function endOfPlainLine(text: string, from: number, place: 'block' | 'flow'): number {
  let end = from;
  let at = from;
  for (;;) {
    let c = text.charCodeAt(at);
    while (!isBlankOrEnd(c)) {
      if (c === code.colon) {
        if (isBlankOrEnd(text.charCodeAt(at + 1))) return end;
      } else if (place === 'flow' && isFlowIndicator(c)) return end;
      c = text.charCodeAt(++at);
      end = at;
    }
    if (!isBlank(c)) return end;
    while (isBlank(c)) c = text.charCodeAt(++at);
    if (c === code.hash) return end;
  }
}

/** Steps over blanks and line breaks and returns what they become when text follows. */
function skipBlanksAndBreaks(s: Scanner, indent: number): string {
  const text = s.text;
  const from = s.at;
  let c = text.charCodeAt(from);
  while (isBlank(c)) c = text.charCodeAt(++s.at);
  if (!isBreak(c)) return text.slice(from, s.at);
  const first = takeBreak(s);
  let more = '';
  for (;;) {
    c = text.charCodeAt(s.at);
    if (c === code.space) s.at++;
    else if (isBreak(c)) more += takeBreak(s);
    else if (c === code.tab) {
      if (s.at - s.lineStart < indent) throw scanError(s, 'found a tab character that violates indentation');
      s.at++;
    } else return folded(first, more);
  }
}

/** One line break becomes a space, several lose the first; LS and PS stay. */
function folded(first: string, more: string): string {
  if (first !== '\n') return first + more;
  return more === '' ? ' ' : more;
}

export function scanQuotedScalar(s: Scanner): Token {
  const text = s.text;
  const start = markHere(s);
  const quote = text.charCodeAt(s.at);
  const single = quote === code.singleQuote;
  s.at++;
  let value = '';
  for (;;) {
    if (s.at === s.lineStart && atDocumentIndicator(s)) throw scanError(s, 'found unexpected document indicator');
    let c = text.charCodeAt(s.at);
    if (c === code.nul) throw scanError(s, 'found unexpected end of stream');
    let from = s.at;
    let escapedBreak = false;
    while (!isBlankOrEnd(c)) {
      if (c === quote) {
        if (!single || text.charCodeAt(s.at + 1) !== quote) break;
        value += text.slice(from, s.at + 1);
        s.at += 2;
        from = s.at;
      } else if (c === code.backslash && !single) {
        value += text.slice(from, s.at);
        if (isBreak(text.charCodeAt(s.at + 1))) {
          s.at++;
          takeBreak(s);
          escapedBreak = true;
          from = s.at;
          break;
        }
        value += takeEscape(s);
        from = s.at;
      } else s.at++;
      c = text.charCodeAt(s.at);
    }
    value += text.slice(from, s.at);
    c = text.charCodeAt(s.at);
    if (c === quote) break;
    value += quotedGap(s, escapedBreak);
  }
  s.at++;
  return scalar(start, s.at, value, false);
}

/** After an escaped line break all blanks go, and every further break counts. */
function quotedGap(s: Scanner, escapedBreak: boolean): string {
  const text = s.text;
  const from = s.at;
  let c = text.charCodeAt(from);
  while (isBlank(c)) c = text.charCodeAt(++s.at);
  if (!isBreak(c)) return escapedBreak ? '' : text.slice(from, s.at);
  const first = escapedBreak ? '' : takeBreak(s);
  let more = '';
  for (;;) {
    c = text.charCodeAt(s.at);
    if (isBreak(c)) more += takeBreak(s);
    else if (isBlank(c)) s.at++;
    else break;
  }
  return escapedBreak ? more : folded(first, more);
}

const escapes = new Map<number, string>(
  Object.entries({
    '0': '\0',
    a: '\x07',
    b: '\b',
    t: '\t',
    '\t': '\t',
    n: '\n',
    v: '\v',
    f: '\f',
    r: '\r',
    e: '\x1b',
    ' ': ' ',
    '"': '"',
    "'": "'",
    '\\': '\\',
    N: '\x85',
    _: '\xa0',
    L: '\u2028',
    P: '\u2029',
  }).map(([key, value]) => [key.charCodeAt(0), value]),
);

const escapeLengths = new Map([
  [0x78, 2],
  [0x75, 4],
  [0x55, 8],
]);

function takeEscape(s: Scanner): string {
  const c = s.text.charCodeAt(s.at + 1);
  const simple = escapes.get(c);
  if (simple !== undefined) {
    s.at += 2;
    return simple;
  }
  const length = escapeLengths.get(c);
  if (length === undefined) throw scanError(s, 'found unknown escape character');
  s.at += 2;
  for (let i = 0; i < length; i++) {
    if (!isHex(s.text.charCodeAt(s.at + i))) throw scanError(s, 'did not find expected hexdecimal number');
  }
  const rune = Number.parseInt(s.text.slice(s.at, s.at + length), 16);
  if ((rune >= 0xd800 && rune <= 0xdfff) || rune > 0x10ffff) {
    throw scanError(s, 'found invalid Unicode character escape code');
  }
  s.at += length;
  return String.fromCodePoint(rune);
}

function scalar(start: Mark, end: number, value: string, plain: boolean): Token {
  return { type: SCALAR, at: start.at, line: start.line, column: start.column, end, value, suffix: '', plain };
}
