/** A rollback and the merge request that makes it true in Git, through the real commands on a small GitHub. */
import { expect, test } from '@jest/globals';
import type { PipelineRun } from '../support/github-pipeline.ts';
import { configMap, openShop, type Shop, shopConfig } from '../support/github-shop.ts';

const good = { 'catalog/map.yaml': configMap({ title: 'Good' }) };
const bad = { 'catalog/map.yaml': configMap({ title: 'Bad' }) };
const branch = 'pushgate/rollback-production-catalog-to-1';

function rollback(shop: Shop, env: Record<string, string> = {}): Promise<PipelineRun> {
  const words = ['rollback', 'catalog', '--environment', 'production', '--yes', '--reason', 'orders fail @all'];
  return shop.pipeline.onPush('main', { words, env: { GITHUB_ACTOR: 'ann', ...env } });
}

/** A good state, and a bad one applied after it. */
async function brokenShop(): Promise<{ readonly shop: Shop; readonly culprit: number }> {
  await using opening = new AsyncDisposableStack();
  const shop = opening.use(await openShop(good));
  const culprit = await shop.approved({ ...bad, 'README.md': 'Other words' });
  expect((await shop.apply()).exitCode).toBe(0);
  expect(shop.deployed()).toContain('Bad');
  opening.move();
  return { shop, culprit };
}

test('a rollback opens the merge request that reverts it, and holds the release until that is merged', async () => {
  const { shop: broken, culprit } = await brokenShop();
  await using shop = broken;
  const { state } = shop.server;
  const { repository } = state;
  const done = await rollback(shop);
  expect([done.exitCode, done.stderr]).toEqual([0, expect.not.stringContaining('No merge request')]);
  expect(shop.deployed()).toContain('Good');

  const request = state.pulls.all().at(-1);
  if (request === undefined) throw new Error('there is no pull request');
  const { number } = request;
  expect(request).toMatchObject({ source: branch, target: 'main', state: 'open' });
  expect(request.title).toBe('Roll back catalog in production to revision 1');
  expect(request.description).toContain(`what came by #${culprit}`);
  expect(request.description).toContain('Why: orders fail');
  expect(request.description).not.toContain('@all');
  expect(done.stdout).toContain(`catalog in production is on hold until !${number} is merged or closed`);
  // The files of the release, and nothing else of what came with them.
  expect(repository.git('diff', '--name-only', 'main', branch)).toBe('catalog/map.yaml');
  expect(repository.file(branch, 'catalog/map.yaml')).toBe(good['catalog/map.yaml']);

  const held = await shop.apply();
  expect([held.exitCode, held.stdout]).toEqual([3, expect.stringContaining(`merging or closing !${number} ends this`)]);
  expect(shop.deployed()).toContain('Good');

  state.review(number, 'rita', 'APPROVED');
  state.merge(number, 'ann');
  const after = await shop.apply();
  expect([after.exitCode, after.stderr]).toEqual([0, expect.stringContaining('no longer on hold: catalog')]);
  expect(shop.deployed()).toContain('Good');

  await shop.approved({ 'catalog/map.yaml': configMap({ title: 'Better' }) });
  expect((await shop.apply()).exitCode).toBe(0);
  expect(shop.deployed()).toContain('Better');
});

test('closing the merge request ends the hold as well, and Git has its way again', async () => {
  const { shop: broken } = await brokenShop();
  await using shop = broken;
  const { state } = shop.server;
  await rollback(shop);
  state.pulls.close(state.pulls.all().at(-1)?.number ?? 0);
  const after = await shop.apply();
  expect([after.exitCode, after.stdout]).toEqual([0, expect.any(String)]);
  expect(shop.deployed()).toContain('Bad');
});

test('without the right to open one, the rollback is done, held, and says which right is missing', async () => {
  const { shop: broken } = await brokenShop();
  await using shop = broken;
  const token = shop.server.state.workflowToken({ contents: 'write', pull_requests: 'read' });
  const done = await rollback(shop, { GITHUB_TOKEN: token });
  expect([done.exitCode, done.stderr]).toEqual([0, expect.stringContaining('pull-requests: write')]);
  expect(done.stdout).toContain('pushgate unhold catalog --environment production');
  expect(shop.deployed()).toContain('Good');
  expect((await shop.apply()).exitCode).toBe(3);
});

test('files that are on the branch already are not proposed again', async () => {
  const { shop: broken } = await brokenShop();
  await using shop = broken;
  const { state } = shop.server;
  const count = state.pulls.all().length;
  shop.push(good);
  const done = await rollback(shop);
  expect([done.exitCode, done.stderr]).toEqual([
    0,
    expect.stringContaining('its files on the branch are as they were'),
  ]);
  expect(state.pulls.all()).toHaveLength(count);
});

test('a chart that lay elsewhere then is not guessed at', async () => {
  await using shop = await openShop(good);
  const { state } = shop.server;
  const moved = { 'pushgate.yaml': shopConfig.replace('chart: catalog', 'chart: moved') };
  await shop.approved({ ...moved, 'moved/map.yaml': bad['catalog/map.yaml'] });
  expect((await shop.apply()).exitCode).toBe(0);
  const count = state.pulls.all().length;
  const done = await rollback(shop);
  expect([done.exitCode, done.stderr]).toEqual([
    0,
    expect.stringContaining('pushgate.yaml named another chart for catalog then'),
  ]);
  expect(done.stderr).toContain('Change it by hand');
  expect(shop.deployed()).toContain('Good');
  expect(state.pulls.all()).toHaveLength(count);
});

test('settings that changed beside the files are left alone, and the merge request says so', async () => {
  const template = 'catalog/templates/map.yaml';
  const chart = { 'catalog/Chart.yaml': 'apiVersion: v2\nname: catalog\nversion: 1.0.0\n' };
  await using shop = await openShop({ ...chart, [template]: configMap({ title: 'Good' }) });
  const { state } = shop.server;
  const red = shopConfig.replace('chart: catalog', 'chart: catalog, set: { color: red }');
  await shop.approved({ 'pushgate.yaml': red, [template]: configMap({ title: 'Bad' }) });
  const { exitCode, stdout } = await shop.apply();
  expect([exitCode, stdout]).toEqual([0, expect.any(String)]);
  await rollback(shop);
  expect(state.pulls.all().at(-1)?.description).toContain('configuration of the release changed');
  expect(state.repository.git('diff', '--name-only', 'main', branch)).toBe(template);
});
