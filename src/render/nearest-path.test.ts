import { expect, test } from '@jest/globals';
import { nearestPath } from './nearest-path.ts';

const files = ['values/catalog.yaml', 'values/cart.production.yaml', 'charts/catalog/Chart.yaml', 'deep/er/web/a.yaml'];

test.each([
  ['catalog.yaml', 'values/catalog.yaml'],
  ['values/catlog.yaml', 'values/catalog.yaml'],
  ['value/cart.prodution.yaml', 'values/cart.production.yaml'],
  ['nothing/like/it.json', undefined],
])('of files, for %s: %s', (path, meant) => {
  expect(nearestPath(path, files)).toBe(meant);
});

test.each([
  ['catalog', 'charts/catalog'],
  ['charts/catalogue', 'charts/catalog'],
  ['chart/catalog', 'charts/catalog'],
  ['web', 'deep/er/web'],
  ['wbe/x', undefined],
])('of folders too, for %s: %s', (path, meant) => {
  expect(nearestPath(path, files, 'file or folder')).toBe(meant);
});
