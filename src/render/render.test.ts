import { describe, expect, test } from '@jest/globals';
import type { ResolvedRelease } from '../config/config.ts';
import { configOfCommandLine, parseConfig, resolveReleases } from '../config/index.ts';
import { formatProblem, Problem } from '../problem.ts';
import { formatKey, keyOf } from '../resource/resource.ts';
import { renderRelease } from './render.ts';
import type { FileMap, RenderOptions } from './rendered.ts';

const service = `apiVersion: v1
kind: Service
metadata: { name: shop }
spec: { clusterIP: None, externalIPs: [], healthCheckNodePort: 12345678901234567 }
`;

describe('plain manifests', () => {
  test('are the objects of all files of a folder, in the namespace of the release', async () => {
    const { objects, hooks, notices } = await render(release('infra'), {
      'infra/b.yaml': `# first\n---\n${service}---\napiVersion: v1\nkind: Namespace\nmetadata: { name: shop, namespace: wrong }\n`,
      'infra/a/role.json':
        '{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"r","namespace":"other"}}',
      'infra/README.md': 'no manifest',
      'infra/.github/x.yaml': 'a: [not ours',
    });

    expect(objects.map(({ resource, source }) => `${formatKey(keyOf(resource))} from ${source}`)).toEqual([
      'Role other/r from infra/a/role.json',
      'Service shop/shop from infra/b.yaml',
      'Namespace shop from infra/b.yaml',
    ]);
    expect([hooks, notices]).toEqual([[], []]);
  });

  test('keep every digit of a large number', async () => {
    const { objects } = await render(release('infra/a.yaml'), { 'infra/a.yaml': service });

    expect(objects[0]?.resource['spec']).toMatchObject({ healthCheckNodePort: 12345678901234567n });
  });

  test('may be lists, which stand for their items', async () => {
    const { objects } = await render(release('a.yaml'), {
      'a.yaml': `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMapList\n  items:\n  - ${indent(service)}\n`,
    });

    expect(objects.map(({ resource }) => resource.kind)).toEqual(['Service']);
  });

  test('of a kind whose definition stands beside it get their namespace by it', async () => {
    const definition = (kind: string, scope: string) =>
      `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: ${kind.toLowerCase()}s.example.com }\nspec: { group: example.com, scope: ${scope}, names: { kind: ${kind} } }\n`;
    const object = (kind: string) => `apiVersion: example.com/v1\nkind: ${kind}\nmetadata: { name: x }\n`;
    const { objects } = await render(release('a.yaml'), {
      'a.yaml': [
        object('Cache'),
        object('Zone'),
        object('Other'),
        definition('Cache', 'Namespaced'),
        definition('Zone', 'Cluster'),
      ].join('---\n'),
    });

    expect(objects.slice(0, 3).map(({ resource }) => formatKey(keyOf(resource)))).toEqual([
      'Cache shop/x',
      'Zone x',
      'Other x',
    ]);
  });

  test('of a kind that only the cluster knows get their namespace by what it says', async () => {
    const { objects } = await render(
      release('a.yaml'),
      { 'a.yaml': 'apiVersion: example.com/v1\nkind: Cache\nmetadata: { name: x }\n' },
      { scope: (_, kind) => (kind === 'Cache' ? 'namespaced' : undefined) },
    );

    expect(objects[0]?.resource.metadata).toEqual({ name: 'x', namespace: 'shop' });
  });

  test.each([
    ['a text', `${service}---\nhello\n`, 'a.yaml:6', 'a Kubernetes object must be a mapping, but this is text'],
    ['a list', '- a\n', 'a.yaml:1', 'a Kubernetes object must be a mapping, but this is a list'],
    ['no kind', 'apiVersion: v1\nmetadata: { name: x }\n', 'a.yaml:1', 'kind must be text'],
    [
      'no name',
      `${service}---\n# nameless\napiVersion: v1\nkind: Pod\nmetadata: { generateName: x- }\n`,
      'a.yaml:7',
      'metadata.name must be text; generateName',
    ],
    ['a numeric name', 'apiVersion: v1\nkind: Pod\nmetadata: { name: 1 }\n', 'a.yaml:1', 'metadata.name must be text'],
    ['no YAML', 'a: 1\nb: [\n', 'a.yaml:3:1', 'this is not YAML'],
  ])('%s is no object, and its line is said', async (_, text, where, message) => {
    const problem = await failure(release('a.yaml'), {
      'a.yaml': text.replace('kind: x\n', service).replace('hello', 'hello'),
    });

    expect(problem.reason).toBe('invalid-object');
    expect(problem.message).toContain(message);
    expect(problem.where).toBe(where);
  });

  test('the same object twice is named with both places', async () => {
    const problem = await failure(release('infra'), {
      'infra/a.yaml': `${service}---\n${service.replace('shop', 'other')}`,
      'infra/b.yaml': `# also\n${service.replace('{ name: shop }', '{ name: shop, namespace: shop }')}`,
    });

    expect(problem).toMatchObject({
      reason: 'invalid-object',
      message: 'Service shop/shop stands here twice: in infra/a.yaml:1 and in infra/b.yaml:2',
      where: 'infra/b.yaml:2',
    });
  });

  test('take no values, so values are refused instead of ignored', async () => {
    const problem = await failure({ ...release('a.yaml'), set: { a: 1 } }, { 'a.yaml': service });

    expect(problem).toMatchObject({
      reason: 'config-invalid',
      message: 'release a has set, but plain manifests take no values',
    });
  });
});

