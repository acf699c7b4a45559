/** Options that are lengths of time. */
import type { Policy } from '../../config/policy.ts';
import { lengthOfTime } from '../../option-values.ts';
import type { OptionName } from '../../options.ts';
import type { Host } from '../host.ts';

/** An option such as `90s`, `5m`, `1h30m`, `0`, in milliseconds; the fronts have refused all others. */
export function durationOf(host: Host, name: OptionName, fallback: string): number {
  const text = host.given.text(name) ?? fallback;
  const length = lengthOfTime(text);
  if (length === undefined) throw new Error(`--${name} ${text} is no length of time`);
  return length;
}

/** How long to wait for readiness: the option, else what the environment says, else five minutes. */
export function readyTimeoutOf(host: Host, environment: Pick<Policy, 'wait'> | undefined): number {
  return durationOf(host, 'timeout', environment?.wait?.timeout ?? '5m');
}
