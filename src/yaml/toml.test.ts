import { describe, expect, test } from '@jest/globals';
import { shapeOfPlain } from './shape.ts';
import { readToml, type TomlBuilder } from './toml-read.ts';
import { formatToml } from './toml-write.ts';

/** Expected texts were made by BurntSushi/toml 1.6. */

function written(value: unknown): string {
  return formatToml(value, shapeOfPlain);
}

const plain: TomlBuilder<unknown> = {
  string: (value) => value,
  integer: (value) => value,
  float: (value) => ({ float: value }),
  boolean: (value) => value,
  datetime: (value, kind) => ({ [kind]: value }),
  array: (items) => items,
  tables: (items) => ({ tables: items }),
  table: (entries) => Object.fromEntries(entries),
};

describe('writing', () => {
  test('plain keys come before tables, tables are indented by their depth', () => {
    expect(written({ z: 1, b: { c: 'x', d: { e: [1, 2.5] } }, a: { 'k 1': true }, '': 'empty' })).toBe(
      '"" = "empty"\nz = 1.0\n\n[a]\n  "k 1" = true\n\n[b]\n  c = "x"\n  [b.d]\n    e = [1.0, 2.5]\n',
    );
  });

  test('lists of tables are tables, mixed lists are not', () => {
    expect(written({ e: [{ f: 1n }, {}], m: [{ a: 1n, b: 2n }, 'x'] })).toBe(
      'm = [{a = 1, b = 2}, "x"]\n\n[[e]]\n  f = 1\n\n[[e]]\n',
    );
  });

  test('nulls are left out of tables and refused in lists', () => {
    expect(written({ a: null, b: 1n, c: [[{ d: 1n, e: null }]] })).toBe('b = 1\nc = [[{d = 1, }]]\n');
    expect(() => written({ a: [null] })).toThrow('toml: cannot encode array with nil element');
    expect(() => written([{}])).toThrow('toml: top-level values must be Go maps or structs');
  });

  test('texts are escaped, numbers keep their type', () => {
    expect(written({ a: 'q"\\\n\x01é', b: 1e21, c: Number.NaN, d: -7n })).toBe(
      'a = "q\\"\\\\\\n\\u0001é"\nb = 1e+21\nc = nan\nd = -7\n',
    );
  });
});

describe('reading', () => {
  test('keys, tables, arrays of tables and every kind of value', () => {
    const text = `
# shop
title = "T\\u00e9" # comment
a.b = 0x1F
"q k" = 1_000
f = [1.5, -inf, 1e3]
t = [1979-05-27T07:32:00Z, 1979-05-27 07:32:00, 1979-05-27, 07:32:00]
i = {x = 1, y.z = 'raw\\n'}
m = """
one \\
    two"""

[c.d]
e = 9223372036854775807
[[list]]
n = true
[[list]]
`;
    expect(readToml(text, plain)).toEqual({
      title: 'Té',
      a: { b: 31 },
      'q k': 1000,
      f: [{ float: 1.5 }, { float: Number.NEGATIVE_INFINITY }, { float: 1000 }],
      t: [
        { offset: '1979-05-27T07:32:00Z' },
        { local: '1979-05-27T07:32:00' },
        { date: '1979-05-27' },
        { time: '07:32:00' },
      ],
      i: { x: 1, y: { z: 'raw\\n' } },
      m: 'one two',
      c: { d: { e: 9223372036854775807n } },
      list: { tables: [{ n: true }, {}] },
    });
  });

  test.each([
    ['a = 1\na = 2', `toml: line 2 (last key "a"): Key 'a' has already been defined.`],
    ['[a]\n[a]', `toml: line 2: Key 'a' has already been defined.`],
    ['a = 1\n[a.b]', `toml: line 2: Key 'a' was already created as a hash.`],
    ['a = 01', 'toml: line 1 (last key "a"): Invalid integer "01": cannot have leading zeroes'],
    ['a = 9223372036854775808', 'toml: line 1 (last key "a"): 9223372036854775808 is out of range for int64'],
    ['a = foo', 'toml: line 1 (last key "a"): expected value but found "foo" instead'],
    ['a = "b', 'toml: line 1 (last key "a"): unexpected EOF; expected \'"\''],
    ['a = "\\q"', `toml: line 1 (last key "a"): invalid escape in string '\\q'`],
    ['a = "\\\n"', `toml: line 2 (last key "a"): invalid escape in string '\\\n'`],
    ['a = 2020-13-01', 'toml: line 1 (last key "a"): invalid datetime: "2020-13-01"'],
    ['a b = 1', `toml: line 1: expected '.' or '=', but got 'b' instead`],
    ['a = 1 b', `toml: line 1: expected a top-level item to end with a newline, comment, or EOF, but got 'b' instead`],
    ['[]', 'toml: line 1: unexpected end of table name (table names cannot be empty)'],
    ['a = [1 2]', `toml: line 1 (last key "a"): expected a comma (',') or array terminator (']'), but got '2'`],
    ['a = 1:2:3', 'toml: line 1 (last key "a"): invalid datetime: "1:2:3"'],
    ['a = 1__2', 'toml: line 1 (last key "a"): Invalid integer "1__2": underscores must be surrounded by digits'],
    ['a = {b = 0b0, 6, 1}', `toml: line 1 (last key "a.b"): expected '.' or '=', but got ',' instead`],
    ['a = "\\ud83d\nb"', 'toml: line 1 (last key "a"): strings cannot contain newlines'],
    ['a = "\\ud83d"', `toml: line 1 (last key "a"): Escaped character '\\ud83d' is not valid UTF-8.`],
    ['a = { # why\n', `toml: line 2 (last key "a"): unexpected '=': key name appears blank`],
    ['# \x01', `toml: line 1: TOML files cannot contain control characters: '0x01'`],
  ])('%j', (text, message) => {
    expect(() => readToml(text, plain)).toThrow(message);
  });

  test('underscores stand between digits, also around a single one', () => {
    expect(readToml('a = -9529_5_4393\nb = 1_2.5_0e1_0', plain)).toEqual({ a: -952954393, b: { float: 12.5e10 } });
  });

  test('nesting has a limit', () => {
    expect(() => readToml(`a = ${'['.repeat(2000)}`, plain)).toThrow('exceeded max depth of 1000');
  });
});
