/** What a decision that allows says of itself to records and people. */
import type { BrokenGlass, Decision } from '../../gate/decision.ts';
import { glassWords } from './passing.ts';

/** The merge requests that showed what is applied; none where the gate asked for none. */
export function allowedBy(decision: Decision | undefined): readonly number[] {
  return decision?.kind === 'allow' ? decision.mergeRequests : [];
}

export function brokenIn(decision: Decision | undefined): { readonly brokenGlass?: BrokenGlass } {
  return decision?.kind === 'allow' && decision.brokenGlass !== undefined ? { brokenGlass: decision.brokenGlass } : {};
}

/** As records keep it. */
export function glassOf(decision: Decision | undefined): { readonly breakGlass?: string } {
  const { brokenGlass } = brokenIn(decision);
  return brokenGlass === undefined ? {} : { breakGlass: glassWords(brokenGlass) };
}
