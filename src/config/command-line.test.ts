import { expect, test } from '@jest/globals';
import { commandLineEnvironment, configOfCommandLine } from './command-line.ts';
import { resolveReleases } from './resolve.ts';

test('a chart and a namespace are a configuration', () => {
  const config = configOfCommandLine({
    chart: './charts/catalog/',
    namespace: 'shop',
    values: ['values.yaml'],
    set: ['replicaCount=2', 'image.tag=1.10', 'debug=true', 'note=a=b', 'id=12345678901234567'],
  });

  expect(resolveReleases(config, commandLineEnvironment)).toMatchObject([
    {
      name: 'catalog',
      namespace: 'shop',
      chart: { kind: 'path', path: 'charts/catalog' },
      values: [{ path: 'values.yaml', optional: false }],
      set: { replicaCount: 2, 'image.tag': '1.10', debug: true, note: 'a=b', id: 12345678901234567n },
    },
  ]);
});

test('nothing may be applied with it without an approval, for nobody wrote a policy', () => {
  expect(configOfCommandLine({ chart: 'a' }).environments[0]?.gate).toEqual({
    mode: 'merge',
    approvals: 1,
    selfApproval: false,
  });
});

test('the release is named after its chart wherever that comes from', () => {
  const names = ['charts/Catalog', 'oci://a.io/charts/redis:1.0.0', 'infra/nginx.yaml'].map(
    (chart) => configOfCommandLine({ chart }).releases[0]?.name,
  );

  expect(names).toEqual(['catalog', 'redis', 'nginx']);
});

test.each([
  [{ chart: '../other' }, 'chart "../other" leads out of the repository'],
  [{ chart: '.' }, '"" is not a name of a release'],
  [{ chart: 'a', set: ['replicas'] }, '--set "replicas": there is no ='],
  [{ chart: 'a', namespace: 'Shop' }, '"Shop" is not the name of a namespace'],
])('%j is refused', (facts, message) => {
  expect(() => configOfCommandLine(facts)).toThrow(
    expect.objectContaining({ reason: 'usage', message: expect.stringContaining(message) }),
  );
});
