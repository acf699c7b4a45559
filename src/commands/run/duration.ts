/** Options that are lengths of time. */
import type { Policy } from '../../config/policy.ts';
import type { OptionName } from '../../options.ts';
import { Problem } from '../../problem.ts';
import type { Host } from '../host.ts';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** An option such as `90s`, `5m`, `1h30m`, `0`, in milliseconds. */
export function durationOf(host: Host, name: OptionName, fallback: string): number {
  const text = host.given.text(name) ?? fallback;
  if (text === '0') return 0;
  if (!/^(\d+(ms|s|m|h))+$/.test(text)) {
    throw new Problem({
      reason: 'usage',
      message: `--${name} ${text}: it is no length of time`,
      hint: 'Write it as 90s, 5m or 1h30m.',
    });
  }
  return [...text.matchAll(/(\d+)(ms|s|m|h)/g)].reduce(
    (sum, [, amount = '0', unit = 's']) => sum + Number(amount) * (units[unit] ?? 0),
    0,
  );
}

/** How long to wait for readiness: the option, else what the environment says, else five minutes. */
export function readyTimeoutOf(host: Host, environment: Pick<Policy, 'wait'> | undefined): number {
  return durationOf(host, 'timeout', environment?.wait?.timeout ?? '5m');
}
