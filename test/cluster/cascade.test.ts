import { expect, test } from '@jest/globals';
import type { JsonObject, Resource } from '../../src/resource/resource.ts';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { clientOf, configMap, plan } from './support.ts';

describeOnBed('a plan that deletes', (bed) => {
  test('counts what goes along: objects of a definition, and the volume of a claim', async () => {
    const namespace = makeNamespace(bed());
    const group = `${namespace}.test`;
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `things.${group}` },
      spec: {
        group,
        names: { kind: 'Thing', plural: 'things' },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    } as const satisfies JsonObject;
    const volume = `v-${namespace}`;
    const claim: Resource = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: '',
        volumeName: volume,
        resources: { requests: { storage: '1Gi' } },
      },
    };
    const planned = (...objects: readonly Resource[]) =>
      plan({ client: clientOf(bed(), 'administrator'), namespace, objects });
    await (await planned(configMap('stays', {}), claim, definition)).apply();
    const things = ['a', 'b'].map((name) => ({
      apiVersion: `${group}/v1`,
      kind: 'Thing',
      metadata: { name, namespace },
    }));
    const persistent = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volume },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Delete',
        hostPath: { path: '/nowhere' },
      },
    };
    for (const object of [...things, persistent])
      kubectl(bed(), ['apply', '-f', '-'], { input: JSON.stringify(object) });

    const { release } = await planned(configMap('stays', {}));

    const texts = release.changes.flatMap(({ key, consequences }) =>
      consequences.map(({ kind, text }) => `${key.kind} ${kind}: ${text}`),
    );
    expect(texts).toContain('CustomResourceDefinition data-loss: 2 Thing objects go with it');
    expect(texts).toContain(
      `PersistentVolumeClaim data-loss: volume ${volume} is deleted with its claim (reclaim policy Delete)`,
    );
    expect(texts).toContain('PersistentVolumeClaim data-loss: data loss: 1Gi may be deleted with it');
    for (const what of [`crd/${definition.metadata.name}`, `pv/${volume}`])
      kubectl(bed(), ['delete', what, '--wait=false']);
    dropNamespace(bed(), namespace);
  });
});
