/** Charts that mean harm, whole and at random: each is rendered or refused by a named limit, and nothing else happens. */
import { describe, expect, test } from '@jest/globals';
import { HelmError, renderChart } from './index.ts';
import type { Limits } from './limits.ts';

/** Maps of two keys that hold the same map, over and over: little in memory, and endless to go through. */
const bomb =
  '{{ $d := dict "a" "x" }}{{ $e := dict "a" "x" }}{{ range until 60 }}{{ $d = dict "l" $d "r" $d }}{{ $e = list $e $e }}{{ end }}';

describe('a map that is small to hold and endless to read', () => {
  test.each([
    ...['toYaml', 'toYamlPretty', 'toToml', 'toJson', 'toPrettyJson', 'toRawJson', 'mustToJson'],
    ...['deepCopy', 'toString', 'quote', 'squote', 'print', 'println', 'html', 'js', 'urlquery', 'cat'],
    ...[
      'printf "%v"',
      'printf "%#v"',
      'printf "%q"',
      'merge (dict)',
      'mergeOverwrite (dict "l" (dict))',
      'deepEqual 1',
    ],
    ...['list 1 | has', 'list | without (list 1)'],
  ])('is stopped before %s reads it', (call) => {
    expect(limitOf(`${bomb}{{ $x := ${call} $d }}{{ $x = ${call} $e }}`)).toMatch(/^(work|rendered)$/);
  });

  test('is stopped before it is written, compared with its like or joined', () => {
    expect(limitOf(`${bomb}{{ $d }}`)).toBe('work');
    expect(limitOf(`${bomb}{{ $e }}`)).toBe('work');
    expect(limitOf(`${bomb}{{ deepEqual $e (deepCopy $e) }}`)).toBe('work');
    expect(limitOf(`${bomb}{{ uniq (list $e $d) }}`)).toBe('work');
    expect(limitOf(`${bomb}{{ join "," $e }}`)).toBe('work');
    expect(limitOf(`${bomb}{{ sortAlpha $e }}`)).toBe('work');
  });
});

test.each([
  ['loops in each other', '{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}', 'work'],
  ['a loop to a large number', '{{ range 1000000000000 }}{{ end }}', 'work'],
  ['a text that doubles', '{{ $s := "a" }}{{ range until 60 }}{{ $s = print $s $s }}{{ end }}', 'work'],
  ['a list that doubles', '{{ $s := list 1 }}{{ range until 60 }}{{ $s = concat $s $s }}{{ end }}', 'work'],
  ['many long lists', '{{ $l := list }}{{ range until 100 }}{{ $l = append $l (until 1000000) }}{{ end }}', 'work'],
  ['many keys', '{{ range until 1000 }}{{ $x := genPrivateKey "ed25519" }}{{ end }}', 'work'],
  ['a template that includes itself', '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}', 'stack'],
  ['a template that calls itself', '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}', 'depth'],
  [
    'a text that makes itself',
    '{{ define "a" }}{{ tpl "{{ include \\"a\\" . }}" . }}{{ end }}{{ include "a" . }}',
    'stack',
  ],
  ['a map in itself', '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}', 'stack'],
  ['more parentheses than anybody needs', `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`, 'depth'],
])('%s: %s', (_, template, limit) => {
  expect(limitOf(template)).toBe(limit);
});

test("a template that includes itself without end is refused in Helm's words", () => {
  expect(() => render('{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}')).toThrow(
    /^rendering template has a nested reference name: a: unable to execute template/,
  );
});

test('time and memory are limits of their own', () => {
  const endless = '{{ range 1000000000000 }}{{ end }}';
  expect(limitOf(endless, { time: 0 })).toBe('time');
  const growing = '{{ $l := list }}{{ range until 100000 }}{{ $l = append $l (until 10) }}{{ end }}';
  expect(limitOf(growing, { memory: 1, work: 1_000_000_000 })).toBe('memory');
});

describe('random hostile charts', () => {
  const first = Number(process.env['HOSTILE_SEED'] ?? 1);
  const seeds = Array.from({ length: 150 }, (_, index) => first + index);

  test(`${seeds.length} from seed ${first} on are rendered, refused by a limit, or wrong in Helm's words`, () => {
    for (const seed of seeds) {
      const template = hostileTemplate(seed);
      try {
        limitOf(template, { work: 300_000, output: 1_000_000, time: 20_000 });
      } catch (error) {
        // Any other error ends the run of everybody, so the chart is needed to find it again.
        throw new Error(`seed ${seed}: ${template}`, { cause: error });
      }
    }
  });
});

