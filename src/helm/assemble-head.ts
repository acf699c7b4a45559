import type { ByteString } from './bytes.ts';

/** What decides how a document is sorted. */
export interface QuickHead {
  readonly apiVersion: ByteString;
  readonly kind: ByteString;
  readonly name: ByteString;
}

/**
 * The head of a document in the plainest YAML: block mappings and lists, one-line scalars, literal blocks. Undefined for
 * everything else, for hooks, and for whatever might be wrong; the reader decides then.
 *
 * Helm reads every rendered document in full to learn its kind, and so did we, for a sixth of the time of a rendering.
 * What is accepted here is valid YAML and has the head that the reader would find; most documents are.
 */
export function quickHead(document: ByteString): QuickHead | undefined {
  return beyondPrintable.test(document) ? undefined : new Lines(document).head();
}

/** Besides control characters and what is not ASCII, tabs and carriage returns are left to the reader. */
const beyondPrintable = /[^\n\x20-\x7e]/;

interface Container {
  readonly kind: 'map' | 'list';
  readonly indent: number;
  /** Whose entries are looked at. */
  readonly place: Place;
}

type Place = 'root' | 'metadata' | 'annotations' | undefined;

const entry =
  /(?:([A-Za-z0-9_][A-Za-z0-9_./-]{0,200})|"([A-Za-z0-9_./ -]{1,200})"|'([A-Za-z0-9_./ -]{1,200})') *:(?= |$)/y;
