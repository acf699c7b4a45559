/** The revisions of a release as a table, newest first. */
import { timeWords } from './drift-text.ts';
import { paint, printable, type Style } from './terminal.ts';

export interface HistoryRow {
  readonly revision: number;
  /** ISO time. */
  readonly time: string;
  /** The commit of the source. */
  readonly commit: string;
  /** Its subject, where the commit is known here. */
  readonly subject: string | undefined;
  /** Its author, where the commit is known here. */
  readonly author: string | undefined;
  readonly mergeRequests: readonly number[];
  /** Who let it past the gate, and why. */
  readonly breakGlass?: string | undefined;
  readonly objects: number;
  /** Against the revision before it; undefined where that one is no longer kept. */
  readonly changed: RevisionChange | undefined;
  /** What the branch of rendered manifests was moved to. */
  readonly into: string;
}

/** Objects as people write them: `Deployment shop/web`. */
export interface RevisionChange {
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly deleted: readonly string[];
}

export interface History {
  readonly schema: 'pushgate.dev/history/v1';
  readonly environment: string;
  readonly release: string;
  readonly hold: { readonly reason: string; readonly by: string; readonly time: string } | undefined;
  readonly revisions: readonly HistoryRow[];
}

export function historyText(history: History, { style }: { readonly style: Style }): string {
  const { release, environment, hold, revisions } = history;
  const lines = [paint(style, 'bold', `${printable(release)} in ${printable(environment)}`)];
  if (hold !== undefined) lines.push(paint(style, 'yellow', holdWords(hold)));
  if (revisions.length === 0) lines.push('Nothing was applied yet.');
  const cells = revisions.map((row, index) => [
    String(row.revision),
    timeWords(row.time),
    sourceWords(row),
    row.mergeRequests.map((number) => `!${number}`).join(' '),
    changeWords(row),
    index === 0 ? 'current' : '',
  ]);
  const rows = alignedRows(cells).flatMap((line, index) => [line, ...glassLine(revisions[index], style)]);
  return [...lines, ...rows].join('\n');
}

function glassLine(row: HistoryRow | undefined, style: Style): readonly string[] {
  if (row?.breakGlass === undefined) return [];
  const words = printable(`past the gate, by ${row.breakGlass.replace(/\s+/g, ' ')}`);
  return [`  ${' '.repeat(String(row.revision).length)}  ${paint(style, 'yellow', words)}`];
}

/** `~ Deployment shop/web, + ConfigMap shop/env`; how many objects there are where nothing older is left to compare. */
function changeWords({ objects, changed }: HistoryRow): string {
  if (changed === undefined) return `${objects} ${objects === 1 ? 'object' : 'objects'}`;
  const signed = [
    ...changed.deleted.map((name) => `- ${name}`),
    ...changed.updated.map((name) => `~ ${name}`),
    ...changed.created.map((name) => `+ ${name}`),
  ];
  if (signed.length === 0) return 'the same objects';
  const [first = '', second, ...others] = signed;
  if (second === undefined) return first;
  return others.length === 0 ? `${first}, ${second}` : `${first} and ${others.length + 1} more`;
}

/** `4f2c81e "Scale up" by Ada`; a revision that comes from no commit has its subject alone. */
function sourceWords({ commit, subject, author }: HistoryRow): string {
  if (commit === '') return subject ?? 'a local state';
  const by = author === undefined ? '' : ` by ${author}`;
  return `${commit.slice(0, 7)}${subject === undefined ? '' : ` "${shortened(subject)}"`}${by}`;
}

/** `on hold since 2026-11-20 16:41 UTC by ada: freeze until Monday` */
export function holdWords(hold: { readonly reason: string; readonly by: string; readonly time: string }): string {
  return printable(`on hold since ${timeWords(hold.time)} by ${hold.by}: ${hold.reason.replace(/\s+/g, ' ')}`);
}

const widest = 40;

function alignedRows(rows: readonly (readonly string[])[]): readonly string[] {
  const printed = rows.map((row) => row.map((cell) => printable(cell)));
  const widths = (printed[0] ?? []).map((_, column) => Math.max(...printed.map((row) => row[column]?.length ?? 0)));
  const filled = widths.flatMap((width, column) => (width === 0 ? [] : [column]));
  const line = (row: readonly string[]): string =>
    filled.map((column) => (row[column] ?? '').padEnd(widths[column] ?? 0)).join('  ');
  return printed.map((row) => `  ${line(row)}`.trimEnd());
}

function shortened(cell: string): string {
  return cell.length <= widest ? cell : `${cell.slice(0, widest - 1)}…`;
}
