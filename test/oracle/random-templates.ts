/** What templates get as `.`. */
export const DATA = {
  s: 'str',
  n: 3,
  f: 3.7,
  t: true,
  z: 0,
  e: '',
  m: { a: { b: 'c' }, k: 1 },
  l: ['b', 'a', 2, null, { x: 1 }],
  em: {},
  el: [],
  big: 1234567,
  u: 'hé',
} as const;

/** Templates that others may include. */
export const HELPERS =
  '{{ define "d" }}[{{ . }}]{{ end }}{{ define "e" }}{{ .s }}{{ .x.y }}{{ end }}{{ define "r" }}{{ required "msg: x" . }}{{ end }}';

const READS = '.s .n .f .t .e .m .m.a .m.a.b .l .zz .zz.y .el .u . $ .x $.s $x $y.a $x.b.c'.split(' ');
const LITERALS = [
  '1',
  '0',
  '-3',
  '2.5',
  '1e3',
  '"a"',
  '"x\\ty"',
  '`raw`',
  'true',
  'false',
  'nil',
  "'c'",
  '0x1F',
  '""',
  '1i',
  '3.0',
];
const FORMATS = ['"%v"', '"%d %s"', '"%q"', '"%5.1f|%T"', '"%-6v|%+v"', '"%#v"'];
const NAMES = ['"d"', '"e"', '"r"', '"none"'];
const TEXTS = [
  '"{{ .s }}"',
  '"{{ . }}-<no value>"',
  '"{{ define \\"t\\" }}T{{ end }}{{ include \\"t\\" . }}"',
  '"{{ bad"',
  '"{{ .x.y }}"',
];

/** Functions with the number of their arguments, and what the first of them should mostly be. */
const CALLS: readonly (readonly [name: string, count: number, first?: readonly string[]])[] = [
  // Those that take anything come twice, so that more templates live to their end.
  ...['quote', 'toString', 'toJson', 'kindOf', 'not', 'print', 'list'].map((name) => [name, 1] as const),
  ...['default', 'list', 'print', 'and', 'or', 'coalesce'].map((name) => [name, 2] as const),
  ...['upper', 'quote', 'len', 'not', 'html', 'js', 'urlquery', 'typeOf', 'kindOf', 'toString', 'toJson', 'call'].map(
    (name) => [name, 1] as const,
  ),
  ...['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'and', 'or', 'print', 'println', 'list', 'dict', 'index', 'default'].map(
    (name) => [name, 2] as const,
  ),
  ...['eq', 'and', 'or', 'index', 'ternary'].map((name) => [name, 3] as const),
  ['printf', 3, FORMATS],
  ['include', 2, NAMES],
  ['tpl', 2, TEXTS],
  ['trunc', 2, ['2', '-1']],
  ['until', 1, ['2', '3']],
  ['splitList', 2, ['","']],
  ['required', 2],
];

const BROKEN = [
  '{{',
  '}}',
  '"',
  '`',
  '(',
  ')',
  '|',
  '.',
  '$',
  '-',
  ' ',
  '\n',
  ':=',
  '=',
  ',',
  'end',
  'else',
  'é',
  '/*',
  '*/',
  '!',
  '1',
];

type Draw = (bound: number) => number;

/** A template of a few lines, mostly well-formed, that does anything a template can do. */
export function randomTemplate(draw: Draw): string {
  const template = `{{ $x := 1 }}{{ $y := dict "a" 2 }}${body(draw, 2)}`;
  return draw(6) === 0 ? broken(draw, template) : template;
}

function pick<T>(draw: Draw, from: readonly T[]): T {
  return from[draw(from.length)] as T;
}

/** True in so many of a hundred cases. */
function chance(draw: Draw, percent: number): boolean {
  return draw(100) < percent;
}

function action(draw: Draw, inside: string): string {
  return `${pick(draw, ['{{', '{{', '{{- ', '{{ '])}${inside}${pick(draw, ['}}', '}}', ' -}}', ' }}'])}`;
}

function body(draw: Draw, depth: number): string {
  return Array.from({ length: 1 + draw(3) }, () => statement(draw, depth)).join('');
}

function statement(draw: Draw, depth: number): string {
  const kind = depth <= 0 ? 0 : draw(14);
  switch (kind) {
    case 4:
      return pick(draw, ['text', ' \n ', 'a: b\n', '  - x\n', 'é']);
    case 5:
    case 6:
      return action(draw, `${pick(draw, ['$x := ', '$y := ', '$x = '])}${pipeline(draw, 1)}`);
    case 7:
    case 8:
      return block(draw, depth, 'if ', chance(draw, 30) ? ` if ${pipeline(draw, 1)}` : '');
    case 9:
      return block(draw, depth, `with ${chance(draw, 30) ? '$x := ' : ''}`, '');
    case 10:
    case 11: {
      const variables = pick(draw, ['', '', '$x := ', '$x, $y := ', '$x = ', '$_, $x := ']);
      return block(draw, depth, `range ${variables}`, '');
    }
    case 12:
      return action(draw, `template ${pick(draw, NAMES)}${chance(draw, 80) ? ` ${pipeline(draw, 1)}` : ''}`);
    case 13:
      return pick(draw, [
        '{{/* c */}}',
        '{{- /* c */ -}}',
        '{{ define "q" }}1{{ end }}',
        '{{ block "bb" . }}x{{ end }}',
      ]);
    default:
      return action(draw, pipeline(draw, 2));
  }
}

function block(draw: Draw, depth: number, opening: string, elseIf: string): string {
  const jump = opening.startsWith('range') && chance(draw, 20) ? action(draw, pick(draw, ['break', 'continue'])) : '';
  const otherwise = chance(draw, 40) ? action(draw, `else${elseIf}`) + body(draw, depth - 1) : '';
  const list = action(draw, opening + pipeline(draw, 1)) + body(draw, depth - 1);
  return list + jump + otherwise + action(draw, 'end');
}

function pipeline(draw: Draw, depth: number): string {
  let text = command(draw, depth, 60, 0);
  while (chance(draw, 30)) text += ` | ${command(draw, depth, 93, 1)}`;
  return text;
}

function command(draw: Draw, depth: number, calls: number, piped: number): string {
  if (!chance(draw, calls)) return operand(draw, depth);
  const [name, wanted, first] = pick(draw, CALLS);
  const count = Math.max(wanted - piped + (chance(draw, 8) ? draw(3) - 1 : 0), 0);
  const args = Array.from({ length: count }, (_, index) =>
    index === 0 && first !== undefined && chance(draw, 80) ? pick(draw, first) : operand(draw, depth),
  );
  return [name, ...args].join(' ');
}

function operand(draw: Draw, depth: number): string {
  if (depth > 0 && chance(draw, 35)) {
    return `(${pipeline(draw, depth - 1)})${chance(draw, 15) ? pick(draw, ['.a', '.b.c', '._0']) : ''}`;
  }
  return chance(draw, 50)
    ? pick(draw, READS)
    : chance(draw, 95)
      ? pick(draw, LITERALS)
      : pick(draw, ['list', 'upper', 'nofunc']);
}

/** One edit that a slip of the fingers could make. */
function broken(draw: Draw, template: string): string {
  const at = draw(template.length);
  const after = template.slice(at + (chance(draw, 50) ? draw(8) : 0));
  return template.slice(0, at) + (chance(draw, 60) ? pick(draw, BROKEN) : '') + (chance(draw, 90) ? after : '');
}
