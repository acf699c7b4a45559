/** Which repository this is, by a name that every clone of it has. */
import type { Git } from './git.ts';
import { remoteUrl } from './remote.ts';

/**
 * The address of `origin`, or, in a repository without one, its first commit: two of those must not take one another's
 * releases for their own. Before the first commit it is ''.
 */
export async function repositoryName(
  git: Git,
  origin: () => Promise<string | undefined> = () => remoteUrl(git),
): Promise<string> {
  const url = await origin();
  if (url !== undefined) return url;
  const { exitCode, stdout } = await git.attempt(['rev-list', '--max-parents=0', 'HEAD']);
  const roots = stdout.trim().split('\n').sort();
  return exitCode === 0 && roots[0] !== undefined ? `${firstCommit}${roots[0]}` : '';
}

const firstCommit = 'first commit ';

/** For people: `a repository without a remote` where the name is its first commit. */
export function describeRepository(name: string): string {
  return name === '' || name.startsWith(firstCommit) ? 'a repository without a remote' : name;
}

/** Whether two names mean one repository: a pipeline clones over HTTPS what people clone over SSH. */
export function sameRepository(one: string, other: string): boolean {
  return one !== '' && placeOf(one) === placeOf(other);
}

/** `ssh://git@host:22/acme/shop.git`, `git@host:acme/shop` and `https://host/acme/shop.git` are `host/acme/shop`. */
function placeOf(name: string): string {
  const [, scheme = '', host = '', path = ''] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:[^@/\s]+@)?([^/:\s]+(?::\d+(?=\/))?)[:/](.+)$/i.exec(name) ?? [];
  if (host === '' || path === '' || (scheme === '' && name.startsWith(firstCommit))) return name;
  const port = /^https?$/i.test(scheme) ? host : host.replace(/:\d+$/, '');
  return `${port.replace(/:(?:80|443)$/, '')}/${path}`
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .toLowerCase();
}
