/**
 * Times that come again: a cron expression opens them in a time zone, and they last so long. `now` is always given, so
 * that the same facts give the same answer on any machine.
 */
import type { Cron } from './cron.ts';
import { isCronDay, readCron } from './cron.ts';

/** As it stands in the configuration, checked by `scheduleMistake`. */
export interface Schedule {
  /** Five cron fields in local time of the zone. */
  readonly schedule: string;
  /** `9h`, `90m`, `14d`; elapsed time, so that a change of the clock makes it neither longer nor shorter. */
  readonly duration: string;
  /** IANA name, e.g. Europe/Berlin. */
  readonly zone: string;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const longest = 366 * day;
const units: Readonly<Record<string, number>> = { m: minute, h: hour, d: day };

/** What is wrong with one part of a schedule, by its key; undefined when nothing is. */
export function scheduleMistake({
  schedule,
  duration,
  zone,
}: Schedule): { readonly key: keyof Schedule; readonly message: string; readonly hint: string } | undefined {
  const cron = readCron(schedule);
  if ('mistake' in cron)
    return {
      key: 'schedule',
      message: `"${schedule}" is no cron expression: ${cron.mistake}`,
      hint: 'From Monday to Friday at eight is written "0 8 * * 1-5".',
    };
  const length = durationIn(duration);
  if (length === undefined || length === 0 || length > longest)
    return {
      key: 'duration',
      message: `"${duration}" is no length of time`,
      hint: 'It is written 90m, 9h, 1h30m or 14d, at most 366d.',
    };
  if (!isZone(zone))
    return {
      key: 'zone',
      message: `"${zone}" is no time zone`,
      hint: 'It is an IANA name, e.g. Europe/Berlin or UTC.',
    };
  return undefined;
}

/** Whether `now` lies within one of its times. */
export function isWithin(schedule: Schedule, now: Date): boolean {
  const { cron, length } = readSchedule(schedule);
  const at = now.getTime();
  // A day more on both sides, because the local day is up to 14 hours away from the one of UTC.
  for (let start = at + day; start >= at - length - 2 * day; start -= day)
    if (openingsOn(cron, schedule.zone, start).some((opening) => opening <= at && at < opening + length)) return true;
  return false;
}

/** The first opening after `now` within a year. */
export function nextOpening(schedule: Schedule, now: Date): Date | undefined {
  const { cron } = readSchedule(schedule);
  const at = now.getTime();
  for (let start = at - day; start <= at + longest; start += day) {
    const next = openingsOn(cron, schedule.zone, start).find((opening) => opening > at);
    if (next !== undefined) return new Date(next);
  }
  return undefined;
}

/** `Mon 2026-11-23 08:00 Europe/Berlin` */
export function formatIn(zone: string, time: Date): string {
  const wall = new Date(time.getTime() + offsetAt(zone, time.getTime()));
  const name = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][wall.getUTCDay()] ?? '';
  return `${name} ${wall.toISOString().slice(0, 16).replace('T', ' ')} ${zone}`;
}

function readSchedule({ schedule, duration }: Schedule): { readonly cron: Cron; readonly length: number } {
  const cron = readCron(schedule);
  const length = durationIn(duration);
  if ('mistake' in cron || length === undefined) throw new Error('a schedule was used that nobody checked');
  return { cron, length };
}

function durationIn(text: string): number | undefined {
  if (!/^(?:\d+[mhd])+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([mhd])/g)].reduce(
    (sum, [, amount = '0', unit = 'm']) => sum + Number(amount) * (units[unit] ?? 0),
    0,
  );
}

/** The openings of the day of UTC that holds `time`, taken as a day of the zone; in order. */
function openingsOn(cron: Cron, zone: string, time: number): readonly number[] {
  const midnight = Math.floor(time / day) * day;
  const date = new Date(midnight);
  const isDay = isCronDay(cron, {
    month: date.getUTCMonth() + 1,
    dayOfMonth: date.getUTCDate(),
    dayOfWeek: date.getUTCDay(),
  });
  if (!isDay) return [];
  const times = [...cron.hours].flatMap((one) =>
    [...cron.minutes].map((other) => instantOf(zone, midnight + one * hour + other * minute)),
  );
  return times.sort((a, b) => a - b);
}

/**
 * The moment at which the zone's clock shows `wall` (milliseconds as if it were UTC). Of a time that comes twice the
 * first; one that the clock skips counts as so much later.
 */
function instantOf(zone: string, wall: number): number {
  const before = offsetAt(zone, wall - day);
  const after = offsetAt(zone, wall + day);
  const [first, second] = [wall - Math.max(before, after), wall - Math.min(before, after)];
  if (wall - first === offsetAt(zone, first)) return first;
  if (wall - second === offsetAt(zone, second)) return second;
  return wall - before;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the zone's clock is ahead of UTC, in milliseconds. */
function offsetAt(zone: string, time: number): number {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  formats.set(zone, format);
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return wall - Math.floor(time / 1000) * 1000;
}

function isZone(zone: string): boolean {
  try {
    // A bare offset is no zone: it knows nothing of summer time.
    return !/^[+-]/.test(zone) && new Intl.DateTimeFormat('en-US', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}
