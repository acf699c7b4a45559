/** Where the bed's programs are: KUBEBUILDER_ASSETS, then PATH, then what `npm run bed -- build` made. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Part, type ProgramName, partOf } from './parts.ts';

export type Found = { readonly path: string } | { readonly path?: undefined; readonly reason: string };

/** The bed's own folder outside the checkout; built programs stay there for every checkout of this user. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'pushgate', 'bed');
}

/** The folder of one part's programs and files, named by version so that an upgrade never uses an old build. */
export function partFolder(part: Part): string {
  return join(cacheFolder(), `${part.name}-${part.version}`);
}

const known = new Map<ProgramName, Found>();

/**
 * A program of the bed, or why it cannot be had. A program that is found elsewhere in another version than the tests
 * were written against is passed over: an oracle of the wrong version would make true goldens look false.
 */
export function findProgram(name: ProgramName): Found {
  const before = known.get(name);
  if (before?.path !== undefined) return before;
  const found = look(name);
  known.set(name, found);
  return found;
}

function look(name: ProgramName): Found {
  const part = partOf(name);
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets !== undefined && isProgram(join(assets, name))) return { path: join(assets, name) };
  const passedOver: string[] = [];
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (folder === '' || !isProgram(path)) continue;
    if (part.accepts.test(versionOf(path, part, name))) return { path };
    passedOver.push(path);
  }
  const built = join(partFolder(part), name);
  if (isProgram(built)) return { path: built };
  const others = passedOver.length > 0 ? ` (${passedOver.join(', ')} is another version than ${part.version})` : '';
  return { reason: `${name} is not here${others}; \`npm run bed -- build ${part.name}\` builds it with Go` };
}

function versionOf(path: string, part: Part, name: ProgramName): string {
  const args = name === 'kubectl' ? ['version', '--client'] : [...part.versionArguments];
  const run = spawnSync(path, args, { encoding: 'utf8', timeout: 10_000 });
  return `${run.stdout}${run.stderr}`;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
