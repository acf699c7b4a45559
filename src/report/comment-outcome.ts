/** What became of a merge request after it was merged, written into its one comment below the heading. */
import { countWords } from './change-text.ts';
import { code, text } from './markdown.ts';
import type { AppliedEnvironment, ReleaseOutcome } from './outcome.ts';
import { brokenWords } from './outcome.ts';

const lineMarker = (environment: string): string => `<!-- pushgate:outcome ${environment} -->`;

/**
 * The comment with one line for the environment: what was applied, what was refused and why. A later run of the same
 * environment replaces the line; everything else stays as it was shown.
 */
export function withOutcome(body: string, applied: AppliedEnvironment): string {
  const told = applied.releases.filter(({ kind }) => kind !== 'unchanged');
  if (told.length === 0) return body;
  const marker = lineMarker(applied.environment);
  const line = `> ${told.map((release) => words(applied.environment, release)).join('<br>')} ${marker}`;
  const lines = body.split('\n');
  const before = lines.findIndex((candidate) => candidate.endsWith(marker));
  if (before >= 0) return lines.with(before, line).join('\n');
  const [heading = '', ...rest] = lines;
  return [heading, '', line, ...rest].join('\n');
}

function words(environment: string, release: ReleaseOutcome): string {
  const where = `${text(release.name ?? 'every release')} in ${text(environment)}`;
  switch (release.kind) {
    case 'applied':
      return `✔ **Applied**${release.brokenGlass === undefined ? '' : ` **${text(brokenWords(release.brokenGlass))}**`}: ${where}, ${text(countWords(release.changes))}${release.into === undefined ? '' : ` (${code(release.into.slice(0, 7))})`}`;
    case 'refused':
      return `✖ **Not applied**: ${where}, ${code(release.refusal.reason)}. ${text(release.refusal.text)}. ${text(release.refusal.hint)}`;
    case 'failed':
      return `✖ **Failed**: ${where}, ${code(release.problem.reason)}. ${text(release.problem.message)}`;
    case 'unchanged':
      return '';
  }
}
