/** The test forges themselves: they must not let a wrong request, an invented answer or a forgotten fault pass. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { contractNote, loadContract } from '../support/contract.ts';
import { startGitHubServer } from '../support/github-server.ts';

const run = promisify(execFile);
const described = loadContract('github') === undefined ? test.skip : test;

test('a request nobody foresaw and a fault nobody met fail the test that asks', async () => {
  await using server = await startGitHubServer();
  using _repository = server.state.repository;
  await fetch(`${server.apiUrl}/repos/acme/shop/hooks`, { method: 'POST', body: '{}' });
  server.fault({ path: /pulls/, answer: 'reset' });
  expect(() => server.verify()).toThrow(/unexpected request POST \/repos\/acme\/shop\/hooks\n.*nobody met the fault/);
  expect(() => server.verify()).not.toThrow();
});

described(`a request that breaks the description fails the test (${contractNote})`, async () => {
  await using server = await startGitHubServer();
  using _repository = server.state.repository;
  const authorization = `token ${server.state.workflowToken({ issues: 'write' })}`;
  const post = (body: unknown) =>
    fetch(`${server.apiUrl}/repos/acme/shop/issues?colour=red`, {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify(body),
    });
  await post({ body: 'an issue without a title', colour: 'red' });
  expect(() => server.verify()).toThrow(/unknown query parameter colour[\s\S]*must have required property 'title'/);
});

described('an answer with an invented property or a wrong type breaks the description', () => {
  const exchange = { method: 'GET', path: '/repos/a/b/pulls/1', query: new URLSearchParams(), body: undefined };
  const check = (answer: unknown) => loadContract('github')?.check({ ...exchange, status: 200, answer });
  expect(check({ number: 1, user: { login: 'ada' } })).toEqual([]);
  expect(check({ number: 1, user: { login: 'ada', karma: 3 } })?.join()).toContain('karma');
  expect(check({ number: '1' })?.join()).toContain('/number must be integer');
  expect(loadContract('gitlab')?.check({ ...exchange, path: '/projects/1/nothing', status: 200, answer: {} })).toEqual([
    'GET /projects/1/nothing: the description has no such operation',
  ]);
});

test('Git is served beside the API, to those whose token may', async () => {
  await using server = await startGitHubServer();
  using repository = server.state.repository;
  repository.commit({ branch: 'main', files: { 'a.txt': 'one\n' }, message: 'Start' });
  const folder = mkdtempSync(join(tmpdir(), 'pushgate-clone-'));
  const address = (scopes: { contents?: 'read' | 'write' }): string =>
    server.gitUrl.replace('://', `://x:${server.state.workflowToken(scopes)}@`);
  const git = (...args: string[]): Promise<unknown> => run('git', ['-C', folder, ...args]);
  await git('clone', '--quiet', address({ contents: 'read' }), 'clone');
  expect(readFileSync(join(folder, 'clone/a.txt'), 'utf8')).toBe('one\n');
  const push = (scopes: { contents?: 'read' | 'write' }): Promise<unknown> =>
    git('-C', 'clone', 'push', '--quiet', address(scopes), 'HEAD:refs/heads/new');
  await expect(push({ contents: 'read' })).rejects.toThrow(/403/);
  expect(repository.resolve('refs/heads/new')).toBeUndefined();
  await push({ contents: 'write' });
  expect(repository.resolve('refs/heads/new')).toBe(repository.resolve('refs/heads/main'));
  await expect(git('ls-remote', server.gitUrl.replace('://', '://x:wrong@'))).rejects.toThrow(/Authentication failed/);
  rmSync(folder, { recursive: true });
});
