/** Files as they lie in a folder, committed or not: for planning on a laptop, and where there is no repository. */
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { defaultLimits, type ReadLimits } from '../git/objects.ts';
import { Problem } from '../problem.ts';
import { type Files, joinInside, sortedByPath } from './files.ts';

export interface FolderOptions {
  readonly directory: string;
  /** Folders or files below the directory; none for everything. One that does not exist adds nothing. */
  readonly paths?: readonly string[] | undefined;
  readonly limits?: ReadLimits | undefined;
}

/** Never part of a chart, and large enough to hide everything that is. */
const skippedFolders = new Set(['.git', 'node_modules']);

/** Links are followed as long as they stay below the directory. */
export async function readFolder(options: FolderOptions): Promise<Files> {
  const limits = options.limits ?? defaultLimits;
  const top = await realpath(options.directory);
  const files = new Map<string, Uint8Array>();
  const notices: string[] = [];
  let bytes = 0;

  async function visit(path: string, folders: readonly string[]): Promise<void> {
    const place = join(top, path);
    const own = await lstat(place).catch(absent);
    if (own === undefined) return;
    let real = place;
    if (own.isSymbolicLink()) {
      const target = await realpath(place).catch(absent);
      if (target === undefined) {
        notices.push(`${path} is a link to something that does not exist`);
        return;
      }
      real = target;
    }
    if (!isInside(top, real)) {
      notices.push(`${path} is a link out of the folder and is not followed`);
      return;
    }
    const target = await stat(real);
    if (target.isDirectory()) {
      if (folders.includes(real)) {
        notices.push(`${path} is a link in a circle and is not followed`);
        return;
      }
      for (const name of (await readdir(real)).sort()) {
        if (!skippedFolders.has(name)) await visit(path === '' ? name : `${path}/${name}`, [...folders, real]);
      }
    } else if (target.isFile()) {
      bytes += target.size;
      if (target.size > limits.fileBytes || bytes > limits.totalBytes || files.size >= limits.files) {
        throw new Problem({
          reason: 'limit-exceeded',
          message: `Reading stops here: at most ${limits.files} files, ${limits.fileBytes} bytes each and ${limits.totalBytes} together are read`,
          where: path,
          hint: 'Point the chart at a smaller folder.',
        });
      }
      files.set(path, await readFile(real));
    } else {
      notices.push(`${path} is neither a file nor a folder`);
    }
  }

  for (const path of options.paths ?? ['']) {
    const inside = joinInside('', path.split(sep).join('/'));
    if (inside === undefined) {
      throw new Problem({ reason: 'source-missing', message: 'The path leads out of the folder', where: path });
    }
    await visitBelow(inside);
  }

  /** A path may itself lead through links; each step of it must stay inside. */
  async function visitBelow(path: string): Promise<void> {
    const place = await realpath(join(top, path)).catch(absent);
    if (place === undefined || isInside(top, place)) return await visit(path, []);
    notices.push(`${path} is a link out of the folder and is not followed`);
  }

  return { files: sortedByPath(files), notices };
}

function isInside(top: string, place: string): boolean {
  const path = relative(top, place);
  return path === '' || (path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path));
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ELOOP') return undefined;
  throw error;
}
