/** The issue that says what drifted: one per environment, updated only when what it says changes. */
import type { DriftReport, Finding } from '../drift/drift.ts';
import { ruleText } from '../plan/noise.ts';
import { formatKey } from '../resource/resource.ts';
import { driftWords, editWords, findingName, handMadeWords, ignoreRules, neverMind, timeWords } from './drift-text.ts';
import { code, fence, text } from './markdown.ts';

export const driftLabel = 'pushgate-drift';

export interface DriftIssue {
  readonly title: string;
  readonly body: string;
}

const markerStart = '<!-- pushgate:drift:v1 ';

/** The issue of an environment is found by this text in an issue that our own account wrote. */
function driftMarker(environment: string): string {
  return `${markerStart}${encodeURIComponent(environment)} `;
}

/** The digest of the drift that an issue shows; undefined where it is no issue of ours. */
export function driftDigestOf(body: string, environment: string): string | undefined {
  const start = body.lastIndexOf(driftMarker(environment));
  if (start < 0) return undefined;
  return /^[\w-]+/.exec(body.slice(start + driftMarker(environment).length))?.[0];
}

/** `limit` is the longest body the forge takes, in UTF-16 units; rows that do not fit are counted, never cut. */
export function driftIssue(report: DriftReport, { limit }: { readonly limit: number }): DriftIssue {
  const since = report.since === undefined ? '' : `, since ${timeWords(report.since)}`;
  const head = [
    `${text(report.environment)} (${text(report.target)}) is not as it was applied.`,
    '',
    '| object | field | in Git and applied | there now | who, when, how |',
    '|---|---|---|---|---|',
  ].join('\n');
  const tail = [
    '',
    ...expiredLines(report),
    ...handMadeLines(report),
    waysOut(report),
    '',
    `${driftMarker(report.environment)}${report.digest} -->`,
  ].join('\n');
  const rows = report.findings.flatMap(rowsOf);
  const kept: string[] = [];
  let room = limit - head.length - tail.length - 200;
  for (const row of rows) {
    if (row.length + 1 > room) break;
    room -= row.length + 1;
    kept.push(row);
  }
  const more = rows.length - kept.length;
  const rest = more === 0 ? [] : [`| … and ${more} more | in the job's log | | | |`];
  const where = `Drift in ${plainLine(report.environment)}: ${driftWords(report)}${since}`;
  return { title: where, body: [head, ...kept, ...rest, tail].join('\n') };
}

/** The same for a job summary, where there may be nothing to say. */
export function driftMarkdown(report: DriftReport): string {
  if (report.findings.length > 0) return driftIssue(report, { limit: Number.POSITIVE_INFINITY }).body;
  const calm = `${text(report.environment)} (${text(report.target)}): no drift, what is there is what was applied.`;
  return [calm, ...handMadeLines(report)].join('\n');
}

function plainLine(name: string): string {
  return name.replace(/[^\w .:/-]/g, '?');
}

const longestCell = 300;

function rowsOf(finding: Finding): readonly string[] {
  const name = `${text(finding.release)} · ${text(findingName(finding))}`;
  const [latest] = finding.edits;
  const who = latest === undefined ? 'not known' : text(editWords(latest));
  if (finding.what === 'added') return [`| ${name} | whole object | not there | **added** | ${who} |`];
  if (finding.what === 'deleted') return [`| ${name} | whole object | there | **deleted** | ${who} |`];
  if (finding.what === 'unreadable')
    return [`| ${name} | whole file | an object | ${text(finding.why ?? '')} | ${who} |`];
  return finding.fields.map(
    ({ path, recorded, live }) => `| ${name} | ${code(path)} | ${cell(recorded)} | ${cell(live)} | ${who} |`,
  );
}

function cell(value: string | undefined): string {
  if (value === undefined) return 'not set';
  return value.length <= longestCell ? code(value) : `${value.length} characters, see the job's log`;
}

const mostHandMade = 10;

/** What is no drift and yet nobody's rendering; without values, for which there is no room. */
function handMadeLines({ handMade, environment }: DriftReport): readonly string[] {
  if (handMade.length === 0) return [];
  const shown = handMade.slice(0, mostHandMade);
  const more = handMade.length - shown.length;
  return [
    '',
    'Added by hand, rendered by nobody, and left there by an apply:',
    '',
    ...shown.map((added) => {
      const path = added.path.length <= longestCell ? code(added.path) : `${added.path.length} characters of a path`;
      const place = added.path === '' ? 'the whole object' : path;
      return `- ${text(formatKey(added.key))}: ${place} (${text(handMadeWords(added))})`;
    }),
    ...(more === 0 ? [] : [`- … and ${more} more`]),
    '',
    `Render it, take it away there, or add to ${code(`environments.${environment}.drift.ignore`)}:`,
    fence(
      shown.map(({ rule }) => ` ${ruleText(rule)}`),
      'yaml',
    ),
    '',
  ];
}

function expiredLines({ expired }: DriftReport): readonly string[] {
  return expired.flatMap(({ path, until, reason }) => [
    `⚠️ The rule that ignores ${code(path)} (${text(reason)}) ended on ${text(until ?? '')}.`,
    '',
  ]);
}

function waysOut(report: DriftReport): string {
  const releases = [...new Set(report.findings.map(({ release }) => release))];
  const heal = releases.slice(0, 5).map((name) => code(`pushgate heal ${name} --environment ${report.environment}`));
  const rules = ignoreRules(report);
  const lines = [
    `**Put it back**: ${heal.join(', ')}.`,
    '**Keep it**: change the chart or its values in a merge request so that they render what is there.',
    ...(rules.length === 0
      ? []
      : [
          `**Never mind**: ${text(neverMind(report))}rules in ${code('pushgate.yaml')}, under ${code(`environments.${report.environment}.drift.ignore`)}, for instance:`,
          fence(
            rules.map((line) => ` ${line}`),
            'yaml',
          ),
        ]),
    'This issue closes itself when the two agree.',
  ];
  return lines.join('\n\n');
}
