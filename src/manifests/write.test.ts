import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { GitFixture } from '../../test/support/git-fixture.ts';
import { GitHttp } from '../../test/support/git-http.ts';
import type { ObjectWork, ReleaseWork } from '../plan/build.ts';
import type { Action } from '../plan/plan.ts';
import { Problem } from '../problem.ts';
import { keyOf, type Resource } from '../resource/resource.ts';
import { readEdits, readRevisionObjects, readRevisions } from './history.ts';
import { type ManifestsState, readManifests } from './read.ts';
import { type ManifestsRepository, openManifests } from './repository.ts';
import { writeHold, writeReleases } from './write.ts';
import type { ManifestsWrite } from './writing.ts';

const source = { repository: 'https://git.example.test/shop.git', commit: 'a'.repeat(40) };
const now = new Date('2026-11-20T16:41:00Z');

function deployment(name: string, replicas: number): Resource {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'shop' }, spec: { replicas } };
}

function config(name: string, data: Record<string, string>): Resource {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data };
}

function work(
  name: string,
  desired: readonly Resource[],
  actions: readonly (readonly [Action, Resource])[],
): ReleaseWork {
  const writes = actions.map(([action, resource]): ObjectWork => {
    const change = {
      key: keyOf(resource),
      action,
      causes: [],
      fields: [],
      consequences: [],
      source: undefined,
      digest: '',
      parts: [],
    };
    return { change, desired: action === 'delete' ? undefined : resource, live: undefined };
  });
  return { name, namespace: 'shop', writes, desired };
}

function created(name: string, ...resources: readonly Resource[]): ReleaseWork {
  return work(
    name,
    resources,
    resources.map((resource) => ['create', resource]),
  );
}

interface Bench {
  readonly fixture: GitFixture;
  readonly repository: ManifestsRepository;
  readonly apply: (...works: readonly ReleaseWork[]) => ReturnType<typeof writeReleases>;
  readonly applySeen: (seen: ManifestsState, ...works: readonly ReleaseWork[]) => ReturnType<typeof writeReleases>;
  readonly show: (path: string) => string;
  readonly files: () => readonly string[];
}

async function bench(
  fixture: GitFixture,
  options: { readonly checkout: string; readonly origin: string; readonly repository?: string; readonly path?: string },
): Promise<Bench> {
  const { checkout, origin } = options;
  const target = {
    kind: 'manifests',
    repository: options.repository ?? '.',
    branch: 'deploy/production',
    path: options.path ?? '.',
  } as const;
  const repository = await openManifests({ target, checkout, variables: fixture.variables });
  const applySeen: Bench['applySeen'] = async (seen, ...works) => {
    const releases = works.map((one) => ({ work: one, mergeRequests: [17], late: { 'image.tag': 'v1' } }));
    const write: ManifestsWrite = { seen, environment: 'production', source, releases, now };
    return await writeReleases(repository, write);
  };
  return {
    fixture,
    repository,
    applySeen,
    apply: async (...works) => await applySeen(await readManifests(repository, []), ...works),
    show: (path) => fixture.git(origin, 'show', `deploy/production:${path}`),
    files: () => fixture.git(origin, 'ls-tree', '-r', '--name-only', 'deploy/production').split('\n'),
  };
}

async function shop(fixture: GitFixture): Promise<Bench> {
  const origin = fixture.bare('origin.git');
  const checkout = fixture.clone(origin, 'shop');
  fixture.commit(checkout, { 'README.md': 'shop\n' }, 'First');
  fixture.git(checkout, 'push', '--quiet', 'origin', 'main');
  return await bench(fixture, { checkout, origin });
}

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Problem)) throw new Error(`expected a Problem, got ${String(error)}`);
  return error;
}

/** Edits the branch from another clone, as a person would. */
function editByHand(
  fixture: GitFixture,
  files: Parameters<GitFixture['commit']>[1],
  message: string,
  author = 'Grace',
): string {
  const folder = join(fixture.directory, 'by-hand');
  if (!existsSync(folder)) fixture.clone(join(fixture.directory, 'origin.git'), 'by-hand');
  fixture.git(folder, 'fetch', '--quiet', 'origin');
  fixture.git(folder, 'checkout', '--quiet', '-B', 'deploy/production', 'origin/deploy/production');
  const commit = fixture.commit(folder, files, message, { author, time: '2026-11-20T17:03:00Z' });
  fixture.git(folder, 'push', '--quiet', 'origin', 'deploy/production');
  return commit;
}

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
