/** Why a workload is not getting ready: its newest pods, what the cluster noted about them, and their last words. */
import { maskText } from '../../plan/mask.ts';
import { Problem } from '../../problem.ts';
import { conditionOf, type Health, type PodTrouble, podTrouble } from '../../resource/health/health.ts';
import { isList, isObject, type Json, type JsonObject, type Resource, valueAt } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import type { KindInfo } from './discovery.ts';
import { listObjects, pathOf } from './objects.ts';
import { tidy } from './tidy-line.ts';

export interface Trouble extends Pick<PodTrouble, 'reason' | 'message' | 'patience'> {
  readonly sort: PodTrouble['sort'] | 'quota';
  /** undefined: no pod could even be made. */
  readonly pod: Resource | undefined;
  readonly container: string | undefined;
}

/** Values that logs of this release may quote, and the Secrets that they are of. */
export interface KnownSecrets {
  readonly values: readonly string[];
  /** As `namespace/name`. */
  readonly names: ReadonlySet<string>;
}

/** What the Secrets among these objects hold. */
export function knownSecrets(objects: readonly Resource[]): KnownSecrets {
  const secrets = objects.filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Secret');
  const decoded = (value: Json): string => Buffer.from(text(value), 'base64').toString('utf8');
  const values = secrets.flatMap(({ data, stringData }) => [
    ...(isObject(data) ? Object.values(data).map(decoded) : []),
    ...(isObject(stringData) ? Object.values(stringData).map(text) : []),
  ]);
  const lines = values.flatMap((value) => [value, ...value.split('\n').map((line) => line.trim())]);
  return {
    values: [...new Set(lines)].filter((line) => line.length >= 4),
    names: new Set(secrets.map(({ metadata }) => `${text(metadata['namespace'])}/${metadata.name}`)),
  };
}

const core = { apiVersion: 'v1', group: '', namespaced: true } as const;

const podKind: KindInfo = { ...core, kind: 'Pod', resource: 'pods' };

const eventKind: KindInfo = { ...core, kind: 'Event', resource: 'events' };

const replicaSetKind: KindInfo = {
  apiVersion: 'apps/v1',
  group: 'apps',
  kind: 'ReplicaSet',
  resource: 'replicasets',
  namespaced: true,
};

/** Seconds for which a quota or an admission may still make room. */
const quotaPatience = 30;

/** undefined where nothing is wrong that is known of, or where the login may not look. */
export async function troubleOf(client: Client, live: Resource): Promise<Trouble | undefined> {
  const unmade = conditionOf(live, 'ReplicaFailure');
  if (unmade?.status === 'True') return refusal(unmade.reason, unmade.message);
  const pods = live.kind === 'Pod' ? [live] : await newestPods(client, live);
  for (const pod of pods) {
    const trouble = podTrouble(pod);
    if (trouble !== undefined) return { ...trouble, pod };
  }
  if (pods.length > 0 || live.kind === 'Pod') return undefined;
  const [refused] = await events(client, live, { type: 'Warning', reason: 'FailedCreate' });
  if (refused === undefined) return undefined;
  return refusal('FailedCreate', text(refused['message']));
}

/**
 * Where a Job or a Pod that was to end failed, or has not ended: its newest pod, and the container that gave up. Nobody
 * restarts these, so no state of theirs is a trouble that could still pass.
 */
export async function endOf(client: Client, live: Resource): Promise<Trouble | undefined> {
  if (live.kind !== 'Job' && live.kind !== 'Pod') return undefined;
  const pods = live.kind === 'Pod' ? [live] : await newestPods(client, live);
  const made = (pod: Resource): string => text(pod.metadata['creationTimestamp']);
  const pod = [...pods].sort((a, b) => (made(a) < made(b) ? -1 : 1)).at(-1);
  return { sort: 'crash', reason: '', message: '', patience: 0, pod, container: pod && failedContainer(pod) };
}

/**
 * What became of a Job that deletes itself when it is done (`ttlSecondsAfterFinished`) and is gone, from its events:
 * they outlive it. undefined where none tells.
 */
