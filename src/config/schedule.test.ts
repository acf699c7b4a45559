import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatIn, isWithin, nextOpening, type Schedule, scheduleMistake } from './schedule.ts';

const office: Schedule = { schedule: '0 8 * * 1-5', duration: '9h', zone: 'Europe/Berlin' };

function within(schedule: Partial<Schedule>, time: string): boolean {
  return isWithin({ ...office, ...schedule }, new Date(time));
}

describe('a time that comes again', () => {
  test.each([
    // Monday the 23rd of November 2026; Berlin is one hour ahead of UTC.
    ['2026-11-23T06:59:59Z', false],
    ['2026-11-23T07:00:00Z', true],
    ['2026-11-23T15:59:59Z', true],
    ['2026-11-23T16:00:00Z', false],
    ['2026-11-22T10:00:00Z', false],
    // In summer two.
    ['2026-07-20T06:00:00Z', true],
    ['2026-07-20T15:00:00Z', false],
  ])('at %s: %s', (time, expected) => {
    expect(within({}, time)).toBe(expected);
  });

  test('may reach over midnight, over days and over the end of the year', () => {
    const night = { schedule: '0 22 * * 5', duration: '10h' };
    expect(within(night, '2026-11-28T06:59:00Z')).toBe(true);
    expect(within(night, '2026-11-28T07:00:00Z')).toBe(false);
    const christmas = { schedule: '0 0 20 dec *', duration: '14d' };
    expect(within(christmas, '2027-01-02T22:59:00Z')).toBe(true);
    expect(within(christmas, '2027-01-02T23:00:00Z')).toBe(false);
    expect(within(christmas, '2026-12-19T22:59:00Z')).toBe(false);
  });

  test('opens as much later when the clock skips its beginning', () => {
    // On the 29th of March 2026 Berlin’s clock goes from 02:00 to 03:00, which is 01:00 in UTC.
    const gap = { schedule: '30 2 * * *', duration: '1h' };
    expect(within(gap, '2026-03-29T01:29:00Z')).toBe(false);
    expect(within(gap, '2026-03-29T01:30:00Z')).toBe(true);
    expect(within(gap, '2026-03-29T02:30:00Z')).toBe(false);
  });

  test('opens once, the first time, when the clock shows its beginning twice', () => {
    // On the 25th of October 2026 Berlin’s clock goes from 03:00 back to 02:00, which is 01:00 in UTC.
    const twice = { schedule: '30 2 * * *', duration: '30m' };
    expect(within(twice, '2026-10-25T00:30:00Z')).toBe(true);
    expect(within(twice, '2026-10-25T01:30:00Z')).toBe(false);
  });

  test('lasts as long as it says, though the clock moves meanwhile', () => {
    const night = { schedule: '0 22 * * 6', duration: '8h' };
    expect(within(night, '2026-03-29T04:59:00Z')).toBe(true);
    expect(within(night, '2026-03-29T05:00:00Z')).toBe(false);
    expect(within(night, '2026-10-25T03:59:00Z')).toBe(true);
    expect(within(night, '2026-10-25T04:00:00Z')).toBe(false);
  });

  test.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns'])(
    'a whole day in %s is within a daily day, and never without',
    (zone) => {
      fc.assert(
        fc.property(
          fc.date({ min: new Date('2025-01-01'), max: new Date('2028-01-01'), noInvalidDate: true }),
          (now) => {
            // Two hours more than a day, so that the day on which the clock is put back is covered.
            expect(isWithin({ schedule: '0 0 * * *', duration: '26h', zone }, now)).toBe(true);
          },
        ),
      );
    },
  );

  test('either day is enough where both are restricted, as in cron', () => {
    const either = { schedule: '0 0 13 * fri', duration: '1d', zone: 'UTC' };
    expect(within(either, '2026-11-13T12:00:00Z')).toBe(true);
    expect(within(either, '2026-11-20T12:00:00Z')).toBe(true);
    expect(within(either, '2026-12-13T12:00:00Z')).toBe(true);
    expect(within(either, '2026-11-21T12:00:00Z')).toBe(false);
    expect(within({ ...either, schedule: '0 0 13 * *' }, '2026-11-20T12:00:00Z')).toBe(false);
  });

  test('says when it opens next, in its own zone', () => {
    const next = nextOpening(office, new Date('2026-11-20T20:00:00Z'));
    expect(next === undefined ? '' : formatIn(office.zone, next)).toBe('Mon 2026-11-23 08:00 Europe/Berlin');
    expect(nextOpening({ ...office, schedule: '0 0 31 2 *' }, new Date('2026-11-20T20:00:00Z'))).toBeUndefined();
  });
});

test.each([
  [{ schedule: '0 8 * *' }, 'schedule'],
  [{ schedule: '60 8 * * *' }, 'schedule'],
  [{ schedule: '0 8 * * mon-' }, 'schedule'],
  [{ schedule: '0 17-8 * * *' }, 'schedule'],
  [{ schedule: '*/0 8 * * *' }, 'schedule'],
  [{ schedule: '@daily' }, 'schedule'],
  [{ duration: '9' }, 'duration'],
  [{ duration: '0h' }, 'duration'],
  [{ duration: '400d' }, 'duration'],
  [{ zone: 'Mars/Olympus' }, 'zone'],
  [{ zone: '+02:00' }, 'zone'],
  [{}, undefined],
  [{ schedule: '*/15 0-23/2 1,15 JAN-mar 7', duration: '1h30m', zone: 'UTC' }, undefined],
])('a mistake is found where it is: %j', (schedule, key) => {
  expect(scheduleMistake({ ...office, ...schedule })?.key).toBe(key);
});
