import { expect, test } from '@jest/globals';
import { fromText, toText } from '../../bytes.ts';
import { compileExpression, findAll, findFirst, matches, quoteMeta, replaceAll, split } from './expression.ts';

test.each([
  ['a(x*)b', '-ab-axxb-', '${1}W', '-W-xxW-'],
  ['a(x*)b', '-ab-axxb-', '$1W', '---'],
  ['a(?P<n>x*)b', '-ab-axxb-', '$n$$', '-$-xx$-'],
  ['\\W+', 'é-a', '_', '_a'],
  ['^v?(\\d+)\\.(\\d+).*$', 'v1.29.3-gke', '${1}-${2}', '1-29'],
  ['x*', 'é', '-', '-é-'],
  ['b|$', 'ab', '${', 'a${'],
])('%s on %s replaced by %s', (source, text, template, expected) => {
  expect(toText(replaceAll(compileExpression(source), fromText(text), fromText(template)))).toBe(expected);
});

test('classes of letters are Unicode, word boundaries are ASCII', () => {
  expect(matches(compileExpression('^\\pL+$'), fromText('é日'))).toBe(true);
  expect(matches(compileExpression(fromText('\\bé')), fromText('é'))).toBe(false);
});

test('bytes that are no UTF-8 match one by one', () => {
  expect(findAll(compileExpression('.'), 'a\xff\xc3', -1)).toEqual(['a', '\xff', '\xc3']);
  expect(findFirst(compileExpression('[^a]+'), 'a\xffb')).toBe('\xffb');
});

test('limits of matches and parts', () => {
  expect(findAll(compileExpression('[2,4,6,8]'), '123456789', -1)).toEqual(['2', '4', '6', '8']);
  expect(findAll(compileExpression('\\d'), '123', 2)).toEqual(['1', '2']);
  expect(split(compileExpression('z+'), 'pizza', -1)).toEqual(['pi', 'a']);
  expect(split(compileExpression('a'), 'banana', 2)).toEqual(['b', 'nana']);
  expect(split(compileExpression('a'), 'banana', 0)).toBeUndefined();
});

test.each([
  ['(?<=a)b', 'error parsing regexp: invalid named capture: `(?<=a)b`'],
  ['(a)\\1', 'error parsing regexp: invalid escape sequence: `\\1`'],
  ['[a', 'error parsing regexp: missing closing ]: `[a`'],
  ['a{1001}', 'error parsing regexp: invalid repeat count: `{1001}`'],
])('%s: %s', (source, message) => {
  expect(() => compileExpression(source)).toThrow(message);
});

test('an expression that makes backtracking engines hang is answered at once', () => {
  expect(matches(compileExpression('^(a+)+$'), `${'a'.repeat(50_000)}b`)).toBe(false);
});

test('special characters are quoted', () => {
  expect(quoteMeta('1.2+$')).toBe('1\\.2\\+\\$');
});
