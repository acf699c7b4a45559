/** Which merge request is the one that was proposed. */
import type { MergeRequest, ProposedBranches } from './forge.ts';

/** A fork can have a branch of the same name, and whoever owns it chooses what it holds. */
export function isFrom({ source, target }: ProposedBranches): (request: MergeRequest) => boolean {
  return ({ state, fork, sourceBranch, targetBranch }) =>
    state === 'open' && !fork && sourceBranch === source && targetBranch === target;
}
