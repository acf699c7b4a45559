/** What comments on a pull request do, through the real commands on a small GitHub. */
import { describe, expect, test } from '@jest/globals';
import type { PipelineRun } from '../support/github-pipeline.ts';
import type { Shop } from '../support/github-shop.ts';
import { configMap, openShop, shopConfig } from '../support/github-shop.ts';

const change = { 'catalog/map.yaml': configMap({ title: 'New' }) };

async function commentShop(gate = '{ mode: comment }'): Promise<Shop> {
  await using opening = new AsyncDisposableStack();
  const files = {
    'pushgate.yaml': `${shopConfig}    gate: ${gate}\n`,
    'catalog/map.yaml': configMap({ title: 'Shop' }),
  };
  const shop = opening.use(await openShop(files));
  shop.server.state.addUser('eve', 'read');
  opening.move();
  return shop;
}

interface Said {
  readonly run: PipelineRun;
  readonly reactions: readonly string[];
}

async function say(shop: Shop, pull: number, login: string, body: string, action = 'created'): Promise<Said> {
  const comment = shop.server.state.comment(pull, login, body);
  const run = await shop.pipeline.onComment(comment, { words: ['comment'], action });
  return { run, reactions: shop.server.state.reactions.get(comment.id) ?? [] };
}

test('an approved merge request is applied by a comment, held until it is merged, and then released', async () => {
  await using shop = await commentShop();
  const { state } = shop.server;
  const pull = shop.propose(change);
  const planned = await say(shop, pull, 'rita', '/pushgate plan');
  expect([planned.run.exitCode, planned.reactions]).toEqual([0, ['eyes', 'rocket']]);
  expect(shop.comment(pull)).toContain('**Waiting for approval.**');

  const early = await say(shop, pull, 'ann', '/pushgate apply');
  expect([early.run.exitCode, early.reactions]).toEqual([3, ['eyes', 'confused']]);
  expect(early.run.stdout).toContain('approval-missing');
  expect(shop.deployed()).not.toContain('New');

  state.review(pull, 'rita', 'APPROVED');
  const other = await say(shop, pull, 'ann', '/pushgate apply 0000-0000');
  expect([other.run.exitCode, other.run.stdout]).toEqual([3, expect.stringContaining('digest-mismatch')]);
  const digest = /plan <code>([0-9a-f]{4}-[0-9a-f]{4})<\/code>/.exec(shop.comment(pull))?.[1];
  const done = await say(shop, pull, 'ann', `/pushgate apply ${digest}`);
  expect([done.run.exitCode, done.reactions]).toEqual([0, ['eyes', 'rocket']]);
  expect(shop.deployed()).toContain('New');
  expect(shop.comment(pull)).toContain('✔ **Applied**');

  // Nothing takes it back meanwhile, not even an approved change of the same release.
  const next = await shop.approved({ 'catalog/other.yaml': configMap({ other: 'x' }).replace('catalog', 'other') });
  const held = await shop.apply();
  expect([held.exitCode, held.stdout]).toEqual([3, expect.stringContaining(`applied from !${pull} before its merge`)]);
  expect(shop.deployed()).toContain('New');

  state.merge(pull, 'ann', 'squash');
  const after = await shop.apply();
  expect([after.exitCode, after.stdout]).toEqual([0, expect.stringContaining(`!${next}`)]);
  expect(shop.deployed()).toMatch(/New[\s\S]*other|other[\s\S]*New/);
});

test('a push between approval and comment is not applied, nor one that the comment did not see', async () => {
  await using shop = await commentShop();
  const { state } = shop.server;
  const pull = shop.propose(change);
  await shop.plan(pull);
  state.review(pull, 'rita', 'APPROVED');
  shop.commit(state.pulls.get(pull)?.source ?? '', 'ann', { 'catalog/map.yaml': configMap({ title: 'Evil' }) });
  const said = await say(shop, pull, 'ann', '/pushgate apply');
  expect([said.run.exitCode, said.reactions]).toEqual([3, ['eyes', 'confused']]);
  expect(shop.deployed()).not.toContain('Evil');
});

