import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { GitFixture } from '../../test/support/git-fixture.ts';
import {
  bench,
  config,
  created,
  editByHand,
  now,
  problemOf,
  shop,
  source,
  work,
} from '../../test/support/manifests-bench.ts';
import { readManifests } from './read.ts';

test('two runs that write different releases both get through, one after the other', async () => {
  using fixture = new GitFixture();
  const { apply, applySeen, files, repository } = await shop(fixture);
  await using _ = repository;
  await apply(created('catalog', config('a', { v: '1' })), created('cart', config('b', { v: '1' })));
  const seen = await readManifests(repository, []);
  const other = fixture.clone(join(fixture.directory, 'origin.git'), 'other');
  const second = await bench(fixture, { checkout: other, origin: join(fixture.directory, 'origin.git') });
  await using __ = second.repository;
  const [a, b] = [config('a', { v: '2' }), config('b', { v: '2' })];
  const first = await second.apply(work('cart', [b], [['update', b]]));
  const later = await applySeen(seen, work('catalog', [a], [['update', a]]));
  expect(later.races).toBe(1);
  expect(fixture.git(join(fixture.directory, 'origin.git'), 'rev-parse', 'deploy/production~1')).toBe(first.commit);
  expect(files()).toContain('catalog/ConfigMap_shop_a.yaml');
  const many = await Promise.all(['x', 'y', 'z'].map(async (name) => await apply(created(name, config(name, {})))));
  expect(many.map(({ commit }) => commit === undefined)).toEqual([false, false, false]);
  expect([...(await readManifests(repository, [])).releases.keys()].sort()).toEqual(['cart', 'catalog', 'x', 'y', 'z']);
});

test('an object that somebody changed after it was seen is a conflict that names who, when and which file, and nothing is written', async () => {
  using fixture = new GitFixture();
  const { apply, applySeen, repository } = await shop(fixture);
  await using _ = repository;
  await apply(created('catalog', config('a', { v: '1' }), config('b', { v: '1' })));
  const seen = await readManifests(repository, []);
  const commit = editByHand(
    fixture,
    { 'catalog/ConfigMap_shop_a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' },
    'By hand',
  );
  const a = config('a', { v: '2' });
  const problem = await problemOf(applySeen(seen, work('catalog', [a], [['update', a]])));
  expect(problem.reason).toBe('conflict');
  expect(problem.excerpt).toBe(
    `catalog/ConfigMap_shop_a.yaml: Grace, 2026-11-20T17:03:00.000Z, ${commit.slice(0, 7)} "By hand"`,
  );
  expect(await repository.tip()).toBe(commit);
});

test('a branch that was deleted, or made anew, after it was seen is a conflict', async () => {
  using fixture = new GitFixture();
  const { apply, applySeen, repository } = await shop(fixture);
  await using _ = repository;
  const origin = join(fixture.directory, 'origin.git');
  const none = await readManifests(repository, []);
  await apply(created('catalog', config('a', { v: '1' })));
  const seen = await readManifests(repository, []);
  const a = config('a', { v: '2' });
  expect((await problemOf(applySeen(none, created('catalog', a)))).reason).toBe('conflict');
  fixture.git(origin, 'update-ref', '-d', 'refs/heads/deploy/production');
  const problem = await problemOf(applySeen(seen, work('catalog', [a], [['update', a]])));
  expect([problem.reason, problem.excerpt]).toEqual(['conflict', 'deploy/production was deleted']);
  expect(fixture.git(origin, 'for-each-ref', 'refs/heads')).not.toContain('deploy');
});

test('a run killed between its commit and its push leaves the branch as it was, and the next run gets through', async () => {
  using fixture = new GitFixture();
  const { apply, repository } = await shop(fixture);
  await apply(created('catalog', config('a', { v: '1' })));
  const before = await repository.tip();
  fixture.write(fixture.directory, {
    'run.ts': `
      import { openManifests } from '${join(process.cwd(), 'src/manifests/repository.ts')}';
      import { readManifests } from '${join(process.cwd(), 'src/manifests/read.ts')}';
      import { writeReleases } from '${join(process.cwd(), 'src/manifests/write.ts')}';
      const repository = await openManifests(${JSON.stringify({
        target: { kind: 'manifests', repository: '.', branch: 'deploy/production', path: '.' },
        checkout: join(fixture.directory, 'shop'),
        variables: fixture.variables,
      })});
      const write = JSON.parse(process.argv[2]);
      const waits = { ...repository, move: async () => { console.log('committed'); await new Promise(() => setInterval(() => {}, 1000)); } };
      await writeReleases(waits, { ...write, now: new Date(write.now), seen: await readManifests(repository, []) });
    `,
  });
  const a = config('a', { v: '2' });
  const next = work('catalog', [a], [['update', a]]);
  const write = { environment: 'production', source, now, releases: [{ work: next, mergeRequests: [], late: {} }] };
  const child = spawn(process.execPath, [join(fixture.directory, 'run.ts'), JSON.stringify(write)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => reject(new Error('the run ended by itself')));
  });
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
  expect(await repository.tip()).toBe(before);
  await apply(next);
  expect((await readManifests(repository, [])).releases.get('catalog')?.record?.revision).toBe(2);
});
