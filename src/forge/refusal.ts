/** What a forge's refusal means to a person: which token lacks which right, for doing what. */
import { Problem } from '../problem.ts';

export interface Refused {
  readonly forge: 'GitHub' | 'GitLab';
  readonly status: number;
  /** What the forge said about it. */
  readonly said: string;
}

export interface Errand {
  /** What is being done, to what: "reading the reviews of #17". */
  readonly doing: string;
  /** Which token this was, as its owner knows it. */
  readonly token: string;
  /** The right the errand needs: "pull-requests: read". */
  readonly needs: string;
}

const longestQuote = 300;

export function problemOf(refused: Refused, errand: Errand): Problem {
  const { forge, status } = refused;
  const { doing, token, needs } = errand;
  if (status === 401) {
    return new Problem({
      reason: 'unauthenticated',
      message: `${doing}: ${forge} does not know ${token}, or it expired`,
      hint: `A token with ${needs} is needed.`,
    });
  }
  if (status === 403) {
    return new Problem({
      reason: 'forbidden',
      message: `${doing}: ${token} may not do this (${quote(refused.said)})`,
      hint: `It needs ${needs}.`,
    });
  }
  if (status === 404) {
    // Both forges hide what a token may not see behind the answer for what is not there.
    return new Problem({
      reason: 'forbidden',
      message: `${doing}: it is not there, or ${token} may not see it`,
      hint: `If it is there, the token needs ${needs}.`,
    });
  }
  // Neither forge has a code for this one; both say it in these words.
  if ((status === 400 || status === 422) && /is too long/i.test(refused.said)) {
    return new Problem({ reason: 'limit-exceeded', message: `${doing}: ${forge} finds the text too long` });
  }
  if (status >= 500) return new Problem({ reason: 'unreachable', message: `${doing}: ${forge} answered ${status}` });
  return new Problem({ reason: 'rejected', message: `${doing}: ${forge} answered ${status} (${quote(refused.said)})` });
}

/** @throws {Problem} `limit-exceeded` before a text goes out that the forge would send back */
export function checkLength(text: string, limit: number, doing: string): void {
  if (text.length <= limit) return;
  throw new Problem({
    reason: 'limit-exceeded',
    message: `${doing}: the text has ${text.length} characters, and the forge takes ${limit}`,
  });
}

/** A forge's sentence may repeat what people wrote, so it goes on one line and is not endless. */
function quote(said: string): string {
  const line = said.replaceAll(/\s+/g, ' ').trim();
  return line.length > longestQuote ? `${line.slice(0, longestQuote)}…` : line;
}

/** Shortens a description to what the forge takes, at a word's end, and shows that there was more. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, limit - 1);
  const space = cut.lastIndexOf(' ');
  return `${(space > limit / 2 ? cut.slice(0, space) : cut).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
