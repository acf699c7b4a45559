import { describe, expect, test } from '@jest/globals';
import { fromText, toText } from '../bytes.ts';
import { parseTemplates } from '../template/template-set.ts';
import { dictOf, listOf, type Value } from '../value.ts';
import { helmFunctions } from './index.ts';

const newest = helmFunctions({ version: '4.2.4', major: 4 });

/** What sprig 3.3's TxtFuncMap and Helm 4.2.4's own map hold together, listed by a Go program, sorted. */
const NAMES_OF_4_2_4 = (
  'abbrev abbrevboth add add1 add1f addf adler32sum ago all any append atoi b32dec b32enc b64dec b64enc base ' +
  'bcrypt biggest buildCustomCert camelcase cat ceil chunk clean coalesce compact concat contains date dateInZone ' +
  'dateModify date_in_zone date_modify decryptAES deepCopy deepEqual default derivePassword dict dig dir div divf ' +
  'duration durationRound empty encryptAES ext fail first float64 floor fromJson fromJsonArray fromToml fromYaml ' +
  'fromYamlArray genCA genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert ' +
  'genSignedCertWithKey get getHostByName has hasKey hasPrefix hasSuffix hello htmlDate htmlDateInZone htpasswd ' +
  'include indent initial initials int int64 isAbs join kebabcase keys kindIs kindOf last list lookup lower max ' +
  'maxf merge mergeOverwrite min minf mod mul mulf mustAppend mustChunk mustCompact mustDateModify mustDeepCopy ' +
  'mustFirst mustFromJson mustHas mustInitial mustLast mustMerge mustMergeOverwrite mustPrepend mustPush ' +
  'mustRegexFind mustRegexFindAll mustRegexMatch mustRegexReplaceAll mustRegexReplaceAllLiteral mustRegexSplit ' +
  'mustRest mustReverse mustSlice mustToDate mustToJson mustToPrettyJson mustToRawJson mustToToml mustToYaml ' +
  'mustUniq mustWithout must_date_modify nindent nospace now omit osBase osClean osDir osExt osIsAbs pick pluck ' +
  'plural prepend push quote randAlpha randAlphaNum randAscii randBytes randInt randNumeric regexFind ' +
  'regexFindAll regexMatch regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit repeat replace ' +
  'required rest reverse round semver semverCompare seq set sha1sum sha256sum sha512sum shuffle slice snakecase ' +
  'sortAlpha split splitList splitn squote sub subf substr swapcase ternary title toDate toDecimal toJson ' +
  'toPrettyJson toRawJson toString toStrings toToml toYaml toYamlPretty tpl trim trimAll trimPrefix trimSuffix ' +
  'trimall trunc tuple typeIs typeIsLike typeOf uniq unixEpoch unset until untilStep untitle upper urlJoin ' +
  'urlParse uuidv4 values without wrap wrapWith'
).split(' ');

test('the functions of Helm 4.2.4 are all there, and no others', () => {
  expect([...newest.keys()].sort()).toEqual(NAMES_OF_4_2_4);
});

test('functions that came later are missing from earlier releases', () => {
  const missing = (version: '3.19.5' | '4.1.4', major: 3 | 4) => {
    const known = helmFunctions({ version, major });
    return NAMES_OF_4_2_4.filter((name) => !known.has(name));
  };
  expect(missing('3.19.5', 3)).toEqual(['mustToToml', 'mustToYaml']);
  expect(missing('4.1.4', 4)).toEqual(['mustToToml']);
});

test('every function that draws by chance, reads the clock or asks the cluster says so', () => {
  const varying = [...newest.values()].filter(({ varies }) => varies !== undefined).map(({ name }) => name);
  expect(varying.sort()).toEqual(
    (
      'ago bcrypt encryptAES genCA genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey ' +
      'genSignedCert genSignedCertWithKey htpasswd lookup now randAlpha randAlphaNum randAscii randBytes randInt ' +
      'randNumeric shuffle uuidv4'
    ).split(' '),
  );
});

