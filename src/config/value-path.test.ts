import { expect, test } from '@jest/globals';
import { parseValuePath, touches } from './value-path.ts';

test.each([
  ['replicaCount', ['replicaCount']],
  ['container.tag', ['container', 'tag']],
  ['annotations.example\\.com/a', ['annotations', 'example.com/a']],
  ['hosts[0].paths[12]', ['hosts', 0, 'paths', 12]],
  ['matrix[1][2]', ['matrix', 1, 2]],
])('%s leads through %j', (text, path) => {
  expect(parseValuePath(text)).toEqual({ kind: 'path', path });
});

test.each([
  ['', 'the last key is empty'],
  ['a.', 'the last key is empty'],
  ['.a', 'a key between the dots is empty'],
  ['[0]', 'an index needs a key before it'],
  ['a[b]', 'a [ must be followed by a number and ]'],
  ['a[0]b', 'after ] only . or [ may follow'],
  ['a[99999]', 'an index may be at most 65536'],
  ['a.__proto__.b', 'the key __proto__ is not allowed'],
  [Array(31).fill('a').join('.'), 'it is deeper than 30 keys'],
])('%s is a mistake: %s', (text, message) => {
  expect(parseValuePath(text)).toEqual({ kind: 'mistake', message });
});

test('two paths touch when one leads through the other', () => {
  expect(touches(['db'], ['db', 'password'])).toBe(true);
  expect(touches(['db', 'user'], ['db', 'password'])).toBe(false);
});
