import { Buffer } from 'node:buffer';
import { type ByteString, fromBytes, toBytes } from '../bytes.ts';
import { GoError } from '../errors.ts';

/** Base64 and Base32 with padding, as Go's encoding packages write and read them. */

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Decoded bytes by the number of Base32 digits in the last group of eight. */
const BASE32_BYTES: ReadonlyMap<number, number> = new Map([
  [2, 1],
  [4, 2],
  [5, 3],
  [7, 4],
  [8, 5],
]);

export function encodeBase64(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Line ends are skipped wherever they stand. Throws a {@link GoError} that names the first wrong byte. */
export function decodeBase64(text: ByteString): ByteString {
  const problem = wrongBase64(text);
  if (problem !== undefined) throw new GoError(`illegal base64 data at input byte ${problem}`);
  return fromBytes(Buffer.from(text.replace(/[\r\n]/g, ''), 'base64'));
}

/** Offset of the first byte that cannot stand where it stands, counted as Go counts. */
function wrongBase64(text: ByteString): number | undefined {
  let digits = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\n' || character === '\r') continue;
    if (/[A-Za-z0-9+/]/.test(character)) {
      digits = (digits + 1) % 4;
      continue;
    }
    if (character !== '=' || digits < 2) return at;
    let end = skipLineEnds(text, at + 1);
    if (digits === 2) {
      if (end === text.length) return text.length;
      if (text[end] !== '=') return end - 1;
      end = skipLineEnds(text, end + 1);
    }
    return end < text.length ? end : undefined;
  }
  return digits === 0 ? undefined : text.length - digits;
}

function skipLineEnds(text: ByteString, from: number): number {
  let at = from;
  while (text[at] === '\n' || text[at] === '\r') at++;
  return at;
}

export function encodeBase32(text: ByteString): ByteString {
  const bits = [...toBytes(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = (bits.match(/.{1,5}/g) ?? []).map((group) => BASE32.charAt(Number.parseInt(group.padEnd(5, '0'), 2)));
  return digits.join('').padEnd(Math.ceil(digits.length / 8) * 8, '=');
}

/** Line ends are skipped. Throws a {@link GoError} that names the first wrong byte of what is left. */
export function decodeBase32(text: ByteString): ByteString {
  const source = text.replace(/[\r\n]/g, '');
  const illegal = (at: number) => new GoError(`illegal base32 data at input byte ${at}`);
  let bytes = '';
  for (let start = 0; start < source.length; start += 8) {
    const group = source.slice(start, start + 8);
    const wrong = group.search(/[^A-Z2-7]/);
    const digits = wrong === -1 ? group.length : wrong;
    if (digits < 8) {
      if (digits === group.length) throw illegal(source.length - digits);
      checkPadding({ source, start, digits }, illegal);
    }
    const count = BASE32_BYTES.get(digits);
    if (count === undefined) throw illegal(start + digits);
    let bits = '';
    for (const digit of group.slice(0, digits)) bits += BASE32.indexOf(digit).toString(2).padStart(5, '0');
    for (let index = 0; index < count; index++) {
      bytes += String.fromCharCode(Number.parseInt(bits.slice(index * 8, index * 8 + 8), 2));
    }
    // What little may stand behind the padding is not looked at.
    if (digits < 8) break;
  }
  return bytes;
}

interface Group {
  readonly source: ByteString;
  readonly start: number;
  readonly digits: number;
}

/** Padding may only fill up the very last group. */
function checkPadding({ source, start, digits }: Group, illegal: (at: number) => GoError): void {
  const at = start + digits;
  if (source[at] !== '=' || digits < 2 || source.length - at - 1 >= 8) throw illegal(at);
  if (source.length - at - 1 + digits < 7) throw illegal(source.length);
  for (let index = 0; index < 7 - digits; index++) {
    if (source[at + 1 + index] !== '=') throw illegal(at + index);
  }
}
