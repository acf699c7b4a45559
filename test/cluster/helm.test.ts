import { spawnSync } from 'node:child_process';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { readRevisions } from '../../src/cluster/read/helm-record.ts';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed, describeWithOracles } from '../bed/suites.ts';
import { clientOf, configMap, deployment, line, plan } from './support.ts';

describeWithOracles('the real helm', ['helm'], (program) =>
  describeOnBed('on what Pushgate applied', (bed) => {
    const namespaces: string[] = [];
    let namespace = '';
    beforeEach(() => {
      namespace = makeNamespace(bed());
      namespaces.push(namespace);
    });
    afterAll(() => {
      for (const name of namespaces) dropNamespace(bed(), name);
    });
    const helm = (...args: string[]) => {
      const all = ['--kubeconfig', bed().kubeconfigs.administrator, '-n', namespace, ...args];
      const run = spawnSync(program('helm'), all, { encoding: 'utf8' });
      if (run.status !== 0) throw new Error(`helm ${args.join(' ')}: ${run.stderr}`);
      return run.stdout;
    };
    const planAs = (...objects: Parameters<typeof plan>[0]['objects']) =>
      plan({ client: clientOf(bed(), 'applier'), namespace, objects });

    test('lists it, tells its history and shows its manifest', async () => {
      await (await planAs(deployment('web', 3))).apply();
      await (await planAs(deployment('web', 2))).apply();

      const [listed] = JSON.parse(helm('list', '-o', 'json'));
      expect(listed).toMatchObject({ name: 'catalog', revision: '2', status: 'deployed', chart: 'catalog-1.0.0' });
      const history = JSON.parse(helm('history', 'catalog', '-o', 'json')) as Record<string, unknown>[];
      expect(history.map(({ revision, status, description }) => [revision, status, description])).toEqual([
        [1, 'superseded', 'Pushgate applied c1 of !17'],
        [2, 'deployed', 'Pushgate applied c1 of !17'],
      ]);
      expect(helm('get', 'manifest', 'catalog')).toContain('"replicas":2');
    });

    test('rolls back in an emergency without a flag, and the next plan shows it as drift', async () => {
      await (await planAs(deployment('web', 3), configMap('env', { LEVEL: 'info' }))).apply();
      const after = [deployment('web', 2), configMap('env', { LEVEL: 'debug' })];
      await (await planAs(...after)).apply();

      helm('rollback', 'catalog', '1');

      expect(kubectl(bed(), ['get', 'deployment', 'web', '-n', namespace, '-o', 'jsonpath={.spec.replicas}'])).toBe(
        '3',
      );
      const planned = await planAs(...after);
      expect(planned.release.drifted.map(line).sort()).toEqual([
        'update ConfigMap env: data.LEVEL info → debug',
        'update Deployment web: spec.replicas 3 → 2',
      ]);
      const revisions = await readRevisions(clientOf(bed(), 'applier'), { name: 'catalog', namespace });
      expect(revisions.map(({ version, ours, status }) => [version, ours, status])).toEqual([
        [1, true, 'superseded'],
        [2, true, 'superseded'],
        [3, false, 'deployed'],
      ]);
    });

    test('keeps ten revisions, as Helm itself does', async () => {
      for (let round = 1; round <= 12; round++)
        await (await planAs(configMap('env', { round: String(round) }))).apply();
      const history = JSON.parse(helm('history', 'catalog', '-o', 'json')) as { revision: number }[];
      expect(history.map(({ revision }) => revision)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    });

    test('uninstalls it', async () => {
      await (await planAs(deployment('web', 1))).apply();
      helm('uninstall', 'catalog', '--wait=false');
      expect(kubectl(bed(), ['get', 'deployments', '-n', namespace, '-o', 'name'])).toBe('');
    });
  }),
);
