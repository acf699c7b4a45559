/** The merge requests behind a range of commits, with what each showed and who approved it under the rules before it. */
import type { Policy } from '../config/policy.ts';
import { policyOf } from '../config/policy.ts';
import type { Forge, MergeRequest } from '../forge/forge.ts';
import { countApprovals } from '../gate/approvals.ts';
import type { MergedRequest } from '../gate/gate.ts';
import type { ShownPlan } from '../gate/shown.ts';
import { readShown } from '../gate/shown.ts';
import type { Commit } from '../git/commits.ts';
import { commentMarker } from '../report/comment.ts';
import type { Repository, Revision } from './repository.ts';
import { readRevision } from './repository.ts';

export interface Merged {
  /** The rules of an environment as they were on the branch before the commit's own merge request. */
  readonly policyBefore: (commit: string, environment: string) => Promise<Policy | undefined>;
  /** Merge requests merged after the recorded commit, and commits that none brought. */
  readonly since: (
    recorded: string | undefined,
    commit: string,
    environment: string,
  ) => Promise<{ readonly requests: readonly MergedRequest[]; readonly direct: readonly string[] }>;
}

export interface MergedOptions {
  readonly repository: Repository;
  readonly forge: Forge | undefined;
  readonly ref: string | undefined;
  readonly key: string | undefined;
}

/** So far back is looked for what was shown; a change older than that must be shown again. */
const mostCommits = 200;

export function openMerged({ repository, forge, ref, key }: MergedOptions): Merged {
  const requestsOf = remember(async (commit: string) =>
    forge === undefined || ref === undefined ? [] : await forge.mergeRequestsOfCommit(commit, ref),
  );
  const shownBy = remember(async (number: string) =>
    forge === undefined ? undefined : await newestShown(forge, Number(number), key),
  );
  const reviewsOf = remember(async (number: string) =>
    forge === undefined ? [] : await forge.reviews(Number(number)),
  );
  const revisionAt = remember((commit: string): Promise<Revision | undefined> => readRevision(repository, commit));

  async function policyAt(commit: string | undefined, environment: string): Promise<Policy | undefined> {
    const revision = commit === undefined ? undefined : await revisionAt(commit);
    return revision === undefined ? undefined : policyOf(revision.config, environment);
  }

  /** The first parent of the oldest commit that the merge request brought; of a direct push, what was there before it. */
  async function before(commit: string): Promise<string | undefined> {
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
  }

  async function requestOf(request: MergeRequest, commit: string, environment: string): Promise<MergedRequest> {
    const policy = await policyAt(await before(commit), environment);
    const reviews = (await reviewsOf(String(request.number))).map((review) => ({ ...review, user: review.user.name }));
    const none = { mode: 'merge', approvals: Number.POSITIVE_INFINITY, selfApproval: false } as const;
    return {
      number: request.number,
      head: request.head,
      shown: await shownBy(String(request.number)),
      // Without rules before it, a merge request cannot have been approved under any.
      approvals: countApprovals({
        reviews,
        head: request.head,
        author: request.author.name,
        policy: policy?.gate ?? none,
      }),
      fork: request.fork,
    };
  }

  return {
    policyBefore: async (commit, environment) => await policyAt(await before(commit), environment),
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
          if (!requests.has(request.number)) requests.set(request.number, await requestOf(request, id, environment));
      }
      return { requests: [...requests.values()], direct };
    },
  };
}

async function newestShown(forge: Forge, number: number, key: string | undefined): Promise<ShownPlan | undefined> {
  const ours = (await forge.ownComments(number)).filter(({ body }) => body.includes(commentMarker));
  return ours.flatMap(({ body }) => readShown(body, key) ?? []).at(-1);
}

/** Asks once for each key, also while the first answer is still on its way. */
function remember<Answer>(ask: (key: string) => Promise<Answer>): (key: string) => Promise<Answer> {
  const answers = new Map<string, Promise<Answer>>();
  return (key) => {
    const known = answers.get(key) ?? ask(key);
    answers.set(key, known);
    return known;
  };
}
