import type { ByteString } from '../bytes.ts';
import { GoError } from '../errors.ts';
import { printValue } from '../format/print.ts';
import type { CallContext, HelmFunction } from '../function.ts';
import { type GoSlice, GoStruct, type GoType, types, type Value } from '../value.ts';
import { createCertificate, decodeCertificate, type Issuer } from './certificate/certificate.ts';
import {
  generateCertificateKey,
  generateKey,
  type PrivateKey,
  readPrivateKey,
  writePrivateKey,
} from './certificate/keys.ts';
import { decodeBase64 } from './codec.ts';
import { COSTLY, define, type Parameter, takes } from './define.ts';
import { parseAddress } from './web/ip.ts';

const { exactInt, list, string } = takes;

/** What the certificate functions give and genSignedCert takes. */
const CERTIFICATE: GoType = {
  kind: 'struct',
  name: 'sprig.certificate',
  named: true,
  fields: [
    { name: 'Cert', type: types.string },
    { name: 'Key', type: types.string },
  ],
};

interface Pair {
  readonly cert: ByteString;
  readonly key: ByteString;
}

const takesCertificate: Parameter<Pair> = {
  type: CERTIFICATE,
  from: (value) => {
    const { fields } = value as GoStruct;
    return { cert: fields.get('Cert') as ByteString, key: fields.get('Key') as ByteString };
  },
};

const NANOSECONDS = 1_000_000_000n;
const DAY = 86_400n * NANOSECONDS;

/** sprig's functions that make keys and certificates. */
export const certificateFunctions: readonly HelmFunction[] = [
  ...define('genPrivateKey', {
    takes: [string],
    gives: types.string,
    varies: 'random',
    call: ([kind], _, context) => {
      context.spend(COSTLY);
      const key = generateKey(kind);
      return key === undefined ? `Unknown type ${kind}` : writePrivateKey(key);
    },
  }),
  ...define('buildCustomCert', {
    takes: [string, string],
    gives: CERTIFICATE,
    call: ([cert, key]) => customCertificate({ cert, key }),
  }),
  ...define('genCA', {
    takes: [string, exactInt],
    gives: CERTIFICATE,
    varies: 'random',
    call: ([commonName, days], _, context) => authority({ commonName, days }, generateCertificateKey(), context),
  }),
  ...define('genCAWithKey', {
    takes: [string, exactInt, string],
    gives: CERTIFICATE,
    varies: 'random',
    call: ([commonName, days, key], _, context) => authority({ commonName, days }, givenKey(key), context),
  }),
  ...define('genSelfSignedCert', {
    takes: [string, list, list, exactInt],
    gives: CERTIFICATE,
    varies: 'random',
    call: ([commonName, ips, names, days], _, context) =>
      selfSigned({ commonName, ips, names, days }, generateCertificateKey(), context),
  }),
  ...define('genSelfSignedCertWithKey', {
    takes: [string, list, list, exactInt, string],
    gives: CERTIFICATE,
    varies: 'random',
    call: ([commonName, ips, names, days, key], _, context) =>
      selfSigned({ commonName, ips, names, days }, givenKey(key), context),
  }),
  ...define('genSignedCert', {
    takes: [string, list, list, exactInt, takesCertificate],
    gives: CERTIFICATE,
    varies: 'random',
    call: ([commonName, ips, names, days, ca], _, context) =>
      signed({ subject: { commonName, ips, names, days }, ca, key: generateCertificateKey() }, context),
  }),
  ...define('genSignedCertWithKey', {
    takes: [string, list, list, exactInt, takesCertificate, string],
    gives: CERTIFICATE,
    varies: 'random',
    call: ([commonName, ips, names, days, ca, key], _, context) =>
      signed({ subject: { commonName, ips, names, days }, ca, key: givenKey(key) }, context),
  }),
];

interface Subject {
  readonly commonName: ByteString;
  readonly days: bigint;
  readonly ips?: GoSlice;
  readonly names?: GoSlice;
}

function authority(subject: Subject, key: PrivateKey, context: CallContext): GoStruct {
  return issue({ subject, authority: 'ca', key, issuer: { certificate: undefined, key } }, context);
}

function selfSigned(subject: Subject, key: PrivateKey, context: CallContext): GoStruct {
  return issue({ subject, authority: 'leaf', key, issuer: { certificate: undefined, key } }, context);
}

interface Signing {
  readonly subject: Subject;
  readonly ca: Pair;
  readonly key: PrivateKey;
}

function signed({ subject, ca, key }: Signing, context: CallContext): GoStruct {
  const certificate = decodeCertificate(ca.cert, 'decodedSignerCert');
  const issuer = { certificate, key: explained('error parsing private key', () => readPrivateKey(ca.key)) };
  return issue({ subject, authority: 'leaf', key, issuer }, context);
}

interface Issuing {
  readonly subject: Subject;
  readonly authority: 'ca' | 'leaf';
  readonly key: PrivateKey;
  readonly issuer: Issuer;
}

function issue({ subject, authority, key, issuer }: Issuing, context: CallContext): GoStruct {
  context.spend(COSTLY);
  const addresses = (subject.ips?.items ?? []).map(address);
  const dnsNames = (subject.names?.items ?? []).map(dnsName);
  const now = context.now();
  const request = {
    commonName: subject.commonName,
    dnsNames,
    addresses,
    notBefore: now / NANOSECONDS,
    // Go holds the span in 64 bits of nanoseconds, so more than 292 years wrap around.
    notAfter: (now + BigInt.asIntN(64, subject.days * DAY)) / NANOSECONDS,
    serial: context.randomBytes(16),
    authority,
  };
  const cert = explained('error creating certificate', () => createCertificate(request, key, issuer));
  return certificateOf({ cert, key: writePrivateKey(key) });
}

function givenKey(pem: ByteString): PrivateKey {
  return explained('parsing private key', () => readPrivateKey(pem));
}

function customCertificate({ cert, key }: Pair): GoStruct {
  const decoded = (text: ByteString, what: string) => {
    try {
      return decodeBase64(text);
    } catch (error) {
      if (error instanceof GoError) throw new GoError(`unable to decode base64 ${what}`);
      throw error;
    }
  };
  const pair = { cert: decoded(cert, 'certificate'), key: decoded(key, 'private key') };
  decodeCertificate(pair.cert, 'decodedCert');
  explained('error parsing private key', () => readPrivateKey(pair.key));
  return certificateOf(pair);
}

function certificateOf({ cert, key }: Pair): GoStruct {
  return new GoStruct(
    CERTIFICATE,
    new Map([
      ['Cert', cert],
      ['Key', key],
    ]),
  );
}

function address(value: Value): readonly number[] {
  if (typeof value !== 'string') throw new GoError(`error parsing ip: ${printValue(value)} is not a string`);
  try {
    if (!value.includes('%')) return parseAddress(value);
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
  }
  throw new GoError(`error parsing ip: ${value}`);
}

function dnsName(value: Value): ByteString {
  if (typeof value === 'string') return value;
  throw new GoError(`error processing alternate dns name: ${printValue(value)} is not a string`);
}

function explained<T>(step: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof GoError) throw new GoError(`${step}: ${error.message}`);
    throw error;
  }
}
