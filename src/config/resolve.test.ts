import { describe, expect, test } from '@jest/globals';
import type { Config } from './config.ts';
import { parseConfig } from './parse.ts';
import { mayApplyFrom, mayWriteTo, resolveReleases } from './resolve.ts';

const config = parse(
  `version: 1
releases:
  - name: catalog
    chart: charts/catalog
    namespace: "shop-{environment}"
    values: [values/catalog.yaml, "values/catalog.{environment}.yaml"]
    set: { replicaCount: 3, db: { host: a } }
    late: { image.tag: { env: IMAGE_TAG } }
    secrets: { db.password: DB_PASSWORD }
    needs: [database, cache]
  - name: cache
    chart: oci://example.com/charts/redis
    version: 20.0.0
    namespace: shop
  - name: database
    chart: "infra/overlays/{environment}"
    namespace: shop
    needs: [cache]
environments:
  staging:
    cluster: {}
    refs: [main, "release/*", "hotfix/**"]
    namespaces: [shop, "team-*"]
  production:
    cluster: {}
    releases: [catalog, cache]
    overrides:
      cache: { version: 21.1.0, namespace: cache }
      catalog:
        values: [values/big.yaml]
        set: { image.tag: fixed, replicaCount: 5 }
        late: { db.password: { env: FRESH_PASSWORD, matches: .+ } }
`.replace('secrets: { db.password', 'secrets: { login.password'),
);

describe('releases of an environment', () => {
  test('stand behind what they need, else in the order of the file', () => {
    expect(resolveReleases(config, 'staging').map(({ name }) => name)).toEqual(['cache', 'database', 'catalog']);
  });

  test('do not wait for what does not live there', () => {
    expect(resolveReleases(config, 'production').map(({ name, needs }) => [name, needs])).toEqual([
      ['cache', []],
      ['catalog', ['cache']],
    ]);
  });

  test('have the name of the environment in namespace, chart and values, and such a values file may be missing', () => {
    const [, database, catalog] = resolveReleases(config, 'staging');

    expect(database?.chart).toEqual({ kind: 'path', path: 'infra/overlays/staging' });
    expect(catalog?.namespace).toBe('shop-staging');
    expect(catalog?.values).toEqual([
      { path: 'values/catalog.yaml', optional: false },
      { path: 'values/catalog.staging.yaml', optional: true },
    ]);
  });

  test('take the overrides: version and namespace replaced, values files added, a setting replaced whatever its kind', () => {
    const [cache, catalog] = resolveReleases(config, 'production');

    expect(cache).toMatchObject({ namespace: 'cache', chart: { version: '21.1.0' } });
    expect(catalog?.values.at(-1)).toEqual({ path: 'values/big.yaml', optional: false });
    expect(catalog?.set).toEqual({ replicaCount: 5, db: { host: 'a' }, 'image.tag': 'fixed' });
    expect(catalog?.late).toEqual({ 'db.password': { env: 'FRESH_PASSWORD', matches: '.+' } });
    expect(catalog?.secrets).toEqual({ 'login.password': 'DB_PASSWORD' });
  });

  test('of an environment that does not exist: the nearest name is said', () => {
    expect(() => resolveReleases(config, 'prodution')).toThrow(
      expect.objectContaining({ reason: 'usage', hint: 'Did you mean "production"?' }),
    );
  });
});

test.each([
  ['main', true],
  ['release/1.2', true],
  ['release/1.2/fix', false],
  ['hotfix/a/b', true],
  ['mainly', false],
  ['refs/heads/main', false],
])('staging takes branch %s: %s', (branch, taken) => {
  expect(mayApplyFrom(config.environments[0]!, branch)).toBe(taken);
});

test.each([
  ['shop', true],
  ['team-a', true],
  ['kube-system', false],
])('staging may write to namespace %s: %s', (namespace, allowed) => {
  expect(mayWriteTo(config.environments[0]!, namespace)).toBe(allowed);
  expect(mayWriteTo(config.environments[1]!, namespace)).toBe(true);
});

function parse(text: string): Config {
  return parseConfig({ file: 'pushgate.yaml', files: { read: () => text, paths: () => [] } });
}
