import { describe, expect, test } from '@jest/globals';
import { editYaml } from './edit.ts';
import { readYaml } from './read.ts';

const values = `# Values of the shop
replicas:   3   # grows at Christmas
image:
    name: 'shop'      # our own
    tag: "1.0"
ports:
- 80
- 443   # TLS
limits: {cpu: 1, memory: "2Gi"}
note: |
  two
  lines
empty:
`;

describe('a scalar is replaced where it stands', () => {
  test.each([
    [['replicas'], 5, 'replicas:   3', 'replicas:   5'],
    [['image', 'name'], "o'shop", "'shop'", "'o''shop'"],
    [['image', 'tag'], '1.1', '"1.0"', '"1.1"'],
    [['image', 'tag'], true, '"1.0"', 'true'],
    [['ports', 1], 8443, '443', '8443'],
    [['limits', 'cpu'], '500m', 'cpu: 1', 'cpu: 500m'],
    [['limits', 'cpu'], 'a, b', 'cpu: 1', 'cpu: "a, b"'],
    [['empty'], 'yes', 'empty:', 'empty: "yes"'],
  ])('%j', (path, value, before, after) => {
    expect(editYaml(values, path, { set: value })).toBe(values.replace(before, after));
  });
});

test('a value of another shape takes the place of the old one', () => {
  expect(editYaml(values, ['replicas'], { set: { min: 1, max: [2] } })).toBe(
    values.replace('replicas:   3', 'replicas:\n  max:\n  - 2\n  min: 1'),
  );
  expect(editYaml(values, ['note'], { set: 'one line' })).toBe(values.replace('|\n  two\n  lines', 'one line'));
  expect(editYaml(values, ['empty'], { set: 'a\nb\n' })).toBe(values.replace('empty:', 'empty: |\n  a\n  b'));
});

test('a new key goes behind its neighbours, with their indentation', () => {
  expect(editYaml(values, ['image', 'pull', 'policy'], { set: 'Always' })).toBe(
    values.replace('tag: "1.0"\n', 'tag: "1.0"\n    pull:\n      policy: Always\n'),
  );
  expect(editYaml(values, ['empty', 'a'], { set: 1 })).toBe(values.replace('empty:', 'empty:\n  a: 1'));
  expect(editYaml('a: 1', ['b'], { set: 2 })).toBe('a: 1\nb: 2');
});

test('a list grows by its next index', () => {
  expect(editYaml(values, ['ports', 2], { set: { name: 'x', port: 1 } })).toBe(
    values.replace('443   # TLS\n', '443   # TLS\n- name: x\n  port: 1\n'),
  );
});

test('keys and entries are taken out by their lines', () => {
  expect(editYaml(values, ['note'], { remove: true })).toBe(values.replace('note: |\n  two\n  lines\n', ''));
  expect(editYaml(values, ['ports', 0], { remove: true })).toBe(values.replace('- 80\n', ''));
  expect(editYaml(values, ['nothing', 'here'], { remove: true })).toBe(values);
});

test('what is no matter of lines keeps its comments all the same', () => {
  const edited = editYaml(values, ['limits', 'disk'], { set: '1Gi' });
  expect(edited).toContain('# grows at Christmas');
  expect(edited).toContain('{cpu: 1, memory: "2Gi", disk: 1Gi}');
  expect(readYaml(editYaml('a: {b: 1}\n', ['a', 'b'], { remove: true }))).toEqual({ a: {} });
  expect(editYaml('# only a comment\n', ['a', 'b'], { set: 1 })).toBe('# only a comment\na:\n  b: 1\n');
});

test('Windows line ends stay', () => {
  expect(editYaml('a: 1\r\nb:\r\n  c: 2\r\n', ['b', 'd'], { set: [1] })).toBe(
    'a: 1\r\nb:\r\n  c: 2\r\n  d:\r\n  - 1\r\n',
  );
});

test('a value that other places share is not changed', () => {
  const shared = 'base: &base {cpu: 1}\nweb: *base\n';
  expect(() => editYaml(shared, ['web', 'cpu'], { set: 2 })).toThrow('cannot change web.cpu: it is shared');
  expect(() => editYaml('a: 1\n', ['a', 'b'], { set: 2 })).toThrow('cannot change a.b: what is there is no mapping');
});
