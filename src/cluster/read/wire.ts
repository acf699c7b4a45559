/** One HTTP exchange with an API server, over the connections that a login keeps open. */
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { request as requestByTls } from 'node:https';
import type { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import type { Login } from './login.ts';

export interface Exchange {
  readonly login: Login;
  readonly url: URL;
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | undefined;
  /** Milliseconds from the beginning to the last byte of the answer. */
  readonly timeout: number;
  /** Aborted when the answer is no longer waited for. */
  readonly cancel: AbortSignal | undefined;
}

export interface Exchanged {
  readonly status: number;
  readonly text: string;
  readonly date: string | undefined;
  readonly retryAfter: string | undefined;
}

/** Sends and reads the whole answer. Throws what the socket throws, a `TimeoutError`, or an `AbortError`. A redirect is an answer too. */
export async function exchange({ login, url, method, headers, body, timeout, cancel }: Exchange): Promise<Exchanged> {
  const own = AbortSignal.timeout(timeout);
  const signal = cancel === undefined ? own : AbortSignal.any([own, cancel]);
  const options: RequestOptions = {
    method,
    headers: { ...headers, ...login.headers, 'Accept-Encoding': 'gzip', ...lengthOf(body) },
    signal,
    ...(login.agent === undefined ? {} : { agent: login.agent }),
  };
  try {
    const begin = url.protocol === 'http:' ? await requestWithoutTls() : requestByTls;
    const answer = await answerTo(begin(url, options), body);
    const text = await textOf(decoded(answer));
    return {
      status: answer.statusCode ?? 0,
      text,
      date: answer.headers.date,
      retryAfter: answer.headers['retry-after'],
    };
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

function lengthOf(body: string | undefined): OutgoingHttpHeaders {
  return body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
}

function answerTo(request: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve).once('error', reject).end(body);
  });
}

/** An answer that breaks off has to end the reading of its text with an error, and a pipe alone does not do that. */
function decoded(answer: IncomingMessage): Readable {
  if (answer.headers['content-encoding'] !== 'gzip') return answer;
  const gunzip = createGunzip();
  answer.once('error', (error) => gunzip.destroy(error));
  return answer.pipe(gunzip);
}

/** Importing `node:http` loads more of Node than a run against a real cluster ever needs. */
async function requestWithoutTls(): Promise<typeof requestByTls> {
  return (await import('node:http')).request;
}
