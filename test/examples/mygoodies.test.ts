import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { ResolvedRelease } from '../../src/config/config.ts';
import { parseConfig, resolveReleases } from '../../src/config/index.ts';
import { renderChart } from '../../src/helm/index.ts';
import type { Rendered } from '../../src/render/index.ts';
import { renderRelease } from '../../src/render/index.ts';
import { formatKey, keyOf } from '../../src/resource/resource.ts';
import { readFolder } from '../../src/source/folder.ts';
import { readYamlDocuments } from '../../src/yaml/index.ts';

const folder = fileURLToPath(new URL('../../examples/mygoodies', import.meta.url));
const { files } = await readFolder({ directory: folder });
const config = parseConfig({
  file: 'pushgate.yaml',
  files: {
    read: (path) => (files.has(path) ? new TextDecoder().decode(files.get(path)) : undefined),
    paths: () => files.keys(),
  },
});
const canKustomize = (process.env['PATH'] ?? '')
  .split(delimiter)
  .some((path) => existsSync(join(path, 'kustomize')) || existsSync(join(path, 'kubectl')));

test('its releases stand behind what they need', () => {
  expect(resolveReleases(config, 'production').map(({ name }) => name)).toEqual([
    'infra',
    'catalog',
    'cart',
    'orders',
    'banner',
    'metrics',
  ]);
});

/** The expected files are what `helm template` of Helm 4.2.4 printed for the same chart and values. */
describe.each(['staging', 'production'])('in %s', (environment) => {
  test.each(['catalog', 'cart', 'orders'])('%s is what the real helm renders, byte for byte', async (name) => {
    const expected = readFileSync(join(import.meta.dirname, 'mygoodies', environment, `${name}.yaml`), 'utf8');
    const release = releaseOf(name, environment);
    const folderOfChart = release.chart.kind === 'path' ? `${release.chart.path}/` : '';
    const inChart = [...files].filter(([path]) => path.startsWith(folderOfChart));

    const printed = renderChart({
      source: {
        kind: 'folder',
        files: new Map(inChart.map(([path, data]) => [path.slice(folderOfChart.length), data])),
      },
      values: {
        files: release.values.flatMap(({ path }) => (files.has(path) ? [{ name: path, data: files.get(path)! }] : [])),
        setString: Object.entries(release.set).map(([path, value]) => `${path}=${value}`),
      },
      release: { name, namespace: release.namespace },
      world: { randomBytes: (count) => new Uint8Array(count), now: () => 0n, timeZone: 'UTC' },
    }).printed();

    expect(new TextDecoder().decode(printed)).toBe(expected);
  });

  test.each(['catalog', 'cart', 'orders'])('%s has the objects that are in it', async (name) => {
    const expected = readFileSync(join(import.meta.dirname, 'mygoodies', environment, `${name}.yaml`), 'utf8');

    const { objects } = await render(name, environment);

    expect(objects.map(({ resource }) => resource)).toEqual(readYamlDocuments(expected).map(({ value }) => value));
  });
});

test('infra is one Deployment of nginx', async () => {
  const { objects } = await render('infra', 'production');

  expect(objects).toMatchObject([
    {
      source: 'infra/nginx-deployment.yaml',
      resource: {
        metadata: { name: 'nginx-deployment', namespace: 'shop' },
        spec: { replicas: 3, minReadySeconds: 5, template: { spec: { containers: [{ image: 'nginx:1.14.2' }] } } },
      },
    },
  ]);
});

test('the Handlebars chart has its messages in production, and none in staging, which is said', async () => {
  const production = await render('banner', 'production');
  const staging = await render('banner', 'staging');

  expect(production.objects.map(({ resource, source }) => `${formatKey(keyOf(resource))} from ${source}`)).toEqual([
    'ConfigMap shop/banner-messages from charts/banner/templates/config.yaml',
    'Deployment shop/banner from charts/banner/templates/deployment.yaml',
  ]);
  expect(production.objects[0]?.resource).toMatchObject({
    metadata: { labels: { app: 'banner', 'part-of': 'shop', environment: 'production' } },
    data: { 'messages.json': '["Free delivery above 50 €","Tea & coffee: <two> for one"]' },
  });
  expect(staging.objects[0]?.resource['data']).toEqual({ 'messages.json': '[]' });
  expect(staging.notices).toEqual(['banner: there is no values/banner.staging.yaml, so it is skipped']);
});

(canKustomize ? test : test.skip)(
  'the overlay of production keeps metrics longer (skipped: no kustomize, no kubectl)',
  async () => {
    const { objects } = await render('metrics', 'production');

    expect(objects.map(({ resource }) => formatKey(keyOf(resource)))).toEqual([
      'Service metrics/metrics',
      'Deployment metrics/metrics',
    ]);
    expect(objects[1]?.resource['spec']).toMatchObject({
      replicas: 2,
      template: { spec: { containers: [{ args: ['--retention=30d'] }] } },
    });
  },
);

function releaseOf(name: string, environment: string): ResolvedRelease {
  return resolveReleases(config, environment).find((candidate) => candidate.name === name)!;
}

function render(name: string, environment: string): Promise<Rendered> {
  const release = releaseOf(name, environment);
  return renderRelease({ release, repository: files, phase: 'plan', env: (variable) => process.env[variable] });
}
