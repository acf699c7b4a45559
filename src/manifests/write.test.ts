import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { GitFixture } from '../../test/support/git-fixture.ts';
import {
  config,
  created,
  deployment,
  editByHand,
  now,
  problemOf,
  shop,
  source,
  work,
} from '../../test/support/manifests-bench.ts';
import type { Resource } from '../resource/resource.ts';
import { readRevisions } from './history.ts';
import { readManifests } from './read.ts';
import { writeHold, writeReleases } from './write.ts';

test('a first apply makes the branch without history of its own: a file per object, a record, a message with its source', async () => {
  using fixture = new GitFixture();
  const { apply, show, files, repository } = await shop(fixture);
  await using _ = repository;
  const result = await apply(created('catalog', deployment('catalog', 3), config('catalog-env', { B: '1', A: 'on' })));
  expect(files()).toEqual([
    '.pushgate/catalog.json',
    'catalog/ConfigMap_shop_catalog-env.yaml',
    'catalog/Deployment.apps_shop_catalog.yaml',
  ]);
  expect(show('catalog/ConfigMap_shop_catalog-env.yaml')).toBe(
    'apiVersion: v1\ndata:\n  A: "on"\n  B: "1"\nkind: ConfigMap\nmetadata:\n  name: catalog-env\n  namespace: shop',
  );
  const log = fixture.git(
    join(fixture.directory, 'origin.git'),
    'log',
    '--format=%P|%an <%ae>|%aI%n%B',
    'deploy/production',
  );
  expect(log.trimEnd()).toBe(
    [
      '|Pushgate <pushgate@localhost>|2026-11-20T16:41:00+00:00',
      'Apply catalog to production from aaaaaaa',
      '',
      'catalog, revision 1:',
      '- create Deployment shop/catalog',
      '- create ConfigMap shop/catalog-env',
      '',
      'Pushgate-Environment: production',
      'Pushgate-Repository: https://git.example.test/shop.git',
      `Pushgate-Commit: ${'a'.repeat(40)}`,
      'Pushgate-Merge-Request: 17',
    ].join('\n'),
  );
  expect(result.races).toBe(0);
  const state = (await readManifests(repository, [])).releases.get('catalog');
  expect(state?.record).toMatchObject({
    revision: 1,
    commit: source.commit,
    mergeRequests: [17],
    late: { 'image.tag': 'v1' },
  });
  expect(state?.live).toEqual(state?.recorded);
  expect(fixture.git(join(fixture.directory, 'shop'), 'status', '--porcelain', '--branch')).toBe(
    '## main...origin/main',
  );
});

test('applying the same again changes nothing, and the order of keys plays no part', async () => {
  using fixture = new GitFixture();
  const { apply, repository } = await shop(fixture);
  await using _ = repository;
  const first = await apply(created('catalog', config('env', { A: '1', B: '2' })));
  const again = await apply(created('catalog', config('env', { B: '2', A: '1' })));
  expect(first.commit).toBeDefined();
  expect(again.commit).toBeUndefined();
  expect(await repository.tip()).toBe(first.commit);
});

test('an update writes what changed, a deletion deletes, a kept object stays, and what is not ours is left alone', async () => {
  using fixture = new GitFixture();
  const { apply, files, show, repository } = await shop(fixture);
  await using _ = repository;
  const [a, b, c] = [config('a', { v: '1' }), config('b', { v: '1' }), config('c', { v: '1' })];
  await apply(created('catalog', a, b, c), created('cart', config('cart', {})));
  editByHand(fixture, { 'README.md': 'ours\n', 'catalog/notes.txt': 'x\n', 'other/x.yaml': 'x: 1\n' }, 'Notes');
  const next = config('a', { v: '2' });
  await apply(
    work(
      'catalog',
      [next],
      [
        ['update', next],
        ['delete', b],
      ],
    ),
  );
  expect(files()).toEqual([
    '.pushgate/cart.json',
    '.pushgate/catalog.json',
    'README.md',
    'cart/ConfigMap_shop_cart.yaml',
    'catalog/ConfigMap_shop_a.yaml',
    'catalog/ConfigMap_shop_c.yaml',
    'catalog/notes.txt',
    'other/x.yaml',
  ]);
  expect(show('catalog/ConfigMap_shop_a.yaml')).toContain('v: "2"');
  const state = (await readManifests(repository, [])).releases.get('catalog');
  expect(state?.record).toMatchObject({ revision: 2, kept: ['ConfigMap_shop_c.yaml'] });
  expect([...(state?.recorded.keys() ?? [])]).toEqual(['/ConfigMap/shop/a']);
  expect(state?.live.get('/ConfigMap/shop/c')?.kept).toBe(true);
});

