/**
 * Semantic versions as Masterminds/semver 3 reads them: a leading `v`, missing minor and patch, and leading zeros in
 * the three numbers are accepted; a prerelease or metadata must be well formed.
 */
export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly prerelease: string;
  readonly metadata: string;
  /** The text as it was given. */
  readonly original: string;
}

/** A version or constraint that Masterminds/semver refuses; the message is Masterminds' own. */
export class SemverError extends Error {
  override name = 'SemverError';
}

const MAX_VERSION_BYTES = 256;
const MAX_UINT64 = 2n ** 64n - 1n;
const LOOSE_VERSION =
  /^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;
const DIGITS = /^[0-9]+$/;

/** Reads a version, or throws a {@link SemverError}. */
export function parseVersion(text: string): Version {
  if (text.length > MAX_VERSION_BYTES) {
    throw new SemverError(`version string is too long (max ${MAX_VERSION_BYTES} bytes)`);
  }
  const match = LOOSE_VERSION.exec(text);
  if (match === null) throw new SemverError('invalid semantic version');
  const [, major = '0', minor = '0', patch = '0', prerelease = '', metadata = ''] = match;
  const version = {
    major: segment(major),
    minor: segment(minor),
    patch: segment(patch),
    prerelease,
    metadata,
    original: text,
  };
  checkPrerelease(prerelease);
  return version;
}

/** `major.minor.patch[-prerelease][+metadata]`, whatever the original looked like. */
export function formatVersion(version: Omit<Version, 'original'>): string {
  const { major, minor, patch, prerelease, metadata } = version;
  return `${major}.${minor}.${patch}${prerelease && `-${prerelease}`}${metadata && `+${metadata}`}`;
}

/** -1, 0 or 1 by semantic-version precedence; metadata does not count. */
export function compareVersions(left: Version, right: Version): -1 | 0 | 1 {
  return (
    compareNumbers(left.major, right.major) ||
    compareNumbers(left.minor, right.minor) ||
    compareNumbers(left.patch, right.patch) ||
    comparePrereleases(left.prerelease, right.prerelease)
  );
}

/** -1, 0 or 1; a version without a prerelease comes after all its prereleases. */
export function comparePrereleases(left: string, right: string): -1 | 0 | 1 {
  if (left === right) return 0;
  if (left === '') return 1;
  if (right === '') return -1;
  const lefts = left.split('.');
  const rights = right.split('.');
  for (let i = 0; i < Math.max(lefts.length, rights.length); i++) {
    const order = compareIdentifiers(lefts[i] ?? '', rights[i] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

export type Bump = 'major' | 'minor' | 'patch';

/** The next release: a prerelease's next patch is the release it precedes. A leading `v` of the original stays. */
export function bumpVersion(version: Version, bump: Bump): Version {
  if (bump === 'patch' && version.prerelease !== '') {
    return withOriginal(version, { ...version, prerelease: '', metadata: '' });
  }
  if (version[bump] === MAX_UINT64) throw new SemverError(`${bump} version increment would overflow uint64`);
  return withOriginal(version, {
    major: version.major + (bump === 'major' ? 1n : 0n),
    minor: bump === 'major' ? 0n : version.minor + (bump === 'minor' ? 1n : 0n),
    patch: bump === 'patch' ? version.patch + 1n : 0n,
    prerelease: '',
    metadata: '',
  });
}

/** The same version with another prerelease, or a {@link SemverError} when that is malformed. */
export function withPrerelease(version: Version, prerelease: string): Version {
  if (prerelease !== '') checkPrerelease(prerelease);
  return withOriginal(version, { ...version, prerelease });
}

/** The same version with other metadata, or a {@link SemverError} when that is malformed. */
export function withMetadata(version: Version, metadata: string): Version {
  if (metadata !== '' && !metadata.split('.').every((part) => /^[0-9A-Za-z-]+$/.test(part))) {
    throw new SemverError('invalid metadata string');
  }
  return withOriginal(version, { ...version, metadata });
}

function withOriginal(from: Version, next: Omit<Version, 'original'>): Version {
  return { ...next, original: (from.original.startsWith('v') ? 'v' : '') + formatVersion(next) };
}

function segment(digits: string): bigint {
  const value = BigInt(digits);
  if (value > MAX_UINT64) {
    throw new SemverError(`error parsing version segment: strconv.ParseUint: parsing "${digits}": value out of range`);
  }
  return value;
}

function checkPrerelease(prerelease: string): void {
  if (prerelease === '') return;
  for (const part of prerelease.split('.')) {
    if (!/^[0-9A-Za-z-]+$/.test(part)) throw new SemverError('invalid prerelease string');
    if (DIGITS.test(part) && part.length > 1 && part.startsWith('0')) {
      throw new SemverError('version segment starts with 0');
    }
  }
}

function compareNumbers(left: bigint, right: bigint): -1 | 0 | 1 {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Numbers come before words; a number too large for 64 bits counts as a word, as it does in Go. */
function compareIdentifiers(left: string, right: string): -1 | 0 | 1 {
  if (left === right) return 0;
  if (left === '') return -1;
  if (right === '') return 1;
  const leftNumber = identifierNumber(left);
  const rightNumber = identifierNumber(right);
  if (leftNumber === undefined && rightNumber === undefined) return left > right ? 1 : -1;
  if (rightNumber === undefined) return -1;
  if (leftNumber === undefined) return 1;
  return leftNumber > rightNumber ? 1 : -1;
}

function identifierNumber(text: string): bigint | undefined {
  if (!DIGITS.test(text)) return undefined;
  const value = BigInt(text);
  return value > MAX_UINT64 ? undefined : value;
}
