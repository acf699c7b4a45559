import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { GatePolicy, GateTime } from '../config/config.ts';
import { closedBy, timesWords } from './times.ts';

const gate: GatePolicy = { mode: 'merge', approvals: 1, selfApproval: false };
const office: GateTime = { schedule: '0 8 * * 1-5', duration: '9h', zone: 'Europe/Berlin', reason: undefined };
const weekend: GateTime = { schedule: '0 15 * * 5', duration: '64h', zone: 'Europe/Berlin', reason: 'nobody is there' };

const fridayNoon = new Date('2026-11-20T11:00:00Z');
const fridayFour = new Date('2026-11-20T15:00:00Z');
const sunday = new Date('2026-11-22T11:00:00Z');

describe('an environment is open', () => {
  test('at any time where it has no times', () => {
    expect(closedBy(gate, sunday)).toBeUndefined();
  });

  test('in any of its windows, and in none of its freezes', () => {
    const policy = { ...gate, windows: [office], freezes: [weekend] };
    expect(closedBy(policy, fridayNoon)).toBeUndefined();
    expect(closedBy(policy, fridayFour)).toEqual({
      reason: 'frozen',
      text: 'the freeze 0 15 * * 5 for 64h, Europe/Berlin is in force (nobody is there)',
      hint: 'Run the apply again when it is over.',
    });
    expect(closedBy({ ...gate, windows: [office] }, sunday)).toEqual({
      reason: 'outside-window',
      text: 'the window 0 8 * * 1-5 for 9h, Europe/Berlin is closed now',
      hint: 'The next opens on Mon 2026-11-23 08:00 Europe/Berlin. Run the apply again then.',
    });
  });

  test('never more often because of one more freeze', () => {
    const moments = fc.date({ min: new Date('2026-01-01'), max: new Date('2027-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(moments, (now) => {
        const before = closedBy({ ...gate, windows: [office] }, now);
        const after = closedBy({ ...gate, windows: [office], freezes: [weekend] }, now);
        expect(before === undefined || after !== undefined).toBe(true);
      }),
    );
  });
});

test('its times stand in the comment without the clock, so that it does not change by itself', () => {
  expect(timesWords(gate)).toBeUndefined();
  expect(timesWords({ ...gate, windows: [office], freezes: [weekend] })).toBe(
    'applied only in the window 0 8 * * 1-5 for 9h, Europe/Berlin, and not applied in the freeze 0 15 * * 5 for 64h, Europe/Berlin (nobody is there)',
  );
});
