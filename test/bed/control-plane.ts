/** Starts the processes of a real control plane in one folder, on loopback only, and waits until it schedules pods. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileOf } from './build.ts';
import { type Certificate, makeAuthority } from './certificates.ts';
import { findProgram } from './find.ts';
import { kubeconfig, type Login, logins, rbac, tokenFile } from './logins.ts';
import { type Part, type ProgramName, parts } from './parts.ts';

/** Where a running bed is and how to log in; plain data, kept in `bed.json` of its folder. */
export interface Bed {
  readonly folder: string;
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
  readonly kubeconfigs: Readonly<Record<Login, string>>;
  /** The process that holds the others; ending it ends the bed. */
  readonly supervisor: number;
}

const nodeName = 'bed-node';
const patience = 90_000;
/** By default controllers make 20 requests a second at most, and a test would measure that limit. */
const unhurried = ['--kube-api-qps=500', '--kube-api-burst=1000'];

/** Starts everything; `children` gets each process as it starts, so that a failed start can be cleaned up too. */
export async function startControlPlane(folder: string, children: ChildProcess[]): Promise<Bed> {
  mkdirSync(folder, { recursive: true });
  const ports = await freePorts(4);
  const [client, peer, secure, kwokPort] = ports as [number, number, number, number];
  const run = (program: ProgramName, args: readonly string[]) => children.push(start(folder, program, args));
  writeServiceAccountKey(folder);
  writeClientAuthority(folder);
  writeFileSync(join(folder, 'tokens.csv'), tokenFile(), { mode: 0o600 });

  run('etcd', [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=default=http://127.0.0.1:${peer}`,
    '--unsafe-no-fsync=true',
  ]);
  run('kube-apiserver', [
    `--etcd-servers=http://127.0.0.1:${client}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${secure}`,
    `--cert-dir=${join(folder, 'certificates')}`,
    `--service-account-key-file=${join(folder, 'service-account.key')}`,
    `--service-account-signing-key-file=${join(folder, 'service-account.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--client-ca-file=${join(folder, 'clients.crt')}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--disable-admission-plugins=ServiceAccount',
    '--allow-privileged=true',
  ]);

  const server = `https://127.0.0.1:${secure}`;
  const certificateAuthority = await waitFor('the certificate of kube-apiserver', children, () =>
    readIfThere(join(folder, 'certificates', 'apiserver.crt')),
  );
  const kubeconfigs = writeKubeconfigs(folder, server, certificateAuthority);
  const kubectl = (args: readonly string[], input?: string) => runKubectl(kubeconfigs.administrator, args, input);
  await waitFor('kube-apiserver', children, () => kubectl(['get', '--raw', '/readyz']));

  run('kube-controller-manager', [
    `--kubeconfig=${kubeconfigs.administrator}`,
    '--leader-elect=false',
    '--secure-port=0',
    `--service-account-private-key-file=${join(folder, 'service-account.key')}`,
    ...unhurried,
  ]);
  run('kube-scheduler', [
    `--kubeconfig=${kubeconfigs.administrator}`,
    '--leader-elect=false',
    '--secure-port=0',
    ...unhurried,
  ]);
  run('kwok', [
    `--kubeconfig=${kubeconfigs.administrator}`,
    '--manage-all-nodes=true',
    `--config=${writeStages(folder)}`,
    `--server-address=127.0.0.1:${kwokPort}`,
  ]);
  await waitFor('the roles and the node', children, () => kubectl(['apply', '--server-side', '-f', '-'], rbac()));
  await waitFor('the node', children, () => kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(node())));
  await waitFor('the node to be ready', children, () =>
    kubectl(['wait', '--for=condition=Ready', `node/${nodeName}`, '--timeout=1s']),
  );
  await waitFor('the default service account', children, () => kubectl(['get', 'serviceaccount', 'default']));
  await waitFor('the planner to be pinned', children, () => plannerIsPinned(kubeconfigs.planner));
  return { folder, server, certificateAuthority, kubeconfigs, supervisor: process.pid };
}

/** An admission policy acts a moment after it was written; a bed is only handed out when it does. */
function plannerIsPinned(planner: string): string | undefined {
  const probe = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'probe', namespace: 'default' },
  });
  const run = spawnSync(programPath('kubectl'), ['--kubeconfig', planner, 'create', '-f', '-'], {
    input: probe,
    encoding: 'utf8',
  });
  return run.stderr.includes('may only dry-run') ? 'pinned' : undefined;
}

