import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { discover } from '../../src/cluster/read/discovery.ts';
import { loadKubeconfig } from '../../src/cluster/read/kubeconfig.ts';
import { formatProblem, Problem } from '../../src/problem.ts';
import { kubeconfig } from '../bed/logins.ts';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { checkout, clientFor, clientOf, configMap, deployment, plan, problem } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'pushgate-kubeconfig-'));
let files = 0;

function file(content: string, under = folder): string {
  const path = join(under, `config-${++files}`);
  writeFileSync(path, content);
  return path;
}

function refusalOf(options: Partial<Parameters<typeof loadKubeconfig>[0]>): Problem {
  try {
    loadKubeconfig({ kubeconfig: undefined, home: undefined, context: undefined, checkout, ...options });
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const anyServer = { server: 'https://127.0.0.1:1', certificateAuthority: 'none', token: 'secret-canary' };

function withUser(user: object): string {
  const parsed = JSON.parse(kubeconfig(anyServer));
  return JSON.stringify({ ...parsed, users: [{ name: 'bed', user }] });
}

function insecure(server: string): string {
  const parsed = JSON.parse(kubeconfig(anyServer));
  parsed.clusters[0].cluster = { server, 'insecure-skip-tls-verify': true };
  return file(JSON.stringify(parsed));
}

describe('a kubeconfig is refused', () => {
  test('when there is none, saying where one is looked for', () => {
    expect(refusalOf({})).toMatchObject({ reason: 'config-invalid', message: 'there is no kubeconfig' });
    expect(refusalOf({ kubeconfig: '/no/such/file' }).message).toContain('/no/such/file');
  });

  test('when it does not have the context, naming the ones that it has', () => {
    const refused = refusalOf({
      kubeconfig: file(kubeconfig({ ...anyServer, context: 'staging' })),
      context: 'stagin',
    });
    expect(refused.message).toContain('the context "stagin" is not in');
    expect(refused.message).toContain('did you mean "staging"?');
    expect(refused.hint).toContain('staging');
  });

  test('when it lies in the checkout, also by a link', () => {
    const inside = file(kubeconfig(anyServer), checkout);
    const link = join(folder, 'link');
    symlinkSync(inside, link);
    for (const path of [inside, link])
      expect(refusalOf({ kubeconfig: path }).message).toContain('lies in the checkout');
  });

  test('when its files lie in the checkout', () => {
    const parsed = JSON.parse(kubeconfig(anyServer));
    parsed.clusters[0].cluster = { server: anyServer.server, 'certificate-authority': join(checkout, 'ca.crt') };
    expect(refusalOf({ kubeconfig: file(JSON.stringify(parsed)) }).message).toContain('certificate authority');
    expect(refusalOf({ kubeconfig: file(withUser({ tokenFile: join(checkout, 'token') })) }).message).toContain(
      'token file',
    );
  });

  test('when its login would run a program that is not a known one, and does not run it', () => {
    const trace = join(folder, 'trace');
    const script = join(folder, 'touch-it');
    writeFileSync(script, `#!/bin/sh\ntouch ${trace}\n`, { mode: 0o755 });
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', args: [] };
    for (const command of [script, './aws', join(checkout, 'aws')]) {
      const refused = refusalOf({ kubeconfig: file(withUser({ exec: { ...exec, command } })) });
      expect(refused.message).toContain(`the program "${command}", which is not run`);
    }
    expect(() => readFileSync(trace)).toThrow('ENOENT');
    const provider = {
      name: 'gcp',
      config: { 'cmd-path': script, 'access-token': 'x', expiry: '2000-01-01T00:00:00Z' },
    };
    expect(refusalOf({ kubeconfig: file(withUser({ 'auth-provider': provider })) }).message).toContain('not run');
  });

  test('when it would send a login unencrypted', () => {
    const refused = refusalOf({ kubeconfig: file(kubeconfig({ ...anyServer, server: 'http://127.0.0.1:1' })) });
    expect(refused.message).toContain('unencrypted');
  });

  test('when it is no YAML, without quoting it', () => {
    const refused = refusalOf({ kubeconfig: file('token: secret-canary: [') });
    expect(refused.message).toContain('is not valid');
    expect(formatProblem(refused)).not.toContain('canary');
  });
});

test('of two kubeconfigs the first one that has a name counts, as for kubectl', () => {
  const first = file(kubeconfig({ ...anyServer, context: 'one' }));
  const second = file(kubeconfig({ ...anyServer, server: 'https://127.0.0.1:2', context: 'one' }));
  const options = { home: undefined, context: 'one', checkout };
  expect(loadKubeconfig({ ...options, kubeconfig: `${first}:${second}` }).cluster.server).toBe(anyServer.server);
});

describe('a server that does not answer as an API server', () => {
  test('is unreachable when nobody listens', async () => {
    const server = createTcpServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const client = clientFor(
      file(kubeconfig({ ...anyServer, certificateAuthority: '', server: `https://127.0.0.1:${port}` })),
    );
    const refused = await problem(discover(client));
    expect(refused).toMatchObject({ reason: 'unreachable', message: expect.stringContaining('ECONNREFUSED') });
    expect(formatProblem(refused)).not.toContain('canary');
  });

  test('is told apart from Kubernetes when it is something else', async () => {
    const server = createServer((_request, response) => response.end('<html>welcome</html>')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const client = clientFor(insecure(`http://127.0.0.1:${port}`));
    const refused = await problem(discover(client));
    server.closeAllConnections();
    server.close();
    expect(refused.message).toContain('is no Kubernetes API server');
  });
});

describeOnBed('a real API server refuses', (bed) => {
  let namespace = '';
  beforeAll(() => {
    namespace = makeNamespace(bed());
  });
  afterAll(() => dropNamespace(bed(), namespace));
  const planAs = (login: 'planner' | 'applier' | 'stranger', ...objects: Parameters<typeof plan>[0]['objects']) =>
    plan({ client: clientOf(bed(), login), namespace, objects });

  test('a token that it does not know', async () => {
    const { server, certificateAuthority } = bed();
    const client = clientFor(file(kubeconfig({ server, certificateAuthority, token: 'expired-canary' })));
    const refused = await problem(discover(client));
    expect(refused).toMatchObject({ reason: 'unauthenticated', message: expect.stringContaining('context "bed"') });
    expect(formatProblem(refused)).not.toContain('canary');
  });

  test('to be taken for another cluster', async () => {
    const foreign = join(folder, 'foreign.crt');
    const subject = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '1',
      '-subj',
      '/CN=other',
      '-keyout',
      '/dev/null',
    ];
    expect(spawnSync('openssl', [...subject, '-out', foreign]).status).toBe(0);
    const certificateAuthority = readFileSync(foreign, 'utf8');
    const client = clientFor(file(kubeconfig({ server: bed().server, certificateAuthority, token: 'secret-canary' })));
    const refused = await problem(discover(client));
    expect(refused).toMatchObject({
      reason: 'unreachable',
      message: expect.stringContaining('is not the one that context'),
    });
  });

  test('a login without rights, naming the verb, the resource and the namespace', async () => {
    const refused = await problem(planAs('stranger', configMap('env', {})));
    expect(refused.reason).toBe('forbidden');
    expect(refused.message).toContain(`may not get configmaps in namespace ${namespace}`);
  });

  test('a kind that it does not have, with the template it came from', async () => {
    const thing = { apiVersion: 'example.test/v1', kind: 'Thing', metadata: { name: 'one' } };
    const refused = await problem(planAs('planner', thing));
    expect(refused).toMatchObject({ reason: 'rejected', where: 'templates/thing.yaml' });
    expect(refused.message).toContain('no such kind: Thing (example.test/v1)');
  });

  test('names that a path would take for the namespace or for all of it', async () => {
    for (const name of ['.', '..']) {
      const refused = await problem(planAs('planner', configMap(name, {})));
      expect([refused.reason, refused.message]).toEqual([
        'invalid-object',
        `"${name}" is no name that a ConfigMap or its namespace can have`,
      ]);
    }
  });

  test('an object with an unknown field, in its own words', async () => {
    const web = deployment('web', 1);
    const refused = await problem(planAs('planner', { ...web, spec: { ...(web['spec'] as object), replicsa: 2 } }));
    expect(refused).toMatchObject({ reason: 'rejected', where: 'templates/deployment.yaml' });
    expect(refused.message).toContain(`Deployment ${namespace}/web`);
    expect(refused.excerpt).toContain('.spec.replicsa: field not declared in schema');
  });

  test('an object with an invalid value, in its own words', async () => {
    const refused = await problem(planAs('planner', deployment('web', -1)));
    expect(refused).toMatchObject({ reason: 'rejected', excerpt: expect.stringContaining('spec.replicas') });
  });

  test('a mistyped Secret without repeating its value', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, data: { pin: 12345678 } };
    const refused = await problem(planAs('applier', secret));
    expect(refused.reason).toBe('rejected');
    expect(formatProblem(refused)).not.toContain('12345678');
  });

  test('a namespace that does not exist', async () => {
    const client = clientOf(bed(), 'planner');
    const refused = await problem(plan({ client, namespace: 'no-such-namespace', objects: [configMap('env', {})] }));
    expect(refused).toMatchObject({
      reason: 'rejected',
      hint: expect.stringContaining('create namespace no-such-namespace'),
    });
    expect(refused.message).toContain('namespace no-such-namespace does not exist');
  });

  test('some of the objects at apply, and what was written is said exactly', async () => {
    const quota = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'one-more', namespace },
      spec: { hard: { 'count/services': '0' } },
    });
    const planned = await planAs(
      'applier',
      configMap('written', { a: '1' }),
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'refused' }, spec: { ports: [{ port: 80 }] } },
      deployment('never-begun', 1),
    );
    kubectl(bed(), ['create', '-f', '-'], { input: quota });
    const { outcomes, revision } = await planned.apply();
    expect(outcomes.map(({ key, outcome, problem: why }) => [key.name, outcome, why?.reason])).toEqual([
      ['written', 'created', undefined],
      ['refused', 'failed', 'forbidden'],
      ['never-begun', 'skipped', undefined],
    ]);
    expect(revision).toBeUndefined();
    expect(kubectl(bed(), ['get', 'deployments', '-n', namespace, '-o', 'name'])).toBe('');
    kubectl(bed(), ['delete', 'resourcequota', 'one-more', '-n', namespace]);
    const again = await planAs('applier', configMap('written', { a: '1' }));
    expect(again.release).toMatchObject({ changes: [], untouched: 1 });
  });
});
