import { expect, test } from '@jest/globals';
import { fromText } from '../bytes.ts';
import { canBackquote, quote, quoteRune, quoteToAscii, unquote } from './quote.ts';

test('quote escapes what Go calls unprintable and nothing else', () => {
  expect(quote('plain ~')).toBe('"plain ~"');
  expect(quote(fromText('a"b\\c\n\té\u200b\x01'))).toBe(fromText('"a\\"b\\\\c\\n\\té\\u200b\\x01"'));
  expect(quote(fromText('\u00a0\u2028\ufeff\u{1f600}\u{10ffff}'))).toBe(
    fromText('"\\u00a0\\u2028\\ufeff\u{1f600}\\U0010ffff"'),
  );
  expect(quote('\xc3(\x07\x7f')).toBe('"\\xc3(\\a\\x7f"');
  expect(quoteToAscii(fromText('é'))).toBe('"\\u00e9"');
  expect(quoteRune(0x27)).toBe("'\\''");
  expect(quoteRune(0x110000)).toBe(fromText("'\ufffd'"));
});

test('runes newer than Unicode 15.0 are escaped whatever this Node knows of them', () => {
  expect(quote(fromText('\u{1c89}'))).toBe('"\\u1c89"');
});

test('unquote reads Go string literals and refuses what Go refuses', () => {
  expect(unquote('"a\\tb\\x41\\101\\u00e9\\U0001F600\\""')).toBe(fromText('a\tbAAé\u{1f600}"'));
  expect(unquote('`raw\\n\r`')).toBe('raw\\n');
  expect(unquote('"\\xff"')).toBe('\xff');
  for (const bad of ['"\\q"', '"\\x4"', '"\\400"', '"\\ud800"', '"\\U00110000"', `"\\'"`, '"', '"a"b"']) {
    expect(unquote(bad)).toBeUndefined();
  }
});

test('a backquote, a control character or a byte that is no UTF-8 forbids backquotes', () => {
  expect(canBackquote('a\tb')).toBe(true);
  expect(['a`', 'a\n', '\x7f', '\xff', fromText('\ufeff')].some(canBackquote)).toBe(false);
});
