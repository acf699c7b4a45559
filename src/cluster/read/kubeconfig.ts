/**
 * Which cluster a run talks to and as whom. A kubeconfig can name a program to run and files to read, so one that a
 * merge request brings would run its author's program with the pipeline's rights: nothing is taken from the checkout,
 * and only the well-known login programs are started.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { nearest, Problem } from '../../problem.ts';
import { valueAt } from '../../resource/resource.ts';
import { type ClusterEntry, type KubeconfigFile, kubeconfigEntries, type UserEntry } from './kubeconfig-entries.ts';
import { type ProxyVariables, proxyOf } from './proxy.ts';

export interface KubeconfigOptions {
  /** Value of KUBECONFIG: paths, separated as in PATH. Undefined: `.kube/config` of `home`, then in-cluster. */
  readonly kubeconfig: string | undefined;
  readonly home: string | undefined;
  /** Name of a context; undefined for the current one. */
  readonly context: string | undefined;
  /** Folder of the repository that is being planned: nothing of it is trusted. */
  readonly checkout: string;
  /** Where a pod finds the API server of its own cluster; undefined outside of one. */
  readonly inCluster?: InCluster | undefined;
  /** Proxies that the environment names; a `proxy-url` of the kubeconfig comes before them. */
  readonly proxies?: ProxyVariables | undefined;
}

export interface InCluster {
  readonly host: string;
  readonly port: string;
  /** Folder with the files of the pod's service account; Kubernetes puts it at one place. */
  readonly serviceAccount?: string;
}

/** One context: where, and as whom. */
export interface Kubeconfig {
  readonly context: string;
  readonly cluster: ClusterEntry;
  /** undefined: nobody is named, so requests go without a login. */
  readonly user: UserEntry | undefined;
}

/** Login programs of the large platforms, by file name. */
const allowedPrograms: readonly string[] = [
  'aws',
  'aws-iam-authenticator',
  'doctl',
  'gke-gcloud-auth-plugin',
  'kubelogin',
  'oci',
  'tsh',
];

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Reads the kubeconfig with one context selected. Throws `Problem` (`config-invalid`) when there is none, when it lies
 * in the checkout or refers to it, when the context is unknown, or when its login would start a program that is not on
 * the list.
 */
export function loadKubeconfig(options: KubeconfigOptions): Kubeconfig {
  const found = loadContext(options);
  const { cluster } = found;
  if (cluster.proxyUrl !== undefined || options.proxies === undefined) return found;
  return { ...found, cluster: { ...cluster, proxyUrl: proxyOf(cluster.server, options.proxies) } };
}

function loadContext(options: KubeconfigOptions): Kubeconfig {
  const files = kubeconfigFiles(options);
  if (files.length === 0) return inClusterConfig(options);
  for (const file of files) refuseCheckout(file, `the kubeconfig ${file}`, options.checkout);
  const parsed = files.map(readKubeconfig);
  // kubectl's rule: of two entries with one name the first wins.
  const selected = selectContext(parsed, options.context, files);
  refuseUntrusted(selected, options.checkout);
  return selected;
}

function inClusterConfig(options: KubeconfigOptions): Kubeconfig {
  const { inCluster, context } = options;
  const folder = inCluster?.serviceAccount ?? serviceAccount;
  const tokenFile = join(folder, 'token');
  if (inCluster === undefined || context !== undefined || !existsSync(tokenFile)) throw noKubeconfig(options);
  const host = inCluster.host.includes(':') ? `[${inCluster.host}]` : inCluster.host;
  return {
    context: 'in-cluster',
    cluster: {
      name: 'in-cluster',
      server: `https://${host}:${inCluster.port}`,
      caData: undefined,
      caFile: join(folder, 'ca.crt'),
      skipTLSVerify: false,
      tlsServerName: undefined,
      proxyUrl: undefined,
    },
    user: {
      name: 'service-account',
      token: undefined,
      tokenFile,
      certData: undefined,
      certFile: undefined,
      keyData: undefined,
      keyFile: undefined,
      username: undefined,
      password: undefined,
      impersonation: {},
      exec: undefined,
      authProvider: undefined,
    },
  };
}

function kubeconfigFiles({ kubeconfig, home }: KubeconfigOptions): readonly string[] {
  if (kubeconfig !== undefined && kubeconfig !== '') {
    const named = kubeconfig.split(delimiter).filter((file) => file !== '');
    const there = named.filter((file) => existsSync(file));
    if (there.length === 0) {
      throw new Problem({
        reason: 'config-invalid',
        message: `KUBECONFIG names ${named.join(', ')}, which does not exist`,
        hint: 'Set KUBECONFIG to the path of a kubeconfig file. In CI, store it as a file variable or secret.',
      });
    }
    return there;
  }
  const standard = join(home ?? '', '.kube', 'config');
  return home !== undefined && existsSync(standard) ? [standard] : [];
}

function noKubeconfig({ context }: KubeconfigOptions): Problem {
  return new Problem({
    reason: 'config-invalid',
    message: context === undefined ? 'there is no kubeconfig' : `there is no kubeconfig with the context "${context}"`,
    hint: 'Set KUBECONFIG to its path. Without one, only a pod with a service account can reach its own cluster.',
  });
}

