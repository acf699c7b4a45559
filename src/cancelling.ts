/**
 * Being told to stop. GitHub's runner sends SIGINT, 7.5 s later SIGTERM, and kills 2.5 s after that; GitLab's sends
 * SIGTERM. The first signal cancels the run; after a while, or with the second, nothing is waited for any more.
 */
import { constants } from 'node:os';

export interface Cancellation {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Aborted when even what is on the wire is no longer waited for. */
  readonly hurry: AbortSignal;
  /** The exit code of a run that ended because of it: 128 and the number of the first signal. */
  readonly exitCode: () => number | undefined;
}

/** Milliseconds that a request on the wire still has, so that the report is written before the second signal. */
const onTheWire = 3_000;
/** Milliseconds after the second signal, when the process ends whatever it is doing. */
const lastMoment = 1_500;

/** `tell` gets a line for people when the run is cancelled. */
export function listenForCancel(tell: (text: string) => void): Cancellation {
  const cancel = new AbortController();
  const hurry = new AbortController();
  let first: 'SIGINT' | 'SIGTERM' | undefined;
  let count = 0;
  const exitCode = (): number | undefined => (first === undefined ? undefined : 128 + constants.signals[first]);
  const stop = (signal: 'SIGINT' | 'SIGTERM'): void => {
    count++;
    if (first === undefined) {
      first = signal;
      tell(`${signal}: cancelled. What is on its way is waited for, then this run says what it did.`);
      cancel.abort();
      setTimeout(() => hurry.abort(), onTheWire).unref();
      return;
    }
    hurry.abort();
    // A third one is somebody who does not want to wait at all.
    if (count > 2) process.exit(exitCode());
    setTimeout(() => process.exit(exitCode()), lastMoment).unref();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return { signal: cancel.signal, hurry: hurry.signal, exitCode };
}
