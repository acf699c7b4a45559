import { expect, test } from '@jest/globals';
import { fromText } from '../bytes.ts';
import { profileOf } from '../profile.ts';
import { dictOf, GoMap } from '../value.ts';
import { processDependencies } from './dependencies.ts';
import { loadChart } from './load.ts';

const files = {
  'Chart.yaml': JSON.stringify({
    apiVersion: 'v2',
    name: 'shop',
    version: '1.0.0',
    dependencies: [
      { name: 'store', version: '*' },
      { name: 'store', version: '*', alias: 'again' },
    ],
  }),
  'charts/store/Chart.yaml': JSON.stringify({
    apiVersion: 'v2',
    name: 'store',
    version: '1.0.0',
    dependencies: [{ name: 'disk', version: '*', 'import-values': [{ child: 'a', parent: 'here' }] }],
  }),
  'charts/store/charts/disk/Chart.yaml': JSON.stringify({ apiVersion: 'v2', name: 'disk', version: '1.0.0' }),
  'charts/store/charts/disk/values.yaml': 'a: { size: 1 }\n',
};

// As the real helm 3.20.0 and 4.2.4 render it.
test.each([
  ['3.20.0', [true, false]],
  ['4.2.4', [true, true]],
])('under Helm %s a chart that is there twice imports values in these of its copies', (version, expected) => {
  const profile = profileOf(version)!;
  const warn = () => {};
  const data = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  const chart = loadChart({ kind: 'folder', files: data }, { profile, warn });
  processDependencies(chart, dictOf(), { profile, warn });
  expect(chart.dependencies.map(({ metadata }) => metadata.name)).toEqual(['store', 'again']);
  expect(chart.dependencies.map(({ values }) => values?.entries.get(fromText('here')) instanceof GoMap)).toEqual(
    expected,
  );
});
