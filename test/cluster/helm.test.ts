import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { readRevisions } from '../../src/cluster/read/helm-record.ts';
import { kubectl } from '../bed/namespaces.ts';
import { describeOnBed, describeWithOracles, eachInItsNamespace } from '../bed/suites.ts';
import { clientOf, configMap, deployment, line, plan, problem } from './support.ts';

describeWithOracles('the real helm', ['helm'], (program) =>
  describeOnBed('on what Pushgate applied', (bed) => {
    let namespace = '';
    eachInItsNamespace(bed, (name) => {
      namespace = name;
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

    test('shows the values it was rendered with, and none of secret variables', async () => {
      await (await planAs(configMap('env', {}))).apply({ config: { replicas: 2, image: { tag: 'v1' } } });
      expect(JSON.parse(helm('get', 'values', 'catalog', '-o', 'json'))).toEqual({ replicas: 2, image: { tag: 'v1' } });
    });

    test('that was killed at work has its record repaired, and one at work is not disturbed', async () => {
      await (await planAs(configMap('env', { a: '1' }))).apply();
      const place = { name: 'catalog', namespace };
      const client = clientOf(bed(), 'applier');
      const [deployed] = await readRevisions(client, place);
      if (deployed === undefined) throw new Error('no revision');
      const info = {
        ...(deployed.document['info'] as object),
        status: 'pending-upgrade',
        last_deployed: new Date().toISOString(),
      };
      const release = Buffer.from(
        gzipSync(JSON.stringify({ ...deployed.document, version: 2, info })).toString('base64'),
      ).toString('base64');
      const labels = { owner: 'helm', name: 'catalog', status: 'pending-upgrade', version: '2' };
      const pending = {
        ...{ apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1', data: { release } },
        metadata: { name: 'sh.helm.release.v1.catalog.v2', namespace, labels },
      };
      kubectl(bed(), ['create', '-f', '-'], { input: JSON.stringify(pending) });
      const again = await planAs(configMap('env', { a: '2' }));
      expect(again.notices.join()).toContain('Helm was interrupted: revision 2');

      const refused = await problem(again.apply());
      expect(refused).toMatchObject({ reason: 'locked', message: expect.stringContaining('Helm itself is at work') });
      expect(kubectl(bed(), ['get', 'configmap', 'env', '-n', namespace, '-o', 'jsonpath={.data.a}'])).toBe('1');

      const later = await planAs(configMap('env', { a: '2' }));
      await later.apply({ now: () => new Date(Date.now() + 20 * 60_000) });
      const history = JSON.parse(helm('history', 'catalog', '-o', 'json')) as { revision: number; status: string }[];
      expect(history.map(({ revision, status }) => [revision, status])).toEqual([
        [1, 'superseded'],
        [2, 'failed'],
        [3, 'deployed'],
      ]);
      helm('rollback', 'catalog', '1');
    });

    test('would get a record that does not fit: that is said before anything is written', async () => {
      // What gzip cannot make smaller.
      const noise = Array.from({ length: 14 }, (_, index) =>
        configMap(`n${index}`, { noise: randomBytes(60_000).toString('hex') }),
      );
      const planned = await planAs(...noise);
      const refused = await problem(planned.apply());
      expect(refused).toMatchObject({ reason: 'limit-exceeded', hint: expect.stringContaining('Split it') });
      expect(kubectl(bed(), ['get', 'configmaps', '-n', namespace, '-o', 'name'])).not.toContain('n0');
    });

    test('uninstalls it', async () => {
      await (await planAs(deployment('web', 1))).apply();
      helm('uninstall', 'catalog', '--wait=false');
      expect(kubectl(bed(), ['get', 'deployments', '-n', namespace, '-o', 'name'])).toBe('');
    });
  }),
);
