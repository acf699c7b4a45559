import { describe, expect, test } from '@jest/globals';
import { HelmError, type RenderRequest, renderChart } from './index.ts';

type Extra = Partial<Pick<RenderRequest, 'options' | 'values' | 'warn'>>;

function render(files: Readonly<Record<string, string>>, extra: Extra = {}) {
  const all = { 'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n', ...files };
  return renderChart({
    source: { kind: 'folder', files: new Map(Object.entries(all).map(([path, text]) => [path, Buffer.from(text)])) },
    values: {},
    release: { name: 'rel', namespace: 'ns' },
    world: { randomBytes: (count) => Buffer.alloc(count), now: () => 0n, timeZone: 'UTC' },
    ...extra,
  });
}

function failure(files: Readonly<Record<string, string>>, extra: Extra = {}): HelmError {
  try {
    render(files, extra);
  } catch (error) {
    if (error instanceof HelmError) return error;
    throw error;
  }
  throw new Error('it rendered');
}

test('objects come in install order, with path, kind and name', () => {
  const { objects, hooks, crds, notes } = render({
    'templates/a.yaml':
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n---\nkind: ConfigMap\nmetadata: {name: c}\n',
    'templates/hook.yaml':
      'kind: Job\nmetadata:\n  name: h\n  annotations: {helm.sh/hook: "post-install,test", helm.sh/hook-weight: 5, helm.sh/hook-delete-policy: hook-succeeded}\n',
    'templates/NOTES.txt': 'hello {{ .Release.Name }}',
    'crds/c.yaml': 'kind: CustomResourceDefinition # {{ as it is }}\n',
  });
  expect(objects.map(({ kind, name, path }) => [kind, name, path])).toEqual([
    ['ConfigMap', 'c', 'shop/templates/a.yaml'],
    ['Deployment', 'web', 'shop/templates/a.yaml'],
  ]);
  expect(hooks).toMatchObject([
    { name: 'h', events: ['post-install', 'test'], weight: 5, deletePolicies: ['hook-succeeded'] },
  ]);
  expect(crds).toEqual([{ path: 'shop/crds/c.yaml', content: 'kind: CustomResourceDefinition # {{ as it is }}\n' }]);
  expect(notes).toBe('hello rel');
});

test('a rune cut in half is no YAML, as for Helm', () => {
  expect(failure({ 'templates/a.yaml': 'kind: X\na: {{ "é" | trunc 1 }}\n' }).message).toBe(
    'YAML parse error on shop/templates/a.yaml: error converting YAML to JSON: yaml: invalid trailing UTF-8 octet',
  );
});

describe('a value that is missing', () => {
  const values = 'image:\n  repository: a\n  tag: b\nempty:\n';

  test.each([
    ['.Values.imagee.tag', '.Values has no key "imagee" (values.yaml); the nearest is "image" (values.yaml:1)'],
    ['.Values.image.tga.x', '.Values.image has no key "tga" (values.yaml:1); the nearest is "tag" (values.yaml:3)'],
    ['.Values.empty.x', '.Values.empty is null (values.yaml:4)'],
    ['.Values.quite.different', '.Values has no key "quite" (values.yaml)'],
  ])('%s', (node, hint) => {
    const error = failure({ 'values.yaml': values, 'templates/a.yaml': `kind: X\na: {{ ${node} }}\n` });
    expect(error).toMatchObject({ stage: 'template', file: 'shop/templates/a.yaml', line: 2, hint });
  });

  test('is looked for where the subchart and the user wrote it', () => {
    const error = failure(
      {
        'values.yaml': 'redis: {auth: {enabled: true}}\n',
        'charts/redis/Chart.yaml': 'apiVersion: v2\nname: redis\nversion: 1.0.0\n',
        'charts/redis/values.yaml': 'auth:\n  password: x\n',
        'charts/redis/templates/a.yaml': 'a: {{ .Values.auth.pasword.x }}\n',
      },
      { values: { files: [{ name: 'mine.yaml', data: Buffer.from('redis:\n  auth:\n    password: y\n') }] } },
    );
    expect(error.file).toBe('shop/charts/redis/templates/a.yaml');
    expect(error.hint).toBe('.Values.auth has no key "pasword" (mine.yaml:2); the nearest is "password" (mine.yaml:3)');
  });
});

test('an error shows the line with a caret under the place Helm names', () => {
  const error = failure({ 'templates/a.yaml': '\ta: {{ .Values.a.b }}\n' });
  expect(error.message).toBe(
    'shop/templates/a.yaml:1:14\n  executing "shop/templates/a.yaml" at <.Values.a.b>:\n    nil pointer evaluating interface {}.b',
  );
  expect(error.excerpt).toBe('    1 | \ta: {{ .Values.a.b }}\n      | \t             ^');
});

test('rendered text that is no YAML is shown with its line', () => {
  const error = failure({ 'templates/a.yaml': 'kind: X\na: b: c\n' });
  expect(error).toMatchObject({ stage: 'yaml', file: 'shop/templates/a.yaml' });
  expect(error.message).toBe(
    'YAML parse error on shop/templates/a.yaml: error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context',
  );
  expect(error.excerpt).toContain('2 | a: b: c');
});

test.each([
  ['a chart without Chart.yaml', { 'Chart.yaml': '' }, 'validation: chart.metadata.name is required'],
  [
    'a library',
    { 'Chart.yaml': 'apiVersion: v2\nname: l\nversion: 1.0.0\ntype: library\n' },
    'library charts are not installable',
  ],
  ['an unknown apiVersion', { 'Chart.yaml': 'apiVersion: v9\nname: l\nversion: 1.0.0\n' }, 'unsupported chart version'],
  [
    'a bad version',
    { 'Chart.yaml': 'apiVersion: v2\nname: l\nversion: one\n' },
    'validation: chart.metadata.version "one" is invalid',
  ],
  [
    'a dependency that is not there',
    { 'Chart.yaml': 'apiVersion: v2\nname: l\nversion: 1.0.0\ndependencies: [{name: a}, {name: b}]\n' },
    'found in Chart.yaml, but missing in charts/ directory: a, b',
  ],
  [
    'a loose file in charts',
    { 'charts/README.md': 'x' },
    'error unpacking subchart README.md in shop: Chart.yaml file is missing',
  ],
  [
    'a values file that is a list',
    { 'values.yaml': '- a\n' },
    'cannot load values.yaml: cannot unmarshal yaml document: error unmarshaling JSON',
  ],
])('%s is refused', (_, files, message) => {
  expect(failure(files).message).toContain(message);
});

test('a template that never ends is stopped', () => {
  const error = failure({ 'templates/a.yaml': '{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}' });
  expect(['limit', 'template']).toContain(error.stage);
});

test('keys that are names of prototypes are data', () => {
  const { objects } = render({
    'values.yaml': '__proto__: {a: 1}\nconstructor: {b: 2}\n',
    'templates/a.yaml': 'kind: X\na: {{ .Values.__proto__.a }}{{ .Values.constructor.b }}{{ .Values.toString }}\n',
  });
  expect(objects[0]?.content).toBe('kind: X\na: 12\n');
});
