/** The issue about an apply that somebody let past the gate. */
import type { BrokenGlass } from '../gate/decision.ts';
import type { Change } from '../plan/plan.ts';
import { formatKey } from '../resource/resource.ts';
import { changeWords, countWords } from './change-text.ts';
import { code, text } from './markdown.ts';

export const glassLabel = 'pushgate-break-glass';

export interface GlassInput {
  readonly environment: string;
  readonly commit: string;
  readonly runUrl: string | undefined;
  readonly releases: readonly {
    readonly name: string;
    readonly changes: readonly Change[];
    readonly brokenGlass: BrokenGlass;
  }[];
}

/** Objects named in an issue; the run has them all. */
const mostNamed = 20;

export function glassIssue({ environment, commit, runUrl, releases }: GlassInput): {
  readonly title: string;
  readonly body: string;
} {
  const names = releases.map(({ name }) => name);
  const list = names.length > 3 ? `${names.length} releases` : names.join(', ');
  const parts = releases.map(({ name, changes, brokenGlass: { by, reason, instead, text: said } }) =>
    [
      `### ${text(name)}: ${text(countWords(changes))}`,
      `${code(by)} passed ${code(instead)}: **${text(reason)}**`,
      `What the gate had said: ${text(said)}.`,
      ...changes
        .slice(0, mostNamed)
        .map((change) => `- ${text(formatKey(change.key))}: ${text(changeWords(change, 3))}`),
      ...(changes.length > mostNamed ? [`- and ${changes.length - mostNamed} more`] : []),
    ].join('\n\n'),
  );
  const run = runUrl === undefined ? '' : ` · [run](${runUrl})`;
  return {
    title: `Applied to ${environment} past the gate: ${list}`,
    body: [
      `Somebody broke the glass: this was applied without what the rules of ${text(environment)} ask for.`,
      ...parts,
      'Close this when it has been looked at. The next merge request shows what differs from Git, if anything does.',
      `<sub>${code(commit.slice(0, 7))}${run}</sub>`,
    ].join('\n\n'),
  };
}
