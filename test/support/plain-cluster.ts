/** A client of a small server that stands for an API server where only the form of its answers matters. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Client, makeClient } from '../../src/cluster/read/client.ts';

export interface PlainCluster extends Disposable {
  readonly client: Client;
}

/** Listens on loopback, without TLS and without a login, until it is disposed of. */
export async function plainCluster(listener: RequestListener): Promise<PlainCluster> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const absent = { caData: undefined, caFile: undefined, tlsServerName: undefined, proxyUrl: undefined };
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cluster = { name: 'c', server: address, skipTLSVerify: true, ...absent };
  return {
    client: makeClient({ config: { context: 'x', cluster, user: undefined }, userAgent: 'test', timeout: 5_000 }),
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
