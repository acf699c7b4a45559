/** The merge requests behind a range of commits, with what each showed and who approved it under the rules before it. */
import type { ReleasePlace } from '../../cluster/read/parent.ts';
import type { Policy } from '../../config/policy.ts';
import { describePolicyChange, policyOf } from '../../config/policy.ts';
import { mayApplyFrom } from '../../config/resolve.ts';
import type { RunFacts } from '../../forge/ci.ts';
import type { Forge, MergeRequest } from '../../forge/forge.ts';
import type { ApprovalCount } from '../../gate/approvals.ts';
import { countApprovals } from '../../gate/approvals.ts';
import type { MergedRequest } from '../../gate/gate.ts';
import type { ShownPlan } from '../../gate/shown.ts';
import { readShown, rulesDigest, subjectOf } from '../../gate/shown.ts';
import type { Commit } from '../../git/commits.ts';
import { Problem } from '../../problem.ts';
import { commentMarker } from '../../report/comment.ts';
import { remember } from '../planning/remember.ts';
import { releasePlaces } from '../run/release-places.ts';
import type { Repository } from '../run/repository.ts';
import { type Rules, readRules } from '../run/repository.ts';
import { openApproving } from './approving.ts';

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

export interface MergedOptions {
  readonly repository: Repository;
  readonly forge: Forge | undefined;
  readonly ref: string | undefined;
  readonly key: string | undefined;
}

/** So far back is looked for what was shown; a change older than that must be shown again. */
const mostCommits = 200;

/**
 * Each question is asked of forge and repository once, however many releases need the answer. Without a forge nothing
 * was ever shown or approved. Its functions throw `Problem` where the forge does not tell: unknown is not approved.
 */
