/** Logins for registries and chart repositories, as docker and helm keep them: by host. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../problem.ts';
import type { Login } from './http.ts';

export type Logins = (host: string) => Login | undefined;

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * `DOCKER_AUTH_CONFIG` (as GitLab CI has it), else the files of `docker login` and `helm registry login`. The first that
 * knows the host counts. Throws Problem `config-invalid` for one that cannot be read.
 */
export async function readLogins(variables: Variables): Promise<Logins> {
  const home = variables['HOME'];
  const files = [
    under(variables['DOCKER_CONFIG'], 'config.json') ?? under(home, '.docker/config.json'),
    variables['HELM_REGISTRY_CONFIG'] ??
      under(variables['XDG_CONFIG_HOME'], 'helm/registry/config.json') ??
      under(home, '.config/helm/registry/config.json'),
  ].filter((file) => file !== undefined);
  const sources = [
    parse('DOCKER_AUTH_CONFIG', variables['DOCKER_AUTH_CONFIG']),
    ...(await Promise.all(files.map(async (file) => parse(file, await textOf(file))))),
  ];
  return (host) => sources.map((known) => known.get(host)).find((login) => login !== undefined);
}

function under(folder: string | undefined, name: string): string | undefined {
  return folder === undefined || folder === '' ? undefined : join(folder, name);
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Programs that hold logins (`credHelpers`) are not run: what stands in a file is all there is. */
function parse(place: string, text: string | undefined): ReadonlyMap<string, Login> {
  if (text === undefined || text.trim() === '') return new Map();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own words would repeat what it read, which may be a password.
    throw new Problem({
      reason: 'config-invalid',
      message: `${place} is not JSON`,
      hint: 'It is written {"auths": {"HOST": {"auth": …}}}.',
    });
  }
  const auths = (value as { readonly auths?: Readonly<Record<string, Auth>> } | null)?.auths ?? {};
  return new Map(
    Object.entries(auths).flatMap(([host, auth]) => {
      const login = loginOf(auth);
      return login === undefined ? [] : [[hostOf(host), login] as const];
    }),
  );
}

interface Auth {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
}

function loginOf(auth: Auth | null): Login | undefined {
  if (auth?.username !== undefined && auth.password !== undefined)
    return { user: auth.username, password: auth.password };
  if (auth?.auth === undefined) return undefined;
  const text = Buffer.from(auth.auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** `https://index.docker.io/v1/` is how docker writes its own registry. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === 'index.docker.io' ? 'registry-1.docker.io' : host;
}
