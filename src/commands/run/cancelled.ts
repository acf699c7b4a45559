/** How a cancelled run ends where nothing is written: what was begun is dropped. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../problem.ts';
import type { Host } from '../host.ts';

/** Milliseconds that what is being read has to end by itself, and so to clean up behind it. */
const grace = 300;

/** What `work` gives, or `Problem` (`cancelled`) soon after the run was cancelled. Only for work that writes nothing. */
export async function unlessCancelled<Result>(
  { signal }: Pick<Host, 'signal'>,
  work: Promise<Result>,
): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => {
    void sleep(grace).then(() => reject(cancelled()));
  };
  if (signal.aborted) giveUp();
  else signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

export function cancelled(): Problem {
  return new Problem({
    reason: 'cancelled',
    message: 'the run was cancelled',
    hint: 'Nothing was written after that.',
  });
}
