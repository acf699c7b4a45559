/**
 * `npm run bench:cluster [-- --runs N --objects N --entry FILE]`: 1,000 objects in 100 releases on the bed, in one run:
 * how long a plan and an apply take, how many requests they make (by the server's own count) and how much memory,
 * against kubectl and against the floor of reading the same objects once. Prints medians and ratios; trust ratios, not
 * seconds. Measures the bundles as users run them, built from the sources. Above 1,000 objects kubectl's own diffs, which
 * take minutes, are left out.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startBed, whyNoBed } from '../test/bed/bed.ts';
import { findProgram } from '../test/bed/find.ts';
import { dropNamespace, kubectl, makeNamespace } from '../test/bed/namespaces.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    objects: { type: 'string', default: '1000' },
    entry: { type: 'string' },
  },
});
const runs = Number(values.runs);
const missing = whyNoBed();
if (missing !== undefined) {
  console.error(missing);
  process.exit(1);
}
const bed = await startBed();
const kubectlPath = findProgram('kubectl').path ?? '';
const configMaps = 8;
const releases = Math.max(1, Math.round(Number(values.objects) / (configMaps + 2)));
const objects = releases * (configMaps + 2);
const isLarge = objects > 1_000;
const folder = mkdtempSync(join(tmpdir(), 'pushgate-bench-'));
const entry = values.entry === undefined ? builtEntry() : resolve(values.entry);

function builtEntry(): string {
  const dist = join(folder, 'dist');
  execFileSync(process.execPath, ['scripts/build.ts', `--into=${dist}`], { stdio: 'inherit' });
  return join(dist, 'cli.js');
}

interface Measured {
  readonly seconds: number;
  readonly requests: number;
  readonly mebibytes: number;
}

/** One object per release differs for `changed` of 1,000; the value is new each time, so nothing is ever cached. */
function manifests(release: number, changed: number, round: string): string {
  const app = nameOf(release);
  const each = changed === objects ? 'all' : release < changed ? 'one' : 'none';
  const text = 'x'.repeat(600);
  const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${app} }
spec:
  replicas: 0
  selector: { matchLabels: { app: ${app} } }
  template:
    metadata: { labels: { app: ${app} } }
    spec: { containers: [{ name: app, image: "registry.test/app:${each === 'all' ? round : 'base'}" }] }
`;
  const service = `apiVersion: v1
kind: Service
metadata: { name: ${app}, annotations: { round: "${each === 'all' ? round : 'base'}" } }
spec: { clusterIP: None, selector: { app: ${app} }, ports: [{ port: 80 }] }
`;
  const maps = Array.from({ length: configMaps }, (_, index) => {
    const value = each === 'all' || (each === 'one' && index === 0) ? round : 'base';
    return `apiVersion: v1
