import { expect, test } from '@jest/globals';
import type { JsonObject, Resource } from '../../src/resource/resource.ts';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { clientOf, plan } from './support.ts';

function secret(values: Readonly<Record<string, string>>, labels: JsonObject): Resource {
  const data = Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')] as const);
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', labels }, data: Object.fromEntries(data) };
}

describeOnBed('a Secret that somebody touched', (bed) => {
  const set = (namespace: string, ...words: readonly string[]) => kubectl(bed(), [...words, '-n', namespace]);

  test('still follows its chart in what the chart changes, and keeps the rest as drift', async () => {
    const namespace = makeNamespace(bed());
    const client = clientOf(bed(), 'administrator');
    const planned = (values: Readonly<Record<string, string>>, tier: string) =>
      plan({ client, namespace, objects: [secret(values, { tier })] });
    const fieldsOf = (
      changes: readonly { readonly fields: readonly { readonly path: string; readonly causes?: unknown }[] }[],
    ) => changes.flatMap(({ fields }) => fields.map(({ path }) => path));
    const values = () =>
      JSON.parse(set(namespace, 'get', 'secret', 'db', '-o', 'json')) as {
        readonly data: Readonly<Record<string, string>>;
        readonly metadata: { readonly labels: JsonObject; readonly annotations: JsonObject };
      };
    const decoded = () => Object.fromEntries(Object.entries(values().data).map(([key, value]) => [key, atob(value)]));

    await (await planned({ pin: '1', user: 'shop' }, 'back')).apply();
    set(namespace, 'annotate', 'secret', 'db', 'seen=yes');
    const touched = await planned({ pin: '1', user: 'shop' }, 'back');
    expect([touched.release.changes, touched.release.drifted]).toEqual([[], []]);

    const label = await planned({ pin: '1', user: 'shop' }, 'front');
    expect(fieldsOf(label.release.changes)).toEqual(['metadata.labels.tier']);
    await label.apply();
    expect(values().metadata).toMatchObject({ labels: { tier: 'front' }, annotations: { seen: 'yes' } });

    set(namespace, 'annotate', 'secret', 'db', 'seen=again', '--overwrite');
    const value = await planned({ pin: '2', user: 'shop' }, 'front');
    expect(fieldsOf(value.release.changes)).toEqual(['data.pin']);
    await value.apply();
    expect(decoded()).toEqual({ pin: '2', user: 'shop' });

    const user = Buffer.from('by hand').toString('base64');
    set(namespace, 'patch', 'secret', 'db', '-p', JSON.stringify({ data: { user } }));
    const drifted = await planned({ pin: '2', user: 'shop' }, 'front');
    expect([drifted.release.changes, fieldsOf(drifted.release.drifted)]).toEqual([[], ['data.user']]);
    const both = await planned({ pin: '3', user: 'shop' }, 'front');
    expect(fieldsOf(both.release.changes)).toEqual(['data.pin', 'data.user']);
    await both.apply();
    expect(decoded()).toEqual({ pin: '3', user: 'shop' });
    const { release } = await planned({ pin: '3', user: 'shop' }, 'front');
    expect([release.changes, release.drifted]).toEqual([[], []]);
    dropNamespace(bed(), namespace);
  });
});
