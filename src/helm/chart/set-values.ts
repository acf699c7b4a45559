import { fromText, toText } from '../bytes.ts';
import { GoError } from '../errors.ts';
import { quote, quoteRune } from '../format/quote.ts';
import { dictOf, GoMap, GoSlice, int64Of, listOf, typeOf, type Value } from '../value.ts';
import { readJsonPrefix } from './json-prefix.ts';

/**
 * The `--set` family. Each function reads one argument as it was typed and writes what it says into `target`.
 * Errors are `GoError`s in the words of Helm's parser. All quirks are Helm's: a key without a name is dropped, an
 * index pads a list with nil, a number that starts with 0 is a string.
 */

/** `--set`: words true, false, null and decimal integers (int64) are typed, all else are strings. */
export function setTyped(argument: string, target: GoMap): void {
  readAssignments(argument, target, { escapes: true, scalar: typedScalar });
}

/** `--set-string`: every leaf is a string. */
export function setStrings(argument: string, target: GoMap): void {
  readAssignments(argument, target, { escapes: true, scalar: fromText });
}

/** `--set-file`: the text after `=` is a path, the value what `read` gives for it. */
export function setFiles(argument: string, target: GoMap, read: (path: string) => Value): void {
  readAssignments(argument, target, { escapes: true, scalar: read });
}

/** `--set-json`: `key=JSON[,key=JSON]`; numbers are float64, an empty value is null. */
export function setJson(argument: string, target: GoMap): void {
  readAssignments(argument, target, { escapes: true, scalar: fromText, json: true });
}

/** `--set-literal`: all after the first `=` is the value, with no escapes and no commas. */
export function setLiteral(argument: string, target: GoMap): void {
  readAssignments(argument, target, { escapes: false, scalar: fromText });
}

interface Grammar {
  /** Whether `\` escapes the next character and `,` and `{…}` mean something. */
  readonly escapes: boolean;
  readonly scalar: (text: string) => Value;
  readonly json?: boolean;
}

interface Reader extends Grammar {
  /** By code point, as Go reads runes. */
  readonly chars: readonly string[];
  at: number;
}

/** Whether the argument is used up, which ends the reading without being an error. */
type Outcome = 'more' | 'end';

const maxIndex = 65536;
const maxNesting = 30;

function readAssignments(argument: string, target: GoMap, grammar: Grammar): void {
  const reader: Reader = { ...grammar, chars: [...argument], at: 0 };
  while (readKey(reader, target, 0) === 'more');
}

function readKey(reader: Reader, data: GoMap, nesting: number): Outcome {
  try {
    return readKeyUnguarded(reader, data, nesting);
  } catch (error) {
    // Helm turns the panics of its own type assertions into this error.
    if (error instanceof WrongShape) throw new GoError(`unable to parse key: ${error.message}`);
    throw error;
  }
}

function readKeyUnguarded(reader: Reader, data: GoMap, nesting: number): Outcome {
  const { text, stop } = readUntil(reader, reader.escapes ? '=[,.' : '=[.');
  switch (stop) {
    case undefined:
      if (text === '') return 'end';
      throw new GoError(`key ${quoted(text)} has no value`);
    case '[': {
      const index = readIndex(reader);
      if (index === undefined) return 'end';
      const known = data.entries.get(fromText(text));
      const list = known === undefined ? [] : asList(known);
      const read = readItem(reader, list, index, nesting);
      put(data, text, listOf(read.list));
      return read.outcome;
    }
    case '=':
      return readAssigned(reader, (value) => put(data, text, value));
    case ',':
      throw new GoError(`key ${quoted(text)} has no value (cannot end with ,)`);
    default: {
      if (nesting + 1 > maxNesting) {
        throw new GoError(`value name nested level is greater than maximum supported nested level of ${maxNesting}`);
      }
      const known = data.entries.get(fromText(text));
      const inner = known === undefined ? dictOf() : asMap(known);
      const outcome = readKey(reader, inner, nesting + 1);
      if (outcome === 'more' && inner.entries.size === 0) {
        throw new GoError(`key map ${quoted(text)} has no value`);
      }
      if (inner.entries.size > 0) put(data, text, inner);
      return outcome;
    }
  }
}

/** What stands after `key=`. */
function readAssigned(reader: Reader, assign: (value: Value) => void): Outcome {
  if (!reader.escapes) {
    assign(reader.scalar(reader.chars.slice(reader.at).join('')));
    reader.at = reader.chars.length;
    return 'more';
  }
  if (reader.json === true) {
    if (skipBlanks(reader)) {
      assign(null);
      return 'more';
    }
    const rest = reader.chars.slice(reader.at).join('');
    const { value, length } = readJsonPrefix(rest);
    assign(value);
    reader.at += [...rest.slice(0, length)].length;
    skipBlanks(reader);
    return 'more';
  }
  if (reader.at >= reader.chars.length) {
    assign('');
    return 'end';
  }
  assign(reader.chars[reader.at] === '{' ? readList(reader) : reader.scalar(readUntil(reader, ',').text));
  return 'more';
}

interface ReadItem {
  readonly list: readonly Value[];
  readonly outcome: Outcome;
}