kind: ConfigMap
metadata: { name: ${app}-${index} }
data: { round: "${value}", text: "${text}" }
`;
  });
  return [deployment, service, ...maps].join('---\n');
}

function nameOf(release: number): string {
  return `r${String(release).padStart(4, '0')}`;
}

const names = Array.from({ length: releases }, (_, index) => nameOf(index));

/** A repository with one folder of plain manifests per release; kubectl reads the same files. */
function writeShop(shop: string, namespace: string, changed: number, round: string): void {
  const config = [
    'version: 1',
    `defaults: { namespace: ${namespace} }`,
    'releases:',
    ...names.map((name) => `  - { name: ${name}, chart: apps/${name} }`),
    'environments:',
    '  bench: { cluster: { context: bed }, refs: [main], gate: { mode: none } }',
    '',
  ].join('\n');
  writeFileSync(join(shop, 'pushgate.yaml'), config);
  names.forEach((name, index) => {
    mkdirSync(join(shop, 'apps', name), { recursive: true });
    writeFileSync(join(shop, 'apps', name, 'all.yaml'), manifests(index, changed, round));
  });
}

function commit(shop: string): void {
  const git = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.test', '-c', 'init.defaultBranch=main'];
  execFileSync('git', [...git, 'init', '--quiet'], { cwd: shop });
  execFileSync('git', [...git, 'add', '--all'], { cwd: shop });
  execFileSync('git', [...git, 'commit', '--quiet', '--allow-empty', '-m', 'bench'], { cwd: shop });
}

/** What the server has counted so far; the controllers' own watching is in it, a few requests in a few seconds. */
function servedRequests(): number {
  return kubectl(bed, ['get', '--raw', '/metrics'])
    .split('\n')
    .filter((line) => line.startsWith('apiserver_request_total{') && !/verb="WATCH"|resource="leases"/.test(line))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

interface Command {
  readonly program: string;
  readonly words: readonly string[];
  readonly cwd: string;
  /** Exit codes that are no failure: a diff that finds something ends with 1. */
  readonly fine: readonly number[];
}

async function measure({ program, words, cwd, fine }: Command): Promise<Measured> {
  const before = servedRequests();
  const started = performance.now();
  const child = spawn(program, [...words], {
    cwd,
    env: { ...process.env, KUBECONFIG: bed.kubeconfigs.administrator, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, highWater(child.pid));
  }, 20);
  const status = await new Promise<number | null>((done) => child.on('close', done));
  clearInterval(watch);
  const seconds = (performance.now() - started) / 1000;
  if (status === null || !fine.includes(status))
    throw new Error(`${program} ${words[0]} ended with ${status}: ${said}`);
  return { seconds, requests: servedRequests() - before, mebibytes: peak };
}

/** Linux keeps the largest resident size of a process; elsewhere memory is not told. */
function highWater(pid: number | undefined): number {
  try {
    const kibibytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    return Math.round(Number(kibibytes) / 1024);
  } catch {
    return 0;
  }
}

function median(all: readonly Measured[]): Measured {
  const middle = (pick: (one: Measured) => number): number =>
    all.map(pick).sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
  return {
    seconds: middle(({ seconds }) => seconds),
    requests: middle(({ requests }) => requests),
    mebibytes: Math.max(...all.map(({ mebibytes }) => mebibytes)),
  };
}

async function repeat(times: number, once: (round: number) => Promise<Measured>): Promise<Measured> {
  const all: Measured[] = [];
  for (let round = 0; round < times; round++) all.push(await once(round));
  return median(all);
}

const ours = join(folder, 'shop');
mkdirSync(ours);
const namespace = makeNamespace(bed);
const theirs = makeNamespace(bed);
const pushgate = (...words: readonly string[]): Command => ({
  program: process.execPath,
  words: ['--disable-warning=ExperimentalWarning', entry, ...words, '--environment', 'bench'],
  cwd: ours,
  fine: [0],
});
const kubectlCommand = (fine: readonly number[], ...words: readonly string[]): Command => ({
  program: kubectlPath,
  words: [...words, '--namespace', theirs],
  cwd: ours,
  fine,
});

console.log(
  `${objects} objects, ${releases} releases, ${runs} runs each; ${process.version}, Kubernetes 1.36.3 on the bed`,
);
writeShop(ours, namespace, 0, 'base');
commit(ours);
// The policy that counts is the one before the commit that is applied.
commit(ours);
const first = await measure(pushgate('apply'));
const kubectlFirst = await measure(kubectlCommand([0], 'apply', '--server-side', '-R', '-f', 'apps'));

const rows: [string, Measured][] = [
  ['apply, first time', first],
  ['kubectl apply --server-side, first time', kubectlFirst],
];
const list = ['get', 'deployments,services,configmaps', '-o', 'json', '-l', 'nothing!=here'];
const floor = await repeat(runs, () => measure(kubectlCommand([0], ...list)));
rows.push(['floor: kubectl get of the same objects', floor]);
rows.push(['plan, 0 % changed', await repeat(runs, () => measure(pushgate('plan', '--comment', 'never')))]);
writeShop(ours, namespace, objects / 100, 'one');
rows.push(['plan, 1 % changed', await repeat(runs, () => measure(pushgate('plan', '--comment', 'never')))]);
if (!isLarge) {
  const diff = ['diff', '--server-side', '-R', '-f', 'apps'];
  const serverSide = await repeat(runs, () => measure(kubectlCommand([0, 1], ...diff)));
  rows.push(['kubectl diff --server-side, 1 %', serverSide]);
  rows.push(['kubectl diff, 1 % (one run)', await measure(kubectlCommand([0, 1], 'diff', '-R', '-f', 'apps'))]);
}
if (!isLarge) {
  writeShop(ours, namespace, objects, 'all');
  rows.push(['plan, 100 % changed', await repeat(runs, () => measure(pushgate('plan', '--comment', 'never')))]);
}
const applied = await repeat(runs, async (round) => {
  writeShop(ours, namespace, objects / 100, `apply-${round}`);
  commit(ours);
  return measure(pushgate('apply'));
});
rows.push(['apply, 1 % changed', applied]);
const kubectlApplied = await repeat(runs, async (round) => {
  writeShop(ours, namespace, objects / 100, `kubectl-${round}`);
  return measure(kubectlCommand([0], 'apply', '--server-side', '-R', '-f', 'apps'));
});
rows.push(['kubectl apply --server-side, 1 %', kubectlApplied]);

const wide = Math.max(...rows.map(([name]) => name.length));
console.log(`${''.padEnd(wide)}  seconds  requests  MiB`);
for (const [name, { seconds, requests, mebibytes }] of rows) {
  const cells = [seconds.toFixed(2).padStart(7), String(requests).padStart(8), String(mebibytes).padStart(4)];
  console.log(`${name.padEnd(wide)}  ${cells.join('  ')}`);
}
const row = (name: string): Measured | undefined => rows.find(([found]) => found === name)?.[1];
const ratios: readonly (readonly [of: string, to: string, aim: string])[] = [
  ['plan, 0 % changed', 'floor: kubectl get of the same objects', '1.5'],
  ['plan, 1 % changed', 'floor: kubectl get of the same objects', '1.5'],
  ['plan, 1 % changed', 'kubectl diff --server-side, 1 %', '0.1'],
  ['plan, 1 % changed', 'kubectl diff, 1 % (one run)', '0.01'],
  ['plan, 100 % changed', 'kubectl diff --server-side, 1 %', 'none'],
  ['apply, 1 % changed', 'kubectl apply --server-side, 1 %', '0.3'],
  ['apply, first time', 'kubectl apply --server-side, first time', 'none'],
];
for (const [of, to, aim] of ratios) {
  const [one, other] = [row(of), row(to)];
  if (one === undefined || other === undefined) continue;
  console.log(`${(one.seconds / other.seconds).toFixed(3)} (aim ${aim})  ${of} / ${to}`);
}

dropNamespace(bed, namespace);
dropNamespace(bed, theirs);
rmSync(folder, { recursive: true, force: true });
process.exit(0);
