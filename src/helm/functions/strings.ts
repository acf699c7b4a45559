import { type ByteString, runesOf } from '../bytes.ts';
import { GoError } from '../errors.ts';
import { printValue } from '../format/print.ts';
import { quote } from '../format/quote.ts';
import type { CallContext, HelmFunction } from '../function.ts';
import { GoMap, GoSlice, stringsOf, types, type Value } from '../value.ts';
import { define, takes } from './define.ts';
import { stringValue, stringValues } from './string-value.ts';
import {
  abbreviate,
  initials,
  lowerCase,
  swapCase,
  titleCase,
  trimRunes,
  trimSpace,
  untitle,
  upperCase,
  withoutSpace,
  wrap,
} from './text/shape.ts';
import { joinWords, pascalCase } from './text/words.ts';

const { any, exactInt, int, string } = takes;

/** sprig's functions on text. */
export const stringFunctions: readonly HelmFunction[] = [
  ...define('hello', { takes: [], gives: types.string, call: () => 'Hello!' }),
  ...oneText('trim', trimSpace),
  ...oneText('upper', upperCase),
  ...oneText('lower', lowerCase),
  ...oneText('title', titleCase),
  ...oneText('untitle', untitle),
  ...oneText('swapcase', swapCase),
  ...oneText('initials', initials),
  ...oneText('nospace', withoutSpace),
  ...oneText('snakecase', (text) => joinWords(text, '_')),
  ...oneText('kebabcase', (text) => joinWords(text, '-')),
  ...oneText('camelcase', pascalCase),
  ...define(['trimall', 'trimAll'], {
    takes: [string, string],
    gives: types.string,
    call: ([cutset, text]) => trimRunes(text, cutset),
  }),
  ...define('trimPrefix', {
    takes: [string, string],
    gives: types.string,
    call: ([prefix, text]) => (text.startsWith(prefix) ? text.slice(prefix.length) : text),
  }),
  ...define('trimSuffix', {
    takes: [string, string],
    gives: types.string,
    call: ([suffix, text]) => (text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text),
  }),
  ...define('contains', {
    takes: [string, string],
    gives: types.bool,
    call: ([part, text]) => text.includes(part),
  }),
  ...define('hasPrefix', {
    takes: [string, string],
    gives: types.bool,
    call: ([prefix, text]) => text.startsWith(prefix),
  }),
  ...define('hasSuffix', {
    takes: [string, string],
    gives: types.bool,
    call: ([suffix, text]) => text.endsWith(suffix),
  }),
  ...define('abbrev', {
    takes: [int, string],
    gives: types.string,
    call: ([width, text]) => (width < 4 ? text : abbreviate(text, 0, width)),
  }),
  ...define('abbrevboth', {
    takes: [int, int, string],
    gives: types.string,
    call: ([left, right, text]) => (right < 4 || (left > 0 && right < 7) ? text : abbreviate(text, left, right)),
  }),
  ...define('trunc', { takes: [int, string], gives: types.string, call: ([count, text]) => truncate(count, text) }),
  ...define('substr', {
    takes: [exactInt, exactInt, string],
    gives: types.string,
    call: ([start, end, text]) => substring(start, end, text),
  }),
  ...define('repeat', {
    takes: [int, string],
    gives: types.string,
    call: ([count, text], _, context) => repeat(text, count, context),
  }),
  ...define('indent', {
    takes: [int, string],
    gives: types.string,
    call: ([spaces, text], _, context) => indent(spaces, text, context),
  }),
  ...define('nindent', {
    takes: [int, string],
    gives: types.string,
    call: ([spaces, text], _, context) => `\n${indent(spaces, text, context)}`,
  }),
  ...define('replace', {
    takes: [string, string, string],
    gives: types.string,
    call: ([old, replacement, text], _, context) => replace({ old, replacement, text }, context),
  }),
  ...define('plural', {
    takes: [string, string, int],
    gives: types.string,
    call: ([one, many, count]) => (count === 1 ? one : many),
  }),
  ...define('wrap', {
    takes: [int, string],
    gives: types.string,
    call: ([width, text]) => wrap(text, { width, newline: '\n', longWords: 'keep' }),
  }),
  ...define('wrapWith', {
    takes: [int, string, string],
    gives: types.string,
    call: ([width, newline, text], _, context) => {
      context.spend((text.length / Math.max(1, width)) * newline.length);
      return wrap(text, { width, newline: newline || '\n', longWords: 'cut' });
    },
  }),
  ...define('quote', {
    takes: [],
    variadic: any,
    gives: types.string,
    call: (_, values) => present(values, (value) => quote(stringValue(value))),
  }),
  ...define('squote', {
    takes: [],
    variadic: any,
    gives: types.string,
    call: (_, values) => present(values, (value) => `'${printValue(value)}'`),
  }),
  ...define('cat', {
    takes: [],
    variadic: any,
    gives: types.string,
    call: (_, values) => present(values, printValue),
  }),
  ...define('toString', { takes: [any], gives: types.string, call: ([value]) => stringValue(value) }),
  ...define('toStrings', {
    takes: [any],
    gives: types.strings,
    call: ([value]) => (isStrings(value) ? value : stringsOf(stringValues(value))),
  }),
  ...define('join', {
    takes: [string, any],
    gives: types.string,
    call: ([separator, value], _, context) => {
      const parts = stringValues(value);
      context.spend(parts.length * separator.length);
      return parts.join(separator);
    },
  }),
  ...define('sortAlpha', { takes: [any], gives: types.strings, call: ([value]) => sortAlpha(value) }),
  ...define('split', {
    takes: [string, string],
    gives: types.stringMap,
    call: ([separator, text]) => numbered(splitText(separator, text, -1)),
  }),
  ...define('splitn', {
    takes: [string, int, string],
    gives: types.stringMap,
    call: ([separator, limit, text]) => numbered(splitText(separator, text, limit)),
  }),
  ...define('splitList', {
    takes: [string, string],
    gives: types.strings,
    call: ([separator, text]) => stringsOf(splitText(separator, text, -1)),
  }),
];

