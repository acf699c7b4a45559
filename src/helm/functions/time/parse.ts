import type { ByteString } from '../../bytes.ts';
import { GoError } from '../../errors.ts';
import { daysInMonth, isLeapYear, MONTHS, WEEK_DAYS } from './calendar.ts';
import { type ClockReading, type Instant, instantOf, instantOfClock } from './instant.ts';
import { type OffsetForm, type Piece, readLayout } from './layout.ts';
import { quoteTimeText } from './quote.ts';
import { fixedZone, SUMMER, UTC, WINTER, type Zone } from './zone.ts';

/** What has been read so far; -1 and undefined mark what the text did not say. */
interface Reading {
  rest: ByteString;
  year: number;
  month: number;
  day: number;
  yearDay: number;
  hour: number;
  minute: number;
  second: number;
  nanoseconds: number;
  half: 'AM' | 'PM' | undefined;
  utc: boolean;
  offset: number | undefined;
  zoneName: ByteString;
}

/** Letters of `September` and `Wednesday`. */
const LONGEST_NAME = 9;

/** A part of the text that does not fit its element; the caller knows the texts for the message. */
class Mismatch {
  readonly outOfRange: string | undefined;
  constructor(outOfRange?: string) {
    this.outOfRange = outOfRange;
  }
}

/**
 * Go's time.ParseInLocation. What a layout does not name is January 1st of year 0, midnight, in `local`.
 * Throws a {@link GoError} in the words of Go's ParseError.
 */
export function parseInstant(layout: ByteString, text: ByteString, local: Zone): Instant {
  const failure = (detail: string) => new GoError(`parsing time ${quoteTimeText(text)}${detail}`);
  const mismatch = (value: ByteString, expected: ByteString) =>
    failure(` as ${quoteTimeText(layout)}: cannot parse ${quoteTimeText(value)} as ${quoteTimeText(expected)}`);
  const reading: Reading = {
    rest: text,
    year: 0,
    month: -1,
    day: -1,
    yearDay: -1,
    hour: 0,
    minute: 0,
    second: 0,
    nanoseconds: 0,
    half: undefined,
    utc: false,
    offset: undefined,
    zoneName: '',
  };
  const pieces = readLayout(layout);
  for (const [index, piece] of pieces.entries()) {
    if (!skipLiteral(reading, piece.literal)) throw mismatch(reading.rest, piece.literal);
    const before = reading.rest;
    try {
      readElement(reading, piece, pieces[index + 1]);
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      if (error.outOfRange !== undefined) throw failure(`: ${error.outOfRange} out of range`);
      throw mismatch(before, piece.text);
    }
  }
  if (reading.rest !== '') throw failure(`: extra text: ${quoteTimeText(reading.rest)}`);
  if (reading.half === 'PM' && reading.hour < 12) reading.hour += 12;
  if (reading.half === 'AM' && reading.hour === 12) reading.hour = 0;
  const problem = settleDate(reading);
  if (problem !== undefined) throw failure(`: ${problem}`);
  return settleZone(reading, local);
}

/** Takes a literal off the rest; a run of blanks stands for any run of blanks. */
function skipLiteral(reading: Reading, literal: ByteString): boolean {
  for (let at = 0; at < literal.length; ) {
    if (literal[at] === ' ') {
      if (reading.rest !== '' && reading.rest[0] !== ' ') return false;
      while (literal[at] === ' ') at++;
      reading.rest = reading.rest.replace(/^ +/, '');
    } else {
      if (reading.rest[0] !== literal[at]) return false;
      reading.rest = reading.rest.slice(1);
      at++;
    }
  }
  return true;
}

