/** Strings of TOML: basic and literal ones, on one line or on several. */
import { codePointAt, end, failure, matchHere, peek, type Reader, unexpected } from './toml-cursor.ts';
import { TomlError } from './toml-error.ts';

/** The library takes a line back for the break it read, but of CR LF it has only read the CR. */
function brokenString(r: Reader): TomlError {
  return failure(r, 'strings cannot contain newlines', { linesBelow: peek(r) === '\r' ? -1 : 0 });
}

export function readString(r: Reader): string {
  r.at++;
  const written: (string | TomlError)[] = [];
  for (;;) {
    const character = peek(r);
    if (character === end) throw unexpected(r, () => "unexpected EOF; expected '\"'");
    if (character === '\n' || character === '\r') throw brokenString(r);
    if (character === '\\') written.push(readEscape(r));
    else {
      r.at++;
      if (character === '"') return joined(written);
      written.push(character);
    }
  }
}

/** An escape of what is no character is found only when the whole string has been read. */
function joined(written: readonly (string | TomlError)[]): string {
  const wrong = written.find((piece) => piece instanceof TomlError);
  if (wrong !== undefined) throw wrong;
  return written.join('');
}

export function readRawString(r: Reader): string {
  r.at++;
  const from = r.at;
  for (;;) {
    const character = peek(r);
    if (character === end) throw unexpected(r, () => 'unexpected EOF; expected "\'"');
    if (character === '\n' || character === '\r') throw brokenString(r);
    r.at++;
    if (character === "'") return r.text.slice(from, r.at - 1);
  }
}

/** `"""…"""`: up to two quotes may stand inside, also right before the end. */
export function readLongString(r: Reader): string {
  r.at += 3;
  skipFirstBreak(r);
  const written: (string | TomlError)[] = [];
  for (;;) {
    const character = peek(r);
    if (character === end) throw unexpected(r, () => 'unexpected EOF; expected \'"""\'');
    const quotes = character === '"' ? closingQuotes(r, '"') : 0;
    if (quotes >= 3) return joined(written) + '"'.repeat(quotes - 3);
    const skipped = character === '\\' ? matchHere(r, /\\[ \t]*\r?\n[ \t\r\n]*/y) : '';
    if (skipped !== '') r.at += skipped.length;
    else if (character === '\\') written.push(readEscape(r));
    else if (quotes > 0) written.push('"'.repeat(quotes));
    else {
      written.push(character);
      r.at++;
    }
  }
}

export function readLongRawString(r: Reader): string {
  r.at += 3;
  skipFirstBreak(r);
  const from = r.at;
  for (;;) {
    if (peek(r) === end) throw unexpected(r, () => "unexpected EOF; expected \"'''\"");
    if (peek(r) !== "'") {
      r.at++;
      continue;
    }
    if (closingQuotes(r, "'") >= 3) return r.text.slice(from, r.at - 3);
  }
}

/** Takes a run of quotes and says how many; six or more are never right. */
function closingQuotes(r: Reader, quote: '"' | "'"): number {
  let count = 0;
  while (peek(r) === quote) {
    r.at++;
    count++;
    if (count === 6) throw failure(r, quote === '"' ? `unexpected '""""""'` : `unexpected "''''''"`);
  }
  return count;
}

function skipFirstBreak(r: Reader): void {
  if (peek(r) === '\r') r.at++;
  if (peek(r) === '\n') r.at++;
}

const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  e: '\x1b',
  '"': '"',
  '\\': '\\',
};

const escapeDigits: Readonly<Record<string, { readonly count: number; readonly name: string }>> = {
  x: { count: 2, name: 'two' },
  u: { count: 4, name: 'four' },
  U: { count: 8, name: 'eight' },
};

function readEscape(r: Reader): string | TomlError {
  r.at++;
  const character = codePointAt(r);
  const simple = escapes[character];
  if (simple !== undefined) {
    r.at++;
    return simple;
  }
  if (character === ' ' || character === '\t') throw failure(r, `invalid escape: '\\${character}'`);
  const digits = escapeDigits[character];
  if (digits === undefined)
    throw failure(r, `invalid escape in string '\\${character}'`, { linesBelow: character === '\n' ? 1 : 0 });
  const hex = matchHere(r, /[xuU][0-9a-fA-F]*/y).slice(1, 1 + digits.count);
  if (hex.length < digits.count) {
    const found = r.text.slice(r.at - 1, r.at + hex.length + 2);
    throw failure(
      r,
      `expected ${digits.name} hexadecimal digits after '\\${character}', but got ${JSON.stringify(found)} instead`,
    );
  }
  const rune = Number.parseInt(hex, 16);
  const isCharacter = rune <= 0x10ffff && (rune < 0xd800 || rune > 0xdfff);
  const wrong = isCharacter ? undefined : failure(r, `Escaped character '\\u${hex}' is not valid UTF-8.`);
  r.at += 1 + digits.count;
  return wrong ?? String.fromCodePoint(rune);
}
