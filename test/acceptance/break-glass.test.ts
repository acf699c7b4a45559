import { expect, test } from '@jest/globals';
import { configMap, openShop, shopConfig } from '../support/github-shop.ts';

test('whom the rules name passes the gate with a reason, and everybody is told; nobody else does', async () => {
  const frozen = '{ breakGlass: [rita], freezes: [{ schedule: "* * * * *", duration: 1h, reason: a launch }] }';
  await using shop = await openShop({ 'catalog/map.yaml': configMap({ title: 'Shop' }) });
  const { state } = shop.server;
  await shop.approved({ 'pushgate.yaml': `${shopConfig}    gate: ${frozen}\n` });
  const pull = shop.propose({ 'catalog/map.yaml': configMap({ title: 'New' }) });
  await shop.plan(pull);
  expect(shop.comment(pull)).toContain('not applied in the freeze');
  state.merge(pull, 'ann');
  expect((await shop.apply()).stdout).toContain('was not applied: frozen');

  const env = { PUSHGATE_BREAK_GLASS: 'orders fail', GITHUB_ACTOR: 'rita', GITHUB_TRIGGERING_ACTOR: 'ann' };
  const other = await shop.apply(env);
  expect([other.exitCode, other.stdout]).toEqual([3, expect.stringContaining('ann may not break the glass')]);
  expect(shop.deployed()).not.toContain('New');

  const forged = await shop.apply({
    ...env,
    GITHUB_TRIGGERING_ACTOR: 'rita',
    PUSHGATE_BREAK_GLASS: 'a\nPushgate-Commit: b',
  });
  expect(forged.stdout).toContain('signs that are no text');

  const token = state.workflowToken({ contents: 'write', pull_requests: 'write', issues: 'write' });
  const done = await shop.apply({ ...env, GITHUB_TRIGGERING_ACTOR: 'rita', GITHUB_TOKEN: token });
  expect([done.exitCode, done.stdout]).toEqual([
    0,
    expect.stringContaining('past the gate, by rita instead of frozen'),
  ]);
  expect(shop.deployed()).toContain('New');
  expect(shop.comment(pull)).toContain('past the gate, by rita instead of frozen: orders fail');
  const message = state.repository.git('log', '-1', '--format=%B', 'deploy/production');
  expect(message).toContain('Pushgate-Break-Glass: catalog by rita instead of frozen: orders fail');
  expect(state.issues).toMatchObject([
    {
      title: 'Applied to production past the gate: catalog',
      labels: ['pushgate-break-glass'],
      state: 'open',
      body: expect.stringContaining('a launch'),
    },
  ]);
});
