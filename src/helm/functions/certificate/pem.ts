import { Buffer } from 'node:buffer';
import type { ByteString } from '../../bytes.ts';

export interface PemBlock {
  /** `CERTIFICATE`, `RSA PRIVATE KEY` … */
  readonly type: string;
  readonly der: Buffer;
}

const BLOCK = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n(.*?)\n?-----END \1-----[ \t\r]*(?:\n|$)/s;

/** The first PEM block of a text, whatever stands around it; undefined when there is none. */
export function readPem(text: ByteString): PemBlock | undefined {
  const [, type, body] = BLOCK.exec(text) ?? [];
  if (type === undefined || body === undefined) return undefined;
  // Headers such as `Proc-Type: 4,ENCRYPTED` end with a blank line.
  const base64 = body.replace(/^(?:[^\n:]+:[^\n]*\n)+\s*\n/, '').replace(/[\s]/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined;
  return { type, der: Buffer.from(base64, 'base64') };
}

/** A PEM block as Go's encoding/pem writes it: 64 characters a line. */
export function writePem({ type, der }: PemBlock): ByteString {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${type}-----\n${lines.map((line) => `${line}\n`).join('')}-----END ${type}-----\n`;
}
