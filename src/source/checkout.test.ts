import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { GitFixture } from '../../test/support/git-fixture.ts';
import { GitHttp } from '../../test/support/git-http.ts';
import { openGit } from '../git/git.ts';
import { Problem } from '../problem.ts';
import { type Checkout, openCheckout } from './checkout.ts';
import type { Files } from './files.ts';
import { mergedTreeByIndex } from './merge.ts';

async function open(
  fixture: GitFixture,
  directory: string,
  login?: { user: string; password: string },
): Promise<Checkout> {
  return await openCheckout({ directory, variables: fixture.variables, login });
}

function texts({ files }: Files): Record<string, string> {
  return Object.fromEntries([...files].map(([path, content]) => [path, new TextDecoder().decode(content)]));
}

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Problem)) throw new Error(`expected a Problem, got ${String(error)}`);
  return error;
}

test.each(['sha1', 'sha256'])('files are read from the commit and not from the work tree (%s)', async (format) => {
  using fixture = new GitFixture();
  const folder = fixture.repository('shop', `--object-format=${format}`);
  const first = fixture.commit(
    folder,
    { 'charts/a/Chart.yaml': 'one\n', 'values/é ü.yaml': 'x\n', top: 'top\n' },
    'One',
  );
  fixture.commit(folder, { 'charts/a/Chart.yaml': 'two\n' }, 'Two');
  fixture.write(folder, { 'charts/a/Chart.yaml': 'not committed\n', 'charts/a/new.yaml': 'new\n' });
  const checkout = await open(fixture, join(folder, 'charts'));
  expect(texts(await checkout.files({ commit: first }))).toEqual({
    'charts/a/Chart.yaml': 'one\n',
    'values/é ü.yaml': 'x\n',
    top: 'top\n',
  });
  expect(texts(await checkout.files({ commit: 'HEAD', paths: ['./charts/a/', 'nothing-here'] }))).toEqual({
    'charts/a/Chart.yaml': 'two\n',
  });
  expect(texts(await checkout.workingFiles(['charts']))).toEqual({
    'charts/a/Chart.yaml': 'not committed\n',
    'charts/a/new.yaml': 'new\n',
  });
  expect(await checkout.isDirty()).toBe(true);
});

test('bytes come back as they were committed, whatever they are', async () => {
  using fixture = new GitFixture();
  const folder = fixture.repository('shop');
  const bytes = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
  fixture.commit(
    folder,
    { '.gitattributes': '* text eol=crlf\n', 'logo.png': bytes, empty: '', crlf: 'a\r\nb\n' },
    'One',
  );
  const { files } = await (await open(fixture, folder)).files({ commit: 'HEAD' });
  expect(Uint8Array.from(files.get('logo.png') ?? [])).toEqual(bytes);
  expect(files.get('empty')?.length).toBe(0);
});

test('links are followed inside the tree, and named and left out where they leave it or run in circles', async () => {
  using fixture = new GitFixture();
  const folder = fixture.repository('shop');
  fixture.commit(
    folder,
    {
      'lib/labels.tpl': 'labels\n',
      'lib/deep/x.tpl': 'x\n',
      'chart/one.tpl': { link: '../lib/labels.tpl' },
      'chart/lib': { link: '../lib' },
      'chart/through.tpl': { link: 'lib/deep/x.tpl' },
      'chart/passwd': { link: '/etc/passwd' },
      'chart/up': { link: '../../outside' },
      'chart/circle': { link: 'circle' },
      'chart/gone': { link: '../nothing' },
    },
    'Links',
  );
  const checkout = await open(fixture, folder);
  const committed = await checkout.files({ commit: 'HEAD', paths: ['chart'] });
  const working = await checkout.workingFiles(['chart']);
  const expected = {
    'chart/lib/deep/x.tpl': 'x\n',
    'chart/lib/labels.tpl': 'labels\n',
    'chart/one.tpl': 'labels\n',
    'chart/through.tpl': 'x\n',
  };
  expect(texts(committed)).toEqual(expected);
  expect(texts(working)).toEqual(expected);
  expect(committed.notices).toEqual([
    'chart/circle is a link in a circle and is not followed',
    'chart/gone is a link to nothing, which does not exist',
    'chart/passwd is a link out of the repository and is not followed',
    'chart/up is a link out of the repository and is not followed',
  ]);
});

