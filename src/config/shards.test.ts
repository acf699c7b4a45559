import { describe, expect, test } from '@jest/globals';
import { parseConfig } from './index.ts';
import type { ShardsInput } from './shards.ts';
import { shardsOf, wavesOf } from './shards.ts';

const config = parseConfig({
  file: 'pushgate.yaml',
  files: {
    read: () => `version: 1
defaults: { namespace: shop }
releases:
  - { name: database, chart: a }
  - { name: queue, chart: a }
  - { name: catalog, chart: a, needs: [database] }
  - { name: cart, chart: a, needs: [catalog, queue] }
environments:
  staging: { cluster: {} , gate: { mode: none } }
  canary: { cluster: {}, after: [staging] }
  eu: { cluster: {}, after: [canary] }
  us: { cluster: {}, after: [canary] }
`,
    paths: () => ['pushgate.yaml', 'a/x.yaml'],
  },
});
const all = ['database', 'queue', 'catalog', 'cart'];

function shards(environments: readonly string[], more: Partial<ShardsInput> = {}): ReturnType<typeof shardsOf> {
  const touched = environments.map((environment) => ({ environment, releases: all, extent: 'all' as const }));
  return shardsOf({ config, touched, size: undefined, order: 'kept', ...more });
}

describe('jobs of a fleet', () => {
  test('are one for each environment, in waves of their after', () => {
    expect(wavesOf(shards(['staging', 'canary', 'eu', 'us'])).map((wave) => wave.map(({ name }) => name))).toEqual([
      ['staging'],
      ['canary'],
      ['eu', 'us'],
    ]);
  });

  test('take the whole environment, so that what only its records know is not forgotten', () => {
    expect(shards(['eu'])[0]).toMatchObject({ name: 'eu', releases: [], wave: 1, after: [] });
  });

  test('keep an order that leads over an environment which is not touched', () => {
    expect(shards(['staging', 'eu']).map(({ name, wave, after }) => [name, wave, after])).toEqual([
      ['staging', 1, []],
      ['eu', 2, ['staging']],
    ]);
  });

  test('of one environment keep the order of needs: nothing stands with or before what it needs', () => {
    const split = shards(['eu'], { size: 2 });
    expect(split.map(({ name, releases, wave, after }) => [name, releases, wave, after])).toEqual([
      ['eu-1', ['database', 'queue'], 1, []],
      ['eu-2', ['catalog'], 2, ['eu-1']],
      ['eu-3', ['cart'], 3, ['eu-1', 'eu-2']],
    ]);
  });

  test('of a plan wait for nothing and are filled up', () => {
    expect(shards(['staging', 'eu'], { size: 3, order: 'free' }).map(({ releases, wave }) => [releases, wave])).toEqual(
      [
        [['database', 'queue', 'catalog'], 1],
        [['cart'], 1],
        [['database', 'queue', 'catalog'], 1],
        [['cart'], 1],
      ],
    );
  });

  test('take away last what the configuration no longer has', () => {
    const touched = [{ environment: 'eu', releases: ['gone', 'cart', 'database'], extent: 'some' as const }];
    expect(shardsOf({ config, touched, size: 1, order: 'kept' }).map(({ releases }) => releases)).toEqual([
      ['database'],
      ['cart'],
      ['gone'],
    ]);
  });

  test('are none where nothing is touched, and never more than a matrix takes', () => {
    expect([shards([]), wavesOf([])]).toEqual([[], []]);
    const many = Array.from({ length: 300 }, (_, index) => `r${index}`);
    const touched = [{ environment: 'eu', releases: many, extent: 'all' as const }];
    expect(() => shardsOf({ config, touched, size: 1, order: 'free' })).toThrow('300 jobs would be needed');
  });
});
