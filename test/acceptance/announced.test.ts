/** What the forge shows beside the comment: a status of the planned commit, a deployment of the apply. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { GitHubServer } from '../support/github-server.ts';
import { type Shop, type StartOptions, service, startShop } from '../support/github-shop.ts';

let shop: Shop;
let server: GitHubServer;
let pull: number;

async function start(rights: StartOptions['rights']): Promise<void> {
  shop = await startShop({}, { rights });
  server = shop.server;
  pull = shop.propose({ 'catalog/service.yaml': service() });
}
beforeEach(() => start({ statuses: 'write', deployments: 'write' }));
afterEach(() => shop[Symbol.asyncDispose]());

const plan = () => shop.plan(pull);
const apply = (words: readonly string[] = []) => shop.pipeline.onPush('main', { words: ['apply', ...words] });

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
  shop.commit('change-1', 'ann', files, 'refs/heads/change-1');
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
  await shop[Symbol.asyncDispose]();
  await start({});
  const planned = await plan();
  expect([planned.exitCode, planned.stderr]).toEqual([0, expect.stringContaining('statuses: write')]);
  server.state.review(pull, 'rita', 'APPROVED');
  server.state.merge(pull, 'ann');
  const applied = await apply();
  expect([applied.exitCode, applied.stderr]).toEqual([0, expect.stringContaining('deployments: write')]);
});

test('with announce: never, nothing is asked of the forge', async () => {
  await shop.pipeline.onPull(pull, { words: ['plan', '--announce', 'never'] });
  server.state.review(pull, 'rita', 'APPROVED');
  server.state.merge(pull, 'ann');
  expect((await apply(['--announce', 'never'])).exitCode).toBe(0);
  expect([server.state.statuses, server.state.deployments]).toEqual([[], []]);
});
