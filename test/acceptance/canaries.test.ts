/**
 * A secret in every place where one can be, and a search through everything that a run leaves behind: no form of any
 * of them is found. The cluster is real, so are the secrets in it.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { logins } from '../bed/logins.ts';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { type GitHubPipeline, githubPipeline, type PipelineRun } from '../support/github-pipeline.ts';
import { type GitHubServer, startGitHubServer } from '../support/github-server.ts';

/** One for each place, with signs that every encoding writes in its own way. */
const canary = (place: string): string => `${place}<&"'/+ü ${randomBytes(9).toString('base64')}?>`;

const canaries = {
  variable: canary('variable'),
  other: canary('other'),
  values: canary('values'),
  live: canary('live'),
  lastApplied: canary('last-applied'),
  key: canary('key'),
};

/** How a text may stand in a file: as it is, encoded, escaped. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const html = secret.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const named = secret.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
  const base64 = bytes.toString('base64');
  return [
    secret,
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(base64).toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(secret)
      .slice(1, -1)
      .replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
    html,
    named,
    named.replaceAll("'", '&#39;'),
  ];
}

const chart = {
  'catalog/Chart.yaml': 'apiVersion: v2\nname: catalog\nversion: 1.0.0\n',
  'catalog/templates/all.yaml': `apiVersion: v1
kind: Secret
metadata:
  name: catalog
  annotations: { note: {{ .Values.db.password | quote }} }
stringData:
  plain: {{ .Values.db.password | quote }}
  inline: {{ .Values.inline | quote }}
data:
  encoded: {{ .Values.db.password | b64enc }}
  twice: {{ printf "user:%s" .Values.db.password | b64enc | b64enc }}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: catalog }
data:
  dsn: {{ printf "postgres://shop:%s@db/shop" .Values.db.password | quote }}
  json: {{ dict "password" .Values.db.password | toJson | quote }}
  url: {{ .Values.db.password | urlquery | quote }}
  hidden: {{ printf "prefix:%s" .Values.db.password | b64enc }}
  other: {{ .Values.other | quote }}
  count: {{ .Values.count | quote }}
---
apiVersion: v1
kind: Service
metadata: { name: catalog }
spec:
  ports: [{ port: 80 }]
  externalName: {{ .Values.name | quote }}
  type: {{ .Values.type }}
`,
};

describeOnBed('secrets in every place', (bed) => {
  let server: GitHubServer;
  let pipeline: GitHubPipeline;
  let namespace = '';
  let folder = '';
  let token = '';
  let runs = 0;
  /** Everything that was left behind, by where. */
  const left: [where: string, text: string][] = [];

  const values = (count: number, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    'catalog/values.yaml': `${JSON.stringify({ db: {}, inline: canaries.values, count, type: 'ClusterIP', name: '', ...more })}\n`,
  });

  beforeAll(async () => {
    namespace = makeNamespace(bed());
    folder = mkdtempSync(join(tmpdir(), 'pushgate-canaries-'));
    server = await startGitHubServer();
    const { state } = server;
    for (const login of ['ann', 'rita']) state.addUser(login, 'write');
    token = state.workflowToken({
      contents: 'read',
      pull_requests: 'write',
      issues: 'write',
      statuses: 'write',
      deployments: 'write',
    });
    pipeline = githubPipeline(server, token);
    const config = `version: 1
defaults: { namespace: ${namespace} }
releases:
  - name: catalog
    chart: catalog
    secrets: { db.password: DB_PASSWORD, other: OTHER }
environments:
  production:
    cluster: { context: bed }
    refs: [main]
`;
    state.repository.commit({ branch: 'main', files: { 'pushgate.yaml': config }, message: 'The gate' });
  });
  afterAll(async () => {
    dropNamespace(bed(), namespace);
    rmSync(folder, { recursive: true, force: true });
    pipeline[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  async function keep(run: (env: Record<string, string>) => Promise<PipelineRun>, what: string): Promise<PipelineRun> {
    runs += 1;
    const files = {
      GITHUB_OUTPUT: join(folder, `output-${runs}`),
      GITHUB_STEP_SUMMARY: join(folder, `summary-${runs}`),
    };
    for (const file of Object.values(files)) writeFileSync(file, '');
    const reports = join(folder, `reports-${runs}`);
    const secrets = { DB_PASSWORD: canaries.variable, OTHER: canaries.other, PUSHGATE_KEY: canaries.key };
    const done = await run({ ...files, ...secrets, PUSHGATE_REPORTS: reports });
    // The runner takes these lines for itself: by them it learns what to mask.
    const log = (text: string): string => text.replace(/^::add-mask::.*$/gm, '');
    left.push([`${what}: log`, log(done.stdout)], [`${what}: errors`, log(done.stderr)]);
    for (const [name, file] of Object.entries(files)) left.push([`${what}: ${name}`, readFileSync(file, 'utf8')]);
    return done;
  }
  const command = (words: readonly string[], login: 'planner' | 'applier'): Promise<PipelineRun> =>
    keep(
      (env) => pipeline.onPush('main', { words, env: { ...env, KUBECONFIG: bed().kubeconfigs[login] } }),
      words.join(' '),
    );
  const plan = (pull: number, front: 'cli' | 'action'): Promise<PipelineRun> =>
    keep(
      (env) =>
        pipeline.onPull(pull, {
          words: front === 'cli' ? ['plan', '--lines'] : [],
          entry: `src/${front}.ts`,
          env: { ...env, INPUT_COMMAND: 'plan', INPUT_TOKEN: token, KUBECONFIG: bed().kubeconfigs.applier },
        }),
      `plan by the ${front}`,
    );
  const propose = (files: Record<string, string>): number => {
    runs += 1;
    const source = `change-${runs}`;
    server.state.repository.commit({ branch: source, from: 'refs/heads/main', files, message: 'A change' });
    return server.state.openPull({ author: 'ann', source }).number;
  };

  test('through plan, apply, drift, status and the way back, with errors on the way', async () => {
    const first = propose({ ...chart, ...values(1) });
    const shown = await plan(first, 'cli');
    expect(`${shown.exitCode} ${shown.stdout}${shown.stderr}`).toMatch(/^0 [\s\S]*Secret/);
    expect((await plan(first, 'action')).exitCode).toBe(0);
    server.state.review(first, 'rita', 'APPROVED');
    server.state.merge(first, 'ann');
    const applied = await command(['apply'], 'applier');
    expect(`${applied.exitCode} ${applied.stdout}${applied.stderr}`).toMatch(/^0 [\s\S]*3 created/);
    // They are really there: what is not found below was hidden, not lost.
    const held = kubectl(bed(), ['get', 'secret', 'catalog', '-n', namespace, '-o', 'jsonpath={.data.encoded}']);
    expect(Buffer.from(held, 'base64').toString()).toBe(canaries.variable);

    const patch = {
      metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': canaries.lastApplied } },
    };
    const data = { plain: Buffer.from(canaries.live).toString('base64') };
    kubectl(bed(), ['patch', 'secret', 'catalog', '-n', namespace, '-p', JSON.stringify({ ...patch, data })]);
    kubectl(bed(), [
      'patch',
      'configmap',
      'catalog',
      '-n',
      namespace,
      '-p',
      JSON.stringify({ data: { dsn: canaries.other } }),
    ]);
    expect((await command(['drift', '--detailed-exitcode'], 'applier')).exitCode).toBe(2);
    await command(['drift', '-o', 'json'], 'planner');

    const second = propose(values(2));
    await plan(second, 'action');
    await plan(second, 'cli');
    await command(['apply'], 'applier');
    for (const words of [
      ['render'],
      ['plan', '-o', 'json'],
      ['plan', '-o', 'markdown'],
      ['plan', '--out', join(folder, 'plan-file.json')],
      ['status'],
      ['status', '-o', 'json'],
      ['history', 'catalog'],
      ['explain', 'ConfigMap/catalog', 'data.dsn'],
      ['heal', 'catalog'],
    ])
      await command(words, 'applier');
  });

  test.each([
    [
      'a template that fails with the value',
      { 'catalog/templates/broken.yaml': '{{ fail (printf "no %s" .Values.db.password) }}' },
    ],
    [
      'a document that is no YAML around the value',
      { 'catalog/templates/broken.yaml': 'a: {{ .Values.db.password }}\n b: [' },
    ],
    [
      'a server that quotes the value it rejects',
      {
        'catalog/templates/broken.yaml':
          'apiVersion: v1\nkind: Service\nmetadata: { name: broken }\nspec: { type: {{ .Values.db.password | quote }} }\n',
      },
    ],
  ])('in %s', async (_what, files) => {
    const pull = propose(files);
    const run = await plan(pull, 'cli');
    expect(run.exitCode).toBe(1);
    expect((await plan(pull, 'action')).exitCode).toBe(1);
  });

  test('not one of them is found anywhere, in no form', () => {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
      if (/\.(?:html|json|xml|env)$/.test(name)) left.push([name, readFileSync(join(folder, name), 'utf8')]);
    const { comments, issues, statuses } = server.state;
    left.push(
      ['comments', JSON.stringify(comments.map(({ body }) => body))],
      ...comments.map(({ body }): [string, string] => ['comment', body]),
    );
    left.push(['issues', JSON.stringify([...issues.values()])], ['statuses', JSON.stringify(statuses)]);
    const secrets = { ...canaries, token, planner: logins.planner.token, applier: logins.applier.token };
    const found = left.flatMap(([where, text]) =>
      Object.entries(secrets).flatMap(([place, secret]) =>
        formsOf(secret)
          .filter((form) => text.includes(form))
          .map(
            (form) =>
              `${place} as ${form} in ${where}: …${text.slice(Math.max(0, text.indexOf(form) - 60), text.indexOf(form) + 80)}…`,
          ),
      ),
    );
    expect(left.some(([where]) => where === 'plan-file.json')).toBe(true);
    expect(found).toEqual([]);
    expect(left.length).toBeGreaterThan(80);
  });
});
