import { describe, expect, test } from '@jest/globals';
import { ignoreRule, withoutIgnored } from './ignore.ts';

describe('.helmignore', () => {
  test.each([
    ['helm.txt', 'helm.txt', 'file', true],
    ['helm.*', 'a/helm.txt', 'file', true],
    ['tiller.txt', 'tiller.txt2', 'file', false],
    ['/a.txt', 'a.txt', 'file', true],
    ['/a.txt', 'cargo/a.txt', 'file', false],
    ['cargo/*.txt', 'cargo/a.txt', 'file', true],
    ['cargo/*.txt', 'x/cargo/a.txt', 'file', false],
    ['cargo/*', 'cargo/x/a.txt', 'file', false],
    ['mast/', 'mast', 'folder', true],
    ['mast/', 'mast', 'file', false],
    ['a[a-c].txt', 'ab.txt', 'file', true],
    ['# comment', '# comment', 'file', false],
    ['  a.txt  ', 'a.txt', 'file', true],
    ['!a.txt', 'b.txt', 'file', true],
    ['!a.txt', 'a.txt', 'file', false],
    ['\uFEFFa.txt', 'a.txt', 'file', true],
    ['', 'templates/.dotfile', 'file', true],
    ['', 'templates/.', 'file', false],
  ] as const)('%j for %s (%s): %s', (rules, path, kind, expected) => {
    expect(ignoreRule(rules)(path, kind)).toBe(expected);
  });

  test('an ignored folder takes all below it away', () => {
    const files = new Map(['ci/a.yaml', 'ci/deep/b.yaml', 'citron.yaml', 'x/ci/c.yaml'].map((path) => [path, 1]));
    expect([...withoutIgnored(files, ignoreRule('ci/')).keys()]).toEqual(['citron.yaml']);
  });

  test.each(['a/**', '[', 'a[', '[]a]', 'x\\'])('%s is refused', (rule) => {
    expect(() => ignoreRule(rule)).toThrow(/double-star|syntax error in pattern/);
  });
});
