/** A few random histories through the real commands: what is there was always shown, approved and merged. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Shop } from '../support/github-shop.ts';
import { configMap, openShop } from '../support/github-shop.ts';

type Step = 'push' | 'plan' | 'approve' | 'reject' | 'merge' | 'direct' | 'lose' | 'apply';

/** More of what leads somewhere than of what stops. */
const step = fc.constantFrom<Step>(
  'push',
  'plan',
  'plan',
  'approve',
  'approve',
  'merge',
  'apply',
  'apply',
  'reject',
  'direct',
  'lose',
);

/** Plays the steps and answers how often something new was applied. */
async function walk(shop: Shop, steps: readonly Step[]): Promise<number> {
  const { state } = shop.server;
  let titles = 0;
  let applied = 0;
  let pull: number | undefined;
  let shown: { readonly head: string; readonly title: string } | undefined;
  let there = 'Shop';
  const title = (): string => `T${titles}`;
  const write = (): Record<string, string> => {
    titles += 1;
    return { 'catalog/map.yaml': configMap({ title: title() }) };
  };
  const agreed = new Set([there]);
  for (const one of steps) {
    if (one === 'direct') shop.push(write());
    if (one === 'lose') state.setPermission('rita', 'read');
    if (one === 'apply') {
      const run = await shop.apply();
      const now = /title: "?(\w+)"?/.exec(shop.deployed())?.[1] ?? '';
      expect([one, now, run.stdout, agreed.has(now)]).toEqual([one, now, run.stdout, true]);
      if (now !== there) applied += 1;
      there = now;
    }
    if (one === 'push' && pull === undefined) {
      pull = shop.propose(write());
      continue;
    }
    if (pull === undefined) continue;
    const source = state.pulls.get(pull)?.source ?? '';
    if (one === 'push') shop.commit(source, 'ann', write());
    if (one === 'approve') state.review(pull, 'rita', 'APPROVED');
    if (one === 'reject') state.review(pull, 'rita', 'CHANGES_REQUESTED');
    if (one === 'plan') {
      const run = await shop.plan(pull);
      const text = state.repository.file(`refs/heads/${source}`, 'catalog/map.yaml') ?? '';
      if (run.exitCode === 0) shown = { head: state.pulls.head(pull), title: /title: "(\w+)"/.exec(text)?.[1] ?? '' };
    }
    if (one === 'merge') {
      const head = state.pulls.head(pull);
      const last = state.reviews.filter((review) => review.pull === pull).at(-1);
      const mayWrite = state.accounts.get('rita')?.permission === 'write';
      const isApproved = last?.state === 'APPROVED' && last.commit === head && mayWrite;
      try {
        state.merge(pull, 'ann');
      } catch {
        // A direct push to the same lines: the forge would not merge it either.
        state.pulls.close(pull);
        pull = undefined;
        continue;
      }
      if (shown?.head === head && isApproved) agreed.add(shown.title);
      pull = undefined;
    }
  }
  return applied;
}

test('whatever happens, only what an approved merge request showed is there', async () => {
  let applied = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 10 }), async (steps) => {
      await using shop = await openShop({ 'catalog/map.yaml': configMap({ title: 'Shop' }) });
      applied += await walk(shop, steps);
    }),
    // Each step is a clone and some fifty processes of Git; without shrinking, as the steps are few.
    {
      numRuns: 3,
      endOnFailure: true,
      examples: [
        [['push', 'plan', 'approve', 'merge', 'apply', 'direct', 'apply']],
        [['push', 'plan', 'approve', 'push', 'merge', 'apply']],
      ],
    },
  );
  expect(applied).toBeGreaterThan(0);
});
