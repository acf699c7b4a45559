/** What a person gets to see for each mistake: where, what and what to do; a reason code, an exit code, nothing written. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { GitFixture } from '../support/git-fixture.ts';
import { githubPipeline } from '../support/github-pipeline.ts';
import { startGitHubServer } from '../support/github-server.ts';

const config = `version: 1
defaults: { namespace: shop }
releases:
  - { name: catalog, chart: catalog }
environments:
  production:
    manifests: { repository: ., branch: deploy/production }
    refs: [main]
    gate: { mode: none }
`;

const object = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { v: "1" }\n';

let fixture: GitFixture;
let shop: string;
let origin: string;

beforeEach(() => {
  fixture = new GitFixture();
  origin = fixture.bare('origin.git');
  shop = fixture.clone(origin, 'shop');
  commit({ 'pushgate.yaml': config, 'catalog/a.yaml': object }, 'The shop');
});

afterEach(() => fixture[Symbol.dispose]());

function commit(files: Parameters<GitFixture['commit']>[1], message = 'A mistake'): void {
  fixture.commit(shop, files, message);
  fixture.git(shop, 'push', '--quiet', 'origin', 'HEAD:main');
}

interface Ended {
  readonly exit: number;
  readonly said: string;
}

function pushgate(words: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', resolve('src/cli.ts'), ...words],
    { cwd: shop, env: { ...fixture.variables, ...env } as NodeJS.ProcessEnv, encoding: 'utf8' },
  );
  return { exit: status ?? -1, said: `${stdout}${stderr}` };
}

function expectNothingWritten(): void {
  expect(fixture.git(origin, 'branch', '--list', 'deploy/production')).toBe('');
}

interface Mistake {
  readonly what: string;
  readonly files?: Parameters<GitFixture['commit']>[1];
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly exit: number;
  /** Everything that must be said. */
  readonly said: readonly string[];
}

const helm = (template: string): Parameters<GitFixture['commit']>[1] => ({
  'catalog/a.yaml': undefined,
  'catalog/Chart.yaml': 'apiVersion: v2\nname: catalog\nversion: 1.0.0\n',
  'catalog/values.yaml': 'container:\n  port: 8000\n',
  'catalog/templates/a.yaml': template,
});

