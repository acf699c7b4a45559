import { expect, test } from '@jest/globals';
import type { Resource } from '../../resource/resource.ts';
import type { Discovery, KindInfo } from './discovery.ts';
import { applySetId } from './parent.ts';
import { placeOf, preparer, withDefinitions, withoutMarks } from './prepare.ts';

const kinds: readonly KindInfo[] = [
  { apiVersion: 'v1', group: '', kind: 'ConfigMap', resource: 'configmaps', namespaced: true },
  { apiVersion: 'v1', group: '', kind: 'Namespace', resource: 'namespaces', namespaced: false },
];
const discovery: Discovery = {
  find: (apiVersion, kind) => kinds.find((info) => info.apiVersion === apiVersion && info.kind === kind),
  preferred: () => undefined,
  stale: [],
};
const release = { name: 'catalog', namespace: 'shop', marks: 'helm' } as const;

function object(kind: string, metadata: object): Resource {
  return { apiVersion: 'v1', kind, metadata: { name: 'a', ...metadata } };
}

test('an object is put into the namespace of its release unless it has its own or needs none', () => {
  const namespaceOf = (rendered: Resource) => preparer(discovery, release)(rendered, undefined).metadata['namespace'];
  expect(namespaceOf(object('ConfigMap', {}))).toBe('shop');
  expect(namespaceOf(object('ConfigMap', { namespace: 'other' }))).toBe('other');
  expect(namespaceOf(object('Namespace', { namespace: 'other' }))).toBeUndefined();
});

test('it carries the marks of its release, and can be given back as it was rendered', () => {
  const rendered = object('ConfigMap', { namespace: 'shop', labels: { app: 'x' }, annotations: { note: 'y' } });
  const prepared = preparer(discovery, release)(rendered, undefined);
  expect(prepared.metadata).toMatchObject({
    labels: { app: 'x', 'applyset.kubernetes.io/part-of': applySetId(release), 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { note: 'y', 'meta.helm.sh/release-name': 'catalog', 'meta.helm.sh/release-namespace': 'shop' },
  });
  expect(withoutMarks(prepared).metadata).toMatchObject({ labels: { app: 'x' }, annotations: { note: 'y' } });
  expect(JSON.stringify(withoutMarks(prepared))).not.toMatch(/part-of|meta\.helm\.sh/);
});

test('the id of an ApplySet is the one that kubectl computes', () => {
  // sha256 of "pushgate-catalog.shop.ConfigMap." in URL-safe base64 without padding, by kubectl's rule.
  expect(applySetId(release)).toBe('applyset-m5EKv7gNB6Y_dUVcHX8AKxCF4TVy_t9iJ6sL09Ct7kU-v1');
});

test('a kind that the release itself defines is promised, and any other unknown kind is refused', () => {
  const crd: Resource = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.test' },
    spec: {
      group: 'example.test',
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things' },
      versions: [{ name: 'v1' }],
    },
  };
  const thing: Resource = {
    apiVersion: 'example.test/v1',
    kind: 'Thing',
    metadata: { name: 'one', namespace: 'shop' },
  };
  expect(placeOf(withDefinitions(discovery, [crd]), thing, undefined)).toMatchObject({
    info: { resource: 'things', promised: true },
    namespace: 'shop',
  });
  expect(() => placeOf(discovery, thing, 'templates/thing.yaml')).toThrow('no such kind: Thing (example.test/v1)');
});