test('a release that is gone takes its files and its record with it, and its history stays', async () => {
  using fixture = new GitFixture();
  const { apply, files, repository } = await shop(fixture);
  await using _ = repository;
  const a = config('a', {});
  await apply(created('catalog', a), created('cart', config('cart', {})));
  await apply(work('catalog', [], [['delete', a]]));
  expect(files()).toEqual(['.pushgate/cart.json', 'cart/ConfigMap_shop_cart.yaml']);
  const revisions = await readRevisions(repository, { tip: await repository.tip(), release: 'catalog' });
  expect(revisions.map(({ record }) => record.revision)).toEqual([1]);
});

test('a plaintext Secret is refused, an encrypted one and a sealed one are written', async () => {
  using fixture = new GitFixture();
  const { apply, files, repository } = await shop(fixture);
  await using _ = repository;
  const secret: Resource = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'shop' },
    data: { a: 'czNjcmV0' },
  };
  const problem = await problemOf(apply(created('catalog', secret)));
  expect(problem.reason).toBe('plaintext-secret');
  expect(problem.message).not.toContain('czNjcmV0');
  expect(await repository.tip()).toBeUndefined();
  const sealed: Resource = {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name: 's', namespace: 'shop' },
  };
  await apply(created('catalog', { ...secret, sops: { mac: 'x' } }, sealed));
  expect(files()).toHaveLength(3);
});

test('two environments cannot share one place of one branch', async () => {
  using fixture = new GitFixture();
  const { apply, repository } = await shop(fixture);
  await apply(created('catalog', config('a', {})));
  const a = config('a', { v: '2' });
  const releases = [{ work: work('catalog', [a], [['update', a]]), mergeRequests: [], late: {} }];
  const seen = await readManifests(repository, []);
  const problem = await problemOf(writeReleases(repository, { seen, environment: 'staging', source, releases, now }));
  expect([problem.reason, problem.message.includes('written here by the environment production')]).toEqual([
    'conflict',
    true,
  ]);
});

test('a hold is written and taken away without touching the objects, and is kept by an apply', async () => {
  using fixture = new GitFixture();
  const { apply, repository } = await shop(fixture);
  const a = config('a', { v: '1' });
  await apply(created('catalog', a));
  const hold = { reason: 'freeze until Monday', by: 'ada', time: now.toISOString() };
  const change = { environment: 'production', release: 'catalog', now };
  await writeHold(repository, { ...change, hold, seen: await readManifests(repository, []) });
  expect((await readManifests(repository, [])).releases.get('catalog')?.record).toMatchObject({ hold, revision: 1 });
  const next = config('a', { v: '2' });
  await apply(work('catalog', [next], [['update', next]]));
  expect((await readManifests(repository, [])).releases.get('catalog')?.record).toMatchObject({ hold, revision: 2 });
  await writeHold(repository, { ...change, hold: undefined, seen: await readManifests(repository, []) });
  const seen = await readManifests(repository, []);
  expect(seen.releases.get('catalog')?.record?.hold).toBeUndefined();
  const revisions = await readRevisions(repository, { tip: seen.tip, release: 'catalog' });
  expect(revisions.map(({ record }) => record.revision)).toEqual([2, 1]);
  const missing = writeHold(repository, { ...change, release: 'cart', hold, seen });
  expect((await problemOf(missing)).reason).toBe('source-missing');
});
