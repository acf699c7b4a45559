/** Writing where a commit may have put links: a link that leads out of the checkout is never written through. */
import { constants } from 'node:fs';
import { lstat, mkdir, realpath, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { Problem } from '../problem.ts';
import { isInside } from './folder.ts';

export interface FileToWrite {
  /** From here a relative path goes; the checkout is what this folder lies in. */
  readonly directory: string;
  /** As it was given; whoever names a place outside the checkout means it. */
  readonly path: string;
  readonly text: string;
  /** `create` fails with EEXIST where something is already. */
  readonly mode: 'create' | 'replace';
}

/**
 * Makes the folders on the way.
 *
 * @throws {Problem} `link-refused` for a link on the way that leaves the checkout or enters `.git`, and for a file that
 *   is a link; everything else as Node's file system throws it
 */
export async function writeInside({ directory, path, text, mode }: FileToWrite): Promise<void> {
  const place = resolve(directory, path);
  const top = await checkoutAround(resolve(directory));
  const inside = top === undefined ? undefined : await pathInside(place, await realpath(top));
  const folder = inside === undefined ? dirname(place) : await realFolder(inside);
  if (inside === undefined) await mkdir(folder, { recursive: true });
  const { O_WRONLY, O_CREAT, O_TRUNC, O_EXCL, O_NOFOLLOW } = constants;
  const follow = inside === undefined ? 0 : O_NOFOLLOW;
  const flag = O_WRONLY | O_CREAT | (mode === 'create' ? O_EXCL : O_TRUNC) | follow;
  try {
    await writeFile(join(folder, basename(place)), text, { flag });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') throw throughLink(path, inside?.path ?? path);
    throw error;
  }
}

async function checkoutAround(directory: string): Promise<string | undefined> {
  const found = await lstat(join(directory, '.git')).catch(() => undefined);
  if (found !== undefined) return directory;
  const above = dirname(directory);
  return above === directory ? undefined : await checkoutAround(above);
}

interface Inside {
  /** The checkout, without links. */
  readonly real: string;
  /** From there, as it was named. */
  readonly path: string;
}

/** The path from the checkout, by whichever name that was reached; undefined for a place outside. */
async function pathInside(place: string, real: string): Promise<Inside | undefined> {
  const above: string[] = [];
  for (let folder = dirname(place); folder !== dirname(folder); folder = dirname(folder)) above.unshift(folder);
  for (const folder of above)
    if ((await realpath(folder).catch(() => undefined)) === real) return { real, path: relative(folder, place) };
  return undefined;
}

/** Step by step, because `mkdir` of a whole path follows every link in it. */
async function realFolder({ real, path }: Inside): Promise<string> {
  let folder = real;
  let walked = '';
  for (const step of path.split(sep).slice(0, -1)) {
    walked = join(walked, step);
    const next = join(folder, step);
    const found = await lstat(next).catch(() => undefined);
    if (found === undefined) await mkdir(next);
    folder = found?.isSymbolicLink() === true ? await linkedInside(next, { real, walked }) : next;
  }
  return folder;
}

async function linkedInside(
  link: string,
  { real, walked }: { readonly real: string; readonly walked: string },
): Promise<string> {
  const target = await realpath(link).catch(() => undefined);
  if (target === undefined || !isInside(real, target) || isInside(join(real, '.git'), target))
    throw throughLink(walked, walked);
  return target;
}

function throughLink(path: string, link: string): Problem {
  return new Problem({
    reason: 'link-refused',
    message: `${path} is not written: ${link} is a link, and whoever made the commit chose where it leads`,
    hint: 'Name a folder that is in no commit, or one outside the checkout.',
  });
}
