/**
 * One HTTP exchange, with a deadline, an upper size and a proxy that was asked for. Node's own `fetch` takes a proxy
 * only from the environment of the process; its HTTP agents take one from us.
 */
import http from 'node:http';
import https from 'node:https';
import { Problem } from '../problem.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface ProxyOptions {
  /** `http://[user:password@]host:port`, for requests of either scheme. */
  readonly url: string;
  /** Hosts that are reached directly, as in NO_PROXY. */
  readonly exempt: string | undefined;
}

export interface HttpOptions {
  readonly proxy: ProxyOptions | undefined;
  readonly timeoutMs: number;
}

export type Send = (request: HttpRequest) => Promise<HttpResponse>;

/** Why there was no answer. `sent` says whether the server may have done what was asked. */
export class NoAnswer extends Error {
  readonly code: string;
  readonly sent: boolean;
  constructor(options: { readonly code: string; readonly sent: boolean; readonly cause?: unknown }) {
    super(`no answer: ${options.code}`, { cause: options.cause });
    this.name = 'NoAnswer';
    this.code = options.code;
    this.sent = options.sent;
  }
}

const answerLimit = 32 * 1024 * 1024;
const redirectLimit = 5;
const credentials = ['authorization', 'private-token', 'job-token'];
/** Failures that happen before a byte of the request left. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_PROXY_TUNNEL',
]);

/** @throws {NoAnswer} when the connection fails, breaks or exceeds the deadline */
export function createHttp(options: HttpOptions): Send {
  const agents = { 'http:': agentFor(http.Agent, options.proxy), 'https:': agentFor(https.Agent, options.proxy) };

  function exchange(request: HttpRequest): Promise<HttpResponse> {
    const url = new URL(request.url);
    const secure = url.protocol === 'https:';
    if (!secure && url.protocol !== 'http:') {
      throw new Problem({ reason: 'usage', message: `the API address ${request.url} is neither http nor https` });
    }
    const body = request.body === undefined ? undefined : Buffer.from(request.body, 'utf8');
    return new Promise((resolve, reject) => {
      const call = (secure ? https : http).request(url, {
        method: request.method,
        headers: { ...request.headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) },
        agent: agents[secure ? 'https:' : 'http:'],
        signal: AbortSignal.timeout(options.timeoutMs),
      });
      function fail(error: Error): void {
        const code =
          error.name === 'TimeoutError' ? 'ETIMEDOUT' : ((error as NodeJS.ErrnoException).code ?? error.name);
        reject(
          new NoAnswer({ code: code === 'ABORT_ERR' ? 'ETIMEDOUT' : code, sent: !neverSent.has(code), cause: error }),
        );
      }
      call.on('error', fail);
      call.on('response', (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size > answerLimit) {
            const message = `the answer of ${url.origin} is larger than ${answerLimit} bytes`;
            reject(new Problem({ reason: 'limit-exceeded', message }));
            call.destroy();
          }
        });
        response.on('error', fail);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: headersOf(response), text });
        });
      });
      call.end(body);
    });
  }

  return async (first) => {
    let request = first;
    for (let hop = 0; ; hop++) {
      const response = await exchange(request);
      const next = hop < redirectLimit ? redirected(request, response) : undefined;
      if (next === undefined) return response;
      request = next;
    }
  };
}

/** Renamed repositories answer with a redirect. A credential never follows one to another host. */
function redirected(request: HttpRequest, response: HttpResponse): HttpRequest | undefined {
  const location = response.headers.get('location');
  const keepsMethod = response.status === 307 || response.status === 308;
  const mayFollow = keepsMethod || ([301, 302].includes(response.status) && request.method === 'GET');
  if (location === null || !mayFollow) return undefined;
  const from = new URL(request.url);
  const to = new URL(location, from);
  if (to.origin === from.origin) return { ...request, url: to.href };
  const headers = Object.entries(request.headers).filter(([name]) => !credentials.includes(name.toLowerCase()));
  return { ...request, url: to.href, headers: Object.fromEntries(headers) };
}

function agentFor(Agent: new (options: https.AgentOptions) => http.Agent, proxy: ProxyOptions | undefined): http.Agent {
  if (proxy === undefined) return new Agent({ keepAlive: true });
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 24 || (major === 24 && minor < 5)) {
    throw new Problem({
      reason: 'usage',
      message: `a proxy was asked for and Node ${process.versions.node} cannot use one`,
      hint: 'Node 24.5 or newer can.',
    });
  }
  const noProxy = proxy.exempt === undefined ? {} : { NO_PROXY: proxy.exempt };
  return new Agent({ keepAlive: true, proxyEnv: { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, ...noProxy } });
}

function headersOf(response: http.IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one);
  }
  return headers;
}