const mistakes: readonly Mistake[] = [
  {
    what: 'an unknown key in pushgate.yaml',
    files: { 'pushgate.yaml': config.replace('releases:', 'relaeses:') },
    words: ['plan'],
    exit: 1,
    said: ['✖ config-invalid: pushgate.yaml:3', 'relaeses', 'releases'],
  },
  {
    what: 'a chart that does not exist',
    files: { 'pushgate.yaml': config.replace('chart: catalog', 'chart: charts/catalogue') },
    words: ['apply'],
    exit: 1,
    said: [
      '✖ nothing in production was applied',
      'source-missing',
      'charts/catalogue',
      'from the top of the repository',
    ],
  },
  {
    what: 'a template that does not parse',
    files: helm('a: {{ .Values.container.port | nofunc }}\n'),
    words: ['apply'],
    exit: 1,
    said: ['render-failed: catalog/templates/a.yaml:1', 'nofunc', 'a: {{ .Values.container.port | nofunc }}'],
  },
  {
    what: 'a value that is not there',
    files: helm('apiVersion: v1\nport: {{ .Values.contaner.prot }}\n'),
    words: ['apply'],
    exit: 1,
    said: ['render-failed: catalog/templates/a.yaml:2', 'port: {{ .Values.contaner.prot }}', 'container'],
  },
  {
    what: 'a values file that is not YAML',
    files: {
      ...helm('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n'),
      'values/a.yaml': 'tag: [1\nname: a\n',
      'pushgate.yaml': config.replace('chart: catalog }', 'chart: catalog, values: [values/a.yaml] }'),
    },
    words: ['apply'],
    exit: 1,
    said: ['render-failed: values/a.yaml:2', '2 | name: a', "did not find expected ',' or ']'"],
  },
  {
    what: 'a values file that is a list',
    files: {
      ...helm('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n'),
      'values/a.yaml': '- tag\n',
      'pushgate.yaml': config.replace('chart: catalog }', 'chart: catalog, values: [values/a.yaml] }'),
    },
    words: ['apply'],
    exit: 1,
    said: ['render-failed: values/a.yaml', 'A values file is a mapping of names to values.'],
  },
  {
    what: 'a values file in the wrong folder',
    files: {
      ...helm('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n'),
      'values/deep/catalog.yaml': 'a: 1\n',
      'pushgate.yaml': config.replace('chart: catalog }', 'chart: catalog, values: [values/catalog.yaml] }'),
    },
    words: ['apply'],
    exit: 1,
    said: ['source-missing', 'Did you mean values/deep/catalog.yaml?'],
  },
  {
    what: 'YAML that is no object',
    files: { 'catalog/a.yaml': '- just\n- a list\n' },
    words: ['apply'],
    exit: 1,
    said: ['invalid-object: catalog/a.yaml:1'],
  },
  {
    what: 'the same object twice',
    files: { 'catalog/b.yaml': object },
    words: ['apply'],
    exit: 1,
    said: ['invalid-object', 'ConfigMap', 'catalog/a.yaml', 'catalog/b.yaml'],
  },
  {
    what: 'a late value without its variable',
    files: {
      ...helm('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { tag: "{{ .Values.tag }}" }\n'),
      'pushgate.yaml': config.replace(
        'chart: catalog }',
        'chart: catalog, late: { tag: { env: IMAGE_TAG, matches: "^sha-[0-9a-f]+$" } } }',
      ),
    },
    words: ['apply'],
    exit: 3,
    said: ['late-value-refused', 'IMAGE_TAG'],
  },
  {
    what: 'a late value that does not match',
    files: {
      ...helm('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { tag: "{{ .Values.tag }}" }\n'),
      'pushgate.yaml': config.replace(
        'chart: catalog }',
        'chart: catalog, late: { tag: { env: IMAGE_TAG, matches: "^sha-[0-9a-f]+$" } } }',
      ),
    },
    words: ['apply'],
    env: { IMAGE_TAG: 'latest' },
    exit: 3,
    said: ['late-value-refused', 'IMAGE_TAG'],
  },
  {
    what: 'a branch that the environment does not take',
    files: { 'pushgate.yaml': config.replace('[main]', '["release/*"]') },
    words: ['apply'],
    exit: 3,
    said: ['was not applied: wrong-ref', 'release/*', 'Nothing of catalog was written'],
  },
  {
    what: 'a comment without a merge request',
    words: ['plan', '--comment', 'always'],
    exit: 1,
    said: ['✖ not-a-merge-request', 'merge_request_event'],
  },
  {
    what: 'an environment that is not there',
    words: ['plan', '--environment', 'prodution'],
    exit: 1,
    said: ['✖ usage', 'Did you mean "production"?'],
  },
  {
    what: 'a release that is not there',
    words: ['apply', '--release', 'catalogue'],
    exit: 1,
    said: ['✖ usage', 'no release "catalogue"', 'Did you mean "catalog"?'],
  },
  {
    what: 'a release as an argument of apply, which would otherwise apply all of them',
    words: ['apply', 'catalog'],
    exit: 1,
    said: ['✖ usage: apply takes no argument, but "catalog" is there', '--release catalog'],
  },
  {
    what: 'a form of output that the command does not have',
    words: ['status', '--output', 'markdown'],
    exit: 1,
    said: ['✖ usage: --output markdown: it takes text, json'],
  },
  {
    what: 'a time to wait that is none, where nothing waits',
    words: ['apply', '--timeout', 'abc'],
    exit: 1,
    said: ['✖ usage: --timeout abc: it is no length of time', '1h30m'],
  },
  {
    what: 'the same in a variable',
    words: ['apply'],
    env: { PUSHGATE_LOCK_TIMEOUT: 'abc' },
    exit: 1,
    said: ['✖ usage: PUSHGATE_LOCK_TIMEOUT=abc: it is no length of time'],
  },
  {
    what: 'a switch in a variable that is neither true nor false',
    words: ['plan'],
    env: { PUSHGATE_DETAILED_EXITCODE: 'yes' },
    exit: 1,
    said: ['✖ usage: PUSHGATE_DETAILED_EXITCODE=yes: it takes true, false'],
  },
  {
    what: 'what people type who come from Helm',
    words: ['upgrade', '--install', 'catalog', 'catalog'],
    exit: 1,
    said: ['✖ usage: there is no command "upgrade"', 'pushgate apply does it'],
  },
  {
    what: 'a configuration without environments',
    files: { 'pushgate.yaml': 'version: 1\n' },
    words: ['status'],
    exit: 0,
    said: ['pushgate.yaml has no environments yet'],
  },
  {
    what: 'help for a command that is not there',
    words: ['help', 'aply'],
    exit: 1,
    said: ['✖ usage: there is no command "aply"', 'Did you mean "apply"?'],
  },
  {
    what: 'a secret in plain text on its way into Git',
    files: {
      'catalog/s.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData: { p: canary-4711 }\n',
    },
    words: ['apply'],
    exit: 3,
    said: ['was not applied: plaintext-secret', 'Secret shop/s', 'SealedSecret'],
  },
];

