import { type ByteString, decodeRune, encodeRune, runeError } from '../bytes.ts';
import { isPrintable } from '../format/printable.ts';
import { keywords, type Token, type TokenKind } from './token.ts';

const endOfText = -1;
const tab = 0x09;
const newline = 0x0a;
const carriageReturn = 0x0d;
const blank = 0x20;
const dash = 0x2d;

const letterOrDigit = /^[\p{L}\p{Nd}]$/u;
const asciiWord = /[A-Za-z0-9_]*/y;
const blanks = /[ \t\r\n]*/y;

/**
 * Go's text/template lexer: splits a template into text and the tokens of its actions, on demand.
 * Trim markers are applied here, so a text token holds exactly what would be written, and its position is exact.
 */
export class Lexer {
  readonly #text: ByteString;
  #at = 0;
  #insideAction = false;
  #parens = 0;
  #failed: Token | undefined;

  constructor(text: ByteString) {
    this.#text = text;
  }

  /** The next token; after an error or the end, that same token again. */
  next(): Token {
    if (this.#failed !== undefined) return this.#failed;
    return this.#insideAction ? this.#action() : this.#outside();
  }

  #emit(kind: TokenKind, start: number): Token {
    return { kind, pos: start, value: this.#text.slice(start, this.#at) };
  }

  #fail(start: number, message: string): Token {
    this.#failed = { kind: 'error', pos: start, value: message };
    return this.#failed;
  }

  #outside(): Token {
    for (;;) {
      const start = this.#at;
      const open = this.#text.indexOf('{{', start);
      if (open < 0) {
        this.#at = this.#text.length;
        return this.#emit(start < this.#at ? 'text' : 'eof', start);
      }
      const trims = this.#trimsLeft(open + 2);
      const end = trims ? trimmedEnd(this.#text, start, open) : open;
      if (end > start) {
        this.#at = open;
        return { kind: 'text', pos: start, value: this.#text.slice(start, end) };
      }
      const inside = open + 2 + (trims ? 2 : 0);
      if (!this.#text.startsWith('/*', inside)) {
        this.#at = inside;
        this.#insideAction = true;
        this.#parens = 0;
        return { kind: 'left delimiter', pos: open, value: '{{' };
      }
      const error = this.#comment(inside);
      if (error !== undefined) return error;
    }
  }

  #comment(start: number): Token | undefined {
    const close = this.#text.indexOf('*/', start + 2);
    if (close < 0) return this.#fail(start, 'unclosed comment');
    const width = this.#rightDelimiter(close + 2);
    if (width === 0) return this.#fail(start, 'comment ends before closing delimiter');
    this.#at = close + 2 + width;
    if (width > 2) this.#skipBlanks();
    return undefined;
  }