const quotedValue = /^(?:"((?:[^"\\]|\\[abtnvfre"\\/])*)"|'([^']*)')(?: +#.*)?$/;
const singleQuoted = /^'(?:[^']|'')*'$/;
const emptyCollection = /^(?:\{\}|\[\])(?: +#.*)?$/;
const flowItem = `(?:"[^"\\\\]*"|'[^']*'|[A-Za-z_][A-Za-z0-9_./-]*|[0-9]{1,15})`;
const flowList = new RegExp(`^\\[ *${flowItem}(?: *, *${flowItem})* *\\](?: +#.*)?$`);
const blockHeader = /^[|>][-+]?(?: +#.*)?$/;
/** Begins with what begins nothing else, and cannot be read as a number that no JSON holds. */
const plainValue = /^(?:[A-Za-z0-9_/(^$;\\]|-[A-Za-z0-9-])(?:[^#:]|:(?=[^ ])|(?<=[^ ])#)*$/;
/** A further line of a text that began as one of these. */
const furtherLine = /^[A-Za-z0-9_(/'"`<^$;\\](?:[^#:]|:(?=[^ ])|(?<=[^ ])#)*$/;
const number = /^-?[0-9.]+[eE_]/;
/** A text for certain, whichever way a reader takes words and numbers. */
const nameValue = /^[A-Za-z](?:[A-Za-z0-9./:-]*[A-Za-z0-9])?$/;
const word = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

class Lines {
  readonly #text: ByteString;
  #at = 0;
  readonly #stack: Container[] = [];
  #begun = false;
  /** The last entry or item has no value yet: what is indented deeper is its value, else it has none. */
  #open = false;
  #openPlace: Place;
  /** The last value is a text without quotes, which goes on in lines that are indented deeper. */
  #goesOn = false;
  readonly #found = new Map<string, ByteString>();

  constructor(text: ByteString) {
    this.#text = text;
  }

  head(): QuickHead | undefined {
    while (this.#at < this.#text.length) {
      if (!this.#line()) return undefined;
    }
    if (this.#stack[0]?.kind !== 'map') return undefined;
    const { apiVersion = '', kind = '', name = '' } = Object.fromEntries(this.#found);
    return { apiVersion, kind, name };
  }

  /** Takes a line, and with it a literal block that it begins. False: not understood. */
  #line(): boolean {
    const { indent, rest } = this.#next();
    if (rest === '') return true;
    const goesOn = this.#goesOn && indent > (this.#stack.at(-1)?.indent ?? indent);
    if (goesOn && furtherLine.test(rest)) return true;
    this.#goesOn = false;
    if (rest.startsWith('#')) return true;
    if (this.#open && emptyCollection.test(rest)) return this.#emptyBelow(indent);
    const isItem = rest === '-' || rest.startsWith('- ');
    if (!this.#enter(indent, isItem)) return false;
    if (!isItem) return this.#entry(indent, rest);
    const content = rest.slice(1).trimStart();
    this.#open = false;
    if (content === '') {
      this.#open = true;
      this.#openPlace = undefined;
      return true;
    }
    const column = indent + rest.length - content.length;
    entry.lastIndex = 0;
    if (!entry.test(content)) return this.#value(content, indent);
    this.#stack.push({ kind: 'map', indent: column, place: undefined });
    return this.#entry(column, content);
  }

  /** `{}` or `[]` in a line of its own, as `toYaml` of nothing gives it. */
  #emptyBelow(indent: number): boolean {
    this.#open = false;
    return this.#openPlace === undefined && indent > (this.#stack.at(-1)?.indent ?? indent);
  }

  #next(): { readonly indent: number; readonly rest: string } {
    const found = this.#text.indexOf('\n', this.#at);
    const end = found < 0 ? this.#text.length : found;
    let start = this.#at;
    while (start < end && this.#text[start] === ' ') start++;
    const line = { indent: start - this.#at, rest: this.#text.slice(start, end).trimEnd() };
    this.#at = end + 1;
    return line;
  }

  /** Closes what ends before a line of this indent and opens what it begins. */
  #enter(indent: number, isItem: boolean): boolean {
    let top = this.#stack.at(-1);
    while (top !== undefined && top.indent > indent) {
      this.#stack.pop();
      this.#open = false;
      top = this.#stack.at(-1);
    }
    const kind = isItem ? 'list' : 'map';
    if (top === undefined) {
      if (this.#begun) return false;
      this.#begun = true;
      this.#stack.push({ kind, indent, place: isItem ? undefined : 'root' });
      return true;
    }
    if (top.indent === indent && top.kind === kind) return true;
    // A list may stand as deep as the key it belongs to.
    if (top.indent === indent && kind === 'map') {
      this.#stack.pop();
      const outer = this.#stack.at(-1);
      this.#open = false;
      return outer?.kind === 'map' && outer.indent === indent;
    }
    if (!this.#open || (top.indent === indent && top.kind !== 'map')) return false;
    if (isItem && this.#openPlace !== undefined) return false;
    this.#stack.push({ kind, indent, place: this.#openPlace });
    return true;
  }

  #entry(indent: number, text: string): boolean {
    entry.lastIndex = 0;
    const match = entry.exec(text);
    const key = match?.[1] ?? match?.[2] ?? match?.[3];
    if (match === null || key === undefined || number.test(key)) return false;
    const value = text.slice(match[0].length).trimStart();
    const place = this.#stack.at(-1)?.place;
    this.#open = false;
    if (place !== undefined) {
      const known = this.#note(place, key, value);
      if (known !== undefined) return known;
    }
    if (value === '' || value.startsWith('#')) {
      this.#open = true;
      this.#openPlace = undefined;
      return true;
    }
    return this.#value(value, indent);
  }

  /** Looks at an entry that may count. Undefined: it does not. */
  #note(place: Place, key: string, value: string): boolean | undefined {
    if (place === 'annotations') {
      // Hooks, and values that are no text, are for the reader.
      return key.startsWith('helm.sh/hook') || value === '' || /^[#{[]/.test(value) ? false : undefined;
    }
    const counting = place === 'root' ? ['apiVersion', 'kind', 'metadata'] : ['name', 'annotations'];
    if (!counting.includes(key)) return counting.includes(lowered.get(key.toLowerCase()) ?? '') ? false : undefined;
    if (this.#found.has(key)) return false;
    if (key === 'metadata' || key === 'annotations') {
      this.#found.set(key, '');
      if (key === 'annotations' && emptyCollection.test(value)) return true;
      this.#open = true;
      this.#openPlace = key;
      return value === '';
    }
    const quoted = quotedValue.exec(value);
    const text = quoted?.[1] ?? quoted?.[2] ?? value;
    if (quoted === null ? !nameValue.test(value) || word.test(value) : text.includes('\\')) return false;
    this.#found.set(key, text);
    return true;
  }

  /** A value on the line of its key or dash, which stands at `indent`. */
  #value(value: string, indent: number): boolean {
    if (blockHeader.test(value)) return this.#block(indent);
    if (quotedValue.test(value) || emptyCollection.test(value) || flowList.test(value)) return true;
    if (value.startsWith("'")) return this.#singleQuoted(value, indent);
    this.#goesOn = true;
    return plainValue.test(value) && !number.test(value);
  }

  /** A text in single quotes over several lines, as generators of CRDs write them. */
  #singleQuoted(begin: string, indent: number): boolean {
    let text = begin;
    while (!(text.endsWith("'") && singleQuoted.test(text))) {
      if (this.#at >= this.#text.length) return false;
      const line = this.#next();
      if (line.rest !== '' && line.indent <= indent) return false;
      text += `\n${line.rest}`;
    }
    return true;
  }

  /** The lines of a literal or folded block: all that are indented deeper. */
  #block(indent: number): boolean {
    let own: number | undefined;
    let blanks = 0;
    while (this.#at < this.#text.length) {
      const before = this.#at;
      const line = this.#next();
      if (line.rest === '') {
        if (own === undefined) blanks = Math.max(blanks, line.indent);
        continue;
      }
      if (line.indent <= indent) {
        this.#at = before;
        break;
      }
      own ??= line.indent;
      if (line.indent < own || blanks > own) return false;
    }
    return own !== undefined;
  }
}

/** Go finds the fields of a struct in any case. */
const lowered = new Map(
  ['apiVersion', 'kind', 'metadata', 'name', 'annotations'].map((name) => [name.toLowerCase(), name]),
);
