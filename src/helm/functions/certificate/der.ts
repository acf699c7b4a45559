import { Buffer } from 'node:buffer';

/** The little of ASN.1 DER that certificates and keys need: writing the universal types, and walking through a tree. */

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Any element: tag, length, content. */
export function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOctets(body.length), body]);
}

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return element(TAG.sequence, ...items);
}

/** A non-negative integer. */
export function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  // A first bit that is set would make it negative.
  return element(TAG.integer, (bytes[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0), bytes);
}

/** `1.2.840.113549` → an object identifier. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(TAG.objectIdentifier, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** @param unusedBits how many of the last byte's low bits mean nothing */
export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return element(TAG.bitString, Buffer.from([unusedBits]), bytes);
}

export function octetString(bytes: Uint8Array): Buffer {
  return element(TAG.octetString, bytes);
}

export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** Tag, length and content. */
  readonly whole: Buffer;
}

/** DER that does not hold together. */
export class DerError extends Error {
  override name = 'DerError';
}

/** The elements that follow one another in a piece of DER; throws a {@link DerError}. */
export function readElements(der: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < der.length; ) {
    const tag = der[at] ?? 0;
    const first = der[at + 1];
    if (first === undefined) throw new DerError('data truncated');
    const octets = first < 0x80 ? 0 : first & 0x7f;
    if (octets > 4) throw new DerError('length too large');
    const length = octets === 0 ? first : Number(`0x${der.subarray(at + 2, at + 2 + octets).toString('hex') || '0'}`);
    const start = at + 2 + octets;
    if (start + length > der.length) throw new DerError('data truncated');
    elements.push({ tag, content: der.subarray(start, start + length), whole: der.subarray(at, start + length) });
    at = start + length;
  }
  return elements;
}

/** The elements inside a constructed one. */
export function childrenOf(parent: Element | undefined): Element[] {
  if (parent === undefined) throw new DerError('missing element');
  return readElements(parent.content);
}

/** The value of a non-negative integer element. */
export function integerOf(from: Element | undefined): bigint {
  if (from?.tag !== TAG.integer) throw new DerError('integer expected');
  return BigInt(`0x${from.content.toString('hex') || '0'}`);
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.from([0x80 | octets.length, ...octets]);
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    digits.unshift(0x80 | (rest & 0x7f));
  return digits;
}
