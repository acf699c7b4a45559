import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { pack } from 'tar-stream';
import type { ResolvedRelease } from '../config/config.ts';
import { parseConfig, resolveReleases } from '../config/index.ts';
import { formatProblem, Problem } from '../problem.ts';
import { formatKey, keyOf } from '../resource/resource.ts';
import { renderRelease } from './render.ts';
import type { Rendered } from './rendered.ts';

const chart = {
  'charts/web/Chart.yaml': 'apiVersion: v2\nname: shop-web\nversion: 1.0.0\n',
  'charts/web/values.yaml': 'container:\n  image: mygoodies/web\n  port: 8000\n',
};
const values = { ...chart, 'charts/web/templates/values.yaml': map('{{ .Values | toJson | quote }}') };

describe('settings reach a Helm chart as the flags of helm would bring them', () => {
  test.each([
    ['a whole number', '{ num: 3 }', 'int64'],
    ['a fraction', '{ num: 1.5 }', 'float64'],
    ['a word', '{ num: "3" }', 'string'],
    ['a truth', '{ num: true }', 'bool'],
    ['a list', '{ num: [1, a] }', '[]interface {}'],
    ['a mapping', '{ num: { a: 1 } }', 'map[string]interface {}'],
  ])('%s', async (_, set, type) => {
    const files = { ...chart, 'charts/web/templates/a.yaml': map('{{ typeOf .Values.num | quote }}') };

    expect(dataOf(await render(files, `set: ${set}`))).toBe(type);
  });

  test.each([
    ['"a,b={c}\\\\d"', 'a,b={c}\\d'],
    ['"{a,b}"', '{a,b}'],
    ['""', ''],
    ['"line\\nline"', 'line\nline'],
  ])('the text %s stays as it is', async (text, expected) => {
    const files = { ...chart, 'charts/web/templates/a.yaml': map('{{ .Values.num | quote }}') };

    expect(dataOf(await render(files, `set: { num: ${text} }`))).toBe(expected);
  });

  test('paths through lists and keys with dots', async () => {
    const rendered = await render(
      values,
      'set: { "hosts[1].name": b, "labels.example\\\\.com/a=b": c, container.port: 80 }',
    );

    expect(JSON.parse(dataOf(rendered))).toEqual({
      container: { image: 'mygoodies/web', port: 80 },
      hosts: [null, { name: 'b' }],
      labels: { 'example.com/a=b': 'c' },
    });
  });

  test('late values and secrets are texts, also when they look like numbers', async () => {
    const rendered = await render(values, 'late: { container.tag: { env: TAG } }\n    secrets: { pin: PIN }', {
      TAG: '007',
      PIN: '1234',
    });

    expect(JSON.parse(dataOf(rendered))).toMatchObject({ container: { tag: '007' }, pin: '1234' });
    expect(rendered.secrets).toEqual(['1234']);
    // What Helm's record is to show as the values that were given.
    expect(rendered.supplied).toEqual({ container: { tag: '007' } });
  });
});

test('objects are named by the folder in which people find their templates, those of subcharts too', async () => {
  const { objects } = await render({
    ...chart,
    'charts/web/templates/deep/a.yaml': map('a'),
    'charts/web/charts/redis/Chart.yaml': 'apiVersion: v2\nname: redis\nversion: 1.0.0\n',
    'charts/web/charts/redis/templates/b.yaml': map('b').replace('name: x', 'name: z'),
  });

  expect(objects.map(({ resource, source }) => `${formatKey(keyOf(resource))} from ${source}`)).toEqual([
    'ConfigMap shop/z from charts/web/charts/redis/templates/b.yaml',
    'ConfigMap shop/x from charts/web/templates/deep/a.yaml',
  ]);
});

