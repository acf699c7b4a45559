import { describe, expect, test } from '@jest/globals';
import { fromText, toText } from '../bytes.ts';
import { AbortError, LimitError } from '../errors.ts';
import type { HelmFunction } from '../function.ts';
import { dictOf, GoMap, intOf, listOf, types, type Value } from '../value.ts';
import { TemplateError } from './template-error.ts';
import { inHelmOrder, parseTemplates, type TemplateOptions } from './template-set.ts';

const include: HelmFunction = {
  name: 'include',
  params: [types.string, types.any],
  result: types.string,
  call: ([name, data], context) => context.include(name as string, data as Value),
};

const tpl: HelmFunction = {
  name: 'tpl',
  params: [types.string, types.any],
  result: types.string,
  call: ([text, data], context) => context.tpl(text as string, data as Value),
};

const list: HelmFunction = { name: 'list', params: [], variadic: types.any, result: types.list, call: listOf };

const fail: HelmFunction = {
  name: 'fail',
  params: [types.string],
  result: types.string,
  call: ([message]) => {
    throw new AbortError(message as string);
  },
};

const draw: HelmFunction = {
  name: 'draw',
  params: [types.int],
  result: types.string,
  varies: 'random',
  call: ([count], context) => String.fromCharCode(...context.randomBytes(Number((count as { value: bigint }).value))),
};

const options: TemplateOptions = {
  functions: new Map([include, tpl, list, fail, draw].map((fn) => [fn.name, fn])),
  environment: { randomBytes: (count) => new Uint8Array(count).fill(65), now: () => 0n, timeZone: 'UTC' },
  goVersion: '1.26',
  errorLayout: 'blocks',
};

/** Renders the file `t`, the others being there to be included. */
function render(files: Record<string, string>, data: Value = dictOf(), changed: Partial<TemplateOptions> = {}): string {
  const templates = Object.entries(files).map(([name, text]) => ({ name: fromText(name), text: fromText(text) }));
  return toText(parseTemplates(templates, { ...options, ...changed }).execute('t', data));
}

function failure(files: Record<string, string>, changed: Partial<TemplateOptions> = {}): unknown {
  try {
    return render(files, dictOf(), changed);
  } catch (error) {
    return error;
  }
}

test('files are ordered deepest first, and backwards within a depth', () => {
  const names = ['c/templates/a.yaml', 'c/templates/_b.tpl', 'c/charts/s/templates/x', 'c/templates/b.yaml'];
  expect(inHelmOrder(names.map((name) => ({ name }))).map(({ name }) => name)).toEqual([
    'c/charts/s/templates/x',
    'c/templates/b.yaml',
    'c/templates/a.yaml',
    'c/templates/_b.tpl',
  ]);
});

test('the definition parsed last wins, unless it is blank', () => {
  expect(render({ a: '{{ define "x" }}1{{ end }}', t: '{{ define "x" }}2{{ end }}{{ include "x" . }}' })).toBe('2');
  expect(render({ a: '{{ define "x" }}1{{ end }}', t: '{{ define "x" }} {{ end }}{{ include "x" . }}' })).toBe('1');
});

test('what tpl defines is seen inside of it only', () => {
  expect(render({ t: '{{ tpl "{{ define `q` }}Q{{ end }}{{ include `q` . }}" . }}' })).toBe('Q');
  expect(failure({ t: '{{ tpl "{{ define `q` }}Q{{ end }}" . }}{{ include "q" . }}' })).toMatchObject({
    message: expect.stringContaining('no template "q" associated with template "gotpl"'),
  });
  expect(
    render({
      t: '{{ define "q" }}out{{ end }}{{ tpl "{{ define `q` }}in{{ end }}{{ include `q` . }}" . }}{{ include "q" . }}',
    }),
  ).toBe('inout');
});

test('the text <no value> disappears from a file and from tpl, but not before functions saw it', () => {
  expect(render({ t: '[{{ .x }}][<no value>]{{ include "t2" . | len }}', t2: '{{ .x }}' })).toBe('[][]10');
  expect(render({ t: '{{ tpl "{{ .x }}" . | len }}' })).toBe('0');
});

test('names of the prototype are ordinary keys', () => {
  const data = dictOf([['__proto__', 'p']]);
  expect(render({ t: '{{ .__proto__ }}{{ .constructor }}{{ .toString }}{{ index . "hasOwnProperty" }}' }, data)).toBe(
    'p',
  );
  expect(Object.getPrototypeOf({})).toBe(Object.prototype);
});

test('bytes that are no UTF-8 pass through unharmed', () => {
  const set = parseTemplates([{ name: 't', text: 'a\xff{{ "\\xc3" }}{{ len . }}' }], options);
  expect(set.execute('t', fromText('é'))).toBe('a\xff\xc32');
});

