/** Asking an API server, in raw JSON. Nothing else in Pushgate talks to a cluster. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../problem.ts';
import type { Json } from '../../resource/resource.ts';
import type { Answer } from './failure.ts';
import { Unsettled } from './failure.ts';
import { formatJson, parseJson } from './json.ts';
import type { Kubeconfig } from './kubeconfig.ts';
import { expiredSince, type Login, logIn } from './login.ts';
import { patience, pauseBefore, type Trouble, tries, troubleIn, troubleWith, wasNeverSent } from './retry.ts';
import { turnstile } from './turnstile.ts';
import { type Exchange, exchange } from './wire.ts';

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
  /** Records what a run did, or lets go of something: sent even when the run is cancelled. */
  readonly ending?: true;
  /** Asked each time just before the request leaves; throws a `Problem` when it may no longer be sent. */
  readonly permit?: () => void;
}

export interface Client {
  /** URL of the API server. */
  readonly server: string;
  readonly context: string;
  /** Who asks, for messages: `login "ci" of context "prod"`. */
  readonly login: string;
  /**
   * Sends one request and gives the answer, whatever its status. Throws `Problem` when there is none, and `cancelled`
   * for what was not sent, or only read, when the run was cancelled. A write that is on its way then is waited for.
   */
  readonly send: (request: Request) => Promise<Answer>;
}

export interface ClientOptions {
  readonly config: Kubeconfig;
  readonly userAgent: string;
  /** What login programs find in their environment; undefined: only what the kubeconfig sets for them. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds that one request may take. */
  readonly timeout?: number;
  /** Aborted when the run is cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Aborted when nothing is waited for any more. */
  readonly hurry?: AbortSignal | undefined;
}

/** Milliseconds for what ends a run that was cancelled: CI systems kill it soon. */
const endingTimeout = 1_200;
/** Requests at the same time; the server's own fairness would queue more. */
const width = 8;

/**
 * Nothing is sent, and no login is made, before the first request. At most eight requests are on the way at once; what
 * may be repeated is, after a lost connection or when the server asks for patience. `send` throws `unauthenticated`
 * for a login that could not be made, and `unreachable` where no answer came.
 */
