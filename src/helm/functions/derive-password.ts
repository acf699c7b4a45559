import { Buffer } from 'node:buffer';
import { type ByteString, toBytes } from '../bytes.ts';
import { crypto } from '../on-demand.ts';

/** The Master Password algorithm: the same password for the same words, every time and everywhere. */
export interface Derivation {
  readonly counter: number;
  readonly kind: ByteString;
  readonly password: ByteString;
  readonly user: ByteString;
  readonly site: ByteString;
}

const SCOPE = 'com.lyndir.masterpassword';
const SCRYPT = { N: 32_768, r: 8, p: 2, maxmem: 128 * 1024 * 1024 };

/** Shapes of passwords: each letter stands for a class of characters. */
const SHAPES: ReadonlyMap<string, readonly string[]> = new Map([
  ['maximum', ['anoxxxxxxxxxxxxxxxxx', 'axxxxxxxxxxxxxxxxxno']],
  [
    'long',
    [
      ...['CvcvnoCvcvCvcv', 'CvcvCvcvnoCvcv', 'CvcvCvcvCvcvno', 'CvccnoCvcvCvcv', 'CvccCvcvnoCvcv', 'CvccCvcvCvcvno'],
      ...['CvcvnoCvccCvcv', 'CvcvCvccnoCvcv', 'CvcvCvccCvcvno', 'CvcvnoCvcvCvcc', 'CvcvCvcvnoCvcc', 'CvcvCvcvCvccno'],
      ...['CvccnoCvccCvcv', 'CvccCvccnoCvcv', 'CvccCvccCvcvno', 'CvcvnoCvccCvcc', 'CvcvCvccnoCvcc', 'CvcvCvccCvccno'],
      ...['CvccnoCvcvCvcc', 'CvccCvcvnoCvcc', 'CvccCvcvCvccno'],
    ],
  ],
  ['medium', ['CvcnoCvc', 'CvcCvcno']],
  ['short', ['Cvcn']],
  ['basic', ['aaanaaan', 'aannaaan', 'aaannaaa']],
  ['pin', ['nnnn']],
]);

const CLASSES: Readonly<Record<string, string>> = {
  V: 'AEIOU',
  C: 'BCDFGHJKLMNPQRSTVWXYZ',
  v: 'aeiou',
  c: 'bcdfghjklmnpqrstvwxyz',
  A: 'AEIOUBCDFGHJKLMNPQRSTVWXYZ',
  a: 'AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz',
  n: '0123456789',
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: 'AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()',
};

/** The password, or, as sprig has it, the text of what is wrong. */
export function derivePassword({ counter, kind, password, user, site }: Derivation): ByteString {
  const shapes = SHAPES.get(kind);
  if (shapes === undefined) return `cannot find password template ${kind}`;
  const key = crypto().scryptSync(toBytes(password), Buffer.concat([toBytes(SCOPE), counted(user)]), 64, SCRYPT);
  const message = Buffer.concat([toBytes(SCOPE), counted(site), uint32(counter)]);
  const seed = crypto().createHmac('sha256', key).update(message).digest();
  const shape = shapes[(seed[0] ?? 0) % shapes.length] ?? '';
  return [...shape]
    .map((letter, index) => {
      const characters = CLASSES[letter] ?? '';
      return characters.charAt((seed[index + 1] ?? 0) % characters.length);
    })
    .join('');
}

/** A text behind its length. */
function counted(text: ByteString): Buffer {
  return Buffer.concat([uint32(text.length), toBytes(text)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