function oneText(name: string, change: (text: ByteString) => ByteString): HelmFunction[] {
  return define(name, { takes: [string], gives: types.string, call: ([text]) => change(text) });
}

/** The values that are not nil, printed and set apart by blanks. */
function present(values: readonly Value[], print: (value: Value) => ByteString): ByteString {
  return values
    .filter((value) => value !== null)
    .map(print)
    .join(' ');
}

function truncate(count: number, text: ByteString): ByteString {
  if (count < 0 && text.length + count > 0) return text.slice(text.length + count);
  return count >= 0 ? text.slice(0, count) : text;
}

function substring(start: bigint, end: bigint, text: ByteString): ByteString {
  const length = BigInt(text.length);
  const outOfRange = (range: string) => new GoError(`runtime error: slice bounds out of range ${range}`);
  if (start < 0n) {
    if (end < 0n) throw outOfRange(`[:${end}]`);
    if (end > length) throw outOfRange(`[:${end}] with length ${length}`);
    return text.slice(0, Number(end));
  }
  const stop = end < 0n || end > length ? length : end;
  if (start > stop) throw outOfRange(`[${start}:${stop}]`);
  return text.slice(Number(start), Number(stop));
}

function repeat(text: ByteString, count: number, context: CallContext): ByteString {
  if (count < 0) throw new GoError('strings: negative Repeat count');
  context.spend(text.length * count);
  return text === '' ? '' : text.repeat(count);
}

/** Every line is indented, empty ones too. */
function indent(spaces: number, text: ByteString, context: CallContext): ByteString {
  const pad = repeat(' ', spaces, context);
  const lines = text.split('\n');
  context.spend(lines.length * spaces);
  return pad + lines.join(`\n${pad}`);
}

interface Replacement {
  readonly old: ByteString;
  readonly replacement: ByteString;
  readonly text: ByteString;
}

/** Nothing to replace means before and after every rune. */
function replace({ old, replacement, text }: Replacement, context: CallContext): ByteString {
  const parts = splitText(old, text, -1);
  context.spend((parts.length + 1) * replacement.length);
  const joined = parts.join(replacement);
  if (old !== '') return joined;
  return parts.length === 0 ? replacement : replacement + joined + replacement;
}

/** Go's strings.SplitN: no separator splits into runes; a limit leaves the rest in the last part. */
function splitText(separator: ByteString, text: ByteString, limit: number): ByteString[] {
  if (limit === 0) return [];
  const parts = separator === '' ? runeTexts(text) : text.split(separator);
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

function runeTexts(text: ByteString): ByteString[] {
  const parts: ByteString[] = [];
  let at = 0;
  for (const { size } of runesOf(text)) {
    parts.push(text.slice(at, at + size));
    at += size;
  }
  return parts;
}

function numbered(parts: readonly ByteString[]): GoMap {
  return new GoMap(types.stringMap, new Map(parts.map((part, index) => [`_${index}`, part])));
}

function isStrings(value: Value): value is GoSlice {
  return value instanceof GoSlice && value.type.name === types.strings.name;
}

/** Sorts by bytes. A []string is sorted in place, as in Go, so whoever else holds it sees it sorted. */
function sortAlpha(value: Value): GoSlice {
  if (isStrings(value)) {
    (value.items as Value[]).sort();
    return value;
  }
  return stringsOf(value === null ? ['<nil>'] : [...stringValues(value)].sort());
}
