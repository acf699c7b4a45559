import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { breakLease } from '../../src/cluster/write/lease.ts';
import { describeOnBed } from '../bed/suites.ts';
import { startCli } from '../support/cli-process.ts';
import { productInto } from '../support/example-shop.ts';
import { type FaultProxy, type Seen, startFaultProxy } from '../support/fault-proxy.ts';
import { reportFigure } from '../support/figures.ts';
import { clientOf } from './support.ts';
import { trialShop } from './trial-shop.ts';
import { dropTrial, makeTrial, newNamespace, nextRun, standing } from './trials.ts';

interface Boundary {
  readonly index: number;
  readonly when: 'before' | 'after';
  readonly request: string;
}

interface Verdict {
  readonly wrong: readonly string[];
  readonly wasKilled: boolean;
  /** Whether the next run said what was not known. */
  readonly named: boolean;
}

describeOnBed('an apply that is killed', (bed) => {
  const product = mkdtempSync(join(tmpdir(), 'pushgate-product-'));
  const entry = join(product, 'dist/cli.js');
  beforeAll(() => productInto(product), 120_000);
  afterAll(() => rmSync(product, { recursive: true, force: true }));

  /** Runs until the boundary, is killed there, runs again by itself, and says what is not as it should be. */
  async function trial(
    proxy: FaultProxy,
    boundary: Boundary | undefined,
  ): Promise<Verdict & { readonly seen: readonly Seen[] }> {
    const admin = clientOf(bed(), 'administrator');
    const namespace = newNamespace();
    using shop = trialShop(namespace);
    const own = await makeTrial(admin, namespace, shop.commits.before);
    const options = { entry, words: ['apply'], cwd: shop.folder, env: shop.env(proxy.url, 'administrator') };
    proxy.watch(undefined);
    const run = startCli(options);
    let wasKilled = false;
    proxy.watch((seen, when) => {
      if (seen.index !== boundary?.index || when !== boundary.when) return;
      wasKilled = run.child.kill('SIGKILL');
      // What the server had not got by then it never gets.
      throw new Error('killed');
    });
    const { code } = await run.ended;
    const seen = [...proxy.seen];
    proxy.watch(undefined);
    const wrong: string[] = [];
    if (wasKilled === (code === 0)) wrong.push(`it ended with ${code}: ${run.output()}`);
    if ((await standing(own))['foreign'] !== '1') wrong.push('the foreign object was touched');
    await breakLease(admin, { name: 'catalog', namespace }, { by: 'a test', reason: 'killed', at: '' });
    const again = startCli(options);
    const second = await again.ended;
    if (second.code !== 0) wrong.push(`the next run ended with ${second.code}: ${again.output()}`);
    wrong.push(...(await nextRun(own)));
    await dropTrial(own);
    return { wrong, wasKilled, named: again.output().includes('it is not known from it what became of'), seen };
  }

  test('before or after any of its requests was handled, the next run converges and loses nothing', async () => {
    await using proxy = await startFaultProxy(bed());
    const whole = await trial(proxy, undefined);
    expect(whole.wrong).toEqual([]);
    const from = whole.seen.findIndex(({ isWrite }) => isWrite);
    const requests = whole.seen.slice(from);
    // After a read the server is as it was before it.
    const boundaries = requests.flatMap(({ index, method, path, isWrite }): Boundary[] =>
      (isWrite ? (['before', 'after'] as const) : (['before'] as const)).map((when) => ({
        index,
        when,
        request: `${when} ${method} ${path.split('/').slice(-2).join('/')}`,
      })),
    );
    const started = performance.now();
    const wrong: string[] = [];
    const verdicts: Verdict[] = [];
    const queue = [...boundaries];
    const work = async (): Promise<void> => {
      await using own = await startFaultProxy(bed());
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const verdict = await trial(own, next);
        verdicts.push(verdict);
        wrong.push(...verdict.wrong.map((text) => `${next?.request} (${next?.index}): ${text}`));
      }
    };
    await Promise.all([work(), work(), work(), work()]);
    const count = (is: (verdict: Verdict) => boolean) => verdicts.filter(is).length;
    reportFigure(
      `kill -9: ${boundaries.length} boundaries of the ${requests.length} requests from the first write of an apply on ` +
        `(${requests.filter(({ isWrite }) => isWrite).length} writes, before and after each was handled): ` +
        `${count(({ wasKilled }) => wasKilled)} killed, ${count(({ named }) => named)} times the next run named what was unknown, ` +
        `${wrong.length} not converged (${Math.round((performance.now() - started) / 1000)} s)`,
    );
    expect(wrong).toEqual([]);
    expect(count(({ wasKilled }) => wasKilled)).toBeGreaterThan(boundaries.length - 3);
  }, 900_000);
});