/** What stands after `key[index]`. */
function readItem(reader: Reader, list: readonly Value[], index: number, nesting: number): ReadItem {
  if (index < 0) throw new GoError(`negative ${index} index not allowed`);
  const { text, stop } = readUntil(reader, '[.=');
  if (text !== '') {
    const runes = [...text].map((char) => toText(quoteRune(char.codePointAt(0) ?? 0))).join(' ');
    throw new GoError(`unexpected data at end of array index: [${runes}]`);
  }
  switch (stop) {
    case undefined:
      return { list, outcome: 'end' };
    case '=': {
      let assigned: Value = null;
      readAssigned(reader, (value) => {
        assigned = value;
      });
      return { list: withItem(list, index, assigned), outcome: 'more' };
    }
    case '[': {
      const next = readIndex(reader);
      if (next === undefined) return { list, outcome: 'end' };
      const known = list[index] ?? null;
      const inner = readItem(reader, known === null ? [] : asList(known), next, nesting);
      if (inner.outcome === 'end') return { list, outcome: 'end' };
      return { list: withItem(list, index, listOf(inner.list)), outcome: 'more' };
    }
    default: {
      const known = list[index];
      const inner = known instanceof GoMap ? known : dictOf();
      // Helm puts the fresh map into a list that is long enough before it reads on.
      const started = index < list.length ? withItem(list, index, inner) : list;
      const outcome = readKey(reader, inner, nesting);
      return outcome === 'end' ? { list: started, outcome } : { list: withItem(started, index, inner), outcome };
    }
  }
}

/** Undefined where the argument ends within the brackets: Helm 4 takes that for its end, and drops the key. */
function readIndex(reader: Reader): number | undefined {
  const { text, stop } = readUntil(reader, ']');
  if (stop === undefined) return undefined;
  if (!/^[+-]?[0-9]+$/.test(text)) {
    throw new GoError(`error parsing index: strconv.Atoi: parsing ${quoted(text)}: invalid syntax`);
  }
  const index = Number(text);
  if (!Number.isSafeInteger(index)) {
    throw new GoError(`error parsing index: strconv.Atoi: parsing ${quoted(text)}: value out of range`);
  }
  return index;
}

/** `{a,b}`; the brace is still to be read. */
function readList(reader: Reader): Value {
  reader.at++;
  const items: Value[] = [];
  for (;;) {
    const { text, stop } = readUntil(reader, ',}');
    if (stop === undefined) throw new GoError("list must terminate with '}'");
    items.push(reader.scalar(text));
    if (stop === '}') {
      if (reader.chars[reader.at] === ',') reader.at++;
      return listOf(items);
    }
  }
}

/** The characters up to one of `stops`, which is consumed; `stop` is undefined at the end of the argument. */
function readUntil(reader: Reader, stops: string): { readonly text: string; readonly stop: string | undefined } {
  let text = '';
  while (reader.at < reader.chars.length) {
    const char = reader.chars[reader.at++] ?? '';
    if (stops.includes(char)) return { text, stop: char };
    if (reader.escapes && char === '\\') text += reader.chars[reader.at++] ?? '';
    else text += char;
  }
  return { text, stop: undefined };
}

/** Skips blanks; true at the end or after a comma, that is, where no value stands. */
function skipBlanks(reader: Reader): boolean {
  for (; reader.at < reader.chars.length; reader.at++) {
    const char = reader.chars[reader.at] ?? '';
    if (char === ',') {
      reader.at++;
      return true;
    }
    if (!/[\s\u0085]/.test(char)) return false;
  }
  return true;
}

/** Go's `%q`. */
function quoted(text: string): string {
  return toText(quote(fromText(text)));
}

function put(data: GoMap, key: string, value: Value): void {
  if (key !== '') data.entries.set(fromText(key), value);
}

function withItem(list: readonly Value[], index: number, value: Value): Value[] {
  if (index > maxIndex) {
    throw new GoError(`index of ${index} is greater than maximum supported index of ${maxIndex}`);
  }
  const copy = [...list];
  while (copy.length <= index) copy.push(null);
  copy[index] = value;
  return copy;
}

class WrongShape extends Error {}

function asMap(value: Value): GoMap {
  if (value instanceof GoMap) return value;
  throw new WrongShape(conversion(value, 'map[string]interface {}'));
}

function asList(value: Value): readonly Value[] {
  if (value instanceof GoSlice) return value.items;
  throw new WrongShape(conversion(value, '[]interface {}'));
}

function conversion(value: Value, wanted: string): string {
  return `interface conversion: interface {} is ${typeOf(value)?.name ?? 'nil'}, not ${wanted}`;
}

const maxInt64 = 2n ** 63n;

function typedScalar(text: string): Value {
  const lower = text.toLowerCase();
  if (lower === 'true') return true;
  if (lower === 'false') return false;
  if (lower === 'null') return null;
  if (text === '0') return int64Of(0);
  if (/^[+-]?[0-9]+$/.test(text) && !text.startsWith('0')) {
    const value = BigInt(text.replace(/^\+/, ''));
    if (-maxInt64 <= value && value < maxInt64) return int64Of(value);
  }
  return fromText(text);
}
