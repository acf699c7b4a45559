import { Buffer } from 'node:buffer';
import type { ByteString } from '../../bytes.ts';

export interface PemBlock {
  /** `CERTIFICATE`, `RSA PRIVATE KEY` … */
  readonly type: string;
  readonly der: Buffer;
}

const BEGIN = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n/g;
const END = /\n?-----END ([^\n]*?)-----[ \t\r]*(?:\n|$)/g;

/** The first PEM block of a text, whatever stands around it; undefined when there is none. */
export function readPem(text: ByteString): PemBlock | undefined {
  let end: RegExpExecArray | null | undefined;
  for (const begin of text.matchAll(BEGIN)) {
    const start = begin.index + begin[0].length;
    // One end serves all beginnings before it, so a text of nothing but beginnings is read once.
    if (end === undefined || (end !== null && end.index < start - 1)) {
      END.lastIndex = start - 1;
      end = END.exec(text);
    }
    if (end === null) return undefined;
    if (begin[1] !== end[1]) continue;
    const der = decoded(text.slice(start, end.index));
    if (der !== undefined) return { type: begin[1] ?? '', der };
  }
  return undefined;
}

function decoded(body: ByteString): Buffer | undefined {
  // Headers such as `Proc-Type: 4,ENCRYPTED` end with a blank line.
  const base64 = body.replace(/^(?:[^\n:]+:[^\n]*\n)+\s*\n/, '').replace(/\s/g, '');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined;
}

/** A PEM block as Go's encoding/pem writes it: 64 characters a line. */
export function writePem({ type, der }: PemBlock): ByteString {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${type}-----\n${lines.map((line) => `${line}\n`).join('')}-----END ${type}-----\n`;
}
