import { describe, expect, test } from '@jest/globals';
import { formatDuration, parseDuration, roundDuration } from './duration.ts';
import { formatInstant, instantOf, ZERO_TIME } from './instant.ts';
import { parseInstant } from './parse.ts';
import { loadZone, UTC } from './zone.ts';

const LONG = '2006-01-02 15:04:05.999999999 -0700 MST';

function shown(layout: string, seconds: bigint, zone: string): string {
  return formatInstant(instantOf(seconds, 0, loadZone(zone, 'UTC') ?? UTC), layout);
}

/** Everything here is as Helm 4.2.4 with TZ=UTC prints it. */
describe('formatting', () => {
  test.each([
    [
      '2006-01-02T15:04:05Z07:00 Mon Jan _2 3PM .000 MST -0700 002',
      '1970-01-01T00:00:00Z Thu Jan  1 12AM .000 UTC +0000 001',
    ],
    ['_2006 __2 .999 ,00 Jane Month', '_1970   1  ,00 Jane Month'],
  ])('%j', (layout, expected) => {
    expect(shown(layout, 0n, 'UTC')).toBe(expected);
  });

  test('zones have their offsets and names', () => {
    expect(shown('15:04 MST', 0n, 'America/New_York')).toBe('19:00 EST');
    expect(shown('15:04 MST -07:00', 1_600_000_000n, 'Europe/Berlin')).toBe('14:26 CEST +02:00');
    expect(shown('MST Z0700', 1_600_000_000n, 'America/Sao_Paulo')).toBe('-03 -0300');
    expect(shown('MST', 1_600_000_000n, 'Asia/Kathmandu')).toBe('+0545');
  });

  test('a zone name that is unknown or in other letters is none', () => {
    expect(loadZone('america/new_york', 'UTC')).toBeUndefined();
    expect(loadZone('Nope', 'UTC')).toBeUndefined();
  });

  test('years far away do not overflow', () => {
    expect(shown('2006-01-02', 253_402_300_800n, 'UTC')).toBe('10000-01-01');
    expect(shown('2006-01-02', 2n ** 62n, 'UTC')).toBe('146138514283-06-19');
    expect(formatInstant(ZERO_TIME, LONG)).toBe('0001-01-01 00:00:00 +0000 UTC');
  });
});

describe('parsing', () => {
  test.each([
    ['2006-01-02', '2020-02-03', '2020-02-03 00:00:00 +0000 UTC'],
    ['2006-01-02T15:04:05Z07:00', '2024-02-29T11:12:13.5+02:00', '2024-02-29 11:12:13.5 +0200 +0200'],
    ['Mon Jan _2 15:04:05 MST 2006', 'Tue Feb  3 04:05:06 PST 2009', '2009-02-03 04:05:06 +0000 PST'],
    ['Mon Jan 2 15:04:05 MST 2006', 'Tue Feb 3 04:05:06 GMT+3 2009', '2009-02-03 07:05:06 +0300 GMT+3'],
    ['2006-002', '2020-060', '2020-02-29 00:00:00 +0000 UTC'],
    ['Jan 2, 2006 at 3:04pm', 'feb 3, 2020 at 12:04am', '2020-02-03 00:04:00 +0000 UTC'],
    ['06', '69', '1969-01-01 00:00:00 +0000 UTC'],
  ])('%j reads %j', (layout, text, expected) => {
    expect(formatInstant(parseInstant(layout, text, UTC), LONG)).toBe(expected);
  });

  test.each([
    ['2006-01-02', '2020-02-30', 'parsing time "2020-02-30": day out of range'],
    ['2006-01-02', '2020-13-01', 'parsing time "2020-13-01": month out of range'],
    ['2006-01-02', 'x', 'parsing time "x" as "2006-01-02": cannot parse "x" as "2006"'],
    ['2006-01-02', '2020-01-02x', 'parsing time "2020-01-02x": extra text: "x"'],
    ['2006-01-02', '2020/01', 'parsing time "2020/01" as "2006-01-02": cannot parse "/01" as "-"'],
    ['2006-002', '2019-366', 'parsing time "2019-366": day-of-year out of range'],
  ])('%j refuses %j', (layout, text, message) => {
    expect(() => parseInstant(layout, text, UTC)).toThrow(message);
  });
});

describe('durations', () => {
  test.each([
    ['1h2m3.5s', '1h2m3.5s'],
    ['-1.5h', '-1h30m0s'],
    ['1500us', '1.5ms'],
    ['1.5\xc2\xb5s', '1.5\xc2\xb5s'],
    ['7ns', '7ns'],
    ['0', '0s'],
    ['-9223372036854775808ns', '-2562047h47m16.854775808s'],
  ])('%j is %j', (text, expected) => {
    expect(formatDuration(parseDuration(text))).toBe(expected);
  });

  test.each([
    ['', 'time: invalid duration ""'],
    ['3', 'time: missing unit in duration "3"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
  ])('%j: %s', (text, message) => {
    expect(() => parseDuration(text)).toThrow(message);
  });

  test('rounding is away from zero at the half', () => {
    expect([1499n, 1500n, -1500n].map((value) => roundDuration(value, 1000n))).toEqual([1000n, 2000n, -2000n]);
  });
});
