/** From an approval to what is on the branch, by every way that a forge brings it there. */
import { describe, expect, test } from '@jest/globals';
import type { Shop } from '../support/github-shop.ts';
import { configMap, openShop, shopConfig } from '../support/github-shop.ts';

const title = (text: string): Record<string, string> => ({ 'catalog/map.yaml': configMap({ title: text }) });
const first = title('Shop');

/** Approved where it was planned, and not yet merged. */
async function approved(shop: Shop, files: Record<string, string>, target = 'main'): Promise<number> {
  const pull = shop.propose(files, target);
  await shop.plan(pull);
  shop.server.state.review(pull, 'rita', 'APPROVED');
  return pull;
}

describe('an approved change gets there', () => {
  test.each(['merge', 'squash', 'rebase'] as const)('by a %s of several commits', async (method) => {
    await using shop = await openShop(first);
    const { state } = shop.server;
    const pull = shop.propose(title('Half'));
    shop.commit(state.pulls.get(pull)?.source ?? '', 'ann', title('Whole'));
    await shop.plan(pull);
    state.review(pull, 'rita', 'APPROVED');
    state.merge(pull, 'ann', method);
    const run = await shop.apply();
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining(`shown in !${pull}`)]);
    expect(shop.deployed()).toContain('Whole');
  });

  test('by a merge queue, whose own branch applies nothing and fails no check', async () => {
    await using shop = await openShop(first);
    const { state } = shop.server;
    const one = await approved(shop, title('One'));
    const two = await approved(shop, { 'catalog/b.yaml': configMap({ b: '1' }).replace('catalog', 'b') });
    const queued = `gh-readonly-queue/main/pr-${two}-abc`;
    state.repository.git('branch', queued, state.pulls.head(two));
    for (const words of [['plan'], ['apply']]) {
      const run = await shop.pipeline.onPush(queued, { words });
      expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining('No environment takes')]);
    }
    expect(shop.deployed()).not.toContain('One');
    // The queue merges both at once; one run sees the tip only.
    state.merge(one, 'ann');
    state.merge(two, 'ann', 'squash');
    const run = await shop.apply();
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining(`shown in !${two} and !${one}`)]);
    // The job of the first, late, finds something newer.
    const late = await shop.pipeline.onPush('main', {
      words: ['apply'],
      commit: state.pulls.get(one)?.merged?.tip ?? '',
    });
    expect([late.exitCode, shop.deployed()]).toEqual([3, expect.stringContaining('"1"')]);
  });

  test('by a revert that was shown and approved like any change', async () => {
    await using shop = await openShop(first);
    const { state } = shop.server;
    state.merge(await approved(shop, title('New')), 'ann');
    await shop.apply();
    state.merge(await approved(shop, first), 'ann', 'squash');
    expect((await shop.apply()).exitCode).toBe(0);
    expect(shop.deployed()).toContain('Shop');
  });

  test('by a merge request of its own to a release branch, when it is cherry-picked', async () => {
    const files = { ...first, 'pushgate.yaml': shopConfig.replace('refs: [main]', 'refs: ["release/*"]') };
    await using shop = await openShop({ ...first });
    const { state } = shop.server;
    await shop.approved(files);
    state.repository.git('branch', 'release/1', 'main');
    const picked = await approved(shop, title('Picked'), 'release/1');
    state.merge(picked, 'ann');
    const run = await shop.pipeline.onPush('release/1', { words: ['apply'] });
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining(`shown in !${picked}`)]);
    // By hand nobody saw it, though the same was approved for another branch.
    shop.commit('release/1', 'ann', title('By hand'));
    const other = await approved(shop, title('By hand'));
    state.merge(other, 'ann');
    const direct = await shop.pipeline.onPush('release/1', { words: ['apply'] });
    expect([direct.exitCode, direct.stdout]).toEqual([3, expect.stringContaining('no-merge-request')]);
    expect(direct.stdout).toContain('came by a direct push');
    expect(shop.deployed()).toContain('Picked');
  });
});

test('a direct revert of an approved change is a direct push, and a new merge request shows what waits', async () => {
  await using shop = await openShop(first);
  const { state } = shop.server;
  state.merge(await approved(shop, title('New')), 'ann');
  await shop.apply();
  shop.push(first);
  const refused = await shop.apply();
  expect([refused.exitCode, refused.stdout]).toEqual([3, expect.stringContaining('Open a merge request')]);
  expect(shop.deployed()).toContain('New');
  const pull = await approved(shop, { 'README.md': 'Take it back' });
  expect(shop.comment(pull)).toContain('1 updated in production');
  state.merge(pull, 'ann');
  expect((await shop.apply()).exitCode).toBe(0);
  expect(shop.deployed()).toContain('Shop');
});
