import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

let folder: string;
let cli: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pushgate-bundle-'));
  cli = join(folder, 'dist/cli.js');
  execFileSync(process.execPath, ['scripts/build.ts', `--into=${dirname(cli)}`]);
  write('chart/Chart.yaml', 'apiVersion: v2\nname: all\nversion: 1.0.0\n');
  write('chart/values.yaml', 'word: b2\n');
  for (const [name, dialect] of [
    ['draft4', 'http://json-schema.org/draft-04/schema#'],
    ['draft7', 'http://json-schema.org/draft-07/schema#'],
    ['draft2019', 'https://json-schema.org/draft/2019-09/schema'],
    ['draft2020', 'https://json-schema.org/draft/2020-12/schema'],
  ] as const) {
    write(`${name}/Chart.yaml`, `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`);
    write(`${name}/values.yaml`, 'word: b2\n');
    const schema = { $schema: dialect, properties: { word: { type: 'integer' } } };
    write(`${name}/values.schema.json`, JSON.stringify(schema));
  }
  write(
    'chart/templates/all.yaml',
    `
regex: {{ regexFind "[0-9]+" .Values.word }}
bcrypt: {{ htpasswd "me" "secret" | hasPrefix "me:$2a$10$" }}
sha: {{ sha256sum "" }}
aes: {{ encryptAES "key" "text" | decryptAES "key" }}
pair: {{ (genSelfSignedCert "a" nil nil 1).Cert | contains "BEGIN CERTIFICATE" }}
`,
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}

function run(words: readonly string[], env: Readonly<Record<string, string>> = { CI: 'true' }) {
  const args = [cli, 'template', ...words];
  return spawnSync(process.execPath, args, { cwd: folder, env: { PATH: '/usr/bin:/bin', ...env }, encoding: 'utf8' });
}

test('libraries that lie beside the bundle are found by the charts that need them', () => {
  const { status, stdout, stderr } = run(['rel', 'chart']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(`regex: 2
bcrypt: true
sha: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
aes: text
pair: true
`);
});

test.each(['draft4', 'draft7', 'draft2019', 'draft2020'])('the schema library says what %s finds', (chart) => {
  const { status, stderr } = run(['rel', chart]);
  expect(status).toBe(1);
  expect(stderr).toContain("- at '/word': got string, want integer");
});

test('a batch is rendered by threads of the bundle', () => {
  const jobs = Array.from({ length: 30 }, (_, at) => ({ release: `rel-${at}`, chart: 'chart', out: `out/${at}` }));
  write('jobs', jobs.map((job) => `${JSON.stringify(job)}\n`).join(''));
  const { status, stderr } = run(['--batch', 'jobs']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '30 renderings, 0 failed\n' });
  for (const { out } of jobs) expect(readFileSync(join(folder, out), 'utf8')).toContain('bcrypt: true');
});

test('compiled code is kept in the home of who runs it, and nowhere in a pipeline', () => {
  const home = (name: string) => ({ HOME: join(folder, name) });
  run(['rel', 'chart'], home('laptop'));
  expect(statSync(join(folder, 'laptop/.cache/pushgate/compiled')).isDirectory()).toBe(true);
  run(['rel', 'chart'], { ...home('runner'), CI: 'true' });
  expect(existsSync(join(folder, 'runner'))).toBe(false);
  write('locked', 'a file where the home should be');
  expect(run(['rel', 'chart'], home('locked')).status).toBe(0);
});

test('a reader that goes away early is no failure', () => {
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--norc', '-c', `set -o pipefail; "${process.execPath}" "${cli}" template rel chart | head -c 3`],
    { cwd: folder, encoding: 'utf8', env: { PATH: '/usr/bin:/bin', CI: 'true' } },
  );
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '---', stderr: '' });
});
