/** From an approval to what is on the branch, by every way of GitLab; and the protected manual job after the merge. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { configMap, shopConfig } from '../support/github-shop.ts';
import type { GitLabShop } from '../support/gitlab-shop.ts';
import { openGitLabShop } from '../support/gitlab-shop.ts';

const title = (text: string): Record<string, string> => ({ 'catalog/map.yaml': configMap({ title: text }) });

function openShop(gate: string): Promise<GitLabShop> {
  return openGitLabShop({ 'pushgate.yaml': `${shopConfig}    gate: ${gate}\n`, ...title('Shop') });
}

/** Two commits, planned and then approved at their head. */
async function approved(shop: GitLabShop): Promise<number> {
  const iid = shop.propose(title('Half'));
  shop.commit(shop.server.state.requests.get(iid)?.source ?? '', title('Whole'));
  await shop.onRequest(iid, ['plan']);
  shop.server.state.approve(iid, 'rita');
  return iid;
}

describe('an approved change gets there', () => {
  test.each(['merge', 'squash', 'squash-only', 'fast-forward'] as const)(
    'by a %s of several commits',
    async (method) => {
      await using shop = await openShop('{ approvals: 1 }');
      const iid = await approved(shop);
      shop.server.state.merge(iid, 'ann', method);
      const run = await shop.onBranch(['apply']);
      expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining(`shown in !${iid}`)]);
      expect(shop.deployed()).toContain('Whole');
      shop.server.verify();
    },
  );

  test('not when GitLab rebased it after the approval: that is a new head, which is planned and approved anew', async () => {
    await using shop = await openShop('{ approvals: 1 }');
    const { state } = shop.server;
    const iid = await approved(shop);
    shop.commit('main', { 'README.md': 'Meanwhile' });
    state.merge(iid, 'ann', 'rebase');
    const run = await shop.onBranch(['apply']);
    expect([run.exitCode, run.stdout]).toEqual([3, expect.stringMatching(/approval-missing|head-moved/)]);
    expect(shop.deployed()).toBe('');
    const next = shop.propose({ 'README.md': 'Have it applied' });
    await shop.onRequest(next, ['plan']);
    state.approve(next, 'rita');
    state.merge(next, 'ann', 'fast-forward');
    expect((await shop.onBranch(['apply'])).exitCode).toBe(0);
    expect(shop.deployed()).toContain('Whole');
  });
});

describe('an objection on GitLab', () => {
  test('stops the apply while its author may write', async () => {
    await using shop = await openShop('{ approvals: 1 }');
    const { state } = shop.server;
    state.addMember('tom', 30);
    const iid = await approved(shop);
    state.objections.set(iid, ['tom']);
    state.merge(iid, 'ann');
    const refused = await shop.onBranch(['apply']);
    expect([refused.exitCode, refused.stdout]).toEqual([3, expect.stringContaining('tom')]);
    state.setAccess('tom', 20);
    expect((await shop.onBranch(['apply'])).exitCode).toBe(0);
  });
});

describe('the protected manual job', () => {
  /** What the plan job of the branch hands on to the jobs after it. */
  async function planned(shop: GitLabShop): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'pushgate-manual-'));
    try {
      const run = await shop.onBranch(['plan', '--reports', folder]);
      expect([run.exitCode, run.stderr]).toEqual([0, expect.any(String)]);
      const variables = readFileSync(join(folder, 'pushgate.env'), 'utf8');
      return /^PUSHGATE_PLAN_DIGEST=(.+)$/m.exec(variables)?.[1] ?? '';
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test('applies the plan of the job before it, and no other', async () => {
    await using shop = await openShop('{ mode: environment }');
    shop.commit('main', title('First'));
    const digest = await planned(shop);
    expect(digest).not.toBe('');
    const commit = shop.server.state.repository.resolve('refs/heads/main') ?? '';
    for (const words of [['apply'], ['apply', '--expect-digest', 'AAAAAAAAAAAAAAAAAAAAAA']]) {
      const refused = await shop.onBranch(words);
      expect([refused.exitCode, refused.stdout]).toEqual([3, expect.stringContaining('digest-mismatch')]);
    }
    const job = { PUSHGATE_EXPECT_DIGEST: digest };
    shop.commit('main', title('Second'));
    const later = await shop.onBranch(['apply'], { env: job });
    expect([later.exitCode, later.stdout]).toEqual([3, expect.stringContaining('digest-mismatch')]);
    expect(shop.deployed()).toBe('');
    const done = await shop.onBranch(['apply'], { commit, env: job });
    expect([done.exitCode, shop.deployed()]).toEqual([0, expect.stringContaining('First')]);
  });

  test('of a branch that is not protected applies nothing, whatever digest it has', async () => {
    await using shop = await openShop('{ mode: environment }');
    const digest = await planned(shop);
    shop.server.state.protectedBranches.length = 0;
    const run = await shop.onBranch(['apply', '--expect-digest', digest]);
    expect([run.exitCode, run.stdout + run.stderr]).toEqual([3, expect.stringContaining('wrong-ref')]);
    expect(shop.deployed()).toBe('');
  });
});

test('doctor says who is asked before a protected environment is deployed to, as far as its token may know', async () => {
  await using shop = await openShop('{ mode: environment }');
  const { state } = shop.server;
  const finding = async (): Promise<unknown> => {
    const { stdout } = await shop.onBranch(['doctor', '--output', 'json']);
    const { findings } = JSON.parse(stdout) as { findings: { check: string; level: string; text: string }[] };
    const found = findings.find(({ check }) => check === 'production: forge');
    return [found?.level, found?.text];
  };
  expect(await finding()).toEqual(['note', expect.stringContaining('forbidden')]);
  state.setAccess('project_42_bot_3f', 40);
  expect(await finding()).toEqual(['warning', expect.stringContaining('no environment of that name is protected')]);
  state.protectedEnvironments.set('production', { deployers: [30], approvals: [0] });
  expect(await finding()).toEqual(['warning', expect.stringContaining('every developer may deploy')]);
  state.protectedEnvironments.set('production', { deployers: [30], approvals: [2, 1] });
  expect(await finding()).toEqual(['ok', '2 may be asked']);
  state.protectedEnvironments.set('production', { deployers: [40], approvals: [] });
  expect(await finding()).toEqual(['ok', '1 may be asked']);
});
