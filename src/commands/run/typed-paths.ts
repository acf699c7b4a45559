/** Paths on the command line count from where somebody stands, as everywhere; from the top of the repository they count too. */
import { access, realpath } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { Problem } from '../../problem.ts';
import { nearestPath } from '../../render/nearest-path.ts';
import type { Checkout } from '../../source/checkout.ts';

/**
 * The path from the top of the repository; an address (`oci://…`) stays what it is, and so does a path that leads out
 * of the repository, which the configuration refuses.
 *
 * @throws {Problem} `source-missing` with the path that was probably meant
 */
export async function pathFromTop(
  { directory: top, git }: Pick<Checkout, 'directory' | 'git'>,
  typed: { readonly path: string; readonly what: 'chart' | 'values file'; readonly from: string },
): Promise<string> {
  const { path, what, from } = typed;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return path;
  const here = relative(top, resolve(await realpath(from), path))
    .split(sep)
    .join('/');
  const isInside = here !== '..' && !here.startsWith('../');
  if (isInside && (await exists(join(top, here)))) return here === '' ? '.' : here;
  if (!path.startsWith('/') && (await exists(join(top, path)))) return path;
  if (!isInside) return path;
  const { exitCode, stdout } = await git.attempt(['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  const files = exitCode === 0 ? stdout.split('\0').filter((name) => name !== '') : [];
  const near = nearestPath(path, files, what === 'chart' ? 'file or folder' : 'file');
  throw new Problem({
    reason: 'source-missing',
    message: `the ${what} ${path} does not exist, neither here nor from the top of the repository`,
    hint: near === undefined ? undefined : `Did you mean ${relative(await realpath(from), join(top, near))}?`,
  });
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
