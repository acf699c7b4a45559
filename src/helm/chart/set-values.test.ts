import { describe, expect, test } from '@jest/globals';
import { GoError } from '../errors.ts';
import { dictOf, GoInt, GoMap, GoSlice, type Value } from '../value.ts';
import { setFiles, setJson, setLiteral, setStrings, setTyped } from './set-values.ts';

function show(value: Value): unknown {
  if (value instanceof GoInt) return `int64 ${value.value}`;
  if (value instanceof GoSlice) return value.items.map(show);
  if (value instanceof GoMap) return Object.fromEntries([...value.entries].map(([key, item]) => [key, show(item)]));
  return value;
}

function valuesOf(set: (argument: string, target: GoMap) => void, ...args: readonly string[]): unknown {
  const target = dictOf();
  for (const argument of args) set(argument, target);
  return show(target);
}

describe('--set', () => {
  test.each([
    ['a=1,b=true,c=TRUE,d=null,e=0', { a: 'int64 1', b: true, c: true, d: null, e: 'int64 0' }],
    ['a=1.5', { a: '1.5' }],
    ['a=01', { a: '01' }],
    ['a=1e3', { a: '1e3' }],
    ['a=0x10', { a: '0x10' }],
    ['a=~', { a: '~' }],
    ['a=99999999999999999999', { a: '99999999999999999999' }],
    ['a=-9223372036854775808', { a: 'int64 -9223372036854775808' }],
    ['a=', { a: '' }],
    ['a={1,x,true}', { a: ['int64 1', 'x', true] }],
    ['a={}', { a: [''] }],
    ['a={1},b=2', { a: ['int64 1'], b: 'int64 2' }],
    ['a[1]=z', { a: [null, 'z'] }],
    ['q[1].x=1', { q: [null, { x: 'int64 1' }] }],
    ['a[0][1]=x', { a: [[null, 'x']] }],
    ['a\\.b=c\\,d', { 'a.b': 'c,d' }],
    ['a=b=c', { a: 'b=c' }],
    ['a= b ', { a: ' b ' }],
    ['=x', {}],
    ['.a=1', {}],
    ['a.b.c=é', { a: { b: { c: '\xc3\xa9' } } }],
    ['a[0].b=1,a[0].c=2', { a: [{ b: 'int64 1', c: 'int64 2' }] }],
    ['__proto__.polluted=1', { ['__proto__']: { polluted: 'int64 1' } }],
  ])('%s', (argument, expected) => {
    expect(JSON.stringify(valuesOf(setTyped, argument))).toBe(JSON.stringify(expected));
  });

  test.each([
    ['a', 'key "a" has no value'],
    ['a,b=1', 'key "a" has no value (cannot end with ,)'],
    ['a={1,2', "list must terminate with '}'"],
    ['a.=1', 'key map "a" has no value'],
    ['a[-1]=x', 'negative -1 index not allowed'],
    ['a[70000]=x', 'index of 70000 is greater than maximum supported index of 65536'],
    ['a[x]=1', 'error parsing index: strconv.Atoi: parsing "x": invalid syntax'],
    ['a=1,a.b=2', 'unable to parse key: interface conversion: interface {} is int64, not map[string]interface {}'],
    ['a=x,a[0]=2', 'unable to parse key: interface conversion: interface {} is string, not []interface {}'],
    [`${'a.'.repeat(31)}b=1`, 'value name nested level is greater than maximum supported nested level of 30'],
  ])('refuses %s', (argument, message) => {
    expect(() => valuesOf(setTyped, argument)).toThrow(new GoError(message));
  });

  test('writes into what earlier arguments made', () => {
    expect(valuesOf(setTyped, 'a.b=1', 'a.c=2', 'a.b=3')).toEqual({ a: { b: 'int64 3', c: 'int64 2' } });
  });
});

test('--set-string keeps every leaf a string', () => {
  expect(valuesOf(setStrings, 'a=1,b={true,null},c=0')).toEqual({ a: '1', b: ['true', 'null'], c: '0' });
});

test('--set-literal takes all after the first equals sign as it is', () => {
  expect(valuesOf(setLiteral, 'a.b=c,d=e\\{}')).toEqual({ a: { b: 'c,d=e\\{}' } });
});

test('--set-file puts the contents in place of the path', () => {
  const read = (path: string) => `<${path}>`;
  expect(valuesOf((argument, target) => setFiles(argument, target, read), 'a=x/y.txt,b[0]=z')).toEqual({
    a: '<x/y.txt>',
    b: ['<z>'],
  });
});

describe('--set-json', () => {
  test.each([
    ['a={"b":[1,2.5,null]},c="x,y"', { a: { b: [1, 2.5, null] }, c: 'x,y' }],
    ['a=', { a: null }],
    ['a=1 , b=true', { a: 1, ' b': true }],
    ['a[1]={"x":1}', { a: [null, { x: 1 }] }],
  ])('%s', (argument, expected) => {
    expect(valuesOf(setJson, argument)).toEqual(expected);
  });

  test('refuses what is no JSON', () => {
    expect(() => valuesOf(setJson, 'a={x')).toThrow(GoError);
    expect(() => valuesOf(setJson, 'a=b')).toThrow(GoError);
  });
});