describe('errors', () => {
  const files = { t: 'x\n{{ include "h" . }}', h: '\n{{ define "h" }}\n  {{ .a.b }}{{ end }}' };

  test('Helm 4 prints a block for each template', () => {
    expect(failure(files)).toMatchObject({
      message:
        't:2:3\n  executing "t" at <include "h" .>:\n    error calling include:\n' +
        'h:3:7\n  executing "h" at <.a.b>:\n    nil pointer evaluating interface {}.b',
    });
  });

  test('Helm 3 prints Go’s chain', () => {
    expect(failure(files, { errorLayout: 'chain' })).toMatchObject({
      message:
        'template: t:2:3: executing "t" at <include "h" .>: error calling include: ' +
        'template: h:3:7: executing "h" at <.a.b>: nil pointer evaluating interface {}.b',
    });
  });

  test('the trace goes from the outermost template to the innermost, with the source line of the last', () => {
    const error = failure(files);
    expect(error).toBeInstanceOf(TemplateError);
    expect(error).toMatchObject({
      stage: 'execute',
      reason: 'nil pointer evaluating interface {}.b',
      sourceLine: '  {{ .a.b }}{{ end }}',
      trace: [
        { file: 't', line: 2, column: 3, template: 't', node: 'include "h" .' },
        { file: 'h', line: 3, column: 7, template: 'h', node: '.a.b' },
      ],
    });
  });

  test('fail shows its message alone, at the outermost position', () => {
    expect(failure({ t: '\n{{ include "h" . }}', h: '{{ define "h" }}{{ fail "a: b\\nc" }}{{ end }}' })).toMatchObject({
      message: 'execution error at (t:2:3): a: b\nc',
      reason: 'a: b\nc',
    });
  });

  test('a parse error shows what follows the last colon', () => {
    expect(failure({ t: '\n{{ nope }}' })).toMatchObject({
      stage: 'parse',
      message: 'parse error at (t:2): function "nope" not defined',
    });
  });

  test('Go before 1.25 did not name the types of a comparison', () => {
    const text = 'incompatible types for comparison';
    expect(failure({ t: '{{ eq 1 "a" }}' })).toMatchObject({ reason: `error calling eq: ${text}: int and string` });
    expect(failure({ t: '{{ eq 1 "a" }}' }, { goVersion: '1.24' })).toMatchObject({
      reason: `error calling eq: ${text}`,
    });
  });
});

describe('limits', () => {
  const limit = (name: string) => ({ name: 'LimitError', limit: name });

  test('endless recursion', () => {
    expect(failure({ t: '{{ template "t" . }}' })).toMatchObject(limit('depth'));
    expect(failure({ t: '{{ include "t" . }}' }, { limits: { depth: 100 } })).toMatchObject(limit('depth'));
    expect(failure({ t: `{{ tpl "${'{{ `x` }}'}" . }}{{ include "t" . }}` })).toBeInstanceOf(LimitError);
  });

  test('endless output', () => {
    const t = '{{ range 1000000000 }}0123456789{{ end }}';
    expect(failure({ t }, { limits: { output: 10_000 } })).toMatchObject(limit('output'));
  });

  test('endless work, and time', () => {
    const t = '{{ range 1000000000000 }}{{ end }}';
    expect(failure({ t }, { limits: { work: 1_000_000 } })).toMatchObject(limit('work'));
    expect(failure({ t }, { limits: { time: 0 } })).toMatchObject(limit('time'));
    expect(failure({ t }, { limits: { memory: 0 } })).toMatchObject(limit('memory'));
  });

  test('a width of printf is work', () => {
    const t = '{{ range 100 }}{{ $x := printf "%1000000d" 1 }}{{ end }}';
    expect(failure({ t }, { limits: { work: 10_000_000 } })).toMatchObject(limit('work'));
  });

  test('more source than a chart may have', () => {
    expect(failure({ t: 'x'.repeat(100) }, { limits: { source: 99 } })).toMatchObject(limit('source'));
  });
});

test('calls that draw go through the recorder, with their arguments', () => {
  const calls: string[] = [];
  const text = render({ t: '{{ draw 3 }}-{{ draw 1 }}' }, dictOf(), {
    callVarying: (fn, args, context) => {
      calls.push(`${fn.name} ${(args[0] as { value: bigint }).value} ${fn.varies}`);
      return calls.length === 1 ? 'replayed' : fn.call(args, context);
    },
  });
  expect(text).toBe('replayed-A');
  expect(calls).toEqual(['draw 3 random', 'draw 1 random']);
});

test('a named map type keeps its storage when it is passed as a plain map', () => {
  const values = new GoMap({ ...types.dict, name: 'common.Values', named: true }, new Map());
  const set: HelmFunction = {
    name: 'set',
    params: [types.dict, types.string, types.any],
    result: types.dict,
    call: ([map, key, value]) => {
      (map as GoMap).entries.set(key as string, value as Value);
      return map as Value;
    },
  };
  const functions = new Map([...options.functions, ['set', set]]);
  const data = dictOf([['Values', values]]);
  expect(
    render({ t: '{{ printf "%T" (set .Values "a" 1) }} {{ printf "%T" .Values }} {{ .Values.a }}' }, data, {
      functions,
    }),
  ).toBe('map[string]interface {} common.Values 1');
  expect(values.entries.get('a')).toEqual(intOf(1));
});
