/** The comment while it does not speak of what the merge request is now: the old plan folded away, and why. */
import { commentMarker } from './comment.ts';
import { code, details, fence } from './markdown.ts';

export interface OutdatedInput {
  readonly body: string;
  /** The commit that `body` is about; undefined where it does not say. */
  readonly shown: string | undefined;
  /** The head of the merge request now. */
  readonly head: string;
  readonly limit: number;
  readonly runUrl: string | undefined;
}

/**
 * Puts the old plan into a fold below the news that the head moved. What the comment had shown for a later apply is
 * taken out: nothing of a commit that is no longer the head may be approved by it.
 */
export function outdated({ body, shown, head, limit, runUrl }: OutdatedInput): string {
  const old = body
    .split('\n')
    .filter((line) => !line.startsWith('<!-- pushgate:'))
    .join('\n')
    .replace(/^## /, '### ')
    .trim();
  const run = runUrl === undefined ? '' : ` ([run](${runUrl}))`;
  const frame = [
    '## Pushgate: outdated',
    `**Outdated:** the head is now ${code(head.slice(0, 7))}; a new plan is on its way${run}.`,
  ];
  const fold = details(shown === undefined ? 'The plan before' : `The plan of ${code(shown.slice(0, 7))}`, old);
  const whole = [...frame, fold, commentMarker].join('\n\n');
  return whole.length <= limit ? whole : [...frame, commentMarker].join('\n\n');
}

export interface FailureInput {
  /** As printed to the log, secrets masked. */
  readonly problem: string;
  readonly head: string;
  readonly runUrl: string | undefined;
}

/** The comment of a merge request that could not be planned at all: an older plan must not stand in its place. */
export function failureComment({ problem, head, runUrl }: FailureInput): string {
  const lines = problem.split('\n').map((line) => `  ${line.slice(0, 400)}`);
  const run = runUrl === undefined ? '' : ` · [run](${runUrl})`;
  return [
    '## Pushgate: no plan',
    'This merge request could not be planned, so nothing of it can be applied.',
    fence(lines.slice(0, 40), ''),
    `<sub>${code(head.slice(0, 7))}${run}</sub>`,
    commentMarker,
  ].join('\n\n');
}
