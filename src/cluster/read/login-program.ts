/**
 * Login programs of kubeconfigs (`exec`, client-go's credential plugins): started as kubectl starts them, and when one
 * fails what is wrong is said, because in a pipeline nobody sees its own output. What it prints on its standard output
 * holds the login and is never repeated.
 */
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { Problem } from '../../problem.ts';
import { isList, isObject, type Json, type JsonObject, valueAt } from '../../resource/resource.ts';
import type { ClusterEntry } from './kubeconfig-entries.ts';
import { tidy } from './tidy-line.ts';

export interface ProgramLogin {
  readonly token: string | undefined;
  /** PEM. */
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

export interface ProgramOptions {
  /** The `exec` of the user as the kubeconfig has it. */
  readonly exec: JsonObject;
  /** Name of the user, for messages. */
  readonly user: string;
  readonly cluster: ClusterEntry;
  /** What the program finds in its environment, but for what the kubeconfig adds. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds until it is ended. */
  readonly timeout: number;
  /** Aborted when the run is cancelled: the program is ended. */
  readonly signal: AbortSignal | undefined;
  /** What `provideClusterInfo` tells the program. */
  readonly clusterInfo: () => JsonObject;
}

/** Nobody's login is larger. */
const mostOutput = 1_048_576;
const shownLines = 5;

/** Throws `Problem` (`unauthenticated`) that says in which way it failed, or `cancelled`. */
export async function askProgram(options: ProgramOptions): Promise<ProgramLogin> {
  const { exec } = options;
  // With these words kubectl refuses a program that wants to ask somebody when nobody is there.
  if (exec['interactiveMode'] === 'Always')
    throw failed(options, 'asks somebody who is at a terminal (interactiveMode: Always), and nobody is', {});
  const { code, signal, output, complaint, ending } = await run(options);
  if (ending === 'cancelled')
    throw new Problem({
      reason: 'cancelled',
      message: `the run was cancelled while ${programOf(options)} made the login`,
    });
  if (ending === 'timeout')
    throw failed(options, `did not answer within ${Math.round(options.timeout / 1000)} s and was ended`, { complaint });
  if (ending === 'too-much') throw failed(options, `printed more than ${mostOutput} bytes and was ended`, {});
  if (code !== 0)
    throw failed(options, code === null ? `was ended by ${signal}` : `ended with exit code ${code}`, { complaint });
  return loginIn(options, output, complaint);
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
  readonly complaint: string;
  readonly ending: 'itself' | 'timeout' | 'cancelled' | 'too-much';
}

function run(options: ProgramOptions): Promise<Ended> {
  const { exec, timeout } = options;
  const command = textOf(exec['command']);
  const words = isList(exec['args']) ? exec['args'].map(textOf) : [];
  return new Promise((resolve, reject) => {
    // A group of its own, so that what the program started ends with it. Nothing can be asked on standard input.
    const child = spawn(command, words, {
      env: environmentOf(options),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    let ending: Ended['ending'] = 'itself';
    const end = (why: Ended['ending']): void => {
      ending = why;
      stop(child.pid);
      // Whoever else holds its output open is not waited for.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => end('timeout'), timeout);
    const cancel = (): void => end('cancelled');
    options.signal?.addEventListener('abort', cancel, { once: true });
    const output: Buffer[] = [];
    let complaint = '';
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > mostOutput) end('too-much');
      else output.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString('utf8')).slice(-8192);
    });
    const done = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', cancel);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      done();
      reject(notStarted(options, error));
    });
    child.once('close', (code, signal) => {
      done();
      resolve({ code, signal, output: Buffer.concat(output).toString('utf8'), complaint, ending });
    });
    if (options.signal?.aborted === true) cancel();
  });
}

