/**
 * `npm run bench:render -- FOLDER… [--helm PROGRAM] [--count 100] [--runs 5] [--entry dist/cli.js]`: the charts below the
 * folders rendered by us and by helm, alternately in one run. Prints what the engine aims at and what it reaches: least
 * and median time, processor time, memory, and ratios. Trust the ratios, not the seconds; on a busy machine those of the
 * processor time.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type ChartSource, HelmError, type RenderRequest, renderChart } from '../src/helm/index.ts';
import { readFolder } from '../src/source/folder.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    helm: { type: 'string', default: 'helm' },
    count: { type: 'string', default: '100' },
    runs: { type: 'string', default: '5' },
    entry: { type: 'string', default: 'dist/cli.js' },
  },
});
const entry = resolve(values.entry);
const runs = Number(values.runs);
const folder = mkdtempSync(join(tmpdir(), 'pushgate-bench-'));
/** GNU time knows what a process and its threads took; without it only the clock is read. */
const time = '/usr/bin/time';

interface Measured {
  readonly seconds: number;
  /** Of the processor; undefined where nothing measures it. */
  readonly processor: number | undefined;
  /** MB at most. */
  readonly memory: number | undefined;
  readonly bytes: number;
}

function measure(program: string, args: readonly string[]): Measured | undefined {
  const report = join(folder, 'time');
  const [command, ...words] = existsSync(time)
    ? [time, '-f', '%U %S %M', '-o', report, program, ...args]
    : [program, ...args];
  const start = process.hrtime.bigint();
  const { status, stdout, error } = spawnSync(command ?? program, words, { maxBuffer: 2 ** 30 });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (error !== undefined) throw error;
  if (status !== 0) return undefined;
  const [user, system, kilobytes] = existsSync(report)
    ? readFileSync(report, 'utf8').trim().split(' ').map(Number)
    : [];
  return {
    seconds,
    processor: user === undefined || system === undefined ? undefined : user + system,
    memory: kilobytes === undefined ? undefined : kilobytes / 1024,
    bytes: stdout.length,
  };
}

function ours(...args: readonly string[]): Measured {
  const measured = measure(process.execPath, [entry, 'template', ...args]);
  if (measured === undefined) throw new Error(`what helm renders failed here: ${args.join(' ')}`);
  return measured;
}

function helm(chart: string): Measured | undefined {
  return measure(values.helm, ['template', 'rel', chart]);
}

function chartsBelow(place: string): string[] {
  const entries = readdirSync(place, { withFileTypes: true });
  if (entries.some(({ name }) => name === 'Chart.yaml')) return [place];
  return entries.filter((item) => item.isDirectory()).flatMap(({ name }) => chartsBelow(join(place, name)));
}

/** Every n-th chart, so that the sample does not depend on which ones come first. */
function spread<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, items.length / count);
  return Array.from({ length: Math.min(count, items.length) }, (_, at) => items[Math.floor(at * step)] as T);
}

/** Several measurements taken one after the other count as one. */
function sum(parts: readonly Measured[]): Measured {
  const total = (read: (part: Measured) => number | undefined) =>
    parts.reduce((all, part) => all + (read(part) ?? 0), 0);
  return {
    seconds: total(({ seconds }) => seconds),
    processor: parts[0]?.processor === undefined ? undefined : total(({ processor }) => processor),
    memory: Math.max(...parts.map(({ memory }) => memory ?? 0)),
    bytes: total(({ bytes }) => bytes),
  };
}

