import { expect, test } from '@jest/globals';
import type { Json, Resource } from '../resource/resource.ts';
import { differsBeyondLate, latePlaceholder } from './late.ts';

function map(data: Json, annotations: Json = {}): Resource {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'shop', annotations }, data };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each<readonly [string, Json, Json]>([
  ['as it is', { tag: latePlaceholder }, { tag: 'sha-1' }],
  ['inside a text', { image: `catalog:${latePlaceholder}` }, { image: 'catalog:sha-1' }],
  ['as a number', { port: latePlaceholder }, { port: 8080 }],
  ['several times, also different ones', [`${latePlaceholder}-${latePlaceholder}`], ['sha-1-8080']],
  ['in base64', { tag: base64(`tag: ${latePlaceholder}`) }, { tag: base64('tag: sha-1') }],
])('a value may stand %s', (_, shown, bound) => {
  expect(differsBeyondLate({ shown: [map(shown)], bound: [map(bound)], values: ['sha-1', '8080'] })).toBeUndefined();
});

test('a checksum of what holds a value may follow it, in annotations only', () => {
  const [one, two] = ['a'.repeat(64), 'b'.repeat(64)];
  const shown = [map({}, { 'checksum/config': one })];
  expect(differsBeyondLate({ shown, bound: [map({}, { 'checksum/config': two })], values: ['x'] })).toBeUndefined();
  expect(differsBeyondLate({ shown: [map({ a: one })], bound: [map({ a: two })], values: ['x'] })).toBe(
    'ConfigMap shop/a data.a',
  );
});

test.each<readonly [string, Json, Json, string]>([
  ['another text', { title: 'Shop' }, { title: 'Evil' }, 'ConfigMap shop/a data.title'],
  ['a text around the value', { tag: latePlaceholder }, { tag: 'sha-1; evil' }, 'ConfigMap shop/a data.tag'],
  ['one more key', { tag: latePlaceholder }, { tag: 'sha-1', evil: true }, 'ConfigMap shop/a data'],
  ['one key less', { tag: latePlaceholder, safe: true }, { tag: 'sha-1' }, 'ConfigMap shop/a data'],
  ['one more element', [latePlaceholder], ['sha-1', 'evil'], 'ConfigMap shop/a data'],
])('%s is more than was shown', (_, shown, bound, where) => {
  expect(differsBeyondLate({ shown: [map(shown)], bound: [map(bound)], values: ['sha-1'] })).toBe(where);
});

test('so is an object that appears or disappears', () => {
  const other: Resource = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'b' } };
  expect(differsBeyondLate({ shown: [map({})], bound: [map({}), other], values: [] })).toBe('Secret b');
  expect(differsBeyondLate({ shown: [map({}), other], bound: [map({})], values: [] })).toBe('Secret b');
});