describe('where a field comes from', () => {
  const origins = async (template: string, keys = ''): Promise<NonNullable<Rendered['objects'][number]['origin']>> => {
    const files = {
      ...chart,
      'charts/web/templates/a.yaml': template,
      'values/web.yaml': 'container:\n  port: 9000\n',
    };
    const repository = new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
    const release = releaseWith(keys);
    const { objects } = await renderRelease({
      release,
      repository,
      phase: 'plan',
      env: () => undefined,
      origins: 'record',
    });
    const origin = objects[0]?.origin;
    if (origin === undefined) throw new Error('nothing was recorded');
    return origin;
  };

  test('is the line of the values file and of the template, through quote and printf', async () => {
    const origin = await origins(
      map('{{ printf "%s:%v" .Values.container.image .Values.container.port | quote }}'),
      'values: [values/web.yaml]',
    );
    expect(origin(['data', 'x'])).toBe('values/web.yaml:2 + charts/web/values.yaml:2 → charts/web/templates/a.yaml:5');
  });

  test('is the flag for what the configuration sets, and the template alone for what it wrote itself', async () => {
    const origin = await origins(map('{{ .Values.container.port | quote }}'), 'set: { container.port: 8080 }');
    expect(origin(['data', 'x'])).toBe('--set container.port → charts/web/templates/a.yaml:5');
    expect(origin(['kind'])).toBe('charts/web/templates/a.yaml:2');
    expect(origin(['data', 'nothing'])).toBeUndefined();
  });
});

test('hooks come apart, with what Helm knows of them', async () => {
  const annotations =
    'annotations: { helm.sh/hook: "pre-upgrade,post-install", helm.sh/hook-weight: "-5", helm.sh/hook-delete-policy: hook-succeeded }';
  const { objects, hooks } = await render({
    ...chart,
    'charts/web/templates/a.yaml': map('a'),
    'charts/web/templates/migrate.yaml': map('b').replace('name: x', `name: migrate, ${annotations}`),
  });

  expect(objects.map(({ resource }) => resource.metadata.name)).toEqual(['x']);
  expect(hooks).toMatchObject([
    {
      source: 'charts/web/templates/migrate.yaml',
      resource: { metadata: { name: 'migrate', namespace: 'shop' } },
      hook: { events: ['pre-upgrade', 'post-install'], weight: -5, deletePolicies: ['hook-succeeded'] },
    },
  ]);
});

test('the definitions in crds are objects too, unless they are left out', async () => {
  const definition =
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: caches.example.com }\n';
  const files = { ...chart, 'charts/web/crds/cache.yaml': definition, 'charts/web/templates/a.yaml': map('a') };

  const sources = async (keys: string) => (await render(files, keys)).objects.map(({ source }) => source);

  expect(await sources('')).toEqual(['charts/web/crds/cache.yaml', 'charts/web/templates/a.yaml']);
  expect(await sources('helm: { includeCrds: false }')).toEqual(['charts/web/templates/a.yaml']);
});

test('what a chart draws at random or looks for in the cluster is said', async () => {
  const { notices } = await render({
    ...chart,
    'charts/web/templates/a.yaml': map('{{ randAlphaNum 5 }}{{ (lookup "v1" "Secret" "shop" "a").data }}'),
  });

  expect(notices).toEqual([
    'web: its chart draws values at random, so they are new in every rendering',
    'web: its chart looks for objects in the cluster (lookup), which a rendering never does',
  ]);
});

test('the versions that charts see are those of the configuration', async () => {
  const files = {
    ...chart,
    'charts/web/templates/a.yaml': map(
      '{{ .Capabilities.KubeVersion }} {{ .Capabilities.APIVersions.Has "a.example/v1" }}',
    ),
  };

  expect(dataOf(await render(files, 'helm: { kubeVersion: 1.31.0, apiVersions: [a.example/v1] }'))).toBe(
    'v1.31.0 true',
  );
});

describe('a packed chart from elsewhere', () => {
  const origin = 'oci://registry.example.com/web';
  const packedRelease = (): ResolvedRelease => ({
    ...releaseWith('values: [values.yaml]'),
    chart: { kind: 'oci', url: origin, version: '1.0.0' },
  });
  const renderPacked = async (files: Readonly<Record<string, string>>) =>
    renderRelease({
      release: packedRelease(),
      repository: new Map([['values.yaml', new TextEncoder().encode('container: { port: 1 }\n')]]),
      chart: { files: new Map([['web.tgz', await packed(files)]]), path: 'web.tgz', origin },
      phase: 'plan',
      env: () => undefined,
    });

  test('is rendered with the values files of the repository, and named by where it comes from', async () => {
    const rendered = await renderPacked({
      'web/Chart.yaml': chart['charts/web/Chart.yaml'],
      'web/values.yaml': chart['charts/web/values.yaml'],
      'web/templates/a.yaml': map('{{ .Values | toJson | quote }}'),
    });

    expect(JSON.parse(dataOf(rendered))).toEqual({ container: { image: 'mygoodies/web', port: 1 } });
    expect(rendered.objects[0]?.source).toBe('oci://registry.example.com/web/web.tgz/templates/a.yaml');
  });

  test('that is broken says so', async () => {
    await expect(renderPacked({ 'web/README.md': 'nothing' })).rejects.toMatchObject({
      reason: 'render-failed',
      message: 'release web: Chart.yaml file is missing',
      where: 'oci://registry.example.com/web/web.tgz',
    });
  });
});