test('a path that leads out of the repository is refused', async () => {
  using fixture = new GitFixture();
  const folder = fixture.repository('shop');
  fixture.commit(folder, { a: 'a' }, 'One');
  const checkout = await open(fixture, folder);
  expect((await problemOf(checkout.files({ commit: 'HEAD', paths: ['../other'] }))).reason).toBe('source-missing');
  expect((await problemOf(checkout.files({ commit: 'HEAD', paths: ['/etc'] }))).reason).toBe('source-missing');
});

test('a tree larger than the limits is refused before it is read', async () => {
  using fixture = new GitFixture();
  const folder = fixture.repository('shop');
  fixture.commit(folder, { 'chart/large.bin': 'x'.repeat(2000), 'chart/small': 'x' }, 'One');
  const limits = { files: 10, fileBytes: 1000, totalBytes: 10_000 };
  const checkout = await openCheckout({ directory: folder, variables: fixture.variables, limits });
  const problem = await problemOf(checkout.files({ commit: 'HEAD' }));
  expect([problem.reason, problem.where]).toEqual(['limit-exceeded', 'chart/large.bin']);
  expect((await problemOf(checkout.workingFiles())).reason).toBe('limit-exceeded');
  expect(texts(await checkout.files({ commit: 'HEAD', paths: ['chart/small'] }))).toEqual({ 'chart/small': 'x' });
});

test('submodules are named, not read', async () => {
  using fixture = new GitFixture();
  const folder = fixture.repository('shop');
  const commit = fixture.commit(folder, { a: 'a' }, 'One');
  fixture.git(folder, 'update-index', '--add', '--cacheinfo', `160000,${commit},charts/sub`);
  fixture.git(folder, 'commit', '--quiet', '-m', 'Submodule');
  const read = await (await open(fixture, folder)).files({ commit: 'HEAD' });
  expect([...read.files.keys()]).toEqual(['a']);
  expect(read.notices).toEqual(['charts/sub is a submodule; its files are not read']);
});

test('branch names are only ever names, whatever they look like', async () => {
  using fixture = new GitFixture();
  const folder = fixture.repository('shop');
  const commit = fixture.commit(folder, { a: 'a' }, 'One');
  const hostile = ['a";touch${IFS}pwn;#', '--output=pwn', '-rf', '$(touch${IFS}pwn)', "x';`id`", 'ünïcode'];
  for (const name of hostile) fixture.git(folder, 'update-ref', `refs/heads/${name}`, commit);
  const checkout = await open(fixture, folder);
  for (const name of hostile) expect([name, await checkout.resolve(name)]).toEqual([name, commit]);
  for (const name of ['main..x', 'main@{1}', ':a', 'main:a', 'no such', '', '--all', '^main']) {
    expect([name, await checkout.resolve(name)]).toEqual([name, undefined]);
  }
  expect(existsSync(join(folder, 'pwn'))).toBe(false);
  fixture.git(folder, 'checkout', '--quiet', '-b', 'feature/"x"');
  expect(await checkout.branch()).toBe('feature/"x"');
  fixture.git(folder, 'checkout', '--quiet', '--detach');
  expect(await checkout.branch()).toBeUndefined();
});

test('hooks of the repository do not run', async () => {
  using fixture = new GitFixture();
  const origin = fixture.bare('origin.git');
  const folder = fixture.clone(origin, 'shop');
  fixture.commit(folder, { a: 'a' }, 'One');
  fixture.git(folder, 'push', '--quiet', 'origin', 'main');
  const hook = '#!/bin/sh\ntouch "$(dirname "$0")/ran"\n';
  for (const name of ['reference-transaction', 'post-index-change', 'pre-push']) {
    fixture.write(folder, { [`.git/hooks/${name}`]: hook });
    chmodSync(join(folder, '.git/hooks', name), 0o755);
  }
  await (await open(fixture, folder)).fetch(['main']);
  expect(existsSync(join(folder, '.git/hooks/ran'))).toBe(false);
  execFileSync('git', ['update-ref', 'refs/heads/other', 'HEAD'], { cwd: folder });
  expect(existsSync(join(folder, '.git/hooks/ran'))).toBe(true);
});

