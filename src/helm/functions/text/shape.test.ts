import { expect, test } from '@jest/globals';
import { fromText, toText } from '../../bytes.ts';
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
} from './shape.ts';

/** Pairs as Helm 4.2.4 prints them. */
test.each([
  ['upper', upperCase, 'ŉß ᾳ ǆé', 'ŉß ᾼ ǄÉ'],
  ['lower', lowerCase, 'İΣ ǅÉ', 'iσ ǆé'],
  ['title', titleCase, "hello wORLD-foo bar_baz o'neil ǆ é", "Hello WORLD-Foo Bar_baz O'Neil ǅ É"],
  ['untitle', untitle, 'First Try AGAIN', 'first try aGAIN'],
  ['swapcase', swapCase, 'This Is A.Test ǆ', 'tHIS iS a.tEST ǅ'],
  ['initials', initials, 'First Try-again é', 'FTÃ'],
  ['nospace', withoutSpace, 'a b\tcé d', 'abcÃ©d'],
  ['trim', trimSpace, '\u0085\u00a0 a \ufeff', 'a \ufeff'],
])('%s', (_, change, text, expected) => {
  expect(toText(change(fromText(text)))).toBe(expected);
});

test('a byte that is no UTF-8 becomes the replacement character when letters change', () => {
  expect(upperCase('a\xff')).toBe('A\xef\xbf\xbd');
});

test('trimming takes whole runes off both ends', () => {
  expect(trimRunes(fromText('$éaé$'), fromText('é$'))).toBe('a');
  expect(trimRunes('\xc3', fromText('é'))).toBe('\xc3');
});

test('abbreviations count the ellipsis', () => {
  expect(abbreviate('hello world', 0, 5)).toBe('he...');
  expect(abbreviate('1234 5678 9123', 5, 10)).toBe('...5678...');
  expect(abbreviate('1234 5678 9123', 12, 8)).toBe('... 9123');
});

test('lines break at blanks, and long words stay whole unless they are to be cut', () => {
  expect(wrap('aaa bbb cccccccc d', { width: 5, newline: '\n', longWords: 'keep' })).toBe('aaa\nbbb\ncccccccc\nd');
  expect(wrap('Hello World, a longwordhere', { width: 5, newline: '|', longWords: 'cut' })).toBe(
    'Hello|World|, a|longw|ordhe|re',
  );
});
