/** The table of a comment: one row for each change, or for many that say the same. */
import { riskOf } from '../plan/consequences.ts';
import type { Change, Plan } from '../plan/plan.ts';
import { formatKey } from '../resource/resource.ts';
import { actionWord, changeWords, consequencesOf, countWords, dangerous } from './change-text.ts';
import { text } from './markdown.ts';

/** As many rows of the same words become one. */
const mostAlike = 3;

const noticeSign = { info: '', warning: '⚠️', danger: '⛔' } as const;

interface Row {
  readonly release: string;
  readonly change: Change;
  readonly what: string;
  readonly meaning: string;
}

export interface TableOptions {
  /** The environments that the table is of, as Markdown. */
  readonly title: string;
  /** So many rows are shown; the rest is counted. */
  readonly mostRows: number;
}

/** Warnings, then the table; '' when there is neither. */
export function planTable(plan: Plan, options: TableOptions): string {
  const notices = plan.notices
    .filter(({ severity }) => severity !== 'info')
    .map((notice) => `> ${noticeSign[notice.severity]} ${text(notice.text)}`)
    .join('\n');
  const rows = plan.releases
    .flatMap(({ name, changes }) => changes.map((change) => rowOf(plan, name, change)))
    .sort((a, b) => riskOf(a.change) - riskOf(b.change));
  return [notices, ...(rows.length === 0 ? [] : [tableOf(folded(rows), options)])]
    .filter((part) => part !== '')
    .join('\n\n');
}

function rowOf(plan: Plan, release: string, change: Change): Row {
  return { release, change, what: whatCell(plan, change), meaning: meaningCell(change) };
}

function tableOf(groups: readonly (readonly Row[])[], { title, mostRows }: TableOptions): string {
  const rest = groups.slice(mostRows);
  return [
    `| ${title} | what changes | what it means |`,
    '|---|---|---|',
    ...groups.slice(0, mostRows).map(line),
    ...(rest.length === 0
      ? []
      : [
          `| … ${rest.length} more rows | ${text(countWords(rest.flat().map(({ change }) => change)))} | in the full report |`,
        ]),
  ].join('\n');
}

/** Rows of one kind that say the same, in the order of their first. New and deleted objects fold within a release. */
function folded(rows: readonly Row[]): readonly (readonly Row[])[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const { action, key } = row.change;
    const scope = action === 'update' || action === 'adopt' ? '' : row.release;
    const words = JSON.stringify([action, key.kind, row.what, row.meaning, scope]);
    groups.set(words, [...(groups.get(words) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) => (group.length > mostAlike ? [group] : group.map((row) => [row])));
}

function line(group: readonly Row[]): string {
  const [first] = group;
  if (first === undefined) return '';
  return `| ${nameCell(first, group)} | ${first.what} | ${first.meaning} |`;
}

function nameCell(first: Row, group: readonly Row[]): string {
  if (group.length === 1) return `${text(first.release)} · ${text(formatKey(first.change.key))}`;
  const releases = new Set(group.map(({ release }) => release));
  const where = releases.size === 1 ? text(first.release) : `${releases.size} releases`;
  return `${where} · ${group.length} × ${text(first.change.key.kind)}`;
}

/** Outside a merge request everything waits to be applied, so there it is not said of each. */
function whatCell(plan: Plan, change: Change): string {
  const words = text(changeWords(change, 3));
  const isHeavy = change.action === 'delete' || change.action === 'replace';
  const cell = isHeavy ? `**${words === '' ? actionWord[change.action] : words}**` : words;
  const waits =
    plan.commit.head !== undefined && !change.causes.includes('merge-request') && change.causes.includes('waiting');
  return waits ? `${cell} <sub>merged before, not yet applied</sub>` : cell;
}

function meaningCell(change: Change): string {
  return consequencesOf(change)
    .map(({ kind, text: words }) => (dangerous.has(kind) ? `**${text(words)}**` : text(words)))
    .join('; ');
}
