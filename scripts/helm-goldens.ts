/**
 * Writes what the real Helm gives for the engine's test charts: `node scripts/helm-goldens.ts helm3 helm4 …`.
 * Each program says its own version; the results go to src/helm/testdata/charts/golden/VERSION.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Case {
  readonly name: string;
  readonly args: readonly string[];
}

const folder = join(import.meta.dirname, '../src/helm/testdata/charts');
const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as readonly Case[];

for (const helm of process.argv.slice(2)) {
  const version = run(helm, ['version', '--template', '{{.Version}}']).stdout.trim().replace(/^v/, '');
  const golden = join(folder, 'golden', version);
  rmSync(golden, { recursive: true, force: true });
  mkdirSync(golden, { recursive: true });
  for (const { name, args } of cases) {
    const named = args.includes('--name-template') ? [] : ['rel'];
    const { status, stdout, stderr } = run(helm, ['template', ...named, 'shop', ...args]);
    const error = stderr.slice(Math.max(0, stderr.indexOf('Error: ')));
    writeFileSync(join(golden, `${name}.txt`), status === 0 ? stdout : error);
  }
  console.log(`${version}: ${cases.length} cases`);
}

function run(program: string, args: readonly string[]) {
  const result = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  if (result.error !== undefined) throw result.error;
  return result;
}
