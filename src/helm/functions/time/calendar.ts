/** The proleptic Gregorian calendar over all the years Go can hold, so in 64-bit arithmetic. */
export interface Civil {
  readonly year: bigint;
  /** 1 to 12 */
  readonly month: number;
  readonly day: number;
  /** 1 to 366 */
  readonly yearDay: number;
  /** 0 is Sunday. */
  readonly weekDay: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export const WEEK_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

const DAY = 86_400n;
const DAYS_OF_400_YEARS = 146_097n;

/** Seconds since 1970 (already shifted into the zone) → calendar fields. */
export function civilOf(seconds: bigint): Civil {
  const days = floorDivide(seconds, DAY);
  const second = Number(seconds - days * DAY);
  // Years counted from March put the leap day last, so every month's place follows from one linear rule.
  const shifted = days + 719_468n;
  const era = floorDivide(shifted, DAYS_OF_400_YEARS);
  const dayOfEra = Number(shifted - era * DAYS_OF_400_YEARS);
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = era * 400n + BigInt(yearOfEra) + (month <= 2 ? 1n : 0n);
  return {
    year,
    month,
    day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1,
    yearDay: Number(days - daysTo(year, 1, 1)) + 1,
    weekDay: Number((((days + 4n) % 7n) + 7n) % 7n),
    hour: Math.floor(second / 3600),
    minute: Math.floor(second / 60) % 60,
    second: second % 60,
  };
}

/** Days from 1970-01-01 to a date; a month outside 1…12 runs on into other years, a day likewise. */
export function daysTo(year: bigint, month: number, day: number): bigint {
  const months = year * 12n + BigInt(month - 3);
  const marchYear = floorDivide(months, 12n);
  const fromMarch = Number(months - marchYear * 12n);
  const era = floorDivide(marchYear, 400n);
  const yearOfEra = Number(marchYear - era * 400n);
  const days = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * DAYS_OF_400_YEARS + BigInt(days + Math.floor((153 * fromMarch + 2) / 5) + day - 1) - 719_468n;
}

export function isLeapYear(year: bigint): boolean {
  return year % 4n === 0n && (year % 100n !== 0n || year % 400n === 0n);
}

export function daysInMonth(month: number, year: bigint): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by !== 0n && value < 0n !== by < 0n ? quotient - 1n : quotient;
}
