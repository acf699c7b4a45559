import { expect, test } from '@jest/globals';
import { GitFixture } from '../../test/support/git-fixture.ts';
import { config, created, deployment, editByHand, problemOf, shop, work } from '../../test/support/manifests-bench.ts';
import { readEdits, readRevisionObjects, readRevisions } from './history.ts';
import { readManifests } from './read.ts';

test('drift that an apply leaves alone keeps its record, so that it is still drift afterwards', async () => {
  using fixture = new GitFixture();
  const { apply, show, repository } = await shop(fixture);
  await using _ = repository;
  const [a, b] = [config('a', { v: '1' }), config('b', { v: '1' })];
  await apply(created('catalog', a, b));
  const commit = editByHand(
    fixture,
    { 'catalog/ConfigMap_shop_b.yaml': show('catalog/ConfigMap_shop_b.yaml').replace('"1"', '"9"') },
    'Nine',
  );
  const next = config('a', { v: '2' });
  await apply(work('catalog', [next, b], [['update', next]]));
  const seen = await readManifests(repository, []);
  const state = seen.releases.get('catalog')!;
  expect(state.live.get('/ConfigMap/shop/b')?.resource['data']).toEqual({ v: '9' });
  expect(state.recorded.get('/ConfigMap/shop/b')?.resource['data']).toEqual({ v: '1' });
  expect(await readEdits(repository, seen, state)).toEqual(
    new Map([
      [
        'catalog/ConfigMap_shop_b.yaml',
        [{ who: 'Grace', when: '2026-11-20T17:03:00.000Z', how: `commit ${commit.slice(0, 7)} "Nine"` }],
      ],
    ]),
  );
});

test('edits have a name whatever they were: changed twice, added, deleted, moved, broken; a forged message proves nothing', async () => {
  using fixture = new GitFixture();
  const { apply, show, repository } = await shop(fixture);
  await using _ = repository;
  await apply(created('catalog', ...['a', 'b', 'c', 'd'].map((name) => config(name, { v: '1' }))));
  const a = 'catalog/ConfigMap_shop_a.yaml';
  const original = show(a);
  editByHand(fixture, { [a]: original.replace('"1"', '"2"') }, 'Two', 'Ada');
  editByHand(
    fixture,
    {
      [a]: original.replace('"1"', '"3"'),
      'catalog/ConfigMap_shop_b.yaml': undefined,
      'catalog/c-moved.yaml': show('catalog/ConfigMap_shop_c.yaml'),
      'catalog/ConfigMap_shop_c.yaml': undefined,
      'catalog/ConfigMap_shop_d.yaml': 'a: [\n',
      'catalog/by-hand.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: extra}\n',
    },
    `Apply catalog to production from bbbbbbb\n\nPushgate-Environment: production\nPushgate-Commit: ${'b'.repeat(40)}`,
  );
  const seen = await readManifests(repository, []);
  const state = seen.releases.get('catalog')!;
  const edits = await readEdits(repository, seen, state);
  expect([...edits].map(([file, list]) => [file, list.map(({ who }) => who)]).sort()).toEqual([
    ['catalog/ConfigMap_shop_a.yaml', ['Grace', 'Ada']],
    ['catalog/ConfigMap_shop_b.yaml', ['Grace']],
    ['catalog/ConfigMap_shop_c.yaml', ['Grace']],
    ['catalog/ConfigMap_shop_d.yaml', ['Grace']],
    ['catalog/by-hand.yaml', ['Grace']],
    ['catalog/c-moved.yaml', ['Grace']],
  ]);
  expect(state.unreadable.map(({ file }) => file)).toEqual(['catalog/ConfigMap_shop_d.yaml']);
  expect(state.live.get('/ConfigMap/shop/c')?.file).toBe('catalog/c-moved.yaml');
  const [c, d] = [config('c', { v: '2' }), config('d', { v: '1' })];
  await apply(
    work(
      'catalog',
      [config('a', { v: '1' }), config('b', { v: '1' }), c, d],
      [
        ['update', c],
        ['create', d],
      ],
    ),
  );
  const after = (await readManifests(repository, [])).blobs;
  expect(after.has('catalog/c-moved.yaml')).toBe(false);
  expect(after.has('catalog/ConfigMap_shop_c.yaml')).toBe(true);
  expect(after.has('catalog/ConfigMap_shop_b.yaml')).toBe(false);
});

test('a former revision can be read as it was written', async () => {
  using fixture = new GitFixture();
  const { apply, repository } = await shop(fixture);
  await apply(created('catalog', deployment('catalog', 3)));
  const next = deployment('catalog', 2);
  await apply(work('catalog', [next], [['update', next]]));
  const [current, former] = await readRevisions(repository, { tip: await repository.tip(), release: 'catalog' });
  expect(current?.record.revision).toBe(2);
  expect(await readRevisionObjects(repository, former!.record)).toEqual([deployment('catalog', 3)]);
});

test('a record that was edited into something else is refused by name', async () => {
  using fixture = new GitFixture();
  const { apply, show, repository } = await shop(fixture);
  await apply(created('catalog', config('a', {})));
  const good = show('.pushgate/catalog.json');
  for (const bad of [
    '{',
    good.replace('ConfigMap_shop_a.yaml', '../../README.yaml'),
    good.replace('"release": "catalog"', '"release": "cart"'),
  ]) {
    editByHand(fixture, { '.pushgate/catalog.json': bad }, 'Edit the record');
    const problem = await problemOf(readManifests(repository, []));
    expect([problem.reason, problem.where]).toEqual(['conflict', '.pushgate/catalog.json']);
    expect(problem.message).toContain('last changed by Grace');
  }
});
