/** Going through a TOML text, and saying what is wrong in it as BurntSushi/toml says it. */
import { TomlError } from './toml-error.ts';
import { pathText, type TomlTables } from './toml-tables.ts';

/** A TOML text and the place that was reached. */
export interface Reader {
  readonly text: string;
  readonly tables: TomlTables;
  at: number;
  /** The key that is being read, for messages. */
  key: string;
  depth: number;
}

export const end = '';

/** The character at the place; control characters and lone carriage returns are refused wherever they stand. */
export function peek(r: Reader): string {
  const character = r.text.charAt(r.at);
  if (character >= ' ' && character !== '\x7f') return character;
  if (character === end || character === '\t' || character === '\n') return character;
  if (character === '\r' && r.text[r.at + 1] === '\n') return character;
  const hex = character.charCodeAt(0).toString(16).padStart(2, '0');
  throw failure(r, `TOML files cannot contain control characters: '0x${hex}'`);
}

interface Where {
  /** Offset, when it is not the current place. */
  readonly at?: number;
  readonly linesBelow?: number;
}

export function failure(r: Reader, problem: string, { at = r.at, linesBelow = 0 }: Where = {}): TomlError {
  let line = 1 + linesBelow;
  for (let i = r.text.indexOf('\n'); i >= 0 && i < at; i = r.text.indexOf('\n', i + 1)) line++;
  const context = pathText(r.tables.context);
  const key = r.key === '' ? context : context === '' ? r.key : `${context}.${r.key}`;
  const where = key === '' ? '' : ` (last key ${JSON.stringify(key)})`;
  return new TomlError(`toml: line ${line}${where}: ${problem}`, line);
}

/** An unexpected character; the end of the text counts to its last line, a line break to the line after it. */
export function unexpected(r: Reader, problem: (found: string) => string): TomlError {
  const found = codePointAt(r);
  const at = found === end && r.text.endsWith('\n') ? r.at - 1 : r.at;
  return failure(r, problem(found), { at, linesBelow: found === '\n' ? 1 : 0 });
}

export function codePointAt(r: Reader): string {
  return peek(r) === end ? end : String.fromCodePoint(r.text.codePointAt(r.at) ?? 0);
}

/** Go's `%q` of a rune; the end of the text is the rune 0. */
export function quoted(character: string): string {
  if (character === end) return "'\\x00'";
  if (character === "'" || character === '\\') return `'\\${character}'`;
  const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  if (/[\p{C}\p{Z}]/u.test(character) && character !== ' ') return `'${escapes[character] ?? escaped(character)}'`;
  return `'${character}'`;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

export function skipBlanks(r: Reader): void {
  while (peek(r) === ' ' || peek(r) === '\t') r.at++;
}

/** Blanks, line breaks and comments. */
export function skipBlankLines(r: Reader): void {
  for (;;) {
    const character = peek(r);
    if (character === '#') skipComment(r);
    else if (/^[ \t\r\n]$/.test(character)) r.at++;
    else return;
  }
}

export function skipComment(r: Reader): void {
  while (peek(r) !== end && peek(r) !== '\n' && peek(r) !== '\r') r.at++;
}

export function take(r: Reader, character: string): boolean {
  if (peek(r) !== character) return false;
  r.at++;
  return true;
}

export function matchHere(r: Reader, pattern: RegExp): string {
  pattern.lastIndex = r.at;
  return pattern.exec(r.text)?.[0] ?? '';
}
