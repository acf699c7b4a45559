import { quote } from '../../format/quote.ts';
import { comparePrereleases, compareVersions, parseVersion, SemverError, type Version } from './version.ts';

/** One comparison of a constraint: operator and version, with how much of the version was left open. */
interface Comparison {
  readonly operator: Operator;
  readonly version: Version;
  /** The first part that is missing or a wildcard; `all` when even the major is one, `none` when all three are given. */
  readonly open: 'none' | 'patch' | 'minor' | 'all';
}

/** Comparisons that must all hold. */
interface Group {
  readonly comparisons: readonly Comparison[];
  /** One comparison that names a prerelease admits prereleases for the whole group. */
  readonly prereleases: boolean;
}

/** Releases of Masterminds/semver whose error texts differ. */
export type ConstraintLibrary = '3.4' | '3.5';

/** Groups of which one must hold. */
export type Constraint = readonly Group[];

const MAX_CONSTRAINT_BYTES = 512;
const MAX_GROUPS = 32;

const WILD = '[0-9|xX*]+';
const SUFFIXES = '(?:-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?';
const LOOSE = `v?${WILD}(?:\\.${WILD})?(?:\\.${WILD})?${SUFFIXES}`;
/** Go's `\s`, which is narrower than that of JavaScript. */
const BLANK = '[\\t\\n\\f\\r ]';
const HYPHEN_RANGE = new RegExp(`${BLANK}*(${LOOSE})${BLANK}+-${BLANK}+(${LOOSE})${BLANK}*`, 'g');
const COMPARISON = new RegExp(
  `(=>|=<|>=|<=|!=|~>|=|>|<|~|\\^|)${BLANK}*v?(${WILD})(?:\\.(${WILD}))?(?:\\.(${WILD}))?(-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?`,
  'y',
);
const BLANKS = new RegExp(`${BLANK}*`, 'y');

/**
 * Reads a constraint as Masterminds/semver 3.4 and 3.5 do: `||` between groups, comma or blanks within one, hyphen
 * ranges, wildcards. Throws a {@link SemverError}.
 *
 * The length limit came with 3.5; it is kept for every profile because it bounds the work of the range expression.
 */
export function parseConstraint(text: string, library: ConstraintLibrary = '3.5'): Constraint {
  if (text.length > MAX_CONSTRAINT_BYTES) {
    throw new SemverError(`constraint string is too long (max ${MAX_CONSTRAINT_BYTES} bytes)`);
  }
  const alternatives = expandHyphenRanges(text).split('||');
  if (alternatives.length > MAX_GROUPS) {
    throw new SemverError(`too many constraint groups (max ${MAX_GROUPS})`);
  }
  return alternatives.map((alternative) => parseGroup(alternative, library));
}

/** True when the version satisfies the constraint. */
export function satisfies(version: Version, constraint: Constraint): boolean {
  return constraint.some(
    ({ comparisons, prereleases }) =>
      (version.prerelease === '' || prereleases) &&
      comparisons.every((comparison) => TESTS[comparison.operator](version, comparison)),
  );
}

function expandHyphenRanges(text: string): string {
  let expanded = text;
  for (const [range, from, to] of text.matchAll(HYPHEN_RANGE)) {
    expanded = expanded.replace(range, () => `>= ${from}, <= ${to} `);
  }
  return expanded;
}

function parseGroup(text: string, library: ConstraintLibrary): Group {
  const improper = () => new SemverError(`improper constraint: ${library === '3.4' ? text : quote(text)}`);
  const found: RegExpExecArray[] = [];
  let at = skipBlanks(text, 0);
  for (;;) {
    COMPARISON.lastIndex = at;
    const match = COMPARISON.exec(text);
    if (match === null) throw improper();
    found.push(match);
    const end = COMPARISON.lastIndex;
    at = skipBlanks(text, end);
    if (at === text.length) break;
    if (text[at] === ',') at = skipBlanks(text, at + 1);
    else if (at === end) throw improper();
  }
  const comparisons = found.map(comparison);
  return { comparisons, prereleases: comparisons.some(({ version }) => version.prerelease !== '') };
}

function skipBlanks(text: string, at: number): number {
  BLANKS.lastIndex = at;
  BLANKS.exec(text);
  return BLANKS.lastIndex;
}

function comparison(match: RegExpExecArray): Comparison {
  const [, operator = '', major, minor, patch, prerelease = ''] = match;
  const open = isOpen(major) ? 'all' : isOpen(minor) ? 'minor' : isOpen(patch) ? 'patch' : 'none';
  const given = { all: [], minor: [major], patch: [major, minor], none: [major, minor, patch] }[open];
  const numbers = [...given, '0', '0', '0'].slice(0, 3).join('.');
  try {
    return { operator: operator as Operator, version: parseVersion(numbers + prerelease), open };
  } catch {
    throw new SemverError('constraint parser error');
  }
}

function isOpen(part: string | undefined): boolean {
  return part === undefined || part === 'x' || part === 'X' || part === '*';
}

type Test = (version: Version, comparison: Comparison) => boolean;
type Operator = '' | '=' | '!=' | '>' | '<' | '>=' | '=>' | '<=' | '=<' | '~' | '~>' | '^';

const TESTS: Readonly<Record<Operator, Test>> = {
  '': equal,
  '=': equal,
  '!=': different,
  '>': greater,
  '<': (version, { version: bound }) => compareVersions(version, bound) < 0,
  '>=': atLeast,
  '=>': atLeast,
  '<=': atMost,
  '=<': atMost,
  '~': sameMinor,
  '~>': sameMinor,
  '^': compatible,
};

function equal(version: Version, comparison: Comparison): boolean {
  if (comparison.open !== 'none') return sameMinor(version, comparison);
  return compareVersions(version, comparison.version) === 0;
}

function different(version: Version, { version: bound, open }: Comparison): boolean {
  if (open === 'minor') return version.major !== bound.major;
  if (open === 'patch' && version.major === bound.major && version.minor === bound.minor) {
    return comparePrereleases(version.prerelease, bound.prerelease) !== 0;
  }
  return compareVersions(version, bound) !== 0;
}

function greater(version: Version, { version: bound, open }: Comparison): boolean {
  if (open === 'minor') return version.major > bound.major;
  if (open === 'patch') {
    return version.major === bound.major ? version.minor > bound.minor : version.major > bound.major;
  }
  return compareVersions(version, bound) > 0;
}

function atLeast(version: Version, { version: bound }: Comparison): boolean {
  return compareVersions(version, bound) >= 0;
}

/** An open version admits everything that begins with it: `<=1.2` includes 1.2.9. */
function atMost(version: Version, { version: bound, open }: Comparison): boolean {
  if (open === 'none') return compareVersions(version, bound) <= 0;
  if (version.major !== bound.major) return version.major < bound.major;
  return open === 'minor' || version.minor <= bound.minor;
}

function sameMinor(version: Version, { version: bound, open }: Comparison): boolean {
  if (compareVersions(version, bound) < 0) return false;
  const zero = bound.major === 0n && bound.minor === 0n && bound.patch === 0n;
  if (zero && (open === 'none' || open === 'all')) return true;
  return version.major === bound.major && (open === 'minor' || version.minor === bound.minor);
}

/** Nothing left of the first number that is not zero may change. */
function compatible(version: Version, { version: bound, open }: Comparison): boolean {
  if (compareVersions(version, bound) < 0) return false;
  if (version.major !== bound.major) return false;
  if (bound.major > 0n || open === 'minor') return true;
  if (version.minor !== bound.minor) return false;
  if (bound.minor > 0n || open === 'patch') return true;
  return version.patch === bound.patch;
}
