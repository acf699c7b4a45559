/** The example that users copy, as it lies in `examples/mygoodies`, and the product as users get it. */
import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../..');
const exampleFolder = join(root, 'examples/mygoodies');

/** Programs that the development dependencies bring, Node 24 among them. */
export const programsFolder = join(root, 'node_modules/.bin');

/**
 * The files of the example, without the kustomization: that part needs a program which the machine may lack, and the
 * example's README says to take its line out then.
 */
export function exampleFiles(): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(exampleFolder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(exampleFolder.length + 1);
    if (entry.isFile() && !path.startsWith('metrics/')) files[path] = readFileSync(join(exampleFolder, path), 'utf8');
  }
  const config = files['pushgate.yaml'] ?? '';
  files['pushgate.yaml'] = config.replace(/^include:.*\n/m, '');
  if (files['pushgate.yaml'] === config) throw new Error('the example has no include line any more');
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
