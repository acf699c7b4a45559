/** When an environment may be applied: within a window where it has any, and never in a freeze. */
import type { GatePolicy, GateTime } from '../config/config.ts';
import { timeWords } from '../config/policy.ts';
import { formatIn, isWithin, nextOpening } from '../config/schedule.ts';

export interface Closed {
  readonly reason: 'frozen' | 'outside-window';
  readonly text: string;
  readonly hint: string;
}

/** Why nothing may be applied now; undefined when it may. */
export function closedBy({ windows, freezes }: GatePolicy, now: Date): Closed | undefined {
  const freeze = freezes?.find((one) => isWithin(one, now));
  if (freeze !== undefined)
    return {
      reason: 'frozen',
      text: `the freeze ${timeWords(freeze)} is in force${because(freeze)}`,
      hint: 'Run the apply again when it is over.',
    };
  if (windows === undefined || windows.some((one) => isWithin(one, now))) return undefined;
  return {
    reason: 'outside-window',
    text: `${windows.map((one) => `the window ${timeWords(one)}${because(one)}`).join(' and ')} ${windows.length === 1 ? 'is' : 'are'} closed now`,
    hint: `${opensNext(windows, now)} Run the apply again then.`,
  };
}

/** The times of an environment in one sentence for its comment; undefined where it has none. They do not move with the clock. */
export function timesWords({ windows, freezes }: GatePolicy): string | undefined {
  const open = windows?.map((one) => `${timeWords(one)}${because(one)}`).join(' or ');
  const frozen = freezes?.map((one) => `${timeWords(one)}${because(one)}`).join(' or ');
  const parts = [
    ...(open === undefined ? [] : [`applied only in the window ${open}`]),
    ...(frozen === undefined ? [] : [`not applied in the freeze ${frozen}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', and ');
}

function opensNext(windows: readonly GateTime[], now: Date): string {
  const next = windows
    .flatMap((one) => {
      const time = nextOpening(one, now);
      return time === undefined ? [] : [{ time, zone: one.zone }];
    })
    .sort((a, b) => a.time.getTime() - b.time.getTime());
  return next[0] === undefined
    ? 'None opens within a year.'
    : `The next opens on ${formatIn(next[0].zone, next[0].time)}.`;
}

function because({ reason }: GateTime): string {
  return reason === undefined ? '' : ` (${reason})`;
}
