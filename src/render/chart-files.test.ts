import { describe, expect, test } from '@jest/globals';
import { filesOfChart } from './chart-files.ts';

function files(contents: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(contents).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

const helm = files({
  'charts/catalog/Chart.yaml': 'name: catalog\ndependencies:\n- { name: lib, repository: "file://../lib" }\n',
  'charts/catalog/templates/a.yaml': '',
  'charts/lib/Chart.yaml': 'name: lib\ndependencies: [{ name: base, repository: "file://../../shared/base/" }]\n',
  'charts/lib/templates/_x.tpl': '',
  'charts/other/Chart.yaml': 'name: other\n',
  'shared/base/Chart.yaml': 'name: base\n',
  'shared/else/a.yaml': '',
});

describe('a chart is made from', () => {
  test('its folder, and the charts that file:// dependencies lead to, over any number of steps', () => {
    expect([...filesOfChart(helm, 'charts/catalog')].sort()).toEqual([
      'charts/catalog/Chart.yaml',
      'charts/catalog/templates/a.yaml',
      'charts/lib/Chart.yaml',
      'charts/lib/templates/_x.tpl',
      'shared/base/Chart.yaml',
    ]);
  });

  test('nothing else when it leans on nothing', () => {
    expect(filesOfChart(helm, 'charts/other')).toEqual(['charts/other/Chart.yaml']);
  });

  test('the bases of its kustomization wherever they lie', () => {
    const overlay = files({
      'overlays/eu/kustomization.yaml': 'resources: [../../base, extra.yaml]\n',
      'overlays/eu/extra.yaml': '',
      'overlays/us/kustomization.yaml': 'resources: [../../base]\n',
      'base/kustomization.yaml': 'resources: [a.yaml]\n',
      'base/a.yaml': '',
      'other/b.yaml': '',
    });
    const expected = [
      'base/a.yaml',
      'base/kustomization.yaml',
      'overlays/eu/extra.yaml',
      'overlays/eu/kustomization.yaml',
    ];
    expect([...filesOfChart(overlay, 'overlays/eu')].sort()).toEqual(expected);
    expect([...filesOfChart(overlay, 'overlays/eu/kustomization.yaml')].sort()).toEqual(expected);
  });

  test('one file where it is one', () => {
    expect(filesOfChart(files({ 'a/x.yaml': '', 'a/y.yaml': '' }), 'a/x.yaml')).toEqual(['a/x.yaml']);
  });

  test.each([
    ['a kustomization that cannot be read', { 'a/x/kustomization.yaml': 'resources: [', 'a/y/b.yaml': '' }],
    ['a Chart.yaml that cannot be read', { 'a/x/Chart.yaml': '{', 'a/y/b.yaml': '' }],
    [
      'a dependency out of the repository',
      { 'a/x/Chart.yaml': 'dependencies: [{ repository: "file://../../../b" }]', 'a/y/b.yaml': '' },
    ],
  ])('everything below its top folder when there is a doubt: %s', (_what, contents) => {
    const all = files({ ...contents, 'z/c.yaml': '' });
    expect([...filesOfChart(all, 'a/x')].sort()).toEqual(Object.keys(contents).sort());
  });
});
