import type { Buffer } from 'node:buffer';
import type { KeyObject } from 'node:crypto';
import type { ByteString } from '../../bytes.ts';
import { GoError } from '../../errors.ts';
import { crypto } from '../../on-demand.ts';
import { childrenOf, DerError, integer, integerOf, readElements, sequence } from './der.ts';
import { readPem, writePem } from './pem.ts';

/** A private key; of DSA, which can sign nothing here, only its numbers. */
export type PrivateKey =
  | { readonly kind: 'rsa' | 'ec' | 'ed25519'; readonly key: KeyObject }
  | { readonly kind: 'dsa'; readonly numbers: DsaNumbers };

/** p, q, g, y, x */
type DsaNumbers = readonly bigint[];

/** A new RSA key of 2048 bits, what certificates get. */
export function generateCertificateKey(): PrivateKey {
  return { kind: 'rsa', key: crypto().generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey };
}

/** A new key of a kind that `genPrivateKey` knows, or undefined. */
export function generateKey(kind: ByteString): PrivateKey | undefined {
  switch (kind) {
    case '':
    case 'rsa':
      return { kind: 'rsa', key: crypto().generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey };
    case 'ecdsa':
      return { kind: 'ec', key: crypto().generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey };
    case 'ed25519':
      return { kind: 'ed25519', key: crypto().generateKeyPairSync('ed25519').privateKey };
    case 'dsa':
      return {
        kind: 'dsa',
        numbers: dsaNumbers(
          crypto().generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }).privateKey,
        ),
      };
    default:
      return undefined;
  }
}

/** The key as sprig writes it: PKCS#1 for RSA, SEC 1 for EC, PKCS#8 for Ed25519, OpenSSL's own form for DSA. */
export function writePrivateKey(key: PrivateKey): ByteString {
  switch (key.kind) {
    case 'rsa':
      return writePem({ type: 'RSA PRIVATE KEY', der: key.key.export({ type: 'pkcs1', format: 'der' }) });
    case 'ec':
      return writePem({ type: 'EC PRIVATE KEY', der: key.key.export({ type: 'sec1', format: 'der' }) });
    case 'ed25519':
      return writePem({ type: 'PRIVATE KEY', der: key.key.export({ type: 'pkcs8', format: 'der' }) });
    case 'dsa':
      return writePem({ type: 'DSA PRIVATE KEY', der: sequence(...[0n, ...key.numbers].map(integer)) });
  }
}

/**
 * Reads a private key in any of the forms above. Throws a {@link GoError}: which step failed is said as sprig says it,
 * what is wrong with the encoding is not told in Go's words.
 */
export function readPrivateKey(pem: ByteString): PrivateKey {
  const block = readPem(pem);
  if (block === undefined) throw new GoError('no PEM data in input');
  const { type, der } = block;
  if (type === 'PRIVATE KEY') return decoded('decoding PEM as PKCS#8', () => opened(der, 'pkcs8'));
  if (!type.endsWith(' PRIVATE KEY')) throw new GoError(`no private key data in PEM block of type ${type}`);
  const kind = type.slice(0, -' PRIVATE KEY'.length);
  switch (kind) {
    case 'RSA':
      return decoded('parsing RSA private key from PEM', () => opened(der, 'pkcs1'));
    case 'EC':
      return decoded('parsing EC private key from PEM', () => opened(der, 'sec1'));
    case 'DSA':
      return decoded('parsing DSA private key from PEM', () => {
        const [, p, q, g, y, x] = childrenOf(readElements(der)[0]);
        return { kind: 'dsa', numbers: [p, q, g, y, x].map(integerOf) };
      });
    default:
      throw new GoError(`invalid private key type ${kind}`);
  }
}

function decoded(step: string, decode: () => PrivateKey): PrivateKey {
  try {
    return decode();
  } catch (error) {
    // Node's own messages name OpenSSL's routines; the class of the error is what a template can act on.
    if (error instanceof DerError || (typeof error === 'object' && error !== null && 'code' in error)) {
      throw new GoError(`${step}: asn1: structure error: malformed key`);
    }
    throw error;
  }
}

function opened(der: Buffer, type: 'pkcs1' | 'pkcs8' | 'sec1'): PrivateKey {
  const key = crypto().createPrivateKey({ key: der, format: 'der', type });
  const kind = key.asymmetricKeyType;
  if (kind === 'rsa' || kind === 'ec' || kind === 'ed25519') return { kind, key };
  throw new DerError(`${kind} key`);
}

/** OpenSSL gives DSA keys as PKCS#8 and SPKI only; the five numbers are picked out of the two. */
function dsaNumbers(key: KeyObject): DsaNumbers {
  const [, algorithm, secret] = childrenOf(readElements(key.export({ type: 'pkcs8', format: 'der' }))[0]);
  const parameters = childrenOf(childrenOf(algorithm)[1]).map(integerOf);
  const [, bits] = childrenOf(readElements(crypto().createPublicKey(key).export({ type: 'spki', format: 'der' }))[0]);
  if (secret === undefined || bits === undefined) throw new DerError('missing element');
  const x = integerOf(readElements(secret.content)[0]);
  const y = integerOf(readElements(bits.content.subarray(1))[0]);
  return [...parameters, y, x];
}