describe('a mistake is named with its place and a way out, and nothing is written', () => {
  test.each(mistakes)('$what', ({ files, words, env, exit, said }) => {
    if (files !== undefined) {
      commit(files);
      commit({ 'README.md': 'So that the rules are those before this commit' }, 'More');
    }
    const ended = pushgate(words, env);
    for (const text of said) expect(ended.said).toContain(text);
    expect(ended.exit).toBe(exit);
    expect(ended.said).not.toMatch(/\n {4}at |canary-4711/);
    expectNothingWritten();
  });

  test('one release that does not render is named, what needs it waits, and the others are applied', () => {
    const releases =
      '  - { name: catalog, chart: catalog }\n  - { name: broken, chart: broken }\n  - { name: late, chart: late, needs: [broken] }';
    commit({
      'pushgate.yaml': config.replace('  - { name: catalog, chart: catalog }', releases),
      'broken/a.yaml': '- no object\n',
      'late/b.yaml': object.replace('name: a', 'name: b'),
    });
    commit({ 'README.md': 'So that the rules are those before this commit' }, 'More');
    const planned = pushgate(['plan']);
    expect([planned.exit, planned.said]).toEqual([1, expect.stringContaining('broken is left out of this plan')]);
    expect(planned.said).toContain('2 created in 2 of 3 releases. 1 left out.');
    expect(planned.said.split('must be a mapping')).toHaveLength(2);
    const ended = pushgate(['apply']);
    expect(ended.exit).toBe(4);
    for (const text of [
      '✔ catalog: 1 created',
      '✖ broken in production was not applied',
      'late needs broken, which was not applied',
    ])
      expect(ended.said).toContain(text);
    expect(fixture.git(origin, 'ls-tree', '-r', '--name-only', 'deploy/production')).not.toMatch(/broken\/|late\//);
  });

  test('where nothing renders all that is wrong is shown, and what releases share once', () => {
    const releases = ['one', 'two', 'three'].map(
      (name) => `  - { name: ${name}, chart: ${name === 'three' ? 'other' : 'shared'} }`,
    );
    commit({
      'pushgate.yaml': config.replace('  - { name: catalog, chart: catalog }', releases.join('\n')),
      'shared/a.yaml': '- no object\n',
      'other/b.yaml': 'kind: [\n',
    });
    commit({ 'README.md': 'So that the rules are those before this commit' }, 'More');
    for (const words of [['plan'], ['apply']]) {
      const ended = pushgate(words);
      expect(ended.exit).toBe(1);
      expect(ended.said.split('shared/a.yaml:1')).toHaveLength(2);
      expect(ended.said.split('other/b.yaml:')).toHaveLength(2);
    }
    expectNothingWritten();
  });

  test('a variable that looks like an option is told of', () => {
    const ended = pushgate(['plan'], { PUSHGATE_RELEASES: 'catalog' });
    expect([ended.exit, ended.said]).toEqual([0, expect.stringContaining('Did you mean PUSHGATE_RELEASE?')]);
  });

  test('a remote that cannot be reached', () => {
    fixture.git(shop, 'remote', 'set-url', 'origin', 'http://127.0.0.1:9/shop.git');
    const ended = pushgate(['plan']);
    expect(ended.said).toContain('✖ unreachable');
    expect(ended.exit).toBe(1);
    expect(ended.said).not.toMatch(/\n {4}at /);
  });

  test('a token that may not comment: the plan stands, and the missing permission is named', async () => {
    await using server = await startGitHubServer();
    const { state } = server;
    state.addUser('ann', 'write');
    using pipeline = githubPipeline(server, state.workflowToken({ contents: 'read', pull_requests: 'read' }));
    state.repository.commit({
      branch: 'main',
      files: { 'pushgate.yaml': config, 'catalog/a.yaml': object },
      message: 'The shop',
    });
    state.repository.commit({
      branch: 'change',
      from: 'refs/heads/main',
      files: { 'catalog/a.yaml': object.replace('1', '2') },
      message: 'Change',
    });
    const { number } = state.openPull({ author: 'ann', source: 'change' });
    const calm = await pipeline.onPull(number, { words: ['plan'] });
    expect(calm.stderr).toMatch(/forbidden[\s\S]*pull[-_ ]requests/i);
    expect([calm.exitCode, calm.stdout]).toEqual([0, expect.stringContaining('ConfigMap shop/a')]);
    const strict = await pipeline.onPull(number, { words: ['plan', '--comment', 'always'] });
    expect(strict.exitCode).toBe(1);
  });
});
