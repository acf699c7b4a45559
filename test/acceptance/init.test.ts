/** A repository without Pushgate, `pushgate init`, and the pipelines it wrote, run by act and gitlab-ci-local. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { githubWorkflow, gitlabInclude } from '../../src/report/first-pipeline.ts';
import { version } from '../../src/version.ts';
import { describeWithOracles, describeWithProgram } from '../bed/suites.ts';
import { actPipeline } from '../support/act-pipeline.ts';
import { filesOfExample } from '../support/example-shop.ts';
import { startGitHubServer } from '../support/github-server.ts';
import { gitlabPipeline, includeOf } from '../support/gitlab-ci-pipeline.ts';
import { startGitLabServer } from '../support/gitlab-server.ts';

const patience = 240_000;
const chart: Readonly<Record<string, string>> = {
  'charts/catalog/Chart.yaml': 'apiVersion: v2\nname: catalog\nversion: 1.0.0\n',
  'charts/catalog/templates/a.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }} }\ndata: { v: "1" }\n',
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pushgate-init-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function repository(files: Readonly<Record<string, string>>, origin: string): string {
  const place = join(folder, 'shop');
  for (const [path, text] of Object.entries(files)) put(place, path, text);
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', place]);
  execFileSync('git', ['-C', place, 'remote', 'add', 'origin', origin]);
  return place;
}

function put(place: string, path: string, text: string): void {
  mkdirSync(dirname(join(place, path)), { recursive: true });
  writeFileSync(join(place, path), text);
}

function init(place: string, ...words: readonly string[]): { readonly exitCode: number | null; readonly said: string } {
  const args = ['--disable-warning=ExperimentalWarning', resolve('src/cli.ts'), 'init', ...words];
  // Git asks nobody outside of the machine.
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    https_proxy: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: place, env, encoding: 'utf8' });
  return { exitCode: status, said: `${stdout}${stderr}` };
}

/** Every file of the folder, without Git's own. */
function written(place: string): Record<string, string> {
  const entries = readdirSync(place, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    paths
      .map((path) => [path.slice(place.length + 1), readFileSync(path, 'utf8')] as const)
      .filter(([path]) => !path.startsWith('.git/')),
  );
}

describe('pushgate init', () => {
  test('knows the forge by the remote, and writes two files that say what they are', () => {
    const place = repository(chart, 'git@github.com:mygoodies/shop.git');
    const run = init(place);
    expect([run.exitCode, run.said]).toEqual([0, expect.stringContaining('wrote    .github/workflows/pushgate.yml')]);
    const files = written(place);
    expect(files['pushgate.yaml']).toContain('chart: "charts/catalog"');
    const workflow = files['.github/workflows/pushgate.yml'] ?? '';
    expect(workflow).toMatch(/^permissions: \{\}$/m);
    for (const [, used] of workflow.matchAll(/uses: (actions\/\S+)/g)) expect(used).toMatch(/@[0-9a-f]{40}$/);
    expect(run.said).toContain('could not be asked for');
  });

  test('touches nothing that is there, and says so', () => {
    const mine = '# mine\n';
    const place = repository(
      { ...chart, 'pushgate.yaml': mine, '.gitignore': '.gitlab-ci.yml\n', '.gitlab-ci.yml': mine },
      'https://gitlab.example/a/b.git',
    );
    const run = init(place);
    expect([run.exitCode, run.said]).toEqual([0, expect.stringContaining('kept     pushgate.yaml')]);
    expect(run.said).toContain('kept     .gitlab-ci.yml');
    expect([written(place)['pushgate.yaml'], written(place)['.gitlab-ci.yml']]).toEqual([mine, mine]);
  });

  test('a second time changes nothing', () => {
    const place = repository(chart, 'https://gitlab.com/a/b.git');
    init(place);
    const before = written(place);
    expect(init(place).said).toContain('same     .gitlab-ci.yml');
    expect(written(place)).toEqual(before);
  });

  test('puts an include beside a GitLab pipeline that is there', () => {
    const ci = 'stages: [build, deploy]\nbuild: { script: [make] }\n';
    const place = repository({ ...chart, '.gitlab-ci.yml': ci }, 'https://gitlab.com/a/b.git');
    expect(init(place).said).toContain('include: [{ local: .gitlab/pushgate.yml }]');
    expect([written(place)['.gitlab-ci.yml'], existsSync(join(place, '.gitlab/pushgate.yml'))]).toEqual([ci, true]);
  });

  test('asks where it cannot tell the forge', () => {
    const run = init(repository(chart, 'https://git.example/a/b.git'));
    expect([run.exitCode, run.said]).toEqual([1, expect.stringContaining('--forge github')]);
    expect(existsSync(join(folder, 'shop/pushgate.yaml'))).toBe(false);
    expect(init(join(folder, 'shop'), '--forge', 'github').exitCode).toBe(0);
  });

  test('writes what the example has', () => {
    const input = { branch: 'main', ref: `v${version}`, version, target: 'manifests' } as const;
    const example = filesOfExample('mygoodies');
    const once = githubWorkflow(input).replaceAll(' # better: the full commit id of that version', '');
    expect(
      example['.github/workflows/pushgate.yml']?.replace(' # better: the full commit id of that version', ''),
    ).toBe(once);
    expect(example['.gitlab-ci.yml']).toBe(gitlabInclude(input, 'whole'));
  });
});

