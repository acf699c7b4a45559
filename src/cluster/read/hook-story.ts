/** What a failed Job or Pod last said: its events, and the last lines of its log. */
import { Problem } from '../../problem.ts';
import type { Json, Resource } from '../../resource/resource.ts';
import { isObject, valueAt } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import type { Discovery } from './discovery.ts';
import { listObjects, pathOf } from './objects.ts';

const lines = 10;

/** Nothing where the login may not look: what failed is known without it. */
export async function storyOf(client: Client, discovery: Discovery, live: Resource): Promise<readonly string[]> {
  try {
    const pods = live.kind === 'Pod' ? [live] : await podsOf(client, discovery, live);
    const events = await Promise.all([live, ...pods].map((object) => eventsOf(client, discovery, object)));
    const newest = pods.at(-1);
    const log = newest === undefined ? [] : await logOf(client, discovery, newest);
    return [...events.flat().slice(-lines), ...log];
  } catch (error) {
    if (error instanceof Problem) return [];
    throw error;
  }
}

async function podsOf(client: Client, discovery: Discovery, job: Resource): Promise<readonly Resource[]> {
  const info = discovery.find('v1', 'Pod');
  const namespace = String(job.metadata['namespace'] ?? '');
  const labelSelector = `batch.kubernetes.io/job-name=${job.metadata.name}`;
  return info === undefined ? [] : await listObjects(client, info, { namespace, labelSelector });
}

async function eventsOf(client: Client, discovery: Discovery, object: Resource): Promise<readonly string[]> {
  const info = discovery.find('v1', 'Event');
  const { namespace, uid } = object.metadata;
  if (info === undefined || typeof namespace !== 'string' || typeof uid !== 'string') return [];
  const found = await listObjects(client, info, {
    namespace,
    labelSelector: '',
    fieldSelector: `involvedObject.uid=${uid}`,
  });
  return found.map((event) => `${text(event['reason'])}: ${text(event['message'])}`);
}

async function logOf(client: Client, discovery: Discovery, pod: Resource): Promise<readonly string[]> {
  const info = discovery.find('v1', 'Pod');
  if (info === undefined) return [];
  const place = { info, namespace: String(pod.metadata['namespace'] ?? ''), name: pod.metadata.name };
  const container = valueAt(pod, ['spec', 'containers', 0, 'name']);
  const answer = await client.send({
    method: 'GET',
    path: `${pathOf(place)}/log`,
    query: { tailLines: String(lines), ...(typeof container === 'string' ? { container } : {}) },
    repeatable: 'repeatable',
  });
  if (answer.status !== 200 || isObject(answer.body)) return [];
  return text(answer.body)
    .trimEnd()
    .split('\n')
    .map((line) => `| ${line}`);
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
