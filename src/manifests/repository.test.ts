import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { GitFixture } from '../../test/support/git-fixture.ts';
import { GitHttp } from '../../test/support/git-http.ts';
import { bench, config, created, now, problemOf, shop, source, work } from '../../test/support/manifests-bench.ts';
import { readRevisions } from './history.ts';
import { readManifests } from './read.ts';
import { openManifests } from './repository.ts';
import { writeReleases } from './write.ts';

test.each(['sha1', 'sha256'])(
  'another repository works like the own one, below a folder of its branch (%s)',
  async (format) => {
    using fixture = new GitFixture();
    const seed = fixture.repository('seed', `--object-format=${format}`);
    fixture.commit(seed, { 'README.md': 'x\n' }, 'First');
    const origin = fixture.clone(seed, 'manifests.git', '--bare');
    const checkout = fixture.repository('shop');
    fixture.commit(checkout, { a: 'a' }, 'First');
    const { apply, files, repository } = await bench(fixture, {
      checkout,
      origin,
      repository: '../manifests.git',
      path: './clusters/eu/',
    });
    await using _ = repository;
    expect(repository.description).toBe('branch deploy/production of ../manifests.git');
    await apply(created('catalog', config('a', {})));
    await apply(created('cart', config('b', {})));
    expect(files()).toEqual([
      'clusters/eu/.pushgate/cart.json',
      'clusters/eu/.pushgate/catalog.json',
      'clusters/eu/cart/ConfigMap_shop_b.yaml',
      'clusters/eu/catalog/ConfigMap_shop_a.yaml',
    ]);
  },
);

test('an address that would run a program, or a place outside the branch, is refused before Git sees it', async () => {
  using fixture = new GitFixture();
  const checkout = fixture.repository('shop');
  const pwned = join(fixture.directory, 'pwned');
  const good = { kind: 'manifests', repository: '.', branch: 'deploy', path: '.' } as const;
  const open = (target: Partial<Record<'repository' | 'branch' | 'path', string>>): Promise<unknown> =>
    openManifests({ target: { ...good, ...target }, checkout, variables: fixture.variables });
  for (const repository of [
    `ext::touch ${pwned}`,
    `--upload-pack=touch ${pwned}`,
    'ssh://-oProxyCommand=x/y',
    '-oProxyCommand=x:y',
  ]) {
    expect([repository, (await problemOf(open({ repository }))).reason]).toEqual([repository, 'source-missing']);
  }
  for (const target of [
    { branch: 'a..b' },
    { branch: 'a b' },
    { branch: '' },
    { path: '../x' },
    { path: '/x' },
    { path: 'a/.git/hooks' },
  ]) {
    expect([target, (await problemOf(open(target))).reason]).toEqual([target, 'config-invalid']);
  }
  expect(existsSync(pwned)).toBe(false);
});

test('without a remote the local branch moves, never the one that is checked out', async () => {
  using fixture = new GitFixture();
  const checkout = fixture.repository('shop');
  fixture.commit(checkout, { a: 'a' }, 'First');
  const { apply, applySeen, repository } = await bench(fixture, { checkout, origin: checkout });
  await using _ = repository;
  const none = await readManifests(repository, []);
  const result = await apply(created('catalog', config('a', {})));
  expect(fixture.git(checkout, 'rev-parse', 'deploy/production')).toBe(result.commit);
  expect((await applySeen(none, created('cart', config('b', {})))).races).toBe(1);
  fixture.git(checkout, 'checkout', '--quiet', 'deploy/production');
  const problem = await problemOf(apply(created('cart', config('b', { v: '2' }))));
  expect(problem.reason).toBe('conflict');
  expect(fixture.git(checkout, 'status', '--porcelain')).toBe('');
});

test('a shallow checkout can apply to its own repository', async () => {
  using fixture = new GitFixture();
  const first = await shop(fixture);
  await first.apply(created('catalog', config('a', { v: '1' })));
  const origin = join(fixture.directory, 'origin.git');
  const { apply, repository } = await bench(fixture, { checkout: fixture.clone(origin, 'ci', '--depth=1'), origin });
  const a = config('a', { v: '2' });
  await apply(work('catalog', [a], [['update', a]]));
  const revisions = await readRevisions(repository, { tip: await repository.tip(), release: 'catalog' });
  expect(revisions.map(({ record }) => record.revision)).toEqual([2, 1]);
});

test('a login goes to the own server only; a refused push says which right is missing, and nothing is written', async () => {
  using fixture = new GitFixture();
  const first = await shop(fixture);
  await first.apply(created('catalog', config('a', {})));
  await using server = await GitHttp.start({ root: fixture.directory, logins: { 'job:reader': 'read' } });
  const target = {
    kind: 'manifests',
    repository: `${server.url}/origin.git`,
    branch: 'deploy/production',
    path: '.',
  } as const;
  const checkout = join(fixture.directory, 'shop');
  const open = async (login?: { user: string; password: string }) =>
    await openManifests({ target, checkout, variables: fixture.variables, login });
  await using stranger = await open();
  expect((await problemOf(readManifests(stranger, []))).reason).toBe('unauthenticated');
  const login = { user: 'job', password: 'reader' };
  await using elsewhere = await open(login);
  expect((await problemOf(readManifests(elsewhere, []))).reason).toBe('unauthenticated');
  expect(server.logins).toEqual([]);
  fixture.git(checkout, 'remote', 'set-url', 'origin', `${server.url}/shop.git`);
  await using reader = await open(login);
  const seen = await readManifests(reader, []);
  const a = config('a', { v: '2' });
  const releases = [{ work: work('catalog', [a], [['update', a]]), mergeRequests: [], late: {} }];
  const problem = await problemOf(writeReleases(reader, { seen, environment: 'production', source, releases, now }));
  expect(problem.reason).toBe('forbidden');
  expect(problem.hint).toContain('contents: write');
  expect(fixture.git(join(fixture.directory, 'origin.git'), 'rev-parse', 'deploy/production')).toBe(seen.tip);
});

test('a server that refuses the branch is quoted', async () => {
  using fixture = new GitFixture();
  const { apply, repository } = await shop(fixture);
  fixture.hook('origin.git', 'update', 'echo "deploy/production is protected" >&2; exit 1');
  const problem = await problemOf(apply(created('catalog', config('a', {}))));
  expect(problem.reason).toBe('forbidden');
  expect(problem.excerpt).toContain('deploy/production is protected');
  expect(await repository.tip()).toBeUndefined();
});
