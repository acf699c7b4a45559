import type { ByteString } from '../bytes.ts';
import type { Method } from '../function.ts';
import { type GoInt, GoStruct, type GoType, int64Of, integer, intOf, types, type Value } from '../value.ts';
import { type Parameter, takes } from './define.ts';
import { getter, method } from './go-methods.ts';
import { civilOf, MONTHS, WEEK_DAYS } from './time/calendar.ts';
import { clamped, formatDuration, roundDuration, SECOND } from './time/duration.ts';
import {
  clockOf,
  formatInstant,
  type Instant,
  instantAt,
  instantOfClock,
  nanosecondsOf,
  ZERO_TIME,
} from './time/instant.ts';
import { UTC } from './time/zone.ts';

/** The types of Go's time package that templates meet, with the methods they can call on them. */

const MINUTE = 60n * SECOND;
const HOUR = 60n * MINUTE;

const MONTH = calendarType('time.Month', (value) => MONTHS[Number(value) - 1] ?? `%!Month(${value})`);
const WEEKDAY = calendarType('time.Weekday', (value) => WEEK_DAYS[Number(value)] ?? `%!Weekday(${value})`);

const durationMethods = new Map<string, Method>();
export const DURATION: GoType = {
  kind: 'int64',
  name: 'time.Duration',
  named: true,
  methods: durationMethods,
  stringer: (value) => formatDuration((value as GoInt).value),
};

const timeMethods = new Map<string, Method>();
export const TIME: GoType = {
  kind: 'struct',
  name: 'time.Time',
  named: true,
  fields: [],
  methods: timeMethods,
  stringer: (value) => printTime((value as GoTime).instant),
};

/** A time.Time. Its fields are none that a template could name, but tell two times apart. */
export class GoTime extends GoStruct {
  readonly instant: Instant;
  constructor(instant: Instant) {
    const { seconds, nanoseconds, zone } = instant;
    super(
      TIME,
      new Map<string, Value>([
        ['wall', intOf(nanoseconds)],
        ['ext', int64Of(seconds)],
        ['loc', zone.name],
      ]),
    );
    this.instant = instant;
  }
}

/** Parameters of these types. */
export const takesTime: Parameter<Instant> = { type: TIME, from: (value) => (value as GoTime).instant };
const takesDuration: Parameter<bigint> = { type: DURATION, from: (value) => (value as GoInt).value };

function durationOf(nanoseconds: bigint): GoInt {
  return integer(DURATION, clamped(nanoseconds));
}

/** Go's Time.String. */
function printTime(instant: Instant): ByteString {
  return formatInstant(instant, '2006-01-02 15:04:05.999999999 -0700 MST');
}

/** Go's Time.Add. */
export function later(instant: Instant, duration: bigint): Instant {
  return instantAt(nanosecondsOf(instant) + duration, instant.zone);
}

for (const [name, entry] of [
  getter('String', types.string, (value: GoInt) => formatDuration(value.value)),
  getter('Nanoseconds', types.int64, (value: GoInt) => int64Of(value.value)),
  getter('Microseconds', types.int64, (value: GoInt) => int64Of(value.value / 1_000n)),
  getter('Milliseconds', types.int64, (value: GoInt) => int64Of(value.value / 1_000_000n)),
  getter('Seconds', types.float64, (value: GoInt) => inUnits(value, SECOND)),
  getter('Minutes', types.float64, (value: GoInt) => inUnits(value, MINUTE)),
  getter('Hours', types.float64, (value: GoInt) => inUnits(value, HOUR)),
  getter('Abs', DURATION, (value: GoInt) => durationOf(value.value < 0n ? -value.value : value.value)),
  method('Round', {
    takes: [takesDuration],
    gives: DURATION,
    call: (value: GoInt, [multiple]) => durationOf(roundDuration(value.value, multiple)),
  }),
  method('Truncate', {
    takes: [takesDuration],
    gives: DURATION,
    call: (value: GoInt, [multiple]) =>
      durationOf(multiple <= 0n ? value.value : value.value - (value.value % multiple)),
  }),
]) {
  durationMethods.set(name, entry);
}

