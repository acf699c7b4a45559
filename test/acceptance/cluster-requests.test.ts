/** A release of a cluster that waits for a merge request, is held, or passes the gate: on a small GitHub. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import type { PipelineRun } from '../support/github-pipeline.ts';
import { configMap, openShop, type Shop } from '../support/github-shop.ts';

describeOnBed('a release of a cluster', (bed) => {
  let namespace = '';
  beforeAll(() => {
    namespace = makeNamespace(bed());
  });
  afterAll(() => dropNamespace(bed(), namespace));

  /** Each shop has a release of its own name, because the namespace is the same. */
  interface ClusterShop extends AsyncDisposable {
    readonly shop: Shop;
    readonly release: string;
    readonly env: Record<string, string>;
    readonly map: (title: string) => Record<string, string>;
    readonly config: (gate: string) => Record<string, string>;
    readonly run: (words: string, env?: Record<string, string>) => Promise<PipelineRun>;
    readonly say: (pull: number, body: string) => Promise<PipelineRun>;
    readonly title: () => string;
  }

  async function clusterShop(release: string, gate = '{ mode: merge }'): Promise<ClusterShop> {
    const env = { KUBECONFIG: bed().kubeconfigs.applier };
    const map = (title: string) => ({ 'catalog/map.yaml': configMap({ title }).replace('catalog', release) });
    const config = (rules: string) => ({
      'pushgate.yaml': `version: 1
defaults: { namespace: ${namespace} }
releases:
  - { name: ${release}, chart: catalog }
environments:
  production:
    cluster: { context: bed }
    refs: [main]
    gate: ${rules}
`,
    });
    const shop = await openShop({ ...config(gate), ...map('Good') }, { env });
    return {
      ...{ shop, release, env, map, config },
      run: (words, more = {}) => shop.pipeline.onPush('main', { words: words.split(' '), env: { ...env, ...more } }),
      say: (pull, body) =>
        shop.pipeline.onComment(shop.server.state.comment(pull, 'ann', body), { words: ['comment'], env }),
      title: () => kubectl(bed(), ['get', 'configmap', release, '-n', namespace, '-o', 'jsonpath={.data.title}']),
      [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose](),
    };
  }

  /** What it has after a state that turned out to be bad, which a merge request brought. */
  async function brokenShop(release: string): Promise<ClusterShop & { readonly culprit: number }> {
    const made = await clusterShop(release);
    const culprit = await made.shop.approved({ ...made.map('Bad'), 'README.md': 'Other words' }, made.env);
    const { exitCode, stdout } = await made.shop.apply(made.env);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('1 updated')]);
    expect(made.title()).toBe('Bad');
    return { ...made, culprit };
  }

  test('is rolled back with a merge request that reverts it, held until that is merged, and then as Git says', async () => {
    await using broken = await brokenShop('reverted');
    const { shop, release, env, culprit, map, run, title } = broken;
    const { state } = shop.server;
    const done = await run(`rollback ${release} --reason slow --yes`, { GITHUB_ACTOR: 'ann' });
    expect([done.exitCode, done.stderr]).toEqual([0, expect.not.stringContaining('No merge request')]);
    expect(title()).toBe('Good');
    const request = state.pulls.all().at(-1);
    if (request === undefined) throw new Error('there is no pull request');
    const { number, source, description } = request;
    expect(request.title).toBe(`Roll back ${release} in production to revision 1`);
    expect(description).toContain(`what came by #${culprit}`);
    expect(done.stdout).toContain(`on hold until !${number} is merged or closed`);
    expect(state.repository.git('diff', '--name-only', 'main', source)).toBe('catalog/map.yaml');
    expect(state.repository.git('diff', 'main', source)).toMatch(/-.*Bad[\s\S]*\+.*Good/);

    await shop.plan(number, env);
    expect(shop.comment(number)).toContain('on hold');
    const held = await shop.apply(env);
    expect([held.exitCode, held.stdout]).toEqual([3, expect.stringContaining(`merging or closing !${number} ends`)]);
    expect((await run('status')).stdout).toContain('on hold');
    expect(title()).toBe('Good');

    state.review(number, 'rita', 'APPROVED');
    state.merge(number, 'ann');
    const after = await shop.apply(env);
    expect([after.exitCode, after.stderr]).toEqual([0, expect.stringContaining(`no longer on hold: ${release}`)]);
    expect([title(), (await run('status')).stdout]).toEqual(['Good', expect.not.stringContaining('on hold')]);
    const history = await run(`history ${release}`);
    expect(history.stdout).toMatch(/3[\s\S]*2[\s\S]*1/);

    await shop.approved(map('Better'), env);
    expect((await shop.apply(env)).exitCode).toBe(0);
    expect(title()).toBe('Better');
  });

  test('has what Git asks for again when the merge request of the rollback is closed', async () => {
    await using broken = await brokenShop('closed');
    const { shop, release, env, run, title } = broken;
    await run(`rollback ${release} --yes`);
    expect(title()).toBe('Good');
    shop.server.state.pulls.close(shop.server.state.pulls.all().at(-1)?.number ?? 0);
    const after = await shop.apply(env);
    expect([after.exitCode, after.stdout]).toEqual([0, expect.stringContaining('1 updated')]);
    expect(title()).toBe('Bad');
  });

  test('is applied by a comment before the merge, held until it, and then released', async () => {
    await using made = await clusterShop('commented', '{ mode: comment }');
    const { shop, env, map, say, title } = made;
    const { state } = shop.server;
    const pull = shop.propose(map('New'));
    await say(pull, '/pushgate plan');
    const early = await say(pull, '/pushgate apply');
    expect([early.exitCode, early.stdout]).toEqual([3, expect.stringContaining('approval-missing')]);
    expect(title()).toBe('Good');
    state.review(pull, 'rita', 'APPROVED');
    const digest = /plan <code>([0-9a-f]{4}-[0-9a-f]{4})<\/code>/.exec(shop.comment(pull))?.[1];
    const done = await say(pull, `/pushgate apply ${digest}`);
    expect([done.exitCode, done.stdout]).toEqual([0, expect.stringContaining('1 updated')]);
    expect(title()).toBe('New');
    expect(shop.comment(pull)).toContain('✔ **Applied**');

    const held = await shop.apply(env);
    expect([held.exitCode, held.stdout]).toEqual([
      3,
      expect.stringContaining(`applied from !${pull} before its merge`),
    ]);
    expect(title()).toBe('New');
    state.merge(pull, 'ann', 'squash');
    const after = await shop.apply(env);
    expect([after.exitCode, after.stdout]).toEqual([0, expect.stringContaining('agrees with Git')]);
    expect(title()).toBe('New');
  });

  test('passes the gate where the rules name who asks, and its records say so', async () => {
    const frozen = '{ breakGlass: [rita], freezes: [{ schedule: "* * * * *", duration: 1h, reason: a launch }] }';
    await using made = await clusterShop('frozen');
    const { shop, release, env, map, config, run, title } = made;
    await shop.approved(config(frozen), env);
    await shop.apply(env);
    const pull = await shop.approved(map('Urgent'), env);
    expect((await shop.apply(env)).stdout).toContain('was not applied: frozen');
    expect(title()).toBe('Good');
    const glass = { ...env, PUSHGATE_BREAK_GLASS: 'orders fail', GITHUB_ACTOR: 'rita' };
    const other = await shop.apply({ ...glass, GITHUB_TRIGGERING_ACTOR: 'ann' });
    expect([other.exitCode, other.stdout]).toEqual([3, expect.stringContaining('ann may not break the glass')]);
    expect(title()).toBe('Good');
    const token = shop.server.state.workflowToken({ contents: 'write', pull_requests: 'write', issues: 'write' });
    const done = await shop.apply({ ...glass, GITHUB_TRIGGERING_ACTOR: 'rita', GITHUB_TOKEN: token });
    expect([done.exitCode, done.stdout]).toEqual([
      0,
      expect.stringContaining('past the gate, by rita instead of frozen'),
    ]);
    expect(title()).toBe('Urgent');
    expect(shop.comment(pull)).toContain('past the gate, by rita instead of frozen: orders fail');
    expect(shop.server.state.issues).toMatchObject([{ title: `Applied to production past the gate: ${release}` }]);
    expect((await run(`history ${release}`)).stdout).toContain('past the gate, by rita instead of frozen: orders fail');
  });

  test('is held and let go by hand, and by a comment', async () => {
    await using made = await clusterShop('held');
    const { shop, release, env, map, run, say, title } = made;
    expect((await run(`hold ${release} --reason the-sale`, { GITHUB_ACTOR: 'rita' })).exitCode).toBe(0);
    const pull = await shop.approved(map('New'), env);
    expect(shop.comment(pull)).toContain('the-sale');
    const held = await shop.apply(env);
    expect([held.exitCode, held.stdout]).toEqual([3, expect.stringContaining(`${release} is on hold: the-sale`)]);
    expect((await run('status')).stdout).toMatch(/on hold .*rita.*the-sale|on hold.*the-sale.*rita/);
    expect([title(), (await run(`unhold ${release}`)).exitCode]).toEqual(['Good', 0]);
    expect([(await shop.apply(env)).exitCode, title()]).toEqual([0, 'New']);
    const said = await say(pull, `/pushgate hold ${release} more of the sale`);
    expect([said.exitCode, said.stdout]).toEqual([0, expect.stringContaining(`${release} in production is on hold`)]);
    expect((await run('status')).stdout).toContain('more of the sale');
  });
});
