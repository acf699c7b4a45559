import type { Position } from '../gate/gate.ts';
import type { Checkout } from '../source/checkout.ts';

/** Where a commit stands against the recorded one; a recorded commit that Git does not know here is `unknown`. */
export async function positionOf(checkout: Checkout, recorded: string | undefined, commit: string): Promise<Position> {
  if (recorded === undefined) return 'first';
  if (recorded === commit) return 'same';
  // Asked first, because in a clone that has only the last commits this fetches the recorded one.
  if (await checkout.isAncestor(recorded, commit)) return 'newer';
  if ((await checkout.resolve(recorded)) === undefined) return 'unknown';
  return (await checkout.isAncestor(commit, recorded)) ? 'older' : 'diverged';
}