describeWithOracles('the workflow that init wrote', ['act'], (oracle) => {
  test(
    'plans a pull request, and applies what was approved',
    async () => {
      const place = repository(chart, 'https://github.com/mygoodies/shop.git');
      expect(init(place).exitCode).toBe(0);
      await using server = await startGitHubServer();
      const { state } = server;
      for (const login of ['ann', 'rita']) state.addUser(login, 'write');
      state.repository.commit({ branch: 'main', files: written(place), message: 'Pushgate' });
      using pipeline = await actPipeline(server, oracle('act'));
      const files = {
        'charts/catalog/templates/a.yaml': (chart['charts/catalog/templates/a.yaml'] ?? '').replace('"1"', '"2"'),
      };
      state.repository.commit({ branch: 'two', from: 'refs/heads/main', files, message: 'Two' });
      const { number } = state.openPull({ author: 'ann', source: 'two' });
      const plan = await pipeline.onPull(number, 'plan');
      expect([plan.exitCode, plan.log]).toEqual([0, expect.stringContaining('comment created')]);
      state.review(number, 'rita', 'APPROVED');
      state.merge(number, 'ann');
      const apply = await pipeline.onPush('apply');
      expect([apply.exitCode, apply.log]).toEqual([0, expect.any(String)]);
      expect(state.repository.resolve('refs/heads/deploy/production')).toBeDefined();
      server.verify();
    },
    patience,
  );
});

describeWithProgram('the include that init wrote', 'rsync', () => {
  test(
    'plans a merge request',
    async () => {
      const place = repository(chart, 'https://gitlab.com/mygoodies/shop.git');
      expect(init(place).exitCode).toBe(0);
      const server = await startGitLabServer();
      const { state } = server;
      state.addMember('ann', 30);
      state.addMember('project_42_bot_3f', 30);
      await using pipeline = await gitlabPipeline(server);
      const files = written(place);
      const ci = includeOf(pipeline, files['.gitlab-ci.yml'] ?? '');
      state.repository.commit({ branch: 'main', files: { ...files, '.gitlab-ci.yml': ci }, message: 'Pushgate' });
      const changed = {
        'charts/catalog/templates/a.yaml': (chart['charts/catalog/templates/a.yaml'] ?? '').replace('"1"', '"2"'),
      };
      state.repository.commit({ branch: 'two', from: 'refs/heads/main', files: changed, message: 'Two' });
      const { number } = state.openRequest({ author: 'ann', source: 'two' });
      const variables = { PUSHGATE_TOKEN: state.accessToken('project_42_bot_3f') };
      const run = await pipeline.onRequest(number, 'pushgate-plan', { by: 'ann', variables });
      expect([run.exitCode, run.log]).toEqual([0, expect.stringContaining('comment created')]);
      server.verify();
      state.repository[Symbol.dispose]();
      await server.close();
    },
    patience,
  );
});
