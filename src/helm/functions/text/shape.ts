import { type ByteString, decodeRune, encodeRune, isAscii, runesOf } from '../../bytes.ts';
import { isDigit, isLetter, isLower, isSpace, isTitle, isUpper, toLower, toTitle, toUpper } from './unicode.ts';

/** The text functions of Go's `strings` and Masterminds/goutils 1.1 that change case, blanks and length. */

const ELLIPSIS = '...';

/** Go's strings.ToUpper. */
export function upperCase(text: ByteString): ByteString {
  return isAscii(text) ? text.toUpperCase() : mapRunes(text, toUpper);
}

/** Go's strings.ToLower. */
export function lowerCase(text: ByteString): ByteString {
  return isAscii(text) ? text.toLowerCase() : mapRunes(text, toLower);
}

/** Go's strings.Title: what follows anything but a letter, digit or underscore gets title case. */
export function titleCase(text: ByteString): ByteString {
  let previous = 0x20;
  return mapRunes(text, (rune) => {
    const begins = isSeparator(previous);
    previous = rune;
    return begins ? toTitle(rune) : rune;
  });
}

/** The first letter of each word in lower case; words are set apart by blanks. */
export function untitle(text: ByteString): ByteString {
  let begins = true;
  return mapRunes(text, (rune) => {
    const lowered = begins && !isSpace(rune) ? toLower(rune) : rune;
    begins = isSpace(rune);
    return lowered;
  });
}

/** Upper to lower and lower to upper, but the first small letter of a word gets title case. */
export function swapCase(text: ByteString): ByteString {
  let begins = true;
  return mapRunes(text, (rune) => {
    if (isUpper(rune) || isTitle(rune)) {
      begins = false;
      return toLower(rune);
    }
    if (isLower(rune)) {
      const swapped = begins ? toTitle(rune) : toUpper(rune);
      begins = false;
      return swapped;
    }
    begins = isSpace(rune);
    return rune;
  });
}

/** The first byte of each word, each taken for a Latin-1 letter. */
export function initials(text: ByteString): ByteString {
  let out = '';
  let begins = true;
  for (const byte of text) {
    const code = byte.charCodeAt(0);
    const blank = isSpace(code);
    if (begins && !blank) out += encodeRune(code);
    begins = blank;
  }
  return out;
}

/** Without blanks; where there are any, every byte left is taken for a Latin-1 letter. */
export function withoutSpace(text: ByteString): ByteString {
  const kept = [...text].filter((byte) => !isSpace(byte.charCodeAt(0)));
  return kept.length === text.length ? text : kept.map((byte) => encodeRune(byte.charCodeAt(0))).join('');
}

/** Go's strings.TrimSpace. */
export function trimSpace(text: ByteString): ByteString {
  return trimWhere(text, isSpace);
}

/** Go's strings.Trim: takes the runes of `cutset` off both ends. */
export function trimRunes(text: ByteString, cutset: ByteString): ByteString {
  const cut = new Set([...runesOf(cutset)].map(({ code }) => code));
  return cut.size === 0 ? text : trimWhere(text, (rune) => cut.has(rune));
}

function trimWhere(text: ByteString, cut: (rune: number) => boolean): ByteString {
  let start = 0;
  while (start < text.length) {
    const { code, size } = decodeRune(text, start);
    if (!cut(code)) break;
    start += size;
  }
  let end = text.length;
  while (end > start) {
    const { code, size } = lastRune(text, end);
    if (!cut(code)) break;
    end -= size;
  }
  return text.slice(start, end);
}

/** The rune that ends at `end`, as Go's DecodeLastRune: a byte that ends no valid rune stands for itself. */
function lastRune(text: ByteString, end: number): { readonly code: number; readonly size: number } {
  for (let size = Math.min(4, end); size > 1; size--) {
    const rune = decodeRune(text, end - size);
    if (rune.size === size) return rune;
  }
  return decodeRune(text.slice(end - 1, end), 0);
}

/** Cuts to `width` bytes, ellipsis included; from byte `offset` on when that is beyond the first four. */
export function abbreviate(text: ByteString, offset: number, width: number): ByteString {
  if (text.length <= width || text === '') return text;
  const room = width - ELLIPSIS.length;
  const start = Math.min(offset, text.length - room);
  if (start <= 4) return text.slice(0, room) + ELLIPSIS;
  if (start + room < text.length) return ELLIPSIS + abbreviate(text.slice(start), 0, room);
  return ELLIPSIS + text.slice(text.length - room);
}

export interface Wrapping {
  readonly width: number;
  readonly newline: ByteString;
  /** What happens to a word longer than a line: it stays whole, or is cut. */
  readonly longWords: 'keep' | 'cut';
}

/** Breaks a text at blanks (U+0020 only) so that no line is longer than `width` bytes, if its words let it. */
export function wrap(text: ByteString, { width: asked, newline, longWords }: Wrapping): ByteString {
  const width = Math.max(1, asked);
  const lines: ByteString[] = [];
  let at = 0;
  while (text.length - at > width) {
    if (text[at] === ' ') {
      at++;
      continue;
    }
    const before = at + text.slice(at, at + width + 1).lastIndexOf(' ');
    const end = before >= at ? before : longWords === 'cut' ? -1 : text.indexOf(' ', at + width);
    if (end === -1 && longWords === 'keep') {
      break;
    }
    lines.push(end === -1 ? text.slice(at, at + width) : text.slice(at, end));
    at = end === -1 ? at + width : end + 1;
  }
  lines.push(text.slice(at));
  return lines.join(newline);
}

function isSeparator(rune: number): boolean {
  if (rune < 0x80) return !(isLetter(rune) || isDigit(rune) || rune === 0x5f);
  return !isLetter(rune) && !isDigit(rune) && isSpace(rune);
}

function mapRunes(text: ByteString, change: (rune: number) => number): ByteString {
  let out = '';
  for (const { code } of runesOf(text)) out += encodeRune(change(code));
  return out;
}
