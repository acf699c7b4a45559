import type { HelmFunction } from '../../src/helm/function.ts';

/** Draws the same numbers for the same seed. */
export function seededDraw(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** The values that the expressions refer to as `$v.NAME`. */
export const VALUES = {
  float: 3.7,
  negative: -3.7,
  big: 1e21,
  int: 5,
  zero: 0,
  text: 'text',
  empty: '',
  yes: true,
  list: ['b', 'a', 'C', '10', '9', 2, 1.5, null, true],
  emptyList: [],
  emptyMap: {},
  map: { a: 1, b: { c: 'x', d: [1, 2] }, e: '' },
  nested: [[1], [2, [3]]],
  unicode: 'héllo wörld',
  long: 123456789012,
} as const;

const TEXTS = [
  ...[
    '',
    'a',
    'abc',
    'hello world',
    'héllo',
    '日本',
    '1',
    '0',
    '-5',
    '3.7',
    '1.2.3',
    '>=1.2',
    '^1.2.3-0',
    'a,b,c',
    ',',
  ],
  ...['x*', '[a-c]+', '(', '$1', '2006-01-02', '2020-02-03', 'UTC', 'America/New_York', '1h30m', 'true', 'null', '_'],
  ...['http://u:p@h:80/p?q=1#f', '{"a":[1,2.5,null,"x"]}', '[1,2]', 'a: 1\nb: [x, y]\n', '- 1\n- 2\n', 'YWJj', 'YWJ'],
  ...['MFRGG===', '/a/b/../c.txt', 'a.b', 'A_b-C d', '  pad ', '\n', 'x\ny', 'é', 'İ', '%s', '"q"', "it's", '\u0000'],
  ...['<&>', '1e3', '0x10', '017', '..', 'AbcDef', 'int', 'string', 'slice', 'map', '{bad', 'a: b: c', '\t', '\u2028'],
  ...['😀', 'b', '9223372036854775807', '99999999999999999999', 'a = 1\n[b]\nc = "x"\n', 'HTTPServer2xx'],
];
const INTEGERS = ['0', '1', '2', '3', '5', '-1', '-2', '7', '10', '100', '-10'];
const FLOATS = ['1.5', '2.0', '-2.5', '0.1', '1e3', '123.555', '3.0', '1e21'];
const BYTES = ['"\\xff\\xfe"', '"a\\xc3"'];
const MADE = [
  ...['(int64 5)', '(float64 2)', '(until 3)', '(splitList "," "b,a")', '(split "," "x,y")', '(untilStep 0 4 2)'],
  ...['(toDate "2006-01-02" "2020-02-03")', '(semver "1.2.3-rc.1+b")', '(list)', '(dict)', '(int64 1600000000)'],
  ...['(list 1 1.0 "1" 1)', '(dict "a" (dict "b" 1) "c" (list 1))', '(dict "a" (dict "b" 2 "x" nil) "c" (list))'],
  ...['(rest (list 1))', '(fromJson "null")', '(list "b" nil "a")', '(chunk 2 (list 1 2 3))'],
];
const DICTS = [
  ...['$v.map', '$v.emptyMap', '(dict)', '(dict "a" 1 "b" "x")', '(dict "a" (dict "b" 1))', '(fromYaml "a: 1")'],
  ...['(dict "a" 0 "c" (list) "m" (dict "x" 1))', '(dict "a" nil "c" (list 1) "m" (dict "x" 2 "y" 3) "s" "v")'],
  '(dict "scheme" "https" "host" "h:1" "path" "/a b" "query" "x=1" "userinfo" "u:p@")',
];

/** What stands, most of the time, where a parameter of a type is wanted. */
const FITTING: Readonly<Record<string, readonly string[]>> = {
  int: INTEGERS,
  uint32: ['1', '2'],
  bool: ['true', 'false'],
  float64: ['0.5', '1.5', '0'],
  '[]interface {}': ['(list 1 2)', '(list)', '$v.list', '(list "a" "b")'],
  'map[string]interface {}': DICTS,
  'time.Time': ['(toDate "2006-01-02" "2020-02-03")', '(toDate "2006" "x")'],
};

export interface CallMaker {
  readonly draw: (bound: number) => number;
  readonly functions: readonly HelmFunction[];
}

/** A call of a function in parentheses, mostly with arguments that fit, and now and then with others or too few. */
export function randomCall(maker: CallMaker, fn: HelmFunction, depth: number): string {
  const { draw } = maker;
  const wanted = [...fn.params];
  for (let more = fn.variadic === undefined ? 0 : draw(4); more > 0; more--)
    wanted.push(fn.variadic ?? (wanted[0] as never));
  const args = wanted.map(({ name }) =>
    draw(10) < 2 ? randomExpression(maker, depth) : fittingArgument(maker, name, depth),
  );
  if (draw(40) === 0) args.pop();
  if (draw(40) === 0) args.push(randomExpression(maker, depth));
  return `(${[fn.name, ...args].join(' ')})`;
}

function fittingArgument(maker: CallMaker, type: string, depth: number): string {
  if (type === 'string') return pick(maker, maker.draw(20) === 0 ? BYTES : TEXTS.map(literal));
  const fitting = FITTING[type];
  return fitting === undefined ? randomExpression(maker, depth) : pick(maker, fitting);
}

function randomExpression(maker: CallMaker, depth: number): string {
  const chosen = maker.draw(24);
  if (chosen < 8) return literal(pick(maker, TEXTS));
  if (chosen < 12) return pick(maker, INTEGERS);
  if (chosen === 12) return pick(maker, FLOATS);
  if (chosen === 13) return pick(maker, ['true', 'false']);
  if (chosen === 14) return 'nil';
  if (chosen < 18 || depth === 0) return `$v.${pick(maker, Object.keys(VALUES))}`;
  if (chosen === 18) return `(list ${randomExpression(maker, depth - 1)} ${randomExpression(maker, depth - 1)})`;
  if (chosen === 19) return `(dict "a" ${randomExpression(maker, depth - 1)})`;
  if (chosen === 20) return pick(maker, MADE);
  return randomCall(maker, pick(maker, maker.functions), depth - 1);
}

function pick<T>({ draw }: CallMaker, from: readonly T[]): T {
  return from[draw(from.length)] as T;
}

/** A text as a Go literal of ASCII only, so that no byte is changed on the way. */
export function literal(text: string): string {
  const bytes = [...new TextEncoder().encode(text)].map((byte) => {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    return plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `"${bytes.join('')}"`;
}
