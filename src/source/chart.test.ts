import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import bcrypt from 'bcryptjs';
import { FileServer } from '../../test/support/file-server.ts';
import { GitHttp } from '../../test/support/git-http.ts';
import { chartSource, type RemoteChart } from './chart.ts';
import { load } from './http.ts';

const archive = 'the bytes of an archive';
const digest = sha256(archive);

let server: FileServer;
beforeEach(async () => {
  server = await FileServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

describe('a chart repository', () => {
  const index = (url: string, more = '') =>
    `apiVersion: v1\nentries:\n  redis:\n  - { version: 2.0.0, urls: [nowhere] }\n  - version: 1.2.0\n    digest: ${digest}\n    urls: ["${url}"]\n${more}`;

  test('gives the archive that its index names, by an address relative to it', async () => {
    server.files.set('/charts/index.yaml', { body: index('archives/redis-1.2.0.tgz') });
    server.files.set('/charts/archives/redis-1.2.0.tgz', { body: archive });

    const chart = await fetchFrom({ repository: `${server.origin}/charts` });

    expect([...chart.files].map(([path, bytes]) => [path, textOf(bytes)])).toEqual([['redis-1.2.0.tgz', archive]]);
    expect(chart).toMatchObject({ path: 'redis-1.2.0.tgz', digest: `sha256:${digest}`, notices: [] });
  });

  test('with a login gets it, and an archive on another host does not', async () => {
    await using other = await FileServer.start({ '/redis.tgz': { body: archive } });
    server.files.set('/index.yaml', { body: index(`${other.origin}/redis.tgz`), login: 'ci:hunter2' });

    await fetchFrom({ repository: server.origin }, { DOCKER_AUTH_CONFIG: auths(server.host, 'ci:hunter2') });

    expect(other.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/redis.tgz', undefined],
    ]);
  });

  test('that redirects to another host does not get the login there', async () => {
    await using other = await FileServer.start({ '/index.yaml': { body: index('redis.tgz') } });
    server.files.set('/index.yaml', { status: 302, headers: { location: `${other.origin}/index.yaml` } });
    server.files.set('/redis.tgz', { body: archive });

    await fetchFrom({ repository: server.origin }, { DOCKER_AUTH_CONFIG: auths(server.host, 'ci:hunter2') });

    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${btoa('ci:hunter2')}`);
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
  });

  test('without a digest gives the chart and says so', async () => {
    server.files.set('/index.yaml', { body: index('redis.tgz').replace(`    digest: ${digest}\n`, '') });
    server.files.set('/redis.tgz', { body: archive });

    expect((await fetchFrom({ repository: server.origin })).notices).toEqual([
      `the chart redis 1.2.0 of ${server.origin} has no digest in the index, so nothing says that it is the same tomorrow`,
    ]);
  });

  test.each([
    [
      'an archive that is another one',
      { '/index.yaml': { body: index('r.tgz') }, '/r.tgz': { body: 'exchanged' } },
      'source-missing',
      'is not what the index says',
    ],
    [
      'an archive that is not there',
      { '/index.yaml': { body: index('r.tgz') } },
      'source-missing',
      'the chart redis 1.2.0 of http',
    ],
    [
      'a chart that it does not have',
      { '/index.yaml': { body: 'entries: { reddis: [] }' } },
      'source-missing',
      'has no chart redis',
    ],
    [
      'a version that it does not have',
      { '/index.yaml': { body: 'entries: { redis: [{ version: 3.0.0 }] }' } },
      'source-missing',
      'has no version 1.2.0 of redis',
    ],
    [
      'something that is no index',
      { '/index.yaml': { body: '<html>' } },
      'source-missing',
      'is not a repository of Helm charts',
    ],
    ['nothing', {}, 'source-missing', 'the index of http'],
    ['a demand for a login', { '/index.yaml': { login: 'a:b' } }, 'unauthenticated', 'wants a login'],
    ['an error', { '/index.yaml': { status: 503 } }, 'unreachable', 'answers with status 503'],
    [
      'a way into the cloud',
      { '/index.yaml': { status: 302, headers: { location: 'https://169.254.169.254/latest' } } },
      'forbidden',
      'which is never asked',
    ],
    [
      'an address that is not https',
      { '/index.yaml': { body: index('http://charts.example.com/r.tgz') } },
      'forbidden',
      'is not https',
    ],
    ['a file of the machine', { '/index.yaml': { body: index('file:///etc/passwd') } }, 'forbidden', 'is not https'],
    [
      'a circle',
      { '/index.yaml': { status: 302, headers: { location: '/index.yaml' } } },
      'unreachable',
      'redirects more than 5 times',
    ],
  ])('that gives %s is a clear error', async (_, files, reason, message) => {
    for (const [path, file] of Object.entries(files)) server.files.set(path, file);

    await expect(fetchFrom({ repository: server.origin })).rejects.toMatchObject({
      reason,
      message: expect.stringContaining(message),
    });
  });

  test('that cannot be reached is a clear error', async () => {
    await expect(fetchFrom({ repository: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      reason: 'unreachable',
      message: 'the index of http://127.0.0.1:1: 127.0.0.1:1 cannot be reached (ECONNREFUSED)',
    });
  });

  test('is asked once for a chart that several environments use', async () => {
    server.files.set('/index.yaml', { body: index('r.tgz') });
    server.files.set('/r.tgz', { body: archive });
    const fetch = chartSource({});
    const chart: RemoteChart = { kind: 'repository', repository: server.origin, name: 'redis', version: '1.2.0' };

    await Promise.all([fetch(chart), fetch({ ...chart })]);

    expect(server.requests.map(({ path }) => path)).toEqual(['/index.yaml', '/r.tgz']);
  });

  function fetchFrom(chart: { readonly repository: string }, variables: Readonly<Record<string, string>> = {}) {
    return chartSource(variables)({ kind: 'repository', name: 'redis', version: '1.2.0', ...chart });
  }
});

test('an answer is read up to its limit and no further', async () => {
  server.files.set('/a', { body: 'x'.repeat(1000) });

  const options = { url: `${server.origin}/a`, what: 'the file' };
  expect((await load({ ...options, limit: 1000 })).body.length).toBe(1000);
  await expect(load({ ...options, limit: 999 })).rejects.toMatchObject({
    reason: 'limit-exceeded',
    message: 'the file is larger than 999 bytes',
  });
});

test('a file of logins that is not JSON is an error that shows nothing of it', async () => {
  const fetch = chartSource({ DOCKER_AUTH_CONFIG: '{"auths": hunter2' });

  await expect(fetch({ kind: 'oci', url: 'oci://127.0.0.1:1/a', version: '1.0.0' })).rejects.toMatchObject({
    reason: 'config-invalid',
    message: 'DOCKER_AUTH_CONFIG is not JSON',
  });
});

describe('an OCI registry', () => {
  const layer = {
    mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
    digest: `sha256:${digest}`,
    size: archive.length,
  };
  const manifest = JSON.stringify({ schemaVersion: 2, layers: [layer] });

  beforeEach(() => {
    server.files.set('/v2/shop/redis/manifests/1.2.0_a', { body: manifest });
    server.files.set(`/v2/shop/redis/blobs/${layer.digest}`, { body: archive });
  });

  test('gives a chart by its version; a plus sign is an underscore there', async () => {
    const chart = await fetchOci('1.2.0+a');

    expect([...chart.files].map(([path, bytes]) => [path, textOf(bytes)])).toEqual([['redis.tgz', archive]]);
    expect(chart.digest).toBe(`sha256:${sha256(manifest)}`);
  });

  test('gives a chart by its digest, and nothing else for it', async () => {
    const pinned = `sha256:${sha256(manifest)}`;
    server.files.set(`/v2/shop/redis/manifests/${pinned}`, { body: manifest });
    expect((await fetchOci(pinned)).digest).toBe(pinned);

    server.files.set(`/v2/shop/redis/manifests/${pinned}`, { body: `${manifest} ` });
    await expect(fetchOci(pinned)).rejects.toMatchObject({
      message: expect.stringContaining('is not what its digest says'),
    });
  });

  test.each([
    [
      'a layer that was exchanged',
      () =>
        server.files.set(`/v2/shop/redis/blobs/${layer.digest}`, {
          body: 'the bytes of an evil one'.slice(0, archive.length),
        }),
      'is not what its digest says',
    ],
    [
      'a layer that is larger than it says',
      () => server.files.set(`/v2/shop/redis/blobs/${layer.digest}`, { body: `${archive}!` }),
      `is larger than ${archive.length} bytes`,
    ],
    [
      'an image that is no chart',
      () => server.files.set('/v2/shop/redis/manifests/1.2.0_a', { body: '{"layers":[]}' }),
      'it has no layer with a Helm chart',
    ],
    [
      'an index of images',
      () => server.files.set('/v2/shop/redis/manifests/1.2.0_a', { body: '{"manifests":[]}' }),
      'it is an index of several images',
    ],
    [
      'something else',
      () => server.files.set('/v2/shop/redis/manifests/1.2.0_a', { body: 'hello' }),
      'does not answer with JSON',
    ],
    ['nothing', () => server.files.delete('/v2/shop/redis/manifests/1.2.0_a'), '/shop/redis:1.2.0+a does not exist'],
  ])('that gives %s is a clear error', async (_, prepare, message) => {
    prepare();

    await expect(fetchOci('1.2.0+a')).rejects.toMatchObject({ message: expect.stringContaining(message) });
  });

  test('that wants a token gets one with the login, and the login goes nowhere else', async () => {
    await using tokens = await FileServer.start({
      '/token?service=shop&scope=repository%3Ashop%2Fredis%3Apull': { body: '{"token":"t0k3n"}', login: 'ci:hunter2' },
    });
    server.files.set('/v2/shop/redis/manifests/1.2.0_a', {
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="${tokens.origin}/token",service="shop",scope="ignored"` },
    });

    await expect(fetchOci('1.2.0+a', { DOCKER_AUTH_CONFIG: auths(server.host, 'ci:hunter2') })).rejects.toMatchObject({
      reason: 'unauthenticated',
    });
    expect(tokens.requests.length).toBe(1);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer t0k3n']);
  });

  function fetchOci(version: string, variables: Readonly<Record<string, string>> = {}) {
    return chartSource(variables)({ kind: 'oci', url: `oci://${server.host}/shop/redis`, version });
  }
});

