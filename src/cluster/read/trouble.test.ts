import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type PlainCluster, plainCluster } from '../../../test/support/plain-cluster.ts';
import type { JsonObject, Resource } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import { endOf, evidenceOf, knownSecrets, troubleOf } from './trouble.ts';

const answers = new Map<string, JsonObject | string>();
let cluster: PlainCluster;
let client: Client;

beforeAll(async () => {
  cluster = await plainCluster((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://x');
    const answer = answers.get(pathname);
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? { kind: 'Status', code: 404 }));
  });
  client = cluster.client;
});
afterAll(() => cluster[Symbol.dispose]());

const secret: Resource = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'own', namespace: 'shop' },
  data: { password: Buffer.from('canary-4711-canary').toString('base64') },
};

function crashing(secretName: string): Resource {
  const env = [{ name: 'P', valueFrom: { secretKeyRef: { name: secretName, key: 'password' } } }];
  const state = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'shop', uid: 'u' },
    spec: { containers: [{ name: 'app', env }] },
    status: { phase: 'Running', containerStatuses: [{ name: 'app', state }] },
  };
}

async function evidence(pod: Resource): Promise<readonly string[]> {
  const trouble = await troubleOf(client, pod);
  if (trouble === undefined) throw new Error('a crashing pod is in trouble');
  return await evidenceOf(client, pod, trouble, knownSecrets([secret]));
}

test('the last lines of a crashing container are masked, cut, and harmless to a runner', async () => {
  const encoded = Buffer.from('canary-4711-canary').toString('base64');
  const log = [
    'started',
    'connecting with canary-4711-canary',
    `as base64: ${encoded}`,
    '::add-mask::x',
    'a ##[error]b \u001b[31mred\u001b[0m \u0007',
    `url postgres://ada:hunter2hunter2@db/x`,
    'x'.repeat(5_000),
  ];
  answers.set('/api/v1/namespaces/shop/pods/p/log', log.join('\n'));
  answers.set('/api/v1/namespaces/shop/events', { items: [] });
  const lines = await evidence(crashing('own'));
  const text = lines.join('\n');
  expect(text).not.toMatch(/canary|hunter2/);
  expect(text).not.toContain(encoded);
  expect(text).not.toMatch(/^\s*::|##\[|\u001b|\u0007/m);
  expect(lines).toContain('log | started');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(301);
});

test('a container that reads a Secret of somebody else keeps its lines for itself', async () => {
  answers.set('/api/v1/namespaces/shop/pods/p/log', 'the password is opensesame');
  const lines = await evidence(crashing('foreign'));
  expect(lines.join('\n')).toContain('it reads Secret foreign, whose values are not known here');
  expect(lines.join('\n')).not.toContain('opensesame');
});

test('what the cluster noted is told with its count, the newest last, and without logs where there are none', async () => {
  answers.delete('/api/v1/namespaces/shop/pods/p/log');
  const event = (message: string, lastTimestamp: string) => ({ reason: 'BackOff', message, lastTimestamp, count: 3 });
  const items = [event('second', '2026-01-01T00:00:02Z'), event('first canary-4711-canary', '2026-01-01T00:00:01Z')];
  answers.set('/api/v1/namespaces/shop/events', { kind: 'EventList', items });
  expect(await evidence(crashing('own'))).toEqual([
    'event BackOff (3 times): first ‹masked›',
    'event BackOff (3 times): second',
  ]);
});

test('a failed Job tells the last lines of the container that gave up, of its newest pod', async () => {
  const pod = (name: string, created: string, exitCode: number): Resource => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid: name, creationTimestamp: created },
    spec: { containers: [{ name: 'main' }, { name: 'proxy' }] },
    status: {
      phase: 'Failed',
      containerStatuses: [
        { name: 'proxy', state: { terminated: { exitCode: 0 } } },
        { name: 'main', state: { terminated: { exitCode } } },
      ],
    },
  });
  const items = [pod('p-new', '2026-01-01T00:00:02Z', 3), pod('p-old', '2026-01-01T00:00:01Z', 3)];
  answers.set('/api/v1/namespaces/shop/pods', { kind: 'PodList', items } as unknown as JsonObject);
  answers.set('/api/v1/namespaces/shop/pods/p-new/log', 'connecting with canary-4711-canary\nno such table');
  answers.set('/api/v1/namespaces/shop/events', { kind: 'EventList', items: [] });
  const job: Resource = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'migrate', namespace: 'shop', uid: 'j' },
    spec: { selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'j' } } },
  };
  const end = await endOf(client, job);
  if (end === undefined) throw new Error('a Job ends');
  expect([end.pod?.metadata.name, end.container]).toEqual(['p-new', 'main']);
  expect(await evidenceOf(client, job, end, knownSecrets([secret]))).toEqual([
    'log | connecting with ‹masked›',
    'log | no such table',
  ]);
});