function start(folder: string, program: ProgramName, args: readonly string[]): ChildProcess {
  const log = openSync(join(folder, `${program}.log`), 'a');
  return spawn(programPath(program), [...args], { stdio: ['ignore', log, log], cwd: folder });
}

function programPath(program: ProgramName): string {
  const found = findProgram(program);
  if (found.path === undefined) throw new Error(found.reason);
  return found.path;
}

/** Asks `look` until it answers; a process of the bed that ended meanwhile is the reason that it never will. */
async function waitFor<T>(what: string, children: readonly ChildProcess[], look: () => T | undefined): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    const seen = look();
    if (seen !== undefined) return seen;
    const ended = children.find((child) => child.exitCode !== null || child.signalCode !== null);
    if (ended !== undefined) throw new Error(`${ended.spawnfile} ended with ${ended.exitCode ?? ended.signalCode}`);
    if (Date.now() > deadline) throw new Error(`waited ${patience / 1000} s in vain for ${what}`);
    await sleep(100);
  }
}

/** The output, or undefined when kubectl failed: while a server starts that only means not yet. */
function runKubectl(config: string, args: readonly string[], input?: string): string | undefined {
  const run = spawnSync(programPath('kubectl'), ['--kubeconfig', config, ...args], {
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
  });
  return run.status === 0 ? run.stdout : undefined;
}

function writeKubeconfigs(folder: string, server: string, certificateAuthority: string): Bed['kubeconfigs'] {
  const written = Object.entries(logins).map(([login, { token }]) => {
    const path = join(folder, `${login}.kubeconfig`);
    writeFileSync(path, kubeconfig({ server, certificateAuthority, token }), { mode: 0o600 });
    return [login, path] as const;
  });
  return Object.fromEntries(written) as Record<Login, string>;
}

function writeServiceAccountKey(folder: string): void {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'service-account.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), {
    mode: 0o600,
  });
}

function writeClientAuthority(folder: string): void {
  const { certificate, key } = makeAuthority('bed clients');
  writeFileSync(join(folder, 'clients.crt'), certificate);
  writeFileSync(join(folder, 'clients.key'), key, { mode: 0o600 });
}

/** What signs certificates of logins of this bed. */
export function clientAuthority({ folder }: Bed): Certificate {
  const [certificate = '', key = ''] = ['clients.crt', 'clients.key'].map((file) =>
    readFileSync(join(folder, file), 'utf8'),
  );
  return { certificate, key };
}

function writeStages(folder: string): string {
  const kwok: Part | undefined = parts.find((part) => part.name === 'kwok');
  if (kwok === undefined) throw new Error('the parts have no kwok');
  const stages = (kwok.files ?? []).map((file) => {
    const path = fileOf(kwok, file);
    if (path === undefined) throw new Error(`${file} of kwok is not here; \`npm run bed -- build kwok\` fetches it`);
    return readFileSync(path, 'utf8');
  });
  const path = join(folder, 'stages.yaml');
  writeFileSync(path, stages.join('\n---\n'));
  return path;
}

function node() {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: { 'kubernetes.io/os': 'linux' },
    },
    status: {
      allocatable: { cpu: '64', memory: '256Gi', pods: '1000' },
      capacity: { cpu: '64', memory: '256Gi', pods: '1000' },
    },
  };
}

function readIfThere(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    return text.includes('END CERTIFICATE') ? text : undefined;
  } catch {
    return undefined;
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<import('node:net').Server>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  return Promise.all(
    servers.map((server) => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      return new Promise<number>((resolve) => server.close(() => resolve(port)));
    }),
  );
}