function stop(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch (error) {
    // It ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A login program is told what it logs in to in a variable. */
function environmentOf({ exec, env, clusterInfo }: ProgramOptions): Record<string, string | undefined> {
  const entries = (isList(exec['env']) ? exec['env'] : []).filter(isObject);
  const added = entries.map((entry) => [textOf(entry['name']), textOf(entry['value'])] as const);
  const info = {
    apiVersion: exec['apiVersion'] ?? '',
    kind: 'ExecCredential',
    spec: { interactive: false, ...(exec['provideClusterInfo'] === true ? { cluster: clusterInfo() } : {}) },
  };
  return { ...env, ...Object.fromEntries(added), KUBERNETES_EXEC_INFO: JSON.stringify(info) };
}

/** The answer has to be in the version that the kubeconfig asks for, as for kubectl, and hold a login. */
function loginIn(options: ProgramOptions, output: string, complaint: string): ProgramLogin {
  let answer: Json;
  try {
    answer = JSON.parse(output) as Json;
  } catch {
    const what = output.trim() === '' ? 'answered nothing' : 'answered what is no JSON';
    throw failed(options, `${what}, and no ExecCredential`, { complaint });
  }
  if (!isObject(answer) || answer['kind'] !== 'ExecCredential')
    throw failed(options, 'answered JSON that is no ExecCredential', { complaint });
  const [wanted, version] = [textOf(options.exec['apiVersion']), textOf(answer['apiVersion'])];
  if (wanted !== '' && version !== wanted)
    throw failed(options, `answered in version ${tidy(version, [])}, and the kubeconfig asks for ${wanted}`, {
      hint: 'Write the kubeconfig anew with the platform’s own program, in the version that the job uses.',
    });
  const field = (name: string): string | undefined => textOf(valueAt(answer, ['status', name])) || undefined;
  const login = { token: field('token'), certificate: field('clientCertificateData'), key: field('clientKeyData') };
  if ((login.certificate === undefined) !== (login.key === undefined))
    throw failed(options, 'answered with a certificate or a key alone', {});
  if (login.token === undefined && login.certificate === undefined)
    throw failed(options, 'answered without a token and without a certificate', { complaint });
  return login;
}

function notStarted(options: ProgramOptions, error: NodeJS.ErrnoException): Problem {
  const installing = textOf(options.exec['installHint']);
  if (error.code === 'ENOENT')
    return failed(options, 'is not on this machine', {
      hint: 'Install it in the job, or use a token or a client certificate instead.',
      ...(installing === '' ? {} : { complaint: installing }),
    });
  return failed(options, `could not be started (${error.code ?? error.message})`, {});
}

interface Why {
  /** What the program itself wrote on its standard error. */
  readonly complaint?: string;
  readonly hint?: string;
}

function failed(options: ProgramOptions, what: string, { complaint, hint }: Why): Problem {
  const lines = (complaint ?? '').split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  const shown = lines.slice(-shownLines).map((line) => tidy(withoutTokens(line), []));
  return new Problem({
    reason: 'unauthenticated',
    message: `${programOf(options)}, which logs in the user "${options.user}", ${what}`,
    ...(shown.length === 0 ? {} : { excerpt: shown.join('\n') }),
    hint: hint ?? 'Run `kubectl auth whoami` with the same KUBECONFIG in the same job to see it at work.',
  });
}

function programOf({ exec }: ProgramOptions): string {
  return `the login program "${basename(textOf(exec['command']))}"`;
}

/** Some programs log what they got: long words of letters and digits are not repeated. */
function withoutTokens(line: string): string {
  return line
    .replace(/[\w+=~.-]{32,}/g, (word) => (/\d/.test(word) && /[a-z]/i.test(word) ? leftOut : word))
    .replace(/(?<![\w/.+-])[A-Za-z0-9+][A-Za-z0-9+/]{31,}(?![\w.-])/g, (word) => (isKey(word) ? leftOut : word));
}

const leftOut = '‹left out›';

/** Base64 may have slashes; a path seldom has all of these and no other sign. */
function isKey(word: string): boolean {
  return [/\d/, /[a-z]/, /[A-Z]/].every((sign) => sign.test(word));
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
