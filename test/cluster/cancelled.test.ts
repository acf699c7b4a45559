import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readParent } from '../../src/cluster/read/parent.ts';
import type { Resource } from '../../src/resource/resource.ts';
import { describeOnBed } from '../bed/suites.ts';
import { type CliProcess, startCli } from '../support/cli-process.ts';
import { productInto } from '../support/example-shop.ts';
import { type FaultProxy, holdBack, startFaultProxy, writesTo } from '../support/fault-proxy.ts';
import { reportFigure } from '../support/figures.ts';
import { clientOf, deployment } from './support.ts';
import { type TrialShop, trialShop } from './trial-shop.ts';
import { after, dropTrial, lockOf, makeTrial, newNamespace, nextRun, standing, type Trial, touched } from './trials.ts';

/** As GitHub's runner ends a job: SIGINT, 7.5 s later SIGTERM, 2.5 s later it kills. */
const untilTerm = 7_500;
const untilKill = 10_000;

describeOnBed('a run that is cancelled', (bed) => {
  const product = mkdtempSync(join(tmpdir(), 'pushgate-product-'));
  beforeAll(() => productInto(product), 120_000);
  afterAll(() => rmSync(product, { recursive: true, force: true }));
  const bundle = join(product, 'dist/cli.js');
  let slowest = 0;
  let runs = 0;

  interface Stage {
    readonly trial: Trial;
    readonly shop: TrialShop;
    readonly proxy: FaultProxy;
    readonly start: (words: readonly string[], entry?: string) => CliProcess;
  }

  async function onStage(act: (stage: Stage) => Promise<void>): Promise<void> {
    const namespace = newNamespace();
    using shop = trialShop(namespace);
    await using proxy = await startFaultProxy(bed());
    const trial = await makeTrial(clientOf(bed(), 'administrator'), namespace, shop.commits.before);
    const env = shop.env(proxy.url, 'administrator');
    const start = (words: readonly string[], entry = bundle) => startCli({ entry, words, cwd: shop.folder, env });
    await act({ trial, shop, proxy, start });
    await dropTrial(trial);
  }

  /** Ends it as a runner does, and gives what it ended with. Fails where it had to be killed. */
  async function cancel(run: CliProcess, signal: 'SIGINT' | 'SIGTERM' = 'SIGINT') {
    const started = performance.now();
    run.child.kill(signal);
    const term = setTimeout(() => run.child.kill('SIGTERM'), untilTerm);
    const kill = setTimeout(() => run.child.kill('SIGKILL'), untilKill);
    const ended = await run.ended;
    clearTimeout(term);
    clearTimeout(kill);
    const took = performance.now() - started;
    slowest = Math.max(slowest, took);
    runs++;
    return { ...ended, took };
  }

  test.each([
    ['SIGINT', 130, 'the built bundle'],
    ['SIGTERM', 143, 'the built bundle'],
    ['SIGINT', 130, 'the source'],
  ] as const)(
    'by %s ends with %i after the request on the wire, says what it did and lets go of the lock (%s)',
    async (signal, code, form) => {
      await onStage(async ({ trial, proxy, start }) => {
        // ConfigMaps are one wave, the Deployment the next.
        const wire = holdBack(proxy, writesTo('created'), 'before');
        const run = start(['apply'], form === 'the source' ? 'src/cli.ts' : bundle);
        await run.until(wire.came);
        // The others of the wave are through; what is on the wire is let go after the signal.
        await proxy.quiet(1);
        const ending = cancel(run, signal);
        await run.said(`${signal}: cancelled`);
        wire.letGo();
        const { code: ended } = await ending;
        expect([ended, run.output()]).toEqual([
          code,
          expect.stringContaining('cancelled: 4 of 6 changes of catalog were written'),
        ]);
        expect(run.output()).toMatch(/skipped +Deployment .*web/);
        expect(run.output()).toMatch(/created +ConfigMap .*created/);
        const { web, ...others } = await standing(trial);
        expect([web, others]).toEqual([
          undefined,
          expect.objectContaining({ created: '1', changed: '2', dropped: '1' }),
        ]);
        expect((await lockOf(trial)).holder).toBe('');
        const parent = await readParent(trial.client, { name: 'catalog', namespace: trial.namespace });
        expect(parent?.state).toMatchObject({ pending: [], attempt: { environment: 'production' } });
        expect(await nextRun(trial)).toEqual([]);
      });
    },
  );

  test('does not wait for ever for an answer, and says that it is unknown', async () => {
    await onStage(async ({ trial, proxy, start }) => {
      const wire = holdBack(proxy, writesTo('created'), 'after');
      const run = start(['apply']);
      await run.until(wire.came);
      await proxy.quiet(1);
      const { code, took } = await cancel(run);
      wire.letGo();
      expect(code).toBe(130);
      expect(took).toBeLessThan(untilTerm);
      expect(run.output()).toMatch(/unknown +ConfigMap .*created/);
      expect((await lockOf(trial)).holder).toBe('');
      const parent = await readParent(trial.client, { name: 'catalog', namespace: trial.namespace });
      expect(parent?.state.pending.map(({ name }) => name)).toEqual(['created']);
      expect(await nextRun(trial)).toEqual([]);
    });
  });

  test('ends in time with a server that answers nothing any more', async () => {
    await onStage(async ({ trial, proxy, start }) => {
      const wire = holdBack(proxy, writesTo('created'), 'before');
      const run = start(['apply']);
      await run.until(wire.came);
      await proxy.quiet(1);
      proxy.inject(() => ({ kind: 'slow', milliseconds: 60_000 }));
      const { code } = await cancel(run);
      wire.letGo();
      expect(code).toBe(130);
      expect(run.output()).toContain('could not be recorded');
      proxy.inject(undefined);
      expect(await nextRun(trial)).toEqual([]);
    });
  });

  /** No node of the bed has such a label: its pods never start. */
  const unplaceable = { no: 'where' };

  test('while a hook runs, ends at once, says that it goes on, and runs it again the next time', async () => {
    await onStage(async ({ trial, shop, start }) => {
      const hook: Resource = {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'migrate', annotations: { 'helm.sh/hook': 'pre-upgrade' } },
        spec: {
          template: {
            spec: {
              restartPolicy: 'Never',
              nodeSelector: unplaceable,
              containers: [{ name: 'run', image: 'registry.test/run:1' }],
            },
          },
        },
      };
      shop.render([...after, hook], 'With a hook');
      const run = start(['apply']);
      await run.said(`waiting for Job ${trial.namespace}/migrate`);
      const { code, took } = await cancel(run);
      expect([code, run.output()]).toEqual([
        130,
        expect.stringContaining('cancelled: 0 of 6 changes of catalog were written'),
      ]);
      expect(took).toBeLessThan(untilTerm);
      expect(run.output()).toMatch(/hook Job \S+migrate was still running: 0 of 1 completed.*; nobody stops it/);
      expect(touched(await standing(trial))).toEqual([]);
      expect((await lockOf(trial)).holder).toBe('');

      const again = start(['plan']);
      expect((await again.ended).code).toBe(0);
      expect(again.output()).toMatch(/▸ Job \S+migrate +run again/);
      expect(again.output()).toMatch(/~ Secret \S+login/);
      expect(await nextRun(trial)).toEqual([]);
    });
  });

  test('while pods start, ends at once and says which objects nobody saw ready', async () => {
    await onStage(async ({ trial, shop, start }) => {
      const text = JSON.stringify(deployment('web', 1)).replace(
        '"containers"',
        `"nodeSelector":${JSON.stringify(unplaceable)},$&`,
      );
      shop.render([...after.filter(({ kind }) => kind !== 'Deployment'), JSON.parse(text)], 'A pod');
      const run = start(['apply']);
      await run.said(`waiting for Deployment ${trial.namespace}/web`);
      const { code, took } = await cancel(run, 'SIGTERM');
      expect([code, run.output()]).toEqual([
        143,
        expect.stringContaining('cancelled: 5 of 6 changes of catalog were written'),
      ]);
      expect(took).toBeLessThan(untilTerm);
      expect(run.output()).toMatch(/not ready Deployment \S+web: /);
      // What the release no longer has goes when the rest is ready, and that was not seen.
      expect(run.output()).toMatch(/skipped +ConfigMap \S+dropped/);
      expect((await lockOf(trial)).holder).toBe('');
      const parent = await readParent(trial.client, { name: 'catalog', namespace: trial.namespace });
      expect(parent?.state).toMatchObject({ pending: [], attempt: { environment: 'production' } });
      expect(await nextRun(trial)).toEqual([]);
    });
  });

  test('while it waits for the lock, for readiness, or plans, stops at once', async () => {
    await onStage(async ({ trial, proxy, start }) => {
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
      const path = `/apis/coordination.k8s.io/v1/namespaces/${trial.namespace}/leases`;
      const taken = { holderIdentity: 'run 7', leaseDurationSeconds: 60, acquireTime: '2026-11-20T18:00:00.000000Z' };
      await trial.client.send({
        method: 'PATCH',
        path: `${path}/pushgate-catalog`,
        contentType: 'application/merge-patch+json',
        body: { ...lease, spec: taken },
        repeatable: 'once',
      });
      const queued = start(['apply']);
      await queued.said('waiting behind run 7, which has the lock since 2026-11-20T18:00:00Z');
      const one = await cancel(queued);
      expect([one.code, queued.output()]).toEqual([
        130,
        expect.stringContaining('cancelled before anything of catalog was written'),
      ]);
      expect((await lockOf(trial)).holder).toBe('run 7');

      for (const verb of ['plan', 'apply', 'drift', 'status']) {
        const planning = holdBack(proxy, ({ path: asked }) => asked === '/apis', 'before');
        const run = start([verb]);
        await run.until(planning.came);
        const { code } = await cancel(run);
        planning.letGo();
        expect([verb, code, run.output()]).toEqual([verb, 130, expect.stringContaining('cancelled')]);
      }
      expect(touched(await standing(trial))).toEqual([]);
      expect(await nextRun(trial)).toEqual([]);
    });
    reportFigure(
      `cancel: ${runs} runs of real processes, the slowest ended after ${(slowest / 1000).toFixed(1)} s of 10`,
    );
  }, 180_000);
});
