import { describe, expect, test } from '@jest/globals';
import type { JsonObject, Resource } from './resource.ts';
import { builtInScope, definedScope, withNamespace } from './scope.ts';

test.each([
  ['v1', 'ConfigMap', 'namespaced'],
  ['v1', 'Namespace', 'cluster'],
  ['apps/v1', 'Deployment', 'namespaced'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', 'cluster'],
  ['rbac.authorization.k8s.io/v1', 'Role', 'namespaced'],
  ['networking.k8s.io/v1', 'Ingress', 'namespaced'],
  ['gateway.networking.k8s.io/v1', 'GatewayClass', undefined],
  ['example.com/v1', 'Namespace', undefined],
])('%s %s is %s', (apiVersion, kind, scope) => {
  expect(builtInScope(apiVersion, kind)).toBe(scope);
});

describe('the namespace of an object', () => {
  const object = (namespace?: string): Resource =>
    ({
      apiVersion: 'v1',
      kind: 'X',
      metadata: { name: 'x', ...(namespace === undefined ? {} : { namespace }) },
    }) as JsonObject as Resource;

  test("is the release's where none is written", () => {
    expect(withNamespace(object(), 'namespaced', 'shop').metadata).toEqual({ name: 'x', namespace: 'shop' });
    expect(withNamespace(object(''), 'namespaced', 'shop').metadata).toEqual({ name: 'x', namespace: 'shop' });
  });

  test('stays as it was written', () => {
    expect(withNamespace(object('other'), 'namespaced', 'shop').metadata).toEqual({ name: 'x', namespace: 'other' });
  });

  test('goes from kinds that have none, as the API server drops it', () => {
    expect(withNamespace(object('other'), 'cluster', 'shop').metadata).toEqual({ name: 'x' });
  });

  test('is left alone where nobody knows the kind', () => {
    expect(withNamespace(object(), undefined, 'shop').metadata).toEqual({ name: 'x' });
  });
});

test('a CustomResourceDefinition says where its kind lives', () => {
  const definition = (scope: string): Resource =>
    ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'caches.example.com' },
      spec: { group: 'example.com', names: { kind: 'Cache' }, scope },
    }) as JsonObject as Resource;

  expect(definedScope(definition('Cluster'))).toEqual({ group: 'example.com', kind: 'Cache', scope: 'cluster' });
  expect(definedScope(definition('Namespaced'))?.scope).toBe('namespaced');
});
