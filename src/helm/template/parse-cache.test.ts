import { expect, test } from '@jest/globals';
import { ParseCache } from './parse-cache.ts';
import { parse } from './parser.ts';

const options = { isFunction: () => true, maxNesting: 100 };

test('a text that is known is not parsed again, and gets the name of its own file', () => {
  const cache = new ParseCache();
  const text = '{{ define "x" }}1{{ end }}a';
  cache.keep('upper', parse({ name: 'one/_x.tpl', text }, options));
  const known = cache.get('upper', { name: 'two/_x.tpl', text });
  expect(known?.map(({ name, source }) => [name, source.name])).toEqual([
    ['x', 'two/_x.tpl'],
    ['two/_x.tpl', 'two/_x.tpl'],
  ]);
});

test('other functions, or a name that the text itself defines, need parsing anew', () => {
  const cache = new ParseCache();
  const text = '{{ define "x" }}1{{ end }}a';
  cache.keep('upper', parse({ name: 'f', text }, options));
  expect(cache.get('upper lower', { name: 'f', text })).toBeUndefined();
  expect(cache.get('upper', { name: 'x', text })).toBeUndefined();
});

test('it forgets rather than grow without end', () => {
  const cache = new ParseCache();
  for (let round = 0; round < 20; round++) {
    cache.keep('', parse({ name: 'f', text: String(round) + ' '.repeat(1024 * 1024) }, options));
  }
  const known = [...Array(20).keys()].filter(
    (round) => cache.get('', { name: 'f', text: String(round) + ' '.repeat(1024 * 1024) }) !== undefined,
  );
  expect(known.length).toBeLessThan(8);
  expect(known).toContain(19);
});
