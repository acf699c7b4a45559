import { type ByteString, decodeRune, encodeRune, runeError } from '../../bytes.ts';
import { isLetter, isNumber, isPunctuation, isSpace, isUpper, toLower, toUpper } from './unicode.ts';

/**
 * Word splitting of huandu/xstrings 1.5, behind `snakecase`, `kebabcase` and `camelcase`.
 * The rules below are the observable ones: which runs of runes form a word, and where a connector is put between words.
 */
type WordKind = 'upper' | 'letters' | 'number' | 'connector' | 'punctuation' | 'other' | 'invalid';

interface Word {
  readonly kind: WordKind;
  readonly text: ByteString;
}

/** `HTTPServer 2xx` → `http_server_2xx` with the connector `_`. */
export function joinWords(text: ByteString, connector: '_' | '-'): ByteString {
  const words = splitWords(text);
  const out: ByteString[] = [];
  let at = 0;
  const emit = (word: Word) => out.push(lowered(word, connector));
  /** After a run that swallowed what follows it, the next word is set apart unless it sets itself apart. */
  const setApart = () => {
    const next = words[at]?.kind;
    if (next !== undefined && next !== 'invalid' && next !== 'punctuation' && next !== 'connector') out.push(connector);
  };
  const emitLettersAndNumbers = () => {
    for (let word = words[at]; word?.kind === 'letters' || word?.kind === 'number'; word = words[at]) {
      emit(word);
      at++;
    }
  };
  while (at < words.length) {
    const word = words[at++] as Word;
    emit(word);
    if (word.kind === 'connector' || word.kind === 'punctuation') continue;
    const next = words[at];
    if (next === undefined) break;
    if (word.kind === 'number') {
      emitLettersAndNumbers();
      setApart();
    } else if (next.kind !== 'number') {
      if (next.kind !== 'connector' && next.kind !== 'punctuation') out.push(connector);
    } else if (at + 1 < words.length) {
      at++;
      if (words[at]?.kind === 'letters') {
        // `2xx` after a word begins a word of its own; `4` in `Bld4Floor` ends the one before it.
        out.push(connector);
        emit(next);
        emitLettersAndNumbers();
        setApart();
      } else {
        emit(next);
        if (words[at]?.kind !== 'connector' && words[at]?.kind !== 'punctuation') out.push(connector);
      }
    }
  }
  return out.join('');
}

/** `http_server foo-bar` → `HttpServerFooBar`; connectors at the ends stay, a run of others leaves all but one. */
export function pascalCase(text: ByteString): ByteString {
  const runes: number[] = [];
  for (let at = 0; at < text.length; ) {
    const { code, size } = decodeRune(text, at);
    runes.push(code);
    at += size;
  }
  const start = runes.findIndex((rune) => !isConnector(rune));
  // Of nothing but connectors the last one comes out twice.
  if (start === -1) return [...runes, ...runes.slice(-1)].map(encodeRune).join('');
  const out = runes.slice(0, start);
  let previous = toUpper(runes[start] as number);
  /** Inside a run of capitals that began its word: they are lowered, `GOLANG` → `Golang`. */
  let capitals = isUpper(runes[start] as number);
  for (const rune of runes.slice(start + 1)) {
    if (isConnector(previous)) {
      if (isConnector(rune)) {
        out.push(previous);
        previous = rune;
      } else {
        capitals = isUpper(rune);
        previous = toUpper(rune);
      }
      continue;
    }
    out.push(previous);
    capitals &&= isUpper(rune);
    previous = capitals ? toLower(rune) : rune;
  }
  out.push(previous);
  return out.map(encodeRune).join('');
}

function isConnector(rune: number): boolean {
  return rune === 0x2d || rune === 0x5f || isSpace(rune);
}

function lowered(word: Word, connector: string): ByteString {
  if (word.kind !== 'upper' && word.kind !== 'connector') return word.text;
  let out = '';
  for (let at = 0; at < word.text.length; ) {
    const { code, size } = decodeRune(word.text, at);
    out += isConnector(code) ? connector : encodeRune(isUpper(code) ? toLower(code) : code);
    at += size;
  }
  return out;
}

function splitWords(text: ByteString): Word[] {
  const words: Word[] = [];
  for (let at = 0; at < text.length; ) {
    const end = wordEnd(text, at);
    words.push({ kind: end.kind, text: text.slice(at, end.at) });
    at = end.at;
  }
  return words;
}

function wordEnd(text: ByteString, start: number): { readonly kind: WordKind; readonly at: number } {
  const first = nextRune(text, start, runeError);
  if (first.code === runeError) return { kind: 'invalid', at: first.end };
  const { code, end } = first;
  if (isConnector(code)) return { kind: 'connector', at: runEnd(text, first, isConnector) };
  if (isPunctuation(code)) return { kind: 'punctuation', at: runEnd(text, first, isPunctuation) };
  if (isUpper(code)) {
    if (end >= text.length) return { kind: 'upper', at: end };
    const second = nextRune(text, end, code);
    if (isUpper(second.code)) return { kind: 'upper', at: capitalsEnd(text, end) };
    return { kind: 'upper', at: isAlphabetic(second.code) ? runEnd(text, second, isSmall) : end };
  }
  if (isAlphabetic(code)) return { kind: 'letters', at: runEnd(text, first, isSmall) };
  if (isNumber(code)) return { kind: 'number', at: runEnd(text, first, isNumber) };
  return { kind: 'other', at: runEnd(text, first, isOther) };
}

interface ReadRune {
  readonly code: number;
  readonly end: number;
}

/** The next valid rune; invalid bytes before it belong to it. When none is left, the one before it counts once more. */
function nextRune(text: ByteString, at: number, previous: number): ReadRune {
  let end = at;
  while (end < text.length) {
    const { code, size } = decodeRune(text, end);
    end += size;
    if (code !== runeError) return { code, end };
  }
  return { code: previous, end };
}

/** Where the run of runes ends that `first` began. */
function runEnd(text: ByteString, first: ReadRune, belongs: (rune: number) => boolean): number {
  let last = first;
  while (last.end < text.length) {
    const next = nextRune(text, last.end, last.code);
    if (!belongs(next.code)) break;
    last = next;
  }
  return last.end;
}

/** The end of `HTTP` in `HTTPStatus`: the capital before a small letter begins the next word. */
function capitalsEnd(text: ByteString, from: number): number {
  let before = from;
  let end = from;
  let code = 0x41;
  while (end < text.length) {
    const next = nextRune(text, end, code);
    code = next.code;
    if (!isUpper(code)) return isAlphabetic(code) ? before : end;
    before = end;
    end = next.end;
  }
  return end;
}

function isSmall(rune: number): boolean {
  return isAlphabetic(rune) && !isUpper(rune);
}

function isOther(rune: number): boolean {
  return !(isConnector(rune) || isAlphabetic(rune) || isNumber(rune) || isPunctuation(rune));
}

/** Letters of scripts written with words, so not the common Han ranges. */
function isAlphabetic(rune: number): boolean {
  const han =
    (rune >= 0x4e00 && rune <= 0x9fcc) || (rune >= 0x3400 && rune <= 0x4d85) || (rune >= 0x20000 && rune <= 0x2b81d);
  return !han && isLetter(rune);
}
