import type { HelmFunction } from '../function.ts';
import { types } from '../value.ts';
import { define, takes } from './define.ts';
import { inGo, VERSION_POINTER, versionPointer } from './go-version.ts';
import { type ConstraintLibrary, parseConstraint, satisfies } from './semver/constraint.ts';
import { parseVersion } from './semver/version.ts';

const { string } = takes;

/** sprig's functions on semantic versions. */
export function versionFunctions(library: ConstraintLibrary): readonly HelmFunction[] {
  return [
    ...define('semver', {
      takes: [string],
      gives: VERSION_POINTER,
      call: ([text]) => versionPointer(inGo(() => parseVersion(text))),
    }),
    ...define('semverCompare', {
      takes: [string, string],
      gives: types.bool,
      call: ([constraint, version]) =>
        inGo(() => {
          const parsed = parseConstraint(constraint, library);
          return satisfies(parseVersion(version), parsed);
        }),
    }),
  ];
}
