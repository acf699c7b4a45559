/**
 * `node bench/render.ts FOLDER… [--helm PROGRAM] [--count 100] [--entry src/cli.ts]`: charts below the folders rendered
 * in one process by us and by one helm process each, in one run, plus one chart cold and the largest chart. Prints
 * ratios; trust those, not the seconds.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    helm: { type: 'string', default: 'helm' },
    count: { type: 'string', default: '100' },
    entry: { type: 'string', default: 'src/cli.ts' },
  },
});
const entry = resolve(values.entry);
const folder = mkdtempSync(join(tmpdir(), 'pushgate-bench-'));

interface Measured {
  readonly seconds: number;
  readonly bytes: number;
}

function measure(program: string, args: readonly string[]): Measured | undefined {
  const start = process.hrtime.bigint();
  const { status, stdout, error } = spawnSync(program, args, { maxBuffer: 2 ** 30 });
  if (error !== undefined) throw error;
  return status === 0 ? { seconds: Number(process.hrtime.bigint() - start) / 1e9, bytes: stdout.length } : undefined;
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

function line(what: string, ours: number, helm: number): void {
  const ratio = helm / ours;
  const shown = ratio >= 1 ? `${ratio.toFixed(1)} times faster` : `${(1 / ratio).toFixed(1)} times slower`;
  console.log(`${what}: ours ${ours.toFixed(2)} s, helm ${helm.toFixed(2)} s: ${shown}`);
}

try {
  const charts: { readonly path: string; readonly helm: Measured }[] = [];
  for (const path of spread(
    positionals.flatMap((place) => chartsBelow(resolve(place))),
    3 * Number(values.count),
  )) {
    if (charts.length === Number(values.count)) break;
    const helm = measure(values.helm, ['template', 'rel', path]);
    if (helm !== undefined) charts.push({ path, helm });
  }
  const jobs = charts.map(({ path }, at) => ({ release: 'rel', chart: path, out: join(folder, `${at}.yaml`) }));
  writeFileSync(join(folder, 'jobs'), jobs.map((job) => `${JSON.stringify(job)}\n`).join(''));
  const batch = measure(process.execPath, [entry, 'template', '--batch', join(folder, 'jobs')]);
  if (batch === undefined) throw new Error('a chart that helm renders failed in the batch');
  const sum = charts.reduce((total, { helm }) => total + helm.seconds, 0);
  line(`${charts.length} charts in one process, against ${charts.length} processes`, batch.seconds, sum);

  const bySize = charts.toSorted((a, b) => a.helm.bytes - b.helm.bytes);
  for (const [what, chart] of [
    ['one chart of middle size, cold', bySize[Math.floor(bySize.length / 2)]],
    ['the largest chart, cold', bySize.at(-1)],
  ] as const) {
    if (chart === undefined) continue;
    const ours = measure(process.execPath, [entry, 'template', 'rel', chart.path]);
    const helm = measure(values.helm, ['template', 'rel', chart.path]);
    if (ours !== undefined && helm !== undefined) line(`${what} (${helm.bytes} bytes)`, ours.seconds, helm.seconds);
  }
} finally {
  rmSync(folder, { recursive: true });
}
