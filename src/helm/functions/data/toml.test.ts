import { expect, test } from '@jest/globals';
import { fromText, toText } from '../../bytes.ts';
import { parseTemplates } from '../../template/template-set.ts';
import { dictOf } from '../../value.ts';
import { helmFunctions } from '../index.ts';

function render(template: string): string {
  const set = parseTemplates([{ name: 't', text: fromText(template) }], {
    functions: helmFunctions({ version: '4.2.4', major: 4 }),
    environment: { randomBytes: (count) => new Uint8Array(count), now: () => 0n, timeZone: 'UTC' },
    goVersion: '1.26',
    errorLayout: 'blocks',
  });
  return toText(set.execute('t', dictOf([['Values', dictOf()]])));
}

/** Templates and what Helm 4.2.4 (BurntSushi/toml 1.6) prints for them. */
const VECTORS: readonly (readonly [string, string])[] = [
  [
    String.raw`{{ toToml (dict "b" 1 "a" (dict "x" 1.0 "c" (dict "d" "e")) "l" (list 1 2.5 "x") "t" (list (dict "k" 1) (dict "k" 2)) "e" dict "el" (list) "n" nil "s" "a\nb\"\\\u0001é" "k y" true "f" 1e21 "d" (toDate "2006" "2020")) }}`,
    'b = 1\nd = 2020-01-01T00:00:00Z\nel = []\nf = 1e+21\n"k y" = true\nl = [1, 2.5, "x"]\ns = "a\\nb\\"\\\\\\u0001é"\n\n[a]\n  x = 1.0\n  [a.c]\n    d = "e"\n\n[e]\n\n[[t]]\n  k = 1\n\n[[t]]\n  k = 2\n',
  ],
  ['{{ toToml (list 1 2) }}', '[1, 2]'],
  ['{{ toToml (dict "a" (list 1 nil)) }}', 'toml: cannot encode array with nil element'],
  ['{{ toToml (dict "a" (list (dict "x" 1) 2 (dict "n" nil "m" 1 "z" nil))) }}', 'a = [{x = 1}, 2, {m = 1, }]\n'],
  ['{{ toToml (list (dict "a" 1)) }}', 'toml: top-level values must be Go maps or structs'],
  ['{{ toToml (dict "a" (list (list 1) (list "x" (dict "q" 1)))) }}', 'a = [[1], ["x", {q = 1}]]\n'],
  [
    '{{ toToml (dict "a" (dict "b" (dict "c" (dict))) "" 1 "x.y" (dict "z" 1)) }}',
    '"" = 1\n\n[a]\n  [a.b]\n    [a.b.c]\n\n["x.y"]\n  z = 1\n',
  ],
  [
    '{{ toToml (dict "v" (semver "1.2.3") "c" (float64 "inf") "nan" (float64 "nan") "z" -0.0 "big" 1e6 "u" (index (list 1 2) 0)) }}',
    'big = 1e+06\nc = inf\nnan = nan\nu = 1\nv = "1.2.3"\nz = -0.0\n',
  ],
  ['{{ toToml (dict "a" (list (dict) (dict "x" (list (dict "y" 1))))) }}', '[[a]]\n\n[[a]]\n\n  [[a.x]]\n    y = 1\n'],
  [
    '{{ toToml (dict "a" (dict "list" (list (dict "x" 1 "sub" (dict "q" 1))))) }}',
    '[a]\n\n  [[a.list]]\n    x = 1\n    [a.list.sub]\n      q = 1\n',
  ],
  ['{{ toToml .Values }}', ''],
  [
    String.raw`{{ fromToml "a = 1\nb = 2.5\nc = [1, 'x']\n[t]\nd = 2020-01-02T03:04:05Z\ne = 2020-01-02\nf = 03:04:05\n" }}`,
    'map[a:1 b:2.5 c:[1 x] t:map[d:2020-01-02 03:04:05 +0000 UTC e:2020-01-02 00:00:00 +0000 date-local f:0000-01-01 03:04:05 +0000 time-local]]',
  ],
  [
    String.raw`{{ fromToml "a = 1\n[b.c]\nx=0x1F\n[b]\ny=true\n[[l]]\nk=1\n[[l]]\nk=2\n[l.sub]\nz=\"\"\"\na\\\n  b\"\"\"" | toJson }}`,
    '{"a":1,"b":{"c":{"x":31},"y":true},"l":[{"k":1},{"k":2,"sub":{"z":"ab"}}]}',
  ],
  [
    String.raw`{{ fromToml "a.b.c = 1\na.b.d = 2\ni = {x = 1, y.z = 'q', w = [ {a=1}, {a=2}, ]}\n'q k' = \"\\u00e9\\t\"\n" | toJson }}`,
    '{"a":{"b":{"c":1,"d":2}},"i":{"w":[{"a":1},{"a":2}],"x":1,"y":{"z":"q"}},"q k":"é\\t"}',
  ],
  ['{{ fromToml "a = " }}', 'map[Error:toml: line 1 (last key "a"): unexpected EOF; expected value]'],
  [
    String.raw`{{ fromToml "a = 1\na = 2" }}`,
    'map[Error:toml: line 2 (last key "a"): Key \'a\' has already been defined.]',
  ],
  [String.raw`{{ fromToml "[a]\n[a]" }}`, "map[Error:toml: line 2: Key 'a' has already been defined.]"],
  ['{{ fromToml "= 1" }}', "map[Error:toml: line 1: unexpected '=': key name appears blank]"],
  ['{{ fromToml "a = \'x" }}', 'map[Error:toml: line 1 (last key "a"): unexpected EOF; expected "\'"]'],
  [String.raw`{{ fromToml "a = \"x" }}`, 'map[Error:toml: line 1 (last key "a"): unexpected EOF; expected \'"\']'],
  [
    '{{ fromToml "a = 1 b" }}',
    "map[Error:toml: line 1: expected a top-level item to end with a newline, comment, or EOF, but got 'b' instead]",
  ],
  ['{{ fromToml "a" }}', "map[Error:toml: line 1: unexpected EOF; expected key separator '=']"],
  [
    '{{ fromToml "a = 01" }}',
    'map[Error:toml: line 1 (last key "a"): Invalid integer "01": cannot have leading zeroes]',
  ],
  [
    '{{ fromToml "a = 1_" }}',
    'map[Error:toml: line 1 (last key "a"): Invalid integer "1_": underscores must be surrounded by digits]',
  ],
  [
    '{{ fromToml "a = [1 2]" }}',
    "map[Error:toml: line 1 (last key \"a\"): expected a comma (',') or array terminator (']'), but got '2']",
  ],
  [
    '{{ fromToml "a = {x=1 y=2}" }}',
    "map[Error:toml: line 1 (last key \"a.x\"): expected a comma or an inline table terminator '}', but got 'y' instead]",
  ],
  ['{{ fromToml "a = foo" }}', 'map[Error:toml: line 1 (last key "a"): expected value but found "foo" instead]'],
  ['{{ fromToml "[a" }}', "map[Error:toml: line 1: expected '.' or ']' to end table name, but got '\\x00' instead]"],
  ['{{ fromToml "[]" }}', 'map[Error:toml: line 1: unexpected end of table name (table names cannot be empty)]'],
  [
    '{{ fromToml "a = 99999999999999999999" }}',
    'map[Error:toml: line 1 (last key "a"): 99999999999999999999 is out of range for int64]',
  ],
  ['{{ fromToml "a = 2020-13-01" }}', 'map[Error:toml: line 1 (last key "a"): invalid datetime: "2020-13-01"]'],
  [
    String.raw`{{ fromToml "a = \"\\q\"" }}`,
    'map[Error:toml: line 1 (last key "a"): invalid escape in string \'\\q\']',
  ],
  [
    String.raw`{{ fromToml "a = 1e5\nb = -inf\nc = nan\nd=+1_0\ne=0b11\nf=0o7" }}`,
    'map[a:100000 b:-Inf c:NaN d:10 e:3 f:7]',
  ],
  [
    String.raw`{{ fromToml "a = 2020-01-02 03:04:05+01:00\nb = 2020-01-02T03:04:05.5\nc=07:32" }}`,
    'map[a:2020-01-02 03:04:05 +0100 +0100 b:2020-01-02 03:04:05.5 +0000 datetime-local c:0000-01-01 07:32:00 +0000 time-local]',
  ],
  [String.raw`{{ fromToml "a={}\n[a.b]" }}`, 'map[a:map[b:map[]]]'],
  [String.raw`{{ fromToml "a=1\n[a.b]" }}`, "map[Error:toml: line 2: Key 'a' was already created as a hash.]"],
  [String.raw`{{ fromToml "[[a]]\n[a]" }}`, "map[Error:toml: line 2: Key 'a' has already been defined.]"],
  [
    String.raw`{{ fromToml "a=[]\n[[a]]" }}`,
    "map[Error:toml: line 2: Key 'a' was already created and cannot be used as an array.]",
  ],
  [String.raw`{{ fromToml "a.b=1\n[a]" }}`, 'map[a:map[b:1]]'],
  [String.raw`{{ fromToml "# c\n\n a = 1 # x\r\nb=2" }}`, 'map[a:1 b:2]'],
  ['{{ fromToml "" }}', 'map[]'],
];

test.each(VECTORS)('%s', (template, expected) => {
  expect(render(template)).toBe(expected);
});

test('nil is no TOML', () => {
  expect(() => render('{{ toToml nil }}')).toThrow('reflect: call of reflect.Value.Type on zero Value');
});