function readKubeconfig(file: string): KubeconfigFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Problem({
      reason: 'config-invalid',
      message: `the kubeconfig ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      cause: error,
    });
  }
  try {
    return kubeconfigEntries(text, resolve(file));
  } catch (error) {
    // The parser quotes the line it stopped at, and that line can be a token: its message stays out.
    throw new Problem({ reason: 'config-invalid', message: `the kubeconfig ${file} is not valid`, cause: error });
  }
}

function selectContext(
  parsed: readonly KubeconfigFile[],
  wanted: string | undefined,
  files: readonly string[],
): Kubeconfig {
  const contexts = parsed.flatMap((file) => file.contexts);
  const names = [...new Set(contexts.map(({ name }) => name))];
  const name = wanted ?? parsed.map(({ currentContext }) => currentContext).find((current) => current !== undefined);
  const where = files.join(', ');
  if (name === undefined || name === '') {
    throw new Problem({
      reason: 'config-invalid',
      message: `${where} has no current context and the environment names none`,
      hint: contextsHint(names),
    });
  }
  const context = contexts.find((candidate) => candidate.name === name);
  if (context === undefined) {
    const near = nearest(name, names);
    throw new Problem({
      reason: 'config-invalid',
      message: `the context "${name}" is not in ${where}${near === undefined ? '' : `; did you mean "${near}"?`}`,
      hint: contextsHint(names),
    });
  }
  const cluster = parsed.flatMap((file) => file.clusters).find((entry) => entry.name === context.cluster);
  if (cluster === undefined) {
    throw new Problem({
      reason: 'config-invalid',
      message: `the context "${name}" of ${where} names the cluster "${context.cluster}", which is not there`,
    });
  }
  const user = parsed.flatMap((file) => file.users).find((entry) => entry.name === context.user);
  return { context: name, cluster, user };
}

function contextsHint(names: readonly string[]): string {
  return names.length === 0
    ? 'The kubeconfig has no contexts at all.'
    : `Set cluster.context of the environment to one of: ${[...names].sort().join(', ')}.`;
}

function refuseUntrusted({ cluster, user }: Kubeconfig, checkout: string): void {
  const login = user?.name ?? '';
  const files: readonly (readonly [string, string | undefined])[] = [
    [`the certificate authority of the cluster "${cluster.name}"`, cluster.caFile],
    [`the client certificate of the user "${login}"`, user?.certFile],
    [`the client key of the user "${login}"`, user?.keyFile],
    [`the token file of the user "${login}"`, user?.tokenFile],
  ];
  for (const [what, file] of files) if (file !== undefined) refuseCheckout(file, what, checkout);
  if (!URL.canParse(cluster.server)) {
    const is = cluster.server === '' ? 'has no server' : `has the server "${cluster.server}", which is no address`;
    throw new Problem({
      reason: 'config-invalid',
      message: `the cluster "${cluster.name}" ${is}`,
      hint: 'Write `server: https://…` into that cluster of the kubeconfig.',
    });
  }
  if (!/^https:/i.test(cluster.server) && !cluster.skipTLSVerify) {
    throw new Problem({
      reason: 'config-invalid',
      message: `the cluster "${cluster.name}" is at ${cluster.server}, and a login would go there unencrypted`,
      hint: 'Use the https address of the API server.',
    });
  }
  const provider = (field: string) => valueAt(user?.authProvider, ['config', field]);
  if (provider('exec') !== undefined || provider('cmd-path') !== undefined) {
    throw new Problem({
      reason: 'config-invalid',
      message: `the user "${login}" logs in by an auth-provider command, which is not run`,
      hint: 'Use the exec plugin of the platform, a token, or a client certificate.',
    });
  }
  const tokenFile = provider('tokenFile');
  if (typeof tokenFile === 'string') refuseCheckout(tokenFile, `the token file of the user "${login}"`, checkout);
  if (user?.exec === undefined) return;
  const { command } = user.exec;
  if (typeof command !== 'string' || !isAllowedProgram(command, checkout)) {
    throw new Problem({
      reason: 'config-invalid',
      message: `the user "${login}" logs in by the program "${String(command)}", which is not run`,
      hint: `Programs that may be run from outside the checkout: ${allowedPrograms.join(', ')}. Or use a token.`,
    });
  }
}

function isAllowedProgram(command: string, checkout: string): boolean {
  if (!allowedPrograms.includes(basename(command).replace(/\.exe$/i, ''))) return false;
  if (!/[\\/]/.test(command)) return true;
  return isAbsolute(command) && !isInside(command, checkout);
}

function refuseCheckout(file: string, what: string, checkout: string): void {
  if (!isInside(file, checkout)) return;
  throw new Problem({
    reason: 'config-invalid',
    message: `${what} lies in the checkout, where whoever opens a merge request decides what is in it`,
    hint: 'Keep it outside the repository, for instance as a file variable of the pipeline, and point KUBECONFIG there.',
  });
}

function isInside(file: string, folder: string): boolean {
  const from = relative(real(folder), real(file));
  return from === '' || (from !== '..' && !from.startsWith(`..${sep}`) && !isAbsolute(from));
}

/** Symbolic links resolved as far as the path exists. */
function real(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    return dirname(whole) === whole ? whole : join(real(dirname(whole)), basename(whole));
  }
}