describe('the kind of a chart', () => {
  test.each([
    [
      'a chart that is not there',
      { 'charts/catalog/Chart.yaml': '' },
      'charts/catalogue',
      'source-missing',
      'the chart charts/catalogue does not exist\n  Did you mean charts/catalog?',
    ],
    ['a folder with nothing to render', { 'docs/a.md': '' }, 'docs', 'source-missing', 'docs has nothing to render'],
    [
      'a folder of two kinds',
      { 'x/Chart.yaml': '', 'x/kustomization.yaml': '' },
      'x',
      'config-invalid',
      'x could be two kinds of chart: it has Chart.yaml and kustomization.yaml',
    ],
    ['a file that is no chart', { 'x/a.txt': '' }, 'x/a.txt', 'config-invalid', 'x/a.txt is not a chart'],
  ])('%s', async (_, files, chart, reason, text) => {
    const problem = await failure({ ...release('x'), chart: { kind: 'path', path: chart } }, files);

    expect(problem.reason).toBe(reason);
    expect(formatProblem(problem)).toContain(text);
  });

  test('can be chosen by naming its file', async () => {
    const files = {
      'x/chart.yaml': '',
      'x/a.hbs': 'apiVersion: v1\nkind: Pod\nmetadata: { name: {{release.name}} }',
      'x/kustomization.yaml': '',
    };
    const { objects } = await render({ ...release('x'), chart: { kind: 'path', path: 'x/chart.yaml' } }, files);

    expect(objects[0]?.resource.metadata.name).toBe('x');
  });
});

