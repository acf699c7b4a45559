/** `pushgate verify DIR…`: renders every chart with the user's own Helm and with ours, and says whether they agree. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { helmVersions, profileOf } from '../helm/index.ts';
import { counted } from '../plan/consequences/rule.ts';
import { Problem } from '../problem.ts';
import { type HelmFlag, parseHelmFlags } from './helm/helm-flags.ts';
import { type TemplatePlace, template } from './helm/template-core.ts';
import { compareRuns, type Run, type Verdict } from './helm/verify-compare.ts';
import type { Streams } from './template.ts';

/** One rendering to compare. */
interface Case {
  readonly chart: string;
  /** `defaults`, or the values file, or the flags. */
  readonly label: string;
  readonly flags: readonly string[];
}

interface Compared {
  readonly case: Case;
  readonly verdict: Verdict;
}

const verifyFlags = {
  helm: { kind: 'text' },
  with: { kind: 'list' },
  output: { kind: 'text', short: 'o' },
} as const satisfies Readonly<Record<string, HelmFlag>>;

/**
 * Runs the verb; exit status 0 when everything agrees, else 1. Options: `--helm PROGRAM`, `--with "FLAGS"` (repeatable:
 * one more rendering of each chart with these flags), `--output json`.
 */
export async function runVerify(argv: readonly string[], place: TemplatePlace, streams: Streams): Promise<number> {
  const flags = parseHelmFlags(argv, verifyFlags);
  const helm = flags.text('helm') ?? 'helm';
  const format = flags.text('output') ?? 'text';
  if (flags.positional.length === 0) throw usage('verify needs at least one folder', 'pushgate verify charts/');
  if (!['text', 'json'].includes(format)) throw usage(`--output ${format} is neither text nor json`);
  const version = await helmVersion(helm, place);
  const cases: Case[] = [];
  for (const folder of flags.positional) {
    for (const chart of await findCharts(resolve(place.directory, folder))) {
      cases.push(...(await casesOf(chart, flags.list('with'))));
    }
  }
  if (cases.length === 0) throw usage('no chart found', `no Chart.yaml below ${flags.positional.join(', ')}`);
  const compared = await compareAll(cases, { helm, version, place });
  const lines = format === 'json' ? jsonLines(compared, place) : report(compared, version, place);
  streams.out(`${lines.join('\n')}\n`);
  return compared.every(({ verdict }) => agrees(verdict)) ? 0 : 1;
}

function agrees(verdict: Verdict): boolean {
  return verdict.kind === 'same' || verdict.kind === 'same-but-random' || verdict.kind === 'both-fail';
}

