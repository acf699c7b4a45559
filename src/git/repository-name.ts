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

/**
 * Whether two names mean one repository: a pipeline clones over HTTPS what people clone over SSH, and GitHub and GitLab
 * take names in any case. Two that are taken for one would delete one another's objects, so a doubt makes them two.
 */
export function sameRepository(one: string, other: string): boolean {
  if (one === '' || other === '') return false;
  const [a, b] = [addressOf(one), addressOf(other)];
  if (a === undefined || b === undefined) return one === other;
  if (a.host !== b.host || a.path !== b.path || a.owner !== b.owner) return false;
  if (a.transport === b.transport) return a.port === b.port;
  // A forge may have SSH on any port; which web server it belongs to says only a web server on the usual one.
  return [a, b].every(({ transport, port }) => transport === 'ssh' || port === '');
}

interface Address {
  readonly transport: 'ssh' | 'http';
  readonly host: string;
  /** '' is the usual one. */
  readonly port: string;
  readonly path: string;
  /** Whose home the path is in, on a server that is no forge. */
  readonly owner: string;
}

const usualPort: Readonly<Record<string, string>> = { ssh: '22', http: '80', https: '443' };

/** `ssh://git@host:22/acme/shop.git`, `git@host:acme/shop` and `https://host/acme/shop.git`; undefined for others. */
function addressOf(name: string): Address | undefined {
  const url = /^(ssh|https?):\/\/(?:([^@/\s]*)@)?([^/:\s]+)(?::(\d+))?\/(.+)$/i.exec(name);
  const scp = url === null ? /^()(?:([^@/:\s]+)@)?([^/:\s]+)():(?!\/\/)(.+)$/.exec(name) : null;
  const [, scheme = '', user = '', host = '', port = '', path = ''] = url ?? scp ?? [];
  if (host === '' || path === '' || name.startsWith(firstCommit)) return undefined;
  const known = scheme.toLowerCase() || 'ssh';
  const plain = path.replace(/\/+$/, '').replace(/\.git$/, '');
  // Owner and name, as forges have it; else it is a file of a server, for which letter case and home matter.
  const isForge = /^[^/~][^/]*\//.test(plain);
  return {
    transport: known === 'ssh' ? 'ssh' : 'http',
    host: host.toLowerCase(),
    port: port === usualPort[known] ? '' : port,
    path: isForge ? plain.toLowerCase() : plain,
    owner: isForge || known !== 'ssh' ? '' : user,
  };
}
