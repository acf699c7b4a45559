import type { Forge, MergeRequest } from './forge.ts';

export interface MergeSource {
  /** One request for one commit. */
  readonly ofCommit: Forge['mergeRequestsOfCommit'];
  /** The last hundred or so merge requests that were merged into a branch, in one request. */
  readonly recentlyMerged: (branch: string) => Promise<readonly MergeRequest[]>;
}

/** So many commits are asked about one by one before a list is worth its size. */
const few = 3;

/**
 * Answers for many commits without a request for each: the first apply of a repository asks about its whole recent
 * history. Only a commit that *is* a merge is answered from the list; whatever else is asked about as always.
 */
export function mergeRequestsByCommit({ ofCommit, recentlyMerged }: MergeSource): Forge['mergeRequestsOfCommit'] {
  const lists = new Map<string, Promise<readonly MergeRequest[]>>();
  let asked = 0;
  return async (commit, branch) => {
    asked += 1;
    if (asked > few && branch !== undefined) {
      const list = lists.get(branch) ?? recentlyMerged(branch);
      lists.set(branch, list);
      const exact = (await list).filter((request) => request.mergeCommit === commit);
      if (exact.length > 0) return exact;
    }
    return await ofCommit(commit, branch);
  };
}
