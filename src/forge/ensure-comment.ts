/** One comment per merge request: found again, left alone when it says the same, updated in place otherwise. */
import { Problem } from '../problem.ts';
import type { Comment, Forge } from './forge.ts';

export type CommentOutcome =
  | { readonly did: 'created' | 'updated' | 'unchanged'; readonly comment: Comment }
  /** Never thrown: a comment that cannot be posted must not hide or undo what the run did. */
  | { readonly did: 'failed'; readonly problem: Problem };

type Comments = Pick<Forge, 'ownComments' | 'createComment' | 'updateComment' | 'deleteComment'>;

/**
 * Makes the merge request carry exactly `body` in our comment with `marker`, which `body` must contain. Comments of
 * others are never ours, whatever they contain. Where runs raced and there are several of ours, the oldest is brought
 * up to date and the younger ones go: both runs agree on which one is the oldest.
 * @throws only what is a fault of ours
 */
export async function ensureComment(
  forge: Comments,
  number: number,
  marker: string,
  body: string,
): Promise<CommentOutcome> {
  if (!body.includes(marker)) throw new Error('a comment without its marker would never be found again');
  try {
    const before = await findOurs(forge, number, marker);
    if (before.length > 0) return await settle(forge, number, before, body);
    const created = await forge.createComment(number, body);
    // Another run may have created its own between our look and our post.
    const after = await findOurs(forge, number, marker);
    return after.length > 1 ? await settle(forge, number, after, body) : { did: 'created', comment: created };
  } catch (error) {
    if (error instanceof Problem) return { did: 'failed', problem: error };
    throw error;
  }
}

async function findOurs(forge: Comments, number: number, marker: string): Promise<readonly Comment[]> {
  return (await forge.ownComments(number)).filter((comment) => comment.body.includes(marker));
}

async function settle(
  forge: Comments,
  number: number,
  [oldest, ...younger]: readonly Comment[],
  body: string,
): Promise<CommentOutcome> {
  if (oldest === undefined) throw new Error('there is no comment to settle on');
  // Forges keep line ends and outer blanks their own way; neither is a difference worth a notification.
  const same = comparable(oldest.body) === comparable(body);
  const comment = same ? oldest : await forge.updateComment(number, oldest.id, body);
  for (const one of younger) await forge.deleteComment(number, one.id);
  return { did: same ? 'unchanged' : 'updated', comment };
}

/** Where links lead is left out: the same plan made by another run is no news. */
function comparable(body: string): string {
  return body
    .replaceAll('\r\n', '\n')
    .replace(/\]\([^()\s]*\)/g, ']()')
    .trim();
}
