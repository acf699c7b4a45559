/** What the forge shows beside the comment: a status of the planned commit, a deployment of the apply. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type GitHubPipeline, githubPipeline } from '../support/github-pipeline.ts';
import { type GitHubServer, startGitHubServer } from '../support/github-server.ts';

const config = `version: 1
defaults: { namespace: shop }
releases:
  - { name: catalog, chart: catalog }
environments:
  production:
    manifests: { repository: ., branch: deploy/production }
    refs: [main]
`;

const service = `apiVersion: v1
kind: Service
metadata: { name: catalog }
spec: { ports: [{ port: 80 }] }
`;

let server: GitHubServer;
let pipeline: GitHubPipeline;
let pull: number;

beforeEach(async () => {
  server = await startGitHubServer();
  const { state } = server;
  for (const login of ['ann', 'rita']) state.addUser(login, 'write');
  state.repository.commit({ branch: 'main', files: { 'pushgate.yaml': config }, message: 'The gate' });
  state.repository.commit({
    branch: 'change',
    from: 'main',
    files: { 'catalog/service.yaml': service },
    message: 'One',
  });
  pull = state.openPull({ author: 'ann', source: 'change' }).number;
  use({ statuses: 'write', deployments: 'write' });
});
afterEach(async () => {
  pipeline[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

function use(rights: Parameters<GitHubServer['state']['workflowToken']>[0]): void {
  pipeline = githubPipeline(
    server,
    server.state.workflowToken({ contents: 'write', pull_requests: 'write', ...rights }),
  );
}
const plan = () => pipeline.onPull(pull, { words: ['plan'] });
const apply = (words: readonly string[] = []) => pipeline.onPush('main', { words: ['apply', ...words] });

test('a plan is a status of the planned commit', async () => {
  await plan();
  expect(server.state.statuses).toEqual([
    expect.objectContaining({
      sha: server.state.pulls.head(pull),
      context: 'pushgate/plan',
      state: 'success',
      description: '1 created in production',
    }),
  ]);
});

test('a release that cannot be planned is a failed status', async () => {
  const files = { 'catalog/service.yaml': 'kind: Service\nmetadata: {' };
  server.state.repository.commit({ branch: 'change', from: 'refs/heads/change', files, message: 'Broken' });
  await plan();
  expect(server.state.statuses.map(({ state }) => state)).toEqual(['failure']);
});

test('an apply is a deployment from start to end; a refused one is none', async () => {
  await plan();
  server.state.merge(pull, 'ann');
  expect((await apply()).exitCode).toBe(3);
  expect(server.state.deployments).toEqual([]);
  server.state.review(pull, 'rita', 'APPROVED');
  expect((await apply()).exitCode).toBe(0);
  const [deployment] = server.state.deployments;
  expect(deployment).toMatchObject({ environment: 'production' });
  expect(deployment?.statuses.map(({ state }) => state)).toEqual(['in_progress', 'success']);
});

test('a token without these rights plans and applies all the same, and the log names the right', async () => {
  use({});
  const planned = await plan();
  expect([planned.exitCode, planned.stderr]).toEqual([0, expect.stringContaining('statuses: write')]);
  server.state.review(pull, 'rita', 'APPROVED');
  server.state.merge(pull, 'ann');
  const applied = await apply();
  expect([applied.exitCode, applied.stderr]).toEqual([0, expect.stringContaining('deployments: write')]);
});

test('with announce: never, nothing is asked of the forge', async () => {
  await pipeline.onPull(pull, { words: ['plan', '--announce', 'never'] });
  server.state.review(pull, 'rita', 'APPROVED');
  server.state.merge(pull, 'ann');
  expect((await apply(['--announce', 'never'])).exitCode).toBe(0);
  expect([server.state.statuses, server.state.deployments]).toEqual([[], []]);
});
