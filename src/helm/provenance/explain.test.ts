import { expect, test } from '@jest/globals';
import { readYaml, type YamlValue } from '../../yaml/index.ts';
import { fromText, toText } from '../bytes.ts';
import { helmFunctions } from '../functions/index.ts';
import { newestHelm, profileOf } from '../profile.ts';
import { parseTemplates, type TemplateOptions } from '../template/template-set.ts';
import { Trace } from '../template/trace.ts';
import { dictOf, type GoMap, listOf, type Value } from '../value.ts';
import { Provenance } from './explain.ts';
import type { Explanation } from './explanation.ts';
import { explainField } from './field.ts';

const profile = profileOf(newestHelm);
if (profile === undefined) throw new Error(`no profile for ${newestHelm}`);
const functions = helmFunctions(profile);

const options: TemplateOptions = {
  functions,
  environment: { randomBytes: (count) => new Uint8Array(count), now: () => 0n, timeZone: 'UTC' },
  goVersion: '1.26',
  errorLayout: 'blocks',
};

function toValue(plain: YamlValue): Value {
  if (typeof plain === 'string') return fromText(plain);
  if (Array.isArray(plain)) return listOf(plain.map(toValue));
  if (plain instanceof Map) {
    return dictOf([...plain].map(([key, value]) => [fromText(String(key)), toValue(value)] as const));
  }
  if (plain === null || typeof plain !== 'object') return typeof plain === 'bigint' ? Number(plain) : plain;
  return dictOf(Object.entries(plain).map(([key, value]) => [fromText(key), toValue(value as YamlValue)] as const));
}

interface Rendering {
  readonly text: string;
  readonly provenance: Provenance;
  /** Asks about the first occurrence of a piece of the text. */
  readonly about: (piece: string) => Explanation;
}

/** Renders the file `t` with and without provenance, which must not change a byte. */
function render(values: string, files: Record<string, string>): Rendering {
  const templates = Object.entries(files).map(([name, text]) => ({ name: fromText(name), text: fromText(text) }));
  const data = (): GoMap => dictOf([['Values', toValue(readYaml(values))]]);
  const plain = parseTemplates(templates, options).execute('t', data());
  const trace = new Trace();
  const root = data();
  const text = parseTemplates(templates, { ...options, trace }).execute('t', root);
  expect(text).toBe(plain);
  const provenance = new Provenance(trace, {
    roots: [...root.entries],
    tops: [root],
    isVarying: (name) => functions.get(name)?.varies !== undefined,
  });
  return {
    text: toText(text),
    provenance,
    about(piece) {
      const start = text.indexOf(fromText(piece));
      expect(start).toBeGreaterThanOrEqual(0);
      const explanation = provenance.explain('t', { start, end: start + fromText(piece).length });
      if (explanation === undefined) throw new Error('not rendered');
      return explanation;
    },
  };
}

/** `t:1:5 < h:2:3`: the place and what included it. */
function places({ written }: Explanation): string[] {
  return written.map(({ place, includedFrom }) =>
    [place, ...includedFrom].map(({ file, line, column }) => `${file}:${line}:${column}`).join(' < '),
  );
}

function values(explanation: Explanation): string[] {
  return explanation.values.map(({ path, role }) => `${path.join('.')} (${role})`);
}

function conditions(explanation: Explanation): string[] {
  return explanation.conditions.map(
    ({ place, taken, values: read }) => `${place.expression} ${taken}: ${read.map((path) => path.join('.')).join(' ')}`,
  );
}

test('template text stands where it was written', () => {
  const { about } = render('', { t: 'a: 1\n{{- if true }}\nb: 2\n{{- end }}\n' });
  expect(places(about('a: 1'))).toEqual(['t:1:1']);
  expect(places(about('2'))).toEqual(['t:3:4']);
  expect(conditions(about('2'))).toEqual(['if true list: ']);
});

test('a value leads to its key, through quote, default, printf and pipes', () => {
  const { about, text } = render('image: { repository: nginx, tag: "1.27" }\nname: shop', {
    t: 'image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default "latest") | quote }}\nname: {{ .Values.name | trunc 63 | trimSuffix "-" }}\n',
  });
  expect(text).toBe('image: "nginx:1.27"\nname: shop\n');
  expect(values(about('nginx'))).toEqual(['Values.image.repository (text)']);
  expect(values(about('1.27'))).toEqual(['Values.image.tag (text)']);
  expect(values(about('nginx:1.27'))).toEqual(['Values.image.repository (text)', 'Values.image.tag (text)']);
  expect(values(about('shop'))).toEqual(['Values.name (text)']);
  expect(places(about('shop'))).toEqual(['t:2:10']);
});

