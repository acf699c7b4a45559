import { expect, test } from '@jest/globals';
import type { StretchOrigin } from './explain-object.ts';
import { type RenderedChart, type RenderRequest, renderChart } from './index.ts';

const encoder = new TextEncoder();

const files = {
  'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- name: redis\n  version: 1.x\n',
  'values.yaml':
    'image:\n  repository: nginx\n  tag: "1.0"\nreplicas: 1\nredis:\n  port: 7000\nglobal:\n  domain: example.org\n',
  'templates/deployment.yaml':
    'kind: Deployment\nmetadata:\n  name: {{ .Release.Name }}-{{ .Chart.Name }}\nspec:\n  {{- if gt (int .Values.replicas) 1 }}\n  replicas: {{ .Values.replicas }}\n  {{- end }}\n  image: {{ include "shop.image" . | quote }}\n',
  'templates/_helpers.tpl':
    '{{ define "shop.image" -}}\n{{ printf "%s:%s" .Values.image.repository .Values.image.tag }}\n{{- end }}\n',
  'charts/redis/Chart.yaml': 'apiVersion: v2\nname: redis\nversion: 1.2.3\n',
  'charts/redis/values.yaml': '# redis\nport: 6379\nmode: single\n',
  'charts/redis/templates/service.yaml':
    'kind: Service\nspec:\n  port: {{ .Values.port }}\n  mode: {{ .Values.mode }}\n  host: redis.{{ .Values.global.domain }}\n',
};

const request: RenderRequest = {
  source: { kind: 'folder', files: new Map(Object.entries(files).map(([name, text]) => [name, encoder.encode(text)])) },
  values: {
    files: [
      { name: 'values/base.yaml', data: encoder.encode('replicas: 2\nimage: { tag: "2.0" }\n') },
      { name: 'values/production.yaml', data: encoder.encode('# three\nreplicas: 3\n') },
    ],
    set: ['image.tag=3.0'],
  },
  release: { name: 'r', namespace: 'n' },
  world: { randomBytes: (count) => new Uint8Array(count), now: () => 0n, timeZone: 'UTC' },
};

const recorded = renderChart({ ...request, provenance: 'record' });

/** `Values.a.b (text): --set a.b, file:2:3`, the source that counts first. */
function values(origin: StretchOrigin | undefined): string[] {
  return (origin?.values ?? []).map(({ path, role, sources }) => {
    const shown = sources.map(({ name, line, column }) => (line === undefined ? name : `${name}:${line}:${column}`));
    return `${path.join('.')} (${role}): ${shown.join(', ')}`;
  });
}

function explained(chart: RenderedChart, kind: string, path: readonly string[]) {
  const object = chart.objects.find((one) => one.kind === kind);
  if (object === undefined) throw new Error(`no ${kind}`);
  return chart.explain?.(object, path);
}

test('a field names its values with the file or flag that counts and those it overrides', () => {
  const origin = explained(recorded, 'Deployment', ['spec', 'image']);
  expect(values(origin?.value)).toEqual([
    'Values.image.repository (text): values.yaml:2:3',
    'Values.image.tag (text): --set image.tag, values/base.yaml:2:10, values.yaml:3:3',
  ]);
  expect(origin?.value.written).toMatchObject([
    {
      place: { file: 'shop/templates/_helpers.tpl', line: 2, template: 'shop.image' },
      includedFrom: [{ file: 'shop/templates/deployment.yaml', line: 8 }],
    },
  ]);
});

test('a condition names the values that let the field appear', () => {
  const origin = explained(recorded, 'Deployment', ['spec', 'replicas']);
  expect(values(origin?.value)).toEqual([
    'Values.replicas (text): values/production.yaml:2:1, values/base.yaml:1:1, values.yaml:4:1',
  ]);
  expect(origin?.key?.conditions).toMatchObject([
    {
      place: { expression: 'if gt (int .Values.replicas) 1', line: 5 },
      taken: 'list',
      values: [['Values', 'replicas']],
    },
  ]);
});

test('what the release or the chart is called is no value of a file', () => {
  const origin = explained(recorded, 'Deployment', ['metadata', 'name']);
  expect(values(origin?.value)).toEqual(['Release.Name (text): ', 'Chart.Name (text): ']);
});

test('values of a subchart lead to the parent first, globals to where they were given', () => {
  const of = (field: string) => values(explained(recorded, 'Service', ['spec', field])?.value);
  expect(of('port')).toEqual(['Values.redis.port (text): values.yaml:6:3, charts/redis/values.yaml:2:1']);
  expect(of('mode')).toEqual(['Values.redis.mode (text): charts/redis/values.yaml:3:1']);
  expect(of('host')).toEqual(['Values.redis.global.domain (text): values.yaml:8:3']);
});

test('a rendering is the same with its provenance and without, and only the first can be asked', () => {
  const plain = renderChart(request);
  expect(recorded.printed()).toEqual(plain.printed());
  expect(plain.explain).toBeUndefined();
  expect(explained(recorded, 'Service', ['spec', 'none'])).toBeUndefined();
});
