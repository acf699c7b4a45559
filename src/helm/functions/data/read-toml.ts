import { type ByteString, decodeRune, encodeRune } from '../../bytes.ts';
import { GoError } from '../../errors.ts';
import { quote, quoteRune } from '../../format/quote.ts';
import { dictOf, GoMap, GoSlice, int64Of, listOf, sliceType, types, type Value } from '../../value.ts';
import { checkNesting } from '../deep-equal.ts';
import { GoTime } from '../go-time.ts';
import { parseFloat64, parseInteger } from '../numbers/parse.ts';
import { firstInvalidByte } from '../text/utf8.ts';
import { parseInstant } from '../time/parse.ts';
import { fixedZone, type Zone } from '../time/zone.ts';

/** Whether a table has been written as such, or only stands on the way to another: then a header may still name it. */
type Origin = 'implicit' | 'explicit';

const TABLES = sliceType(types.dict);
const BARE_KEY = /[A-Za-z0-9_-]+/y;
const WORD = /[^\s,\]}#=]+/y;
const DATE = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d|$)|^\d\d:\d\d|^\d{4}-\d\d-\d\d/;
/** A time may follow its date behind a blank. */
const DATE_AND_TIME = /\d{4}-\d\d-\d\d \d\d:\d\d[^\s,\]}#]*/y;
const INTEGER =
  /^[+-]?(?:0|[1-9](?:_?\d)*)$|^0x[0-9a-fA-F](?:_?[0-9a-fA-F])*$|^0o[0-7](?:_?[0-7])*$|^0b[01](?:_?[01])*$/;
