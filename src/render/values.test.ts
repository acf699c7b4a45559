import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../resource/resource.ts';
import { readYaml } from '../yaml/index.ts';
import { applySettings, mergeValues } from './values.ts';

describe('values put together', () => {
  test('win from the right, mappings key by key, everything else whole', () => {
    const earlier = { a: { x: 1, y: [1, 2] }, b: 1, c: { d: 1 } };

    expect(mergeValues(earlier, { a: { y: [3] }, b: { z: 1 }, c: null })).toEqual({
      a: { x: 1, y: [3] },
      b: { z: 1 },
      c: null,
    });
    expect(earlier.a.y).toEqual([1, 2]);
  });

  test('set by path replace what is in the way and pad lists', () => {
    const settings = [
      { text: 'a.b', path: ['a', 'b'], value: 1 },
      { text: 'l[2]', path: ['l', 2], value: 'x' },
    ];

    expect(applySettings({ a: 'text', l: ['kept'] }, settings)).toEqual({ a: { b: 1 }, l: ['kept', null, 'x'] });
  });

  test('never reach a prototype, whatever their keys are called', () => {
    const key = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'a');
    const tree = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, fc.constant('polluted'), fc.array(fc.tuple(key, tie('tree')), { maxLength: 3 })),
    })).tree;
    const text = (value: unknown): string =>
      Array.isArray(value)
        ? `{${value.map(([name, member]) => `${name}: ${text(member)}`).join(', ')}}`
        : String(value);

    fc.assert(
      fc.property(tree, tree, (one, other) => {
        const [earlier, later] = [one, other].map((value) => readYaml(`a: ${text(value)}`) as JsonObject);
        mergeValues(earlier!, later!);
        expect(Object.keys(Object.prototype)).toEqual([]);
        expect(({} as Record<string, unknown>)['a']).toBeUndefined();
        expect(Object.prototype.toString.call('')).toBe('[object String]');
      }),
    );
  });
});