describe('values', () => {
  const files = {
    'pushgate.yaml': `version: 1
releases:
  - name: web
    chart: web
    namespace: shop
    values: [a.yaml, "b.{environment}.yaml"]
    set: { "list[1].name": two, deep.er: { x: 1 } }
    late: { image.tag: { env: IMAGE_TAG, matches: "v[0-9]+" } }
    secrets: { password: DB_PASSWORD }
environments: { staging: { cluster: {} }, production: { cluster: {} } }
`,
    'web/chart.yaml': 'name: web\n',
    'web/values.yaml': 'image: { name: web, tag: none }\nlist: [{ name: one }]\nfrom: chart\n',
    'web/templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\ndata: {{json values}}\n',
    'a.yaml': 'from: a\nimage: { name: better }\n',
    'b.staging.yaml': 'from: b\n',
  };
  const webIn = (environment: string) => {
    const config = parseConfig({
      file: 'pushgate.yaml',
      files: { read: (path) => files[path as keyof typeof files], paths: () => Object.keys(files) },
    });
    return resolveReleases(config, environment)[0]!;
  };

  test('come from chart, files, set, late and secrets, the later the stronger', async () => {
    const env = { IMAGE_TAG: 'v12', DB_PASSWORD: 'hunter2' };
    const { objects, notices, secrets } = await render(webIn('staging'), files, { env });

    expect(objects[0]?.resource['data']).toEqual({
      from: 'b',
      image: { name: 'better', tag: 'v12' },
      list: [{ name: 'one' }, { name: 'two' }],
      deep: { er: { x: 1 } },
      password: 'hunter2',
    });
    expect(notices).toEqual([]);
    expect(secrets).toEqual(['hunter2']);
  });

  test('that are not known in a plan are shown as such, and a missing file of an environment is said', async () => {
    const { objects, notices } = await render(webIn('production'), files);

    expect(objects[0]?.resource['data']).toMatchObject({
      from: 'a',
      image: { tag: '‹bound at apply›' },
      password: '‹secret DB_PASSWORD›',
    });
    expect(notices).toEqual([
      'web: image.tag is bound at apply, from IMAGE_TAG',
      'web: the secret password is not there (DB_PASSWORD), so whether it changes is not known',
      'web: there is no b.production.yaml, so it is skipped',
    ]);
  });

  test.each([
    [
      'a late value that is missing',
      { DB_PASSWORD: 'x' },
      'late.image.tag needs the environment variable IMAGE_TAG, which is not set',
    ],
    [
      'a late value that does not match',
      { IMAGE_TAG: 'v1; rm', DB_PASSWORD: 'x' },
      'the value of IMAGE_TAG for late.image.tag does not match v[0-9]+',
    ],
    ['a secret that is missing', { IMAGE_TAG: 'v1' }, 'secrets.password needs the environment variable DB_PASSWORD'],
  ])('at apply, %s refuses the release', async (_, env, message) => {
    const problem = await failure(webIn('staging'), files, { phase: 'apply', env });

    expect(problem.reason).toBe('late-value-refused');
    expect(problem.message).toContain(message);
    expect(formatProblem(problem)).not.toContain('rm');
  });

  test('in a file that does not exist are an error, with the nearest file', async () => {
    const broken = { ...webIn('staging'), values: [{ path: 'aa.yaml', optional: false }] };

    expect(formatProblem(await failure(broken, files))).toBe(
      '✖ source-missing: values file aa.yaml of release web does not exist\n  Did you mean a.yaml?',
    );
  });

  test('that are no mapping are an error', async () => {
    const problem = await failure(webIn('staging'), { ...files, 'a.yaml': '- a\n' });

    expect(formatProblem(problem)).toContain('✖ render-failed: a.yaml:1:1\n  values must be a mapping');
  });
});

function release(chart: string): ResolvedRelease {
  return resolveReleases(
    configOfCommandLine({ chart, namespace: 'shop', name: chart.replace(/[^a-z].*/, '') }),
    'default',
  )[0]!;
}

type Given = Partial<Pick<RenderOptions, 'phase' | 'scope'>> & { readonly env?: Readonly<Record<string, string>> };

function render(resolved: ResolvedRelease, files: Readonly<Record<string, string>>, given: Given = {}) {
  const { env = {}, ...rest } = given;
  return renderRelease({
    release: resolved,
    repository: mapOf(files),
    phase: 'plan',
    env: (name) => env[name as keyof typeof env],
    ...rest,
  });
}

async function failure(
  resolved: ResolvedRelease,
  files: Readonly<Record<string, string>>,
  given: Given = {},
): Promise<Problem> {
  const error: unknown = await render(resolved, files, given).then(
    () => new Error('it was rendered'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof Problem) return error;
  throw error;
}

function mapOf(files: Readonly<Record<string, string>>): FileMap {
  return new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

function indent(text: string): string {
  return text.replace(/\n(?=.)/g, '\n    ');
}
