import { describe, expect, test } from '@jest/globals';
import { readYaml } from './read.ts';
import { shapeOfPlain } from './shape.ts';
import { formatYaml, formatYamlPretty, writeYaml } from './write.ts';

/** Expected texts were made by sigs.k8s.io/yaml 1.6 and go-yaml v3. */

function toYaml(value: unknown): string {
  return formatYaml(value, shapeOfPlain);
}

function pretty(value: unknown): string {
  return formatYamlPretty(value, shapeOfPlain);
}

describe('a text is quoted only when it must be', () => {
  test.each([
    ['foo', 'foo'],
    ['', '""'],
    ['yes', '"yes"'],
    ['y', '"y"'],
    ['~', '"~"'],
    ['nUll', 'nUll'],
    ['0o17', '"0o17"'],
    ['1__0', '"1__0"'],
    ['1.', '"1."'],
    ['1e', '1e'],
    ['1e400', '1e400'],
    ['08', '"08"'],
    ['1.10', '"1.10"'],
    ['0.1.0', '0.1.0'],
    ['0b+1', '"0b+1"'],
    ['.inf', '".inf"'],
    ['2020-1-2', '"2020-1-2"'],
    ['2020-13-01', '2020-13-01'],
    ['2020-01-02 03:04:05', '"2020-01-02 03:04:05"'],
    ['190:20:30', '"190:20:30"'],
    ['1:60', '1:60'],
    ['<<', '<<'],
    ['-', "'-'"],
    ['- a', "'- a'"],
    ['-a', '-a'],
    [':a', ':a'],
    ['a:', "'a:'"],
    ['a: b', "'a: b'"],
    ['a #b', "'a #b'"],
    ['a#b', 'a#b'],
    ['{{ x }}', "'{{ x }}'"],
    ['a, b', 'a, b'],
    ['%', "'%'"],
    ["'", "''''"],
    ["a'b", "a'b"],
    [' a', "' a'"],
    ['null ', "'null '"],
    ['---', "'---'"],
    ['a\tb', '"a\\tb"'],
    ['a\\b', 'a\\b'],
    ['é日', 'é日'],
    ['😀', '"\\U0001F600"'],
    ['a\ufeff', '"a\\uFEFF"'],
    ['\ufeffab', '"\\uFEFF\\x61\\x62"'],
    ['a\u2028b', "'a\u2028  b'"],
    ['a\u0085 b', 'a b'],
  ])('%j', (text, written) => {
    expect(toYaml({ k: text })).toBe(`k: ${written}\n`);
  });
});

describe('lines', () => {
  test.each([
    ['a\nb', '|-\n  a\n  b\n'],
    ['a\nb\n', '|\n  a\n  b\n'],
    ['a\n\nb\n\n', '|+\n  a\n\n  b\n\n'],
    ['\na', '|2-\n\n  a\n'],
    ['\n', '|2+\n\n'],
    [' a\nb', '|2-\n   a\n  b\n'],
    [' \na', '" \\na"\n'],
    ['a\tb\nc', '"a\\tb\\nc"\n'],
    ['a\nb ', '"a\\nb "\n'],
    ['a\r\nb', '"a\\r\\nb"\n'],
  ])('%j', (text, written) => {
    expect(toYaml({ k: text })).toBe(`k: ${written}`);
  });

  test('a long text breaks behind column 80, at a single space', () => {
    const words = Array.from({ length: 20 }, (_, index) => `word${index}`).join(' ');
    expect(toYaml({ k: words })).toBe(
      'k: word0 word1 word2 word3 word4 word5 word6 word7 word8 word9 word10 word11 word12\n' +
        '  word13 word14 word15 word16 word17 word18 word19\n',
    );
    expect(toYaml([{ k: `${words}: #` }])).toBe(
      "- k: 'word0 word1 word2 word3 word4 word5 word6 word7 word8 word9 word10 word11 word12\n" +
        "    word13 word14 word15 word16 word17 word18 word19: #'\n",
    );
    expect(toYaml(`${'x'.repeat(80)}  a b`)).toBe(`${'x'.repeat(80)}  a\n  b\n`);
  });

  test('in double quotes a break before another space is marked', () => {
    expect(toYaml(`\t${'x'.repeat(80)}  b`)).toBe(`"\\t${'x'.repeat(80)}\n  \\ b"\n`);
  });
});

test('lists stand at the column of their key, nested ones in one line', () => {
  expect(toYaml({ l: [1, [2, [3]], { a: [], b: {} }, null] })).toBe(
    'l:\n- 1\n- - 2\n  - - 3\n- a: []\n  b: {}\n- null\n',
  );
});

