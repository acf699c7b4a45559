/**
 * A proxy before a real API server that does to requests what networks, load balancers and overloaded servers do. It
 * counts the requests and keeps what became of each, so that a test can go through all of them one by one.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as send } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** `before`: the server does not get the request. `after`: it handled it, and its answer is lost. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly when: 'before' | 'after';
      readonly retryAfter?: number;
    }
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  /** The beginning of the answer, then the end of the connection. */
  | { readonly kind: 'half' }
  /** A success that is no answer of an API server. */
  | { readonly kind: 'garbage'; readonly body: string }
  /** The answer comes after so many milliseconds. */
  | { readonly kind: 'slow'; readonly milliseconds: number };

export interface Seen {
  /** From 0, in the order of arrival. */
  readonly index: number;
  readonly method: string;
  readonly path: string;
  /** Whether it asks for a change; a tried one is none. */
  readonly isWrite: boolean;
}

export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** What is to be done to each request from now on; undefined lets it through. Counting starts anew. */
  readonly inject: (faultOf: ((seen: Seen) => Fault | undefined) | undefined) => void;
  /** Called with each request before it goes to the server, and after the server answered, before the answer goes on. */
  readonly watch: (boundary: ((seen: Seen, when: 'before' | 'after') => Promise<void> | void) | undefined) => void;
  /** Until no more than so many requests are on their way for a moment: then whoever sends waits for one of these. */
  readonly quiet: (atMost: number) => Promise<void>;
}

/** Milliseconds in which a client that got an answer sends its next request. */
const moment = 250;

export interface ProxiedServer {
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
}

export async function startFaultProxy({ server, certificateAuthority }: ProxiedServer): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true, ca: certificateAuthority });
  const seen: Seen[] = [];
  let onTheWay = 0;
  let lastMove = performance.now();
  let faultOf: ((seen: Seen) => Fault | undefined) | undefined;
  let boundary: ((seen: Seen, when: 'before' | 'after') => Promise<void> | void) | undefined;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', server);
    const method = request.method ?? 'GET';
    const isWrite = method !== 'GET' && !url.searchParams.has('dryRun');
    const one: Seen = { index: seen.length, method, path: url.pathname, isWrite };
    seen.push(one);
    const body = await bodyOf(request);
    const fault = faultOf?.(one);
    await boundary?.(one, 'before');
    if (fault?.kind === 'reset' && fault.when === 'before') return void request.socket.destroy();
    if (fault?.kind === 'status' && fault.when === 'before') return refuse(response, fault);
    const answer = await forward(url, request, body);
    await boundary?.(one, 'after');
    switch (fault?.kind) {
      case 'reset':
        return void request.socket.destroy();
      case 'status':
        return refuse(response, fault);
      case 'half':
        response.writeHead(answer.status, answer.headers);
        response.write(answer.body.subarray(0, Math.ceil(answer.body.length / 2)));
        await sleep(20);
        return void request.socket.destroy();
      case 'garbage':
        response.writeHead(200, { 'content-type': 'text/html' });
        return void response.end(fault.body);
      case 'slow':
        await sleep(fault.milliseconds, undefined, { ref: false });
    }
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  }

  function forward(url: URL, request: IncomingMessage, body: Buffer): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const { host: _, connection: _connection, 'accept-encoding': _encoding, ...headers } = request.headers;
      const call = send(url, { method: request.method ?? 'GET', headers, agent });
      call.once('error', reject);
      call.once('response', async (response) => {
        try {
          const answer = await bodyOf(response);
          const { 'transfer-encoding': _chunked, connection: _close, ...kept } = response.headers;
          const headers = { ...kept, 'content-length': String(answer.length) };
          resolve({ status: response.statusCode ?? 500, headers, body: answer });
        } catch (error) {
          reject(error);
        }
      });
      call.end(body);
    });
  }

  const listener = createServer((request, response) => {
    // Whoever was killed or lost patience is no longer there to be answered.
    const move = (by: 1 | -1): void => {
      onTheWay += by;
      lastMove = performance.now();
    };
    move(1);
    response.once('close', () => move(-1));
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    inject: (next) => {
      faultOf = next;
      seen.length = 0;
    },
    watch: (next) => {
      boundary = next;
      seen.length = 0;
    },
    quiet: async (atMost) => {
      while (onTheWay > atMost || performance.now() - lastMove < moment) await sleep(20);
    },
    async [Symbol.asyncDispose]() {
      listener.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** Holds back the first request that is meant, and says when it came. */
export function holdBack(
  proxy: FaultProxy,
  is: (seen: Seen) => boolean,
  when: 'before' | 'after',
): { readonly came: Promise<void>; readonly letGo: () => void } {
  const came = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  let isFirst = true;
  proxy.watch(async (seen, now) => {
    if (!isFirst || now !== when || !is(seen)) return;
    isFirst = false;
    came.resolve();
    await go.promise;
  });
  return { came: came.promise, letGo: () => go.resolve() };
}

/** Whether a request writes the object of this name. */
export function writesTo(name: string): (seen: Seen) => boolean {
  return ({ isWrite, path }) => isWrite && path.endsWith(`/${name}`);
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** As the API server words it, so that only the status tells. */
function refuse(response: ServerResponse, fault: Extract<Fault, { readonly kind: 'status' }>): void {
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'made by a test', code: fault.status };
  response.writeHead(fault.status, {
    'content-type': 'application/json',
    ...(fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }),
  });
  response.end(JSON.stringify(body));
}
