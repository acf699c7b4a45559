import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { createHttp } from './http.ts';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

type Seen = { url: string | undefined; headers: Record<string, unknown> };

async function listen(
  answer: (seen: Seen) => { status: number; headers?: Record<string, string>; body?: string },
): Promise<{
  origin: string;
  seen: Seen[];
}> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const one = { url: request.url, headers: request.headers };
    seen.push(one);
    const { status, headers, body } = answer(one);
    response.writeHead(status, headers).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const direct = { proxy: undefined, timeoutMs: 5000 };
const secrets = { authorization: 'token a', 'PRIVATE-TOKEN': 'b', 'job-token': 'c', accept: 'application/json' };

test('a redirect to another host is followed without the credentials', async () => {
  const other = await listen(() => ({ status: 200, body: 'moved here' }));
  const first = await listen(() => ({ status: 307, headers: { location: `${other.origin}/new` } }));
  const answer = await createHttp(direct)({
    method: 'GET',
    url: `${first.origin}/old`,
    headers: secrets,
    body: undefined,
  });
  expect(answer.text).toBe('moved here');
  expect(Object.keys(other.seen[0]?.headers ?? {})).toContain('accept');
  for (const name of ['authorization', 'private-token', 'job-token']) {
    expect(Object.keys(first.seen[0]?.headers ?? {})).toContain(name);
    expect(Object.keys(other.seen[0]?.headers ?? {})).not.toContain(name);
  }
});

test('a redirect on the same host keeps the credentials, as a renamed repository needs', async () => {
  const server = await listen(({ url }) =>
    url === '/old' ? { status: 301, headers: { location: '/new' } } : { status: 200, body: 'here' },
  );
  await createHttp(direct)({ method: 'GET', url: `${server.origin}/old`, headers: secrets, body: undefined });
  expect(server.seen.map((one) => one.headers['authorization'])).toEqual(['token a', 'token a']);
});

test('a post is not turned into a get by a redirect', async () => {
  const server = await listen(() => ({ status: 302, headers: { location: '/elsewhere' } }));
  const answer = await createHttp(direct)({ method: 'POST', url: `${server.origin}/x`, headers: {}, body: '{}' });
  expect(answer.status).toBe(302);
  expect(server.seen).toHaveLength(1);
});

test('endless redirects end', async () => {
  const server = await listen(() => ({ status: 307, headers: { location: '/again' } }));
  const answer = await createHttp(direct)({ method: 'GET', url: `${server.origin}/x`, headers: {}, body: undefined });
  expect(answer.status).toBe(307);
  expect(server.seen).toHaveLength(6);
});

test('a proxy that was asked for carries the request, and an exempt host is reached directly', async () => {
  const proxy = await listen(() => ({ status: 200, body: 'by proxy' }));
  const server = await listen(() => ({ status: 200, body: 'directly' }));
  const through = createHttp({ proxy: { url: proxy.origin, exempt: undefined }, timeoutMs: 5000 });
  const around = createHttp({ proxy: { url: proxy.origin, exempt: '127.0.0.1' }, timeoutMs: 5000 });
  const request = { method: 'GET', url: `${server.origin}/api`, headers: {}, body: undefined };
  expect((await through(request)).text).toBe('by proxy');
  expect(proxy.seen[0]?.url).toBe(`${server.origin}/api`);
  expect((await around(request)).text).toBe('directly');
});