export async function goneJob(client: Client, last: Resource): Promise<Health | undefined> {
  const noted = await events(client, last, { type: undefined });
  const failure = noted.find((event) => failedJob.test(text(event['reason'])));
  if (failure !== undefined) return { state: 'failed', message: text(failure['message']) };
  return noted.some(({ reason }) => reason === 'Completed') ? { state: 'ready', message: 'completed' } : undefined;
}

/** Reasons of the Job controller (Kubernetes 1.36). */
const failedJob = /^(BackoffLimitExceeded|DeadlineExceeded|PodFailurePolicy|FailedIndexes|MaxFailedIndexesExceeded)$/;

/** Not even a pod: a quota, an admission, a missing service account. */
function refusal(reason: string, message: string): Trouble {
  return { sort: 'quota', reason, message, patience: quotaPatience, pod: undefined, container: undefined };
}

/** Pods of the revision that is being rolled out: those of an older one may be the very reason for the new one. */
async function newestPods(client: Client, live: Resource): Promise<readonly Resource[]> {
  const labels = valueAt(live, ['spec', 'selector', 'matchLabels']) ?? valueAt(live, ['spec', 'selector']);
  if (!isObject(labels) || Object.values(labels).some((value) => typeof value !== 'string')) return [];
  const selector = { ...labels, ...(await newestLabel(client, live, labels)) };
  const labelSelector = selectorText(selector);
  if (labelSelector === '') return [];
  return await listIfAllowed(client, podKind, { namespace: text(live.metadata['namespace']), labelSelector });
}

async function newestLabel(client: Client, live: Resource, labels: JsonObject): Promise<JsonObject> {
  if (live.kind === 'StatefulSet') {
    const revision = text(valueAt(live, ['status', 'updateRevision']));
    return revision === '' ? {} : { 'controller-revision-hash': revision };
  }
  if (live.kind === 'DaemonSet') {
    const generation = text(valueAt(live, ['metadata', 'annotations', 'deprecated.daemonset.template.generation']));
    return generation === '' ? {} : { 'pod-template-generation': generation };
  }
  if (live.kind !== 'Deployment') return {};
  const revision = (of: Resource): string =>
    text(valueAt(of, ['metadata', 'annotations', 'deployment.kubernetes.io/revision']));
  const namespace = text(live.metadata['namespace']);
  const sets = await listIfAllowed(client, replicaSetKind, { namespace, labelSelector: selectorText(labels) });
  const newest = sets.find((set) => isOwnedBy(set, live) && revision(set) === revision(live));
  const hash = text(valueAt(newest, ['metadata', 'labels', 'pod-template-hash']));
  return { 'pod-template-hash': hash === '' ? 'none' : hash };
}

function isOwnedBy({ metadata }: Resource, owner: Resource): boolean {
  const owners = metadata['ownerReferences'];
  return isList(owners) && owners.some((one) => isObject(one) && one['uid'] === owner.metadata['uid']);
}

function selectorText(labels: JsonObject): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',');
}

const shownEvents = 3;

const shownLines = 10;

/**
 * Lines for people about a trouble: what the cluster noted, and the last lines of a container that crashes. All of it is
 * written by strangers and may quote secrets: it is cut, and masked as far as the values are known. Where the container
 * reads a Secret whose values are not known here its lines are left out, and that is said.
 */
export async function evidenceOf(
  client: Client,
  live: Resource,
  trouble: Trouble,
  known: KnownSecrets,
): Promise<readonly string[]> {
  const about =
    trouble.pod === undefined || trouble.pod.metadata.name === live.metadata.name ? [live] : [trouble.pod, live];
  const found = await Promise.all(about.map((object) => events(client, object, { type: 'Warning' })));
  const noted = found
    .flatMap((list) => list.slice(-shownEvents))
    .map((event) => {
      const count = Number(event['count'] ?? 1);
      return `event ${text(event['reason'])}${count > 1 ? ` (${count} times)` : ''}: ${text(event['message'])}`;
    });
  const lines =
    trouble.sort === 'crash' && trouble.pod !== undefined
      ? await lastLines(client, trouble.pod, trouble.container, known)
      : [];
  return [...noted, ...lines].map((line) => tidy(line, known.values));
}