function diverged(fixture: GitFixture): { folder: string; target: string; head: string } {
  const folder = fixture.repository('shop');
  fixture.commit(folder, { a: '1\n2\n3\n4\n5\n6\n7\n', b: 'b\n', gone: 'x\n' }, 'Base');
  fixture.git(folder, 'checkout', '--quiet', '-b', 'feature');
  const head = fixture.commit(folder, { a: '1\n2\n3\n4\n5\n6\nseven\n', c: 'c\n', gone: undefined }, 'Feature');
  fixture.git(folder, 'checkout', '--quiet', 'main');
  const target = fixture.commit(folder, { a: 'one\n2\n3\n4\n5\n6\n7\n', d: 'd\n' }, 'Main');
  return { folder, target, head };
}

test('a merge has both sides, the same id every time, and leaves the work tree alone', async () => {
  using fixture = new GitFixture();
  const { folder, target, head } = diverged(fixture);
  fixture.write(folder, { a: 'being edited\n' });
  const before = fixture.git(folder, 'status', '--porcelain=v2', '--branch');
  const checkout = await open(fixture, folder);
  const merged = await checkout.merge(target, head);
  expect(texts(await checkout.files({ commit: merged }))).toEqual({
    a: 'one\n2\n3\n4\n5\n6\nseven\n',
    b: 'b\n',
    c: 'c\n',
    d: 'd\n',
  });
  expect(await checkout.merge(target, head)).toBe(merged);
  expect(await checkout.merge(target, target)).toBe(target);
  expect(await checkout.merge(`${target}~1`, head)).toBe(head);
  expect(fixture.git(folder, 'status', '--porcelain=v2', '--branch')).toBe(before);
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('being edited\n');
});

test('the merge for older versions of Git gives the same tree, and the same conflicts', async () => {
  using fixture = new GitFixture();
  const { folder, target, head } = diverged(fixture);
  const checkout = await open(fixture, folder);
  const merged = await checkout.merge(target, head);
  const tree = await mergedTreeByIndex(checkout.git, target, head);
  expect(tree).toBe(fixture.git(folder, 'rev-parse', `${merged}^{tree}`));
  fixture.git(folder, 'checkout', '--quiet', 'feature');
  const other = fixture.commit(folder, { a: 'uno\n2\n3\n4\n5\n6\n7\n', d: 'other\n', b: undefined }, 'Other');
  for (const merge of [checkout.merge, mergedTreeByIndex.bind(undefined, checkout.git)]) {
    const problem = await problemOf(merge(target, other));
    expect([problem.reason, problem.excerpt]).toEqual(['conflict', 'a\nd']);
  }
});

test('commits between two commits come newest first, with who and when', async () => {
  using fixture = new GitFixture();
  const folder = fixture.repository('shop');
  const first = fixture.commit(folder, { a: '1' }, 'One');
  const second = fixture.commit(folder, { a: '2' }, 'Two\n\nWhy.', {
    author: 'Grace Hopper',
    time: '2026-02-03T04:05:06Z',
  });
  const forged = fixture.commit(folder, { a: '3' }, `Three \x1e${'0'.repeat(40)}\x1f\x1f`);
  const checkout = await open(fixture, folder);
  const commits = await checkout.commitsBetween({ from: first, to: 'HEAD' });
  expect(commits.map((commit) => commit.id)).toEqual([forged, second]);
  expect(commits[1]).toEqual({
    id: second,
    parents: [first],
    author: { name: 'Grace Hopper', email: 'grace.hopper@example.test', time: '2026-02-03T04:05:06.000Z' },
    committer: { name: 'Grace Hopper', email: 'grace.hopper@example.test', time: '2026-02-03T04:05:06.000Z' },
    subject: 'Two',
    message: 'Two\n\nWhy.\n',
  });
});