function least(numbers: readonly number[]): number {
  return Math.min(...numbers);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

interface Comparison {
  readonly what: string;
  /** How many times faster than helm we want to be; below 1: slower. */
  readonly aim: number;
  readonly ours: readonly Measured[];
  readonly helm: readonly Measured[];
}

function print({ what, aim, ours, helm }: Comparison): void {
  const seconds = (of: readonly Measured[]) => of.map((one) => one.seconds);
  // It is told in hundredths of a second, so that only the mean of many runs says more.
  const processor = (of: readonly Measured[]) =>
    of.reduce((total, one) => total + (one.processor ?? Number.NaN), 0) / of.length;
  const memory = (of: readonly Measured[]) => Math.max(...of.map((one) => one.memory ?? 0)).toFixed(0);
  const clock = (of: readonly Measured[]) => `${least(seconds(of)).toFixed(3)} / ${median(seconds(of)).toFixed(3)} s`;
  const cpu = (of: readonly Measured[]) =>
    Number.isNaN(processor(of)) ? '' : `, processor ${processor(of).toFixed(3)} s`;
  const reached = least(seconds(helm)) / least(seconds(ours));
  console.log(`${what}: aim ${speed(aim)}, ${reached >= aim ? 'reached' : 'not reached'}`);
  console.log(`  by the least times   ${speed(reached)}`);
  console.log(`  by the medians       ${speed(median(seconds(helm)) / median(seconds(ours)))}`);
  const ratio = processor(helm) / processor(ours);
  if (!Number.isNaN(ratio)) console.log(`  by processor time    ${speed(ratio)}`);
  console.log(`  ours  ${clock(ours)}${cpu(ours)}, at most ${memory(ours)} MB`);
  console.log(`  helm  ${clock(helm)}${cpu(helm)}, at most ${memory(helm)} MB a process\n`);
}

function speed(ratio: number): string {
  return ratio >= 1 ? `${ratio.toFixed(1)} times faster` : `${(1 / ratio).toFixed(2)} times slower`;
}

/** The same charts in this process with and without recording where everything comes from, alternately. */
async function provenanceRatios(charts: readonly string[]): Promise<readonly number[]> {
  const sources: ChartSource[] = [];
  for (const directory of charts) sources.push({ kind: 'folder', files: (await readFolder({ directory })).files });
  // Drawing keys takes long, and as long either way; the same draw each time would still take it.
  const world = { randomBytes: (count: number) => new Uint8Array(count), now: () => 0n, timeZone: 'UTC' };
  const request = (source: ChartSource): RenderRequest => ({
    source,
    values: {},
    release: { name: 'rel', namespace: 'default' },
    world,
  });
  const seconds = (provenance: Pick<RenderRequest, 'provenance'>): number => {
    const start = process.cpuUsage();
    for (const source of sources) renderChart({ ...request(source), ...provenance });
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
  const on = { provenance: 'record' } as const;
  // Until the code is compiled, whatever comes first is slower.
  for (let warm = 0; warm < 3; warm++) seconds(warm % 2 === 0 ? on : {});
  return Array.from({ length: runs }, (_, run) => {
    if (run % 2 === 0) return seconds(on) / seconds({});
    const off = seconds({});
    return seconds(on) / off;
  });
}

function drawsKeys(chart: string): boolean {
  const files = readdirSync(chart, { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
  return files.some(({ parentPath, name }) =>
    /\b(?:gen(?:CA|SelfSigned|Signed|PrivateKey)|htpasswd|bcrypt)/.test(readFileSync(join(parentPath, name), 'latin1')),
  );
}

function rendersHere(directory: string, files: ReadonlyMap<string, Uint8Array>): boolean {
  try {
    const world = { randomBytes: (count: number) => new Uint8Array(count), now: () => 0n, timeZone: 'UTC' };
    const release = { name: 'rel', namespace: 'default' };
    renderChart({ source: { kind: 'folder', files }, values: {}, release, world });
    return true;
  } catch (error) {
    if (error instanceof HelmError) return false;
    throw new Error(directory, { cause: error });
  }
}

try {
  const all = spread(
    positionals.flatMap((place) => chartsBelow(resolve(place))),
    3 * Number(values.count),
  );
  const charts: { readonly path: string; readonly bytes: number }[] = [];
  for (const path of all) {
    if (charts.length === Number(values.count)) break;
    const rendered = helm(path);
    if (rendered !== undefined) charts.push({ path, bytes: rendered.bytes });
  }
  const jobs = charts.map(({ path }, at) => ({ release: 'rel', chart: path, out: join(folder, `${at}.yaml`) }));
  const batch = join(folder, 'jobs');
  writeFileSync(batch, jobs.map((job) => `${JSON.stringify(job)}\n`).join(''));
  console.log(`${charts.length} charts, ${runs} runs, ${availableParallelism()} cores\n`);

  const together = Array.from({ length: runs }, () => ({
    helm: sum(charts.flatMap(({ path }) => helm(path) ?? [])),
    ours: ours('--batch', batch),
  }));
  print({
    what: `${charts.length} charts in one process, against ${charts.length} processes`,
    aim: 10,
    helm: together.map((run) => run.helm),
    ours: together.map((run) => run.ours),
  });

  const bySize = charts.toSorted((a, b) => a.bytes - b.bytes);
  for (const [what, chart] of [
    ['one chart of middle size, cold', bySize[Math.floor(bySize.length / 2)]],
    ['the largest chart, cold', bySize.at(-1)],
  ] as const) {
    if (chart === undefined) continue;
    const alternately = Array.from({ length: 4 * runs }, () => ({
      helm: helm(chart.path),
      ours: ours('rel', chart.path),
    }));
    print({
      what: `${what} (${chart.bytes} bytes)`,
      aim: 0.5,
      helm: alternately.flatMap((run) => run.helm ?? []),
      ours: alternately.map((run) => run.ours),
    });
  }

  const quick: string[] = [];
  for (const { path } of charts) {
    if (!drawsKeys(path) && rendersHere(path, (await readFolder({ directory: path })).files)) quick.push(path);
  }
  const ratios = await provenanceRatios(quick);
  const middle = median(ratios);
  console.log(
    `with provenance, ${quick.length} charts that draw no keys: aim at most 1.5 times the processor time of without`,
  );
  console.log(
    `  least ${least(ratios).toFixed(2)}, median ${middle.toFixed(2)}: ${middle <= 1.5 ? 'reached' : 'not reached'}`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
