import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readParent } from '../../src/cluster/read/parent.ts';
import { breakLease } from '../../src/cluster/write/lease.ts';
import { describeOnBed } from '../bed/suites.ts';
import { startCli } from '../support/cli-process.ts';
import { productInto } from '../support/example-shop.ts';
import { type Fault, type FaultProxy, holdBack, type Seen, startFaultProxy, writesTo } from '../support/fault-proxy.ts';
import { reportFigure } from '../support/figures.ts';
import { clientOf } from './support.ts';
import { trialShop } from './trial-shop.ts';
import { dropTrial, makeTrial, newNamespace, nextRun, standing } from './trials.ts';

interface Boundary {
  /** Counted from the first write: what a plan asks before it is not the same each time. */
  readonly index: number;
  readonly when: 'before' | 'after';
  readonly request: string;
}

interface Stopped {
  readonly next: { readonly code: number | null; readonly output: string };
  readonly holder: { readonly code: number | null; readonly output: string };
  readonly writes: readonly Seen[];
  readonly wrong: readonly string[];
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
  let stopped: readonly Promise<Stopped>[];
  beforeAll(async () => {
    await productInto(product);
    // It takes the minute of a lease, in which the others run.
    stopped = [stopAndContinue('on the wire'), stopAndContinue('to be sent again')];
    for (const one of stopped) one.catch(() => undefined);
  }, 120_000);
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
    let from: number | undefined;
    proxy.watch((seen, when) => {
      if (seen.isWrite) from ??= seen.index;
      if (from === undefined || seen.index - from !== boundary?.index || when !== boundary.when) return;
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
    const release = { name: 'catalog', namespace };
    const announced = (await readParent(admin, release))?.state.pending ?? [];
    await breakLease(admin, release, { by: 'a test', reason: 'killed', at: '' });
    const again = startCli(options);
    const second = await again.ended;
    if (second.code !== 0) wrong.push(`the next run ended with ${second.code}: ${again.output()}`);
    const named = again.output().includes('it is not known from it what became of');
    if (named !== announced.length > 0) wrong.push(`${announced.length} objects are unknown: ${again.output()}`);
    wrong.push(...(await nextRun(own)));
    await dropTrial(own);
    return { wrong, wasKilled, named, seen };
  }

  /**
   * Stops a run in the middle of a write, lets another one take its lock when it has been silent, and continues it. The
   * write is on the wire then, or the server told to send it again later.
   */
  async function stopAndContinue(last: 'on the wire' | 'to be sent again'): Promise<Stopped> {
    const namespace = newNamespace();
    using shop = trialShop(namespace);
    await using one = await startFaultProxy(bed());
    await using other = await startFaultProxy(bed());
    const own = await makeTrial(clientOf(bed(), 'administrator'), namespace, shop.commits.before);
    const start = (proxy: FaultProxy) =>
      startCli({ entry, words: ['apply'], cwd: shop.folder, env: shop.env(proxy.url, 'administrator') });
    const wire = holdBack(one, writesTo('created'), 'before');
    const later: Fault = { kind: 'status', status: 429, when: 'before', retryAfter: 15 };
    let isFirst = true;
    one.inject((seen) => {
      if (last === 'on the wire' || !isFirst || !writesTo('created')(seen)) return undefined;
      isFirst = false;
      return later;
    });
    const holder = start(one);
    await holder.until(wire.came);
    if (last === 'to be sent again') wire.letGo();
    // Until the rest of the wave is through, more than one request would be on the wire.
    await one.quiet(last === 'on the wire' ? 1 : 0);
    holder.child.kill('SIGSTOP');
    wire.letGo();
    const next = start(other);
    const { code } = await next.ended;
    const sent = one.seen.length;
    holder.child.kill('SIGCONT');
    const { code: end } = await holder.ended;
    const writes = one.seen.slice(sent).filter(({ isWrite }) => isWrite);
    const wrong = await nextRun(own);
    await dropTrial(own);
    return { next: { code, output: next.output() }, holder: { code: end, output: holder.output() }, writes, wrong };
  }

  test('before or after any of its requests was handled, the next run converges and loses nothing', async () => {
    await using proxy = await startFaultProxy(bed());
    const whole = await trial(proxy, undefined);
    expect(whole.wrong).toEqual([]);
    const from = whole.seen.findIndex(({ isWrite }) => isWrite);
    const requests = whole.seen.slice(from);
    // After a read the server is as it was before it.
    const boundaries = requests.flatMap(({ method, path, isWrite }, index): Boundary[] =>
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
    // A slow run renews its lock, so that not every run has as many requests.
    expect(count(({ wasKilled }) => wasKilled)).toBeGreaterThan(boundaries.length * 0.8);
    // From the announcement of what is to be written until the record of what was.
    expect(count(({ named }) => named)).toBeGreaterThan(boundaries.length / 3);
  }, 900_000);

  test('and one that is stopped past its lease and continued sends no further write', async () => {
    for (const { next, holder, writes, wrong } of await Promise.all(stopped)) {
      expect([next.code, next.output]).toEqual([0, expect.stringContaining('waiting behind ann on laptop')]);
      expect(writes).toEqual([]);
      expect([holder.code, holder.output]).toEqual([
        1,
        expect.stringContaining('the lock of release catalog was lost'),
      ]);
      expect(wrong).toEqual([]);
    }
    reportFigure(
      'stopped past its lease and continued, with its last write on the wire or to be sent again: 0 writes beyond the one on the wire',
    );
  }, 180_000);
});