test('a shallow clone fetches the history that a question needs', async () => {
  using fixture = new GitFixture();
  const origin = fixture.bare('origin.git');
  const folder = fixture.clone(origin, 'full');
  const first = fixture.commit(folder, { a: '0' }, 'First');
  fixture.git(folder, 'checkout', '--quiet', '-b', 'feature');
  const head = fixture.commit(folder, { b: '1' }, 'Feature');
  fixture.git(folder, 'checkout', '--quiet', 'main');
  for (let count = 1; count < 8; count++) fixture.commit(folder, { a: String(count) }, `Main ${count}`);
  const target = fixture.git(folder, 'rev-parse', 'main');
  fixture.git(folder, 'push', '--quiet', 'origin', 'main', 'feature');
  const clone = fixture.clone(origin, 'shallow', '--depth=1', '--branch=feature');
  const checkout = await open(fixture, clone);
  expect(await checkout.resolve('main')).toBeUndefined();
  expect(await checkout.fetch(['main', head])).toEqual([target, head]);
  expect(await checkout.resolve('main')).toBe(target);
  expect(await checkout.mergeBase(target, head)).toBe(first);
  expect(texts(await checkout.files({ commit: await checkout.merge(target, head) }))).toEqual({ a: '7', b: '1' });
  expect(await checkout.isAncestor(first, target)).toBe(true);
  expect(await checkout.isAncestor(head, target)).toBe(false);
  expect(await checkout.isAncestor('f'.repeat(40), target)).toBe(false);
});

test('a remote that is not there is unreachable, and a branch that is not there is said to be missing', async () => {
  using fixture = new GitFixture();
  const folder = fixture.repository('shop');
  fixture.commit(folder, { a: 'a' }, 'One');
  expect(await (await open(fixture, folder)).remoteUrl()).toBeUndefined();
  const checkout = await open(fixture, folder);
  fixture.git(folder, 'remote', 'add', 'origin', 'http://me:s3cret@127.0.0.1:1/shop.git');
  expect(await checkout.remoteUrl()).toBe('http://127.0.0.1:1/shop.git');
  const problem = await problemOf(checkout.fetch(['main']));
  expect(problem.reason).toBe('unreachable');
  expect(JSON.stringify({ ...problem, message: problem.message })).not.toContain('s3cret');
  fixture.git(folder, 'remote', 'set-url', 'origin', fixture.bare('origin.git'));
  expect((await problemOf(checkout.fetch(['nothing']))).reason).toBe('source-missing');
});

test('wrong and missing credentials are told apart from missing rights, and name the permission', async () => {
  using fixture = new GitFixture();
  const origin = fixture.bare('shop.git');
  const folder = fixture.clone(origin, 'shop');
  const commit = fixture.commit(folder, { a: 'a' }, 'One');
  fixture.git(folder, 'push', '--quiet', 'origin', 'main');
  await using server = await GitHttp.start({ root: fixture.directory, logins: { 'job:right': 'read' } });
  fixture.git(folder, 'remote', 'set-url', 'origin', `${server.url}/shop.git`);
  for (const login of [undefined, { user: 'job', password: 'wrong' }]) {
    const problem = await problemOf((await open(fixture, folder, login)).fetch(['main']));
    expect(problem.reason).toBe('unauthenticated');
    expect(problem.hint).toContain('contents: read');
  }
  // The login replaces a header that the checkout step left behind, as two of them are refused.
  fixture.git(folder, 'config', `http.${server.url}/.extraheader`, 'Authorization: Basic b2xkOm9sZA==');
  const checkout = await open(fixture, folder, { user: 'job', password: 'right' });
  expect(await checkout.fetch(['main'])).toEqual([commit]);
});

test('a folder that is no repository, and a missing git, are explained', async () => {
  using fixture = new GitFixture();
  expect((await problemOf(open(fixture, fixture.directory))).reason).toBe('source-missing');
  const git = openGit({ directory: fixture.directory, variables: { PATH: '/nowhere' } });
  expect((await problemOf(git.run(['version']))).reason).toBe('tool-missing');
});

test('a Git that says nothing is stopped', async () => {
  using fixture = new GitFixture();
  const git = openGit({ directory: fixture.directory, variables: fixture.variables, silenceSeconds: 0.2 });
  expect((await problemOf(git.run(['hash-object', '--stdin-paths']))).reason).toBe('unreachable');
});

test('a folder outside of any Git repository is named', async () => {
  using fixture = new GitFixture();
  const problem = await problemOf(open(fixture, '/'));
  expect([problem.reason, problem.message]).toEqual(['source-missing', '/ is not in a Git repository']);
});
