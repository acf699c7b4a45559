import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LimitError } from '../errors.ts';
import { ParseError, parse } from './parser.ts';
import { printNode } from './print-node.ts';

const options = { isFunction: (name: string) => name !== 'nofunc', maxNesting: 100 };

function parsed(text: string): readonly (readonly [string, string])[] {
  return parse({ name: 'f', text }, options).map(({ name, root }) => [name, printNode(root)]);
}

test('a node prints in Go’s canonical form, whatever its layout was', () => {
  const [[, printed = ''] = []] = parsed(
    '{{-  $x  :=1|  add   2 -}} {{ if(eq .a.b   "x")  }}y{{ else  if $x}}z{{end}}',
  );
  expect(printed).toBe('{{$x := 1 | add 2}}{{if (eq .a.b "x")}}y{{else}}{{if $x}}z{{end}}{{end}}');
  expect(
    parsed('{{range $i,$e := (list 1).x}}{{$e.y.z}}{{break}}{{end}}{{template `t` .}}{{nil|f}}{{true}}')[0]?.[1],
  ).toBe('{{range $i, $e := (list 1).x}}{{$e.y.z}}{{break}}{{end}}{{template "t" .}}{{nil | f}}{{true}}');
});

test('trim markers take blanks of the text, and only with a blank beside the dash', () => {
  expect(parsed('a \n {{- 1 -}} \t\r\n b {{-1}} {{1 -}}')[0]?.[1]).toBe('a{{1}}b {{-1}} {{1}}');
  // A no-break space is no blank to a trim marker.
  expect(parsed('a\xc2\xa0{{- 1 }}')[0]?.[1]).toBe('a\xc2\xa0{{1}}');
});

test('a field chain stands at its second field, as Go’s positions do', () => {
  const [definition] = parse({ name: 'f', text: 'ab\n{{ .Values.foo.bar }}' }, options);
  const action = definition?.root.nodes[1];
  expect(action?.kind === 'action' && action.pipe.commands[0]?.args[0]?.pos).toBe(13);
});

test('definitions come before the file, and a blank one never replaces another', () => {
  expect(parsed('x{{define "a"}}1{{end}}{{block "b" .}}2{{end}}{{define "a"}} {{/* c */}}{{end}}')).toEqual([
    ['a', '1'],
    ['b', '2'],
    ['f', 'x{{template "b" .}}'],
  ]);
});

test('messages carry the line of the last token that was read', () => {
  const error = (text: string) => {
    try {
      parsed(text);
    } catch (caught) {
      return caught instanceof ParseError ? caught.message : caught;
    }
    return 'parsed';
  };
  expect(error('a\n{{ nofunc }}')).toBe('template: f:2: function "nofunc" not defined');
  expect(error('{{ if 1 }}\n\nx')).toBe('template: f:3: unexpected EOF');
  expect(error('\n{{ "a\n" }}')).toBe('template: f:2: unterminated quoted string');
  expect(error('{{ add\n\n1')).toBe('template: f:3: unclosed action started at f:1');
  expect(error('{{ add\n"a\n" }}')).toBe('template: f:2: unterminated quoted string in action started at f:1');
  expect(error('{{define "a"}}1{{end}}\n{{define "a"}}2{{end}}')).toBe(
    'template: f:2: template: multiple definition of template "a"',
  );
});

test('endless nesting is a limit, not a stack overflow', () => {
  expect(() => parsed(`{{ ${'('.repeat(100_000)} }}`)).toThrow(LimitError);
  expect(() => parsed('{{ if 1 }}'.repeat(100_000))).toThrow(LimitError);
});

const piece = fc.oneof(
  fc.constantFrom(
    '{{',
    '}}',
    '{{-',
    '-}}',
    ' ',
    '\n',
    '"',
    '`',
    "'",
    '(',
    ')',
    '|',
    '.',
    '$',
    '$x',
    ':=',
    '=',
    ',',
    '/*',
    '*/',
  ),
  fc.constantFrom(
    'if',
    'else',
    'end',
    'range',
    'with',
    'define',
    'block',
    'template',
    'break',
    'nil',
    'true',
    'nofunc',
  ),
  fc.constantFrom('1', '0x', '1e', '-', '+1i', '.a', '"t"', "'a'", '\\', '\x00', '\xff', 'é', '__proto__'),
);

test('any text either parses or fails with a ParseError, and what parses prints and parses again', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      let printed: string;
      try {
        printed = parsed(`{{ $x := 1 }}${pieces.join('')}`).at(-1)?.[1] ?? '';
      } catch (error) {
        if (error instanceof ParseError) return;
        throw error;
      }
      expect(parsed(printed).at(-1)?.[1]).toBe(printed);
    }),
    { numRuns: 2000, seed: 20260823 },
  );
});
