/** Files as they lie in a folder, committed or not: for planning on a laptop, and where there is no repository. */
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
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

/**
 * Links are followed as long as they stay below the directory. Reads without waiting in between: a chart is many small
 * files, and handing each step to another thread takes several times as long as doing it.
 */
export async function readFolder(options: FolderOptions): Promise<Files> {
  const limits = options.limits ?? defaultLimits;
  const top = realpathSync(options.directory);
  const files = new Map<string, Uint8Array>();
  const notices: string[] = [];
  let bytes = 0;

  function visit(path: string, folders: readonly string[]): void {
    const place = join(top, path);
    const own = lstatSync(place, { throwIfNoEntry: false });
    if (own === undefined) return;
    let real = place;
    if (own.isSymbolicLink()) {
      const target = realPath(place);
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
    const target = own.isSymbolicLink() ? statSync(real) : own;
    if (target.isDirectory()) {
      if (folders.includes(real)) {
        notices.push(`${path} is a link in a circle and is not followed`);
        return;
      }
      for (const name of readdirSync(real).sort()) {
        if (!skippedFolders.has(name)) visit(path === '' ? name : `${path}/${name}`, [...folders, real]);
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
      files.set(path, readFileSync(real));
    } else {
      notices.push(`${path} is neither a file nor a folder`);
    }
  }

  for (const path of options.paths ?? ['']) {
    const inside = joinInside('', path.split(sep).join('/'));
    if (inside === undefined) {
      throw new Problem({ reason: 'source-missing', message: 'The path leads out of the folder', where: path });
    }
    visitBelow(inside);
  }

  /** A path may itself lead through links; each step of it must stay inside. */
  function visitBelow(path: string): void {
    const place = realPath(join(top, path));
    if (place === undefined || isInside(top, place)) visit(path, []);
    else notices.push(`${path} is a link out of the folder and is not followed`);
  }

  return { files: sortedByPath(files), notices };
}

/** Whether a place is the folder itself or below it; both absolute, and without links. */
export function isInside(top: string, place: string): boolean {
  const path = relative(top, place);
  return path === '' || (path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path));
}

/** Undefined for a path that leads nowhere. */
function realPath(place: string): string | undefined {
  try {
    return realpathSync(place);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
