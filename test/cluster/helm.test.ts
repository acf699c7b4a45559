import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readRevisions } from '../../src/cluster/read/helm-record.ts';
import { endPending } from '../../src/cluster/write/helm-record.ts';
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

    /** A chart whose hook never ends where it is told to be stuck. */
    function chartFolder(): string {
      const folder = mkdtempSync(join(tmpdir(), 'pushgate-chart-'));
      mkdirSync(join(folder, 'templates'));
      const hook = `{{ if .Values.stuck }}{ apiVersion: batch/v1, kind: Job, metadata: { name: stuck, annotations: { helm.sh/hook: "pre-install,pre-upgrade,pre-rollback" } }, spec: { suspend: true, template: { spec: { restartPolicy: Never, containers: [{ name: run, image: registry.test/run }] } } } }{{ end }}`;
      writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: catalog\nversion: 1.0.0\n');
      writeFileSync(join(folder, 'templates/hook.yaml'), hook);
      writeFileSync(
        join(folder, 'templates/env.yaml'),
        '{ apiVersion: v1, kind: ConfigMap, metadata: { name: env }, data: { a: "{{ .Values.a }}" } }',
      );
      return folder;
    }

    /** kill -9 as soon as the revision is pending. */
    async function killAtWork(version: number, ...args: string[]): Promise<void> {
      const all = ['--kubeconfig', bed().kubeconfigs.administrator, '-n', namespace, ...args];
      const child = spawn(program('helm'), all, { stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const name = `sh.helm.release.v1.catalog.v${version}`;
      while (child.exitCode === null) {
        const there = kubectl(bed(), ['get', 'secrets,jobs', '-n', namespace, '-o', 'name']);
        if (there.includes(name) && there.includes('job.batch/stuck')) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      child.kill('SIGKILL');
      await ended;
    }

    test.each([
      [
        'install',
        'failed deployed',
        async (chart: string) => await killAtWork(1, 'install', 'catalog', chart, '--set', 'stuck=true,a=1'),
      ],
      [
        'upgrade',
        'superseded failed deployed',
        async (chart: string) => {
          helm('install', 'catalog', chart, '--set', 'a=1');
          await killAtWork(2, 'upgrade', 'catalog', chart, '--set', 'stuck=true,a=1');
        },
      ],
      [
        'rollback',
        'superseded superseded superseded failed deployed',
        async (chart: string) => {
          helm('install', 'catalog', chart, '--set', 'a=1');
          helm('upgrade', 'catalog', chart, '--set', 'stuck=true,a=1', '--no-hooks');
          helm('upgrade', 'catalog', chart, '--set', 'a=1');
          await killAtWork(4, 'rollback', 'catalog', '2');
        },
      ],
    ])(
      'killed in the middle of %s is taken for one at work, until somebody says that it is gone',
      async (verb, statuses, kill) => {
        const chart = chartFolder();
        await kill(chart);
        const planned = await planAs(configMap('env', { a: '2' }));
        expect(planned.notices.join()).toContain(`is pending-${verb}`);
        const refused = await problem(planned.apply());
        expect(refused).toMatchObject({ reason: 'locked', message: expect.stringContaining('Helm itself is at work') });
        expect(refused.hint).toContain('pushgate unlock catalog');

        const client = clientOf(bed(), 'applier');
        const place = { name: 'catalog', namespace };
        const told = { by: 'rita', reason: 'the runner died', now: new Date() };
        expect(await endPending(client, place, told)).toMatchObject({ status: `pending-${verb}` });
        expect(await endPending(client, place, told)).toBeUndefined();
        await (await planAs(configMap('env', { a: '2' }))).apply();
        const history = JSON.parse(helm('history', 'catalog', '-o', 'json')) as Record<string, string>[];
        expect(history.map(({ status }) => status).join(' ')).toBe(statuses);
        expect(history.at(-2)?.['description']).toBe(
          'Interrupted; ended by rita with pushgate unlock: the runner died',
        );
        helm('upgrade', 'catalog', chart, '--set', 'a=3');
        expect(kubectl(bed(), ['get', 'configmap', 'env', '-n', namespace, '-o', 'jsonpath={.data.a}'])).toBe('3');
      },
    );

    test('killed long ago has its record repaired by the apply itself', async () => {
      const chart = chartFolder();
      helm('install', 'catalog', chart, '--set', 'a=1');
      await killAtWork(2, 'upgrade', 'catalog', chart, '--set', 'stuck=true,a=1');
      const planned = await planAs(configMap('env', { a: '2' }));
      await planned.apply({ now: () => new Date(Date.now() + 20 * 60_000) });
      const history = JSON.parse(helm('history', 'catalog', '-o', 'json')) as Record<string, string>[];
      expect(history.map(({ status }) => status)).toEqual(['superseded', 'failed', 'deployed']);
      // Helm 4 goes back to its own revision in the way it wrote that one: server-side, and not over others.
      helm('rollback', 'catalog', '1', '--force-conflicts');
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
