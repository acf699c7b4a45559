/** Who has approved the merge request that a run is on, under the rules of one environment after the other. */
import type { GatePolicy } from '../../config/config.ts';
import type { Forge } from '../../forge/forge.ts';
import type { ApprovalCount } from '../../gate/approvals.ts';
import { countApprovals } from '../../gate/approvals.ts';
import { formatProblem, Problem } from '../../problem.ts';
import type { Host } from '../host.ts';
import type { PlannedCommits, Repository } from '../run/repository.ts';
import { openApproving } from './approving.ts';

export interface CountingInput {
  readonly host: Host;
  readonly forge: Forge | undefined;
  readonly repository: Repository;
  readonly commits: PlannedCommits;
}

/** Counts for a gate; undefined when the run is on no merge request or the forge does not tell. */
export type Counting = (gate: GatePolicy) => Promise<ApprovalCount | undefined>;

/** For a plan, which is worth showing without it: what cannot be read is warned of once, and counts as not known. */
export async function openCounting({ host, forge, repository, commits }: CountingInput): Promise<Counting> {
  const { trigger } = repository.facts;
  if (forge === undefined || trigger.kind !== 'merge-request') return async () => undefined;
  const { number, head } = trigger;
  const approving = openApproving({ forge, repository });
  // The plan is worth showing without all of this, and an apply asks for itself: GitLab's job token may not read approvals.
  const orSay = async <Value>(read: () => Promise<Value>): Promise<Value | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      host.warn(`Who approved could not be read.\n${formatProblem(error)}`);
      return undefined;
    }
  };
  const read = await orSay(async () => ({
    author: (await forge.mergeRequest(number)).author.name,
    reviews: (await forge.reviews(number)).map((review) => ({ ...review, user: review.user.name })),
  }));
  if (read === undefined) return async () => undefined;
  return async (policy) =>
    await orSay(async () => {
      const about = { number, policy, reviews: read.reviews, base: commits.base, result: commits.renderedId };
      return countApprovals({ ...read, head, policy, more: await approving.factsFor(about) });
    });
}