  #trimsLeft(at: number): boolean {
    return this.#text.charCodeAt(at) === dash && isBlank(this.#text.charCodeAt(at + 1));
  }

  /** Length of a right delimiter at an offset: 0 none, 2 plain, 4 with a trim marker. */
  #rightDelimiter(at: number): number {
    if (this.#text.startsWith('}}', at)) return 2;
    return isBlank(this.#text.charCodeAt(at)) && this.#text.startsWith('-}}', at + 1) ? 4 : 0;
  }

  #skipBlanks(): void {
    blanks.lastIndex = this.#at;
    blanks.test(this.#text);
    this.#at = blanks.lastIndex;
  }

  #closeAction(width: number): Token {
    const pos = this.#at + width - 2;
    this.#at += width;
    if (width > 2) this.#skipBlanks();
    this.#insideAction = false;
    return { kind: 'right delimiter', pos, value: '}}' };
  }

  #action(): Token {
    const start = this.#at;
    const closing = this.#rightDelimiter(start);
    if (closing > 0) {
      return this.#parens === 0 ? this.#closeAction(closing) : this.#fail(start, 'unclosed left paren');
    }
    const char = this.#text.charCodeAt(start);
    if (Number.isNaN(char)) return this.#fail(start, 'unclosed action');
    if (isBlank(char)) return this.#space(start);
    switch (this.#text[start]) {
      case '=':
        return this.#single('assign');
      case '|':
        return this.#single('pipe');
      case '(':
        this.#parens++;
        return this.#single('left paren');
      case ')':
        if (--this.#parens < 0) return this.#fail(start, 'unexpected right paren');
        return this.#single('right paren');
      case ':':
        if (this.#text[start + 1] !== '=') return this.#fail(start, 'expected :=');
        this.#at += 2;
        return this.#emit('declare', start);
      case '"':
        return this.#quoted('"', 'string', 'unterminated quoted string');
      case "'":
        return this.#quoted("'", 'char constant', 'unterminated character constant');
      case '`':
        return this.#rawString(start);
      case '$':
        return this.#name('variable', start);
      case '.':
        if (!isDigit(this.#text.charCodeAt(start + 1)) && start + 1 < this.#text.length) {
          return this.#name('field', start);
        }
        return this.#number(start);
      default:
    }
    if (char === 0x2b || char === dash || isDigit(char)) return this.#number(start);
    if (isWord(this.#rune(start))) return this.#identifier(start);
    if (char < 0x80 && isPrintable(char)) return this.#single('char');
    return this.#fail(start, `unrecognized character in action: ${showRune(this.#rune(start))}`);
  }

  #single(kind: TokenKind): Token {
    this.#at++;
    return this.#emit(kind, this.#at - 1);
  }

  #space(start: number): Token {
    this.#skipBlanks();
    // The last blank may belong to a trim marker; then it is not ours.
    if (this.#text.startsWith('-}}', this.#at)) {
      this.#at--;
      if (this.#at === start) {
        return this.#closeAction(4);
      }
    }
    return this.#emit('space', start);
  }

  #identifier(start: number): Token {
    this.#skipWord();
    if (!this.#atTerminator()) return this.#badCharacter(start);
    const word = this.#text.slice(start, this.#at);
    const kind = keywords.get(word) ?? (word === 'true' || word === 'false' ? 'bool' : 'identifier');
    return { kind, pos: start, value: word };
  }

  /** A field or a variable, of which only the `.` or `$` has been seen. */
  #name(kind: 'field' | 'variable', start: number): Token {
    this.#at++;
    if (this.#atTerminator()) return this.#emit(kind === 'field' ? '<.>' : kind, start);
    this.#skipWord();
    return this.#atTerminator() ? this.#emit(kind, start) : this.#badCharacter(start);
  }

  #badCharacter(start: number): Token {
    return this.#fail(start, `bad character ${showRune(this.#rune(this.#at))}`);
  }

  #skipWord(): void {
    for (;;) {
      asciiWord.lastIndex = this.#at;
      asciiWord.test(this.#text);
      this.#at = asciiWord.lastIndex;
      const rune = this.#rune(this.#at);
      if (rune < 0x80 || !isWord(rune)) return;
      this.#at += decodeRune(this.#text, this.#at).size;
    }
  }

  /** Whether a name may end here; catches `$x+2` and the like. */
  #atTerminator(): boolean {
    const char = this.#text[this.#at];
    return char === undefined || ' \t\r\n.,|:)('.includes(char) || this.#text.startsWith('}}', this.#at);
  }

  #quoted(mark: '"' | "'", kind: TokenKind, message: string): Token {
    const start = this.#at;
    for (let at = start + 1; ; at++) {
      let char = this.#text[at];
      if (char === '\\') char = this.#text[++at] === '\n' ? '\n' : at < this.#text.length ? 'escaped' : undefined;
      if (char === undefined || char === '\n') return this.#fail(start, message);
      if (char === mark) {
        this.#at = at + 1;
        return this.#emit(kind, start);
      }
    }
  }

  #rawString(start: number): Token {
    const close = this.#text.indexOf('`', start + 1);
    if (close < 0) return this.#fail(start, 'unterminated raw quoted string');
    this.#at = close + 1;
    return this.#emit('raw string', start);
  }

  /** Lenient, as Go's scanner: what is wrong here, the parser's conversion notices. */
  #number(start: number): Token {
    if (!this.#scanNumber()) return this.#badNumber(start);
    const next = this.#text[this.#at];
    if (next !== '+' && next !== '-') return this.#emit('number', start);
    if (!this.#scanNumber() || this.#text[this.#at - 1] !== 'i') return this.#badNumber(start);
    return this.#emit('complex', start);
  }

  #badNumber(start: number): Token {
    return this.#fail(start, `bad number syntax: "${this.#text.slice(start, this.#at)}"`);
  }

  #scanNumber(): boolean {
    const number =
      /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y;
    number.lastIndex = this.#at;
    number.test(this.#text);
    this.#at = number.lastIndex;
    const rune = this.#rune(this.#at);
    if (!isWord(rune)) return true;
    this.#at += decodeRune(this.#text, this.#at).size;
    return false;
  }

  #rune(at: number): number {
    const { code, size } = decodeRune(this.#text, at);
    return size === 0 ? endOfText : code;
  }
}

function trimmedEnd(text: ByteString, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(text.charCodeAt(at - 1))) at--;
  return at;
}

function isBlank(char: number): boolean {
  return char === blank || char === newline || char === tab || char === carriageReturn;
}

function isDigit(char: number): boolean {
  return char >= 0x30 && char <= 0x39;
}

function isWord(rune: number): boolean {
  if (rune < 0) return false;
  if (rune < 0x80) {
    return rune === 0x5f || isDigit(rune) || (rune >= 0x41 && rune <= 0x5a) || (rune >= 0x61 && rune <= 0x7a);
  }
  return rune !== runeError && letterOrDigit.test(String.fromCodePoint(rune));
}

/** Go's %#U. */
function showRune(rune: number): string {
  if (rune < 0) return 'U+FFFFFFFFFFFFFFFF';
  const number = `U+${rune.toString(16).toUpperCase().padStart(4, '0')}`;
  return isPrintable(rune) ? `${number} '${encodeRune(rune)}'` : number;
}
