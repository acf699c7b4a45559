import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { template } from './template-core.ts';

const directory = join(import.meta.dirname, '../helm/testdata/charts');

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
