import type { ByteString } from '../../bytes.ts';
import { GoError } from '../../errors.ts';
import { quote } from '../../format/quote.ts';

/** An IP address by its bytes: 4 or 16. A zone (`%eth0`) is accepted after an IPv6 address and dropped. */
export type Address = readonly number[];

/** Go's netip.ParseAddr; throws a {@link GoError} in its words. */
export function parseAddress(text: ByteString): Address {
  const failure: Failure = (message, at) =>
    new GoError(`ParseAddr(${quote(text)}): ${message}${at === undefined ? '' : ` (at ${quote(at)})`}`);
  const [mark] = /[.:%]/.exec(text) ?? [];
  if (mark === '.') return parseIPv4(text, failure);
  if (mark === ':') return parseIPv6(text, failure);
  throw failure(mark === '%' ? 'missing IPv6 address' : 'unable to parse IP');
}

type Failure = (message: string, at?: ByteString) => GoError;

function parseIPv4(text: ByteString, failure: Failure): number[] {
  const fields: number[] = [];
  let digits = '';
  for (const [at, character] of [...text].entries()) {
    if (/[0-9]/.test(character)) {
      if (digits === '0') throw failure('IPv4 field has octet with leading zero');
      digits += character;
      if (Number(digits) > 255) throw failure('IPv4 field has value >255');
    } else if (character === '.') {
      if (digits === '' || at === text.length - 1) {
        throw failure('IPv4 field must have at least one digit', text.slice(at));
      }
      if (fields.length === 3) throw failure('IPv4 address too long');
      fields.push(Number(digits));
      digits = '';
    } else {
      throw failure('unexpected character', text.slice(at));
    }
  }
  if (fields.length < 3) throw failure('IPv4 address too short');
  return [...fields, Number(digits)];
}

function parseIPv6(text: ByteString, failure: Failure): number[] {
  const percent = text.indexOf('%');
  if (percent === text.length - 1) throw failure('zone must be a non-empty string');
  let rest = percent === -1 ? text : text.slice(0, percent);
  const bytes: number[] = [];
  let gap = -1;
  if (rest.startsWith('::')) {
    gap = 0;
    rest = rest.slice(2);
  }
  while (rest !== '' && bytes.length < 16) {
    const [digits = ''] = /^[0-9a-fA-F]+/.exec(rest) ?? [];
    if (digits.length > 4) throw failure('each group must have 4 or less digits', rest);
    if (digits === '') throw failure('each colon-separated field must have at least one digit', rest);
    if (rest[digits.length] === '.') {
      if (gap < 0 && bytes.length !== 12) {
        throw failure('embedded IPv4 address must replace the final 2 fields of the address', rest);
      }
      if (bytes.length > 12) {
        throw failure('too many hex fields to fit an embedded IPv4 at the end of the address', rest);
      }
      bytes.push(...parseIPv4(rest, failure));
      rest = '';
      break;
    }
    const value = Number.parseInt(digits, 16);
    bytes.push(value >> 8, value & 0xff);
    rest = rest.slice(digits.length);
    if (rest === '') break;
    if (!rest.startsWith(':')) throw failure('unexpected character, want colon', rest);
    if (rest === ':') throw failure('colon must be followed by more characters', rest);
    rest = rest.slice(1);
    if (rest.startsWith(':')) {
      if (gap >= 0) throw failure('multiple :: in address', rest);
      gap = bytes.length;
      rest = rest.slice(1);
    }
  }
  if (rest !== '') throw failure('trailing garbage after address', rest);
  if (bytes.length === 16) {
    if (gap >= 0) throw failure('the :: must expand to at least one field of zeros');
    return bytes;
  }
  if (gap < 0) throw failure('address string too short');
  return [...bytes.slice(0, gap), ...new Array<number>(16 - bytes.length).fill(0), ...bytes.slice(gap)];
}