test('an include leads into the template it executes, and back to who included it', () => {
  const { about } = render('labels: { app: shop, team: blue }\nenabled: true', {
    t: 'metadata:\n  {{- with .Values.labels }}\n  labels: {{- include "labels" (dict "own" . "top" $) | nindent 4 }}\n  {{- end }}\n',
    h: '{{ define "labels" -}}\nkind: fixed\n{{ if .top.Values.enabled }}app: {{ .own.app | quote }}\n{{ toYaml (omit .own "app") }}{{ end }}\n{{- end }}',
  });
  expect(places(about('fixed'))).toEqual(['h:2:7 < t:3:15']);
  const app = about('shop');
  expect(places(app)).toEqual(['h:3:37 < t:3:15']);
  expect(values(app)).toEqual(['Values.labels.app (text)']);
  expect(conditions(app)).toEqual([
    'with .Values.labels list: Values.labels',
    'if .top.Values.enabled list: Values.enabled',
  ]);
  expect(values(about('blue'))).toEqual(['Values.labels.team (text)']);
});

test('range elements lead to their item, also when they are maps', () => {
  const { about } = render('hosts: [{ name: a.example, port: 80 }, { name: b.example, port: 81 }]', {
    t: '{{ range $i, $host := .Values.hosts }}- {{ $host.name }}:{{ .port }}\n{{ end }}',
  });
  expect(values(about('b.example'))).toEqual(['Values.hosts.1.name (text)']);
  expect(values(about('81'))).toEqual(['Values.hosts.1.port (text)']);
  expect(conditions(about('b.example'))).toEqual(['range $i, $host := .Values.hosts list: Values.hosts']);
});

test('toYaml leads to the entry that stands at the line', () => {
  const { about } = render('resources: { limits: { cpu: 2, memory: 1Gi }, list: [w, z] }', {
    t: 'resources:\n  {{- toYaml .Values.resources | nindent 2 }}\n',
  });
  expect(values(about('1Gi'))).toEqual(['Values.resources.limits.memory (text)']);
  expect(values(about('- z'))).toEqual(['Values.resources.list.1 (text)']);
  expect(places(about('1Gi'))).toEqual(['t:2:7']);
});

test('a template among the values leads to the value that holds it, and to the values it reads', () => {
  const { about } = render('name: shop\ngreeting: "hello {{ .Values.name }}!"', {
    t: 'x: {{ tpl .Values.greeting . }}\n',
  });
  expect(values(about('hello'))).toEqual(['Values.greeting (text)']);
  expect(values(about('shop'))).toEqual(['Values.name (text)', 'Values.greeting (text)']);
});

test('what was computed from a value names it as an input', () => {
  const { about } = render('password: secret\nname: shop', {
    t: 'a: {{ .Values.password | b64enc }}\nb: {{ .Values.name | upper }}\n',
  });
  expect(values(about('c2VjcmV0'))).toEqual(['Values.password (input)']);
  expect(values(about('SHOP'))).toEqual(['Values.name (input)']);
});

test('a value that a template set says where', () => {
  const { about } = render('name: shop\nother: x', {
    t: '{{ $_ := set .Values "name" (printf "%s-web" .Values.other) }}\nname: {{ .Values.name }}\n',
  });
  const explanation = about('x-web');
  expect(values(explanation)).toEqual(['Values.other (text)']);
  expect(explanation.values[0]?.setAt).toMatchObject({ file: 't', line: 1 });
});

test('merged and re-read data still lead to the values', () => {
  const { about } = render('base: { a: one, b: { c: two } }\nextra: { b: { d: three } }\n', {
    t: '{{ $all := mergeOverwrite (deepCopy .Values.base) .Values.extra }}a: {{ $all.a }}\nc: {{ $all.b.c }}\nd: {{ $all.b.d }}\n{{ $read := include "h" . | fromYaml }}e: {{ $read.k.v }}\n',
    h: '{{ define "h" }}k:\n  v: {{ .Values.base.a | upper }}-{{ .Values.base.b.c }}\n{{ end }}',
  });
  expect(values(about('a: one'))).toContain('Values.base.a (text)');
  expect(values(about('two'))).toContain('Values.base.b.c (text)');
  expect(values(about('three'))).toContain('Values.extra.b.d (text)');
  expect(values(about('ONE-two'))).toEqual(['Values.base.b.c (text)', 'Values.base.a (input)']);
  expect(places(about('ONE-two'))).toEqual(['h:2:9 < t:4:13', 'h:2:34 < t:4:13', 'h:2:38 < t:4:13']);
});