describe('not obeyed', () => {
  test('are edits, bots, readers, look-alikes, forks, and what comes after the merge', async () => {
    await using shop = await commentShop();
    const { state } = shop.server;
    state.addUser('helper[bot]', 'write');
    const pull = await shop.approved(change).then((number) => number);
    const open = shop.propose({ 'README.md': 'Words' });
    const heard = ['eyes', 'confused'];
    const refused: readonly (readonly [number, string, string, string, readonly string[]])[] = [
      [open, 'rita', '/pushgate apply', 'edited', []],
      [open, 'helper[bot]', '/pushgate apply', 'created', []],
      [open, 'eve', '/pushgate apply', 'created', []],
      [open, 'eve', '/pushgate apply please', 'created', []],
      [open, 'rita', '/pushgate apply please', 'created', heard],
      [pull, 'rita', '/pushgate apply', 'created', heard],
    ];
    for (const [number, login, body, action, signs] of refused) {
      const { run, reactions } = await say(shop, number, login, body, action);
      expect([body, run.exitCode, run.stderr, reactions]).toEqual([
        body,
        3,
        expect.stringContaining('comment-refused'),
        signs,
      ]);
    }
    const quoted = await say(shop, open, 'rita', '> /pushgate apply');
    expect([quoted.run.exitCode, quoted.reactions]).toEqual([0, []]);
    expect(shop.deployed()).not.toContain('New');
  });

  test('are strangers, who cost one request each', async () => {
    await using shop = await commentShop();
    const open = shop.propose({ 'README.md': 'Words' });
    for (const body of ['/pushgate plan', '/pushgate unlock', '/pushgate hold catalog because', '/pushgate nonsense']) {
      const before = shop.server.requests.length;
      await say(shop, open, 'eve', body);
      expect(shop.server.requests.slice(before).map(({ path }) => path)).toEqual([
        expect.stringMatching(/collaborators\/eve\/permission$/),
      ]);
    }
  });

  test('is a fork’s pull request, whoever comments', async () => {
    await using shop = await commentShop();
    const { state } = shop.server;
    shop.commit('forks/eve/change', 'eve', change, 'refs/heads/main');
    const pull = state.openPull({ author: 'eve', source: 'change', fork: 'eve' }).number;
    state.review(pull, 'rita', 'APPROVED');
    for (const body of ['/pushgate plan', '/pushgate apply']) {
      const { run } = await say(shop, pull, 'rita', body);
      expect([run.exitCode, run.stderr]).toEqual([3, expect.stringContaining('fork-refused')]);
    }
    expect(shop.deployed()).not.toContain('New');
  });

  test('is an environment whose rules on the branch take no comments, though the pull request says they do', async () => {
    await using shop = await commentShop('{ mode: merge }');
    const { state } = shop.server;
    const pull = shop.propose({
      ...change,
      'pushgate.yaml': `${shopConfig}    gate: { mode: comment, approvals: 0 }\n`,
    });
    await shop.plan(pull);
    state.review(pull, 'rita', 'APPROVED');
    const { run } = await say(shop, pull, 'rita', '/pushgate apply');
    expect([run.exitCode, run.stderr]).toEqual([3, expect.stringContaining('not-merged')]);
    expect(shop.deployed()).not.toContain('New');
  });
});

describe('rules that a writer made up are not gone by', () => {
  const loose = `${shopConfig}    gate: { mode: comment, approvals: 0 }\n`;

  test('pushed to the branch', async () => {
    await using shop = await commentShop();
    shop.push({ 'pushgate.yaml': loose });
    const pull = shop.propose(change);
    await shop.plan(pull);
    const { run } = await say(shop, pull, 'ann', '/pushgate apply');
    expect([run.exitCode, run.stdout]).toEqual([3, expect.stringContaining('approval-missing')]);
    expect(shop.deployed()).not.toContain('New');
  });

  test('on a target branch of their own', async () => {
    await using shop = await commentShop();
    const own = loose
      .replace('refs: [main]', 'refs: [own]')
      .replace(/^ {2}production:/m, '  mine:')
      .replace('deploy/production', 'deploy/mine');
    expect(own).toContain('refs: [own]');
    shop.commit('own', 'ann', { 'pushgate.yaml': own }, 'refs/heads/main');
    const pull = shop.propose(change, 'own');
    await say(shop, pull, 'ann', '/pushgate plan');
    const { run } = await say(shop, pull, 'ann', '/pushgate apply');
    expect([run.exitCode, run.stderr]).toEqual([3, expect.stringContaining('not-merged')]);
    expect(shop.server.state.repository.resolve('refs/heads/deploy/mine')).toBeUndefined();
  });
});

describe('a hold or an unlock goes by the default branch', () => {
  test('and not by a branch that its writer made, which names the same place', async () => {
    await using shop = await commentShop('{ mode: merge }');
    const own = `${shopConfig.replace('refs: [main]', 'refs: [own]')}    gate: { mode: none }\n`;
    shop.commit('own', 'ann', { 'pushgate.yaml': own }, 'refs/heads/main');
    const pull = shop.propose(change, 'own');
    for (const words of ['hold catalog mine now', 'unlock catalog', 'hold']) {
      const { run, reactions } = await say(shop, pull, 'ann', `/pushgate ${words}`);
      expect([run.exitCode, run.stderr, reactions]).toEqual([
        1,
        expect.stringContaining('in no environment of own'),
        ['eyes', 'confused'],
      ]);
    }
    expect((await shop.apply()).stdout).not.toContain('on hold');
  });

  test('and leaves an environment alone that the forge guards', async () => {
    await using shop = await commentShop();
    shop.push({ 'pushgate.yaml': `${shopConfig}    gate: { mode: environment }\n` });
    const pull = shop.propose(change);
    const { run } = await say(shop, pull, 'rita', '/pushgate hold catalog');
    expect([run.exitCode, run.stderr]).toEqual([1, expect.stringContaining('unless its gate.mode is environment')]);
  });
});

test('a release is held by a comment, with the reason it gives', async () => {
  await using shop = await commentShop();
  const pull = await shop.approved(change);
  const { run, reactions } = await say(shop, pull, 'rita', '/pushgate hold catalog the sale is on');
  expect([run.exitCode, run.stdout, reactions]).toEqual([
    0,
    expect.stringContaining('catalog in production is on hold'),
    ['eyes', 'rocket'],
  ]);
  expect((await shop.apply()).stdout).toContain('catalog is on hold: the sale is on');
  const unlocked = await say(shop, pull, 'rita', '/pushgate unlock catalog');
  expect(unlocked.run.stdout).toContain('catalog in production is not locked');
  const unknown = await say(shop, pull, 'rita', '/pushgate hold cart');
  expect([unknown.run.exitCode, unknown.reactions]).toEqual([1, ['eyes', 'confused']]);
});
