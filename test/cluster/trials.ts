/**
 * One apply of many kinds of changes, for suites that disturb it: what stood there before, what is to be, and what must
 * be true afterwards whatever happened in between.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, makeClient } from '../../src/cluster/read/client.ts';
import { readRevisions } from '../../src/cluster/read/helm-record.ts';
import { loadKubeconfig } from '../../src/cluster/read/kubeconfig.ts';
import type { ReleaseOutcome } from '../../src/cluster/write/apply-release.ts';
import { breakLease } from '../../src/cluster/write/lease.ts';
import type { ObjectOutcome } from '../../src/cluster/write/release-run.ts';
import { formatKey, type Json, type Resource, valueAt } from '../../src/resource/resource.ts';
import { kubeconfig, type Login, logins } from '../bed/logins.ts';
import { checkout, configMap, deployment, type Planned, plan } from './support.ts';

export interface Trial {
  /** Straight to the server, for whatever is not disturbed. */
  readonly client: Client;
  readonly namespace: string;
}

const release = { name: 'catalog' } as const;
/** Nothing is asked of it: it only says whose the releases are. */
export const repositoryOfTrials = 'https://git.example.test/my/shop.git';

export const before: readonly Resource[] = [
  configMap('changed', { x: '1' }),
  configMap('dropped', { x: '1' }),
  secretOf('password-one'),
];

export const after: readonly Resource[] = [
  configMap('changed', { x: '2' }),
  configMap('created', { x: '1' }),
  configMap('adopted', { x: '2' }),
  secretOf('password-two'),
  deployment('web', 0),
];

function secretOf(password: string): Resource {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, stringData: { password } };
}

