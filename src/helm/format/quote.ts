import { type ByteString, decodeRune, encodeRune, isAscii, runeError } from '../bytes.ts';
import { isPrintable } from './printable.ts';

const plain = /^[ !#-[\]-~]*$/;

/** Go's strconv.Quote: printable runes stay, the rest is escaped. The result is a byte string again. */
export function quote(text: ByteString): ByteString {
  if (plain.test(text)) return `"${text}"`;
  return quoteWith(text, '"', isPrintable);
}

/** Go's strconv.QuoteToASCII (`%+q`). */
export function quoteToAscii(text: ByteString): ByteString {
  return quoteWith(text, '"', (code) => code < 0x80 && isPrintable(code));
}

/** Go's strconv.QuoteRune (`%q` of an integer). Numbers that are no rune show as U+FFFD. */
export function quoteRune(code: number): ByteString {
  return quoteWith(encodeRune(code), "'", isPrintable);
}

export function quoteRuneToAscii(code: number): ByteString {
  return quoteWith(encodeRune(code), "'", (rune) => rune < 0x80 && isPrintable(rune));
}

/** Whether `%#q` may write the text between backquotes. */
export function canBackquote(text: ByteString): boolean {
  for (let at = 0; at < text.length; ) {
    const { code, size } = decodeRune(text, at);
    at += size;
    if (size > 1) {
      if (code === 0xfeff) return false;
      continue;
    }
    if (code === runeError || code === 0x60 || code === 0x7f || (code < 0x20 && code !== 0x09)) return false;
  }
  return true;
}

const shortEscapes: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
  [0x0b, '\\v'],
]);

function quoteWith(text: ByteString, mark: '"' | "'", shown: (code: number) => boolean): ByteString {
  let out = mark as string;
  for (let at = 0; at < text.length; ) {
    const { code, size } = decodeRune(text, at);
    if (code === runeError && size === 1) out += `\\x${hex(text.charCodeAt(at), 2)}`;
    else if (code === 0x5c || code === mark.charCodeAt(0)) out += `\\${String.fromCharCode(code)}`;
    else if (shown(code)) out += text.slice(at, at + size);
    else out += shortEscapes.get(code) ?? escapeCode(code);
    at += size;
  }
  return out + mark;
}

function escapeCode(code: number): string {
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
]);

/**
 * Go's strconv.Unquote of a string literal in `"` or backquotes; `undefined` is Go's "invalid syntax".
 * Backquoted literals lose their carriage returns, as in Go source.
 */
export function unquote(literal: ByteString): ByteString | undefined {
  const mark = literal[0];
  if (literal.length < 2 || literal.at(-1) !== mark) return undefined;
  const body = literal.slice(1, -1);
  if (mark === '`') return body.includes('`') ? undefined : body.replaceAll('\r', '');
  if (mark !== '"' || body.includes('\n')) return undefined;
  if (!body.includes('\\') && !body.includes('"') && isAscii(body)) return body;
  let out = '';
  for (let at = 0; at < body.length; ) {
    const char = unquoteChar(body, at, '"');
    if (char === undefined) return undefined;
    out += char.bytes;
    at = char.next;
  }
  return out;
}

/** One character of a literal, unescaped. */
export interface UnquotedChar {
  readonly bytes: ByteString;
  /** The rune, or the byte of a `\x`/octal escape. */
  readonly code: number;
  /** Offset after it. */
  readonly next: number;
}

/** Go's strconv.UnquoteChar at an offset of a literal's body; `undefined` is a syntax error. */
export function unquoteChar(body: ByteString, at: number, mark: '"' | "'"): UnquotedChar | undefined {
  const char = body[at];
  if (char === undefined || char === mark) return undefined;
  if (char !== '\\') {
    const { code, size } = decodeRune(body, at);
    return { bytes: encodeRune(code), code, next: at + size };
  }
  const kind = body[at + 1] ?? '';
  const simple = simpleEscapes.get(kind);
  if (simple !== undefined) return { bytes: simple, code: simple.charCodeAt(0), next: at + 2 };
  if (kind === mark) return { bytes: mark, code: mark.charCodeAt(0), next: at + 2 };
  if (kind >= '0' && kind <= '7') return numericEscape(body, at + 1, 3, 8);
  const width = kind === 'x' ? 2 : kind === 'u' ? 4 : kind === 'U' ? 8 : undefined;
  return width === undefined ? undefined : numericEscape(body, at + 2, width, 16);
}

function numericEscape(body: ByteString, at: number, width: number, base: 8 | 16): UnquotedChar | undefined {
  const digits = body.slice(at, at + width);
  const wanted = base === 8 ? /^[0-7]+$/ : /^[0-9a-fA-F]+$/;
  if (digits.length !== width || !wanted.test(digits)) return undefined;
  const code = Number.parseInt(digits, base);
  const next = at + width;
  if (width <= 3) return code > 0xff ? undefined : { bytes: String.fromCharCode(code), code, next };
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return { bytes: encodeRune(code), code, next };
}
