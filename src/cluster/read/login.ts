/**
 * From a kubeconfig's entries to what a request needs: headers, and an agent that keeps connections open. Tokens,
 * certificates and passwords are read here; older providers and proxies are client-node's work, which is loaded only
 * for them, because loading it takes longer than a plan's requests.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Agent as AnyAgent, OutgoingHttpHeaders } from 'node:http';
import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import { Problem } from '../../problem.ts';
import type { JsonObject } from '../../resource/resource.ts';
import type { Kubeconfig } from './kubeconfig.ts';
import type { ClusterEntry, UserEntry } from './kubeconfig-entries.ts';
import { askProgram, type ProgramOptions } from './login-program.ts';

export interface Login {
  readonly headers: OutgoingHttpHeaders;
  /** undefined for a cluster that is spoken to without TLS. */
  readonly agent: AnyAgent | undefined;
  /** What the server is shown, for words about why it does not take it. */
  readonly shown: Pick<UserEntry, 'token' | 'certData'>;
}

/** How login programs are run. */
export type LoginOptions = Pick<ProgramOptions, 'env' | 'timeout' | 'signal'>;

const connections = { keepAlive: true, maxFreeSockets: 32 } as const;

/** Throws `Problem` (`unauthenticated`, `cancelled`) of login programs and files, and whatever the library throws. */
export async function logIn({ cluster, user: entry }: Kubeconfig, options: LoginOptions): Promise<Login> {
  const user = entry && (await withFiles(cluster, entry, options));
  const shown = { token: user?.token, certData: user?.certData };
  const headers: OutgoingHttpHeaders = { ...user?.impersonation };
  if (user?.authProvider !== undefined || cluster.proxyUrl !== undefined)
    return { ...(await logInByLibrary(cluster, user, headers)), shown };
  const tls: AgentOptions = {
    ...tlsOf(cluster),
    ...pem('cert', user?.certData),
    ...pem('key', user?.keyData),
  };
  const authorization = authorizationOf(user);
  return {
    headers: { ...headers, ...(authorization === undefined ? {} : { Authorization: authorization }) },
    agent: isPlain(cluster) ? undefined : new Agent({ ...connections, ...tls, ...contextOf(tls) }),
    shown,
  };
}

/** Made once, or every connection reads the certificates. What is wrong with them is told by the first that does. */
function contextOf(tls: AgentOptions): AgentOptions {
  try {
    return { secureContext: createSecureContext(tls) };
  } catch {
    return {};
  }
}

/** The user with what its files and its login program say in the places of their names. */
async function withFiles(cluster: ClusterEntry, user: UserEntry, options: LoginOptions): Promise<UserEntry> {
  const read = (file: string | undefined, what: string): string | undefined =>
    file === undefined ? undefined : readLoginFile(file, `the ${what} of the user "${user.name}"`);
  const inBase64 = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : Buffer.from(text).toString('base64');
  const own: UserEntry = {
    ...user,
    // Of the two the file is what is kept fresh, as for kubectl.
    token: read(user.tokenFile, 'token file')?.trim() ?? user.token,
    tokenFile: undefined,
    certData: user.certData ?? inBase64(read(user.certFile, 'client certificate')),
    certFile: undefined,
    keyData: user.keyData ?? inBase64(read(user.keyFile, 'client key')),
    keyFile: undefined,
  };
  if (user.exec === undefined) return own;
  const clusterInfo = (): JsonObject => clusterInfoOf(cluster);
  const login = await askProgram({ ...options, exec: user.exec, user: user.name, cluster, clusterInfo });
  return {
    ...own,
    exec: undefined,
    token: login.token ?? own.token,
    certData: inBase64(login.certificate) ?? own.certData,
    keyData: inBase64(login.key) ?? own.keyData,
  };
}

function readLoginFile(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Problem({
      reason: 'unauthenticated',
      message: `${what}, ${file}, cannot be read (${(error as NodeJS.ErrnoException).code})`,
      hint: 'Is it there in this job, and may this user read it?',
      cause: error,
    });
  }
}

