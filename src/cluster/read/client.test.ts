import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type PlainCluster, plainCluster } from '../../../test/support/plain-cluster.ts';
import type { JsonObject } from '../../resource/resource.ts';
import type { Client, Request } from './client.ts';
import { patience, pauseBefore, tries } from './retry.ts';

interface Given {
  readonly status: number;
  readonly body?: JsonObject;
  readonly retryAfter?: string;
}

/** What the next requests are answered with, the last one for all that follow. */
let answers: readonly Given[] = [];
let asked = 0;
let atOnce = 0;
let mostAtOnce = 0;
const sockets = new Set<unknown>();
let cluster: PlainCluster;
let client: Client;

beforeAll(async () => {
  cluster = await plainCluster(async (request, response) => {
    sockets.add(request.socket);
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    const {
      status,
      body = { kind: 'Status' },
      retryAfter = '0',
    } = answers[asked++] ?? answers.at(-1) ?? { status: 200 };
    request.resume();
    await sleep(5);
    atOnce--;
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': retryAfter });
    response.end(JSON.stringify(body));
  });
  client = cluster.client;
});
afterAll(() => cluster[Symbol.dispose]());
beforeEach(() => {
  asked = 0;
});

const path = '/api/v1/namespaces/shop/configmaps/env';
const read: Request = { method: 'GET', path, repeatable: 'repeatable' };
const write: Request = { method: 'PATCH', path, body: {}, repeatable: 'repeatable' };
const once: Request = { method: 'POST', path, body: {}, repeatable: 'once' };
const quota = { kind: 'Status', details: { kind: 'resourcequotas' } };
const mistyped = { kind: 'Status', message: 'failed to create typed patch object (shop/env): expected string' };
const ok: Given = { status: 200 };

test.each<[string, Request, readonly Given[], asked: number, status: number]>([
  ['an overloaded server is asked again, also for what must not be sent twice', once, [{ status: 429 }, ok], 2, 200],
  [
    'two requests that counted against a quota at once are sent again',
    once,
    [{ status: 409, body: quota }, ok],
    2,
    200,
  ],
  ['a server at fault is asked again where twice is once', write, [{ status: 503 }, { status: 504 }, ok], 3, 200],
  ['a server at fault is not asked again where twice may be twice', once, [{ status: 503 }, ok], 1, 503],
  ['a conflict is not sent again', write, [{ status: 409 }, ok], 1, 409],
  ['a refusal is not sent again', write, [{ status: 422 }, ok], 1, 422],
  [
    'a patch that fits no schema is not sent again, although the server calls it its own fault',
    write,
    [{ status: 500, body: mistyped }, ok],
    1,
    500,
  ],
  ['nothing is asked for ever', read, [{ status: 503 }], tries, 503],
])('%s', async (_what, request, given, times, status) => {
  answers = given;
  const answer = await client.send(request);
  expect([asked, answer.status]).toEqual([times, status]);
});

test('leaves a server alone for as long as it asks for, and else longer each time, within what a run may wait', () => {
  expect(pauseBefore(1, { handled: 'no', pause: 7_000 }, () => 0)).toBe(7_000);
  const growing = [1, 2, 3, 4, 5].map((attempt) =>
    pauseBefore(attempt, { handled: 'no', pause: undefined }, () => 0.5),
  );
  expect(growing).toEqual([200, 400, 800, 1_600, 3_200]);
  expect(growing.reduce((sum, pause) => sum + pause)).toBeLessThan(patience);
});

test('a hundred requests are eight at a time, over connections that stay open', async () => {
  answers = [ok];
  mostAtOnce = 0;
  sockets.clear();
  await Promise.all(Array.from({ length: 100 }, () => client.send(read)));
  expect(mostAtOnce).toBe(8);
  expect(sockets.size).toBeLessThanOrEqual(8);
});
