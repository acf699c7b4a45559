/** Rules beyond a number of approvals, told through the real commands: who is counted, who is not, what is missing. */
import { describe, expect, test } from '@jest/globals';
import type { Shop } from '../support/github-shop.ts';
import { configMap, openShop, shopConfig } from '../support/github-shop.ts';

const change = { 'catalog/map.yaml': configMap({ title: 'New' }) };

/** A shop whose rules were approved as any others are. */
async function shopWith(gate: string, files: Record<string, string> = {}): Promise<Shop> {
  await using opening = new AsyncDisposableStack();
  const shop = opening.use(await openShop({ 'catalog/map.yaml': configMap({ title: 'Shop' }) }));
  for (const login of ['tom', 'eve']) shop.server.state.addUser(login, 'write');
  await shop.approved({ 'pushgate.yaml': `${shopConfig}    gate: ${gate}\n`, ...files });
  opening.move();
  return shop;
}

/** Planned again, as the workflow does on reviews; answers the comment’s status. */
async function status(shop: Shop, pull: number): Promise<string> {
  const run = await shop.plan(pull);
  expect([run.exitCode, run.stderr]).toEqual([0, expect.not.stringContaining('could not be read')]);
  const line = /\*\*(?:Waiting|Approved|Changes).*/.exec(shop.comment(pull))?.[0] ?? '';
  return line.replaceAll('\u200b', '').replaceAll('&#64;', '@').replaceAll('&#42;', '*');
}

describe('whoever committed to the merge request', () => {
  test('does not count where the gate says so', async () => {
    await using shop = await shopWith('{ committerApproval: false }');
    const { state } = shop.server;
    const pull = shop.propose(change);
    shop.commit(state.pulls.get(pull)?.source ?? '', 'eve', { 'README.md': 'One more thing' });
    state.review(pull, 'eve', 'APPROVED');
    expect(await status(shop, pull)).toContain('Not counted: <code>eve</code> (committed to it)');
    state.merge(pull, 'ann');
    const refused = await shop.apply();
    expect([refused.exitCode, refused.stdout]).toEqual([3, expect.stringContaining('approval-missing')]);
    state.review(pull, 'rita', 'APPROVED');
    expect((await shop.apply()).exitCode).toBe(0);
  });

  test('cannot be told where a commit is nobody’s account, so then nobody counts', async () => {
    await using shop = await shopWith('{ committerApproval: false }');
    const { state } = shop.server;
    const pull = shop.propose(change);
    const person = { name: 'Somebody', email: 'somebody@example.test' };
    const branch = state.pulls.get(pull)?.source ?? '';
    state.repository.commit({ branch, files: { 'a.txt': 'a' }, message: 'Mine', author: person, committer: person });
    state.review(pull, 'rita', 'APPROVED');
    expect(await status(shop, pull)).toContain('rita</code> (it has commits by Somebody');
    state.merge(pull, 'ann');
    expect((await shop.apply()).stdout).toContain('approval-missing');
  });
});

describe('teams', () => {
  const gate = '{ approvals: 0, teams: [{ team: "@acme/platform", approvals: 2 }] }';

  test('so many of a team’s members must have approved', async () => {
    await using shop = await shopWith(gate);
    const { state } = shop.server;
    state.teams.set('acme/platform', ['rita', 'tom', 'ann']);
    const pull = shop.propose(change);
    for (const name of ['eve', 'rita']) state.review(pull, name, 'APPROVED');
    expect(await status(shop, pull)).toContain('Still missing: 1 of 2 approvals by @acme/platform');
    state.merge(pull, 'ann');
    expect((await shop.apply()).stdout).toContain('approval-missing');
    state.review(pull, 'tom', 'APPROVED');
    expect((await shop.apply()).exitCode).toBe(0);
    expect(shop.deployed()).toContain('New');
  });

  test('a team that the token may not see refuses', async () => {
    await using shop = await shopWith(gate);
    const { state } = shop.server;
    state.teams.set('acme/platform', ['rita', 'tom']);
    const pull = shop.propose(change);
    for (const name of ['rita', 'tom']) state.review(pull, name, 'APPROVED');
    expect(await status(shop, pull)).toContain('**Approved**');
    state.merge(pull, 'ann');
    const blind = state.workflowToken({ contents: 'write', pull_requests: 'write' });
    const run = await shop.apply({ GITHUB_TOKEN: blind });
    expect([run.exitCode, run.stdout]).toEqual([
      3,
      expect.stringContaining('who is in @acme/platform could not be read'),
    ]);
    expect(shop.deployed()).not.toContain('New');
  });
});

describe('code owners', () => {
  const owners = '* @ann\n/catalog/ @acme/catalog @tom\n/README.md\n';

  test('are those of the file as it was before, for every changed file', async () => {
    await using shop = await shopWith('{ codeOwners: true }', { '.github/CODEOWNERS': owners });
    const { state } = shop.server;
    const pull = shop.propose({ ...change, '.github/CODEOWNERS': '* @eve\n' });
    state.review(pull, 'eve', 'APPROVED');
    const waiting = await status(shop, pull);
    expect(waiting).toContain('Still missing: 0 of 1 approval by the owners of * (@ann; CODEOWNERS line 1)');
    expect(waiting).toContain(
      'the owners of /catalog/ (@acme/catalog, @tom; CODEOWNERS line 2; who @acme/catalog is could not be read)',
    );
    state.merge(pull, 'eve');
    expect((await shop.apply()).stdout).toContain('approval-missing');
    expect(shop.deployed()).not.toContain('New');
  });

  test.each(['merge', 'squash', 'rebase'] as const)('one of them is enough, after a %s', async (method) => {
    await using shop = await shopWith('{ codeOwners: true }', { '.github/CODEOWNERS': owners });
    const { state } = shop.server;
    state.teams.set('acme/catalog', ['eve']);
    const pull = shop.propose(change);
    shop.commit(state.pulls.get(pull)?.source ?? '', 'ann', { 'README.md': 'Nobody’s' });
    state.review(pull, 'eve', 'APPROVED');
    expect(await status(shop, pull)).toContain('**Approved**');
    state.merge(pull, 'ann', method);
    expect((await shop.apply()).exitCode).toBe(0);
    expect(shop.deployed()).toContain('New');
  });

  test('nobody can have approved where there is no CODEOWNERS, or one that nobody can read', async () => {
    await using shop = await shopWith('{ codeOwners: true }', { CODEOWNERS: '* @tom\n!docs @tom\n' });
    const pull = await shop.approved(change);
    const run = await shop.apply();
    expect([run.exitCode, run.stdout]).toEqual([3, expect.stringContaining('CODEOWNERS line 2 could not be read')]);
    expect(shop.comment(pull)).toContain('CODEOWNERS line 2');
  });
});
