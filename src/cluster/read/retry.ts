/**
 * When a request is sent again. A class says what is known of the try that failed: what the server certainly did not
 * handle may always be sent again, what it may have handled only where twice is the same as once.
 */
import { isObject, valueAt } from '../../resource/resource.ts';
import { type Answer, isMistypedPatch } from './failure.ts';

/** What went wrong with a try, where it may go right the next time. */
export interface Trouble {
  /** Whether the server may have done what was asked. */
  readonly handled: 'no' | 'maybe';
  /** Milliseconds that the server asked to be left alone for; undefined where it did not. */
  readonly pause: number | undefined;
}

/** Tries of one request. */
export const tries = 6;
/** Milliseconds that all requests of a run may spend waiting for their next try. */
export const patience = 120_000;
/** Nobody is left alone for longer than this, whatever Retry-After says. */
const longest = 30_000;

/** Answers that a proxy or a server in trouble gives, by status. */
const byStatus: Readonly<Record<number, Trouble['handled']>> = {
  429: 'no',
  500: 'maybe',
  502: 'maybe',
  503: 'maybe',
  504: 'maybe',
};

/** undefined: the answer is one, and asking again would not change it. `retryAfter` as the header says it. */
export function troubleIn(answer: Answer, path: string, retryAfter: string | undefined): Trouble | undefined {
  if (isOverQuotaRace(answer)) return { handled: 'no', pause: undefined };
  if (isOfObjects(path) && isUnreadable(answer)) return { handled: 'maybe', pause: undefined };
  const handled = byStatus[answer.status];
  if (handled === undefined || isMistypedPatch(answer)) return undefined;
  const seconds = Number(retryAfter);
  return { handled, pause: retryAfter !== undefined && seconds >= 0 ? Math.min(seconds * 1000, longest) : undefined };
}

/** Whether what is there is objects, and not a log or a description of the API. */
function isOfObjects(path: string): boolean {
  return /^\/apis?(\/|$)/.test(path) && !path.endsWith('/log');
}

/** A success that is no object of any kind did not come from the server, or not whole. */
export function isUnreadable({ status, body }: Answer): boolean {
  return status < 300 && !(isObject(body) && typeof body['kind'] === 'string');
}

/** Two requests at the same moment counted against one quota; the server did neither harm nor the request. */
function isOverQuotaRace({ status, body }: Answer): boolean {
  return status === 409 && valueAt(body, ['details', 'kind']) === 'resourcequotas';
}

/** Failures before a byte of the request left. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Of these the next connection may know nothing: broken ones, and answers that are no HTTP or no whole gzip. */
const brief = /^(ECONNRESET|EPIPE|ETIMEDOUT|HPE_.*|Z_.*)$/;

export interface LostTry {
  /** Codes of the error and its causes. */
  readonly codes: readonly string[];
  /** Whether the server answered anything in this run: then it is known to be there. */
  readonly hasAnswered: boolean;
}

/** undefined: sending it again is of no use. */
export function troubleWith({ codes, hasAnswered }: LostTry): Trouble | undefined {
  if (codes.some((code) => brief.test(code))) return { handled: 'maybe', pause: undefined };
  if (hasAnswered && codes.some((code) => neverSent.has(code))) return { handled: 'no', pause: undefined };
  return undefined;
}

/** Whether a request that failed like this cannot have reached the server. */
export function wasNeverSent(codes: readonly string[]): boolean {
  return codes.some((code) => neverSent.has(code)) && !codes.some((code) => brief.test(code));
}

/** Milliseconds before the next try, growing, and spread so that runs do not come back in step. */
export function pauseBefore(attempt: number, trouble: Trouble, random: () => number): number {
  if (trouble.pause !== undefined) return trouble.pause + 100 * random();
  return 200 * 2 ** (attempt - 1) * (0.75 + 0.5 * random());
}