const registry = ['/usr/bin/docker-registry', '/usr/local/bin/registry'].find((file) => existsSync(file));

(registry === undefined ? test.skip : test)(
  'a chart is pulled with a login from a real registry (skipped: docker-registry is not installed)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pushgate-registry-'));
    const port = await freePort();
    const host = `127.0.0.1:${port}`;
    writeFileSync(join(folder, 'htpasswd'), `ci:${bcrypt.hashSync('hunter2', 4)}\n`);
    writeFileSync(
      join(folder, 'config.yml'),
      `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: ${folder} } }\nhttp: { addr: "${host}" }\nauth: { htpasswd: { realm: shop, path: ${folder}/htpasswd } }\n`,
    );
    const child = spawn(registry as string, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
    try {
      await answers(host);
      const config = '{"name":"redis"}';
      await push(host, config);
      await push(host, archive);
      const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: {
          mediaType: 'application/vnd.cncf.helm.config.v1+json',
          digest: `sha256:${sha256(config)}`,
          size: config.length,
        },
        layers: [
          {
            mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
            digest: `sha256:${digest}`,
            size: archive.length,
          },
        ],
      });
      const put = await fetch(`http://${host}/v2/shop/redis/manifests/1.2.0`, {
        method: 'PUT',
        headers: { ...login, 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
        body: manifest,
      });
      expect(put.status).toBe(201);
      const chart: RemoteChart = { kind: 'oci', url: `oci://${host}/shop/redis`, version: '1.2.0' };

      const pulled = await chartSource({ DOCKER_AUTH_CONFIG: auths(host, 'ci:hunter2') })(chart);

      expect(textOf(pulled.files.get('redis.tgz'))).toBe(archive);
      expect(pulled.digest).toBe(`sha256:${sha256(manifest)}`);
      await expect(chartSource({})(chart)).rejects.toMatchObject({ reason: 'unauthenticated' });
      await expect(chartSource({ DOCKER_AUTH_CONFIG: auths(host, 'ci:wrong') })(chart)).rejects.toMatchObject({
        reason: 'unauthenticated',
        message: `the chart oci://${host}/shop/redis:1.2.0: ${host} wants a login`,
      });
    } finally {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

describe('another Git repository', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'pushgate-git-chart-'));
    const work = join(root, 'work');
    mkdirSync(join(work, 'charts/redis'), { recursive: true });
    writeFileSync(join(work, 'charts/redis/Chart.yaml'), 'name: redis\n');
    git(work, 'init', '--quiet', '--initial-branch=main');
    commit(work, 'one');
    git(work, 'tag', 'v1.0.0');
    writeFileSync(join(work, 'charts/redis/Chart.yaml'), 'name: newer\n');
    commit(work, 'two');
    git(root, 'clone', '--quiet', '--bare', work, 'charts.git');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test.each([
    ['a tag', 'v1.0.0', 'name: redis\n'],
    ['a branch', 'main', 'name: newer\n'],
  ])('gives the files of %s, with the commit that they are of', async (_, ref, content) => {
    await using http = await GitHttp.start({ root, logins: { 'ci:hunter2': 'read' } });

    const chart = await fetchGit(http, ref);

    expect(textOf(chart.files.get('charts/redis/Chart.yaml'))).toBe(content);
    expect(chart).toMatchObject({ path: 'charts/redis', digest: expect.stringMatching(/^[0-9a-f]{40}$/) });
  });

  test('without such a branch or tag is a clear error', async () => {
    await using http = await GitHttp.start({ root, logins: { 'ci:hunter2': 'read' } });

    await expect(fetchGit(http, 'v9')).rejects.toMatchObject({
      reason: 'source-missing',
      message: expect.stringContaining('has no branch or tag v9'),
    });
  });

  test('that only another program could reach is refused', async () => {
    await expect(
      chartSource({ PATH: process.env['PATH'] })({
        kind: 'git',
        repository: join(root, 'charts.git'),
        ref: 'main',
        path: '.',
      }),
    ).rejects.toMatchObject({ reason: 'config-invalid' });
  });

  function fetchGit(http: GitHttp, ref: string) {
    const variables = {
      PATH: process.env['PATH'],
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `http.${http.url}.extraHeader`,
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${btoa('ci:hunter2')}`,
    };
    return chartSource(variables)({ kind: 'git', repository: `${http.url}/charts.git`, ref, path: 'charts/redis' });
  }

  function commit(work: string, message: string): void {
    git(work, 'add', '.');
    git(work, '-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '--quiet', '-m', message);
  }

  function git(directory: string, ...args: readonly string[]): void {
    const { status, stderr } = spawnSync('git', args, { cwd: directory, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }
});

const login = { authorization: `Basic ${btoa('ci:hunter2')}` };

async function push(host: string, content: string): Promise<void> {
  const start = await fetch(`http://${host}/v2/shop/redis/blobs/uploads/`, { method: 'POST', headers: login });
  const url = new URL(start.headers.get('location') ?? '', `http://${host}`);
  url.searchParams.set('digest', `sha256:${sha256(content)}`);
  const end = await fetch(url, { method: 'PUT', headers: login, body: content });
  if (end.status !== 201) throw new Error(`the registry answers with ${end.status}`);
}

async function answers(host: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const status = await fetch(`http://${host}/v2/`).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 401) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the registry does not start');
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { readonly port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function auths(host: string, credentials: string): string {
  return JSON.stringify({ auths: { [host]: { auth: btoa(credentials) } } });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}
