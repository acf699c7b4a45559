import { Buffer } from 'node:buffer';
import type { KeyObject } from 'node:crypto';
import { type ByteString, isAscii, toBytes } from '../../bytes.ts';
import { GoError } from '../../errors.ts';
import { quote } from '../../format/quote.ts';
import { crypto } from '../../on-demand.ts';
import { firstInvalidByte } from '../text/utf8.ts';
import { civilOf } from '../time/calendar.ts';
import {
  bitString,
  childrenOf,
  element,
  integer,
  objectIdentifier,
  octetString,
  readElements,
  sequence,
  TAG,
} from './der.ts';
import type { PrivateKey } from './keys.ts';
import { readPem, writePem } from './pem.ts';

/**
 * X.509 certificates as sprig has Go's crypto/x509 make them: a common name, SHA-256, key encipherment and signature,
 * server and client authentication. Written here because the functions of a template are synchronous, which the
 * libraries built on WebCrypto are not, and because it is a page of code.
 */
export interface Request {
  readonly commonName: ByteString;
  readonly dnsNames: readonly ByteString[];
  /** Each of 4 or 16 bytes. */
  readonly addresses: readonly (readonly number[])[];
  /** Seconds since 1970. */
  readonly notBefore: bigint;
  readonly notAfter: bigint;
  /** 16 random bytes. */
  readonly serial: Uint8Array;
  readonly authority: 'ca' | 'leaf';
}

/** Who signs. */
export interface Issuer {
  /** The certificate, or undefined for one that signs itself. */
  readonly certificate: Buffer | undefined;
  readonly key: PrivateKey;
}