function readElement(reading: Reading, piece: Piece, next: Piece | undefined): void {
  switch (piece.element) {
    case undefined:
      return;
    case 'year': {
      const year = Number(take(reading, /^[0-9]{2}/));
      reading.year = year >= 69 ? year + 1900 : year + 2000;
      return;
    }
    case 'longYear':
      reading.year = Number(take(reading, /^[0-9]{4}/));
      return;
    case 'month':
      reading.month = takeName(reading, MONTHS, 'short') + 1;
      return;
    case 'longMonth':
      reading.month = takeName(reading, MONTHS, 'whole') + 1;
      return;
    case 'numMonth':
    case 'zeroMonth':
      reading.month = takeNumber(reading, piece.element === 'zeroMonth' ? 'two' : 'oneOrTwo');
      if (reading.month < 1 || reading.month > 12) throw new Mismatch('month');
      return;
    case 'weekDay':
      takeName(reading, WEEK_DAYS, 'short');
      return;
    case 'longWeekDay':
      takeName(reading, WEEK_DAYS, 'whole');
      return;
    case 'day':
    case 'underDay':
    case 'zeroDay':
      if (piece.element === 'underDay') reading.rest = reading.rest.replace(/^ /, '');
      reading.day = takeNumber(reading, piece.element === 'zeroDay' ? 'two' : 'oneOrTwo');
      return;
    case 'underYearDay':
      reading.rest = reading.rest.replace(/^ {1,2}/, '');
      reading.yearDay = Number(take(reading, /^[0-9]{1,3}/));
      return;
    case 'zeroYearDay':
      reading.yearDay = Number(take(reading, /^[0-9]{3}/));
      return;
    case 'hour':
      reading.hour = within(takeNumber(reading, 'oneOrTwo'), 23, 'hour');
      return;
    case 'hour12':
    case 'zeroHour12':
      reading.hour = within(takeNumber(reading, piece.element === 'zeroHour12' ? 'two' : 'oneOrTwo'), 12, 'hour');
      return;
    case 'minute':
    case 'zeroMinute':
      reading.minute = within(takeNumber(reading, piece.element === 'zeroMinute' ? 'two' : 'oneOrTwo'), 59, 'minute');
      return;
    case 'second':
    case 'zeroSecond':
      reading.second = within(takeNumber(reading, piece.element === 'zeroSecond' ? 'two' : 'oneOrTwo'), 59, 'second');
      // A fraction may follow the seconds although the layout does not ask for one.
      if (!next?.element?.startsWith('fraction')) takeFraction(reading, /^[.,][0-9]+/);
      return;
    case 'PM':
    case 'pm': {
      const half = take(reading, piece.element === 'PM' ? /^[AP]M/ : /^[ap]m/).toUpperCase();
      reading.half = half === 'PM' ? 'PM' : 'AM';
      return;
    }
    case 'offset':
      if (piece.offset) readOffset(reading, piece.offset);
      return;
    case 'zoneName':
      if (reading.rest.startsWith('UTC')) {
        reading.utc = true;
        reading.rest = reading.rest.slice(3);
        return;
      }
      reading.zoneName = takeZoneName(reading);
      return;
    case 'fraction0':
      if (!new RegExp(`^[.,][0-9]{${piece.text.length - 1}}`).test(reading.rest)) throw new Mismatch();
      takeFraction(reading, new RegExp(`^[.,][0-9]{${piece.text.length - 1}}`));
      return;
    case 'fraction9':
      takeFraction(reading, /^[.,][0-9]+/);
      return;
  }
}

function take(reading: Reading, form: RegExp): string {
  const [text] = form.exec(reading.rest) ?? [];
  if (text === undefined) throw new Mismatch();
  reading.rest = reading.rest.slice(text.length);
  return text;
}

function takeNumber(reading: Reading, digits: 'two' | 'oneOrTwo'): number {
  return Number(take(reading, digits === 'two' ? /^[0-9]{2}/ : /^[0-9]{1,2}/));
}

function within(value: number, most: number, what: string): number {
  if (value > most) throw new Mismatch(what);
  return value;
}

/** The place of the name that the rest begins with, in any case. */
function takeName(reading: Reading, names: readonly string[], length: 'short' | 'whole'): number {
  const wanted = names.map((name) => (length === 'short' ? name.slice(0, 3) : name).toLowerCase());
  const rest = reading.rest.slice(0, LONGEST_NAME).toLowerCase();
  const index = wanted.findIndex((name) => rest.startsWith(name));
  if (index === -1) throw new Mismatch();
  reading.rest = reading.rest.slice(wanted[index]?.length);
  return index;
}

/** Nanoseconds from a fraction, if there is one; digits beyond the ninth are dropped. */
function takeFraction(reading: Reading, form: RegExp): void {
  const [text] = form.exec(reading.rest) ?? [];
  if (text === undefined) return;
  reading.rest = reading.rest.slice(text.length);
  reading.nanoseconds = Number(text.slice(1, 10).padEnd(9, '0'));
}

