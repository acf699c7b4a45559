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
  readonly mergeRequests: readonly number[];
  readonly objects: number;
  /** What the branch of rendered manifests was moved to. */
  readonly into: string;
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
    `${row.objects} ${row.objects === 1 ? 'object' : 'objects'}`,
    index === 0 ? 'current' : '',
  ]);
  return [...lines, ...alignedRows(cells)].join('\n');
}

/** `4f2c81e "Scale up"`; a revision that comes from no commit has its subject alone. */
function sourceWords({ commit, subject }: HistoryRow): string {
  if (commit === '') return subject ?? 'a local state';
  return `${commit.slice(0, 7)}${subject === undefined ? '' : ` "${subject}"`}`;
}

/** `on hold since 2026-11-20 16:41 UTC by ada: freeze until Monday` */
export function holdWords(hold: { readonly reason: string; readonly by: string; readonly time: string }): string {
  return printable(`on hold since ${timeWords(hold.time)} by ${hold.by}: ${hold.reason.replace(/\s+/g, ' ')}`);
}

const widest = 60;

function alignedRows(rows: readonly (readonly string[])[]): readonly string[] {
  const printed = rows.map((row) => row.map((cell) => shortened(printable(cell))));
  const widths = (printed[0] ?? []).map((_, column) => Math.max(...printed.map((row) => row[column]?.length ?? 0)));
  const filled = widths.flatMap((width, column) => (width === 0 ? [] : [column]));
  const line = (row: readonly string[]): string =>
    filled.map((column) => (row[column] ?? '').padEnd(widths[column] ?? 0)).join('  ');
  return printed.map((row) => `  ${line(row)}`.trimEnd());
}

function shortened(cell: string): string {
  return cell.length <= widest ? cell : `${cell.slice(0, widest - 1)}…`;
}
