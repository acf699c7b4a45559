import { GoError } from '../errors.ts';
import type { Method } from '../function.ts';
import { GoPointer, GoStruct, type GoType, integer, intOf, pointerType, types, type Value } from '../value.ts';
import { type Parameter, takes } from './define.ts';
import { getter, method } from './go-methods.ts';
import {
  type Bump,
  bumpVersion,
  compareVersions,
  formatVersion,
  SemverError,
  type Version,
  withMetadata,
  withPrerelease,
} from './semver/version.ts';

/** The object that `semver` gives: a *semver.Version with its methods. */

const versionMethods = new Map<string, Method>();
const pointerMethods = new Map<string, Method>();
const VERSION: GoType = {
  kind: 'struct',
  name: 'semver.Version',
  named: true,
  fields: [
    { name: 'major', type: types.uint64 },
    { name: 'minor', type: types.uint64 },
    { name: 'patch', type: types.uint64 },
    { name: 'pre', type: types.string },
    { name: 'metadata', type: types.string },
    { name: 'original', type: types.string },
  ],
  methods: versionMethods,
  pointerMethods,
  stringer: (value) => formatVersion((value as GoVersion).version),
};

for (const [name, entry] of [
  getter('Major', types.uint64, (receiver) => integer(types.uint64, versionIn(receiver).major)),
  getter('Minor', types.uint64, (receiver) => integer(types.uint64, versionIn(receiver).minor)),
  getter('Patch', types.uint64, (receiver) => integer(types.uint64, versionIn(receiver).patch)),
  getter('Prerelease', types.string, (receiver) => versionIn(receiver).prerelease),
  getter('Metadata', types.string, (receiver) => versionIn(receiver).metadata),
  getter('String', types.string, (receiver) => formatVersion(versionIn(receiver))),
  bump('IncMajor', 'major'),
  bump('IncMinor', 'minor'),
  bump('IncPatch', 'patch'),
  method('SetPrerelease', {
    takes: [takes.string],
    gives: VERSION,
    call: (receiver: Value, [text]) => new GoVersion(inGo(() => withPrerelease(versionIn(receiver), text))),
  }),
  method('SetMetadata', {
    takes: [takes.string],
    gives: VERSION,
    call: (receiver: Value, [text]) => new GoVersion(inGo(() => withMetadata(versionIn(receiver), text))),
  }),
]) {
  versionMethods.set(name, entry);
}
pointerMethods.set(...getter('Original', types.string, (receiver) => versionIn(receiver).original));

/** `*semver.Version` */
export const VERSION_POINTER: GoType = pointerType(VERSION);
const takesVersion: Parameter<Version> = { type: VERSION_POINTER, from: versionIn };

const comparisons: readonly (readonly [string, (order: number) => boolean])[] = [
  ['LessThan', (order) => order < 0],
  ['LessThanEqual', (order) => order <= 0],
  ['GreaterThan', (order) => order > 0],
  ['GreaterThanEqual', (order) => order >= 0],
  ['Equal', (order) => order === 0],
];
// These take a *semver.Version, so the pointer type must be there before them.
for (const [name, entry] of [
  method('Compare', {
    takes: [takesVersion],
    gives: types.int,
    call: (receiver: Value, [other]) => intOf(compareVersions(versionIn(receiver), other)),
  }),
  ...comparisons.map(([name, holds]) =>
    method(name, {
      takes: [takesVersion],
      gives: types.bool,
      call: (receiver: Value, [other]) => holds(compareVersions(versionIn(receiver), other)),
    }),
  ),
]) {
  (VERSION_POINTER.methods as Map<string, Method>).set(name, entry);
  pointerMethods.set(name, entry);
}

/** A semver.Version struct. */
export class GoVersion extends GoStruct {
  readonly version: Version;
  constructor(version: Version) {
    super(
      VERSION,
      new Map<string, Value>([
        ['major', integer(types.uint64, version.major)],
        ['minor', integer(types.uint64, version.minor)],
        ['patch', integer(types.uint64, version.patch)],
        ['pre', version.prerelease],
        ['metadata', version.metadata],
        ['original', version.original],
      ]),
    );
    this.version = version;
  }
}

/** What `semver` gives. */
export function versionPointer(version: Version): GoPointer {
  return new GoPointer(VERSION_POINTER, new GoVersion(version));
}

/** Errors of the semver library are Go errors to a template. */
export function inGo<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof SemverError) throw new GoError(error.message);
    throw error;
  }
}

function versionIn(receiver: Value): Version {
  const struct = receiver instanceof GoPointer ? receiver.target : receiver;
  if (struct instanceof GoVersion) return struct.version;
  throw new GoError('runtime error: invalid memory address or nil pointer dereference');
}

function bump(name: string, part: Bump): readonly [string, Method] {
  return getter(name, VERSION, (receiver) => new GoVersion(inGo(() => bumpVersion(versionIn(receiver), part))));
}
