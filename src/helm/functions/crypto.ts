import { Buffer } from 'node:buffer';
import { type ByteString, fromBytes, toBytes, toText } from '../bytes.ts';
import { GoError } from '../errors.ts';
import type { CallContext, HelmFunction } from '../function.ts';
import { bcryptjs, crypto } from '../on-demand.ts';
import { types } from '../value.ts';
import { decodeBase64, encodeBase64 } from './codec.ts';
import { COSTLY, define, takes } from './define.ts';
import { derivePassword } from './derive-password.ts';

const { string, uint32 } = takes;

/** AES works on blocks of this many bytes. */
const BLOCK = 16;
/** bcrypt reads no more of a password; Go refuses longer ones. */
const MAX_BCRYPT_BYTES = 72;

/** sprig's checksums, password hashes and encryption. */
export const cryptoFunctions: readonly HelmFunction[] = [
  ...checksum('sha1sum', 'sha1'),
  ...checksum('sha256sum', 'sha256'),
  ...checksum('sha512sum', 'sha512'),
  ...define('adler32sum', { takes: [string], gives: types.string, call: ([text]) => String(adler32(text)) }),
  ...define('bcrypt', {
    takes: [string],
    gives: types.string,
    varies: 'salted',
    call: ([password], _, context) => bcrypt(password, context),
  }),
  ...define('htpasswd', {
    takes: [string, string],
    gives: types.string,
    varies: 'salted',
    call: ([user, password], _, context) =>
      user.includes(':') ? `invalid username: ${user}` : `${user}:${bcrypt(password, context)}`,
  }),
  ...define('derivePassword', {
    takes: [uint32, string, string, string, string],
    gives: types.string,
    call: ([counter, kind, password, user, site], _, context) => {
      context.spend(COSTLY);
      return derivePassword({ counter, kind, password, user, site });
    },
  }),
  ...define('encryptAES', {
    takes: [string, string],
    gives: types.string,
    varies: 'salted',
    call: ([password, text], _, context) => encryptAes(password, text, context),
  }),
  ...define('decryptAES', {
    takes: [string, string],
    gives: types.string,
    call: ([password, encrypted]) => decryptAes(password, encrypted),
  }),
];

function checksum(name: string, algorithm: string): HelmFunction[] {
  return define(name, {
    takes: [string],
    gives: types.string,
    call: ([text]) => crypto().createHash(algorithm).update(toBytes(text)).digest('hex'),
  });
}

function adler32(text: ByteString): number {
  let low = 1;
  let high = 0;
  for (let at = 0; at < text.length; at++) {
    low = (low + text.charCodeAt(at)) % 65_521;
    high = (high + low) % 65_521;
  }
  return high * 65_536 + low;
}

/** Cost 10, and the version tag Go writes. Failures are the text of the result, as in sprig. */
function bcrypt(password: ByteString, context: CallContext): ByteString {
  if (password.length > MAX_BCRYPT_BYTES) {
    return `failed to encrypt string with bcrypt: bcrypt: password length exceeds ${MAX_BCRYPT_BYTES} bytes`;
  }
  const text = toText(password);
  if (Buffer.byteLength(text) !== password.length) {
    // bcryptjs takes text alone; hashing the replacement characters would be a hash of another password.
    return 'failed to encrypt string with bcrypt: password is not UTF-8';
  }
  context.spend(COSTLY);
  const { encodeBase64: encodeBcrypt64, hashSync } = bcryptjs();
  return hashSync(text, `$2a$10$${encodeBcrypt64(Array.from(context.randomBytes(BLOCK)), BLOCK)}`);
}

/** AES-256-CBC with a random start and PKCS#7 padding; the password is cut or filled with zeros to 32 bytes. */
function encryptAes(password: ByteString, text: ByteString, context: CallContext): ByteString {
  if (text === '') return '';
  const start = context.randomBytes(BLOCK);
  const cipher = crypto().createCipheriv('aes-256-cbc', keyOf(password), start);
  return encodeBase64(Buffer.concat([start, cipher.update(toBytes(text)), cipher.final()]));
}

/** What is too short or badly padded makes Go's slicing panic, which a template sees as these texts. */
function decryptAes(password: ByteString, encrypted: ByteString): ByteString {
  if (encrypted === '') return '';
  const bytes = toBytes(decodeBase64(encrypted));
  const capacity = Math.floor(encrypted.length / 4) * 3;
  const outOfRange = (range: string) => new GoError(`runtime error: slice bounds out of range ${range}`);
  if (capacity < BLOCK) throw outOfRange(`[:${BLOCK}] with capacity ${capacity}`);
  if (bytes.length < BLOCK) throw outOfRange(`[${BLOCK}:${bytes.length}]`);
  if (bytes.length % BLOCK !== 0) throw new GoError('crypto/cipher: input not full blocks');
  if (bytes.length === BLOCK) throw new GoError('runtime error: index out of range [-1]');
  const decipher = crypto()
    .createDecipheriv('aes-256-cbc', keyOf(password), bytes.subarray(0, BLOCK))
    .setAutoPadding(false);
  const padded = fromBytes(Buffer.concat([decipher.update(bytes.subarray(BLOCK)), decipher.final()]));
  const end = padded.length - padded.charCodeAt(padded.length - 1);
  if (end < 0) throw outOfRange(`[:${end}]`);
  return padded.slice(0, end);
}

function keyOf(password: ByteString): Buffer {
  const key = Buffer.alloc(32);
  key.set(toBytes(password.slice(0, 32)));
  return key;
}