/** A namespace with the release as it was, an object that is to be adopted, and one that is nobody's business. */
export async function makeTrial(client: Client, namespace = newNamespace(), commit = ''): Promise<Trial> {
  await post(client, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  await post(client, path, configMap('adopted', { x: '1' }));
  await post(client, path, configMap('foreign', { x: '1' }));
  const { revision } = await (await plan({ client, namespace, objects: before })).apply({
    holder: 'the run before',
    origin: { environment: 'production', commit, repository: repositoryOfTrials, mergeRequests: [] },
  });
  if (revision !== 1) throw new Error('the trial could not be set up');
  return { client, namespace };
}

export function newNamespace(): string {
  return `t-${randomBytes(5).toString('hex')}`;
}

async function post(client: Client, path: string, body: Json): Promise<void> {
  const { status } = await client.send({ method: 'POST', path, body, repeatable: 'once' });
  if (status !== 201) throw new Error(`POST ${path} was answered with ${status}`);
}

export async function dropTrial({ client, namespace }: Trial): Promise<void> {
  await client.send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}`, repeatable: 'once' });
}

/** A kubeconfig for this login by way of another address. */
export function kubeconfigBy(url: string, login: Login): string {
  const path = join(mkdtempSync(join(tmpdir(), 'pushgate-proxied-')), 'kubeconfig');
  const text = kubeconfig({ server: url, certificateAuthority: '', token: logins[login].token });
  writeFileSync(path, text.replace(/"certificate-authority-data": ""/, '"insecure-skip-tls-verify": true'), {
    mode: 0o600,
  });
  return path;
}

export function clientBy(url: string, login: Login, timeout: number): Client {
  const config = loadKubeconfig({
    kubeconfig: kubeconfigBy(url, login),
    home: undefined,
    context: undefined,
    checkout,
  });
  return makeClient({ config, userAgent: 'pushgate-test', timeout });
}

/** What is there of the names that the trial is about: `x` of a ConfigMap, a hash of the rest; undefined: nothing. */
export type Standing = Readonly<Record<string, string | undefined>>;

export async function standing({ client, namespace }: Trial): Promise<Standing> {
  const list = async (path: string): Promise<readonly Json[]> => {
    const { body } = await client.send({ method: 'GET', path, repeatable: 'repeatable' });
    return (valueAt(body, ['items']) ?? []) as readonly Json[];
  };
  const maps = await list(`/api/v1/namespaces/${namespace}/configmaps`);
  const secrets = await list(`/api/v1/namespaces/${namespace}/secrets`);
  const deployments = await list(`/apis/apps/v1/namespaces/${namespace}/deployments`);
  const text = (item: Json, path: readonly string[]): string => String(valueAt(item, path));
  return Object.fromEntries([
    ...maps.map((item) => [text(item, ['metadata', 'name']), text(item, ['data', 'x'])]),
    ...secrets.map((item) => [
      text(item, ['metadata', 'name']),
      Buffer.from(text(item, ['data', 'password']), 'base64').toString(),
    ]),
    ...deployments.map((item) => [text(item, ['metadata', 'name']), text(item, ['spec', 'replicas'])]),
  ]);
}

const wanted: Standing = {
  changed: '2',
  created: '1',
  adopted: '2',
  login: 'password-two',
  web: '0',
  dropped: undefined,
};
const first: Standing = {
  changed: '1',
  created: undefined,
  adopted: '1',
  login: 'password-one',
  web: undefined,
  dropped: '1',
};

/** Every outcome against what is there: empty when all of them are true. */
export function lies(outcomes: readonly ObjectOutcome[], there: Standing): readonly string[] {
  return outcomes.flatMap(({ key, outcome }) => {
    const now = there[key.name];
    const done = now === wanted[key.name];
    const untouched = now === first[key.name];
    const isTrue =
      outcome === 'unknown' ? done || untouched : outcome === 'failed' || outcome === 'skipped' ? untouched : done;
    return isTrue ? [] : [`${formatKey(key)} is said to be ${outcome}, and there is ${now ?? 'nothing'}`];
  });
}

/** For a run that says that it wrote nothing. */
export function touched(there: Standing): readonly string[] {
  return Object.keys(first).flatMap((name) =>
    there[name] === first[name] ? [] : [`nothing was written, it is said, and ${name} is ${there[name] ?? 'gone'}`],
  );
}

/**
 * The next run, undisturbed, and what must be so after it: all is as it is to be and recorded once, what is foreign was
 * not touched, and a further plan is empty. Gives what is not so.
 */
export async function nextRun(trial: Trial): Promise<readonly string[]> {
  const { client, namespace } = trial;
  const place = { ...release, namespace };
  // A run that was killed, or cut off, could not let go of its lock, and the suite does not wait for its end.
  await breakLease(client, place, { by: 'a test', reason: 'the run is gone', at: new Date().toISOString() });
  const planned = await plan({ client, namespace, objects: after });
  const parent =
    planned.work.writes.length === 0 && !(await isUnfinished(trial))
      ? undefined
      : await planned.apply({ holder: 'the next run' });
  const wrong: string[] = [];
  if (parent !== undefined && (parent.revision === undefined || parent.problem !== undefined))
    wrong.push(`the next run did not come through: ${describe(parent)}`);
  const there = await standing(trial);
  for (const [name, value] of Object.entries(wanted))
    if (there[name] !== value) wrong.push(`${name} is ${there[name] ?? 'gone'} after the next run`);
  if (there['foreign'] !== '1') wrong.push(`the foreign object is ${there['foreign'] ?? 'gone'}`);
  const again = await plan({ client, namespace, objects: after });
  const rest = [...again.release.changes, ...again.release.drifted];
  if (rest.length > 0)
    wrong.push(`a further plan has ${rest.map(({ action, key }) => `${action} ${formatKey(key)}`).join(', ')}`);
  const revisions = await readRevisions(client, place);
  const deployed = revisions.filter(({ status }) => status === 'deployed');
  if (deployed.length !== 1 || deployed[0] !== revisions.at(-1))
    wrong.push(`Helm's records are ${revisions.map(({ version, status }) => `${version} ${status}`).join(', ')}`);
  return wrong;
}

/** Who holds the lock, and what the lock says of who took it away. */
export async function lockOf({ client, namespace }: Trial): Promise<{ readonly holder: string; readonly notes: Json }> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/pushgate-catalog`;
  const { body } = await client.send({ method: 'GET', path, repeatable: 'repeatable' });
  const holder = String(valueAt(body, ['spec', 'holderIdentity']) ?? '');
  return { holder, notes: valueAt(body, ['metadata', 'annotations']) ?? {} };
}

async function isUnfinished({ client, namespace }: Trial): Promise<boolean> {
  const { readParent } = await import('../../src/cluster/read/parent.ts');
  return (await readParent(client, { ...release, namespace }))?.state.attempt !== undefined;
}

export function describe({ outcomes, problem, notReady }: ReleaseOutcome): string {
  const said = outcomes.map(
    ({ key, outcome, problem: why }) => `${key.name} ${outcome}${why === undefined ? '' : ` (${why.message})`}`,
  );
  return [...said, ...notReady.map(({ key, message }) => `${key.name}: ${message}`), problem?.message ?? ''].join('; ');
}

export type { Planned };
