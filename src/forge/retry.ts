/**
 * Which failures of a forge are worth another try, and how long to wait for it. All waiting of one forge comes out of
 * one budget, so that a bad day of the forge costs a run a known time at most.
 */
import { Problem } from '../problem.ts';
import { type HttpRequest, type HttpResponse, NoAnswer, type Send } from './http.ts';

export interface RetryOptions {
  /** Longest time to spend waiting, over all requests. */
  readonly budgetMs: number;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Epoch milliseconds: limits are announced as points in time. */
  readonly now: () => number;
}

const attempts = 5;
const firstPauseMs = 500;
/** What GitHub asks for when it names no time. */
const secondaryPauseMs = 60_000;

/**
 * Repeats what may be repeated: refusals for want of quota always, as nothing was done; failures of server or
 * connection only where doing the request twice is the same as doing it once.
 * @throws {Problem} `unreachable` when tries or budget are used up
 */
export function withRetries(send: Send, options: RetryOptions): Send {
  let left = options.budgetMs;

  return async (request) => {
    for (let attempt = 1; ; attempt++) {
      const outcome = await send(request).catch((error: unknown) => {
        if (error instanceof NoAnswer) return error;
        throw error;
      });
      const wait = waitBefore(request, outcome, attempt, options.now());
      if (wait === undefined) {
        if (outcome instanceof NoAnswer) throw unreachable(request, outcome);
        return outcome;
      }
      if (attempt >= attempts || wait > left) {
        // A forge that did not recover in this time is not waited for a second time in the same run.
        left = 0;
        throw givenUp(request, outcome, wait);
      }
      left -= wait;
      await options.pause(wait);
    }
  };
}

/** Milliseconds to wait before trying again, or undefined when the outcome stands. */
function waitBefore(
  request: HttpRequest,
  outcome: HttpResponse | NoAnswer,
  attempt: number,
  now: number,
): number | undefined {
  // A little randomness keeps parallel jobs from coming back all at once.
  const backoff = firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  if (outcome instanceof NoAnswer) {
    // A name that does not exist will not exist in a second either.
    if (outcome.code === 'ENOTFOUND') return undefined;
    return !outcome.sent || repeatable(request) ? backoff : undefined;
  }
  if (outcome.status === 429) return announcedWait(outcome, now) ?? backoff;
  if (outcome.status === 403)
    return announcedWait(outcome, now) ?? (isSecondaryLimit(outcome) ? secondaryPauseMs : undefined);
  if (outcome.status === 503) {
    const announced = announcedWait(outcome, now);
    if (announced !== undefined) return announced;
  }
  return outcome.status >= 500 && repeatable(request) ? backoff : undefined;
}

/** Our PATCH and PUT set whole values, and our GraphQL only reads; a POST creates. */
function repeatable(request: HttpRequest): boolean {
  return request.method !== 'POST' || new URL(request.url).pathname.endsWith('/graphql');
}

function announcedWait(response: HttpResponse, now: number): number | undefined {
  const after = response.headers.get('retry-after');
  if (after !== null) {
    const seconds = Number(after);
    return Math.max(0, Number.isNaN(seconds) ? Date.parse(after) - now : seconds * 1000);
  }
  const remaining = response.headers.get('x-ratelimit-remaining') ?? response.headers.get('ratelimit-remaining');
  const reset = response.headers.get('x-ratelimit-reset') ?? response.headers.get('ratelimit-reset');
  if (remaining !== '0' || reset === null) return undefined;
  // The reset is a whole second; one more makes sure that it has passed.
  return Math.max(0, Number(reset) * 1000 - now) + 1000;
}

/** GitHub has no code for this refusal: its sentence and its link are all there is. */
function isSecondaryLimit(response: HttpResponse): boolean {
  return /secondary rate limit/i.test(response.text);
}

function givenUp(request: HttpRequest, outcome: HttpResponse | NoAnswer, wait: number): Problem {
  if (outcome instanceof NoAnswer) return unreachable(request, outcome);
  const { origin } = new URL(request.url);
  if (outcome.status >= 500) {
    return new Problem({ reason: 'unreachable', message: `${origin} keeps answering ${outcome.status}` });
  }
  return new Problem({
    reason: 'unreachable',
    message: `${origin} takes no more requests now: its rate limit asks to wait ${Math.ceil(wait / 1000)} s`,
    hint: 'Run again later, or use a token with a limit of its own.',
  });
}

function unreachable(request: HttpRequest, failure: NoAnswer): Problem {
  const { origin } = new URL(request.url);
  const unknown = failure.sent && !repeatable(request) ? '; it is not known whether the request was carried out' : '';
  return new Problem({
    reason: 'unreachable',
    message: `${origin} did not answer (${failure.code})${unknown}`,
    hint: 'Check the address, the network and the proxy.',
    cause: failure,
  });
}
