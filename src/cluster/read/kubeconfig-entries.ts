/** What a kubeconfig file says, as data: its clusters, users and contexts, with paths that no longer depend on it. */
import { dirname, resolve } from 'node:path';
import { isList, isObject, type Json, type JsonObject, valueAt } from '../../resource/resource.ts';
import { readYaml } from '../../yaml/index.ts';

export interface ClusterEntry {
  readonly name: string;
  readonly server: string;
  /** Base64 of PEM; it wins over the file. */
  readonly caData: string | undefined;
  readonly caFile: string | undefined;
  readonly skipTLSVerify: boolean;
  readonly tlsServerName: string | undefined;
  readonly proxyUrl: string | undefined;
}

export interface UserEntry {
  readonly name: string;
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly certData: string | undefined;
  readonly certFile: string | undefined;
  readonly keyData: string | undefined;
  readonly keyFile: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Whom to act as: the headers that say so. */
  readonly impersonation: Readonly<Record<string, string | string[]>>;
  /** A login program, as the file describes it. */
  readonly exec: JsonObject | undefined;
  /** A login of the time before programs. */
  readonly authProvider: JsonObject | undefined;
}

export interface ContextEntry {
  readonly name: string;
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string | undefined;
}

export interface KubeconfigFile {
  readonly clusters: readonly ClusterEntry[];
  readonly users: readonly UserEntry[];
  readonly contexts: readonly ContextEntry[];
  readonly currentContext: string | undefined;
}

/** Reads the text of one file. Throws what the YAML reader throws, and Error where it is no kubeconfig at all. */
export function kubeconfigEntries(text: string, file: string): KubeconfigFile {
  const document = readYaml(text) as Json;
  if (!isObject(document)) throw new Error('it is no mapping');
  const folder = dirname(file);
  return {
    clusters: entries(document, 'clusters', 'cluster').map(([name, body]) => clusterOf(name, body, folder)),
    users: entries(document, 'users', 'user').map(([name, body]) => userOf(name, body, folder)),
    contexts: entries(document, 'contexts', 'context').map(([name, body]) => ({
      name,
      cluster: textAt(body, 'cluster') ?? '',
      user: textAt(body, 'user') ?? '',
      namespace: textAt(body, 'namespace'),
    })),
    currentContext: textAt(document, 'current-context'),
  };
}

function clusterOf(name: string, body: JsonObject, folder: string): ClusterEntry {
  return {
    name,
    server: textAt(body, 'server') ?? '',
    caData: textAt(body, 'certificate-authority-data'),
    caFile: path(body, 'certificate-authority', folder),
    skipTLSVerify: body['insecure-skip-tls-verify'] === true,
    tlsServerName: textAt(body, 'tls-server-name'),
    proxyUrl: textAt(body, 'proxy-url'),
  };
}

function userOf(name: string, body: JsonObject, folder: string): UserEntry {
  const { exec, 'auth-provider': authProvider } = body;
  return {
    name,
    token: textAt(body, 'token'),
    tokenFile: path(body, 'tokenFile', folder),
    certData: textAt(body, 'client-certificate-data'),
    certFile: path(body, 'client-certificate', folder),
    keyData: textAt(body, 'client-key-data'),
    keyFile: path(body, 'client-key', folder),
    username: textAt(body, 'username'),
    password: textAt(body, 'password'),
    impersonation: impersonationOf(body),
    exec: isObject(exec) ? exec : undefined,
    authProvider: isObject(authProvider) ? authProvider : undefined,
  };
}

function impersonationOf(body: JsonObject): UserEntry['impersonation'] {
  const { as, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = body;
  const named: readonly (readonly [string, Json | undefined])[] = [
    ['Impersonate-User', as],
    ['Impersonate-Uid', uid],
    ['Impersonate-Group', groups],
    ...Object.entries(isObject(extra) ? extra : {}).map(
      ([key, value]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, value] as const,
    ),
  ];
  return Object.fromEntries(
    named.flatMap(([header, value]): (readonly [string, string | string[]])[] => {
      if (typeof value === 'string' && value !== '') return [[header, value]];
      return isList(value) && value.length > 0 ? [[header, value.map(String)]] : [];
    }),
  );
}

function entries(document: JsonObject, list: string, member: string): readonly (readonly [string, JsonObject])[] {
  const found = document[list];
  return (isList(found) ? found : []).filter(isObject).map((entry) => {
    const body = valueAt(entry, [member]);
    return [textAt(entry, 'name') ?? '', isObject(body) ? body : {}] as const;
  });
}

function path(body: JsonObject, field: string, folder: string): string | undefined {
  const value = textAt(body, field);
  return value === undefined ? undefined : resolve(folder, value);
}

/** An empty text means the same as none, as for kubectl. */
function textAt(body: JsonObject, field: string): string | undefined {
  const value = body[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
