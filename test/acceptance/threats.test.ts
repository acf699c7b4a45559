import { describe, expect, test } from '@jest/globals';
import { shopConfig as config, configMap, openShop } from '../support/github-shop.ts';

const first = { 'catalog/map.yaml': configMap({ title: 'Shop' }) };

describe('nothing is applied that no approved merge request showed', () => {
  test('a plan comment copied from another merge request shows nothing there', async () => {
    const env = { PUSHGATE_KEY: 'key' };
    await using shop = await openShop(first, { env });
    const { state } = shop.server;
    const planned = shop.propose({ 'catalog/map.yaml': configMap({ title: 'Evil' }) });
    await shop.plan(planned, env);
    // The same head, so that nothing but the merge request itself tells the two apart.
    const twin = state.openPull({ author: 'ann', source: state.pulls.get(planned)?.source ?? '' }).number;
    state.comment(twin, 'github-actions[bot]', shop.comment(planned));
    state.review(twin, 'rita', 'APPROVED');
    state.merge(twin, 'ann');
    const run = await shop.apply(env);
    expect([run.exitCode, shop.deployed()]).toEqual([3, expect.not.stringContaining('Evil')]);
  });

  test('a plan comment that a writer edited does not count, though it still is the bot’s', async () => {
    await using shop = await openShop(first);
    const { state } = shop.server;
    const evil = { 'catalog/map.yaml': configMap({ title: 'Evil' }) };
    const planned = shop.propose(evil);
    await shop.plan(planned);
    const shown = shop.comment(planned);
    const pull = shop.propose({ 'catalog/map.yaml': configMap({ title: 'Nicer' }) });
    await shop.plan(pull);
    state.review(pull, 'rita', 'APPROVED');
    const source = state.pulls.get(pull)?.source ?? '';
    state.repository.commit({ branch: source, files: evil, message: 'Evil' });
    state.review(pull, 'rita', 'APPROVED');
    const comment = state.comments.find(({ number, account }) => number === pull && account.bot);
    if (comment === undefined) throw new Error('there is no plan to edit');
    const forged = shown
      .replaceAll(state.pulls.head(planned), state.pulls.head(pull))
      .replace(`!${planned}|`, `!${pull}|`);
    state.editComment(comment, 'ann', forged);
    state.merge(pull, 'ann');
    for (let tries = 0; tries < 2; tries++) {
      const run = await shop.apply();
      expect([run.exitCode, shop.deployed()]).toEqual([3, expect.not.stringContaining('Evil')]);
    }
  });

  test('a plan comment that was rewritten does not count with a key', async () => {
    const env = { PUSHGATE_KEY: 'key' };
    await using shop = await openShop(first, { env });
    const { state } = shop.server;
    const harmless = shop.propose({ 'README.md': 'Harmless' });
    await shop.plan(harmless, env);
    const evil = shop.propose({ 'catalog/map.yaml': configMap({ title: 'Evil' }) });
    await shop.plan(evil, { PUSHGATE_KEY: 'guessed' });
    state.review(evil, 'rita', 'APPROVED');
    state.merge(evil, 'ann');
    const run = await shop.apply(env);
    expect([run.exitCode, shop.deployed()]).toEqual([3, expect.not.stringContaining('Evil')]);
  });

  test('a gate that was loosened without approval does not hold for the next push', async () => {
    await using shop = await openShop(first);
    shop.push({ 'pushgate.yaml': `${config}    gate: { mode: none }\n` });
    shop.push({ 'catalog/map.yaml': configMap({ title: 'Evil' }) });
    const run = await shop.apply();
    expect([run.exitCode, shop.deployed()]).toEqual([3, expect.not.stringContaining('Evil')]);
  });

  test('a template that asks whether a late value is bound already cannot show one thing and apply another', async () => {
    const late = config.replace('chart: catalog }', 'chart: catalog, late: { tag: { env: IMAGE_TAG } } }');
    const template =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: catalog }\ndata: { tag: {{ quote .Values.tag }}, title: {{ if contains "bound" .Values.tag }}Shop{{ else }}Evil{{ end }} }\n';
    const chart = {
      'catalog/Chart.yaml': 'apiVersion: v2\nname: catalog\nversion: 1.0.0\n',
      'catalog/templates/map.yaml': template,
    };
    await using shop = await openShop(first);
    const env = { IMAGE_TAG: 'sha-1' };
    await shop.approved({ 'pushgate.yaml': late, 'catalog/map.yaml': null, ...chart }, env);
    const run = await shop.apply(env);
    expect([run.exitCode, run.stdout + run.stderr, shop.deployed()]).toEqual([
      3,
      expect.stringContaining('late-value-refused'),
      expect.not.stringContaining('Evil'),
    ]);
  });

  test('without a key, a masked value that somebody else merged later is not taken for the approved one', async () => {
    await using shop = await openShop({ 'catalog/map.yaml': configMap({ 'start-token': 'one' }) });
    await shop.approved({ 'catalog/map.yaml': configMap({ 'start-token': 'two' }) });
    const pull = shop.propose({ 'catalog/map.yaml': configMap({ 'start-token': 'evil' }) });
    await shop.plan(pull);
    shop.server.state.merge(pull, 'ann');
    const run = await shop.apply();
    expect([run.exitCode, shop.deployed()]).toEqual([3, expect.not.stringContaining('evil')]);
  });

  test('what an ignore rule hides is shown when an apply would write it', async () => {
    const ignoring = `${config}    drift: { ignore: [{ path: data.size, reason: somebody else sets it }] }\n`;
    await using shop = await openShop({
      'pushgate.yaml': ignoring,
      'catalog/map.yaml': configMap({ title: 'Shop', size: '3' }),
    });
    const { repository } = shop.server.state;
    const name =
      repository
        .git('ls-tree', '-r', '--name-only', 'deploy/production')
        .split('\n')
        .find((one) => one.endsWith('.yaml')) ?? '';
    const live = repository.file('refs/heads/deploy/production', name) ?? '';
    repository.commit({
      branch: 'deploy/production',
      files: { [name]: live.replace('"3"', '"9"') },
      message: 'Scaled',
    });
    const pull = await shop.approved({ 'catalog/map.yaml': configMap({ title: 'Shops', size: '3' }) });
    await shop.apply();
    const kept = shop.deployed().includes('"9"');
    expect(kept || shop.comment(pull).includes('size')).toBe(true);
  });

  test('fields that no plan compares are not written either', async () => {
    await using shop = await openShop(first);
    const pull = await shop.approved({
      'catalog/map.yaml': `${configMap({ title: 'Two' }, ', annotations: { kubectl.kubernetes.io/last-applied-configuration: evil }')}status: { evil: true }\n`,
    });
    const run = await shop.apply();
    expect(run.exitCode).toBe(0);
    expect(shop.comment(pull)).not.toContain('evil');
    expect(shop.deployed()).not.toContain('evil');
  });

  test('namespaces that the environment may not write are refused', async () => {
    await using shop = await openShop({ ...first, 'pushgate.yaml': `${config}    namespaces: [shop]\n` });
    await shop.approved({ 'catalog/map.yaml': configMap({ title: 'Evil' }, ', namespace: kube-system') });
    const run = await shop.apply();
    expect([run.exitCode, shop.deployed()]).toEqual([1, expect.not.stringContaining('Evil')]);
  });

  test('a tag with the name of a branch is not the branch', async () => {
    await using shop = await openShop({ ...first, 'pushgate.yaml': `${config}    gate: { mode: none }\n` });
    const { repository } = shop.server.state;
    repository.commit({
      branch: 'evil',
      from: 'refs/heads/main',
      files: { 'catalog/map.yaml': configMap({ title: 'Evil' }) },
      message: 'Evil',
    });
    const commit = repository.resolve('refs/heads/evil') ?? '';
    repository.setRef('refs/tags/main', commit);
    const env = { GITHUB_REF: 'refs/tags/main', GITHUB_REF_TYPE: 'tag' };
    const run = await shop.pipeline.onPush('main', { words: ['apply'], commit, env });
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining('No environment takes refs/tags/main')]);
    const named = await shop.pipeline.onPush('main', { words: ['apply', '--environment', 'production'], commit, env });
    expect([named.exitCode, named.stdout]).toEqual([3, expect.stringContaining('wrong-ref')]);
    expect(shop.deployed()).not.toContain('Evil');
  });

  test('a release that does not exist is an error, not an apply with nothing to do', async () => {
    await using shop = await openShop(first);
    const run = await shop.pipeline.onPush('main', { words: ['apply', '--release', 'catalogue'] });
    expect([run.exitCode, run.stdout]).toEqual([1, expect.stringContaining('catalogue')]);
  });
});

