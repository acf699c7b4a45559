import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { discover } from '../../src/cluster/read/discovery.ts';
import { applyReleases, type ReleaseToApply } from '../../src/cluster/write/apply-releases.ts';
import type { Resource } from '../../src/resource/resource.ts';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { clientOf, configMap, plan } from './support.ts';

describeOnBed('several releases', (bed) => {
  let namespace = '';
  beforeAll(() => {
    namespace = makeNamespace(bed());
  });
  afterAll(() => dropNamespace(bed(), namespace));

  const toApply = async (release: string, needs: readonly string[], object: Resource): Promise<ReleaseToApply> => {
    const { work } = await plan({ client: clientOf(bed(), 'applier'), namespace, release, objects: [object] });
    return {
      work,
      parent: undefined,
      mergeRequests: [17],
      needs,
      config: {},
      marks: 'none',
      chart: { name: release, version: '1.0.0', appVersion: '' },
    };
  };

  test('are applied after what they need, and one that fails stops only those that need it', async () => {
    const client = clientOf(bed(), 'applier');
    const releases = [
      await toApply('database', [], configMap('database', { a: '1' })),
      await toApply('catalog', ['database'], configMap('catalog', { a: '1' })),
      await toApply('cart', ['catalog'], configMap('cart', { a: '1' })),
      await toApply('banner', [], configMap('banner', { a: '1' })),
    ];
    // Somebody makes what the plan took for new.
    kubectl(bed(), ['create', 'configmap', 'catalog', '-n', namespace]);
    const order: string[] = [];

    const problems = await applyReleases({
      client,
      discovery: await discover(client),
      environment: 'production',
      source: { repository: 'my/shop', commit: 'c'.repeat(40) },
      releases,
      namespaces: [namespace],
      toolVersion: '0.1.0',
      holder: 'run 1',
      lockWait: 0,
      readyTimeout: 5_000,
      onProgress: (event) => {
        if (event.kind === 'wrote') order.push(event.key.name);
      },
      signal: undefined,
      now: () => new Date(),
    });

    expect(order.sort()).toEqual(['banner', 'database']);
    expect([...problems].map(([name, { reason, message }]) => [name, reason, message])).toEqual([
      ['catalog', 'conflict', expect.stringContaining('0 of 1 change of catalog was written')],
      ['cart', 'conflict', 'cart needs catalog, which was not applied'],
    ]);
  });
});
