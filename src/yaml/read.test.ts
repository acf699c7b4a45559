import { describe, expect, test } from '@jest/globals';
import { readYaml, readYamlWith } from './read.ts';
import { YamlError } from './yaml-error.ts';

/** What is thrown for a text, as Helm users see it. */
function failure(text: string, options = {}): string {
  return caught(text, options).message;
}

function caught(text: string, options = {}): YamlError {
  try {
    readYaml(text, options);
  } catch (error) {
    if (error instanceof YamlError) return error;
    throw error;
  }
  throw new Error(`no error for ${JSON.stringify(text)}`);
}

describe('scalars are typed as YAML 1.1', () => {
  test.each([
    ['yes', true],
    ['Off', false],
    ['y', true],
    ['nUll', 'nUll'],
    ['~', null],
    ['', null],
    ['0644', 420],
    ['0o17', 15],
    ['0x1F', 31],
    ['0b11', 3],
    ['0b-1', -1],
    ['1_000', 1000],
    ['08', 8],
    ['+1', 1],
    ['.5', 0.5],
    ['1.', 1],
    ['1e3', 1000],
    ['1e400', '1e400'],
    ['12:30:45', '12:30:45'],
    ['2020-01-02', '2020-01-02'],
    ['1.2.3', '1.2.3'],
    ['"yes"', 'yes'],
    ["'012'", '012'],
    ['!!str 5', '5'],
    ['!!int "5"', 5],
    ['!!float 1', 1],
    ['!!binary aGVsbG8=', 'hello'],
    ['! 5', '5'],
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775808', -9223372036854775808n],
    ['18446744073709551615', 2 ** 64],
    ['18446744073709551616', 2 ** 64],
  ])('%s', (text, value) => {
    expect(readYaml(`k: ${text}`)).toEqual({ k: value });
  });

  test('big integers round to floats where Helm reads values', () => {
    expect(readYaml('9007199254740993', { integers: 'float64' })).toBe(9007199254740992);
  });

  test.each(['.inf', '-.INF', '.nan'])('%s cannot be said in JSON', (text) => {
    expect(failure(`k: ${text}`)).toMatch(/^json: unsupported value: (\+Inf|-Inf|NaN)$/);
  });
});

