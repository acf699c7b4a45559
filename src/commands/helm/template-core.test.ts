import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { template } from './template-core.ts';

const directory = join(import.meta.dirname, '../../helm/testdata/charts');

interface Case {
  readonly name: string;
  readonly args: readonly string[];
}

const cases = JSON.parse(readFileSync(join(directory, 'cases.json'), 'utf8')) as readonly Case[];

async function render(args: readonly string[], helm = '4.2.4') {
  const named = args.includes('--name-template') ? [] : ['rel'];
  const result = await template([...named, 'shop', ...args, '--helm-version', helm], { directory });
  return { ...result, text: Buffer.from(result.stdout).toString() };
}

// The goldens are the real Helm's own output: scripts/helm-goldens.ts.
describe.each(readdirSync(join(directory, 'golden')))('the chart "shop" is rendered as by Helm %s', (helm) => {
  test.each(cases)('$name', async ({ name, args }) => {
    const golden = readFileSync(join(directory, 'golden', helm, `${name}.txt`), 'utf8');
    const { exit, text, stderr } = await render(args, helm);
    if (!golden.startsWith('Error: ')) expect({ exit, text }).toEqual({ exit: 0, text: golden });
    else {
      expect({ exit, text }).toEqual({ exit: 1, text: '' });
      expect(stderr.slice(stderr.indexOf('Error: '))).toContain(golden.trimEnd());
    }
  });
});

test('a flag that would reach out is refused with the reason', async () => {
  const { exit, stderr } = await render(['--repo', 'https://charts.example']);
  expect(exit).toBe(1);
  expect(stderr).toBe(
    'Error: --repo is not possible here\n\nonly charts that lie in a folder or file are rendered here\n',
  );
});

test('--output-dir gives a file for each template and says so', async () => {
  const { files, text } = await render(['--output-dir', 'out', '--no-hooks', '-s', 'ignored']);
  expect(files.map(({ path }) => path)).toContain(join('out', 'shop/templates/deployment.yaml'));
  expect(text).toContain(`wrote ${join('out', 'shop/templates/deployment.yaml')}\n`);
});

test('values come from standard input where the file is a dash', async () => {
  const readInput = async () => Buffer.from('big: 42\n');
  const argv = ['rel', 'shop', '-f', '-', '-s', 'templates/config.yaml'];
  const { stdout } = await template(argv, { directory, readInput });
  expect(Buffer.from(stdout).toString()).toContain('\\"big\\":42');
});

test.each([
  [['rel', './nowhere'], 'path "./nowhere" not found'],
  [['rel', 'shop', '-f', 'none.yaml'], 'open none.yaml: no such file or directory'],
  [['rel', 'cases.json'], "file '" + join(directory, 'cases.json') + "' does not appear to be a gzipped archive"],
  [['rel', 'golden'], 'unable to detect chart at'],
  [[], '"template" requires at least 1 argument'],
  [['a', 'b', 'c'], 'expected at most two arguments, unexpected arguments: c'],
  [['rel', 'shop', '--helm-version', '2.0.0'], '--helm-version 2.0.0 is not known'],
])('%j ends with a plain error', async (argv, message) => {
  const { exit, stderr } = await template(argv, { directory });
  expect(exit).toBe(1);
  expect(stderr).toContain(`Error: ${message}`);
});

describe('with --debug', () => {
  const broken = mkdtempSync(join(tmpdir(), 'pushgate-debug-'));
  afterAll(() => rmSync(broken, { recursive: true }));
  mkdirSync(join(broken, 'templates'));
  writeFileSync(join(broken, 'Chart.yaml'), 'apiVersion: v2\nname: dbg\nversion: 1.0.0\n');
  writeFileSync(join(broken, 'templates/NOTES.txt'), 'notes');
  writeFileSync(join(broken, 'templates/a.yaml'), 'b: [\nc: {{ .Release.Name }}\n');
  writeFileSync(join(broken, 'templates/z.yaml'), '{{ with .Values.fail }}{{ fail "no" }}{{ end }}z: 1\n');

  const run = async (...flags: readonly string[]) => {
    const { exit, stdout, stderr } = await template(['rel', '.', ...flags], { directory: broken });
    return { exit, stdout: Buffer.from(stdout).toString(), stderr };
  };

  // Helm's own output, but that it changes the order of the files from run to run.
  test('what is no YAML is printed with the error', async () => {
    const { exit, stdout, stderr } = await run('--debug');
    expect({ exit, stdout }).toEqual({
      exit: 1,
      stdout: '---\n# Source: dbg/templates/a.yaml\nb: [\nc: rel\n\n---\n# Source: dbg/templates/z.yaml\nz: 1\n',
    });
    expect(stderr).toContain('Error: YAML parse error on dbg/templates/a.yaml');
    expect(stderr).not.toContain('Use --debug');
    expect(await run()).toMatchObject({ exit: 1, stdout: '', stderr: expect.stringContaining('Use --debug') });
  });

  test('--show-only picks from it', async () => {
    expect((await run('--debug', '-s', 'templates/a.yaml')).stdout).toBe(
      '---\n# Source: dbg/templates/a.yaml\nb: [\nc: rel\n\n\n',
    );
    expect((await run('--debug', '-s', 'templates/none.yaml')).stderr).toContain('could not find template');
  });

  test('of templates that fail an empty line is left', async () => {
    expect(await run('--debug', '--set', 'fail=1')).toMatchObject({ exit: 1, stdout: '\n' });
  });
});
