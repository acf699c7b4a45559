import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { GitFixture } from '../../../test/support/git-fixture.ts';
import type { Checkout } from '../../source/checkout.ts';
import { openCheckout } from '../../source/checkout.ts';
import { pathFromTop } from './typed-paths.ts';

let fixture: GitFixture;
let top: string;
let checkout: Checkout;

beforeAll(async () => {
  fixture = new GitFixture();
  top = fixture.clone(fixture.bare('origin.git'), 'shop');
  fixture.commit(top, { 'charts/catalog/Chart.yaml': 'a', 'values/catalog.yaml': 'a', 'web/a.yaml': 'a' }, 'The shop');
  mkdirSync(join(top, 'charts/web'));
  symlinkSync('shop', join(top, '../link'));
  checkout = await openCheckout({ directory: top, variables: fixture.variables });
});
afterAll(() => fixture[Symbol.dispose]());

test.each([
  ['charts/catalog', '.', 'charts/catalog'],
  ['catalog', 'charts', 'charts/catalog'],
  ['./catalog/', 'charts', 'charts/catalog'],
  ['.', 'charts/catalog', 'charts/catalog'],
  ['.', '.', '.'],
  ['../../values/catalog.yaml', 'charts/catalog', 'values/catalog.yaml'],
  ['values/catalog.yaml', 'charts', 'values/catalog.yaml'],
  // What lies where somebody stands comes first.
  ['web', 'charts', 'charts/web'],
  ['web', '.', 'web'],
  ['oci://registry.example.com/charts/redis', 'charts', 'oci://registry.example.com/charts/redis'],
  ['../../elsewhere', '.', '../../elsewhere'],
])('%s in %s is %s', async (path, folder, wanted) => {
  for (const from of [join(top, folder), join(top, '../link', folder)])
    expect(await pathFromTop(checkout, { path, what: 'chart', from })).toBe(wanted);
});

test('an absolute path into the repository is one of it', async () => {
  const path = join(top, 'charts/catalog');
  expect(await pathFromTop(checkout, { path, what: 'chart', from: join(top, 'values') })).toBe('charts/catalog');
});

test.each([
  ['chart', 'catalogue', '.', 'charts/catalog'],
  ['chart', 'catalog', 'values', '../charts/catalog'],
  ['values file', 'catalog.yml', 'values', 'catalog.yaml'],
] as const)('a %s that is not there, %s in %s: did you mean %s', async (what, path, folder, meant) => {
  await expect(pathFromTop(checkout, { path, what, from: join(top, folder) })).rejects.toMatchObject({
    reason: 'source-missing',
    hint: `Did you mean ${meant}?`,
  });
});
