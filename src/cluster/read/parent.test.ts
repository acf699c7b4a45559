import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Resource } from '../../resource/resource.ts';
import { type Client, makeClient } from './client.ts';
import { applySetId, idLabel, parentName, type ReleasePlace, readParent, toolingAnnotation } from './parent.ts';

const release = { name: 'catalog', namespace: 'shop' };
let stored: Resource;
let client: Client;
const server = createServer((_request, response) => void response.end(JSON.stringify(stored)));

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const absent = { caData: undefined, caFile: undefined, tlsServerName: undefined, proxyUrl: undefined };
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cluster = { name: 'c', server: address, skipTLSVerify: true, ...absent };
  client = makeClient({ config: { context: 'x', cluster, user: undefined }, userAgent: 'test', timeout: 5_000 });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function withIdOf(other: ReleasePlace, tooling = 'pushgate/0.1.0'): Resource {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: parentName(release.name),
      namespace: release.namespace,
      labels: { [idLabel]: applySetId(other) },
      annotations: { [toolingAnnotation]: tooling },
    },
  };
}

describe('an inventory', () => {
  test.each([
    ['another release', withIdOf({ name: 'cart', namespace: 'shop' })],
    ['the same release of another namespace', withIdOf({ name: 'catalog', namespace: 'kube-system' })],
    ['another tool', withIdOf(release, 'kubectl/v1.36')],
  ])('that was copied from another release, or another namespace, is none: %s', async (_words, forged) => {
    stored = forged;
    await expect(readParent(client, release)).rejects.toMatchObject({ reason: 'conflict' });
  });
});