test('deleted <no value>s do not shift what stands behind them', () => {
  const { about, text } = render('b: later', { t: 'a: {{ .Values.none }}{{ .Values.none }}\nb: {{ .Values.b }}\n' });
  expect(text).toBe('a: \nb: later\n');
  expect(values(about('later'))).toEqual(['Values.b (text)']);
  expect(places(about('b: '))).toEqual(['t:2:1']);
});

test('functions that draw are named', () => {
  const { about, text } = render('', { t: 'p: {{ randAlphaNum 8 | quote }}\n' });
  expect(about(text.slice(4, 12)).varying).toEqual(['randAlphaNum']);
});

test('an else branch says what was asked', () => {
  const { about } = render('a: { b: "" }', { t: '{{ if and .Values.a.b .Values.c }}x{{ else }}y{{ end }}' });
  expect(conditions(about('y'))).toEqual(['if and .Values.a.b .Values.c otherwise: Values.a.b']);
});

test('a field of an object is found by its path, whatever stands before it', () => {
  const { text, provenance } = render('name: "größe"\nimage: { tag: v1 }\ncontainers: [a, b]', {
    t: '# ünïcode\nname: {{ .Values.name }}\nspec:\n  containers:\n  {{- range .Values.containers }}\n  - name: {{ . }}\n    image: "{{ . }}:{{ $.Values.image.tag }}"\n  {{- end }}\n',
  });
  const whole = fromText(text);
  const field = { file: 't', text: whole, content: whole.slice(whole.indexOf('name:')) };
  const image = explainField(provenance, { ...field, path: ['spec', 'containers', 1, 'image'] });
  expect(image === undefined ? [] : values(image.value)).toEqual([
    'Values.containers.1 (text)',
    'Values.image.tag (text)',
  ]);
  expect(image?.key === undefined ? [] : places(image.key)).toEqual(['t:7:5']);
  expect(image?.key === undefined ? [] : conditions(image.key)).toEqual([
    'range .Values.containers list: Values.containers',
  ]);
  const name = explainField(provenance, { ...field, path: ['name'] });
  expect(name === undefined ? [] : values(name.value)).toEqual(['Values.name (text)']);
  expect(explainField(provenance, { ...field, path: ['spec', 'none'] })).toBeUndefined();
});

test('a literal that a helper prints is found where it stands', () => {
  const { about } = render('size: small', {
    t: '{{ $presets := dict "small" (dict "cpu" "100m") }}\n{{ index $presets .Values.size | toYaml }}\nv: {{ include "v" "apps/v1" }}\n',
    h: '{{ define "v" }}{{ . }}{{ end }}',
  });
  expect(about('100m').literals).toMatchObject([{ file: 't', line: 1, column: 41, expression: '"100m"' }]);
  expect(values(about('100m'))).toEqual(['Values.size (input)']);
  expect(about('apps/v1').literals).toMatchObject([{ file: 't', line: 3, column: 19 }]);
  expect(places(about('apps/v1'))).toEqual(['h:1:20 < t:3:7']);
});

test('values that a helper computed are followed through merged maps that toYaml writes', () => {
  const { about } = render('name: shop', {
    t: '{{ merge (pick (dict "z" 1) "q") (dict "app.k" (include "n" .) "o" 1) | toYaml | indent 2 }}\n',
    h: '{{ define "n" }}{{ .Values.name | trunc 63 }}{{ end }}',
  });
  expect(values(about('shop'))).toEqual(['Values.name (text)']);
  expect(places(about('shop'))).toEqual(['h:1:20 < t:1:49']);
});

test('a checksum names the values of what it was computed from', () => {
  const { about, text } = render('secrets: { a: b }\nother: c', {
    t: 'sum: {{ tpl (toYaml .Values.secrets) . | sha256sum }}\nfile: {{ include "h" . | sha256sum }}\n',
    h: 'x: {{ .Values.other }}\n',
  });
  expect(values(about(text.slice(5, 20)))).toEqual(['Values.secrets (input)']);
  expect(values(about(text.slice(text.indexOf('file: ') + 6, -1)))).toEqual(['Values.other (input)']);
});

test('values that are built from themselves over and over are explained all the same', () => {
  const { about, text } = render('a: b', {
    t: `{{ $x := .Values.a }}${'{{ $x = printf "%s%s" $x $x | sha256sum }}'.repeat(60)}x: {{ $x }}\n${'{{ $x = printf "%s%s" $x $x | trunc 60 }}'.repeat(60)}y: {{ $x }}\n`,
  });
  expect(values(about(text.slice(3, 67)))).toEqual(['Values.a (input)']);
  expect(values(about(text.slice(text.indexOf('y: ') + 3, -1)))).toEqual(['Values.a (input)']);
});
