import { type ByteString, toText } from '../bytes.ts';
import { parseConstraint, satisfies } from '../functions/semver/constraint.ts';
import { parseVersion, SemverError } from '../functions/semver/version.ts';

/** Whether a version lies in a range such as `^1.2.0 || ~2`. A version or range that cannot be read is outside. */
export function inRange(range: ByteString, version: ByteString): boolean {
  try {
    return satisfies(parseVersion(toText(version)), parseConstraint(toText(range)));
  } catch (error) {
    if (error instanceof SemverError) return false;
    throw error;
  }
}