export function openMerged({ repository, forge, ref, key }: MergedOptions): Merged {
  const requestsOf = remember(async (commit: string) =>
    forge === undefined || ref === undefined ? [] : await forge.mergeRequestsOfCommit(commit, ref),
  );
  const requestsAnywhere = remember(async (commit: string) =>
    forge === undefined ? [] : await forge.mergeRequestsOfCommit(commit, undefined),
  );
  const shownBy = remember(async (number: string) =>
    forge === undefined ? undefined : await newestShown(forge, repository.facts, { number: Number(number), key }),
  );
  const reviewsOf = remember(async (number: string) =>
    forge === undefined ? [] : await forge.reviews(Number(number)),
  );
  const approving = forge === undefined ? undefined : openApproving({ forge, repository });
  const rulesAt = remember((commit: string): Promise<Rules | undefined> => readRules(repository, commit));

  async function policyAt(commit: string | undefined, environment: string): Promise<Policy | undefined> {
    const rules = commit === undefined ? undefined : await rulesAt(commit);
    return rules === undefined ? undefined : policyOf(rules.config, environment);
  }

  /** The first parent of the oldest commit that the merge request brought; of a direct push, what was there before it. */
  const before = remember(async (commit: string): Promise<string | undefined> => {
    const own = new Set((await requestsOf(commit)).map(({ number }) => number));
    const { facts } = repository;
    if (own.size === 0 && facts.commit === commit && facts.before !== undefined) return facts.before;
    let oldest: Commit | undefined;
    for (const candidate of await repository.checkout.commitsBetween({
      to: commit,
      parents: 'first',
      limit: mostCommits,
    })) {
      const same = candidate.id === commit || (await requestsOf(candidate.id)).some(({ number }) => own.has(number));
      if (!same) break;
      oldest = candidate;
    }
    return oldest?.parents[0];
  });

  /** A commit whose configuration cannot be read has no rules to give. */
  async function readablePolicyAt(commit: string | undefined, environment: string): Promise<Policy | undefined> {
    try {
      return await policyAt(commit, environment);
    } catch (error) {
      if (error instanceof Problem) return undefined;
      throw error;
    }
  }

  async function inForce(
    recorded: string | undefined,
    tip: string | undefined,
    environment: string,
  ): Promise<Policy | undefined> {
    const last = await policyAt(tip, environment);
    if (tip === undefined || recorded === tip) return last;
    const known =
      recorded !== undefined && (await repository.checkout.isAncestor(recorded, tip)) ? recorded : undefined;
    let policy = await readablePolicyAt(known, environment);
    if (policy !== undefined && last !== undefined && describePolicyChange(policy, last).length === 0) return last;
    const range = { from: known, to: tip, parents: 'first', limit: mostCommits } as const;
    const touching = await repository.checkout.commitsBetween({ ...range, paths: await configPathsAt(tip) });
    if (touching.length === 0) return last;
    const commits = [...(await repository.checkout.commitsBetween(range))].reverse();
    const first = commits.findIndex(({ id }) => id === touching.at(-1)?.id);
    if (known === undefined) policy = await readablePolicyAt(commits[Math.max(0, first)]?.parents[0], environment);
    for (const { id } of commits.slice(Math.max(0, first))) {
      const requests = policy === undefined ? [] : await agreeing(id, policy);
      const isTouching = touching.some((commit) => commit.id === id);
      if (requests.length === 0 && !isTouching) continue;
      const next = await readablePolicyAt(id, environment);
      if (policy === undefined || (await isAgreed(id, requests, { policy, next }, environment))) policy = next;
    }
    return policy;
  }

  /**
   * Those that could have agreed to rules: into the branch of the run, or into another that the rules in force take,
   * as a release branch begins with what was merged to the main one.
   */
  async function agreeing(commit: string, policy: Policy): Promise<readonly MergeRequest[]> {
    const requests = await requestsOf(commit);
    if (requests.length > 0) return requests;
    return (await requestsAnywhere(commit)).filter(({ targetBranch }) => mayApplyFrom(policy, targetBranch));
  }

  /** An included file can lie anywhere, so then every commit may have changed the rules. */
  async function configPathsAt(commit: string): Promise<readonly string[]> {
    return (await rulesAt(commit))?.hasIncludes === false ? [repository.configFile] : [];
  }

  async function isAgreed(
    id: string,
    requests: readonly MergeRequest[],
    { policy, next }: { readonly policy: Policy; readonly next: Policy | undefined },
    environment: string,
  ): Promise<boolean> {
    // Other modes leave it to the forge who may do what; the rules of these two are counted here.
    const { mode } = policy.gate;
    if ((mode !== 'merge' && mode !== 'comment') || describePolicyChange(policy, next).length === 0) return true;
    if (next === undefined) return false;
    for (const request of requests) {
      if (request.fork || !(await approvalsOf(request, policy, id)).enough) continue;
      const shown = await shownBy(String(request.number));
      if (shown?.head === request.head && shown.rules[environment] === rulesDigest(next)) return true;
    }
    return false;
  }

  /** `result` is a commit that the merge request brought: with it all before it back to where it began. */
  async function approvalsOf(
    request: MergeRequest,
    policy: Policy | undefined,
    result: string,
    start?: string,
  ): Promise<ApprovalCount> {
    const reviews = (await reviewsOf(String(request.number))).map((review) => ({ ...review, user: review.user.name }));
    // Without rules before it, a merge request cannot have been approved under any.
    const none = { mode: 'merge', approvals: Number.POSITIVE_INFINITY, selfApproval: false } as const;
    const { number, head, author } = request;
    const asks = policy?.gate.codeOwners === true;
    const base = asks ? (start ?? (await before(result))) : undefined;
    const more = policy && (await approving?.factsFor({ number, policy: policy.gate, reviews, base, result }));
    return countApprovals({ reviews, head, author: author.name, policy: policy?.gate ?? none, more });
  }

  async function requestOf(
    request: MergeRequest,
    { commit, recorded }: { readonly commit: string; readonly recorded: string | undefined },
    environment: string,
  ): Promise<MergedRequest> {
    const policy = await inForce(recorded, await before(commit), environment);
    return {
      number: request.number,
      head: request.head,
      shown: await shownBy(String(request.number)),
      approvals: await approvalsOf(request, policy, commit),
      fork: request.fork,
    };
  }

  return {
    async unmerged({ number, base, result }, recorded, environment) {
      if (forge === undefined) throw new Error('an unmerged merge request was named without a forge');
      const request = await forge.mergeRequest(number);
      const policy = await inForce(recorded, base, environment);
      return {
        number,
        head: request.head,
        shown: await shownBy(String(number)),
        approvals: await approvalsOf(request, policy, result, base),
        fork: request.fork,
      };
    },
    async releasesBefore(commit, environment) {
      const earlier = await before(commit);
      const rules = earlier === undefined ? undefined : await rulesAt(earlier);
      return rules === undefined ? [] : releasePlaces(rules, environment);
    },
    policyBefore: async (commit, environment) => await policyAt(await before(commit), environment),
    policyInForce: async (recorded, until, environment) =>
      await inForce(recorded, 'tip' in until ? until.tip : await before(until.before), environment),
    async since(recorded, commit, environment) {
      const commits = await repository.checkout.commitsBetween({
        from: recorded,
        to: commit,
        parents: 'first',
        limit: mostCommits,
      });
      const requests = new Map<number, MergedRequest>();
      const direct: string[] = [];
      for (const { id } of commits) {
        const found = await requestsOf(id);
        if (found.length === 0) direct.push(id);
        for (const request of found)
          if (!requests.has(request.number))
            requests.set(request.number, await requestOf(request, { commit: id, recorded }, environment));
      }
      return { requests: [...requests.values()], direct };
    },
  };
}

async function newestShown(
  forge: Forge,
  facts: RunFacts,
  { number, key }: { readonly number: number; readonly key: string | undefined },
): Promise<ShownPlan | undefined> {
  const ours = (await forge.ownComments(number)).filter(
    ({ body, editedByOthers }) => body.includes(commentMarker) && editedByOthers !== true,
  );
  const of = subjectOf(facts.forge?.project ?? '', number);
  return ours.flatMap(({ body }) => readShown(body, { of, key }) ?? []).at(-1);
}
