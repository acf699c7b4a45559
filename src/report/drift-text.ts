/** Drift on a terminal or in a job log: what, where, who, and the three ways out. */
import type { DriftReport, Edit, FieldDrift, Finding, HandMade } from '../drift/drift.ts';
import { ruleText } from '../plan/noise.ts';
import { formatKey } from '../resource/resource.ts';
import { paint, printable, type Style } from './terminal.ts';

export const findingSign = { changed: '~', added: '+', deleted: '-', unreadable: '!' } as const;
const colours = { changed: 'yellow', added: 'cyan', deleted: 'red', unreadable: 'red' } as const;

export function driftText(report: DriftReport, options: { readonly style: Style }): string {
  const { style } = options;
  const lines = [`${paint(style, 'bold', report.environment)}  ${printable(report.target)}`];
  const wide = Math.max(0, ...[...report.findings, ...report.handMade].map(({ release }) => release.length));
  let release: string | undefined;
  for (const finding of report.findings) {
    const name = finding.release === release ? '' : finding.release;
    release = finding.release;
    const sign = paint(style, colours[finding.what], findingSign[finding.what]);
    lines.push(
      `  ${name.padEnd(wide)}  ${sign} ${printable(findingName(finding))}  ${printable(findingWords(finding))}`,
    );
    const indent = ' '.repeat(wide + 6);
    for (const field of finding.fields) lines.push(...fieldLines(field).map((line) => `${indent}${printable(line)}`));
    for (const edit of finding.edits.slice(0, mostEdits)) {
      lines.push(`${indent}${paint(style, 'grey', printable(editWords(edit)))}`);
    }
  }
  for (const added of report.handMade) {
    const indent = ' '.repeat(wide + 6);
    lines.push(
      `  ${printable(added.release).padEnd(wide)}  · ${printable(formatKey(added.key))}  added by hand, nobody renders it`,
      `${indent}${added.path === '' ? 'the whole object' : `${printable(added.path)}  ${printable(valueLine(added.live))}`}`,
      `${indent}${paint(style, 'grey', printable(handMadeWords(added)))}`,
    );
  }
  for (const rule of report.expired) {
    lines.push(
      `  ${paint(style, 'yellow', '!')} the rule that ignores ${printable(rule.path)} ended on ${rule.until ?? ''}: ${printable(rule.reason)}`,
    );
  }
  lines.push(summary(report), ...(report.findings.length === 0 ? [] : waysOut(report)), ...handMadeWay(report));
  return lines.join('\n');
}

const mostEdits = 3;

export function findingName({ key, where, release }: Finding): string {
  return key === undefined ? (where ?? release) : formatKey(key);
}

export function findingWords({ what, why, where, edits }: Finding): string {
  if (what === 'added') return `added by hand${where === undefined ? '' : ` in ${where}`}`;
  if (what === 'deleted') return 'deleted by hand';
  if (what === 'unreadable') return `cannot be read: ${why ?? ''}`;
  const [first] = edits;
  if (first === undefined || edits.some(({ controller }) => controller === undefined)) return 'changed by hand';
  return edits.length === 1 ? 'changed by a controller' : 'changed by controllers';
}

function fieldLines({ path, recorded, live }: FieldDrift): readonly string[] {
  const name = path === '' ? 'the whole object' : path;
  if ([recorded, live].every((value) => value === undefined || (value.length <= 60 && !value.includes('\n')))) {
    return [`${name}  ${recorded ?? '(not set)'} → ${live ?? '(not set)'}`];
  }
  const side = (mark: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : value.split('\n').map((line) => `  ${mark} ${line}`);
  return [`${name}:`, ...side('-', recorded), ...side('+', live)];
}

/** `Grace, 2026-11-20 17:03 UTC, commit 4f2c81e "Scale up"` */
export function editWords({ who, when, how }: Edit): string {
  return `${who}, ${timeWords(when)}, ${how}`;
}

export function timeWords(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.Z+-]*$/.test(iso)
    ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
    : 'at an unknown time';
}

/** `2 fields, 1 object added` */
export function driftWords({ findings }: DriftReport): string {
  const fields = findings.reduce((sum, finding) => sum + finding.fields.length, 0);
  const count = (what: Finding['what']): number => findings.filter((finding) => finding.what === what).length;
  const parts = [
    counted(fields, 'field'),
    ...(['added', 'deleted'] as const).map((what) => counted(count(what), 'object', what)),
    counted(count('unreadable'), 'file', 'unreadable'),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function counted(count: number, noun: string, what = ''): string {
  return count === 0 ? '' : `${count} ${noun}${count === 1 ? '' : 's'} ${what}`.trimEnd();
}

function summary(report: DriftReport): string {
  const ignored = report.ignored === 0 ? '' : `  ${counted(report.ignored, 'difference')} ignored by rule.`;
  if (report.findings.length === 0) return `No drift: what is there is what was applied.${ignored}`;
  const since = report.since === undefined ? '' : ` since ${timeWords(report.since)}`;
  return `Drift: ${driftWords(report)}${since}.${ignored}`;
}

function waysOut(report: DriftReport): readonly string[] {
  const releases = [...new Set(report.findings.map(({ release }) => release))];
  const rules = ignoreRules(report);
  return [
    `  put it back   pushgate heal ${releases.join(' ')} --environment ${report.environment}`,
    '  keep it       change the chart or its values in a merge request so that they render what is there',
    ...(rules.length === 0
      ? []
      : [
          `  never mind    ${printable(neverMind(report))}add to environments.${report.environment}.drift.ignore:`,
          ...rules.map((rule) => `      ${printable(rule)}`),
        ]),
  ];
}

/** `kubectl set, 2026-11-20 17:03 UTC` */
export function handMadeWords({ who, when }: HandMade): string {
  return `${who}, ${timeWords(when)}`;
}

function valueLine(value: string): string {
  const line = value.replace(/\s*\n\s*/g, ' ');
  return line.length <= 100 ? line : `${line.slice(0, 100)}…`;
}

/** What can be done about what is no drift. */
function handMadeWay({ handMade, environment }: DriftReport): readonly string[] {
  if (handMade.length === 0) return [];
  return [
    'What was added by hand stays: an apply touches only what is rendered. Render it, take it away where it was added, or',
    `  never mind    add to environments.${environment}.drift.ignore:`,
    ...handMade.slice(0, mostRules).map(({ rule }) => `      ${printable(ruleText(rule))}`),
  ];
}

const mostRules = 20;

/** What is known of the fields that the rules below are for. */
export function neverMind({ proposals }: DriftReport): string {
  if (proposals.length === 0) return '';
  return proposals.length === 1 ? 'a controller sets this field; ' : 'controllers set these fields; ';
}

/**
 * Rules to be pasted, as lines of YAML: those for what controllers set, complete; where there are none, one for the first
 * changed field, whose reason and day are for a person to fill in.
 */
export function ignoreRules({ findings, proposals }: DriftReport): readonly string[] {
  if (proposals.length > 0) return proposals.slice(0, mostRules).map(ruleText);
  const finding = findings.find(({ fields, key }) => fields.length > 0 && key !== undefined);
  const [field] = finding?.fields ?? [];
  if (finding?.key === undefined || field === undefined) return [];
  const { kind, name, namespace } = finding.key;
  const place = namespace === '' ? undefined : namespace;
  return [ruleText({ kind, namespace: place, name, path: field.path, reason: 'why', until: 'YYYY-MM-DD' })];
}
