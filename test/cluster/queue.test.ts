import { expect, test } from '@jest/globals';
import { describeOnBed } from '../bed/suites.ts';
import { type CliProcess, startCli } from '../support/cli-process.ts';
import { type FaultProxy, holdBack, startFaultProxy, writesTo } from '../support/fault-proxy.ts';
import { reportFigure } from '../support/figures.ts';
import { clientOf, configMap } from './support.ts';
import { type TrialShop, trialShop } from './trial-shop.ts';
import { after, dropTrial, lockOf, makeTrial, newNamespace, nextRun, standing, type Trial } from './trials.ts';

describeOnBed('two runs for one release', (bed) => {
  interface Stage {
    readonly trial: Trial;
    readonly shop: TrialShop;
    /** Each run has a proxy of its own, to tell their requests apart. */
    readonly proxies: readonly [FaultProxy, FaultProxy];
    readonly start: (proxy: FaultProxy, ...words: readonly string[]) => CliProcess;
  }

  async function onStage(act: (stage: Stage) => Promise<void>): Promise<void> {
    const namespace = newNamespace();
    using shop = trialShop(namespace);
    await using one = await startFaultProxy(bed());
    await using other = await startFaultProxy(bed());
    const trial = await makeTrial(clientOf(bed(), 'administrator'), namespace, shop.commits.before);
    const start = (proxy: FaultProxy, ...words: readonly string[]) =>
      startCli({ entry: 'src/cli.ts', words, cwd: shop.folder, env: shop.env(proxy.url, 'administrator') });
    await act({ trial, shop, proxies: [one, other], start });
    await dropTrial(trial);
  }

  const objectWrites = (proxy: FaultProxy): number =>
    proxy.seen.filter(({ isWrite, path }) => isWrite && !path.includes('/leases')).length;

  test('come one after the other, and the second plans again what the first has changed', async () => {
    await onStage(async ({ trial, shop, proxies: [one, other], start }) => {
      const wire = holdBack(one, writesTo('created'), 'before');
      const first = start(one, 'apply');
      await first.until(wire.came);
      const next = after.map((object) =>
        object.metadata.name === 'changed' ? configMap('changed', { x: '3' }) : object,
      );
      const commit = shop.render(next, 'Another change');
      const second = start(other, 'apply');
      await second.said('waiting behind ann on laptop at ');
      expect(second.output()).toMatch(/which has the lock since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/);
      expect(objectWrites(other)).toBe(0);
      const writesBefore = objectWrites(one);
      wire.letGo();

      expect([(await first.ended).code, first.output()]).toEqual([0, expect.stringContaining('catalog: ')]);
      expect([(await second.ended).code, second.output()]).toEqual([
        0,
        expect.stringContaining('applied by another run meanwhile'),
      ]);

      expect(second.output()).toContain('catalog: 1 updated');
      expect(second.output()).toContain(commit.slice(0, 7));
      expect(await standing(trial)).toMatchObject({ changed: '3', created: '1', foreign: '1' });
      reportFigure(
        `two applies at once: the second wrote 0 objects while the first had the lock (${writesBefore} of its ${objectWrites(one)} writes sent), then planned again and wrote ${objectWrites(other)}`,
      );
    });
  });

  test('wait no longer than they were told to, and say whom for', async () => {
    await onStage(async ({ trial, proxies: [one, other], start }) => {
      const wire = holdBack(one, writesTo('created'), 'before');
      const first = start(one, 'apply');
      await first.until(wire.came);
      const second = start(other, 'apply', '--lock-timeout', '1s');
      expect([(await second.ended).code, second.output()]).toEqual([
        3,
        expect.stringContaining('is being applied by ann on laptop'),
      ]);
      expect(objectWrites(other)).toBe(0);
      wire.letGo();
      expect((await first.ended).code).toBe(0);
      expect(await nextRun(trial)).toEqual([]);
    });
  });

  test('do not overwrite each other when the lock of a living run is taken away', async () => {
    await onStage(async ({ trial, proxies: [one, other], start }) => {
      const wire = holdBack(one, writesTo('created'), 'before');
      const first = start(one, 'apply');
      await first.until(wire.came);
      const without = start(other, 'unlock', 'catalog', '--environment', 'production');
      expect([(await without.ended).code, without.output()]).toEqual([1, expect.stringContaining('needs a reason')]);

      const unlock = start(other, 'unlock', 'catalog', '--environment', 'production', '--reason', 'its runner died');
      expect([(await unlock.ended).code, unlock.output()]).toEqual([
        0,
        expect.stringContaining('no longer locked by ann on laptop'),
      ]);
      expect(await lockOf(trial)).toMatchObject({
        holder: '',
        notes: {
          'pushgate.dev/unlocked-by': expect.any(String),
          'pushgate.dev/unlocked-reason': 'its runner died',
          'pushgate.dev/unlocked-at': expect.stringMatching(/^\d{4}-/),
        },
      });
      const second = start(other, 'apply');
      expect([(await second.ended).code, second.output()]).toEqual([0, expect.stringContaining('catalog: ')]);
      wire.letGo();

      const { code } = await first.ended;
      expect([code, first.output()]).toEqual([
        expect.any(Number),
        expect.stringContaining('was made by somebody else after the plan was made'),
      ]);
      expect(code).not.toBe(0);
      expect(await nextRun(trial)).toEqual([]);
    });
  });
});
