/** What an apply did, release by release, in the words of log, summary and comment. */
import type { BrokenGlass, Refusal } from '../gate/decision.ts';
import type { Change } from '../plan/plan.ts';
import type { Problem } from '../problem.ts';
import { formatProblem } from '../problem.ts';
import { formatKey } from '../resource/resource.ts';
import { actionSign, changeWords, countWords } from './change-text.ts';
import { code, text } from './markdown.ts';
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
      /** It was let past the gate. */
      readonly brokenGlass?: BrokenGlass;
    }
  | { readonly kind: 'unchanged'; readonly name: string; readonly drifted: number }
  | { readonly kind: 'refused'; readonly name: string; readonly refusal: Refusal }
  /** Without a name the environment failed as a whole. */
  | { readonly kind: 'failed'; readonly name: string | undefined; readonly problem: Problem };

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
        `  = ${unchanged.length} ${unchanged.length === 1 ? 'release agrees' : 'releases agree'} with Git${driftWords(applied)}`,
      ),
    );
  return lines.join('\n');
}

/** An apply leaves drift alone, and says so rather than that all is well. */
function driftWords({ environment, releases }: AppliedEnvironment): string {
  const drifted = releases.reduce((sum, release) => sum + (release.kind === 'unchanged' ? release.drifted : 0), 0);
  if (drifted === 0) return '';
  return `, but ${drifted} ${drifted === 1 ? 'object was' : 'objects were'} changed there by hand: pushgate drift --environment ${environment}`;
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
        ...(release.brokenGlass === undefined ? [] : [`      ${printable(brokenWords(release.brokenGlass))}`]),
        ...release.changes.map((change) => changeLine(change)),
      ];
    }
    case 'refused':
      return refusalLines(release.name, release.refusal, environment, style);
    case 'failed':
      return [
        `  ${paint(style, 'red', '✖')} ${release.name === undefined ? `nothing in ${environment} was applied` : `${release.name} in ${environment} was not applied`}`,
        ...formatProblem(release.problem)
          .split('\n')
          .map((line) => `    ${printable(line)}`),
      ];
  }
}

/** Whoever reads of such an apply reads this first. */
export function brokenWords({ by, instead, reason }: BrokenGlass): string {
  return `‼ past the gate, by ${by} instead of ${instead}: ${reason}`;
}

function changeLine(change: Change): string {
  const takesBack =
    change.causes.length > 1 && change.causes.includes('drift') ? '   takes back what was changed by hand' : '';
  return `      ${actionSign[change.action]} ${printable(formatKey(change.key))}  ${printable(changeWords(change, 3))}${takesBack}`;
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

/** The outcome for a job summary: a table of releases, and each refusal with its changes. */
export function outcomeMarkdown(applied: readonly AppliedEnvironment[]): string {
  return applied.map(environmentMarkdown).join('\n\n');
}

function environmentMarkdown({ environment, target, releases }: AppliedEnvironment): string {
  const told = releases.filter(({ kind }) => kind !== 'unchanged');
  const rows = told.map(
    (release) => `| ${text(release.name ?? 'every release')} | ${resultCell(release)} | ${nextCell(release)} |`,
  );
  const unchanged = releases.length - told.length;
  return [
    `## Pushgate: ${text(environment)}`,
    `<sub>${text(target)}</sub>`,
    ...(rows.length === 0 ? [] : [['| release | result | |', '|---|---|---|', ...rows].join('\n')]),
    ...(unchanged === 0 ? [] : [`${unchanged} ${unchanged === 1 ? 'release agrees' : 'releases agree'} with Git.`]),
  ].join('\n\n');
}

function resultCell(release: ReleaseOutcome): string {
  if (release.kind === 'applied') return `✔ ${text(countWords(release.changes))}`;
  if (release.kind === 'refused') return `✖ not applied: ${code(release.refusal.reason)}`;
  return release.kind === 'failed' ? `✖ failed: ${code(release.problem.reason)}` : 'unchanged';
}

function nextCell(release: ReleaseOutcome): string {
  if (release.kind === 'refused') return `${text(release.refusal.text)}. ${text(release.refusal.hint)}`;
  if (release.kind === 'failed') {
    const { message, hint = '', more } = release.problem;
    return `${text(message)}. ${text(hint)}${more.length === 0 ? '' : ` And ${more.length} more, in the log.`}`;
  }
  if (release.kind !== 'applied') return '';
  const changes = release.changes.slice(0, 5).map((change) => `${formatKey(change.key)}: ${changeWords(change, 2)}`);
  const broken = release.brokenGlass === undefined ? '' : `**${text(brokenWords(release.brokenGlass))}** `;
  return `${broken}${text(changes.join('; '))}`;
}

/** The outcome for other programs. */
export function outcomeJson(applied: readonly AppliedEnvironment[]): string {
  const releaseOf = (release: ReleaseOutcome): object => {
    if (release.kind === 'applied') return { ...release, into: release.into ?? null };
    if (release.kind === 'failed')
      return {
        kind: release.kind,
        name: release.name ?? null,
        reason: release.problem.reason,
        message: release.problem.message,
      };
    return release;
  };
  const environments = applied.map(({ environment, target, releases }) => ({
    environment,
    target,
    releases: releases.map(releaseOf),
  }));
  return JSON.stringify({ schema: 'pushgate.dev/outcome/v1', environments }, undefined, 2);
}
