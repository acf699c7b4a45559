import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { discover } from '../../src/cluster/read/discovery.ts';
import { logins } from '../bed/logins.ts';
import { describeOnBed } from '../bed/suites.ts';
import { clientFor, problem } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'pushgate-login-'));
let files = 0;

function kubeconfigWith(cluster: object, user: object): string {
  const path = join(folder, `config-${++files}`);
  const config = {
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

/** A server that notes what it is asked, and knows every kind of no group. */
async function listening(seen: IncomingMessage[]): Promise<Server> {
  const server = createServer((request, response) => {
    seen.push(request);
    response.end(JSON.stringify({ kind: 'APIGroupDiscoveryList', items: [] }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
}

function addressOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function headersWith(user: object): Promise<IncomingMessage['headers']> {
  const seen: IncomingMessage[] = [];
  const server = await listening(seen);
  const cluster = { server: `http://${addressOf(server)}`, 'insecure-skip-tls-verify': true };
  try {
    await discover(clientFor(kubeconfigWith(cluster, user)));
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return seen[0]?.headers ?? {};
}

describe('a login of a kubeconfig', () => {
  test('by token, token file or password is sent as such, and a file comes before a token', async () => {
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'from-a-file\n');
    expect((await headersWith({ token: 'abc' })).authorization).toBe('Bearer abc');
    expect((await headersWith({ tokenFile })).authorization).toBe('Bearer from-a-file');
    expect((await headersWith({ tokenFile, token: 'older' })).authorization).toBe('Bearer from-a-file');
    expect((await headersWith({ username: 'ada', password: 'pw' })).authorization).toBe('Basic YWRhOnB3');
    expect((await headersWith({})).authorization).toBeUndefined();
  });

  test('that acts as somebody else says as whom, groups included', async () => {
    const headers = await headersWith({ token: 'abc', as: 'deployer', 'as-groups': ['one', 'two'] });
    expect(headers).toMatchObject({ 'impersonate-user': 'deployer', 'impersonate-group': 'one, two' });
  });

  test('by a program of a platform runs it and sends its token', async () => {
    const bin = mkdtempSync(join(folder, 'bin-'));
    const answer = { kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status: { token: 'made' } };
    writeFileSync(join(bin, 'aws'), `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`, { mode: 0o755 });
    const exec = { apiVersion: answer.apiVersion, command: join(bin, 'aws'), args: [], interactiveMode: 'Never' };
    const headers = await headersWith({ exec });
    expect(headers.authorization).toBe('Bearer made');
  });

  test('whose token file is gone is named as the failing part', async () => {
    const config = kubeconfigWith({ server: 'https://127.0.0.1:1' }, { tokenFile: join(folder, 'no-token') });
    expect(await problem(discover(clientFor(config)))).toMatchObject({
      reason: 'unauthenticated',
      message: expect.stringMatching(/^the token file of the user "u", .*no-token, cannot be read \(ENOENT\)$/),
    });
  });
});

describeOnBed('a cluster behind a proxy', (bed) => {
  let proxy: Server;
  const tunnels: string[] = [];
  const sockets: Socket[] = [];
  beforeAll(async () => {
    proxy = await listening([]);
    proxy.on('connect', (request, socket: Socket) => {
      tunnels.push(request.url ?? '');
      const [host, port] = (request.url ?? '').split(':');
      const onward = connect(Number(port), host);
      sockets.push(socket, onward);
      for (const one of [socket, onward]) one.on('error', () => undefined);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });

  test('is reached through it, over connections that stay open', async () => {
    const { server, certificateAuthority } = bed();
    const cluster = {
      server,
      'proxy-url': `http://${addressOf(proxy)}`,
      'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64'),
    };
    const client = clientFor(kubeconfigWith(cluster, { token: logins.administrator.token }));
    for (const _ of [1, 2, 3]) expect((await discover(client)).find('v1', 'ConfigMap')).toBeDefined();
    expect(tunnels.every((url) => server.endsWith(url))).toBe(true);
    expect(tunnels.length).toBeLessThanOrEqual(2);
  });
});
