/** What is applied where, release by release, and the objects of each as a tree. */
import type { DriftReport } from '../drift/drift.ts';
import type { Health } from '../resource/health/health.ts';
import { formatKey, keyId, type ResourceKey } from '../resource/resource.ts';
import { holdWords } from './history-text.ts';
import { paint, printable, type Style } from './terminal.ts';

export interface ReleaseStatus {
  readonly name: string;
  /** undefined: configured, and never applied. */
  readonly applied: AppliedRevision | undefined;
  readonly hold: { readonly reason: string; readonly by: string; readonly time: string } | undefined;
  readonly objects: readonly StatusNode[];
}

/** An object and what it made in turn. */
export interface StatusNode {
  readonly key: ResourceKey;
  /** undefined where nothing runs: in Git. */
  readonly health: Health | undefined;
  readonly children: readonly StatusNode[];
}

export interface AppliedRevision {
  readonly revision: number;
  readonly commit: string;
  /** Subject and author, where the commit is known here. */
  readonly subject: string | undefined;
  readonly author: string | undefined;
  /** A later commit that left it as it is; undefined where there is none. */
  readonly upTo?: string | undefined;
  /** The commit of a later run that did not come through, '' for a local state; undefined where none was cut off. */
  readonly unfinished?: string | undefined;
  readonly mergeRequests: readonly number[];
  /** ISO time. */
  readonly time: string;
}

export interface EnvironmentStatus {
  readonly schema: 'pushgate.dev/status/v1';
  readonly environment: string;
  readonly target: string;
  readonly releases: readonly ReleaseStatus[];
  readonly drift: DriftReport;
}

export function statusText(
  status: EnvironmentStatus,
  options: { readonly style: Style; readonly detail: 'summary' | 'tree'; readonly now: Date },
): string {
  const { style } = options;
  const lines = [`${paint(style, 'bold', status.environment)}  ${printable(status.target)}`];
  const wide = Math.max(0, ...status.releases.map(({ name }) => name.length));
  for (const release of status.releases) {
    const words = `${appliedWords(release, options.now)}  ${stateWords(release, status, style)}`;
    lines.push(`  ${release.name.padEnd(wide)}  ${words}`.trimEnd());
    const { unfinished } = release.applied ?? {};
    if (unfinished !== undefined)
      lines.push(`  ${' '.repeat(wide)}  ${paint(style, 'yellow', unfinishedWords(unfinished))}`);
    if (release.hold !== undefined)
      lines.push(`  ${' '.repeat(wide)}  ${paint(style, 'yellow', holdWords(release.hold))}`);
    if (options.detail === 'tree') lines.push(...tree(release, status.drift, style));
  }
  if (status.releases.length === 0) lines.push('  Nothing is configured or applied here.');
  return lines.join('\n');
}

function appliedWords({ applied }: ReleaseStatus, now: Date): string {
  if (applied === undefined) return 'never applied';
  const { revision, commit, subject, author, mergeRequests, time, upTo } = applied;
  if (revision === 0 && applied.unfinished !== undefined) return 'never applied whole';
  const what = subject === undefined ? commit.slice(0, 7) : `${commit.slice(0, 7)} "${subject}"`;
  const by = author === undefined ? '' : ` by ${author}`;
  const shown = mergeRequests.length === 0 ? '' : ` (${mergeRequests.map((number) => `!${number}`).join(', ')})`;
  const same = upTo === undefined ? '' : `, the same at ${upTo.slice(0, 7)}`;
  return printable(`revision ${revision}, ${what}${by}${shown}, applied ${ago(time, now)}${same}`);
}

function unfinishedWords(commit: string): string {
  return `the run for ${commit === '' ? 'a local state' : commit.slice(0, 7)} did not come through: pushgate plan shows what is left`;
}

function stateWords(release: ReleaseStatus, { drift }: EnvironmentStatus, style: Style): string {
  if (release.applied === undefined) return '';
  const count = drift.findings.filter((finding) => finding.release === release.name).length;
  const synced =
    count === 0
      ? paint(style, 'green', 'as applied')
      : paint(style, 'red', `${count} ${count === 1 ? 'object' : 'objects'} drifted`);
  const health = healthWords(release.objects);
  return health === undefined ? synced : `${synced}, ${paint(style, healthColour(health.state), health.words)}`;
}

const worst: readonly Health['state'][] = ['failed', 'progressing', 'suspended'];

/** How a release is as a whole, with the first object that says why; undefined where nothing runs. */
function healthWords(
  objects: readonly StatusNode[],
): { readonly state: Health['state']; readonly words: string } | undefined {
  const judged = objects.flatMap(({ key, health }) => (health === undefined ? [] : [{ key, health }]));
  if (judged.length === 0) return undefined;
  for (const state of worst) {
    const [first, ...others] = judged.filter(({ health }) => health.state === state);
    if (first === undefined) continue;
    const why = first.health.message === '' ? '' : ` ${first.health.message}`;
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    return { state, words: printable(`${state}: ${formatKey(first.key)}${why}${more}`) };
  }
  return { state: 'ready', words: 'healthy' };
}

function tree({ name, objects }: ReleaseStatus, drift: DriftReport, style: Style): readonly string[] {
  const findings = drift.findings.filter(({ release }) => release === name);
  const drifted = new Map(
    findings.flatMap(({ key, what }) => (key === undefined ? [] : [[keyId(key), what] as const])),
  );
  const strays = findings.flatMap(({ key, what }) => (key !== undefined && what === 'added' ? [key] : []));
  const nodes = [...objects, ...strays.map((key) => ({ key, health: undefined, children: [] }))];
  return branches(nodes, { drifted, style, indent: '  ' });
}

interface Branching {
  readonly drifted: ReadonlyMap<string, string>;
  readonly style: Style;
  readonly indent: string;
}

function branches(nodes: readonly StatusNode[], branching: Branching): readonly string[] {
  const { drifted, style, indent } = branching;
  const sorted = [...nodes].sort((a, b) => (keyId(a.key) < keyId(b.key) ? -1 : 1));
  return sorted.flatMap(({ key, health, children }, index) => {
    const isLast = index === sorted.length - 1;
    const what = drifted.get(keyId(key));
    const state = health === undefined ? '' : `  ${paint(style, healthColour(health.state), health.state)}`;
    const text = health === undefined || health.message === '' ? '' : `  ${printable(health.message)}`;
    const mark = what === undefined ? '' : `  ${paint(style, 'red', `${what} by hand`)}`;
    const line = `${indent}${isLast ? '└─' : '├─'} ${printable(formatKey(key))}${state}${text}${mark}`;
    return [line, ...branches(children, { ...branching, indent: `${indent}${isLast ? '   ' : '│  '}` })];
  });
}

function healthColour(state: Health['state']): 'green' | 'yellow' | 'red' {
  if (state === 'ready') return 'green';
  return state === 'progressing' ? 'yellow' : 'red';
}

const units: readonly (readonly [name: string, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** `2 hours ago`; times that are not yet (another machine's clock) are `just now`. */
export function ago(iso: string, now: Date): string {
  const seconds = (now.getTime() - Date.parse(iso)) / 1000;
  for (const [name, length] of units) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'} ago`;
  }
  return Number.isNaN(seconds) ? 'at an unknown time' : 'just now';
}
