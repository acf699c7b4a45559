/** Keeps the comment from speaking of a commit that is no longer the head of its merge request. */
import type { RunFacts } from '../../forge/ci.ts';
import type { Forge } from '../../forge/forge.ts';
import { headOf } from '../../gate/shown.ts';
import { formatProblem, Problem } from '../../problem.ts';
import { commentMarker } from '../../report/comment.ts';
import { outdated } from '../../report/comment-outdated.ts';
import type { Host } from '../host.ts';

export interface CommentedRun {
  readonly host: Host;
  readonly facts: RunFacts;
  readonly forge: Forge | undefined;
}

/**
 * Says in a comment about another head that it is outdated, before the new plan is made: whoever reads meanwhile must
 * not approve what they see. What cannot be said is a warning.
 */
export async function markOutdated({ host, facts, forge }: CommentedRun): Promise<void> {
  const { trigger, runUrl } = facts;
  if (forge === undefined || trigger.kind !== 'merge-request' || host.given.text('comment') === 'never') return;
  try {
    const [comment] = (await forge.ownComments(trigger.number)).filter(({ body }) => body.includes(commentMarker));
    const shown = comment === undefined ? undefined : headOf(comment.body);
    if (comment === undefined || shown === undefined || shown === trigger.head) return;
    if (await headMoved({ host, facts, forge })) return;
    const body = outdated({ body: comment.body, shown, head: trigger.head, limit: forge.commentLimit, runUrl });
    await forge.updateComment(trigger.number, comment.id, body);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    host.warn(`The comment about an older commit could not be marked as outdated.\n${formatProblem(error)}`);
  }
}

/**
 * Whether the merge request has a head by now that is not the one of this run: the comment then belongs to the run of
 * that head, also where this one is an old job started again.
 */
export async function headMoved({ facts, forge }: CommentedRun): Promise<boolean> {
  const { trigger } = facts;
  if (forge === undefined || trigger.kind !== 'merge-request') return false;
  const { head } = await forge.mergeRequest(trigger.number);
  return head !== trigger.head;
}
