/** Asking an API server, in raw JSON. Nothing else in Pushgate talks to a cluster. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../problem.ts';
import type { Json } from '../../resource/resource.ts';
import type { Answer } from './failure.ts';
import { isMistypedPatch } from './failure.ts';
import { formatJson, parseJson } from './json.ts';
import type { Kubeconfig } from './kubeconfig.ts';
import { type Login, logIn } from './login.ts';
import { turnstile } from './turnstile.ts';
import { exchange } from './wire.ts';

export interface Request {
  readonly method: 'GET' | 'PATCH' | 'POST' | 'DELETE';
  /** With its leading slash: `/api/v1/namespaces`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly contentType?: string;
  readonly accept?: string;
  /**
   * Whether sending it twice is the same as sending it once: then a lost connection or an overloaded server is answered
   * by trying again.
   */
  readonly repeatable: 'repeatable' | 'once';
}

export interface Client {
  /** URL of the API server. */
  readonly server: string;
  readonly context: string;
  /** Who asks, for messages: `login "ci" of context "prod"`. */
  readonly login: string;
  /** Sends one request and gives the answer, whatever its status. Throws `Problem` when there is none. */
  readonly send: (request: Request) => Promise<Answer>;
}

export interface ClientOptions {
  readonly config: Kubeconfig;
  readonly userAgent: string;
  /** Milliseconds that one request may take. */
  readonly timeout?: number;
}

const tries = 4;
/** Requests at the same time; the server's own fairness would queue more. */
const width = 8;

export function makeClient(options: ClientOptions): Client {
  const { config } = options;
  const { context } = config;
  const server = config.cluster.server.replace(/\/+$/, '');
  const login = `login "${config.user?.name ?? 'anonymous'}" of context "${context}"`;
  const timeout = options.timeout ?? 60_000;
  const enter = turnstile(width);
  let loggedIn: Promise<Login> | undefined;

  /** Once a run: a login program takes its time, and connections are kept open. */
  const authenticate = async (): Promise<Login> => {
    try {
      return await Promise.race([logIn(config), loginTimeout(timeout)]);
    } catch (error) {
      throw new Problem({
        reason: 'unauthenticated',
        message: `the ${login} could not be made: its login program or its files failed`,
        hint: 'Run `kubectl auth whoami` with the same KUBECONFIG to see why.',
        cause: error,
      });
    }
  };

  const sendOnce = async (request: Request): Promise<Answer> => {
    loggedIn ??= authenticate();
    const url = new URL(server + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const body = request.body === undefined ? undefined : formatJson(request.body);
    const { status, text, date } = await exchange({
      login: await loggedIn,
      url,
      method: request.method,
      headers: {
        Accept: request.accept ?? 'application/json',
        'User-Agent': options.userAgent,
        ...(body === undefined ? {} : { 'Content-Type': request.contentType ?? 'application/json' }),
      },
      body,
      timeout,
    });
    const at = Date.parse(date ?? '');
    return { status, body: bodyOf(text), ...(Number.isNaN(at) ? {} : { at }) };
  };

  const send = async (request: Request): Promise<Answer> => {
    for (let attempt = 1; ; attempt++) {
      const last = attempt === tries || request.repeatable === 'once';
      const leave = await enter();
      try {
        const answer = await sendOnce(request);
        if (last || !isWorthRepeating(answer)) return answer;
      } catch (error) {
        if (error instanceof Problem) throw error;
        if (last || !isLostConnection(error)) throw unreachable(error, server, context);
      } finally {
        leave();
      }
      await sleep(200 * 2 ** (attempt - 1));
    }
  };
  return { server, context, login, send };
}

function bodyOf(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

/** Overload and internal errors pass; a patch that does not fit the schema is an internal error that never does. */
function isWorthRepeating(answer: Answer): boolean {
  return [429, 500, 503, 504].includes(answer.status) && !isMistypedPatch(answer);
}

const lostConnection = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

function isLostConnection(error: unknown): boolean {
  return codesOf(error).some((code) => lostConnection.has(code));
}

/** Codes of Node and OpenSSL that mean: the other side's certificate is not signed by whom the kubeconfig names. */
const untrustedCertificate = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

function unreachable(error: unknown, server: string, context: string): Problem {
  const codes = codesOf(error);
  const [code] = codes;
  if (codes.some((one) => untrustedCertificate.has(one))) {
    return new Problem({
      reason: 'unreachable',
      message: `the certificate of ${server} is not the one that context "${context}" trusts (${code})`,
      hint: 'The certificate-authority of the kubeconfig is of another cluster, or expired. Nothing was sent.',
      cause: error,
    });
  }
  const isTimeout = (error as { readonly name?: unknown } | null)?.name === 'TimeoutError';
  return new Problem({
    reason: 'unreachable',
    message: `the API server ${server} of context "${context}" cannot be reached (${isTimeout ? 'no answer in time' : (code ?? String(error))})`,
    hint: 'Is the cluster up, and may this machine reach it (VPN, firewall, proxy-url of the kubeconfig)?',
    cause: error,
  });
}

/** Several at once when a name has several addresses. */
function codesOf(error: unknown): readonly string[] {
  if (typeof error !== 'object' || error === null) return [];
  const { code, cause, errors } = error as {
    readonly code?: unknown;
    readonly cause?: unknown;
    readonly errors?: unknown;
  };
  const inner: readonly unknown[] = Array.isArray(errors) ? errors : [];
  return [...(typeof code === 'string' ? [code] : []), ...codesOf(cause), ...inner.flatMap(codesOf)];
}

async function loginTimeout(milliseconds: number): Promise<never> {
  await sleep(milliseconds, undefined, { ref: false });
  throw new Error('the login took too long');
}
