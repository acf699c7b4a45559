/**
 * The ground both forge servers stand on: HTTP on loopback with a table of routes, a record of every request, faults
 * on demand, and a verdict at the end. A request no route knows, an answer that breaks the API description and a
 * fault that nobody met all fail the test that asks for the verdict.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname } from 'node:path';
import type { Contract } from './contract.ts';
import { type GitLogin, type GitRight, serveGit } from './git-backend.ts';

export interface Incoming {
  readonly method: string;
  /** Path below the API's root, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly status: number;
}

/** Thrown inside a handler to end it with an error answer. */
export class Refusal extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

/** `parameters` are the named parts of the route's path, percent-decoded. */
export type Handler = (request: Incoming, parameters: Readonly<Record<string, string>>) => Answer;

export interface Fault {
  readonly method?: string;
  readonly path: RegExp;
  /** How often the fault is met before the server works again; once unless said otherwise. */
  readonly times?: number;
  /** `reset` cuts the connection, `hang` never answers, `lost` does the work and then cuts the connection. */
  readonly answer: Answer | 'reset' | 'hang' | 'lost';
}

export interface LoopbackServer extends AsyncDisposable {
  readonly origin: string;
  readonly requests: readonly RecordedRequest[];
  readonly fault: (fault: Fault) => void;
  /** Throws with everything that was wrong since the last call. */
  readonly verify: () => void;
  readonly close: () => Promise<void>;
}

export interface LoopbackOptions {
  /** Routes by `METHOD /path/{parameter}`; `{path*}` takes slashes too. */
  readonly routes: Readonly<Record<string, Handler>>;
  /** Prefixes under which the API is served, longest first. */
  readonly prefixes: readonly string[];
  readonly contract: Contract | undefined;
  /** Routes outside the description, such as GraphQL. */
  readonly undescribed?: RegExp;
  /** Git at a path of the server, such as `/acme/shop.git`, beside the API. */
  readonly git?: {
    readonly path: string;
    readonly repository: string;
    readonly right: (login: GitLogin | undefined) => GitRight;
  };
  /** The answer to a request nobody foresaw, in the forge's own shape. */
  readonly unknownRoute: Answer;
}

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly handler: Handler;
}

export async function startLoopbackServer(options: LoopbackOptions): Promise<LoopbackServer> {
  const routes = Object.entries(options.routes).map(([key, handler]) => routeOf(key, handler));
  const requests: RecordedRequest[] = [];
  const faults: { fault: Fault; left: number }[] = [];
  let wrong: string[] = [];

  function answerOf(request: Incoming): Answer {
    for (const route of routes) {
      if (route.method !== request.method) continue;
      const match = route.pattern.exec(request.path);
      if (match === null) continue;
      const parameters = Object.fromEntries(
        route.names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]),
      );
      const answer = handled(() => route.handler(request, parameters));
      const described = options.undescribed?.test(request.path) !== true;
      if (described && options.contract !== undefined) {
        const { method, path, query } = request;
        const body = Object.keys(request.body).length === 0 ? undefined : request.body;
        const exchange = { method, path, query, body, status: answer.status, answer: answer.body };
        wrong.push(...options.contract.check(exchange));
      }
      return answer;
    }
    wrong.push(`unexpected request ${request.method} ${request.path}`);
    return options.unknownRoute;
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? '/', 'http://loopback');
    const prefix = options.prefixes.find((one) => url.pathname.startsWith(`${one}/`)) ?? '';
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const request: Incoming = {
      method: message.method ?? 'GET',
      path: url.pathname.slice(prefix.length),
      query: url.searchParams,
      headers: message.headers as Record<string, string | undefined>,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
    const met = faults.find(
      (one) =>
        one.left > 0 && one.fault.path.test(request.path) && (one.fault.method ?? request.method) === request.method,
    );
    if (met !== undefined) met.left--;
    const trick = met?.fault.answer;
    const answer =
      typeof trick === 'object' ? trick : trick === 'hang' || trick === 'reset' ? undefined : answerOf(request);
    requests.push({
      method: request.method,
      path: request.path,
      query: url.search,
      body: request.body,
      headers: request.headers,
      status: answer?.status ?? 0,
    });
    if (trick === 'hang') return;
    if (trick === 'reset' || trick === 'lost' || answer === undefined) {
      message.socket.destroy();
      return;
    }
    const raw = typeof answer.body === 'string';
    response.writeHead(answer.status, {
      'content-type': raw ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
      ...answer.headers,
    });
    response.end(answer.body === undefined ? '' : raw ? String(answer.body) : JSON.stringify(answer.body));
  }

  const server = createServer((message, response) => {
    const { pathname } = new URL(message.url ?? '/', 'http://loopback');
    if (options.git !== undefined && pathname.startsWith(`${options.git.path}/`)) {
      const { repository, path, right } = options.git;
      const below = `/${basename(repository)}${pathname.slice(path.length)}`;
      serveGit({ root: dirname(repository), path: below, right }, message, response);
      return;
    }
    serve(message, response).catch((error: unknown) => {
      wrong.push(`${message.method} ${message.url}: the test server itself failed: ${String((error as Error).stack)}`);
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  async function close(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    fault: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    verify: () => {
      const unmet = faults.filter((one) => one.left > 0).map((one) => `nobody met the fault on ${one.fault.path}`);
      const found = [...wrong, ...unmet];
      wrong = [];
      faults.length = 0;
      if (found.length > 0) throw new Error(found.join('\n'));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function handled(handle: () => Answer): Answer {
  try {
    return handle();
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

function routeOf(key: string, handler: Handler): Route {
  const [method = '', path = ''] = key.split(' ');
  const names: string[] = [];
  const source = path.replace(/\{(\w+)(\*?)\}/g, (_whole, name: string, many: string) => {
    names.push(name);
    return many === '*' ? '(.+)' : '([^/]+)';
  });
  return { method, pattern: new RegExp(`^${source}$`), names, handler };
}

/** The slice of `items` that a `page`/`per_page` query asks for. */
export function pageOf<Item>(
  items: readonly Item[],
  query: URLSearchParams,
  limits: { readonly normal: number; readonly most: number },
): { readonly items: readonly Item[]; readonly page: number; readonly last: number; readonly size: number } {
  const size = Math.min(Number(query.get('per_page') ?? limits.normal), limits.most);
  const page = Math.max(1, Number(query.get('page') ?? 1));
  const last = Math.max(1, Math.ceil(items.length / size));
  return { items: items.slice((page - 1) * size, page * size), page, last, size };
}

/** A clock that moves one second whenever it is read, so that every event has its own place in time. */
export function steppingClock(start: string): () => string {
  let time = Date.parse(start);
  return () => {
    time += 1000;
    return new Date(time).toISOString();
  };
}
