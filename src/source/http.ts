/**
 * Loading files from servers that charts name: with limits, with a login only for the host that it belongs to, and
 * never from the machine's own services, wherever a name or a redirect leads.
 */
import { lookup as lookupName } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Problem } from '../problem.ts';
import { reachOf } from './address.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface LoadOptions {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Value of the Authorization header; goes to the origin of `url` and nowhere else. */
  readonly authorization?: string | undefined;
  /** Bytes; one more is an error. */
  readonly limit: number;
  /** For everything, redirects included. */
  readonly milliseconds?: number;
  /** What is being loaded, for messages: `the index of https://charts.example.com`. */
  readonly what: string;
}

export interface Loaded {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  /** Where the answer came from, after redirects. */
  readonly url: string;
}

const defaultMilliseconds = 60_000;
const maxRedirects = 5;

/** The answer, whatever its status. Throws Problem `unreachable`, `limit-exceeded` or `forbidden` (by the rules here). */
export async function load(options: LoadOptions): Promise<Loaded> {
  const first = new URL(options.url);
  const started = AbortSignal.timeout(options.milliseconds ?? defaultMilliseconds);
  let url = first;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    refuseScheme(url, first, options.what);
    const sameOrigin = url.origin === first.origin;
    const headers = {
      'user-agent': 'pushgate',
      ...options.headers,
      ...(sameOrigin && options.authorization !== undefined ? { authorization: options.authorization } : {}),
    };
    const answer = await send({ url, headers, limit: options.limit, signal: started, what: options.what, first });
    const target = answer.headers['location'];
    if (answer.status < 300 || answer.status > 399 || typeof target !== 'string') return { ...answer, url: url.href };
    if (!URL.canParse(target, url.href))
      throw unreachable(options.what, `it redirects to something that is no address`);
    url = new URL(target, url);
    url.hash = '';
  }
  throw unreachable(options.what, `it redirects more than ${maxRedirects} times`);
}

/** The answer with status 200; any other is the Problem that it means. */
export async function loadFile(options: LoadOptions): Promise<Loaded> {
  const answer = await load(options);
  if (answer.status === 200) return answer;
  throw statusProblem(answer.status, options.what, new URL(options.url).host);
}

/** For an answer other than 200: `unauthenticated`, `forbidden`, `source-missing`, else `unreachable`. */
export function statusProblem(status: number, what: string, host: string): Problem {
  const login = `A login for ${host} is read from DOCKER_AUTH_CONFIG, or from what docker login or helm registry login left.`;
  if (status === 401)
    return new Problem({ reason: 'unauthenticated', message: `${what}: ${host} wants a login`, hint: login });
  if (status === 403)
    return new Problem({ reason: 'forbidden', message: `${what}: ${host} does not allow it`, hint: login });
  if (status === 404) return new Problem({ reason: 'source-missing', message: `${what} does not exist` });
  return unreachable(what, `${host} answers with status ${status}`);
}

/** Plain HTTP only on this machine, and nobody is redirected into it. */
function refuseScheme(url: URL, first: URL, what: string): void {
  const local = url.protocol === 'http:' && isLoopbackName(url.hostname) && isLoopbackName(first.hostname);
  if (url.protocol === 'https:' || local) return;
  throw new Problem({
    reason: 'forbidden',
    message: `${what}: ${url.origin} is not https`,
    hint: 'Charts are only loaded over https, because anybody on the way could exchange them.',
  });
}

interface Sending {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly what: string;
  readonly first: URL;
}

function send(sending: Sending): Promise<Omit<Loaded, 'url'>> {
  const { url, headers, signal, what } = sending;
  const allowLoopback = isLoopbackName(sending.first.hostname);
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !mayReach(literal, allowLoopback)) return Promise.reject(refusedAddress(what, url));
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, signal, lookup: guardedLookup(what, url, allowLoopback), agent: false });
    outgoing.on('error', (error) => reject(explained(error, sending)));
    outgoing.on('response', (incoming) => {
      readBody(incoming, sending).then(
        (body) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }),
        (error: unknown) => {
          outgoing.destroy();
          reject(error instanceof Problem ? error : explained(error, sending));
        },
      );
    });
    outgoing.end();
  });
}

async function readBody(incoming: IncomingMessage, { limit, what }: Sending): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > limit) {
      throw new Problem({ reason: 'limit-exceeded', message: `${what} is larger than ${limit} bytes` });
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The check is made on the address that is then used, so that a name cannot change its mind in between. */
function guardedLookup(what: string, url: URL, allowLoopback: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookupName(hostname, options, (error, address, family) => {
      if (error !== null) {
        callback(error, address as string, family);
        return;
      }
      const addresses =
        typeof address === 'string' ? [address] : (address as { address: string }[]).map((one) => one.address);
      const refused = addresses.some((one) => !mayReach(one, allowLoopback));
      if (refused) callback(refusedAddress(what, url) as unknown as NodeJS.ErrnoException, '', 0);
      else callback(null, address as string, family);
    });
  };
}

function mayReach(address: string, allowLoopback: boolean): boolean {
  const reach = reachOf(address);
  return reach === 'network' || (reach === 'loopback' && allowLoopback);
}

export function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function refusedAddress(what: string, url: URL): Problem {
  return new Problem({
    reason: 'forbidden',
    message: `${what}: ${url.hostname} leads to an address of this machine or its cloud, which is never asked`,
  });
}

function explained(error: unknown, { signal, what, url }: Sending): unknown {
  if (error instanceof Problem) return error;
  if (signal.aborted) return unreachable(what, `${url.host} did not answer in time`);
  const { code } = error as { readonly code?: string };
  return unreachable(what, `${url.host} cannot be reached${code === undefined ? '' : ` (${code})`}`);
}

function unreachable(what: string, because: string): Problem {
  return new Problem({ reason: 'unreachable', message: `${what}: ${because}` });
}
