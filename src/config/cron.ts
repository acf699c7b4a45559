/**
 * Cron expressions of five fields, read as Vixie cron reads them: minute, hour, day of the month, month, day of the
 * week. Where both days are restricted, either is enough.
 */

export interface Cron {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly daysOfWeek: ReadonlySet<number>;
  readonly days: 'both' | 'either';
}

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names: readonly string[];
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const fields = [
  { name: 'minute', least: 0, most: 59, names: [] },
  { name: 'hour', least: 0, most: 23, names: [] },
  { name: 'day of the month', least: 1, most: 31, names: [] },
  { name: 'month', least: 1, most: 12, names: monthNames },
  { name: 'day of the week', least: 0, most: 7, names: dayNames },
] as const satisfies readonly Field[];

/** The expression, or what is wrong with it. */
export function readCron(text: string): Cron | { readonly mistake: string } {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== fields.length)
    return { mistake: 'it has not the five fields minute, hour, day of the month, month, day of the week' };
  const sets: ReadonlySet<number>[] = [];
  for (const [index, field] of fields.entries()) {
    const set = readField(parts[index] ?? '', field);
    if (set === undefined)
      return { mistake: `"${parts[index]}" is no ${field.name} (${field.least} to ${field.most}, *, a-b, a,b, */n)` };
    sets.push(set);
  }
  const [minutes, hours, daysOfMonth, months, weekdays] = sets as [
    ReadonlySet<number>,
    ReadonlySet<number>,
    ReadonlySet<number>,
    ReadonlySet<number>,
    ReadonlySet<number>,
  ];
  const daysOfWeek = new Set([...weekdays].map((day) => day % 7));
  // Vixie cron looks at the sign, not at the set: */2 is no restriction to it.
  const isFree = (part: string | undefined): boolean => part?.startsWith('*') === true;
  const days = isFree(parts[2]) || isFree(parts[4]) ? 'both' : 'either';
  return { minutes, hours, daysOfMonth, months, daysOfWeek, days };
}

export function isCronDay(
  cron: Cron,
  day: { readonly month: number; readonly dayOfMonth: number; readonly dayOfWeek: number },
): boolean {
  if (!cron.months.has(day.month)) return false;
  const [ofMonth, ofWeek] = [cron.daysOfMonth.has(day.dayOfMonth), cron.daysOfWeek.has(day.dayOfWeek)];
  return cron.days === 'both' ? ofMonth && ofWeek : ofMonth || ofWeek;
}

function readField(text: string, field: Field): ReadonlySet<number> | undefined {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const match = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/i.exec(item);
    if (match === null) return undefined;
    const [, from = '', to, step] = match;
    if (from === '*' && to !== undefined) return undefined;
    const first = from === '*' ? field.least : readValue(from, field);
    // A single value with a step runs to the end: 5/15 is 5-59/15.
    const open = from === '*' || step !== undefined;
    const last = to === undefined ? (open ? field.most : first) : readValue(to, field);
    const by = step === undefined ? 1 : Number(step);
    if (first === undefined || last === undefined || by === 0 || first > last) return undefined;
    for (let value = first; value <= last; value += by) values.add(value);
  }
  return values;
}

function readValue(text: string, { least, most, names }: Field): number | undefined {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + least;
  if (!/^\d+$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}
