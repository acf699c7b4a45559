/** The plan and its outcome on a terminal or in a job log. */
import { shortDigest } from '../plan/digest.ts';
import type { Change, Plan, PlannedRelease } from '../plan/plan.ts';
import { formatKey } from '../resource/resource.ts';
import {
  actionSign,
  asItHappened,
  changesOf,
  changeWords,
  consequencesOf,
  countWords,
  diffOf,
  driftOf,
} from './change-text.ts';

/** `plain` where colours are off: no terminal, NO_COLOR, or a log. */
export type Style = 'colour' | 'plain';

const colours = { red: 31, green: 32, yellow: 33, cyan: 36, grey: 90, bold: 1 } as const;

/** Wraps a text in a colour where the style has colours. */
export function paint(style: Style, colour: keyof typeof colours, value: string): string {
  return style === 'plain' ? value : `\u001b[${colours[colour]}m${value}\u001b[0m`;
}

/** Text from charts, clusters and people without what a terminal or a runner acts on, or what hides or reorders text. */
export function printable(value: string): string {
  return value.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

const actionColour = {
  create: 'green',
  update: 'yellow',
  replace: 'red',
  delete: 'red',
  adopt: 'cyan',
  keep: 'grey',
  run: 'cyan',
  unchanged: 'grey',
} as const;

/** One environment's plan; with `lines`, every difference below its object. */
export function planText(plan: Plan, options: { readonly style: Style; readonly detail: 'summary' | 'lines' }): string {
  const { style } = options;
  const lines = [`${paint(style, 'bold', plan.environment)}  ${printable(plan.target)}`];
  for (const { severity, text } of plan.notices)
    lines.push(`  ${severity === 'info' ? paint(style, 'grey', '·') : paint(style, 'yellow', '!')} ${printable(text)}`);
  const wide = Math.max(0, ...plan.releases.map(({ name }) => name.length));
  for (const release of plan.releases) lines.push(...releaseLines(release, wide, options));
  lines.push(summary(plan));
  return lines.join('\n');
}

function summary(plan: Plan): string {
  const changing = plan.releases.filter(({ changes }) => changes.length > 0).length;
  const leftOut = plan.notices.filter((notice) => notice.leftOut !== undefined).length;
  const out = leftOut === 0 ? '' : ` ${leftOut} left out.`;
  const count = plan.releases.length + leftOut;
  if (changing > 0)
    return `${countWords(changesOf(plan))} in ${changing} of ${count} ${count === 1 ? 'release' : 'releases'}.${out}  plan ${shortDigest(plan.digest)}`;
  const drifted = driftOf(plan).length;
  if (drifted > 0)
    return `Nothing to apply, but ${drifted} ${drifted === 1 ? 'object' : 'objects'} drifted: pushgate drift says more, pushgate heal puts back.${out}`;
  if (count === 0) return 'Nothing to apply: there is no release to look at.';
  const agreeing = plan.releases.length;
  return `Nothing to apply: ${agreeing} ${agreeing === 1 ? 'release agrees' : 'releases agree'} with Git.${out}`;
}

function releaseLines(
  release: PlannedRelease,
  wide: number,
  { style, detail }: { readonly style: Style; readonly detail: 'summary' | 'lines' },
): string[] {
  const names = [...release.changes, ...release.drifted].map(({ key }) => formatKey(key).length);
  const column = Math.min(60, Math.max(0, ...names));
  const rows = release.changes.flatMap((change) =>
    changeLines(change, column, { style, detail, sign: actionSign[change.action] }),
  );
  for (const change of release.drifted.map(asItHappened))
    rows.push(...changeLines(change, column, { style, detail, sign: '?' }));
  if (release.untouched > 0 || rows.length === 0)
    rows.push(
      paint(style, 'grey', `= ${release.untouched} ${release.untouched === 1 ? 'object' : 'objects'} untouched`),
    );
  for (const blocker of release.blocked)
    rows.push(
      `${paint(style, 'red', '✖')} ${blocker.reason}: ${printable(blocker.text)}`,
      `  ${printable(blocker.hint)}`,
    );
  return rows.map((row, index) => `  ${(index === 0 ? release.name : '').padEnd(wide)}  ${row}`);
}

function changeLines(
  change: Change,
  column: number,
  { style, detail, sign }: { readonly style: Style; readonly detail: 'summary' | 'lines'; readonly sign: string },
): string[] {
  const drift = sign === '?' ? 'drift: ' : '';
  const means = consequencesOf(change)
    .map(({ text }) => text)
    .join('; ');
  const head = `${paint(style, sign === '?' ? 'cyan' : actionColour[change.action], sign)} ${printable(formatKey(change.key)).padEnd(column)}  ${drift}${printable(changeWords(change, 3))}`;
  const lines = [means === '' || sign === '?' ? head : `${head}   ${paint(style, 'grey', printable(means))}`];
  if (detail === 'lines')
    for (const line of diffOf(change)) {
      const colour = line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : 'grey';
      lines.push(`    ${paint(style, colour, printable(line))}`);
    }
  return lines;
}
