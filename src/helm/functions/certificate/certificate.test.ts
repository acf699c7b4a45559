import { Buffer } from 'node:buffer';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createCertificate, decodeCertificate, type Request } from './certificate.ts';
import { integer, objectIdentifier, readElements, sequence } from './der.ts';
import { generateCertificateKey, generateKey, type PrivateKey, readPrivateKey, writePrivateKey } from './keys.ts';
import { readPem, writePem } from './pem.ts';

const NOON = 1_700_000_000n;

function request(changes: Partial<Request>): Request {
  return {
    commonName: 'shop',
    dnsNames: [],
    addresses: [],
    notBefore: NOON,
    notAfter: NOON + 365n * 86_400n,
    serial: Uint8Array.from([0x80, ...new Array<number>(15).fill(1)]),
    authority: 'leaf',
    ...changes,
  };
}

function authority(key: PrivateKey): string {
  return createCertificate(request({ commonName: 'ca', authority: 'ca' }), key, { certificate: undefined, key });
}

/** OpenSSL, through node:crypto, is the judge. */
describe.each(['rsa2048', 'ecdsa', 'ed25519'])('with keys of kind %s', (kind) => {
  const make = () => (kind === 'rsa2048' ? generateCertificateKey() : (generateKey(kind) as PrivateKey));
  const caKey = make();
  const ca = new X509Certificate(authority(caKey));
  const key = make();
  const names = {
    dnsNames: ['a.example.com', 'b'],
    addresses: [
      [10, 0, 0, 1],
      [...new Array<number>(15).fill(0), 1],
    ],
  };
  const leaf = new X509Certificate(
    createCertificate(request(names), key, { certificate: decodeCertificate(ca.toString(), 'ca'), key: caKey }),
  );

  test('an authority signs itself and others', () => {
    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.checkIssued(ca)).toBe(true);
    expect(leaf.verify(ca.publicKey)).toBe(true);
  });

  test('names, times and serial are those asked for', () => {
    expect(leaf.subject).toBe('CN=shop');
    expect(leaf.issuer).toBe('CN=ca');
    expect(leaf.subjectAltName).toBe('DNS:a.example.com, DNS:b, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1');
    expect(leaf.validFrom).toBe('Nov 14 22:13:20 2023 GMT');
    expect(leaf.validTo).toBe('Nov 13 22:13:20 2024 GMT');
    expect(leaf.serialNumber).toBe(`80${'01'.repeat(15)}`);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  });

  test('the key belongs to the certificate, also after it went through text', () => {
    expect(leaf.checkPrivateKey(createPrivateKey(writePrivateKey(readPrivateKey(writePrivateKey(key)))))).toBe(true);
  });
});

const key = generateKey('ecdsa') as PrivateKey;

test('a common name of other letters is UTF-8, and none at all makes the other names critical', () => {
  const issuer = { certificate: undefined, key };
  expect(new X509Certificate(createCertificate(request({ commonName: 'caf\xc3\xa9 & co' }), key, issuer)).subject).toBe(
    'CN=café & co',
  );
  const nameless = new X509Certificate(createCertificate(request({ commonName: '', dnsNames: ['a'] }), key, issuer));
  expect(nameless.subject).toBeUndefined();
  expect(nameless.subjectAltName).toBe('DNS:a');
});

test('years beyond 2049 have four digits, and beyond 9999 there are none', () => {
  const issuer = { certificate: undefined, key };
  const far = new X509Certificate(createCertificate(request({ notAfter: NOON + 10_000n * 86_400n * 9n }), key, issuer));
  expect(far.validTo).toBe('Apr 13 22:13:20 2270 GMT');
  expect(() => createCertificate(request({ notAfter: 300_000_000_000n }), key, issuer)).toThrow(
    'asn1: structure error: cannot represent time as GeneralizedTime',
  );
});

test('a certificate is not signed with a key that is not its issuer’s', () => {
  const certificate = decodeCertificate(authority(key), 'ca');
  const other = generateKey('ecdsa') as PrivateKey;
  expect(() => createCertificate(request({}), other, { certificate, key: other })).toThrow(
    "x509: provided PrivateKey doesn't match parent's PublicKey",
  );
});

test('DSA keys keep their numbers and sign nothing', () => {
  const dsa = generateKey('dsa') as PrivateKey;
  const text = writePrivateKey(dsa);
  expect(text.startsWith('-----BEGIN DSA PRIVATE KEY-----\n')).toBe(true);
  expect(writePrivateKey(readPrivateKey(text))).toBe(text);
  expect(() => createCertificate(request({}), dsa, { certificate: undefined, key: dsa })).toThrow(
    'x509: certificate private key does not implement crypto.Signer',
  );
});

test.each([
  ['', 'no PEM data in input'],
  [
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    'no private key data in PEM block of type CERTIFICATE',
  ],
  ['-----BEGIN X PRIVATE KEY-----\nAAAA\n-----END X PRIVATE KEY-----\n', 'invalid private key type X'],
  [
    '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n',
    'parsing RSA private key from PEM: asn1: structure error: malformed key',
  ],
  ['-----BEGIN DSA PRIVATE KEY-----\nMAA=\n-----END DSA PRIVATE KEY-----\n', 'parsing DSA private key from PEM'],
])('a key that is none: %j', (pem, message) => {
  expect(() => readPrivateKey(pem)).toThrow(message);
});

test('PEM is found among other text, and written 64 characters a line', () => {
  const text = writePem({ type: 'X', der: Buffer.alloc(60) });
  expect(text.split('\n').map(({ length }) => length)).toEqual([17, 64, 16, 15, 0]);
  expect(readPem(`bag attributes\n${text}tail`)?.der).toEqual(Buffer.alloc(60));
  expect(readPem('-----BEGIN X-----\n?\n-----END X-----')).toBeUndefined();
});

test('DER has its shortest lengths and numbers', () => {
  expect(integer(128n).toString('hex')).toBe('02020080');
  expect(objectIdentifier('1.2.840.113549').toString('hex')).toBe('06062a864886f70d');
  expect(sequence(Buffer.alloc(200)).subarray(0, 3).toString('hex')).toBe('3081c8');
  expect(() => readElements(Buffer.from('3005', 'hex'))).toThrow('data truncated');
});
