/** Git over HTTP: Git's own `http-backend` behind whoever decides what a login may do. */
import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface GitLogin {
  readonly user: string;
  readonly password: string;
}

/** What a login may do; a number is the status of its refusal. */
export type GitRight = 'read' | 'write' | 401 | 403 | 404;

export interface GitRequest {
  /** Folder of the bare repositories. */
  readonly root: string;
  /** Path below `root`: the repository's folder and what Git asks of it. */
  readonly path: string;
  readonly right: (login: GitLogin | undefined) => GitRight;
}

export function serveGit(options: GitRequest, message: IncomingMessage, response: ServerResponse): void {
  const url = new URL(message.url ?? '/', 'http://loopback');
  const writes = url.pathname.endsWith('/git-receive-pack') || url.searchParams.get('service') === 'git-receive-pack';
  const right = options.right(loginOf(message));
  const status = typeof right === 'number' ? right : writes && right === 'read' ? 403 : undefined;
  if (status === undefined) {
    callBackend(options, url.search, message, response);
    return;
  }
  response.writeHead(status, status === 401 ? { 'www-authenticate': 'Basic realm="git"' } : {});
  response.end(status === 403 ? 'Permission to this repository denied' : '');
}

function loginOf(message: IncomingMessage): GitLogin | undefined {
  const encoded = /^basic (.+)$/i.exec(message.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [user = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { user, password: password.join(':') };
}

function callBackend(options: GitRequest, search: string, message: IncomingMessage, response: ServerResponse): void {
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: options.root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      // A name here is what lets Git take a push.
      REMOTE_USER: 'tester',
      REQUEST_METHOD: message.method,
      PATH_INFO: options.path,
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: message.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: message.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(message.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  message.pipe(backend.stdin);
  // A client that goes away in the middle ends the pipe, and Git with it.
  backend.stdin.on('error', () => undefined);
  const chunks: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  backend.on('close', () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf('\r\n\r\n');
    let status = 200;
    for (const header of output.subarray(0, end).toString('utf8').split('\r\n')) {
      const [name = '', value = ''] = header.split(/: (.*)/s);
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.writeHead(status).end(output.subarray(end + 4));
  });
}