function readOffset(reading: Reading, form: OffsetForm): void {
  if (form.z && reading.rest.startsWith('Z')) {
    reading.utc = true;
    reading.rest = reading.rest.slice(1);
    return;
  }
  const colon = form.colon ? ':' : '';
  const more = { hours: 0, minutes: 1, seconds: 2 }[form.parts];
  // Go takes the sign's byte as it comes and judges it after the digits, so the digits are what is taken first.
  const text = take(reading, new RegExp(`^[^](?:[0-9]{2})(?:${colon}[0-9]{2}){${more}}`));
  const [hours = 0, minutes = 0, seconds = 0] = (text.slice(1).replaceAll(':', '').match(/../g) ?? []).map(Number);
  if (hours > 24) throw new Mismatch('time zone offset hour');
  if (minutes > 60) throw new Mismatch('time zone offset minute');
  if (seconds > 60) throw new Mismatch('time zone offset second');
  const size = (hours * 60 + minutes) * 60 + seconds;
  if (text[0] !== '+' && text[0] !== '-') throw new Mismatch();
  reading.offset = text[0] === '-' ? -size : size;
}

/** Three letters, four or five that end in T, a few odd names, or a signed number of hours below 24. */
function takeZoneName(reading: Reading): ByteString {
  const { rest } = reading;
  if (rest.length < 3) throw new Mismatch();
  if (/^(ChST|MeST)/.test(rest)) return take(reading, /^.{4}/);
  const gmt = rest.startsWith('GMT') ? 3 : 0;
  const [hours = ''] = /^[+-][0-9]+/.exec(rest.slice(gmt)) ?? [];
  const length = hours !== '' && Number(hours.slice(1)) <= 23 ? hours.length : 0;
  if (gmt + length > 0) {
    reading.rest = rest.slice(gmt + length);
    return rest.slice(0, gmt + length);
  }
  const [capitals = ''] = /^[A-Z]{0,6}/.exec(rest) ?? [];
  const fits =
    capitals.length === 3 ||
    (capitals.length === 4 && (capitals.endsWith('T') || capitals === 'WITA')) ||
    (capitals.length === 5 && capitals.endsWith('T'));
  if (!fits) throw new Mismatch();
  reading.rest = rest.slice(capitals.length);
  return capitals;
}

/** Month and day from what was read, or what is wrong with them. */
function settleDate(reading: Reading): string | undefined {
  if (reading.yearDay >= 0) {
    const leap = isLeapYear(BigInt(reading.year));
    if (reading.yearDay < 1 || reading.yearDay > (leap ? 366 : 365)) return 'day-of-year out of range';
    let month = 1;
    let day = reading.yearDay;
    for (let days = 31; day > days; days = daysInMonth(month, BigInt(reading.year))) {
      day -= days;
      month++;
    }
    if (reading.month >= 0 && reading.month !== month) return 'day-of-year does not match month';
    if (reading.day >= 0 && reading.day !== day) return 'day-of-year does not match day';
    reading.month = month;
    reading.day = day;
  }
  if (reading.month < 0) reading.month = 1;
  if (reading.day < 0) reading.day = 1;
  const days = daysInMonth(reading.month, BigInt(reading.year));
  return reading.day < 1 || reading.day > days ? 'day out of range' : undefined;
}

function settleZone(reading: Reading, local: Zone): Instant {
  const clock: ClockReading = { ...reading, year: BigInt(reading.year) };
  if (reading.utc) return instantOfClock(clock, UTC);
  const shown = instantOfClock(clock, UTC);
  if (reading.offset !== undefined) {
    const seconds = shown.seconds - BigInt(reading.offset);
    const state = local.at(seconds);
    const fits = state.offset === reading.offset && ['', state.abbreviation].includes(reading.zoneName);
    return instantOf(seconds, shown.nanoseconds, fits ? local : fixedZone(reading.zoneName, reading.offset));
  }
  if (reading.zoneName === '') return instantOfClock(clock, local);
  const offset = localOffset(local, reading.zoneName, shown.seconds);
  if (offset !== undefined) return instantOf(shown.seconds - BigInt(offset), shown.nanoseconds, local);
  // An abbreviation that is not the local zone's says nothing about the offset, but `GMT+3` does. Go shows the moment
  // in that zone without having shifted it.
  const hours = reading.zoneName.startsWith('GMT') ? Number(reading.zoneName.slice(3)) : 0;
  return { ...shown, zone: fixedZone(reading.zoneName, hours * 3600) };
}

/** The offset that the local zone has under an abbreviation: best within half a year of a moment, else nowadays. */
function localOffset(local: Zone, abbreviation: ByteString, seconds: bigint): number | undefined {
  const halfYear = 15_768_000n;
  for (const near of [seconds, seconds - halfYear, seconds + halfYear, WINTER, SUMMER]) {
    const state = local.at(near);
    if (state.abbreviation === abbreviation) return state.offset;
  }
  return undefined;
}
