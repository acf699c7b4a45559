/** A web server on loopback with the files that a test gives it; it keeps every request with its headers. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServedFile {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** `name:password` without which the answer is 401. */
  readonly login?: string;
}

export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export class FileServer implements AsyncDisposable {
  readonly origin: string;
  readonly host: string;
  readonly requests: SeenRequest[] = [];
  readonly files = new Map<string, ServedFile>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.origin = `http://${this.host}`;
  }

  static async start(files: Readonly<Record<string, ServedFile>> = {}): Promise<FileServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const self = new FileServer(server);
    for (const [path, file] of Object.entries(files)) self.files.set(path, file);
    server.on('request', (request, response) => {
      const path = request.url ?? '/';
      self.requests.push({ path, headers: request.headers });
      const file = self.files.get(path);
      const given = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
      if (file === undefined) response.writeHead(404).end();
      else if (file.login !== undefined && file.login !== given) response.writeHead(401).end();
      else response.writeHead(file.status ?? 200, file.headers).end(file.body);
    });
    return self;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
