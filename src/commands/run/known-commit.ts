/** What this clone knows of a commit that was applied. */
import type { Checkout } from '../../source/checkout.ts';

/** Subject and author of a commit of the source, where this clone has it; history is not fetched for that. */
export async function knownCommit(
  checkout: Checkout,
  commit: string,
): Promise<{ readonly subject: string; readonly author: string } | undefined> {
  if ((await checkout.resolve(commit)) === undefined) return undefined;
  const [found] = await checkout.commitsBetween({ to: commit, limit: 1 });
  return found === undefined ? undefined : { subject: found.subject, author: found.author.name };
}
