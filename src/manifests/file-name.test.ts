import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyId } from '../resource/resource.ts';
import { fileNames, recordPath, releaseFolder } from './file-name.ts';

function nameOf(group: string, kind: string, namespace: string, name: string): string | undefined {
  const key = { group, kind, namespace, name };
  return fileNames([key]).get(keyId(key));
}

test('a file name says what the object is', () => {
  expect(nameOf('apps', 'Deployment', 'shop', 'catalog')).toBe('Deployment.apps_shop_catalog.yaml');
  expect(nameOf('', 'Service', 'shop', 'catalog')).toBe('Service_shop_catalog.yaml');
  expect(nameOf('', 'Namespace', '', 'shop')).toBe('Namespace_shop.yaml');
  expect(nameOf('rbac.authorization.k8s.io', 'ClusterRole', '', 'system:Admin')).toBe(
    'ClusterRole.rbac.authorization.k8s.io_system%3a%41dmin.yaml',
  );
});

test('a name cannot leave its folder or hide in it', () => {
  expect(nameOf('', 'ConfigMap', '..', '../../etc/passwd')).toBe('ConfigMap_.._..%2f..%2fetc%2fpasswd.yaml');
  expect(nameOf('', '../x', '', 'a\0b')).toBe('%2e%2e%2fx_a%00b.yaml');
  expect(releaseFolder('clusters/eu', '..')).toBe('clusters/eu/%2e%2e');
  expect(releaseFolder('', 'a/b')).toBe('a%2fb');
  expect(recordPath('', '../x')).toBe('.pushgate/..%2fx.json');
});

test('no two objects ever share a file, also where capitals do not count', () => {
  const sign = fc.constantFrom('a', 'A', '_', '.', '-', '%', '2', 'f', '/', 'é', 'É', ':');
  const part = fc.string({ unit: sign, minLength: 1, maxLength: 6 });
  const key = fc.record({
    group: fc.oneof(fc.constant(''), part),
    kind: part,
    namespace: fc.oneof(fc.constant(''), part),
    name: part,
  });
  fc.assert(
    fc.property(fc.array(key, { maxLength: 12 }), (keys) => {
      const names = fileNames(keys);
      expect(new Set([...names.values()].map((name) => name.toLowerCase())).size).toBe(new Set(keys.map(keyId)).size);
      for (const name of names.values()) expect(name).toMatch(/^[A-Za-z0-9%][A-Za-z0-9%._-]*\.yaml$/);
    }),
    { seed: 7, numRuns: 2000 },
  );
});

test('names longer than a file system takes are cut, and stay apart', () => {
  const long = 'a'.repeat(253);
  const [one, other] = ['x', 'y'].map((end) => nameOf('example.test', 'Thing', 'shop', `${long.slice(1)}${end}`));
  expect(one?.length).toBeLessThanOrEqual(255);
  expect(one).not.toBe(other);
});
