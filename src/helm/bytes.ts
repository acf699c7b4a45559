import { Buffer } from 'node:buffer';

/**
 * Go strings are bytes. Inside the engine a Go string is a JS string with one character per byte (each <= 0xFF),
 * so that `len`, `trunc`, `index`, comparison and sorting are bytewise without decoding.
 * Text enters through `fromText`/`fromBytes` and leaves through `toText`/`toBytes`; nothing else converts.
 */
export type ByteString = string;

const beyondAscii = /[^\x00-\x7f]/;

/** True when every byte is ASCII, so bytes, runes and JS characters are the same thing. */
export function isAscii(bytes: ByteString): boolean {
  return !beyondAscii.test(bytes);
}

/** JS text (UTF-16) → UTF-8 byte string. */
export function fromText(text: string): ByteString {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** Byte string → JS text; invalid UTF-8 becomes U+FFFD. */
export function toText(bytes: ByteString): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

export function fromBytes(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function toBytes(bytes: ByteString): Uint8Array {
  return Buffer.from(bytes, 'latin1');
}

/** A decoded rune: its code point, and how many bytes it took. Invalid bytes decode as U+FFFD of size 1, as in Go. */
export interface Rune {
  readonly code: number;
  readonly size: number;
}

/** U+FFFD, what Go shows for a byte that is no UTF-8. */
export const runeError = 0xfffd;

/** Decodes the rune at a byte offset by Go's rules (no overlong forms, no surrogates). Size 0 at the end. */
export function decodeRune(bytes: ByteString, offset: number): Rune {
  const size = runeSize(bytes, offset);
  const first = bytes.charCodeAt(offset);
  switch (size) {
    case 0:
      return { code: runeError, size: 0 };
    case -1:
      return { code: runeError, size: 1 };
    case 1:
      return { code: first, size };
    case 2:
      return { code: ((first & 0x1f) << 6) | low(bytes, offset + 1), size };
    case 3:
      return { code: ((first & 0x0f) << 12) | (low(bytes, offset + 1) << 6) | low(bytes, offset + 2), size };
    default:
      return {
        code:
          ((first & 0x07) << 18) |
          (low(bytes, offset + 1) << 12) |
          (low(bytes, offset + 2) << 6) |
          low(bytes, offset + 3),
        size: 4,
      };
  }
}

/** All runes of a byte string, in order. */
export function* runesOf(bytes: ByteString): Generator<Rune> {
  for (let offset = 0; offset < bytes.length; ) {
    const rune = decodeRune(bytes, offset);
    yield rune;
    offset += rune.size;
  }
}

/** How many runes a byte string has, as Go's utf8.RuneCountInString. */
export function runeCount(bytes: ByteString): number {
  if (isAscii(bytes)) return bytes.length;
  let count = 0;
  for (let offset = 0; offset < bytes.length; count++) offset += Math.abs(runeSize(bytes, offset));
  return count;
}

/** One code point → its UTF-8 bytes; surrogates and out-of-range numbers become U+FFFD, as in Go. */
export function encodeRune(code: number): ByteString {
  if (code >= 0 && code < 0x80) return String.fromCharCode(code);
  if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\xef\xbf\xbd';
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
  if (code < 0x10000) {
    return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  }
  return String.fromCharCode(
    0xf0 | (code >> 18),
    0x80 | ((code >> 12) & 0x3f),
    0x80 | ((code >> 6) & 0x3f),
    0x80 | (code & 0x3f),
  );
}

function low(bytes: ByteString, offset: number): number {
  return bytes.charCodeAt(offset) & 0x3f;
}

/** Bytes of the well-formed rune at an offset; 0 at the end, -1 when the byte there starts no valid rune. */
function runeSize(bytes: ByteString, offset: number): number {
  if (offset >= bytes.length) return 0;
  const first = bytes.charCodeAt(offset);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return -1;
  const second = bytes.charCodeAt(offset + 1);
  if (first < 0xe0) return within(second, 0x80, 0xbf) ? 2 : -1;
  if (first < 0xf0) {
    const least = first === 0xe0 ? 0xa0 : 0x80;
    const most = first === 0xed ? 0x9f : 0xbf;
    return within(second, least, most) && within(bytes.charCodeAt(offset + 2), 0x80, 0xbf) ? 3 : -1;
  }
  const least = first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xf4 ? 0x8f : 0xbf;
  return within(second, least, most) &&
    within(bytes.charCodeAt(offset + 2), 0x80, 0xbf) &&
    within(bytes.charCodeAt(offset + 3), 0x80, 0xbf)
    ? 4
    : -1;
}

/** NaN (past the end) is within nothing. */
function within(byte: number, least: number, most: number): boolean {
  return byte >= least && byte <= most;
}
