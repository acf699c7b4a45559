import type { Position } from '../../gate/facts.ts';
import type { Checkout } from '../../source/checkout.ts';
import type { Repository } from '../run/repository.ts';
import type { EnvironmentState } from '../state/state.ts';

/** Where a commit stands against the recorded one; a recorded commit that Git does not know here is `unknown`. */
export async function positionOf(checkout: Checkout, recorded: string | undefined, commit: string): Promise<Position> {
  if (recorded === undefined) return 'first';
  if (recorded === commit) return 'same';
  const known = positions.get(checkout) ?? new Map<string, Promise<Position>>();
  positions.set(checkout, known);
  const id = `${recorded} ${commit}`;
  const position = known.get(id) ?? askGit(checkout, recorded, commit);
  known.set(id, position);
  return await position;
}

/** Git is started once for all the releases that were applied from one commit. */
const positions = new WeakMap<Checkout, Map<string, Promise<Position>>>();

async function askGit(checkout: Checkout, recorded: string, commit: string): Promise<Position> {
  // Asked first, because in a clone that has only the last commits this fetches the recorded one.
  if (await checkout.isAncestor(recorded, commit)) return 'newer';
  if ((await checkout.resolve(recorded)) === undefined) return 'unknown';
  return (await checkout.isAncestor(commit, recorded)) ? 'older' : 'diverged';
}

/** The newest commit that any release of the environment was applied from, of those that Git knows here. */
export async function lastApplied({ checkout }: Repository, state: EnvironmentState): Promise<string | undefined> {
  let newest: string | undefined;
  for (const commit of new Set(state.recorded.map((name) => state.release(name)?.commit))) {
    if (commit === undefined || (await checkout.resolve(commit)) === undefined) continue;
    if (newest === undefined || (await checkout.isAncestor(newest, commit))) newest = commit;
  }
  return newest;
}
