import type { ByteString } from '../bytes.ts';
import { GoError } from '../errors.ts';
import type { CallContext, HelmFunction } from '../function.ts';
import { GoInt, types, type Value } from '../value.ts';
import { define, takes } from './define.ts';
import { GoTime, later, TIME, takesTime } from './go-time.ts';
import { parseInteger } from './numbers/parse.ts';
import { clamped, formatDuration, parseDuration, roundDuration, SECOND } from './time/duration.ts';
import { formatInstant, type Instant, instantAt, instantOf, nanosecondsOf, ZERO_TIME } from './time/instant.ts';
import { parseInstant } from './time/parse.ts';
import { loadZone, UTC, type Zone } from './time/zone.ts';

const { any, string } = takes;

const HTML_DATE = '2006-01-02';
const HOUR = 3600n * SECOND;
const DAY = 24n * HOUR;

/** The units durationRound chooses from, largest first. */
const ROUGH_UNITS: readonly (readonly [bigint, string])[] = [
  [365n * DAY, 'y'],
  [30n * DAY, 'mo'],
  [DAY, 'd'],
  [HOUR, 'h'],
  [60n * SECOND, 'm'],
  [SECOND, 's'],
];

/** sprig's functions on dates. A number that is no int is no date: it stands for now, as in sprig. */
export const dateFunctions: readonly HelmFunction[] = [
  ...define('now', {
    takes: [],
    gives: TIME,
    varies: 'clock',
    call: (_, __, context) => new GoTime(now(context)),
  }),
  ...define('date', {
    takes: [string, any],
    gives: types.string,
    call: ([layout, date], _, context) => format({ layout, date, zone: 'Local' }, context),
  }),
  ...define(['dateInZone', 'date_in_zone'], {
    takes: [string, any, string],
    gives: types.string,
    call: ([layout, date, zone], _, context) => format({ layout, date, zone }, context),
  }),
  ...define('htmlDate', {
    takes: [any],
    gives: types.string,
    call: ([date], _, context) => format({ layout: HTML_DATE, date, zone: 'Local' }, context),
  }),
  ...define('htmlDateInZone', {
    takes: [any, string],
    gives: types.string,
    call: ([date, zone], _, context) => format({ layout: HTML_DATE, date, zone }, context),
  }),
  ...define(['dateModify', 'date_modify'], {
    takes: [string, takesTime],
    gives: TIME,
    call: ([duration, instant]) => new GoTime(later(instant, durationOrZero(duration))),
  }),
  ...define(['mustDateModify', 'must_date_modify'], {
    takes: [string, takesTime],
    gives: TIME,
    call: ([duration, instant]) => new GoTime(later(instant, parseDuration(duration))),
  }),
  ...define('toDate', {
    takes: [string, string],
    gives: TIME,
    call: ([layout, text], _, context) => {
      try {
        return new GoTime(parseInstant(layout, text, localZone(context)));
      } catch (error) {
        if (error instanceof GoError) return new GoTime(ZERO_TIME);
        throw error;
      }
    },
  }),
  ...define('mustToDate', {
    takes: [string, string],
    gives: TIME,
    call: ([layout, text], _, context) => new GoTime(parseInstant(layout, text, localZone(context))),
  }),
  ...define('unixEpoch', {
    takes: [takesTime],
    gives: types.string,
    call: ([instant]) => String(instant.seconds),
  }),
  ...define('ago', {
    takes: [any],
    gives: types.string,
    varies: 'clock',
    call: ([date], _, context) => formatDuration(roundDuration(since(instantIn(date, context), context), SECOND)),
  }),
  ...define('duration', {
    takes: [any],
    gives: types.string,
    call: ([seconds]) => formatDuration(BigInt.asIntN(64, secondsOf(seconds) * SECOND)),
  }),
  ...define('durationRound', {
    takes: [any],
    gives: types.string,
    call: ([duration], _, context) => roughly(nanosecondsIn(duration, context)),
  }),
];

interface Formatting {
  readonly layout: ByteString;
  readonly date: Value;
  readonly zone: ByteString;
}

function format({ layout, date, zone }: Formatting, context: CallContext): ByteString {
  context.spend(layout.length);
  return formatInstant({ ...instantIn(date, context), zone: loadZone(zone, context.timeZone) ?? UTC }, layout);
}

function now(context: CallContext): Instant {
  return instantAt(context.now(), localZone(context));
}

function localZone(context: CallContext): Zone {
  return loadZone('Local', context.timeZone) ?? UTC;
}

/** A time, or seconds since 1970 in an int, int32 or int64; anything else is now. */
function instantIn(date: Value, context: CallContext): Instant {
  if (date instanceof GoTime) return date.instant;
  if (date instanceof GoInt && /^int(32|64)?$/.test(date.type.name)) {
    return instantOf(date.value, 0, localZone(context));
  }
  return now(context);
}

function since(instant: Instant, context: CallContext): bigint {
  return clamped(context.now() - nanosecondsOf(instant));
}

function durationOrZero(text: ByteString): bigint {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof GoError) return 0n;
    throw error;
  }
}

/** Text or an int64; any other type counts as 0, an int too. */
function secondsOf(value: Value): bigint {
  if (value instanceof GoInt && value.type.name === 'int64') return value.value;
  if (typeof value !== 'string') return 0n;
  const number = parseInteger(value, 10);
  return number.ok ? number.value : number.nearest;
}

function nanosecondsIn(value: Value, context: CallContext): bigint {
  if (typeof value === 'string') return durationOrZero(value);
  if (value instanceof GoInt && value.type.name === 'int64') return value.value;
  return value instanceof GoTime ? since(value.instant, context) : 0n;
}

/** How many of the largest unit that the duration exceeds, without sign. */
function roughly(duration: bigint): string {
  const size = duration < 0n ? -duration : duration;
  const found = ROUGH_UNITS.find(([unit]) => size > unit);
  return found === undefined ? '0s' : `${size / found[0]}${found[1]}`;
}
