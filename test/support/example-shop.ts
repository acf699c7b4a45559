/** The example that users copy, as it lies in `examples/mygoodies`, and the product as users get it. */
import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../..');

/** Programs that the development dependencies bring, Node 24 among them. */
export const programsFolder = join(root, 'node_modules/.bin');

/**
 * The files of the example, without the kustomization: that part needs a program which the machine may lack, and the
 * example's README says to take its line out then.
 */
export function exampleFiles(): Record<string, string> {
  const files = Object.fromEntries(
    Object.entries(filesOfExample('mygoodies')).filter(([path]) => !path.startsWith('metrics/')),
  );
  const config = files['pushgate.yaml'] ?? '';
  files['pushgate.yaml'] = config.replace(/^include:.*\n/m, '');
  if (files['pushgate.yaml'] === config) throw new Error('the example has no include line any more');
  return files;
}

/** Every file of a folder of `examples`, by path. */
export function filesOfExample(name: string): Record<string, string> {
  const folder = join(root, 'examples', name);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const places = entries.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(places.map((place) => [place.slice(folder.length + 1), readFileSync(place, 'utf8')]));
}

/** Puts the product into a folder as a release has it: action.yml, template, package.json and freshly built bundles. */
export async function productInto(folder: string): Promise<void> {
  for (const name of ['action.yml', '.gitlab-ci-template.yml', 'package.json', 'templates'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  const node = join(programsFolder, 'node');
  const build = join(root, 'scripts/build.ts');
  await promisify(execFile)(node, ['--disable-warning=ExperimentalWarning', build, `--into=${join(folder, 'dist')}`], {
    cwd: root,
  });
}