/** Steps that grow, nest, share and loop, put behind and into each other. */
function hostileTemplate(seed: number): string {
  const next = generator(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item;
  const variables = ['$a', '$b', '$c'];
  const number = (): string => pick(['0', '-1', '1', '7', '1000', '1000000', '9223372036854775807', '1.5e300']);
  const value = (depth: number): string => {
    if (depth === 0) return pick([...variables, number(), '"x"', '""', 'nil', '.', '.Values', '"{{ . }}"', '`a: [`']);
    const inner = (): string => value(depth - 1);
    return pick([
      () => `(list ${inner()} ${inner()})`,
      () => `(dict "k" ${inner()} "l" ${inner()})`,
      () => `(print ${inner()} ${inner()})`,
      () => `(printf ${pick(['"%v"', '"%*d"', '"%999999d"', '"%s%s"', '"%#v"'])} ${inner()} ${inner()})`,
      () => `(repeat ${pick(['3', '1000', '1000000'])} (toString ${inner()}))`,
      () => `(until (int ${inner()}))`,
      () =>
        `(${pick(['toYaml', 'toJson', 'fromYaml', 'fromJson', 'deepCopy', 'toToml', 'b64enc', 'upper', 'len', 'keys'])} ${inner()})`,
      () => `(merge (dict) ${inner()})`,
      () => `(set ${pick(variables)} "k" ${inner()})`,
      () => `(append (list ${inner()}) ${inner()})`,
      () => `(concat (list ${inner()}) (list ${inner()}))`,
      () => `(tpl (toString ${inner()}) $)`,
      () => `(include "h" ${inner()})`,
      () => `(regexReplaceAll (toString ${inner()}) (toString ${inner()}) "x")`,
      () => `(splitList "" (toString ${inner()}))`,
      () => `(ternary ${inner()} ${inner()} true)`,
    ])();
  };
  const step = (depth: number): string => {
    const body = depth === 0 ? '' : Array.from({ length: 2 }, () => step(depth - 1)).join('');
    return pick([
      () => `{{ ${pick(variables)} = ${value(2)} }}`,
      () => `{{ ${pick(variables)} = list ${pick(variables)} ${pick(variables)} }}`,
      () => `{{ ${pick(variables)} = dict "k" ${pick(variables)} "l" ${pick(variables)} }}`,
      () => `{{ range until ${pick(['3', '30', '3000'])} }}${body}{{ end }}`,
      () => `{{ range ${value(1)} }}${body}{{ end }}`,
      () => `{{ if ${value(1)} }}${body}{{ else }}x{{ end }}`,
      () => `{{ with ${value(1)} }}${body}{{ end }}`,
      () => `{{ ${value(2)} }}`,
      () => `{{ template "h" ${value(1)} }}`,
    ])();
  };
  const steps = Array.from({ length: 6 }, () => step(3)).join('\n');
  return `{{ define "h" }}{{ if kindIs "map" . }}{{ range . }}{{ include "h" . }}{{ end }}{{ end }}{{ . }}{{ end }}{{ $a := dict }}{{ $b := list }}{{ $c := "c" }}\n${steps}`;
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The limit that stopped it; `rendered`; or `wrong` for what Helm would refuse as well. */
function limitOf(template: string, limits: Partial<Limits> = { work: 2_000_000 }): string {
  try {
    render(template, limits);
    return 'rendered';
  } catch (error) {
    if (!(error instanceof HelmError)) throw error;
    return error.stage === 'limit' ? (error.cause as { readonly limit: string }).limit : 'wrong';
  }
}

function render(template: string, limits: Partial<Limits> = {}): void {
  const bytes = (text: string) => new TextEncoder().encode(text);
  renderChart({
    source: {
      kind: 'folder',
      files: new Map([
        ['Chart.yaml', bytes('apiVersion: v2\nname: web\nversion: 1.0.0\n')],
        ['templates/a.yaml', bytes(template)],
      ]),
    },
    values: {},
    release: { name: 'r', namespace: 'n' },
    world: { randomBytes: (count) => new Uint8Array(count), now: () => 0n, timeZone: 'UTC', limits },
  });
}