/** ISO time since which a login is no longer good by its own words; undefined where it does not say so. */
export function expiredSince({ token, certData }: Login['shown'], now: number): string | undefined {
  const ends = [endOfToken(token), endOfCertificate(certData)].filter((end) => end !== undefined);
  const end = Math.min(...ends);
  return end <= now ? new Date(end).toISOString().replace(/\.\d+Z$/, 'Z') : undefined;
}

/** Milliseconds; a token of a service account or of OpenID Connect says in its middle part when it ends. */
function endOfToken(token: string | undefined): number | undefined {
  try {
    const [, claims = ''] = token?.split('.') ?? [];
    const end: unknown = (JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { exp?: unknown }).exp;
    return typeof end === 'number' ? end * 1000 : undefined;
  } catch {
    return undefined;
  }
}

function endOfCertificate(certData: string | undefined): number | undefined {
  if (certData === undefined) return undefined;
  try {
    return new X509Certificate(Buffer.from(certData, 'base64')).validToDate.getTime();
  } catch {
    return undefined;
  }
}

function authorizationOf(user: UserEntry | undefined): string | undefined {
  if (user === undefined) return undefined;
  if (user.token !== undefined) return `Bearer ${user.token}`;
  if (user.username === undefined) return undefined;
  return `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
}

function tlsOf(cluster: ClusterEntry): AgentOptions {
  return {
    ...pem('ca', authorityOf(cluster)),
    ...(cluster.skipTLSVerify ? { rejectUnauthorized: false } : {}),
    ...(cluster.tlsServerName === undefined ? {} : { servername: cluster.tlsServerName }),
  };
}

function authorityOf({ name, caData, caFile }: ClusterEntry): string | undefined {
  if (caData !== undefined || caFile === undefined) return caData;
  return Buffer.from(readLoginFile(caFile, `the certificate authority of the cluster "${name}"`)).toString('base64');
}

function pem(name: 'ca' | 'cert' | 'key', data: string | undefined): AgentOptions {
  return data === undefined ? {} : { [name]: Buffer.from(data, 'base64') };
}

function isPlain({ server }: ClusterEntry): boolean {
  return /^http:/i.test(server);
}

async function logInByLibrary(
  cluster: ClusterEntry,
  user: UserEntry | undefined,
  impersonation: OutgoingHttpHeaders,
): Promise<Omit<Login, 'shown'>> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const name = user?.name ?? '';
  config.loadFromOptions({
    // A name is the proxy's to resolve, as for kubectl.
    clusters: [withoutUndefined({ ...cluster, proxyUrl: cluster.proxyUrl?.replace(/^socks5:/i, 'socks5h:') })],
    users: [{ ...withoutUndefined({ ...user, impersonation: undefined }), name }],
    contexts: [{ name, cluster: cluster.name, user: name }],
    currentContext: name,
  });
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, passphrase, pfx, agent, auth } = options;
  const tls = withoutUndefined({ ca, cert, key, passphrase, pfx });
  const basic = typeof auth === 'string' ? { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
  const headers = { ...(options.headers as OutgoingHttpHeaders | undefined), ...basic, ...impersonation };
  if (isPlain(cluster)) return { headers, agent: undefined };
  if (cluster.proxyUrl === undefined)
    return { headers, agent: new Agent({ ...connections, ...tls, ...tlsOf(cluster) }) };
  if (typeof agent !== 'object') throw new Error(`the proxy of cluster ${cluster.name} has no agent`);
  // The library makes an agent that opens a new connection for every request.
  return { headers, agent: Object.assign(agent, connections) };
}

function clusterInfoOf(cluster: ClusterEntry): JsonObject {
  const { server, skipTLSVerify, tlsServerName, proxyUrl } = cluster;
  return withoutUndefined({
    server,
    'certificate-authority-data': authorityOf(cluster),
    'insecure-skip-tls-verify': skipTLSVerify ? true : undefined,
    'tls-server-name': tlsServerName,
    'proxy-url': proxyUrl,
  }) as JsonObject;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
