import { type ByteString, decodeRune, encodeRune, isAscii } from '../../bytes.ts';
import { GoError } from '../../errors.ts';
import { quote } from '../../format/quote.ts';
import { dictOf, listOf, type Value } from '../../value.ts';
import { parseFloat64 } from '../numbers/parse.ts';

/** Arrays and objects may stand in each other this deep. */
const MAX_DEPTH = 10_000;

export interface DecodedJson {
  readonly value: Value;
  /** The first number too large for a float64: it was left nil, and Go gives this error beside the value. */
  readonly error: string | undefined;
}

/** Go's json.Unmarshal into an interface; numbers are float64. A text that is no JSON is a {@link GoError}. */
export function readJson(text: ByteString): DecodedJson {
  const reader = new Reader(text);
  try {
    return { value: reader.document(), error: reader.error };
  } catch (error) {
    // Our stack may be shorter than Go's limit.
    if (error instanceof RangeError) throw new GoError('exceeded max depth');
    throw error;
  }
}

/** What Go calls the value in an error about its type. */
export function jsonKind(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return 'items' in value ? 'array' : 'object';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

const NUMBER_STEPS = {
  fraction: 'after decimal point in numeric literal',
  exponent: 'in exponent of numeric literal',
  digits: 'in numeric literal',
} as const;

class Reader {
  readonly #text: ByteString;
  #at = 0;
  #depth = 0;
  error: string | undefined;

  constructor(text: ByteString) {
    this.#text = text;
  }

  document(): Value {
    this.#blanks();
    const value = this.#value();
    this.#blanks();
    if (this.#at < this.#text.length) throw this.#invalid('after top-level value');
    return value;
  }

  #value(): Value {
    const first = this.#peek();
    switch (first) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      case 't':
        return this.#literal('true', true);
      case 'f':
        return this.#literal('false', false);
      case 'n':
        return this.#literal('null', null);
      default:
        if (first === '-' || isDigit(first)) return this.#number();
        throw this.#invalid('looking for beginning of value');
    }
  }

  #object(): Value {
    this.#enter();
    const entries = new Map<ByteString, Value>();
    this.#blanks();
    if (this.#peek() === '}') return dictOf(this.#leave(entries));
    for (;;) {
      if (this.#peek() !== '"') throw this.#invalid('looking for beginning of object key string');
      const key = this.#string();
      this.#blanks();
      if (this.#peek() !== ':') throw this.#invalid('after object key');
      this.#at++;
      this.#blanks();
      entries.set(key, this.#value());
      this.#blanks();
      if (this.#peek() === '}') return dictOf(this.#leave(entries));
      if (this.#peek() !== ',') throw this.#invalid('after object key:value pair');
      this.#at++;
      this.#blanks();
    }
  }

  #array(): Value {
    this.#enter();
    const items: Value[] = [];
    this.#blanks();
    if (this.#peek() === ']') return listOf(this.#leave(items));
    for (;;) {
      items.push(this.#value());
      this.#blanks();
      if (this.#peek() === ']') return listOf(this.#leave(items));
      if (this.#peek() !== ',') throw this.#invalid('after array element');
      this.#at++;
      this.#blanks();
    }
  }

  #enter(): void {
    this.#at++;
    if (++this.#depth > MAX_DEPTH) throw new GoError('exceeded max depth');
  }

  #leave<T>(collected: T): T {
    this.#at++;
    this.#depth--;
    return collected;
  }

  #literal<T>(word: string, value: T): T {
    for (let index = 1; index < word.length; index++) {
      this.#at++;
      const expected = word.charAt(index);
      if (this.#peek() !== expected) throw this.#invalid(`in literal ${word} (expecting '${expected}')`);
    }
    this.#at++;
    return value;
  }

  #number(): Value {
    const start = this.#at;
    if (this.#peek() === '-') this.#at++;
    if (this.#peek() === '0') this.#at++;
    else this.#digits('digits');
    if (this.#text[this.#at] === '.') {
      this.#at++;
      this.#digits('fraction');
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at++;
      if (/[+-]/.test(this.#peek())) this.#at++;
      this.#digits('exponent');
    }
    const text = this.#text.slice(start, this.#at);
    const value = parseFloat64(text);
    if (value !== undefined) return value;
    this.error ??= `json: cannot unmarshal number ${text} into Go value of type float64`;
    return null;
  }

  #digits(step: keyof typeof NUMBER_STEPS): void {
    if (!isDigit(this.#peek())) throw this.#invalid(NUMBER_STEPS[step]);
    while (isDigit(this.#text[this.#at])) this.#at++;
  }

  #string(): ByteString {
    let out = '';
    this.#at++;
    let start = this.#at;
    for (;;) {
      const character = this.#peek();
      if (character === '"' || character === '\\') {
        out += repaired(this.#text.slice(start, this.#at));
        this.#at++;
        if (character === '"') return out;
        out += this.#escape();
        start = this.#at;
      } else if (character < ' ') {
        throw this.#invalid('in string literal');
      } else {
        this.#at++;
      }
    }
  }

  #escape(): ByteString {
    const character = this.#peek();
    const short = ESCAPES.get(character);
    if (short !== undefined) {
      this.#at++;
      return short;
    }
    if (character !== 'u') throw this.#invalid('in string escape code');
    const code = this.#hex();
    if (code >= 0xd800 && code <= 0xdbff && this.#text.startsWith('\\u', this.#at)) {
      const back = this.#at;
      this.#at++;
      const low = this.#hex();
      if (low >= 0xdc00 && low <= 0xdfff) return encodeRune(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
      this.#at = back;
    }
    return encodeRune(code);
  }

  /** The four digits behind a `u`. */
  #hex(): number {
    let code = 0;
    for (let index = 0; index < 4; index++) {
      this.#at++;
      if (!/[0-9a-fA-F]/.test(this.#peek())) throw this.#invalid('in \\u hexadecimal character escape');
      code = code * 16 + Number.parseInt(this.#peek(), 16);
    }
    this.#at++;
    return code;
  }

  #blanks(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #peek(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new GoError('unexpected end of JSON input');
    return character;
  }

  #invalid(context: string): GoError {
    const character = this.#peek();
    // Go takes the byte for a rune, and quotes it with the other kind of marks.
    const shown =
      character === "'"
        ? "'\\''"
        : character === '"'
          ? `'"'`
          : `'${quote(encodeRune(character.charCodeAt(0))).slice(1, -1)}'`;
    return new GoError(`invalid character ${shown} ${context}`);
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

/** Bytes that are no UTF-8 become the replacement character. */
function repaired(text: ByteString): ByteString {
  if (isAscii(text)) return text;
  let out = '';
  for (let at = 0; at < text.length; ) {
    const { code, size } = decodeRune(text, at);
    out += encodeRune(code);
    at += size;
  }
  return out;
}
