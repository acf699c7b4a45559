/**
 * Which cluster a run talks to and as whom. A kubeconfig can name a program to run and files to read, so one that a
 * merge request brings would run its author's program with the pipeline's rights: nothing is taken from the checkout,
 * and only the well-known login programs are started.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type Cluster, type Context, KubeConfig, type User } from '@kubernetes/client-node';
import { nearest, Problem } from '../../problem.ts';
import { isList, type Json, valueAt } from '../../resource/resource.ts';
import { readYaml } from '../../yaml/index.ts';

export interface KubeconfigOptions {
  /** Value of KUBECONFIG: paths, separated as in PATH. Undefined: `.kube/config` of `home`, then in-cluster. */
  readonly kubeconfig: string | undefined;
  readonly home: string | undefined;
  /** Name of a context; undefined for the current one. */
  readonly context: string | undefined;
  /** Folder of the repository that is being planned: nothing of it is trusted. */
  readonly checkout: string;
}

/** Login programs of the large platforms, by file name. */
export const allowedPrograms: readonly string[] = [
  'aws',
  'aws-iam-authenticator',
  'doctl',
  'gke-gcloud-auth-plugin',
  'kubelogin',
  'oci',
  'tsh',
];

const inClusterToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Reads the kubeconfig with one context selected. Throws `Problem` (`config-invalid`) when there is none, when it lies
 * in the checkout or refers to it, when the context is unknown, or when its login would start a program that is not on
 * the list.
 */
export function loadKubeconfig(options: KubeconfigOptions): KubeConfig {
  const files = kubeconfigFiles(options);
  const config = new KubeConfig();
  if (files.length === 0) {
    if (!existsSync(inClusterToken) || options.context !== undefined) throw noKubeconfig(options);
    config.loadFromCluster();
    return config;
  }
  for (const file of files) refuseCheckout(file, `the kubeconfig ${file}`, options.checkout);
  const parsed = files.map(readKubeconfig);
  config.loadFromOptions({
    // kubectl's rule: of two entries with one name the first wins.
    clusters: firstOfEachName(parsed.flatMap(({ clusters }) => clusters)),
    users: firstOfEachName(parsed.flatMap(({ users }) => users)),
    contexts: firstOfEachName(parsed.flatMap(({ contexts }) => contexts)),
    currentContext: parsed.map(({ currentContext }) => currentContext).find((name) => (name ?? '') !== ''),
  });
  const { cluster, user } = selectContext(config, options.context, files);
  refuseUntrusted(cluster, user, options.checkout);
  return config;
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

function readKubeconfig(file: string): KubeConfig {
  const config = new KubeConfig();
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
    config.loadFromString(text);
    config.makePathsAbsolute(resolve(dirname(file)));
    takeTokenFiles(config, text, dirname(file));
  } catch (error) {
    // The parser quotes the line it stopped at, and that line can be a token: its message stays out.
    throw new Problem({ reason: 'config-invalid', message: `the kubeconfig ${file} is not valid`, cause: error });
  }
  return config;
}

/** client-node does not know `tokenFile` of a user, which pods and agents use; its in-cluster login reads one. */
function takeTokenFiles(config: KubeConfig, text: string, folder: string): void {
  const users = valueAt(readYaml(text) as Json, ['users']);
  for (const entry of isList(users) ? users : []) {
    const tokenFile = valueAt(entry, ['user', 'tokenFile']);
    const user = config.users.find(({ name }) => name === valueAt(entry, ['name']));
    if (typeof tokenFile !== 'string' || user === undefined || user.token !== undefined) continue;
    // The library calls these read-only, and lets its own in-cluster login set them.
    Object.assign(user, { authProvider: { name: 'tokenFile', config: { tokenFile: resolve(folder, tokenFile) } } });
  }
}

function selectContext(
  config: KubeConfig,
  wanted: string | undefined,
  files: readonly string[],
): { readonly context: Context; readonly cluster: Cluster; readonly user: User | null } {
  const names = config.contexts.map(({ name }) => name);
  const name = wanted ?? config.currentContext;
  const where = files.join(', ');
  if (name === undefined || name === '') {
    throw new Problem({
      reason: 'config-invalid',
      message: `${where} has no current context and the environment names none`,
      hint: contextsHint(names),
    });
  }
  const context = config.getContextObject(name);
  if (context === null) {
    const near = nearest(name, names);
    throw new Problem({
      reason: 'config-invalid',
      message: `the context "${name}" is not in ${where}${near === undefined ? '' : `; did you mean "${near}"?`}`,
      hint: contextsHint(names),
    });
  }
  config.setCurrentContext(name);
  const cluster = config.getCluster(context.cluster);
  if (cluster === null) {
    throw new Problem({
      reason: 'config-invalid',
      message: `the context "${name}" of ${where} names the cluster "${context.cluster}", which is not there`,
    });
  }
  return { context, cluster, user: config.getUser(context.user) };
}

function contextsHint(names: readonly string[]): string {
  return names.length === 0
    ? 'The kubeconfig has no contexts at all.'
    : `Set cluster.context of the environment to one of: ${[...names].sort().join(', ')}.`;
}

function refuseUntrusted(cluster: Cluster, user: User | null, checkout: string): void {
  const login = user?.name ?? '';
  const files: readonly (readonly [string, string | undefined])[] = [
    [`the certificate authority of the cluster "${cluster.name}"`, cluster.caFile],
    [`the client certificate of the user "${login}"`, user?.certFile],
    [`the client key of the user "${login}"`, user?.keyFile],
    [`the token file of the user "${login}"`, user?.authProvider?.config?.['tokenFile']],
  ];
  for (const [what, file] of files) if (file !== undefined) refuseCheckout(file, what, checkout);
  if (!/^https:/i.test(cluster.server) && cluster.skipTLSVerify !== true) {
    throw new Problem({
      reason: 'config-invalid',
      message: `the cluster "${cluster.name}" is at ${cluster.server}, and a login would go there unencrypted`,
      hint: 'Use the https address of the API server.',
    });
  }
  const provider = user?.authProvider?.config ?? {};
  if (provider['exec'] !== undefined || provider['cmd-path'] !== undefined) {
    throw new Problem({
      reason: 'config-invalid',
      message: `the user "${login}" logs in by an auth-provider command, which is not run`,
      hint: 'Use the exec plugin of the platform, a token, or a client certificate.',
    });
  }
  const command: unknown = user?.exec?.command;
  if (user?.exec === undefined || user.exec === null) return;
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

function firstOfEachName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return entries.filter((entry, index) => entries.findIndex(({ name }) => name === entry.name) === index);
}
