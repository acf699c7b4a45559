import { describe, expect, test } from '@jest/globals';
import { fromText } from '../bytes.ts';
import { type NilRule, newestHelm, profileOf } from '../profile.ts';
import { GoMap, GoSlice, type Value } from '../value.ts';
import { coalesceValues } from './coalesce.ts';
import { type ChartSource, loadChart } from './load.ts';
import { readTable } from './read-yaml.ts';

function show(value: Value): unknown {
  if (value instanceof GoSlice) return value.items.map(show);
  if (value instanceof GoMap) {
    return Object.fromEntries([...value.entries].sort().map(([key, item]) => [key, show(item)]));
  }
  return value;
}

function folder(files: Readonly<Record<string, string>>): ChartSource {
  return { kind: 'folder', files: new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])) };
}

function coalesced(files: Readonly<Record<string, string>>, given: string, rule: NilRule = 'N3') {
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  const profile = profileOf(newestHelm)!;
  const chart = loadChart(folder(files), { profile, warn });
  const values = coalesceValues(chart, readTable(fromText(given)), { nils: 'drop', rule, warn });
  return { values: show(values), warnings };
}

const chart = (name: string) => `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`;

describe('a nil given by the user', () => {
  const files = { 'Chart.yaml': chart('shop'), 'values.yaml': 'pmap: {a: 1, b: null, c: {d: null, e: 2}}\n' };
  const given = 'pmap: {a: null, c: {e: null, q: null}, newnull: null}\nunew: null\n';

  test.each<[NilRule, unknown]>([
    ['N0', { pmap: { b: null, c: { d: null, q: null }, newnull: null }, unew: null }],
    ['N1', { pmap: { b: null, c: { d: null } }, unew: null }],
    ['N2', { pmap: { b: null, c: { d: null, q: null }, newnull: null }, unew: null }],
    ['N3', { pmap: { c: { q: null }, newnull: null }, unew: null }],
  ])('under rule %s', (rule, expected) => {
    expect(coalesced(files, given, rule).values).toEqual(expected);
  });
});

describe('subcharts', () => {
  const files = {
    'Chart.yaml': chart('shop'),
    'values.yaml': 'global: {a: parent, table: {x: 1}}\nredis: {port: 1, gone: null}\n',
    'charts/redis/Chart.yaml': chart('redis'),
    'charts/redis/values.yaml': 'port: 6379\ngone: here\nname: r\nglobal: {a: child, b: child, table: {x: 2, z: 3}}\n',
    'charts/plain/Chart.yaml': chart('plain'),
  };

  test('get their section, their defaults and the globals, of which the parent has the last word', () => {
    expect(coalesced(files, 'redis: {name: mine}').values).toEqual({
      global: { a: 'parent', table: { x: 1 } },
      plain: { global: { a: 'parent', table: { x: 1 } } },
      redis: {
        name: 'mine',
        port: 1,
        global: { a: 'parent', b: 'child', table: { x: 1, z: 3 } },
      },
    });
  });

  test('need a table for a section', () => {
    expect(() => coalesced(files, 'redis: 1')).toThrow('type mismatch on redis: %!t(float64=1)');
    expect(() => coalesced(files, 'plain: null')).toThrow('type mismatch on plain: %!t(<nil>)');
  });
});

test('a table and a scalar under one key are said, and the user wins', () => {
  const files = { 'Chart.yaml': chart('shop'), 'values.yaml': 'a: {b: 1}\nc: 2\nd: {e: {f: 1}}\n' };
  const { values, warnings } = coalesced(files, 'a: 5\nc: {x: 1}\nd: {e: 7}');
  expect(values).toEqual({ a: 5, c: { x: 1 }, d: { e: 7 } });
  expect(warnings).toEqual([
    'warning: skipped value for shop.c: Not a table.',
    'warning: cannot overwrite table with non table for shop.d.e (map[f:1])',
  ]);
});
