import { describe, expect, test } from '@jest/globals';
import { parseConstraint, satisfies } from './constraint.ts';
import { bumpVersion, compareVersions, formatVersion, parseVersion } from './version.ts';

function check(constraint: string, version: string): boolean {
  return satisfies(parseVersion(version), parseConstraint(constraint));
}

/** As Helm 4.2.4 (Masterminds/semver 3.5) answers. */
describe('constraints', () => {
  test.each([
    ['>1.2', '1.2.5', false],
    ['<=1.2', '1.2.9', true],
    ['!=1.2.x', '1.2.9', false],
    ['=1.2', '1.2.9', true],
    ['1.2', '1.2.9', true],
    ['^0.2', '0.3.0', false],
    ['^0.0.3', '0.0.4', false],
    ['~1', '1.9.9', true],
    ['~0.0.0', '3.0.0', true],
    ['1.2 - 1.4', '1.4.5', true],
    ['>=01.2', '1.2.0', true],
    ['>=1.2, <1.3 || ~2', '2.0.1', true],
    ['=>1 =<2', '2.9.9', true],
    ['*', '0.0.1', true],
    ['>*', '0.0.0', false],
  ])('%j against %s', (constraint, version, expected) => {
    expect(check(constraint, version)).toBe(expected);
  });

  test('a prerelease is admitted only by a group that names one', () => {
    expect(check('>=1.2', '1.34.0-gke.1')).toBe(false);
    expect(check('>=1.2-0', '1.34.0-gke.1')).toBe(true);
    expect(check('>=1.2-0 <2', '1.34.0-gke.1')).toBe(true);
    expect(check('>=1.2-0 || <2', '0.5.0-rc.1')).toBe(false);
  });

  test.each(['', '1.2.3.4', '>=', '1,,2', '1 || ', '==1'])('%j is improper', (constraint) => {
    expect(() => parseConstraint(constraint)).toThrow(/^improper constraint: "/);
  });

  test('what reads as a comparison but names no version is a parser error', () => {
    expect(() => parseConstraint('1|2')).toThrow('constraint parser error');
  });

  test('length and alternatives are bounded', () => {
    expect(() => parseConstraint('1'.repeat(513))).toThrow('constraint string is too long (max 512 bytes)');
    expect(() => parseConstraint(new Array(33).fill('1').join('||'))).toThrow('too many constraint groups (max 32)');
  });
});

describe('versions', () => {
  test('missing parts are zero and leading zeros are forgiven', () => {
    expect(formatVersion(parseVersion('v01.2'))).toBe('1.2.0');
    expect(formatVersion(parseVersion('1.2.3-rc.1+build.5'))).toBe('1.2.3-rc.1+build.5');
  });

  test.each([
    ['', 'invalid semantic version'],
    ['1.2.3-01', 'version segment starts with 0'],
    [
      '99999999999999999999',
      'error parsing version segment: strconv.ParseUint: parsing "99999999999999999999": value out of range',
    ],
    ['1'.repeat(257), 'version string is too long (max 256 bytes)'],
  ])('%j: %s', (text, message) => {
    expect(() => parseVersion(text)).toThrow(message);
  });

  test('prereleases come before their release, numbers before words', () => {
    const order = ['1.0.0-1', '1.0.0-2', '1.0.0-10', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-beta', '1.0.0', '1.0.1'];
    const sorted = [...order].reverse().sort((a, b) => compareVersions(parseVersion(a), parseVersion(b)));
    expect(sorted).toEqual(order);
  });

  test('the next patch of a prerelease is its release, and a leading v stays', () => {
    expect(bumpVersion(parseVersion('v1.2.3-rc.1'), 'patch').original).toBe('v1.2.3');
    expect(bumpVersion(parseVersion('1.2.3'), 'minor').original).toBe('1.3.0');
    expect(bumpVersion(parseVersion('1.2.3'), 'major').original).toBe('2.0.0');
  });
});