async function lastLines(
  client: Client,
  pod: Resource,
  container: string | undefined,
  known: KnownSecrets,
): Promise<readonly string[]> {
  const namespace = text(pod.metadata['namespace']);
  const unknown = secretsReadBy(pod).filter((name) => !known.names.has(`${namespace}/${name}`));
  if (unknown.length > 0) {
    const names = unknown.join(', ');
    return [
      `its last lines are left out: it reads Secret ${names}, whose values are not known here and could not be masked`,
    ];
  }
  const path = `${pathOf({ info: podKind, namespace, name: pod.metadata.name })}/log`;
  const said = async (previous: string): Promise<string> => {
    const query = {
      tailLines: String(shownLines),
      limitBytes: '8192',
      previous,
      ...(container === undefined ? {} : { container }),
    };
    const answer = await client.send({ method: 'GET', path, query, accept: 'text/plain', repeatable: 'once' });
    return answer.status === 200 && typeof answer.body === 'string' ? answer.body : '';
  };
  try {
    const log = (await said('true')) || (await said('false'));
    const lines = maskText(log, known.values)
      .split(/\r\n|\r|\n/)
      .filter((line) => line.trim() !== '');
    return lines.slice(-shownLines).map((line) => `log | ${line}`);
  } catch (error) {
    // Its node may be the very thing that does not answer.
    if (error instanceof Problem) return [];
    throw error;
  }
}

/** Names of the Secrets that a pod's containers can read; those for pulling images are not among them. */
function secretsReadBy(pod: Resource): readonly string[] {
  const names = new Set<string>();
  const visit = (value: Json | undefined): void => {
    if (isList(value)) for (const element of value) visit(element);
    if (!isObject(value)) return;
    for (const [key, child] of Object.entries(value)) {
      const named =
        key === 'secretKeyRef' || key === 'secretRef' ? 'name' : key === 'secret' ? 'secretName' : undefined;
      const name = named === undefined ? undefined : (valueAt(child, [named]) ?? valueAt(child, ['name']));
      if (typeof name === 'string') names.add(name);
      visit(child);
    }
  };
  visit(valueAt(pod, ['spec', 'containers']));
  visit(valueAt(pod, ['spec', 'initContainers']));
  visit(valueAt(pod, ['spec', 'volumes']));
  return [...names].sort();
}

/** The container of a pod that ended in a failure, init containers before the others. */
function failedContainer(pod: Resource): string | undefined {
  const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap((field) => {
    const list = valueAt(pod, ['status', field]);
    return isList(list) ? list : [];
  });
  const failed = statuses.find((status) => Number(valueAt(status, ['state', 'terminated', 'exitCode']) ?? 0) !== 0);
  return text(valueAt(failed ?? statuses.at(-1), ['name'])) || undefined;
}

interface EventFilter {
  /** undefined: of any type. */
  readonly type: 'Warning' | undefined;
  readonly reason?: string;
}

/** What was noted about one object, oldest first. */
async function events(client: Client, about: Resource, { type, reason }: EventFilter): Promise<readonly Resource[]> {
  const fields = [
    `involvedObject.uid=${text(about.metadata['uid'])}`,
    ...(type === undefined ? [] : [`type=${type}`]),
    ...(reason === undefined ? [] : [`reason=${reason}`]),
  ];
  const namespace = text(about.metadata['namespace']);
  const found = await listIfAllowed(client, eventKind, {
    namespace,
    labelSelector: '',
    fieldSelector: fields.join(','),
  });
  const time = (event: Resource): string => text(event['lastTimestamp']) || text(event['eventTime']);
  return [...found].sort((a, b) => (time(a) < time(b) ? -1 : 1));
}

/** A login that may not look, or a server that does not answer, only makes the words fewer. */
async function listIfAllowed(
  client: Client,
  info: KindInfo,
  options: Parameters<typeof listObjects>[2],
): Promise<readonly Resource[]> {
  try {
    return await listObjects(client, info, options);
  } catch (error) {
    if (error instanceof Problem && error.reason !== 'cancelled') return [];
    throw error;
  }
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
