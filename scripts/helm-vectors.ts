/**
 * `node scripts/helm-vectors.ts HELM`: asks a real Helm what the templates of template-vectors.json give, and writes the
 * answers beside them. To add a vector, add an entry with a `template` only and run this.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Vector {
  readonly template: string;
  readonly output?: string;
  readonly error?: string;
}

interface Vectors {
  readonly helm: string;
  readonly values: unknown;
  readonly vectors: readonly Vector[];
}

const file = new URL('../src/helm/template/testdata/template-vectors.json', import.meta.url);
const [helm] = process.argv.slice(2);
if (helm === undefined) {
  console.error('usage: node scripts/helm-vectors.ts HELM');
  process.exit(1);
}

const { values, vectors } = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
const folder = mkdtempSync(join(tmpdir(), 'pushgate-vectors-'));
try {
  mkdirSync(join(folder, 'templates'));
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: c\nversion: 0.1.0\n');
  writeFileSync(join(folder, 'values.yaml'), JSON.stringify(values));
  // The template is a partial, so that its text may be anything; the file that Helm sees as YAML holds it as JSON.
  writeFileSync(join(folder, 'templates/out.yaml'), 'text: {{ include "c/templates/_t.tpl" . | toJson }}\n');
  const version = spawnSync(helm, ['version', '--template', '{{ .Version }}'], { encoding: 'utf8' }).stdout.trim();
  const answered = vectors.map(({ template }) => ({ template, ...ask(helm, template) }));
  writeFileSync(file, `${JSON.stringify({ helm: version, values, vectors: answered }, undefined, 1)}\n`);
  console.log(`${answered.length} vectors from Helm ${version}`);
} finally {
  rmSync(folder, { recursive: true });
}

function ask(program: string, template: string): Omit<Vector, 'template'> {
  writeFileSync(join(folder, 'templates/_t.tpl'), template);
  const { status, stdout, stderr } = spawnSync(program, ['template', 'r', folder, '-n', 'n'], { encoding: 'utf8' });
  if (status !== 0)
    return {
      error: stderr
        .replace(/^Error: /, '')
        .replace(/\n\nUse --debug flag[\s\S]*$/, '')
        .trimEnd(),
    };
  return { output: JSON.parse(stdout.slice(stdout.indexOf('text: ') + 'text: '.length)) as string };
}
