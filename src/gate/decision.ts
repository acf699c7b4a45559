/** What the gate says. */
import type { Change } from '../plan/plan.ts';
import type { ReasonCode } from '../problem.ts';

export type Decision =
  | {
      readonly kind: 'allow';
      readonly mergeRequests: readonly number[];
      /** The gate said no, and somebody whom the rules name passed it with a reason. */
      readonly brokenGlass?: BrokenGlass;
    }
  | Refusal;

export interface BrokenGlass {
  readonly by: string;
  readonly reason: string;
  /** What the gate had said. */
  readonly instead: ReasonCode;
  readonly text: string;
}

export interface Refusal {
  readonly kind: 'refuse';
  readonly reason: ReasonCode;
  readonly text: string;
  readonly hint: string;
  /** The changes that stand in the way, where it is about changes. */
  readonly changes: readonly Change[];
}

export function refuse(
  reason: ReasonCode,
  text: string,
  options: { readonly hint: string; readonly changes?: readonly Change[] },
): Refusal {
  return { kind: 'refuse', reason, text, hint: options.hint, changes: options.changes ?? [] };
}