test('keys are in natural order', () => {
  const keys = ['b', 'a01', 'a1', 'a_b', 'a: b', 'a.b', 'a-b', 'a', 'B', 'A10', 'A9', '10', '9', '1', '_', '#x', ''];
  const written = toYaml(Object.fromEntries(keys.map((key) => [key, 0])));
  expect(written.split('\n').slice(0, -1)).toEqual(
    [
      '""',
      "'#x'",
      '_',
      '"1"',
      '"9"',
      '"10"',
      'A9',
      'A10',
      'B',
      'a',
      'a-b',
      'a.b',
      "'a: b'",
      'a_b',
      'a1',
      'a01',
      'b',
    ].map((key) => `${key}: 0`),
  );
});

test('keys that are long or of several lines are written with a question mark', () => {
  const long = 'k'.repeat(129);
  expect(toYaml({ 'a\nb': 1, [long]: [2] })).toBe(`? |-\n  a\n  b\n: 1\n? ${long}\n: - 2\n`);
  expect(toYaml({ ['k'.repeat(128)]: 1 })).toBe(`${'k'.repeat(128)}: 1\n`);
});

test('whole numbers are integers up to 64 bits', () => {
  expect(toYaml([3, 1e6, 12345678901234567000, 2 ** 64, 1e20, 1234567.5, 1e-7, -0, 9223372036854775807n])).toBe(
    '- 3\n- 1000000\n- 12345678901234567000\n- 1.8446744073709552e+19\n- 1e+20\n- 1.2345675e+06\n- 1e-07\n- 0\n' +
      '- 9223372036854775807\n',
  );
});

test('what the reader behind JSON refuses is an error', () => {
  expect(() => toYaml('a\x7f')).toThrow('yaml: control characters are not allowed');
  expect(() => toYaml({ ['k'.repeat(1023)]: 1 })).toThrow("yaml: did not find expected ',' or '}'");
  expect(() => toYaml(Number.NaN)).toThrow('json: unsupported value: NaN');
});

test('a value without end is stopped', () => {
  const endless: unknown[] = [];
  endless.push(endless);
  expect(() => toYaml(endless)).toThrow('exceeded max depth of 1000');
});

describe('toYamlPretty', () => {
  test('indents lists, does not fold, and keeps numbers as they are', () => {
    const words = Array.from({ length: 20 }, (_, index) => `word${index}`).join(' ');
    expect(pretty({ l: [1, { a: [2] }], n: 1e6, w: words, y: 'yes', d: 'a\x7f' })).toBe(
      `d: "a\\x7F"\nl:\n  - 1\n  - a:\n      - 2\n"n": 1e+06\nw: ${words}\n"y": "yes"\n`,
    );
  });

  test('tabs may stand in literal blocks', () => {
    expect(pretty({ k: 'a\tb\nc' })).toBe('k: |-\n  a\tb\n  c\n');
    expect(pretty({ k: 'a\tb' })).toBe('k: "a\\tb"\n');
  });

  test('behind a digit letters come before signs', () => {
    expect(pretty({ '1-a': 0, '1a': 0 })).toBe('1a: 0\n1-a: 0\n');
    expect(toYaml({ '1-a': 0, '1a': 0 })).toBe('1-a: 0\n1a: 0\n');
  });
});

test('an observer learns where keys and scalars were written', () => {
  const spans: [string, number, number][] = [];
  const value = { a: 'x', list: ['two words: #', {}], text: 'l1\nl2\n' };
  const text = formatYaml<unknown>(value, shapeOfPlain, {
    key: (_, key, start, end) => spans.push([key, start, end]),
    scalar: (scalar, start, end) => spans.push([JSON.stringify(scalar), start, end]),
  });
  expect(spans.map(([name, start, end]) => [name, text.slice(start, end)])).toEqual([
    ['a', 'a'],
    ['"x"', 'x'],
    ['list', 'list'],
    ['"two words: #"', "'two words: #'"],
    ['{}', '{}'],
    ['text', 'text'],
    ['"l1\\nl2\\n"', '|\n  l1\n  l2\n'],
  ]);
});

test('our own documents lose nothing, whatever the reader', () => {
  const odd = {
    '<<': { a: '=' },
    nel: 'a\x85b',
    ls: 'a\u2028b\n',
    del: '\x7f',
    half: '\ud800',
    ['k'.repeat(2000)]: '<<',
  };
  const text = writeYaml(odd);
  expect(text).toContain('"<<":\n  a: "="\n');
  expect(text).toContain('nel: "a\\Nb"');
  expect(readYaml(text)).toEqual({ ...odd, half: '\ufffd' });
});