const FLOAT = /^[+-]?(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?$/;

/** Layouts of dates, with the name of the zone that marks one without an offset. */
const DATES: readonly (readonly [string, string])[] = [
  ['2006-01-02T15:04:05.999999999Z07:00', ''],
  ['2006-01-02T15:04:05.999999999', 'datetime-local'],
  ['2006-01-02', 'date-local'],
  ['15:04:05.999999999', 'time-local'],
  ['2006-01-02T15:04Z07:00', ''],
  ['2006-01-02T15:04', 'datetime-local'],
  ['15:04', 'time-local'],
];

/**
 * Reads TOML 1.1 as Go's BurntSushi/toml does into a map: integers are int64, arrays of tables are typed lists.
 * Throws a {@link GoError} `toml: line N (last key "k"): …`; the wording is that library's for the common mistakes.
 * @param local the machine's zone, for dates without an offset
 */
export function readToml(text: ByteString, local: Zone): GoMap {
  return new Reader(text, local).document();
}

class Reader {
  readonly #text: ByteString;
  readonly #local: Zone;
  readonly #origins = new Map<GoMap, Origin>();
  readonly #root = dictOf();
  /** Offset of the first byte that is no UTF-8; what lies behind it is not read. */
  readonly #invalid: number;
  #at = 0;
  #depth = 0;
  #lastKey = '';

  constructor(text: ByteString, local: Zone) {
    this.#text = text.replace(/^(\xff\xfe|\xfe\xff|\xef\xbb\xbf)/, '');
    this.#invalid = firstInvalidByte(this.#text);
    this.#local = local;
  }

  document(): GoMap {
    if (this.#text.slice(0, 6).includes('\0')) {
      throw this.#failure('files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8');
    }
    let table = this.#root;
    let path: readonly ByteString[] = [];
    for (this.#skip('lines'); this.#at < this.#text.length; this.#skip('lines')) {
      if (this.#peek() === '[') ({ table, path } = this.#header());
      else this.#assignment(table, path);
      this.#lastKey = path.join('.');
      this.#skip('blanks');
      const next = this.#text[this.#at];
      if (next !== undefined && next !== '\n' && !(next === '\r' && this.#text[this.#at + 1] === '\n')) {
        throw this.#failure(
          `expected a top-level item to end with a newline, comment, or EOF, but got '${this.#rune()}' instead`,
        );
      }
    }
    if (this.#invalid !== -1) throw this.#failure('');
    return this.#root;
  }

  #header(): { readonly table: GoMap; readonly path: readonly ByteString[] } {
    const repeated = this.#text.startsWith('[[', this.#at);
    this.#at += repeated ? 2 : 1;
    this.#skip('blanks');
    if (this.#peek() === ']') throw this.#failure('unexpected end of table name (table names cannot be empty)');
    const path = this.#path("expected '.' or ']' to end table name");
    const close = repeated ? ']]' : ']';
    if (!this.#text.startsWith(close, this.#at)) {
      throw this.#failure(`expected '.' or ']' to end table name, but got '${this.#rune()}' instead`);
    }
    this.#at += close.length;
    const parent = this.#parentOf(path);
    this.#lastKey = path.slice(0, -1).join('.');
    const name = path.at(-1) ?? '';
    return { table: repeated ? this.#append(parent, name, path) : this.#open(parent, name, path), path };
  }

  #open(parent: GoMap, name: ByteString, path: readonly ByteString[]): GoMap {
    const present = parent.entries.get(name);
    if (present === undefined) return this.#create(parent, name, 'explicit');
    if (!(present instanceof GoMap) || this.#origins.get(present) !== 'implicit') throw this.#defined(path);
    this.#origins.set(present, 'explicit');
    return present;
  }

  #append(parent: GoMap, name: ByteString, path: readonly ByteString[]): GoMap {
    const present = parent.entries.get(name);
    if (present !== undefined && !(present instanceof GoSlice && present.type.name === TABLES.name)) {
      throw this.#failure(`Key '${path.join('.')}' was already created and cannot be used as an array.`);
    }
    const table = dictOf();
    this.#origins.set(table, 'explicit');
    const tables = present instanceof GoSlice ? present.items : [];
    parent.entries.set(name, new GoSlice(TABLES, [...tables, table]));
    return table;
  }

  #assignment(table: GoMap, outer: readonly ByteString[]): void {
    const path = this.#path("expected '.' or '='");
    if (this.#at >= this.#text.length) throw this.#failure("unexpected EOF; expected key separator '='");
    if (this.#peek() !== '=') throw this.#failure(`expected '.' or '=', but got '${this.#rune()}' instead`);
    this.#at++;
    this.#skip('blanks');
    this.#lastKey = [...outer, ...path].join('.');
    let parent = table;
    for (const [index, name] of path.slice(0, -1).entries()) {
      parent = this.#dotted(parent, name, path.slice(0, index + 1));
    }
    const name = path.at(-1) ?? '';
    const value = this.#value();
    if (parent.entries.has(name)) throw this.#defined([...outer, ...path]);
    parent.entries.set(name, value);
  }

  /** The table that a dotted key goes through; one that was there before counts as written from then on. */
  #dotted(parent: GoMap, name: ByteString, path: readonly ByteString[]): GoMap {
    const present = parent.entries.get(name);
    if (present === undefined) return this.#create(parent, name, 'implicit');
    if (!(present instanceof GoMap)) throw this.#defined(path);
    this.#origins.set(present, 'explicit');
    return present;
  }

  /** The table that holds what a header names. Of an array of tables the last one is meant. */
  #parentOf(path: readonly ByteString[]): GoMap {
    let table = this.#root;
    for (const [index, name] of path.slice(0, -1).entries()) {
      const present = table.entries.get(name);
      const inner = present instanceof GoSlice && present.type.name === TABLES.name ? present.items.at(-1) : present;
      if (inner === undefined) table = this.#create(table, name, 'implicit');
      else if (inner instanceof GoMap) table = inner;
      else throw this.#failure(`Key '${path.slice(0, index + 1).join('.')}' was already created as a hash.`);
    }
    return table;
  }

  #create(parent: GoMap, name: ByteString, origin: Origin): GoMap {
    const table = dictOf();
    this.#origins.set(table, origin);
    parent.entries.set(name, table);
    return table;
  }

  #path(expectation: string): ByteString[] {
    const path: ByteString[] = [];
    for (;;) {
      this.#skip('blanks');
      path.push(this.#key(path.length === 0, expectation));
      this.#skip('blanks');
      if (this.#text[this.#at] !== '.') return path;
      this.#at++;
    }
  }

  #key(first: boolean, expectation: string): ByteString {
    const next = this.#text[this.#at];
    if (next === '"') return this.#basic();
    if (next === "'") return this.#raw();
    BARE_KEY.lastIndex = this.#at;
    const [bare] = BARE_KEY.exec(this.#text) ?? [];
    if (bare !== undefined) {
      this.#at += bare.length;
      return bare;
    }
    if (next === undefined) throw this.#failure('unexpected EOF');
    if (next === '=') throw this.#failure(first ? "unexpected '=': key name appears blank" : "unexpected '='");
    if (next === '.') throw this.#failure(first ? "unexpected '.': keys cannot start with a '.'" : "unexpected '.'");
    throw this.#failure(`${expectation}, but got '${this.#rune()}' instead`);
  }

  #value(): Value {
    const next = this.#text[this.#at];
    if (next === undefined || next === '\n') {
      throw this.#failure(
        next === undefined ? 'unexpected EOF; expected value' : "expected value but found '\\n' instead",
      );
    }
    if (next === '[' || next === '{') {
      checkNesting(++this.#depth);
      const collected = next === '[' ? this.#array() : this.#inlineTable();
      this.#depth--;
      return collected;
    }
    if (next === '"') return this.#text.startsWith('"""', this.#at) ? this.#multiline('"""') : this.#basic();
    if (next === "'") return this.#text.startsWith("'''", this.#at) ? this.#multiline("'''") : this.#raw();
    return this.#scalar();
  }

  #array(): GoSlice {
    this.#at++;
    const items: Value[] = [];
    for (;;) {
      this.#skip('lines');
      if (this.#text[this.#at] === ']') break;
      if (this.#text[this.#at] === ',') throw this.#failure('unexpected comma');
      items.push(this.#value());
      this.#skip('lines');
      if (this.#text[this.#at] === ']') break;
      if (this.#text[this.#at] !== ',') {
        throw this.#failure(`expected a comma (',') or array terminator (']'), but got ${this.#shown()}`);
      }
      this.#at++;
    }
    this.#at++;
    return listOf(items);
  }

  #inlineTable(): GoMap {
    this.#at++;
    const table = dictOf();
    const outer = this.#lastKey;
    for (;;) {
      this.#skip('lines');
      if (this.#text[this.#at] === '}') break;
      if (this.#text[this.#at] === ',') throw this.#failure('unexpected comma');
      this.#assignment(table, outer === '' ? [] : [outer]);
      this.#skip('lines');
      if (this.#text[this.#at] === '}') break;
      if (this.#text[this.#at] !== ',') {
        throw this.#failure(`expected a comma or an inline table terminator '}', but got ${this.#shown()} instead`);
      }
      this.#at++;
    }
    this.#at++;
    this.#lastKey = outer;
    this.#origins.set(table, 'explicit');
    return table;
  }

  #scalar(): Value {
    DATE_AND_TIME.lastIndex = this.#at;
    WORD.lastIndex = this.#at;
    const [word = ''] = DATE_AND_TIME.exec(this.#text) ?? WORD.exec(this.#text) ?? [];
    if (word === '') throw this.#failure(`expected value but found '${this.#rune()}' instead`);
    this.#at += word.length;
    if (word === 'true' || word === 'false') return word === 'true';
    if (/^[+-]?(?:inf|nan)$/.test(word))
      return word.endsWith('nan') ? Number.NaN : word[0] === '-' ? -Infinity : Infinity;
    if (DATE.test(word)) return this.#date(word);
    if (INTEGER.test(word)) return this.#integer(word);
    if (FLOAT.test(word)) return this.#float(word);
    if (/^[+-]?\d[\d_]*$/.test(word)) {
      const problem = word.includes('_') ? 'underscores must be surrounded by digits' : 'cannot have leading zeroes';
      throw this.#failure(`Invalid integer ${quote(word)}: ${problem}`);
    }
    throw this.#failure(
      /^[+-]?\d/.test(word) ? `Invalid float value: ${quote(word)}` : `expected value but found ${quote(word)} instead`,
    );
  }

  #integer(word: string): Value {
    const number = parseInteger(word, 0);
    if (!number.ok) throw this.#failure(`${word} is out of range for int64`);
    return int64Of(number.value);
  }

  #float(word: string): Value {
    const number = parseFloat64(word);
    if (number === undefined) throw this.#failure(`${word} is out of range for float64`);
    return number;
  }

  #date(word: string): Value {
    const text = word.replace(/^(\d{4}-\d\d-\d\d)[t ]/, '$1T').replace(/z$/, 'Z');
    for (const [layout, zoneName] of DATES) {
      try {
        const zone = zoneName === '' ? this.#local : fixedZone(zoneName, this.#local.at(0n).offset);
        return new GoTime(parseInstant(layout, text, zone));
      } catch (error) {
        if (!(error instanceof GoError)) throw error;
      }
    }
    throw this.#failure(`invalid datetime: ${quote(text)}`);
  }

  #raw(): ByteString {
    const end = this.#text.indexOf("'", this.#at + 1);
    const line = this.#text.indexOf('\n', this.#at);
    if (end === -1 && line === -1) throw this.#failure(`unexpected EOF; expected "'"`);
    if (end === -1 || (line !== -1 && line < end)) throw this.#failure('strings cannot contain newlines');
    const text = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text;
  }

  #basic(): ByteString {
    this.#at++;
    let out = '';
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined) throw this.#failure(`unexpected EOF; expected '"'`);
      if (next === '\n') throw this.#failure('strings cannot contain newlines');
      this.#at++;
      if (next === '"') return out;
      out += next === '\\' ? this.#escape() : next;
    }
  }

  #multiline(mark: '"""' | "'''"): ByteString {
    this.#at += 3;
    if (this.#text.startsWith('\r\n', this.#at)) this.#at += 2;
    else if (this.#text[this.#at] === '\n') this.#at++;
    let out = '';
    for (;;) {
      if (this.#at >= this.#text.length) {
        throw this.#failure(`unexpected EOF; expected ${mark === '"""' ? `'"""'` : `"'''"`}`);
      }
      if (this.#text.startsWith(mark, this.#at)) {
        // Up to two more marks belong to the text.
        let end = this.#at + 3;
        while (end < this.#at + 5 && this.#text[end] === mark[0]) end++;
        out += this.#text.slice(this.#at, end - 3);
        this.#at = end;
        return out;
      }
      const next = this.#text.charAt(this.#at++);
      if (next !== '\\' || mark === "'''") {
        out += next;
        continue;
      }
      // A backslash at the end of a line joins it with the next text.
      const joined = /^[ \t]*\r?\n[ \t\r\n]*/.exec(this.#text.slice(this.#at, this.#at + 10_000));
      if (joined === null) out += this.#escape();
      else this.#at += joined[0].length;
    }
  }

  #escape(): ByteString {
    const letter = this.#text.charAt(this.#at++);
    const short = ESCAPES.get(letter);
    if (short !== undefined) return short;
    const digits = { x: 2, u: 4, U: 8 }[letter];
    if (digits === undefined) {
      throw this.#failure(`invalid escape in string '\\${letter}'`);
    }
    const hex = this.#text.slice(this.#at, this.#at + digits);
    if (!new RegExp(`^[0-9a-fA-F]{${digits}}$`).test(hex)) {
      const count = { 2: 'two', 4: 'four', 8: 'eight' }[digits];
      throw this.#failure(`expected ${count} hexadecimal digits after '\\${letter}', but got ${quote(hex)} instead`);
    }
    this.#at += digits;
    const code = Number.parseInt(hex, 16);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      throw this.#failure(`Escaped character '\\u${hex}' is not valid UTF-8.`);
    }
    return encodeRune(code);
  }

  /** Skips blanks and a comment; with `lines` also line ends and what is blank on the lines after. */
  #skip(what: 'blanks' | 'lines'): void {
    for (;;) {
      const next = this.#text[this.#at];
      if (next === ' ' || next === '\t' || (what === 'lines' && (next === '\n' || next === '\r'))) this.#at++;
      else if (next === '#') {
        const end = this.#text.indexOf('\n', this.#at);
        this.#at = end === -1 ? this.#text.length : end;
      } else return;
    }
  }

  #peek(): string {
    const next = this.#text[this.#at];
    if (next === undefined) throw this.#failure('unexpected EOF');
    return next;
  }

  /** The rune at hand as Go's %q would show it between its marks. */
  #rune(): ByteString {
    const { code, size } = decodeRune(this.#text, this.#at);
    return size === 0 ? '\\x00' : quoteRune(code).slice(1, -1);
  }

  #shown(): string {
    const next = this.#text[this.#at];
    return next === undefined ? 'end of file' : `'${this.#rune()}'`;
  }

  #defined(path: readonly ByteString[]): GoError {
    return this.#failure(`Key '${path.join('.')}' has already been defined.`);
  }

  #failure(problem: string): GoError {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    const last = this.#lastKey === '' ? '' : ` (last key ${quote(this.#lastKey)})`;
    const reached = this.#invalid !== -1 && this.#at >= this.#invalid;
    const byte = this.#text.charCodeAt(this.#invalid).toString(16).padStart(2, '0');
    return new GoError(`toml: line ${line}${last}: ${reached ? `invalid UTF-8 byte: 0x${byte}` : problem}`);
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['e', '\x1b'],
  ['t', '\t'],
  ['n', '\n'],
  ['f', '\f'],
  ['r', '\r'],
  ['"', '"'],
  ['\\', '\\'],
]);
