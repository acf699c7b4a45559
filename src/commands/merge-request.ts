/** What a run reads from its merge request and writes to it. */
import type { RunFacts } from '../forge/ci.ts';
import { ensureComment } from '../forge/ensure-comment.ts';
import type { Forge } from '../forge/forge.ts';
import type { ReviewFacts } from '../gate/approvals.ts';
import { formatProblem, Problem } from '../problem.ts';
import type { CommentSection } from '../report/comment.ts';
import { commentMarker, writeComment } from '../report/comment.ts';
import type { Host } from './host.ts';
import type { Repository } from './repository.ts';

export interface ReviewedHead {
  readonly reviews: readonly ReviewFacts[];
  readonly head: string;
  readonly author: string;
}

/** Reviews of the merge request that the run is on; undefined when it is on none or there is no forge. */
export async function approvalFacts(forge: Forge | undefined, facts: RunFacts): Promise<ReviewedHead | undefined> {
  if (forge === undefined || facts.trigger.kind !== 'merge-request') return undefined;
  const { number, head } = facts.trigger;
  const [request, reviews] = [await forge.mergeRequest(number), await forge.reviews(number)];
  return {
    reviews: reviews.map((review) => ({ ...review, user: review.user.name })),
    head,
    author: request.author.name,
  };
}

export interface PostInput {
  readonly host: Host;
  readonly repository: Repository;
  readonly forge: Forge | undefined;
  readonly sections: readonly CommentSection[];
}

/**
 * Writes the one comment. A fork's run has no token and an `always` without a merge request is a mistake; a comment
 * that cannot be posted is said and changes nothing about the plan.
 */
export async function postComment({ host, repository, forge, sections }: PostInput): Promise<void> {
  const { trigger, runUrl } = repository.facts;
  const wanted = host.given.text('comment') ?? 'auto';
  if (wanted === 'never') return;
  if (trigger.kind !== 'merge-request' || forge === undefined) {
    const limit = 1_000_000;
    if (trigger.kind === 'merge-request')
      host.summary(writeComment({ ...commentFacts(trigger), sections, key: undefined, limit, runUrl }));
    if (wanted === 'always') throw notOnMergeRequest(trigger.kind === 'merge-request');
    if (trigger.kind === 'merge-request')
      host.warn('There is no token for the forge, so the plan is not commented on the merge request.');
    return;
  }
  const body = writeComment({
    ...commentFacts(trigger),
    sections,
    key: host.given.text('key'),
    limit: forge.commentLimit,
    runUrl,
  });
  host.summary(body);
  const outcome = await ensureComment(forge, trigger.number, commentMarker, body);
  if (outcome.did === 'failed') {
    if (wanted === 'always') throw outcome.problem;
    host.warn(`The plan could not be commented on the merge request.\n${formatProblem(outcome.problem)}`);
  } else host.progress(`comment ${outcome.did}: ${outcome.comment.url}`);
}

function commentFacts(trigger: { readonly head: string; readonly targetBranch: string }): {
  head: string;
  targetBranch: string;
} {
  return { head: trigger.head, targetBranch: trigger.targetBranch };
}

function notOnMergeRequest(isMergeRequest: boolean): Problem {
  return isMergeRequest
    ? new Problem({
        reason: 'unauthenticated',
        message: '--comment always needs a token for the forge, and there is none',
        hint: 'GitHub: pass github.token. GitLab: set PUSHGATE_TOKEN to a project access token with scope api.',
      })
    : new Problem({
        reason: 'not-a-merge-request',
        message: '--comment always needs a merge request, and this run is not in one',
        hint: 'Run the plan job on merge requests (GitHub: pull_request; GitLab: merge_request_event).',
      });
}