/** Charts below a folder, packed ones too, without the subcharts inside them. */
async function findCharts(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    const message = `${folder} cannot be listed: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new Problem({ reason: 'source-missing', message, cause });
  });
  if (entries.some((entry) => entry.name === 'Chart.yaml')) return [folder];
  const charts: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isFile() && entry.name.endsWith('.tgz')) charts.push(join(folder, entry.name));
    if (!entry.isDirectory() || entry.name === '.git' || entry.name === 'node_modules') continue;
    charts.push(...(await findCharts(join(folder, entry.name))));
  }
  return charts;
}

async function casesOf(chart: string, extra: readonly string[]): Promise<Case[]> {
  const ci = await readdir(join(chart, 'ci')).catch(() => []);
  return [
    { chart, label: 'defaults', flags: [] },
    ...extra.map((flags) => ({ chart, label: flags, flags: flags.split(/\s+/).filter((flag) => flag !== '') })),
    ...ci
      .filter((file) => /\.ya?ml$/.test(file))
      .sort()
      .map((file) => ({ chart, label: `ci/${file}`, flags: ['--values', join(chart, 'ci', file)] })),
  ];
}

interface Setting {
  readonly helm: string;
  readonly version: string;
  readonly place: TemplatePlace;
}

async function compareAll(cases: readonly Case[], setting: Setting): Promise<Compared[]> {
  const compared = new Array<Compared>(cases.length);
  let next = 0;
  async function work(): Promise<void> {
    for (let index = next++; index < cases.length; index = next++) {
      const current = cases[index];
      if (current !== undefined) compared[index] = { case: current, verdict: await compareOne(current, setting) };
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return compared;
}

async function compareOne(current: Case, { helm, version, place }: Setting): Promise<Verdict> {
  const argv = ['verified', current.chart, ...current.flags];
  const runs = [runHelm(helm, ['template', ...argv], place), runHelm(helm, ['template', ...argv], place)] as const;
  const { stdout, stderr, exit } = await template([...argv, `--helm-version=${version}`], place);
  const ours: Run = { exit, stderr, stdout: Buffer.from(stdout).toString('latin1') };
  return compareRuns(await runs[0], await runs[1], ours);
}

async function runHelm(helm: string, args: readonly string[], place: TemplatePlace): Promise<Run> {
  return await new Promise((done, fail) => {
    const options = { cwd: place.directory, encoding: 'buffer', maxBuffer: 512 * 1024 * 1024 } as const;
    execFile(helm, [...args], options, (error, stdout, stderr) => {
      // A chart may write bytes that are no text; they are compared too.
      const run = { stdout: stdout.toString('latin1'), stderr: stderr.toString('utf8') };
      if (error === null) done({ exit: 0, ...run });
      else if (typeof error.code === 'number') done({ exit: error.code, ...run });
      else fail(missingTool(helm, error));
    });
  });
}

function missingTool(helm: string, cause: Error): Problem {
  return new Problem({
    reason: 'tool-missing',
    message: `${helm} cannot be run: ${cause.message}`,
    hint: 'verify compares with your own helm; name the program with --helm.',
    cause,
  });
}

async function helmVersion(helm: string, place: TemplatePlace): Promise<string> {
  const { stdout } = await runHelm(helm, ['version', '--template', '{{.Version}}'], place);
  const version = stdout.trim().replace(/\+.*$/, '');
  if (profileOf(version) !== undefined) return version;
  throw new Problem({
    reason: 'tool-missing',
    message: `${helm} is version ${version || 'unknown'}, whose behaviour is not in the table`,
    hint: `Known are ${helmVersions[0]} to ${helmVersions.at(-1)}.`,
  });
}

function report(compared: readonly Compared[], version: string, place: TemplatePlace): string[] {
  const lines: string[] = [];
  const groups = new Map<string, Compared[]>();
  for (const item of compared) {
    if (agrees(item.verdict)) continue;
    const group = groupOf(item.verdict);
    groups.set(group, [...(groups.get(group) ?? []), item]);
  }
  for (const [group, items] of [...groups].sort((a, b) => b[1].length - a[1].length)) {
    lines.push(`✖ ${group}: ${items.length}`);
    for (const item of items) {
      lines.push(`    ${nameOf(item.case, place)}`, ...detail(item.verdict).map((line) => `      ${line}`));
    }
  }
  const count = (kind: Verdict['kind']) => compared.filter(({ verdict }) => verdict.kind === kind).length;
  const agreeing = compared.filter(({ verdict }) => agrees(verdict)).length;
  lines.push(
    `${agreeing} of ${counted(compared.length, 'rendering')} of ${counted(new Set(compared.map((item) => item.case.chart)).size, 'chart')} ${compared.length === 1 ? 'agrees' : 'agree'} with helm ${version}: ` +
      `${count('same')} byte for byte, ${count('same-but-random')} but for what is random, ${count('both-fail')} fail in both`,
  );
  return lines;
}

function groupOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'only-helm-fails':
      return `only helm fails: ${verdict.cause}`;
    case 'only-ours-fails':
      return `only ours fails: ${verdict.cause}`;
    case 'differs':
      return `differs: ${verdict.cause}`;
    default:
      return verdict.kind;
  }
}

function detail(verdict: Verdict): string[] {
  if (verdict.kind === 'differs') return verdict.excerpt.split('\n').slice(0, 12);
  if (verdict.kind === 'only-helm-fails' || verdict.kind === 'only-ours-fails') {
    return verdict.message.split('\n').slice(0, 6);
  }
  return [];
}

function jsonLines(compared: readonly Compared[], place: TemplatePlace): string[] {
  return compared.map(({ case: { chart, label }, verdict }) =>
    JSON.stringify({ chart: relative(place.directory, chart), case: label, ...verdict }),
  );
}

function nameOf({ chart, label }: Case, place: TemplatePlace): string {
  return `${relative(place.directory, chart) || '.'} (${label})`;
}

function usage(message: string, hint?: string): Problem {
  return new Problem({ reason: 'usage', message, hint });
}