describe('keys become strings', () => {
  test('booleans, integers and floats by their value', () => {
    expect(readYaml('on: 1\nn: 2\n012: 3\n1.50: 4\n12345678.5: 5\n2020-01-01: 6')).toEqual({
      true: 1,
      false: 2,
      10: 3,
      1.5: 4,
      '1.2345678e+07': 5,
      '2020-01-01': 6,
    });
  });

  test('null and collections are refused in the words of Go', () => {
    expect(failure('~: 1')).toBe('unsupported map key of type: %!s(<nil>), key: <nil>, value: 1');
    expect(failure('{a: b}: 1')).toBe('yaml: invalid map key: map[interface {}]interface {}{"a":"b"}');
  });

  test('names of the prototype are data and touch nothing else', () => {
    const value = readYaml('__proto__: {polluted: yes}\nconstructor: {prototype: {polluted: yes}}\ntoString: x');
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('a key written twice', () => {
  test('the last one wins, as for kubectl and Helm', () => {
    expect(readYaml('a: 1\na: 2')).toEqual({ a: 2 });
  });

  test('is named with both lines where that is asked for', () => {
    const error = caught('a: 1\nb: 2\na: 3', { duplicateKeys: 'error' });
    expect(error.message).toBe('yaml: unmarshal errors:\n  line 3: key "a" already set in map');
    expect(error.problem).toBe('key "a" already set in map on line 1');
    expect([error.line, error.column]).toEqual([3, 1]);
  });

  test('a merged key may be overridden all the same', () => {
    expect(readYaml('x: &x {a: 1}\nz: {<<: *x, a: 2}', { duplicateKeys: 'error' })).toEqual({
      x: { a: 1 },
      z: { a: 2 },
    });
  });
});

describe('anchors and merge keys', () => {
  test('every alias is a copy of its own', () => {
    const value = readYaml('a: &x {k: [1]}\nb: *x') as unknown as Record<string, object>;
    expect(value['b']).toEqual({ k: [1] });
    expect(value['b']).not.toBe(value['a']);
  });

  test('of merged mappings the first wins, and a key behind the merge overrides it', () => {
    expect(readYaml('c: {<<: [{a: 1}, {a: 2, b: 2}], b: 3}')).toEqual({ c: { a: 1, b: 3 } });
  });

  test('a key before the merge is overridden by it, as in go-yaml', () => {
    expect(readYaml('a: 1\n<<: {a: 2}')).toEqual({ a: 2 });
  });

  test.each([
    ['a: *x', "yaml: unknown anchor 'x' referenced"],
    ['a: &x [*x]', "yaml: anchor 'x' value contains itself"],
    ['<<: [1]', 'yaml: map merge requires map or sequence of maps as the value'],
  ])('%s', (text, message) => {
    expect(failure(text)).toBe(message);
  });

  test('a document of aliases to aliases is stopped', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++) {
      lines.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]`);
    }
    const error = caught(lines.join('\n'));
    expect(error.message).toBe('yaml: document contains excessive aliasing');
    expect(error.kind).toBe('limit');
  });
});

describe('text in several lines', () => {
  test('literal blocks keep, strip and clip their end', () => {
    expect(readYaml('a: |\n  x\n   y\n\nb: |-\n  x\n\nc: |+\n  x\n\nd: |2\n   x\n')).toEqual({
      a: 'x\n y\n',
      b: 'x',
      c: 'x\n\n',
      d: ' x\n',
    });
  });

  test('folded blocks join lines, except around indented ones', () => {
    expect(readYaml('>\n  a\n  b\n\n  c\n   d\n  e\n')).toBe('a b\nc\n d\ne\n');
  });

  test('plain and quoted text folds', () => {
    expect(readYaml("a: b\n  c\n\n  d\ne: \"f\n  g\\\n  h\\n\"\ni: 'j''k\n\n  l'")).toEqual({
      a: 'b c\nd',
      e: 'f gh\n',
      i: "j'k\nl",
    });
  });

  test('Windows line ends are line ends', () => {
    expect(readYaml('a: |\r\n  x\r\n  y\r\nb: z\r\n')).toEqual({ a: 'x\ny\n', b: 'z' });
  });
});

describe('what libyaml does not accept, in its words', () => {
  test.each([
    ['a: b: c', 'yaml: mapping values are not allowed in this context', 1, 5],
    ['x: 1\na: b: c', 'yaml: line 2: mapping values are not allowed in this context', 2, 5],
    ['a: - b', 'yaml: block sequence entries are not allowed in this context', 1, 4],
    ['a: 1\nb\nc: 2', "yaml: line 3: could not find expected ':'", 3, 1],
    ['a: 1\n b: 2', 'yaml: line 2: mapping values are not allowed in this context', 2, 3],
    ['a:\n  - b\n  c: d', "yaml: line 2: did not find expected '-' indicator", 3, 3],
    ['a: [1, 2', "yaml: line 1: did not find expected ',' or ']'", 2, 1],
    ['a: "b', 'yaml: found unexpected end of stream', 1, 6],
    ['\ta: b', 'yaml: found character that cannot start any token', 1, 1],
    ['a:\n\tb: c', 'yaml: line 2: found character that cannot start any token', 2, 1],
    ['a: @b', 'yaml: found character that cannot start any token', 1, 4],
    ['a: "\\/"', 'yaml: found unknown escape character', 1, 5],
    ['a: "\\ud83d\\ude00"', 'yaml: found invalid Unicode character escape code', 1, 7],
    ['a: x\n  \u0007', 'yaml: control characters are not allowed', 2, 3],
    ['a: |\n\tb', 'yaml: line 2: found a tab character where an indentation space is expected', 2, 1],
    ['%YAML 1.2\n---\na: b', 'yaml: found incompatible YAML document', 1, 1],
    ['a: !x!y z', 'yaml: found undefined tag handle', 1, 4],
    ['a: !!int x', 'yaml: cannot decode !!str `x` as a !!int', 1, 4],
  ])('%j', (text, message, line, column) => {
    const error = caught(text);
    expect([error.message, error.line, error.column]).toEqual([message, line, column]);
  });

  test('lines are those of the file when a text was cut out of one', () => {
    const error = caught('a: 1\nb: c: d', { firstLine: 10 });
    expect([error.message, error.line]).toEqual(['yaml: line 12: mapping values are not allowed in this context', 12]);
  });
});

describe('limits', () => {
  test('deep nesting is refused, in flow and in block style', () => {
    expect(failure('['.repeat(1001))).toBe('yaml: exceeded max depth of 1000');
    expect(caught('- '.repeat(1001)).kind).toBe('limit');
    expect(caught('[[[1]]]', { limits: { depth: 2 } }).kind).toBe('limit');
  });

  test('a text beyond the limit is refused before it is read', () => {
    expect(failure('abc', { limits: { characters: 2 } })).toBe(
      'yaml: text of 3 characters is longer than the limit of 2',
    );
  });
});

test('only the first document of a text is read, as go-yaml does', () => {
  expect(readYaml('a: 1\n---\nb: [')).toEqual({ a: 1 });
});

test('a byte order mark at the start is skipped', () => {
  expect(readYaml('\ufeffa: 1')).toEqual({ a: 1 });
});

test('a builder makes values of its own, and learns where each stands', () => {
  const seen: string[] = [];
  const text = readYamlWith<string>('a: [1, x]\nb: yes', {
    null: () => 'null',
    boolean: (value) => String(value),
    number: (value) => String(value),
    string: (value) => value,
    sequence: (items) => `[${items.join(' ')}]`,
    mapping: () => 'map',
    set: (_, key, value, keyNode) => seen.push(`${key}@${keyNode.line}:${keyNode.column}=${value}`),
  });
  expect(text).toBe('map');
  expect(seen).toEqual(['a@0:0=[1 x]', 'b@1:0=true']);
});

test('a builder may keep floats apart from integers', () => {
  const kinds = readYamlWith<string>('[1, 1.0, 1_0.5, 0x1F, 1e3, 18446744073709551616]', {
    null: () => '',
    boolean: () => '',
    number: (value) => `int ${value}`,
    float: (value) => `float ${value}`,
    string: () => '',
    sequence: (items) => items.join(', '),
    mapping: () => '',
    set: () => {},
  });
  expect(kinds).toBe('int 1, float 1, float 10.5, int 31, float 1000, float 18446744073709552000');
});
