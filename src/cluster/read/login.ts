/**
 * From a kubeconfig's entries to what a request needs: headers, and an agent that keeps connections open. Tokens,
 * certificates and passwords are read here; login programs, older providers and proxies are client-node's work, which
 * is loaded only for them, because loading it takes longer than a plan's requests.
 */
import { readFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import { isList, type JsonObject } from '../../resource/resource.ts';
import type { Kubeconfig } from './kubeconfig.ts';
import type { ClusterEntry, UserEntry } from './kubeconfig-entries.ts';

export interface Login {
  readonly headers: OutgoingHttpHeaders;
  /** undefined for a cluster that is spoken to without TLS. */
  readonly agent: Agent | undefined;
}

const connections = { keepAlive: true, maxFreeSockets: 32 } as const;

/** Throws whatever reading a file or running a login program throws. */
export async function logIn({ cluster, user }: Kubeconfig): Promise<Login> {
  const headers: OutgoingHttpHeaders = { ...user?.impersonation };
  const needsLibrary = user?.exec !== undefined || user?.authProvider !== undefined || cluster.proxyUrl !== undefined;
  if (needsLibrary) return await logInByLibrary(cluster, user, headers);
  const tls: AgentOptions = {
    ...tlsOf(cluster),
    ...pem('cert', user?.certData, user?.certFile),
    ...pem('key', user?.keyData, user?.keyFile),
  };
  const authorization = authorizationOf(user);
  return {
    headers: { ...headers, ...(authorization === undefined ? {} : { Authorization: authorization }) },
    agent: isPlain(cluster) ? undefined : new Agent({ ...connections, ...tls }),
  };
}

function authorizationOf(user: UserEntry | undefined): string | undefined {
  if (user === undefined) return undefined;
  const token = user.token ?? (user.tokenFile === undefined ? undefined : readFileSync(user.tokenFile, 'utf8').trim());
  if (token !== undefined) return `Bearer ${token}`;
  if (user.username === undefined) return undefined;
  return `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
}

function tlsOf(cluster: ClusterEntry): AgentOptions {
  return {
    ...pem('ca', cluster.caData, cluster.caFile),
    ...(cluster.skipTLSVerify ? { rejectUnauthorized: false } : {}),
    ...(cluster.tlsServerName === undefined ? {} : { servername: cluster.tlsServerName }),
  };
}

function pem(name: 'ca' | 'cert' | 'key', data: string | undefined, file: string | undefined): AgentOptions {
  if (data !== undefined) return { [name]: Buffer.from(data, 'base64') };
  return file === undefined ? {} : { [name]: readFileSync(file) };
}

function isPlain({ server }: ClusterEntry): boolean {
  return /^http:/i.test(server);
}

async function logInByLibrary(
  cluster: ClusterEntry,
  user: UserEntry | undefined,
  impersonation: OutgoingHttpHeaders,
): Promise<Login> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const name = user?.name ?? '';
  config.loadFromOptions({
    clusters: [withoutUndefined(cluster)],
    users: [{ ...withoutUndefined({ ...user, impersonation: undefined, exec: programOf(cluster, user) }), name }],
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
  if (!(agent instanceof Agent)) throw new Error(`the proxy of cluster ${cluster.name} has no agent`);
  // The library makes an agent that opens a new connection for every request.
  return { headers, agent: Object.assign(agent, connections) };
}

/** A login program is told what it logs in to in a variable, which the library leaves out. */
function programOf(cluster: ClusterEntry, user: UserEntry | undefined): JsonObject | undefined {
  const exec = user?.exec;
  if (exec === undefined) return undefined;
  const info = {
    apiVersion: exec['apiVersion'] ?? '',
    kind: 'ExecCredential',
    spec: { interactive: false, ...(exec['provideClusterInfo'] === true ? { cluster: clusterInfo(cluster) } : {}) },
  };
  const env = isList(exec['env']) ? exec['env'] : [];
  return { ...exec, env: [...env, { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }] };
}

function clusterInfo({ server, caData, caFile, skipTLSVerify, tlsServerName, proxyUrl }: ClusterEntry): JsonObject {
  const ca = caData ?? (caFile === undefined ? undefined : readFileSync(caFile).toString('base64'));
  return withoutUndefined({
    server,
    'certificate-authority-data': ca,
    'insecure-skip-tls-verify': skipTLSVerify ? true : undefined,
    'tls-server-name': tlsServerName,
    'proxy-url': proxyUrl,
  }) as JsonObject;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
