/** The way past the gate for an emergency: for those whom the rules name, with a reason, and told everywhere. */
import type { ReasonCode } from '../problem.ts';
import type { Decision, Refusal } from './decision.ts';

/** What stands only on agreement and time. Everything else would break more than a rule. */
const breakable: ReadonlySet<ReasonCode> = new Set([
  'approval-missing',
  'not-shown',
  'head-moved',
  'no-merge-request',
  'outside-window',
  'frozen',
]);

export interface BreakGlass {
  readonly reason: string;
  /** Who runs this, by the pipeline; undefined where it does not say. */
  readonly by: string | undefined;
  /** Names and teams of the rules in force; undefined where they name nobody. */
  readonly allowed: readonly string[] | undefined;
  /** Members by team; undefined where they could not be read. */
  readonly members: ReadonlyMap<string, readonly string[] | undefined>;
}

/** The refusal as it is where it is not for breaking, an allowance that says so, or why this person may not. */
export function breakGlass(refusal: Refusal, { reason, by, allowed, members }: BreakGlass): Decision {
  if (!breakable.has(refusal.reason)) return refusal;
  const refuse = (text: string): Refusal => ({
    ...refusal,
    reason: 'break-glass-refused',
    text: `${refusal.text}; and ${text}`,
    hint: `Who may pass the gate with a reason is named by gate.breakGlass, as it is in force. Else: ${refusal.hint}`,
  });
  if (allowed === undefined) return refuse('nobody may break the glass here');
  if (by === undefined) return refuse('who wants to break the glass is not known');
  const named = allowed.some((name) =>
    name.startsWith('@') ? members.get(name)?.some((member) => same(member, by)) === true : same(name, by),
  );
  if (!named) return refuse(`${by} may not break the glass`);
  return {
    kind: 'allow',
    mergeRequests: [],
    brokenGlass: { by, reason, instead: refusal.reason, text: refusal.text },
  };
}

/** What a reason may be: one line that people can read, as it goes into messages and records. */
export function reasonMistake(reason: string): string | undefined {
  if (reason.length > 200) return 'it is longer than 200 signs';
  return /[\p{C}\p{Zl}\p{Zp}]/u.test(reason) ? 'it has signs that are no text' : undefined;
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
