import type { ByteString } from '../../bytes.ts';
import { type Civil, civilOf, daysTo, MONTHS, WEEK_DAYS } from './calendar.ts';
import { type OffsetForm, type Piece, readLayout } from './layout.ts';
import { UTC, type Zone, type ZoneState } from './zone.ts';

/** A moment and the zone it is shown in, as Go's time.Time. */
export interface Instant {
  /** Since 1970 UTC. */
  readonly seconds: bigint;
  /** 0 to 999 999 999 */
  readonly nanoseconds: number;
  readonly zone: Zone;
}

const NANOSECONDS = 1_000_000_000n;
/** Seconds from the first year Go can show to 1970: what lies outside of the 64 bits from there wraps around. */
const FIRST_SECOND = (730_692_556n * 146_097n + 306n) * 86_400n - 62_135_596_800n;
/** Seconds from year 1 to 1970. */
const YEAR_1 = 62_135_596_800n;

/** Go's zero time: midnight, January 1st of year 1. */
export const ZERO_TIME: Instant = { seconds: -YEAR_1, nanoseconds: 0, zone: UTC };

/** Go's time.Unix; Go counts seconds from year 1 in 64 bits, so the extremes wrap. */
export function instantOf(seconds: bigint, nanoseconds: number, zone: Zone): Instant {
  return { seconds: BigInt.asIntN(64, seconds + YEAR_1) - YEAR_1, nanoseconds, zone };
}

/** The moment `nanoseconds` after 1970 UTC. */
export function instantAt(nanoseconds: bigint, zone: Zone): Instant {
  const rest = ((nanoseconds % NANOSECONDS) + NANOSECONDS) % NANOSECONDS;
  return instantOf((nanoseconds - rest) / NANOSECONDS, Number(rest), zone);
}

/** Nanoseconds since 1970, without bound. */
export function nanosecondsOf(instant: Instant): bigint {
  return instant.seconds * NANOSECONDS + BigInt(instant.nanoseconds);
}

export interface ClockReading {
  readonly year: bigint;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanoseconds: number;
}

/** Go's time.Date: what a clock in a zone shows → the moment. Fields out of range run on into the next. */
export function instantOfClock(reading: ClockReading, zone: Zone): Instant {
  const { year, month, day, hour, minute, second, nanoseconds } = reading;
  const shown = daysTo(year, month, day) * 86_400n + BigInt(hour * 3600 + minute * 60 + second);
  const { offset } = zone.at(shown);
  // Close to a change of clocks the offset that holds is the one at the moment itself.
  const actual = offset === 0 ? 0 : zone.at(shown - BigInt(offset)).offset;
  return instantOf(shown - BigInt(actual), nanoseconds, zone);
}

/** What a clock in the instant's zone shows. */
export function clockOf(instant: Instant): Civil & ZoneState {
  const state = instant.zone.at(instant.seconds);
  const shown = BigInt.asUintN(64, instant.seconds + BigInt(state.offset) + FIRST_SECOND) - FIRST_SECOND;
  return { ...civilOf(shown), ...state };
}

/** Go's Time.Format. */
export function formatInstant(instant: Instant, layout: ByteString): ByteString {
  const clock = clockOf(instant);
  return readLayout(layout)
    .map((piece) => piece.literal + formatElement(piece, clock, instant.nanoseconds))
    .join('');
}

function formatElement(piece: Piece, clock: Civil & ZoneState, nanoseconds: number): string {
  switch (piece.element) {
    case 'longMonth':
      return MONTHS[clock.month - 1] ?? '';
    case 'month':
      return (MONTHS[clock.month - 1] ?? '').slice(0, 3);
    case 'numMonth':
      return String(clock.month);
    case 'zeroMonth':
      return padded(clock.month, 2);
    case 'longWeekDay':
      return WEEK_DAYS[clock.weekDay] ?? '';
    case 'weekDay':
      return (WEEK_DAYS[clock.weekDay] ?? '').slice(0, 3);
    case 'day':
      return String(clock.day);
    case 'underDay':
      return String(clock.day).padStart(2, ' ');
    case 'zeroDay':
      return padded(clock.day, 2);
    case 'underYearDay':
      return String(clock.yearDay).padStart(3, ' ');
    case 'zeroYearDay':
      return padded(clock.yearDay, 3);
    case 'hour':
      return padded(clock.hour, 2);
    case 'hour12':
      return String(clock.hour % 12 || 12);
    case 'zeroHour12':
      return padded(clock.hour % 12 || 12, 2);
    case 'minute':
      return String(clock.minute);
    case 'zeroMinute':
      return padded(clock.minute, 2);
    case 'second':
      return String(clock.second);
    case 'zeroSecond':
      return padded(clock.second, 2);
    case 'longYear':
      return clock.year < 0n ? `-${padded(-clock.year, 4)}` : padded(clock.year, 4);
    case 'year':
      return padded(clock.year < 0n ? 0 : clock.year % 100n, 2);
    case 'PM':
      return clock.hour >= 12 ? 'PM' : 'AM';
    case 'pm':
      return clock.hour >= 12 ? 'pm' : 'am';
    case 'zoneName':
      return clock.abbreviation || formatOffset(clock.offset, { z: false, colon: false, parts: 'minutes' });
    case 'offset':
      return piece.offset ? formatOffset(clock.offset, piece.offset) : '';
    case 'fraction0':
      return piece.text.charAt(0) + padded(nanoseconds, 9).slice(0, piece.text.length - 1);
    case 'fraction9': {
      const digits = padded(nanoseconds, 9)
        .slice(0, piece.text.length - 1)
        .replace(/0+$/, '');
      return digits && piece.text.charAt(0) + digits;
    }
    default:
      return '';
  }
}

function formatOffset(offset: number, { z, colon, parts }: OffsetForm): string {
  if (z && offset === 0) return 'Z';
  const minutes = Math.trunc(offset / 60);
  const size = Math.abs(minutes);
  const fields = [padded(Math.floor(size / 60), 2)];
  if (parts !== 'hours') fields.push(padded(size % 60, 2));
  if (parts === 'seconds') fields.push(padded(Math.abs(offset) % 60, 2));
  return (minutes < 0 ? '-' : '+') + fields.join(colon ? ':' : '');
}

function padded(value: number | bigint, width: number): string {
  return String(value).padStart(width, '0');
}
