/** What the merge request says that takes a rolled back release back in Git as well. */
import { code, text } from './markdown.ts';

export interface RollbackFacts {
  readonly release: string;
  readonly environment: string;
  readonly revision: number;
  /** What the files of the merge request are again as they were at. */
  readonly commit: string;
  readonly by: string;
  /** '' where none was given. */
  readonly reason: string;
  /** Whose changes were rolled back. */
  readonly mergeRequests: readonly number[];
  /** Whether the release is configured otherwise than at that commit. */
  readonly isReconfigured: boolean;
}

/** One plain line: a title, and the subject of a commit. */
export function rollbackTitle({ release, environment, revision }: RollbackFacts): string {
  return `Roll back ${release} in ${environment} to revision ${revision}`;
}

/** Markdown. `sign` is what the forge puts before the number of a merge request. */
export function rollbackBody(facts: RollbackFacts, { sign }: { readonly sign: '#' | '!' }): string {
  const { release, environment, revision, commit, by, reason, mergeRequests } = facts;
  const undone =
    mergeRequests.length === 0
      ? 'What was applied after it was rolled back.'
      : `Rolled back: what came by ${mergeRequests.map((number) => `${sign}${number}`).join(', ')}.`;
  return [
    `${text(by)} brought ${code(release)} in ${code(environment)} back to revision ${revision}. ${undone}`,
    ...(reason === '' ? [] : [`Why: ${text(reason)}`]),
    `The files that the release is rendered from are here as they were at ${code(commit.slice(0, 12))}. Where other releases or environments are rendered from them too, this takes them back as well: the plan shows it.`,
    ...(facts.isReconfigured
      ? ['**The configuration of the release changed since then as well.** It is left as it is: look whether it fits.']
      : []),
    `The release is **on hold until this is merged or closed**: merged, Git asks for what is there; closed, the next apply brings the newer state again.`,
  ].join('\n\n');
}
