import { expect, test } from '@jest/globals';
import type { Host } from '../host.ts';
import { durationOf, readyTimeoutOf } from './duration.ts';

function hostWith(timeout: string | undefined): Host {
  const given = { text: () => timeout, list: () => [], on: () => false, words: [] };
  return { given } as unknown as Host;
}

test('lengths of time are read as people write them', () => {
  const read = (text: string | undefined) => durationOf(hostWith(text), 'timeout', '5m');
  expect(['90s', '1h30m', '250ms', '0', undefined].map(read)).toEqual([90_000, 5_400_000, 250, 0, 300_000]);
  for (const wrong of ['5', 'm', '5 m', '-1s', '1d']) expect(() => read(wrong)).toThrow('no length of time');
});

test('an apply waits as long as the option says, else the environment, else five minutes', () => {
  const environment = { wait: { timeout: '10m' } };
  expect(readyTimeoutOf(hostWith('90s'), environment)).toBe(90_000);
  expect(readyTimeoutOf(hostWith(undefined), environment)).toBe(600_000);
  expect(readyTimeoutOf(hostWith(undefined), {})).toBe(300_000);
});
