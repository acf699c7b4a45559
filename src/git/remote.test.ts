import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { GitFixture } from '../../test/support/git-fixture.ts';
import { Problem } from '../problem.ts';
import { openGit, withoutCredentials } from './git.ts';
import { pushBranch } from './remote.ts';

test.each([
  ['https://me:s3cret@git.example.test/a.git', 'https://git.example.test/a.git'],
  ['https://me:p@ss@git.example.test/a.git', 'https://git.example.test/a.git'],
  ['https://token@git.example.test', 'https://git.example.test'],
  ['fatal: unable to access "ssh://git:x@host:22/a b": no', 'fatal: unable to access "ssh://host:22/a b": no'],
  ['https://git.example.test/a@b', 'https://git.example.test/a@b'],
  ['git@git.example.test:a.git', 'git@git.example.test:a.git'],
])('%s is shown as %s', (text, shown) => {
  expect(withoutCredentials(text)).toBe(shown);
});

test('a push moves a branch only from where it was seen', async () => {
  using fixture = new GitFixture();
  const origin = fixture.bare('origin.git');
  const folder = fixture.clone(origin, 'shop');
  const [first, second, third] = ['One', 'Two', 'Three'].map((message) =>
    fixture.commit(folder, { a: message }, message),
  );
  const git = openGit({ directory: folder, variables: fixture.variables });
  const push = { remote: 'origin', ref: 'refs/heads/x' };
  expect(await pushBranch(git, { ...push, from: undefined, to: first! })).toBe('pushed');
  expect(await pushBranch(git, { ...push, from: undefined, to: second! })).toBe('moved');
  expect(await pushBranch(git, { ...push, from: second, to: third! })).toBe('moved');
  expect(await pushBranch(git, { ...push, from: first, to: third! })).toBe('pushed');
  expect(fixture.git(origin, 'rev-parse', 'x')).toBe(third);
});

test.each([
  ['post-receive', 'moved the branch', 'pushed'],
  ['pre-receive', 'had moved nothing', 'unreachable'],
] as const)('a push whose remote dies in %s, when it %s, is told as it is', async (hook, _when, told) => {
  using fixture = new GitFixture();
  const origin = fixture.bare('origin.git');
  const folder = fixture.clone(origin, 'shop');
  const commit = fixture.commit(folder, { a: 'a' }, 'One');
  const path = join(origin, 'hooks', hook);
  writeFileSync(path, '#!/bin/sh\nkill -9 $PPID\n');
  chmodSync(path, 0o755);
  const git = openGit({ directory: folder, variables: fixture.variables });
  const pushed = pushBranch(git, { remote: 'origin', ref: 'refs/heads/x', from: undefined, to: commit });
  expect(await pushed.catch((error: unknown) => (error instanceof Problem ? error.reason : error))).toBe(told);
  expect(fixture.git(origin, 'for-each-ref', '--format=%(objectname)')).toBe(told === 'pushed' ? commit : '');
});

test('variables that would lead Git elsewhere are dropped, and the ones that carry credentials are kept', async () => {
  using fixture = new GitFixture();
  const folder = fixture.repository('shop');
  const commit = fixture.commit(folder, { a: 'a' }, 'One');
  const variables = {
    ...fixture.variables,
    GIT_DIR: '/nowhere',
    GIT_INDEX_FILE: '/nowhere',
    GIT_EXTERNAL_DIFF: 'touch pwned',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'user.name',
    GIT_CONFIG_VALUE_0: 'Ada',
    GIT_SSH_COMMAND: 'ssh -i key',
  };
  const git = openGit({ directory: folder, variables });
  expect((await git.run(['rev-parse', 'HEAD'])).trim()).toBe(commit);
  expect((await git.run(['config', 'user.name'])).trim()).toBe('Ada');
  const login = { url: 'https://git.example.test/a.git', user: 'job', password: 'right' };
  const told = openGit({ directory: folder, variables, login });
  const headers = await told.run([
    'config',
    '--get-urlmatch',
    'http.extraHeader',
    'https://git.example.test/a.git/info/refs',
  ]);
  expect(headers.trim()).toBe(`Authorization: Basic ${Buffer.from('job:right').toString('base64')}`);
  expect((await told.run(['config', 'user.name'])).trim()).toBe('Ada');
  expect(
    (await told.attempt(['config', '--get-urlmatch', 'http.extraHeader', 'https://other.example.test/'])).exitCode,
  ).toBe(1);
});
