/** Certificates for logins at a bed, made as charts make theirs: the bed's own authority, and what it signs. */
import { createPrivateKey, randomBytes } from 'node:crypto';
import { createCertificate } from '../../src/helm/functions/certificate/certificate.ts';
import { generateCertificateKey, type PrivateKey, writePrivateKey } from '../../src/helm/functions/certificate/keys.ts';

/** Both as PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

const day = 86_400n;

export function makeAuthority(commonName: string): Certificate {
  const key = generateCertificateKey();
  const request = { ...requestOf(commonName), authority: 'ca' } as const;
  return {
    certificate: createCertificate(request, key, { certificate: undefined, key }),
    key: writePrivateKey(key),
  };
}

/** What a certificate says beside its name. */
export interface Particulars {
  readonly dnsNames?: readonly string[];
  /** Days until it ends; less than 0: it has ended. */
  readonly days?: number;
}

/** A certificate for a login, whose common name is the name of the user, or for a server. */
export function signCertificate(
  authority: Certificate,
  commonName: string,
  particulars: Particulars = {},
): Certificate {
  const key = generateCertificateKey();
  const signer: PrivateKey = { kind: 'rsa', key: createPrivateKey(authority.key) };
  const der = Buffer.from(authority.certificate.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const request = { ...requestOf(commonName, particulars), authority: 'leaf' } as const;
  return {
    certificate: createCertificate(request, key, { certificate: der, key: signer }),
    key: writePrivateKey(key),
  };
}

function requestOf(commonName: string, { dnsNames = [], days = 30 }: Particulars = {}) {
  const now = BigInt(Math.floor(Date.now() / 1000));
  return {
    commonName,
    dnsNames,
    addresses: [],
    notBefore: now - 60n * day,
    notAfter: now + BigInt(days) * day,
    serial: randomBytes(16),
  };
}