export function makeClient(options: ClientOptions): Client {
  const { config } = options;
  const { context } = config;
  const server = config.cluster.server.replace(/\/+$/, '');
  const login = `login "${config.user?.name ?? 'anonymous'}" of context "${context}"`;
  const timeout = options.timeout ?? 60_000;
  const enter = turnstile(width);
  const isCancelled = (): boolean => options.signal?.aborted === true;
  let loggedIn: Promise<Login> | undefined;
  let hasAnswered = false;
  let waited = 0;

  /** Once a run: a login program takes its time, and connections are kept open. */
  const authenticate = async (): Promise<Login> => {
    // What ends a run that was cancelled is still to be sent, and has little time.
    const [signal, time] = isCancelled() ? [undefined, Math.min(timeout, endingTimeout)] : [options.signal, timeout];
    try {
      const login = logIn(config, { env: options.env ?? {}, timeout: time, signal });
      return await Promise.race([login, loginTimeout(time)]);
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw new Problem({
        reason: 'unauthenticated',
        message: `the ${login} could not be made (${codesOf(error)[0] ?? 'no reason is given'})`,
        hint: 'Run `kubectl auth whoami` with the same KUBECONFIG to see why.',
        cause: error,
      });
    }
  };

  const sendOnce = async (request: Request): Promise<Tried> => {
    loggedIn ??= authenticate();
    const url = new URL(server + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const body = request.body === undefined ? undefined : formatJson(request.body);
    const wire = {
      login: await loggedIn,
      url,
      method: request.method,
      headers: {
        Accept: request.accept ?? 'application/json',
        'User-Agent': options.userAgent,
        ...(body === undefined ? {} : { 'Content-Type': request.contentType ?? 'application/json' }),
      },
      body,
      ...endOf(request),
    };
    try {
      const { status, text, date, retryAfter } = await exchange(wire);
      hasAnswered = true;
      const at = Date.parse(date ?? '');
      const answer = { status, body: bodyOf(text), ...(Number.isNaN(at) ? {} : { at }) };
      return { answer, trouble: troubleIn(answer, request.path, retryAfter), shown: wire.login.shown };
    } catch (error) {
      const codes = codesOf(error);
      return { error, trouble: troubleWith({ codes, hasAnswered }), wasSent: !wasNeverSent(codes) };
    }
  };

  /** What is only read is dropped by a cancelled run; a write is left the time to be answered. */
  const endOf = (request: Request): Pick<Exchange, 'timeout' | 'cancel'> => ({
    timeout: request.ending && isCancelled() ? Math.min(timeout, endingTimeout) : timeout,
    cancel: request.ending ? undefined : isWrite(request) ? options.hurry : options.signal,
  });

  const refuseCancelled = (request: Request): void => {
    if (isCancelled() && request.ending !== true) throw cancelledBefore(request, server);
    request.permit?.();
  };

  /** Sent once, with a login that is renewed where the server no longer takes it: tokens of login programs are short. */
  const sendOnceRenewed = async (request: Request): Promise<Tried> => {
    const tried = await sendOnce(request);
    const isOld = 'answer' in tried && tried.answer.status === 401 && isRenewable(config.user);
    if (!isOld || renewals >= 3) return tried;
    renewals++;
    loggedIn = undefined;
    return await sendOnce(request);
  };
  let renewals = 0;

  const mayRepeat = (request: Request, attempt: number, trouble: Trouble): boolean => {
    if (attempt >= tries || waited >= patience || (isCancelled() && request.ending !== true)) return false;
    return trouble.handled === 'no' || request.repeatable === 'repeatable';
  };

  const send = async (request: Request): Promise<Answer> => {
    let unsettled = false;
    let tried: Tried | undefined;
    for (let attempt = 1; ; attempt++) {
      const leave = await enter();
      try {
        refuseCancelled(request);
        tried = await sendOnceRenewed(request);
      } catch (error) {
        // What an earlier try may have done is more than that this one was not made.
        if (tried === undefined || !unsettled) throw error;
        return conclude(request, tried, unsettled);
      } finally {
        leave();
      }
      const { trouble } = tried;
      const isUnclear = 'error' in tried ? tried.wasSent : trouble?.handled === 'maybe';
      unsettled ||= isWrite(request) && isUnclear;
      if (trouble === undefined || !mayRepeat(request, attempt, trouble)) return conclude(request, tried, unsettled);
      const pause = pauseBefore(attempt, trouble, Math.random);
      waited += pause;
      await sleep(pause, undefined, { signal: options.signal }).catch(() => undefined);
    }
  };

  const conclude = (request: Request, tried: Tried, unsettled: boolean): Answer => {
    if ('answer' in tried) {
      if (tried.answer.status === 401) refuseExpired(login, tried.shown);
      return unsettled ? { ...tried.answer, unsettled } : tried.answer;
    }
    const { error } = tried;
    if (error instanceof Problem) throw error;
    if (!unsettled && isCancelled() && request.ending !== true) throw cancelledBefore(request, server);
    throw unreachable({ error, server, context, unsettled, proxy: proxyName(config.cluster.proxyUrl) });
  };
  return { server, context, login, send };
}

type Tried =
  | { readonly answer: Answer; readonly trouble: Trouble | undefined; readonly shown: Login['shown'] }
  | { readonly error: unknown; readonly trouble: Trouble | undefined; readonly wasSent: boolean };

/** Whether the request changes anything: a tried one does not. */
export function isWrite({ method, query }: Request): boolean {
  return method !== 'GET' && query?.['dryRun'] === undefined;
}

/** The client for what ends a run: it is sent even when the run is cancelled, and given little time then. */
export function endingClient(client: Client): Client {
  return { ...client, send: (request) => client.send({ ...request, ending: true }) };
}

function isRenewable(user: Kubeconfig['user']): boolean {
  const { exec, authProvider, tokenFile, certFile } = user ?? {};
  return [exec, authProvider, tokenFile, certFile].some((source) => source !== undefined);
}

function cancelledBefore(request: Request, server: string): Problem {
  return new Problem({
    reason: 'cancelled',
    message: `the run was cancelled before ${server} was ${isWrite(request) ? 'told to change' : 'asked'} anything more`,
  });
}

function bodyOf(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

/** A server says of a login only that it does not know it; the login itself may say that it has ended. */
function refuseExpired(login: string, shown: Login['shown']): void {
  const since = expiredSince(shown, Date.now());
  if (since === undefined) return;
  throw new Problem({
    reason: 'unauthenticated',
    message: `the API server does not take the ${login} (401): its ${shown.token === undefined ? 'certificate' : 'token'} ended at ${since}`,
    hint: 'Renew the login that KUBECONFIG holds.',
  });
}

/** Codes of Node and OpenSSL that mean: the other side's certificate is not signed by whom the kubeconfig names. */
const otherAuthority = 'The certificate-authority of the kubeconfig is of another cluster.';
const untrustedCertificate: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: otherAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: otherAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: otherAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: otherAuthority,
  UNABLE_TO_GET_ISSUER_CERT: otherAuthority,
  CERT_SIGNATURE_FAILURE: otherAuthority,
  CERT_UNTRUSTED: otherAuthority,
  CERT_HAS_EXPIRED: 'It has ended, or the clock of this machine is wrong. Renew the certificate of the API server.',
  CERT_NOT_YET_VALID: 'It does not hold yet, or the clock of this machine is wrong.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'It is for another name: use the name that the API server has, or tls-server-name in the kubeconfig.',
};

interface NoAnswer {
  readonly error: unknown;
  readonly server: string;
  readonly context: string;
  /** Without a login; undefined: the server is reached directly. */
  readonly proxy: string | undefined;
  /** Whether the server may have done what was asked. */
  readonly unsettled: boolean;
}

function unreachable({ error, server, context, proxy, unsettled }: NoAnswer): Problem {
  const codes = codesOf(error);
  const [code] = codes;
  const problem = (message: string, hint: string): Problem =>
    new Problem({ reason: 'unreachable', message, hint, cause: error });
  const untrusted = codes.find((one) => one in untrustedCertificate);
  if (untrusted !== undefined)
    return problem(
      `the certificate of ${server} is not the one that context "${context}" trusts (${untrusted})`,
      `${untrustedCertificate[untrusted]} Nothing was sent.`,
    );
  const unusable = codes.find((one) => one.startsWith('ERR_OSSL_') || one.startsWith('ERR_SSL_'));
  if (unusable !== undefined)
    return problem(
      `no encrypted connection to ${server} of context "${context}" could be made (${unusable})`,
      'A certificate or key of the kubeconfig is broken or they are not a pair, or what answers there speaks no TLS.',
    );
  if (unsettled) {
    return new Problem({
      reason: 'unreachable',
      message: `the answer of the API server ${server} was lost (${wordFor(error, code)})`,
      hint: 'Whether it did what was asked is not known. The next run finds out.',
      cause: new Unsettled(error),
    });
  }
  if (proxy === undefined)
    return problem(
      `the API server ${server} of context "${context}" cannot be reached (${wordFor(error, code)})`,
      'Is the cluster up, and may this machine reach it (VPN, firewall, proxy-url of the kubeconfig)?',
    );
  return problem(
    `the API server ${server} of context "${context}" cannot be reached through the proxy ${proxy} (${wordFor(error, code)})`,
    'The proxy is that of proxy-url in the kubeconfig, else of HTTPS_PROXY; NO_PROXY names what is reached without it.',
  );
}

/** A proxy's address without the login that it may hold. */
function proxyName(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  return URL.canParse(url) ? `${new URL(url).protocol}//${new URL(url).host}` : 'whose address is none';
}

function wordFor(error: unknown, code: string | undefined): string {
  const name = (error as { readonly name?: unknown } | null)?.name;
  // The library that speaks to proxies gives no code.
  const status = /^Bad response: (\d{3})$/.exec(error instanceof Error ? error.message : '')?.[1];
  if (status !== undefined) return `it answered ${status}`;
  if (name === 'TimeoutError') return 'no answer in time';
  return name === 'AbortError' ? 'none came before the cancelled run had to end' : (code ?? String(error));
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