describe('a failure', () => {
  test('in a template says file, line, column, the line, and the key that was probably meant', async () => {
    const text = await failure({
      ...chart,
      'charts/web/templates/service.yaml': `${map('a')}# {{ .Values.container.prot.number }}\n`,
    });

    expect(text).toContain('✖ render-failed: charts/web/templates/service.yaml:6:');
    expect(text).toContain('# {{ .Values.container.prot.number }}');
    expect(text).toMatch(/container has no key "prot".*the nearest is "port" \(charts\/web\/values.yaml:3\)/);
    expect(text).not.toMatch(/release web: \S+:\d+:\d+/);
  });

  test('never shows a secret, neither as it is nor encoded', async () => {
    const files = {
      ...chart,
      'charts/web/templates/a.yaml': map('{{ fail (printf "%s %s" .Values.password (b64enc .Values.password)) }}'),
    };
    const text = await failure(files, 'secrets: { password: PASSWORD }', { PASSWORD: 'hunter2' });

    expect(text).toContain('‹secret› ‹secret›');
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(btoa('hunter2'));
  });

  test.each([
    ['in Chart.yaml', { 'charts/web/Chart.yaml': 'apiVersion: v2\nname: [\n' }, 'charts/web/Chart.yaml'],
    ['in the values of the chart', { 'charts/web/values.yaml': 'a: [\n' }, 'charts/web/values.yaml'],
    ['in what a template gives', { 'charts/web/templates/a.yaml': 'a: [\n' }, 'charts/web/templates/a.yaml'],
    [
      'in an object',
      { 'charts/web/templates/a.yaml': 'kind: Pod\nmetadata: { name: x }\n' },
      '✖ invalid-object: charts/web/templates/a.yaml',
    ],
    [
      'of a version of Helm that nobody knows',
      { pushgate: '' },
      '✖ config-invalid: charts/web',
      'helm: { version: 9.9.9 }',
    ],
    ['of a required value', { 'charts/web/templates/a.yaml': '{{ required "say which" .Values.x }}' }, 'say which'],
  ])('%s says where', async (_, files, expected, keys = '') => {
    expect(await failure({ ...chart, ...files }, keys)).toContain(expected);
  });
});

async function render(
  files: Readonly<Record<string, string>>,
  keys = '',
  env: Readonly<Record<string, string>> = {},
): Promise<Rendered> {
  const encoder = new TextEncoder();
  return renderRelease({
    release: releaseWith(keys),
    repository: new Map(Object.entries(files).map(([path, text]) => [path, encoder.encode(text)])),
    phase: 'plan',
    env: (name) => env[name],
  });
}

async function failure(...given: Parameters<typeof render>): Promise<string> {
  const error: unknown = await render(...given).then(
    () => new Error('it was rendered'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof Problem) return formatProblem(error);
  throw error;
}

function releaseWith(keys: string): ResolvedRelease {
  const text = `version: 1\nreleases:\n  - name: web\n    chart: charts/web\n    namespace: shop\n    ${keys}\nenvironments: { e: { cluster: {} } }\n`;
  const config = parseConfig({ file: 'pushgate.yaml', files: { read: () => text, paths: () => [] } });
  return resolveReleases(config, 'e')[0]!;
}

async function packed(files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const archive = pack();
  for (const [name, text] of Object.entries(files)) archive.entry({ name }, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

function map(content: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata:\n  x: ${content}\n`;
}

function dataOf({ objects }: Rendered): string {
  const data = objects[0]?.resource['data'] as { readonly x: string };
  return data.x;
}