const OID = {
  commonName: '2.5.4.3',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  basicConstraints: '2.5.29.19',
  subjectKeyId: '2.5.29.14',
  authorityKeyId: '2.5.29.35',
  subjectAltName: '2.5.29.17',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/** Signature algorithm and hash by the signer's key; for EC by its curve. */
const SIGNATURES: Readonly<Record<string, { readonly oid: string; readonly hash: string | null }>> = {
  rsa: { oid: '1.2.840.113549.1.1.11', hash: 'sha256' },
  secp224r1: { oid: '1.2.840.10045.4.3.2', hash: 'sha256' },
  prime256v1: { oid: '1.2.840.10045.4.3.2', hash: 'sha256' },
  secp384r1: { oid: '1.2.840.10045.4.3.3', hash: 'sha384' },
  secp521r1: { oid: '1.2.840.10045.4.3.4', hash: 'sha512' },
  ed25519: { oid: '1.3.101.112', hash: null },
};

const EMPTY_NAME = sequence();

/** Makes and signs a certificate for the public half of `subjectKey`, in PEM. Throws a {@link GoError}. */
export function createCertificate(request: Request, subjectKey: PrivateKey, issuer: Issuer): ByteString {
  if (issuer.key.kind === 'dsa') throw new GoError('x509: certificate private key does not implement crypto.Signer');
  if (subjectKey.kind === 'dsa') throw new GoError('x509: unsupported public key type: *dsa.PublicKey');
  const algorithm = signatureOf(issuer.key.key);
  const publicKey = spkiOf(subjectKey.key);
  const subject = nameOf(request.commonName);
  const parent = issuer.certificate && readCertificate(issuer.certificate);
  if (parent !== undefined && !parent.publicKey.equals(spkiOf(issuer.key.key))) {
    throw new GoError("x509: provided PrivateKey doesn't match parent's PublicKey");
  }
  const issuerName = parent?.subject ?? subject;
  const contents = sequence(
    element(0xa0, integer(2n)),
    integer(BigInt(`0x${Buffer.from(request.serial).toString('hex')}`)),
    algorithm.identifier,
    issuerName,
    sequence(time(request.notBefore), time(request.notAfter)),
    subject,
    publicKey,
    element(0xa3, sequence(...extensionsOf(request, { subject, publicKey, issuerName, parentKeyId: parent?.keyId }))),
  );
  const signature = crypto().sign(algorithm.hash, contents, issuer.key.key);
  return writePem({ type: 'CERTIFICATE', der: sequence(contents, algorithm.identifier, bitString(signature)) });
}

/** The certificate in a PEM text, if it is one that can be read; Go's words for the two ways to fail. */
export function decodeCertificate(pem: ByteString, name: string): Buffer {
  const block = readPem(pem);
  if (block === undefined) throw new GoError('unable to decode certificate');
  try {
    new (crypto().X509Certificate)(block.der);
    return block.der;
  } catch {
    throw new GoError(`error parsing certificate: ${name}.Bytes: x509: malformed certificate`);
  }
}

interface Named {
  readonly subject: Buffer;
  readonly publicKey: Buffer;
  readonly issuerName: Buffer;
  readonly parentKeyId: Buffer | undefined;
}

/** In Go's order. */
function extensionsOf(request: Request, { subject, publicKey, issuerName, parentKeyId }: Named): Buffer[] {
  const ca = request.authority === 'ca';
  const extensions = [
    // Digital signature, key encipherment and, for an authority, certificate signing.
    extension(OID.keyUsage, 'critical', ca ? bitString(Buffer.from([0xa4]), 2) : bitString(Buffer.from([0xa0]), 5)),
    extension(
      OID.extendedKeyUsage,
      'optional',
      sequence(objectIdentifier(OID.serverAuth), objectIdentifier(OID.clientAuth)),
    ),
    extension(OID.basicConstraints, 'critical', ca ? sequence(element(TAG.boolean, Buffer.from([0xff]))) : sequence()),
  ];
  if (ca) extensions.push(extension(OID.subjectKeyId, 'optional', octetString(keyIdOf(publicKey))));
  if (parentKeyId !== undefined && !issuerName.equals(subject)) {
    extensions.push(extension(OID.authorityKeyId, 'optional', sequence(element(0x80, parentKeyId))));
  }
  if (request.dnsNames.length + request.addresses.length > 0) {
    const names = [...request.dnsNames.map(dnsName), ...request.addresses.map(addressName)];
    const weight = subject.equals(EMPTY_NAME) ? 'critical' : 'optional';
    extensions.push(extension(OID.subjectAltName, weight, sequence(...names)));
  }
  return extensions;
}

function extension(oid: string, weight: 'critical' | 'optional', value: Buffer): Buffer {
  const critical = weight === 'critical' ? [element(TAG.boolean, Buffer.from([0xff]))] : [];
  return sequence(objectIdentifier(oid), ...critical, octetString(value));
}

function dnsName(name: ByteString): Buffer {
  if (!isAscii(name)) throw new GoError(`x509: ${quote(name)} cannot be encoded as an IA5String`);
  return element(0x82, toBytes(name));
}

/** An IPv4 address inside of an IPv6 one goes by its own four bytes. */
function addressName(address: readonly number[]): Buffer {
  const mapped = address.length === 16 && address.slice(0, 12).join() === '0,0,0,0,0,0,0,0,0,0,255,255';
  return element(0x87, Buffer.from(mapped ? address.slice(12) : address));
}

function nameOf(commonName: ByteString): Buffer {
  if (commonName === '') return EMPTY_NAME;
  const printable = /^[A-Za-z0-9'()+,\-./:=? ]*$/.test(commonName);
  if (!printable && firstInvalidByte(commonName) !== -1) throw new GoError('asn1: string not valid UTF-8');
  const text = element(printable ? TAG.printableString : TAG.utf8String, toBytes(commonName));
  return sequence(element(TAG.set, sequence(objectIdentifier(OID.commonName), text)));
}

/** Years that two digits can tell are written with two. */
function time(seconds: bigint): Buffer {
  const { year, month, day, hour, minute, second } = civilOf(seconds);
  if (year < 0n || year > 9999n) throw new GoError('asn1: structure error: cannot represent time as GeneralizedTime');
  const rest = [month, day, hour, minute, second].map((part) => String(part).padStart(2, '0')).join('');
  if (year >= 1950n && year < 2050n) return element(TAG.utcTime, toBytes(`${String(year).slice(2)}${rest}Z`));
  return element(TAG.generalizedTime, toBytes(`${String(year).padStart(4, '0')}${rest}Z`));
}

function signatureOf(key: KeyObject): { readonly identifier: Buffer; readonly hash: string | null } {
  const kind = key.asymmetricKeyType === 'ec' ? key.asymmetricKeyDetails?.namedCurve : key.asymmetricKeyType;
  const found = SIGNATURES[kind ?? ''];
  if (found === undefined) throw new GoError('x509: unsupported elliptic curve');
  const parameters = kind === 'rsa' ? [element(TAG.null)] : [];
  return { identifier: sequence(objectIdentifier(found.oid), ...parameters), hash: found.hash };
}

function spkiOf(key: KeyObject): Buffer {
  return crypto().createPublicKey(key).export({ type: 'spki', format: 'der' });
}

/** The first 160 bits of the SHA-256 of the key's bits (RFC 7093, as Go does since 1.25). */
function keyIdOf(spki: Buffer): Buffer {
  const [, bits] = childrenOf(readElements(spki)[0]);
  return crypto()
    .createHash('sha256')
    .update(bits?.content.subarray(1) ?? spki)
    .digest()
    .subarray(0, 20);
}

interface Parent {
  readonly subject: Buffer;
  readonly publicKey: Buffer;
  readonly keyId: Buffer | undefined;
}

function readCertificate(der: Buffer): Parent {
  const fields = childrenOf(childrenOf(readElements(der)[0])[0]);
  // The version is only there when it is not 1.
  const [subject, publicKey] = fields.slice(fields[0]?.tag === 0xa0 ? 5 : 4);
  if (subject === undefined || publicKey === undefined) throw new GoError('x509: malformed certificate');
  const wrapped = fields.find(({ tag }) => tag === 0xa3);
  const extensions = wrapped === undefined ? [] : childrenOf(childrenOf(wrapped)[0]).map(childrenOf);
  const keyId = extensions.find(([oid]) => oid?.whole.equals(objectIdentifier(OID.subjectKeyId)))?.at(-1);
  return {
    subject: subject.whole,
    publicKey: publicKey.whole,
    keyId: keyId && readElements(keyId.content)[0]?.content,
  };
}