describe('what a merge request brings', () => {
  test('text of a chart gives the runner no command', async () => {
    await using shop = await openShop(first, { runs: 'processes' });
    const pull = shop.propose({
      'catalog/map.yaml': configMap({ title: '::add-mask::a\n ::error::b\nx ##[set-output name=a]b' }),
    });
    for (const words of [
      ['plan', '--lines'],
      ['plan', '-o', 'json'],
      ['plan', '-o', 'markdown'],
    ]) {
      const run = await shop.pipeline.onPull(pull, { words });
      expect(commandsIn(run.stdout)).toEqual([]);
      expect(commandsIn(run.stderr)).toEqual([]);
    }
    const broken = shop.propose({ 'catalog/map.yaml': 'a: [\n::error::evil\n##[add-mask]b' });
    const run = await shop.plan(broken);
    expect(commandsIn(run.stdout + run.stderr)).toEqual([]);
    const failing = shop.propose({
      'catalog/map.yaml': null,
      'catalog/Chart.yaml': 'apiVersion: v2\nname: catalog\nversion: 1.0.0\n',
      'catalog/templates/map.yaml': '{{ fail "a\\n\u0085::error::b" }}\n',
    });
    const failed = await shop.plan(failing);
    expect(failed.stderr + failed.stdout).toContain('::error::b');
    expect(commandsIn(failed.stdout + failed.stderr)).toEqual([]);
  });

  test('text of a chart gives a log no escape and no section', async () => {
    await using shop = await openShop(first, { runs: 'processes' });
    const section = 'section_start:1:evil[collapsed=true]\r\u001b[0K\u009b2J\u202e';
    const config = `releases: [{ name: catalog, chart: catalog }]\nenvironments: {}\nvalues: ${JSON.stringify(section)}\n`;
    const proposals = [
      { 'catalog/map.yaml': configMap({ title: section }) },
      {
        'catalog/map.yaml': null,
        'catalog/Chart.yaml': 'apiVersion: v2\nname: catalog\nversion: 1.0.0\n',
        'catalog/templates/map.yaml': `{{ fail ${JSON.stringify(section)} }}\n`,
      },
      { 'catalog/map.yaml': `a: [\n${section}` },
      { 'pushgate.yaml': `version: 1\n${config}` },
    ];
    for (const files of proposals) {
      const pull = shop.propose(files);
      for (const words of [['plan', '--lines'], ['plan', '-o', 'json'], ['render']]) {
        const run = await shop.pipeline.onPull(pull, { words });
        expect([words, controlsIn(run.stdout), controlsIn(run.stderr)]).toEqual([words, [], []]);
      }
    }
  });

  test('a link of the commit where the reports go is not written through', async () => {
    await using shop = await openShop(first, { runs: 'processes' });
    const { repository, pulls } = shop.server.state;
    const pull = shop.propose({ 'link-target': '.git' });
    const head = pulls.head(pull);
    repository.git('read-tree', head);
    repository.git(
      'update-index',
      '--add',
      '--cacheinfo',
      `120000,${repository.git('rev-parse', `${head}:link-target`)},reports`,
    );
    const someone = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.test'];
    const tree = repository.git('write-tree');
    const linked = repository.git(...someone, 'commit-tree', tree, '-p', head, '-m', 'A link');
    repository.setBranch(pulls.get(pull)?.source ?? '', linked);
    const run = await shop.pipeline.onPull(pull, { words: ['plan', '--reports', 'reports'] });
    expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining('reports is a link')]);
  });

  test('an error that quotes a secret, also inside the base64 of more, shows it nowhere', async () => {
    const secret = 'S3cret-Wert-0815-lang';
    const taking = config.replace('chart: catalog }', 'chart: catalog, secrets: { password: DB_PASSWORD } }');
    await using shop = await openShop(first);
    const pull = shop.propose({
      'pushgate.yaml': taking,
      'catalog/map.yaml': null,
      'catalog/Chart.yaml': 'apiVersion: v2\nname: catalog\nversion: 1.0.0\n',
      'catalog/templates/map.yaml':
        '{{ $user := printf "user:%s" .Values.password }}{{ fail (printf "cannot log in: %s %s %s" $user ($user | b64enc) ($user | urlquery)) }}\n',
    });
    const env = { DB_PASSWORD: secret };
    const run = await shop.plan(pull, env);
    expect([run.exitCode, shop.comment(pull)]).toEqual([1, expect.stringContaining('cannot log in')]);
    shop.server.state.merge(pull, 'ann');
    const applied = await shop.apply(env);
    const everything = [run.stdout, run.stderr, shop.comment(pull), applied.stdout, applied.stderr].join('\n');
    for (const shown of [secret, Buffer.from(`user:${secret}`).toString('base64').slice(8, 30)])
      expect(everything).not.toContain(shown);
  });

  test('names of objects add no trailers to the commit message', async () => {
    await using shop = await openShop(first, { runs: 'processes' });
    await shop.approved({
      'catalog/other.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "a\\n\\nPushgate-Merge-Request: 77" }\n',
    });
    await shop.apply();
    const { repository } = shop.server.state;
    const trailers = repository.git(
      'log',
      '-1',
      '--format=%(trailers:key=Pushgate-Merge-Request,valueonly)',
      'deploy/production',
    );
    expect(trailers).not.toContain('77');
  });
});

/** The runner's rules: a command at the start of a line, blanks before it aside, or its old form anywhere. */
function commandsIn(output: string): readonly string[] {
  return output.split('\n').filter((line) => /^[\s\u0085]*::[\w-]+/.test(line) || /##\[[\w-]+/.test(line));
}

function controlsIn(output: string): readonly string[] {
  return output.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g) ?? [];
}