for (const [name, entry] of [
  getter('String', types.string, ({ instant }: GoTime) => printTime(instant)),
  getter('Unix', types.int64, ({ instant }: GoTime) => int64Of(instant.seconds)),
  getter('UnixMilli', types.int64, ({ instant }: GoTime) => int64Of(sinceEpoch(instant, 1_000_000n))),
  getter('UnixMicro', types.int64, ({ instant }: GoTime) => int64Of(sinceEpoch(instant, 1_000n))),
  getter('UnixNano', types.int64, ({ instant }: GoTime) => int64Of(nanosecondsOf(instant))),
  getter('Year', types.int, ({ instant }: GoTime) => intOf(clockOf(instant).year)),
  getter('Month', MONTH, ({ instant }: GoTime) => integer(MONTH, clockOf(instant).month)),
  getter('Day', types.int, ({ instant }: GoTime) => intOf(clockOf(instant).day)),
  getter('YearDay', types.int, ({ instant }: GoTime) => intOf(clockOf(instant).yearDay)),
  getter('Weekday', WEEKDAY, ({ instant }: GoTime) => integer(WEEKDAY, clockOf(instant).weekDay)),
  getter('Hour', types.int, ({ instant }: GoTime) => intOf(clockOf(instant).hour)),
  getter('Minute', types.int, ({ instant }: GoTime) => intOf(clockOf(instant).minute)),
  getter('Second', types.int, ({ instant }: GoTime) => intOf(clockOf(instant).second)),
  getter('Nanosecond', types.int, ({ instant }: GoTime) => intOf(instant.nanoseconds)),
  getter('IsZero', types.bool, ({ instant }: GoTime) => nanosecondsOf(instant) === nanosecondsOf(ZERO_TIME)),
  getter('UTC', TIME, ({ instant }: GoTime) => new GoTime({ ...instant, zone: UTC })),
  method('Format', {
    takes: [takes.string],
    gives: types.string,
    call: ({ instant }: GoTime, [layout]) => formatInstant(instant, layout),
  }),
  method('Add', {
    takes: [takesDuration],
    gives: TIME,
    call: ({ instant }: GoTime, [duration]) => new GoTime(later(instant, duration)),
  }),
  method('Sub', {
    takes: [takesTime],
    gives: DURATION,
    call: ({ instant }: GoTime, [other]) => durationOf(nanosecondsOf(instant) - nanosecondsOf(other)),
  }),
  method('AddDate', {
    takes: [takes.int, takes.int, takes.int],
    gives: TIME,
    call: ({ instant }: GoTime, [years, months, days]) => new GoTime(addDate(instant, { years, months, days })),
  }),
  method('After', {
    takes: [takesTime],
    gives: types.bool,
    call: ({ instant }: GoTime, [other]) => nanosecondsOf(instant) > nanosecondsOf(other),
  }),
  method('Before', {
    takes: [takesTime],
    gives: types.bool,
    call: ({ instant }: GoTime, [other]) => nanosecondsOf(instant) < nanosecondsOf(other),
  }),
  method('Equal', {
    takes: [takesTime],
    gives: types.bool,
    call: ({ instant }: GoTime, [other]) => nanosecondsOf(instant) === nanosecondsOf(other),
  }),
  method('Compare', {
    takes: [takesTime],
    gives: types.int,
    call: ({ instant }: GoTime, [other]) => {
      const distance = nanosecondsOf(instant) - nanosecondsOf(other);
      return intOf(distance < 0n ? -1 : distance > 0n ? 1 : 0);
    },
  }),
  method('Truncate', {
    takes: [takesDuration],
    gives: TIME,
    call: ({ instant }: GoTime, [multiple]) => new GoTime(later(instant, -excess(instant, multiple))),
  }),
  method('Round', {
    takes: [takesDuration],
    gives: TIME,
    call: ({ instant }: GoTime, [multiple]) => {
      const over = excess(instant, multiple);
      return new GoTime(later(instant, over * 2n < multiple ? -over : multiple - over));
    },
  }),
]) {
  timeMethods.set(name, entry);
}

function calendarType(name: string, print: (value: bigint) => string): GoType {
  return {
    kind: 'int',
    name,
    named: true,
    methods: new Map([getter('String', types.string, (value: GoInt) => print(value.value))]),
    stringer: (value) => print((value as GoInt).value),
  };
}

/** Whole units and the rest go separately into the float, as in Go. */
function inUnits({ value }: GoInt, unit: bigint): number {
  return Number(value / unit) + Number(value % unit) / Number(unit);
}

function sinceEpoch(instant: Instant, unit: bigint): bigint {
  const nanoseconds = nanosecondsOf(instant);
  return (nanoseconds - (((nanoseconds % unit) + unit) % unit)) / unit;
}

/** How far an instant is past the last whole multiple since year 1. */
function excess(instant: Instant, multiple: bigint): bigint {
  if (multiple <= 0n) return 0n;
  const since = nanosecondsOf(instant) - nanosecondsOf(ZERO_TIME);
  return ((since % multiple) + multiple) % multiple;
}

interface Span {
  readonly years: number;
  readonly months: number;
  readonly days: number;
}

/** What a clock shows stays; February 30th runs on into March. */
function addDate(instant: Instant, { years, months, days }: Span): Instant {
  const { offset } = instant.zone.at(instant.seconds);
  const clock = civilOf(instant.seconds + BigInt(offset));
  const reading = {
    ...clock,
    year: clock.year + BigInt(years),
    month: clock.month + months,
    day: clock.day + days,
    nanoseconds: instant.nanoseconds,
  };
  return instantOfClock(reading, instant.zone);
}
