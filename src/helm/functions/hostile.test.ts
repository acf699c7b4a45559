import { expect, test } from '@jest/globals';
import { LimitError } from '../errors.ts';
import { parseTemplates } from '../template/template-set.ts';
import { dictOf } from '../value.ts';
import { helmFunctions } from './index.ts';

/** A chart is other people's code: what it gives a function may be made to hang it. Time limits are jest's own. */
function render(template: string, values: readonly (readonly [string, string])[] = []): string {
  const set = parseTemplates([{ name: 't', text: template }], {
    functions: helmFunctions({ version: '4.2.4', major: 4 }),
    environment: { randomBytes: (count) => new Uint8Array(count), now: () => 0n, timeZone: 'UTC' },
    goVersion: '1.26',
    errorLayout: 'blocks',
  });
  return set.execute('t', dictOf([['Values', dictOf(values)]]));
}

const long = 1_000_000;

test.each([
  ['{{ base .Values.x | len }}', `${'/'.repeat(long)}x`],
  ['{{ ext .Values.x | len }}', '.'.repeat(long)],
  ['{{ wrapWith 1 "" .Values.x | len }}', 'x'.repeat(long / 10)],
  ['{{ wrap 1 .Values.x | len }}', 'x '.repeat(long / 10)],
  ['{{ int .Values.x }}', `1.${'0'.repeat(long)}x`],
  ['{{ int .Values.x }}', '9'.repeat(long)],
  ['{{ duration .Values.x }}', '9'.repeat(long)],
  ['{{ toDate .Values.x .Values.x | unixEpoch }}', 'Jan'.repeat(long / 10)],
  ['{{ snakecase .Values.x | len }}', '\xff'.repeat(long / 10)],
  ['{{ camelcase .Values.x | len }}', '_A'.repeat(long / 10)],
  ['{{ regexMatch "^(a+)+$" .Values.x }}', `${'a'.repeat(long / 10)}b`],
  ['{{ fromJson .Values.x | len }}', '['.repeat(long)],
  ['{{ fromYaml .Values.x | len }}', '['.repeat(long / 10)],
  ['{{ fromToml .Values.x | len }}', `a=${'['.repeat(long / 10)}`],
  ['{{ b64dec .Values.x | len }}', '='.repeat(long)],
  ['{{ b32dec .Values.x | len }}', 'A'.repeat(long / 10)],
  ['{{ (urlParse .Values.x).path | len }}', '/'.repeat(long)],
  ['{{ untitle .Values.x | len }}', ' a'.repeat(long / 10)],
])('%s ends soon, whatever it is given', (template, value) => {
  expect(render(template, [['x', value]])).toMatch(/^-?[0-9a-z]+$/);
});

test.each([
  ['{{ genCAWithKey "x" 1 .Values.x }}', '-----BEGIN x-----\n'.repeat(long / 10)],
  ['{{ semverCompare .Values.x "1.2.3" }}', `${'1   '.repeat(100)}!`],
  ['{{ semver .Values.x }}', '1'.repeat(long)],
])('%s is refused soon', (template, value) => {
  expect(() => render(template, [['x', value]])).toThrow(/error calling/);
});

test.each([
  '{{ repeat 9223372036854775807 "x" }}',
  '{{ until 9223372036854775807 }}',
  '{{ untilStep 0 9223372036854775807 1 }}',
  '{{ seq 0 9223372036854775806 }}',
  '{{ indent 9223372036854775807 "x" }}',
  '{{ randBytes 9007199254740991 }}',
  '{{ randAlphaNum 9007199254740991 }}',
  '{{ wrapWith 1 (repeat 100000 "x") (repeat 100000 "y") }}',
  '{{ replace "" (repeat 100000 "x") (repeat 100000 "y") }}',
])('%s is stopped before it takes the memory', (template) => {
  expect(() => render(template)).toThrow(LimitError);
});

test('a map that holds itself is no endless work', () => {
  const self = '{{ $d := dict }}{{ $_ := set $d "self" $d }}';
  expect(render(`${self}{{ toJson $d }}`)).toBe('');
  expect(() => render(`${self}{{ mustToJson $d }}`)).toThrow('encountered a cycle via map[string]interface {}');
  expect(() => render(`${self}{{ deepCopy $d }}`)).toThrow(LimitError);
  expect(() => render(`${self}{{ deepEqual $d (dict "self" $d) }}`)).not.toThrow();
  expect(() => render(`${self}{{ merge $d (dict "self" $d) }}`)).toThrow(LimitError);
});

test('names of JavaScript are data', () => {
  expect(render('{{ get (dict "__proto__" 1) "constructor" | quote }} {{ (dict "__proto__" 1) | toJson }}')).toBe(
    '"" {"__proto__":1}',
  );
  expect(render('{{ derivePassword 1 "constructor" "p" "u" "s" }}')).toBe('cannot find password template constructor');
});
