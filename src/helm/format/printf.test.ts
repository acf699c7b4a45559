import { describe, expect, test } from '@jest/globals';
import { fromText, toText } from '../bytes.ts';
import {
  dictOf,
  GoBytes,
  GoComplex,
  GoMap,
  GoSlice,
  int64Of,
  integer,
  intOf,
  listOf,
  stringsOf,
  types,
  type Value,
} from '../value.ts';
import { printValue, sprint, sprintln } from './print.ts';
import { sprintf } from './printf.ts';

const list = listOf([intOf(1), 'a', null, 2.5, dictOf([['k', 1]])]);

/** Format, operands, and what Go 1.26's fmt.Sprintf gives. */
const vectors: readonly (readonly [string, readonly Value[], string])[] = [
  [
    '%5d|%-5s|%05.1f|%x|%X|%c|%U|%q',
    [intOf(3), 'a', 3.25, 'hi', intOf(255), intOf(65), intOf(65), intOf(65)],
    "    3|a    |003.2|6869|FF|A|U+0041|'A'",
  ],
  ['%v %v %v', [1e6, 123456, 1234567], '1e+06 123456 1.234567e+06'],
  ['%v %v %v %v', [100000, 999999.5, 21000000, 123456789012], '100000 999999.5 2.1e+07 1.23456789012e+11'],
  ['%v %v %v %v', [0.0001, 0.00001234, 1e20, -1500000], '0.0001 1.234e-05 1e+20 -1.5e+06'],
  ['%v %v %v', [Number.POSITIVE_INFINITY, Number.NaN, -0], '+Inf NaN -0'],
  ['%.2f %.0f %.0f %.0f %.3f', [3.25, 0.5, 1.5, 2.5, 1.0005], '3.25 0 2 2 1.000'],
  [
    '%e %E %g %G %b',
    [1234.5678, 0.00012, 1e-10, 1e100, 1],
    '1.234568e+03 1.200000E-04 1e-10 1E+100 4503599627370496p-52',
  ],
  ['%x %X %.3x %#g %#.3g', [1.5, -2.5, 3.25, 1, 100], '0x1.8p+00 -0X1.4P+01 0x1.a00p+01 1.00000 100.'],
  [
    '%+d % d %06d %-6d| %x %#x %#o %b %O',
    [intOf(5), intOf(5), intOf(-42), intOf(42), intOf(-255), intOf(255), intOf(8), intOf(5), intOf(8)],
    '+5  5 -00042 42    | -ff 0xff 010 101 0o10',
  ],
  [
    '%d %d',
    [int64Of(9223372036854775807n), integer(types.uint64, 18446744073709551615n)],
    '9223372036854775807 18446744073709551615',
  ],
  ['%t %v %5t|', [true, false, true], 'true false  true|'],
  ['%s|%q|%v|%.2s|%5.1s|', ['héllo', 'a"b\n', 'x', 'héllo', 'éa'], 'héllo|"a\\"b\\n"|x|hé|    é|'],
  ['%+q %#q %#q %x % x %#x', ['é', 'a`b', 'ab', 'hi', 'hi', 'hi'], '"\\u00e9" "a`b" `ab` 6869 68 69 0x6869'],
  ['%q %q', ['\xff', '\u{1f600}\u200b\x01\u007f'], '"\\xff" "\u{1f600}\\u200b\\x01\\x7f"'],
  [
    '%T %T %T %T %T %T',
    [intOf(1), 1.5, 'a', null, list, dictOf()],
    'int float64 string <nil> []interface {} map[string]interface {}',
  ],
  ['%v', [list], '[1 a <nil> 2.5 map[k:1]]'],
  [
    '%#v',
    [listOf([intOf(1), 'a', null, dictOf([['k', 1]])])],
    '[]interface {}{1, "a", interface {}(nil), map[string]interface {}{"k":1}}',
  ],
  [
    '%v %#v %s',
    [
      dictOf([
        ['b', intOf(1)],
        ['a', 'x'],
        ['n', null],
      ]),
      stringsOf(['p']),
      stringsOf(['p', 'q']),
    ],
    'map[a:x b:1 n:<nil>] []string{"p"} [p q]',
  ],
  [
    '%v %s %x %#v %d',
    [new GoBytes('hi'), new GoBytes('hi'), new GoBytes('hi'), new GoBytes('hi'), new GoBytes('hi')],
    '[104 105] hi 6869 []byte{0x68, 0x69} [104 105]',
  ],
  [
    '%v %#v %v %#v',
    [
      new GoSlice(types.list, [], true),
      new GoSlice(types.list, [], true),
      new GoMap(types.dict, new Map(), true),
      new GoMap(types.dict, new Map(), true),
    ],
    '[] []interface {}(nil) map[] map[string]interface {}(nil)',
  ],
  ['%v %.1f', [new GoComplex(1, -2), new GoComplex(0.25, 1)], '(1-2i) (0.2+1.0i)'],
  ['%*d|%-*d|%.*f', [intOf(5), intOf(42), intOf(4), intOf(7), intOf(2), 3.25], '   42|7   |3.25'],
  ['%[2]d %[1]d %d', [intOf(1), intOf(2)], '2 1 2'],
  ['%d', [1e6], '%!d(float64=1e+06)'],
  ['%d', [], '%!d(MISSING)'],
  ['%d', [intOf(1), intOf(2)], '1%!(EXTRA int=2)'],
  ['%z %t', [intOf(1), 'x'], '%!z(int=1) %!t(string=x)'],
  ['%d', [list], '[1 %!d(string=a) <nil> %!d(float64=2.5) map[%!d(string=k):%!d(float64=1)]]'],
  ['%s %d %v', [null, null, null], '%!s(<nil>) %!d(<nil>) <nil>'],
  ['100% % %', [], '100% %!(NOVERB)'],
  ['%!', [], '%!!(MISSING)'],
  ['%[3]d %[x]d %*d %.*d', [intOf(1), intOf(2)], '%!d(BADINDEX) %!d(BADINDEX) 2 %!(BADPREC)%!d(MISSING)'],
  ['%100000000d|', [intOf(1)], '%!(NOVERB)%!(EXTRA int=1)'],
  ['%6.2f%%', [99.5], ' 99.50%'],
  ['%w', ['x'], '%!w(string=x)'],
];

describe('printf formats as Go does', () => {
  for (const [format, args, expected] of vectors) {
    test(`${JSON.stringify(format)} gives ${JSON.stringify(expected)}`, () => {
      const operands = args.map((arg) => (typeof arg === 'string' && arg !== '\xff' ? fromText(arg) : arg));
      expect(toText(sprintf(fromText(format), operands))).toBe(expected);
    });
  }
});

test('print puts a space only between operands that are both no strings', () => {
  expect(sprint(['a', 'b', intOf(1), intOf(2), 'c'])).toBe('ab1 2c');
  expect(sprint([intOf(1), null, true])).toBe('1 <nil> true');
  expect(sprint([])).toBe('');
  expect(sprintln(['a', intOf(1)])).toBe('a 1\n');
});

test('a type with a String method prints through it, also inside a list', () => {
  const month = integer({ kind: 'int', name: 'time.Month', named: true, stringer: () => 'March' }, 3);
  expect(printValue(month)).toBe('March');
  expect(printValue(listOf([month]))).toBe('[March]');
  expect(sprintf('%d %q %t', [month, month, month])).toBe('3 "March" %!t(time.Month=3)');
});
