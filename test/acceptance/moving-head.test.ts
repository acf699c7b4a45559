/** The comment speaks of the head that the merge request has, or says that it does not. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { GitHubServer } from '../support/github-server.ts';
import { type Shop, service, startShop } from '../support/github-shop.ts';

let shop: Shop;
let server: GitHubServer;
let pull: number;

beforeEach(async () => {
  shop = await startShop({});
  server = shop.server;
  pull = shop.propose({ 'catalog/service.yaml': service(80) });
});
afterEach(() => shop[Symbol.asyncDispose]());

function push(files: Record<string, string>): void {
  shop.commit('change-1', 'ann', files, 'refs/heads/change-1');
}
function comment(): string {
  expect(server.state.comments).toHaveLength(1);
  return server.state.comments[0]?.body ?? '';
}
const plan = (head?: string) =>
  shop.pipeline.onPull(pull, head === undefined ? { words: ['plan'] } : { words: ['plan'], head });
const writes = (): number =>
  server.requests.filter(({ method, path }) => method !== 'GET' && path.includes('/comments')).length;

test('an old job started again leaves the comment of the newer head alone', async () => {
  const old = server.state.pulls.head(pull);
  push({ 'catalog/service.yaml': service(81) });
  await plan();
  const before = comment();
  const run = await plan(old);
  expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining('another head by now')]);
  expect(comment()).toBe(before);
});

test('a new head that cannot be planned takes the old plan away, and what it showed with it', async () => {
  await plan();
  expect(comment()).toContain('<!-- pushgate:shown:');
  push({ 'pushgate.yaml': 'version: 1\nreleasez: []\n' });
  const run = await plan();
  expect(run.exitCode).toBe(1);
  expect(comment()).toMatch(/^## Pushgate: no plan\n[\s\S]*releasez/);
  expect(comment()).not.toContain('<!-- pushgate:shown:');
  expect(comment()).toContain(server.state.pulls.head(pull).slice(0, 7));
});

test('while a new head is planned, the comment says that it is outdated and folds the old plan away', async () => {
  await plan();
  const old = server.state.pulls.head(pull);
  push({ 'catalog/service.yaml': service(81) });
  await plan();
  const [marked = '', planned = ''] = server.requests
    .filter(({ method }) => method === 'PATCH')
    .map(({ body }) => String((body as { readonly body?: string }).body));
  expect(marked).toMatch(/^## Pushgate: outdated\n\n\*\*Outdated:\*\* the head is now/);
  expect(marked).toContain(`<details><summary>The plan of <code>${old.slice(0, 7)}</code></summary>`);
  expect(marked).not.toContain('<!-- pushgate:shown:');
  expect(comment()).toBe(planned);
  expect(planned).toMatch(/^## Pushgate: 1 created/);
});

test('planned again with nothing new, nothing is sent', async () => {
  await plan();
  const before = writes();
  await plan();
  expect(writes()).toBe(before);
});
