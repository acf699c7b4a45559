import { Buffer } from 'node:buffer';
import { HelmError } from '../helm-error.ts';

/** One entry of a tar file. `other` is a link, device or anything else that is no plain file. */
export interface TarEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
  readonly data: Uint8Array;
}

const blockSize = 512;

/**
 * The entries of an unpacked tar file, in order: ustar, PAX and GNU long names. The data are views, not copies.
 * Own code because the libraries stream, and a render is one synchronous computation that must be stoppable.
 */
export function* readTar(bytes: Uint8Array): Generator<TarEntry> {
  const tar = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let overrides: { path?: string; size?: number } = {};
  for (let at = 0; at + blockSize <= tar.length; ) {
    const header = tar.subarray(at, at + blockSize);
    if (header.every((byte) => byte === 0)) return;
    checkSum(header);
    const type = String.fromCharCode(header[156] ?? 0);
    const size = overrides.size ?? number(header, 124, 12);
    const start = at + blockSize;
    if (start + size > tar.length) throw damaged('unexpected EOF');
    const data = tar.subarray(start, start + size);
    at = start + Math.ceil(size / blockSize) * blockSize;
    if (type === 'x') {
      overrides = { ...overrides, ...paxRecords(data) };
    } else if (type === 'L') {
      overrides = { ...overrides, path: text(data) };
    } else if (type !== 'g' && type !== 'K') {
      const name = overrides.path ?? headerName(header);
      yield { name, kind: kindOf(type, name), data };
      overrides = {};
    }
  }
}

function kindOf(type: string, name: string): TarEntry['kind'] {
  if (type === '5' || ((type === '0' || type === '\0') && name.endsWith('/'))) return 'folder';
  return type === '0' || type === '\0' || type === '7' ? 'file' : 'other';
}

function headerName(header: Buffer): string {
  const name = text(header.subarray(0, 100));
  const prefix = header.subarray(257, 262).equals(Buffer.from('ustar')) ? text(header.subarray(345, 500)) : '';
  // GNU headers (`ustar  `) keep other things where POSIX has the prefix.
  const gnu = header[262] === 0x20;
  return prefix === '' || gnu ? name : `${prefix}/${name}`;
}

/** Text up to the first NUL. */
function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end)).toString('utf8');
}

function number(header: Buffer, offset: number, length: number): number {
  const field = header.subarray(offset, offset + length);
  if (((field[0] ?? 0) & 0x80) !== 0) {
    // Base 256, for sizes that octal digits cannot hold: a chart has none, but the number must not be misread.
    let value = BigInt((field[0] ?? 0) & 0x7f);
    for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged('invalid tar header');
    return Number(value);
  }
  const digits = text(field).trim();
  if (!/^[0-7]*$/.test(digits)) throw damaged('invalid tar header');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function checkSum(header: Buffer): void {
  const expected = number(header, 148, 8);
  let sum = 0;
  for (let index = 0; index < blockSize; index++) {
    sum += index >= 148 && index < 156 ? 0x20 : (header[index] ?? 0);
  }
  if (sum !== expected) throw damaged('invalid tar header');
}

/** Records `LENGTH KEY=VALUE\n`; only those that say where and how long a file is matter here. */
function paxRecords(data: Buffer): { path?: string; size?: number } {
  const records: { path?: string; size?: number } = {};
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number.parseInt(data.subarray(at, space).toString('latin1'), 10);
    if (!(length > 0) || at + length > data.length || space >= at + length) throw damaged('invalid tar header');
    const record = data.subarray(space + 1, at + length - 1).toString('utf8');
    const equals = record.indexOf('=');
    const key = record.slice(0, equals);
    const value = record.slice(equals + 1);
    if (key === 'path') records.path = value;
    if (key === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw damaged('invalid tar header');
      records.size = Number(value);
    }
    at += length;
  }
  return records;
}

function damaged(reason: string): HelmError {
  return new HelmError({ stage: 'chart', message: reason === 'unexpected EOF' ? reason : `archive/tar: ${reason}` });
}
