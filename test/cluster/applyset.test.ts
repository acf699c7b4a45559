/** A release is an ApplySet as the real kubectl knows it, and neither tool takes the other's for its own. */
import { expect, test } from '@jest/globals';
import { applySetId } from '../../src/cluster/read/parent.ts';
import type { Resource } from '../../src/resource/resource.ts';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed, eachInItsNamespace } from '../bed/suites.ts';
import { clientOf, configMap, deployment, plan, problem } from './support.ts';

const tooling = 'applyset.kubernetes.io/tooling';

describeOnBed('an ApplySet', (bed) => {
  let namespace = '';
  eachInItsNamespace(bed, (name) => {
    namespace = name;
  });

  const planAs = (...objects: readonly Resource[]) => plan({ client: clientOf(bed(), 'applier'), namespace, objects });
  const applySet = (objects: readonly Resource[], parent: string): string => {
    const words = ['apply', '-n', namespace, '--prune', `--applyset=configmaps/${parent}`, '-f', '-'];
    const input = objects.map((object) => JSON.stringify(object)).join('\n---\n');
    return kubectl(bed(), words, { input, env: { KUBECTL_APPLYSET: 'true' } });
  };
  const names = (where: string): string =>
    kubectl(bed(), ['get', 'configmaps,deployments', '-n', where, '-o', 'name', '-l', 'app!=none'])
      .split('\n')
      .filter((name) => name !== '' && !name.endsWith('kube-root-ca.crt'))
      .sort()
      .join(' ');
  const annotation = (key: string): unknown => {
    const text = kubectl(bed(), ['get', 'configmap', 'pushgate-catalog', '-n', namespace, '-o', 'json']);
    return (JSON.parse(text) as Resource).metadata['annotations']?.[key as never];
  };
  const within = (resource: Resource, where: string): Resource => ({
    ...resource,
    metadata: { ...resource.metadata, namespace: where },
  });

  test('has the id that kubectl gives it', () => {
    applySet([configMap('env', {})], 'pushgate-catalog');
    const id = ['-o', 'jsonpath={.metadata.labels.applyset\\.kubernetes\\.io/id}'];
    expect(kubectl(bed(), ['get', 'configmap', 'pushgate-catalog', '-n', namespace, ...id])).toBe(
      applySetId({ name: 'catalog', namespace }),
    );
  });

  test('of ours is refused by kubectl, and nothing is written', async () => {
    await (await planAs(configMap('env', { a: '1' }))).apply();
    expect(() => applySet([configMap('more', {})], 'pushgate-catalog')).toThrow('managed by tooling "pushgate"');
    expect(names(namespace)).toBe('configmap/env configmap/pushgate-catalog');
  });

  test('of kubectl’s is refused here: its parent, and what belongs to it', async () => {
    applySet([configMap('env', { a: '1' })], 'pushgate-catalog');
    expect(await problem(planAs(configMap('more', {})))).toMatchObject({
      reason: 'conflict',
      message: expect.stringContaining('is not the parent of release catalog'),
    });
    // Handing it over is deleting the parent: the set has the id that the release will have.
    kubectl(bed(), ['delete', 'configmap', 'pushgate-catalog', '-n', namespace]);
    expect((await planAs(configMap('env', { a: '1' }))).release.blocked).toEqual([]);
    applySet([configMap('other', { a: '1' })], 'theirs');
    const planned = await planAs(configMap('other', { a: '2' }));
    expect(planned.release.blocked).toMatchObject([
      { reason: 'conflict', text: expect.stringContaining('another set') },
    ]);
  });

  test('says what is in it so that kubectl, given it, prunes all of it and nothing else', async () => {
    const other = makeNamespace(bed());
    const far = within(configMap('far', {}), other);
    const near = [deployment('web', 1), configMap('env', { a: '1' })];
    await (await planAs(...near, far)).apply();
    expect(annotation('applyset.kubernetes.io/contains-group-kinds')).toBe('ConfigMap,Deployment.apps');
    expect(annotation('applyset.kubernetes.io/additional-namespaces')).toBe(other);
    kubectl(bed(), ['create', 'configmap', 'foreign', '-n', namespace]);
    kubectl(bed(), ['create', 'configmap', 'foreign', '-n', other]);

    kubectl(bed(), [
      'annotate',
      'configmap',
      'pushgate-catalog',
      '-n',
      namespace,
      '--overwrite',
      `${tooling}=kubectl/v1.36.3`,
    ]);
    applySet([configMap('last', {})], 'pushgate-catalog');
    expect(names(other)).toBe('configmap/foreign');
    expect(names(namespace)).toBe('configmap/foreign configmap/last configmap/pushgate-catalog');
    dropNamespace(bed(), other);
  });

  test('is told exactly after a prune: kinds and namespaces that have nothing left are gone from it', async () => {
    const other = makeNamespace(bed());
    await (await planAs(deployment('web', 1), configMap('env', {}), within(configMap('far', {}), other))).apply();
    await (await planAs(configMap('env', {}))).apply();
    expect(annotation('applyset.kubernetes.io/contains-group-kinds')).toBe('ConfigMap');
    expect(annotation('applyset.kubernetes.io/additional-namespaces')).toBe('');
    expect(names(namespace)).toBe('configmap/env configmap/pushgate-catalog');
    dropNamespace(bed(), other);
  });
});
