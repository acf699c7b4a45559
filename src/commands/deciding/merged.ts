/** The merge requests behind a range of commits, with what each showed and who approved it under the rules before it. */
import type { ReleasePlace } from '../../cluster/read/parent.ts';
import type { Policy } from '../../config/policy.ts';
import type { MergeRequest } from '../../forge/forge.ts';
import type { MergedRequest } from '../../gate/facts.ts';
import { releasePlaces } from '../run/release-places.ts';
import { agreedRules, policyAt } from './agreed-rules.ts';
import { type ApprovedRange, type BranchHistoryOptions, mostCommits, openBranchHistory } from './branch-history.ts';

export interface Merged {
  /** The rules of an environment as they were on the branch before the commit's own merge request. */
  readonly policyBefore: (commit: string, environment: string) => Promise<Policy | undefined>;
  /** The releases that the environment had there, before the commit's own merge request. */
  readonly releasesBefore: (commit: string, environment: string) => Promise<readonly ReleasePlace[]>;
  /**
   * The rules that hold there: of `policyBefore`, or of the commit itself (`tip`), only what approved merge requests
   * showed since the environment was last applied. Else two steps would loosen the gate that one may not.
   */
  readonly policyInForce: (
    recorded: string | undefined,
    until: { readonly before: string } | { readonly tip: string },
    environment: string,
  ) => Promise<Policy | undefined>;
  /** What an unmerged one showed, and who approved it under the rules in force at its base. */
  readonly unmerged: (
    request: UnmergedRequest,
    recorded: string | undefined,
    environment: string,
  ) => Promise<MergedRequest>;
  /** Merge requests merged after the recorded commit, and commits that none brought. */
  readonly since: (
    recorded: string | undefined,
    commit: string,
    environment: string,
  ) => Promise<{ readonly requests: readonly MergedRequest[]; readonly direct: readonly string[] }>;
}

/** A merge request that is to be applied before its merge. */
export interface UnmergedRequest {
  readonly number: number;
  /** The head that was looked at; nothing is applied of another one. */
  readonly head: string;
  /** The tip of the target branch, which gives the rules and is what is recorded. */
  readonly base: string;
  /** The merge that would be made. */
  readonly result: string;
}

/** Its functions throw `Problem` where the forge does not tell: unknown is not approved. */
export function openMerged(options: BranchHistoryOptions): Merged {
  const { forge } = options;
  const history = openBranchHistory(options);

  async function asShown(
    request: MergeRequest,
    policy: Policy | undefined,
    range: ApprovedRange,
  ): Promise<MergedRequest> {
    return {
      number: request.number,
      head: request.head,
      shown: await history.shownBy(request.number),
      approvals: await history.approvalsOf(request, policy, range),
      fork: request.fork,
    };
  }

  return {
    async unmerged({ number, base, result }, recorded, environment) {
      if (forge === undefined) throw new Error('an unmerged merge request was named without a forge');
      const request = await forge.mergeRequest(number);
      const policy = await agreedRules(history, { recorded, tip: base }, environment);
      return await asShown(request, policy, { result, start: base });
    },
    async releasesBefore(commit, environment) {
      const earlier = await history.before(commit);
      const rules = earlier === undefined ? undefined : await history.rulesAt(earlier);
      return rules === undefined ? [] : releasePlaces(rules, environment);
    },
    policyBefore: async (commit, environment) => await policyAt(history, await history.before(commit), environment),
    policyInForce: async (recorded, until, environment) =>
      await agreedRules(
        history,
        { recorded, tip: 'tip' in until ? until.tip : await history.before(until.before) },
        environment,
      ),
    async since(recorded, commit, environment) {
      const commits = await history.repository.checkout.commitsBetween({
        from: recorded,
        to: commit,
        parents: 'first',
        limit: mostCommits,
      });
      const requests = new Map<number, MergedRequest>();
      const direct: string[] = [];
      for (const { id } of commits) {
        const found = await history.requestsOf(id);
        if (found.length === 0) direct.push(id);
        for (const request of found) {
          if (requests.has(request.number)) continue;
          const policy = await agreedRules(history, { recorded, tip: await history.before(id) }, environment);
          requests.set(request.number, await asShown(request, policy, { result: id }));
        }
      }
      return { requests: [...requests.values()], direct };
    },
  };
}
