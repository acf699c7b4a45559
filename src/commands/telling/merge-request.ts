/** What a run reads from its merge request and writes to it. */
import { ensureComment } from '../../forge/ensure-comment.ts';
import type { Forge } from '../../forge/forge.ts';
import { subjectOf } from '../../gate/shown.ts';
import { formatProblem, Problem } from '../../problem.ts';
import { commentMarker, writeComment } from '../../report/comment.ts';
import { withOutcome } from '../../report/comment-outcome.ts';
import { failureComment } from '../../report/comment-outdated.ts';
import type { CommentSection } from '../../report/comment-section.ts';
import type { AppliedEnvironment } from '../../report/outcome.ts';
import type { Host } from '../host.ts';
import type { Repository } from '../run/repository.ts';
import type { CommentedRun } from './outdated.ts';
import { headMoved } from './outdated.ts';
import { reportUrl } from './reports.ts';

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
  const { facts } = repository;
  const wanted = host.given.text('comment') ?? 'auto';
  const isMergeRequest = facts.trigger.kind === 'merge-request';
  summarise({ host, repository, sections });
  if (wanted === 'never') return;
  if (!isMergeRequest || forge === undefined) {
    if (wanted === 'always') throw notPossible(isMergeRequest);
    if (isMergeRequest)
      host.warn('There is no token for the forge, so the plan is not commented on the merge request.');
    return;
  }
  await settleComment({ host, facts, forge }, commentText(host, repository, sections, forge.commentLimit));
}

/** The job summary of a merge request's run says what the comment says. */
export function summarise({ host, repository, sections }: Omit<PostInput, 'forge'>): void {
  if (repository.facts.trigger.kind === 'merge-request') host.summary(commentText(host, repository, sections));
}

/** Says in the comment why a merge request could not be planned at all, so that no older plan stands in its place. */
export async function postFailure(run: CommentedRun, problem: string): Promise<void> {
  const { trigger, runUrl } = run.facts;
  if (trigger.kind !== 'merge-request' || run.host.given.text('comment') === 'never') return;
  await settleComment(run, failureComment({ problem, head: trigger.head, runUrl }));
}

async function settleComment({ host, facts, forge }: CommentedRun, body: string): Promise<void> {
  const { trigger } = facts;
  if (forge === undefined || trigger.kind !== 'merge-request') return;
  try {
    if (await headMoved({ host, facts, forge })) {
      host.warn('The merge request has another head by now: its comment is left to the run of that one.');
      return;
    }
    const outcome = await ensureComment(forge, trigger.number, commentMarker, body);
    if (outcome.did === 'failed') throw outcome.problem;
    host.progress(`comment ${outcome.did}: ${outcome.comment.url}`);
  } catch (error) {
    if (!(error instanceof Problem) || host.given.text('comment') === 'always') throw error;
    host.warn(`The plan could not be commented on the merge request.\n${formatProblem(error)}`);
  }
}

/** A job summary may hold 1 MiB; so may whatever else takes the text when no forge limits it. */
const summaryLimit = 1_000_000;

/** The comment's text; outside a merge request it speaks of the commit that was planned. */
export function commentText(
  host: Host,
  { facts }: Repository,
  sections: readonly CommentSection[],
  limit = summaryLimit,
): string {
  const { trigger, runUrl } = facts;
  const onRequest = trigger.kind === 'merge-request' ? trigger : undefined;
  const planned = sections.find(({ plan }) => plan !== undefined)?.plan?.commit.rendered;
  return writeComment({
    of: onRequest === undefined ? '' : subjectOf(facts.forge?.project ?? '', onRequest.number),
    head: onRequest?.head ?? planned ?? '',
    targetBranch: onRequest?.targetBranch ?? '',
    sections,
    key: host.given.text('key'),
    limit,
    runUrl,
    reportUrl: reportUrl(host, facts),
  });
}

function notPossible(isMergeRequest: boolean): Problem {
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

/** Says in the comments of the merge requests what became of them. What cannot be said is a warning, never a failure. */
export async function postOutcome(
  { host, forge }: Pick<PostInput, 'host' | 'forge'>,
  numbers: readonly number[],
  applied: AppliedEnvironment,
): Promise<void> {
  if (forge === undefined || host.given.text('comment') === 'never') return;
  for (const number of numbers) {
    try {
      const [comment] = (await forge.ownComments(number)).filter(({ body }) => body.includes(commentMarker));
      // Writing to one that others changed would make it look like ours again.
      if (comment === undefined || comment.editedByOthers === true) continue;
      const body = withOutcome(comment.body, applied);
      if (body !== comment.body && body.length <= forge.commentLimit)
        await forge.updateComment(number, comment.id, body);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      host.warn(`The outcome could not be written to merge request ${number}.\n${formatProblem(error)}`);
    }
  }
}