const VALUES: Value = dictOf([
  ['f', 3.7],
  ['neg', -3.7],
  ['list', listOf(['b', 'a', 'C', '10', '9', 2, 1.5, null, true])],
  ['em', dictOf()],
]);

function render(template: string): string {
  const set = parseTemplates([{ name: 't', text: fromText(template) }], {
    functions: newest,
    environment: {
      randomBytes: (count) => new Uint8Array(count).fill(7),
      now: () => 1_600_000_000n * 10n ** 9n,
      timeZone: 'UTC',
    },
    goVersion: '1.26',
    errorLayout: 'blocks',
  });
  return toText(set.execute('t', dictOf([['Values', VALUES]])));
}

/** Templates and what Helm 4.2.4 with TZ=UTC prints for them. */
const VECTORS: readonly (readonly [string, string])[] = [
  [
    '{{ atoi "08" }} {{ atoi "1.5" }} {{ atoi "99999999999999999999" }} {{ int "08" }} {{ int "0x10" }} {{ int "2.0" }}',
    '8 0 9223372036854775807 0 16 2',
  ],
  [
    '{{ int .Values.f }} {{ int .Values.neg }} {{ int64 "1e3" }} {{ int true }} {{ float64 "1e3" }} {{ int nil }}',
    '3 -3 0 1 1000 0',
  ],
  [
    '{{ toDecimal "0777" }} {{ add 1 2.9 "3" }} {{ add1 "x" }} {{ sub 1 3 }} {{ div -7 2 }} {{ mod -7 3 }} {{ mul 2 3.5 }} {{ max 1 2.9 }} {{ min 3 "2" }}',
    '511 6 1 -2 -3 -1 6 2 2',
  ],
  [
    '{{ add 9223372036854775807 1 }} {{ mul 9223372036854775807 2 }} {{ div -9223372036854775808 -1 }}',
    '-9223372036854775808 -2 -9223372036854775808',
  ],
  [
    '{{ addf 0.1 0.2 }} {{ mulf 1.1 1.1 }} {{ divf 1 3 }} {{ subf 1 0.9 }} {{ add1f 0.1 }} {{ maxf 1 2.5 }} {{ minf 1 "x" }}',
    '0.3 1.21 0.3333333333333333 0.1 1.1 2.5 0',
  ],
  [
    '{{ floor 3.9 }} {{ ceil 3.1 }} {{ round 123.555555 3 }} {{ round 2.5 0 }} {{ round -2.5 0 }} {{ round 1.25 1 0.6 }} {{ floor "1e6" }}',
    '3 4 123.556 3 -3 1.2 1e+06',
  ],
  [
    '{{ seq 5 }}|{{ seq -3 }}|{{ seq 0 2 10 }}|{{ seq 0 -2 -5 }}|{{ seq 3 1 }}|{{ seq }}|{{ untilStep 3 10 3 }}|{{ until -2 }}',
    '1 2 3 4 5|1 0 -1 -2 -3|0 2 4 6 8 10|0 -2 -4|3 2 1||[3 6 9]|[0 -1]',
  ],
  [
    '{{ default 1 0 }} {{ default "a" .Values.em }} {{ coalesce 0 "" nil (list) "x" }} {{ empty false }} {{ all 1 "a" }} {{ any 0 "" }} {{ ternary "y" "n" true }}',
    '1 a x true true false y',
  ],
  [
    String.raw`{{ quote "a\"b\\c\n\té\u200b\x01" 1 nil true }} {{ squote "it's" nil 2 }} {{ cat "a" 1 nil "b" true 1.5 }}`,
    '"a\\"b\\\\c\\n\\té\\u200b\\x01" "1" "true" \'it\'s\' \'2\' a 1 b true 1.5',
  ],
  [
    String.raw`{{ indent 2 "a\n\nb" | quote }} {{ nindent 1 "x" | quote }} {{ replace "" "-" "abc" }} {{ replace "b" "é" "abc" }} {{ repeat 3 "ab" }}`,
    '"  a\\n  \\n  b" "\\n x" -a-b-c- aéc ababab',
  ],
  [
    '{{ trunc 3 "héllo" }} {{ trunc -3 "hello" }} {{ substr 0 2 "hello" }} {{ substr 1 -1 "hello" }} {{ substr -1 2 "hello" }} {{ plural "one" "many" 1 }}',
    'hé llo he ello he one',
  ],
  [
    '{{ .Values.list | sortAlpha }} {{ .Values.list | join "," }} {{ splitList "" "héy" }} {{ split "," "a,b" }} {{ splitn "," 2 "a,b,c" }} {{ toStrings (list 1 nil "x") }}',
    '[1.5 10 2 9 C a b true] b,a,C,10,9,2,1.5,true [h é y] map[_0:a _1:b] map[_0:a _1:b,c] [1 x]',
  ],
  ['{{ $l := splitList "," "b,a" }}{{ sortAlpha $l }} {{ $l }}', '[a b] [a b]'],
  [
    '{{ uniq (list 1 1.0 "1" 1) }} {{ has 2 .Values.list }} {{ has 2.0 .Values.list }} {{ first (list) }} {{ last (list 1 2) }} {{ rest (list 1 2) }} {{ initial (list 1 2) }}',
    '[1 1 1] false true  2 [2] [1]',
  ],
  [
    '{{ chunk 2 (list 1 2 3) }} {{ slice (list 1 2 3) 1 2 }} {{ compact (list 0 "" 1 nil) }} {{ without (list 1 2 3) 2 }} {{ concat (list 1) (list 2) }} {{ prepend (list 1) 0 }} {{ append (list 1) 2 }} {{ reverse (list 1 2) }}',
    '[[1 2] [3]] [2] [1] [1 3] [1 2] [0 1] [1 2] [2 1]',
  ],
  [
    '{{ dict "a" 1 "b" }} {{ pluck "a" (dict "a" 1) (dict "b" 2) (dict "a" 3) }} {{ get (dict) "x" | quote }} {{ keys (dict "a" 1) }} {{ pick (dict "a" 1 "b" 2) "b" "c" }} {{ omit (dict "a" 1 "b" 2) "b" }} {{ hasKey (dict "a" nil) "a" }} {{ values (dict "a" 1) }}',
    'map[a:1 b:] [1 3] "" [a] map[b:2] map[a:1] true [1]',
  ],
  [
    '{{ merge (dict "a" 0 "b" (dict "x" 1) "l" (list) "n" nil) (dict "a" 5 "b" (dict "x" 2 "y" 3) "l" (list 1) "n" 4 "c" nil) }}',
    'map[a:5 b:map[x:1 y:3] l:[1] n:4]',
  ],
  [
    '{{ mergeOverwrite (dict "a" 1 "b" (dict "x" 1) "l" (list 1) "t" true) (dict "a" 0 "b" (dict "x" 2) "l" (list) "t" false "n" nil) }}',
    'map[a:0 b:map[x:2] l:[] n:<nil> t:false]',
  ],
  [
    '{{ merge (dict "a" (dict "b" 1)) (dict "a" "str") }} {{ mergeOverwrite (dict "a" (dict "b" 1)) (dict "a" "str") }}',
    'map[a:map[b:1]] map[a:str]',
  ],
  [
    '{{ $d := dict }}{{ $s := dict "m" (dict "x" 1) }}{{ $_ := merge $d $s }}{{ $_ := set $d.m "y" 2 }}{{ $d }} {{ $s }}',
    'map[m:map[x:1 y:2]] map[m:map[x:1 y:2]]',
  ],
  [
    '{{ $d := dict "m" (dict "x" 1) }}{{ $c := deepCopy $d }}{{ $_ := set $c.m "y" 2 }}{{ $d }} {{ $c }}',
    'map[m:map[x:1]] map[m:map[x:1 y:2]]',
  ],
  ['{{ dig "a" "b" "none" (dict "a" (dict "b" 1)) }} {{ dig "a" "z" "none" (dict "a" (dict "b" 1)) }}', '1 none'],
  [
    '{{ regexMatch "^a" "abc" }} {{ regexMatch "(" "x" }} {{ regexFind "b+" "abbc" }} {{ regexFindAll "[2,4,6,8]" "123456789" -1 }} {{ regexSplit "z+" "pizza" -1 }} {{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }} {{ regexReplaceAllLiteral "b" "abc" "$1" }} {{ regexQuoteMeta "1.2+$" }}',
    'true false bb [2 4 6 8] [pi a] -W-xxW- a$1c 1\\.2\\+\\$',
  ],
  [
    '{{ date "2006-01-02T15:04:05Z07:00 Mon Jan _2 3PM .000 MST -0700 002" (int64 0) }} {{ dateInZone "15:04 MST" (int64 0) "America/New_York" }} {{ htmlDate (int64 0) }} {{ htmlDateInZone (int64 0) "Asia/Tokyo" }}',
    '1970-01-01T00:00:00Z Thu Jan  1 12AM .000 UTC +0000 001 19:00 EST 1970-01-01 1970-01-01',
  ],
  [
    '{{ duration "3661" }} {{ duration 5 }} {{ durationRound "2400h10m5s" }} {{ durationRound "-3h" }} {{ dateModify "-1.5h" (toDate "2006-01-02" "2020-02-03") }} {{ unixEpoch (toDate "2006-01-02" "2020-02-30") }}',
    '1h1m1s 0s 3mo 3h 2020-02-02 22:30:00 +0000 UTC -62135596800',
  ],
  [
    '{{ $t := toDate "2006-01-02" "2020-02-03" }}{{ $t.Year }} {{ $t.Month }} {{ $t.Weekday }} {{ $t.Format "Jan 2" }} {{ $t.AddDate 0 1 27 }} {{ ($t.Sub ($t.AddDate 0 0 -1)).Hours }} {{ $t.IsZero }}',
    '2020 February Monday Feb 3 2020-03-30 00:00:00 +0000 UTC 24 false',
  ],
  [
    '{{ urlParse "http://u:p@h:80/p/a?q=1#f" }} {{ urlJoin (dict "scheme" "https" "host" "h" "path" "/a b" "query" "x=1" "userinfo" "u:p@") }}',
    'map[fragment:f host:h:80 hostname:h opaque: path:/p/a query:q=1 scheme:http userinfo:u:p] https://u:p%40@h/a%20b?x=1',
  ],
  [
    '{{ b64enc "é" }} {{ b64dec "!!" }} {{ b64dec "YWJj" }} {{ b32enc "abc" }} {{ b32dec "MFRGG===" }} {{ b32dec "MFRG1===" }} {{ adler32sum "hello" }} {{ sha1sum "a" }} {{ sha256sum "" }}',
    'w6k= illegal base64 data at input byte 0 abc MFRGG=== abc illegal base32 data at input byte 4 103547413 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  ],
  [
    '{{ derivePassword 1 "long" "password" "user" "example.com" }} {{ decryptAES "key" "BwcHBwcHBwcHBwcHBwcHB2S8PHT5p++I+w/HtRVEbLw=" | quote }} {{ derivePassword 1 "nope" "p" "u" "s" }}',
    'ZedaFaxcZaso9* "secret" cannot find password template nope',
  ],
  [
    '{{ typeOf 1 }} {{ typeOf 1.0 }} {{ typeOf (until 2) }} {{ typeOf (split "," "a") }} {{ typeOf nil }} {{ kindOf nil }} {{ kindIs "map" dict }} {{ typeIsLike "semver.Version" (semver "1.2.3") }} {{ deepEqual (list 1) (list 1.0) }}',
    'int float64 []int map[string]string <nil> invalid true true false',
  ],
  [
    String.raw`{{ toJson (dict "f" 1.0 "g" 1e21 "h" 1e-7 "s" "<>&" "n" nil "l" (list)) }} {{ toRawJson "<a>" }} {{ toPrettyJson (dict "a" (list 1) "b" dict) }} {{ toJson "\xff" }}`,
    '{"f":1,"g":1e+21,"h":1e-7,"l":[],"n":null,"s":"\\u003c\\u003e\\u0026"} "<a>" {\n  "a": [\n    1\n  ],\n  "b": {}\n} "\\ufffd"',
  ],
  [String.raw`{{ toJson "\U0010ffff\xff\xf4" }}`, '"\u{10ffff}\\ufffd\\ufffd"'],
  [
    String.raw`{{ fromJson "{\"a\":[1,\"x\",null]}" }} {{ fromJson "[1]" }} {{ fromJson "{bad" }} {{ fromJsonArray "[1,2]" }} {{ fromJsonArray "{}" }} {{ mustFromJson "2.5" }} {{ fromJson "{\"a\":1e999}" }}`,
    "map[a:[1 x <nil>]] map[Error:json: cannot unmarshal array into Go value of type map[string]interface {}] map[Error:invalid character 'b' looking for beginning of object key string] [1 2] [json: cannot unmarshal object into Go value of type []interface {}] 2.5 map[Error:json: cannot unmarshal number 1e999 into Go value of type float64 a:<nil>]",
  ],
  [
    '{{ toYaml (dict "b" 1.0 "a" (list "x" (dict "k" nil))) }}|{{ toYamlPretty (dict "l" (list 1)) }}|{{ fromYaml "a: [1, yes]" }} {{ fromYaml "- 1" }} {{ fromYamlArray "- 1" }} {{ fromYaml "" | toJson }}',
    'a:\n- x\n- k: null\nb: 1|l:\n  - 1|map[a:[1 true]] map[Error:error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}] [1] {}',
  ],
  [
    '{{ base "/a/b/" }} {{ dir "/a/b/c" }} {{ clean "a//b/../c" }} {{ ext "x.tar.gz" }} {{ isAbs "/a" }} {{ osBase "" }} {{ osDir "" }} {{ clean "/../a" }}',
    'b /a/b a/c .gz true . . /a',
  ],
  [
    '{{ with semver "v1.2.3-rc.1+b" }}{{ .Major }} {{ .Prerelease }} {{ .Metadata }} {{ .Original }} {{ . }} {{ .IncMinor }} {{ .Compare (semver "1.2.3") }}{{ end }} {{ semverCompare ">=1.2-0" "1.34.0-gke.1" }}',
    '1 rc.1 b v1.2.3-rc.1+b 1.2.3-rc.1+b 1.3.0 -1 true',
  ],
  [
    '{{ required "m" 0 }} {{ lookup "v1" "Pod" "a" "b" }} {{ getHostByName "localhost" | quote }} {{ hello }}',
    '0 map[] "" Hello!',
  ],
];

describe('Helm 4.2.4 prints', () => {
  test.each(VECTORS)('%s', (template, expected) => {
    expect(render(template)).toBe(expected);
  });
});

/** Messages behind `error calling …: `, as Helm 4.2.4 words them. */
describe('Helm 4.2.4 refuses', () => {
  test.each([
    ['{{ div 1 0 }}', 'runtime error: integer divide by zero'],
    ['{{ first "x" }}', 'Cannot find first on type string'],
    ['{{ first nil }}', 'runtime error: invalid memory address or nil pointer dereference'],
    ['{{ uniq 5 }}', 'Cannot find uniq on type int'],
    ['{{ chunk 0 (list 1) }}', 'runtime error: makeslice: len out of range'],
    ['{{ concat (list 1) 2 }}', 'Cannot concat type int as list'],
    ['{{ slice (list 1 2) 1 5 }}', 'reflect.Value.Slice: slice index out of bounds'],
    ['{{ substr 2 1 "hello" }}', 'runtime error: slice bounds out of range [2:1]'],
    ['{{ repeat -1 "x" }}', 'strings: negative Repeat count'],
    ['{{ dig "a" (dict) }}', 'dig needs at least three arguments'],
    [
      '{{ dig "a" "b" "d" (dict "a" "x") }}',
      'interface conversion: interface {} is string, not map[string]interface {}',
    ],
    ['{{ dig 1 "d" (dict) }}', 'interface conversion: interface {} is int, not string'],
    ['{{ divf 1 0 }}', 'decimal division by 0'],
    ['{{ randInt 5 5 }}', 'invalid argument to Intn'],
    ['{{ regexFind "(" "x" }}', 'regexp: Compile(`(`): error parsing regexp: missing closing ): `(`'],
    ['{{ mustRegexFind "(" "x" }}', 'error parsing regexp: missing closing ): `(`'],
    ['{{ mustToDate "2006" "x" }}', 'parsing time "x" as "2006": cannot parse "x" as "2006"'],
    ['{{ mustDateModify "1x" (toDate "2006" "2020") }}', 'time: unknown unit "x" in duration "1x"'],
    ['{{ semver "x" }}', 'invalid semantic version'],
    ['{{ semverCompare "" "1.2.3" }}', 'improper constraint: ""'],
    ['{{ urlParse "http://[::1" }}', 'unable to parse url: parse "http://[::1": missing \']\' in host'],
    ['{{ urlParse "http://h/%zz" }}', 'unable to parse url: parse "http://h/%zz": invalid URL escape "%zz"'],
    ['{{ urlParse "http://h:x/" }}', 'unable to parse url: parse "http://h:x/": invalid port ":x" after host'],
    ['{{ urlJoin (dict "host" 1) }}', 'unable to parse host key, must be of type string, but int found'],
    ['{{ mustFromJson "[1,}" }}', "invalid character '}' looking for beginning of value"],
    ['{{ mustToJson (list (float64 "nan")) }}', 'json: unsupported value: NaN'],
    ['{{ toRawJson (float64 "inf") }}', 'json: unsupported value: +Inf'],
    ['{{ mustToYaml (float64 "inf") }}', 'error marshaling into JSON: json: unsupported value: +Inf'],
    ['{{ decryptAES "k" "YWJj" }}', 'runtime error: slice bounds out of range [:16] with capacity 3'],
    ['{{ genSelfSignedCert "x" (list "1.2.3") (list) 1 }}', 'error parsing ip: 1.2.3'],
    ['{{ genCAWithKey "x" 1 "y" }}', 'parsing private key: no PEM data in input'],
    ['{{ buildCustomCert "!" "" }}', 'unable to decode base64 certificate'],
    ['{{ fail "no" }}', 'no'],
    ['{{ required "needed" "" }}', 'needed'],
    ['{{ trunc .Values.f "x" }}', 'wrong type for value; expected int; got float64'],
    ['{{ upper 1 }}', 'expected string; found 1'],
    ['{{ set .Values.list "a" 1 }}', 'wrong type for value; expected map[string]interface {}; got []interface {}'],
    [
      '{{ genSignedCert "x" nil nil 1 (dict) }}',
      'wrong type for value; expected sprig.certificate; got map[string]interface {}',
    ],
  ])('%s', (template, message) => {
    expect(() => render(template)).toThrow(message);
  });
});

test('the same chance gives the same values', () => {
  expect(render('{{ randAlphaNum 4 }} {{ randNumeric 3 }} {{ randBytes 2 }} {{ uuidv4 }} {{ randInt 5 9 }}')).toBe(
    render('{{ randAlphaNum 4 }} {{ randNumeric 3 }} {{ randBytes 2 }} {{ uuidv4 }} {{ randInt 5 9 }}'),
  );
  expect(render('{{ now.Year }} {{ ago (int64 1599996399) }} {{ date "2006" 1.5 }}')).toBe('2020 1h0m1s 2020');
});
