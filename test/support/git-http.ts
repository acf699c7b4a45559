/** A Git server on loopback that asks for a name and a password, as a forge does. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveGit } from './git-backend.ts';

export interface GitHttpOptions {
  /** Folder that holds the bare repositories. */
  readonly root: string;
  /** What each `name:password` may do; anybody else gets 401. */
  readonly logins: Readonly<Record<string, 'read' | 'write'>>;
}

export class GitHttp implements AsyncDisposable {
  readonly url: string;
  readonly requests: string[] = [];
  /** Every `name:password` that was sent. */
  readonly logins: string[] = [];
  readonly #server: Server;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(options: GitHttpOptions): Promise<GitHttp> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const http = new GitHttp(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (message, response) => {
      http.requests.push(`${message.method} ${message.url}`);
      const path = new URL(message.url ?? '/', 'http://loopback').pathname;
      const right = (login: { user: string; password: string } | undefined) =>
        (login === undefined ? undefined : options.logins[`${login.user}:${login.password}`]) ?? 401;
      serveGit({ root: options.root, path, right }, message, response);
    });
    return http;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
