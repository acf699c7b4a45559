/** What an apply did, release by release, in the words of log, summary and comment. */
import type { Refusal } from '../gate/gate.ts';
import type { Change } from '../plan/plan.ts';
import type { Problem } from '../problem.ts';
import { formatProblem } from '../problem.ts';
import { formatKey } from '../resource/resource.ts';
import { actionSign, changeWords, countWords } from './change-text.ts';
import type { Style } from './terminal.ts';
import { paint, printable } from './terminal.ts';

export type ReleaseOutcome =
  | {
      readonly kind: 'applied';
      readonly name: string;
      readonly changes: readonly Change[];
      /** The commit on the branch of rendered manifests; undefined for a cluster. */
      readonly into: string | undefined;
      readonly mergeRequests: readonly number[];
    }
  | { readonly kind: 'unchanged'; readonly name: string }
  | { readonly kind: 'refused'; readonly name: string; readonly refusal: Refusal }
  | { readonly kind: 'failed'; readonly name: string; readonly problem: Problem };

export interface AppliedEnvironment {
  readonly environment: string;
  readonly target: string;
  readonly releases: readonly ReleaseOutcome[];
}

/** The outcome for a terminal or log; every refusal says what stands in the way and what to do next. */
export function outcomeText(applied: AppliedEnvironment, { style }: { readonly style: Style }): string {
  const lines = [`${paint(style, 'bold', applied.environment)}  ${printable(applied.target)}`];
  const unchanged = applied.releases.filter(({ kind }) => kind === 'unchanged');
  for (const release of applied.releases) lines.push(...releaseLines(release, applied.environment, style));
  if (unchanged.length > 0)
    lines.push(
      paint(
        style,
        'grey',
        `  = ${unchanged.length} ${unchanged.length === 1 ? 'release agrees' : 'releases agree'} with Git`,
      ),
    );
  return lines.join('\n');
}

function releaseLines(release: ReleaseOutcome, environment: string, style: Style): string[] {
  switch (release.kind) {
    case 'unchanged':
      return [];
    case 'applied': {
      const by =
        release.mergeRequests.length === 0
          ? ''
          : `, shown in ${release.mergeRequests.map((number) => `!${number}`).join(' and ')}`;
      const into = release.into === undefined ? '' : `, commit ${release.into.slice(0, 7)}`;
      return [
        `  ${paint(style, 'green', '✔')} ${release.name}: ${countWords(release.changes)}${by}${into}`,
        ...release.changes.map((change) => changeLine(change)),
      ];
    }
    case 'refused':
      return refusalLines(release.name, release.refusal, environment, style);
    case 'failed':
      return [
        `  ${paint(style, 'red', '✖')} ${release.name} in ${environment} was not applied`,
        ...formatProblem(release.problem)
          .split('\n')
          .map((line) => `    ${printable(line)}`),
      ];
  }
}

function changeLine(change: Change): string {
  return `      ${actionSign[change.action]} ${printable(formatKey(change.key))}  ${printable(changeWords(change, 3))}`;
}

function refusalLines(name: string, refusal: Refusal, environment: string, style: Style): string[] {
  return [
    `  ${paint(style, 'red', '✖')} ${name} in ${environment} was not applied: ${refusal.reason}`,
    `      ${printable(refusal.text)}`,
    ...refusal.changes.slice(0, 10).map(changeLine),
    ...(refusal.changes.length > 10 ? [`      … and ${refusal.changes.length - 10} more`] : []),
    `      Nothing of ${name} was written. ${printable(refusal.hint)}`,
  ];
}
