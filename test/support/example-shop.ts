/** The example that users copy, as it lies in `examples/mygoodies`, and the product as users get it. */
import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../..');
const exampleFolder = join(root, 'examples/mygoodies');

/** Programs that the development dependencies bring, Node 24 among them. */
export const programsFolder = join(root, 'node_modules/.bin');

/** The files of the example, with only these releases, so that a story about one of them is short. */
export function exampleFiles(releases: readonly string[]): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(exampleFolder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(exampleFolder.length + 1);
    if (entry.isFile()) files[path] = readFileSync(join(exampleFolder, path), 'utf8');
  }
  const config = (files['pushgate.yaml'] ?? '').replace(/^include:.*\n/m, '');
  const [head = '', list = '', tail = ''] = config.split(/^(?=releases:|environments:)/m);
  const kept = list.split(/^(?= {2}- name: )/m).filter((one) => {
    const name = /^ {2}- name: (\S+)/.exec(one)?.[1];
    return name === undefined || releases.includes(name);
  });
  files['pushgate.yaml'] = `${head}${kept.join('')}\n${tail}`;
  return files;
}

/** Puts the product into a folder as a release has it: action.yml, template, package.json and freshly built bundles. */
export async function productInto(folder: string): Promise<void> {
  for (const name of ['action.yml', '.gitlab-ci-template.yml', 'package.json'])
    cpSync(join(root, name), join(folder, name));
  const node = join(programsFolder, 'node');
  const build = join(root, 'scripts/build.ts');
  await promisify(execFile)(node, ['--disable-warning=ExperimentalWarning', build, `--into=${join(folder, 'dist')}`], {
    cwd: root,
  });
}
