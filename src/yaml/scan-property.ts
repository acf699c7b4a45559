/** What may stand before a node or a document: anchors, aliases, tags, directives. */
import { code, isBlank, isBlankOrEnd, isDigit, isHex, isTagUri, isWord } from './characters.ts';
import {
  type Mark,
  markHere,
  type Scanner,
  scanError,
  skipRestOfLine,
  TAG,
  TAG_DIRECTIVE,
  type Token,
  VERSION_DIRECTIVE,
} from './tokens.ts';

/** Characters that may follow a name directly: `{a: *x}` and `*x, *y`. */
const afterName = new Set(Array.from('?:,]}%@`', (character) => character.charCodeAt(0)));

export function scanAnchor(s: Scanner, type: number): Token {
  const start = markHere(s);
  s.at++;
  const name = takeWord(s);
  const next = s.text.charCodeAt(s.at);
  if (name === '' || !(isBlankOrEnd(next) || afterName.has(next))) {
    throw scanError(s, 'did not find expected alphabetic or numeric character');
  }
  return property(s, type, start, name, '');
}

/** `!<uri>`, `!suffix`, `!handle!suffix` or `!`. */
export function scanTag(s: Scanner): Token {
  const start = markHere(s);
  let handle = '';
  let suffix: string;
  if (s.text.charCodeAt(s.at + 1) === code.less) {
    s.at += 2;
    suffix = takeUri(s, '');
    if (s.text.charCodeAt(s.at) !== code.greater) throw scanError(s, "did not find the expected '>'");
    s.at++;
  } else {
    handle = takeHandle(s);
    if (handle.length > 1 && handle.endsWith('!')) suffix = takeUri(s, '');
    else {
      suffix = takeUri(s, handle);
      handle = '!';
      if (suffix === '') {
        handle = '';
        suffix = '!';
      }
    }
  }
  if (!isBlankOrEnd(s.text.charCodeAt(s.at))) throw scanError(s, 'did not find expected whitespace or line break');
  return property(s, TAG, start, handle, suffix);
}

export function scanDirective(s: Scanner): Token {
  const start = markHere(s);
  s.at++;
  const name = takeWord(s);
  if (name === '') throw scanError(s, 'could not find expected directive name');
  if (!isBlankOrEnd(s.text.charCodeAt(s.at))) throw scanError(s, 'found unexpected non-alphabetical character');
  let token: Token;
  if (name === 'YAML') {
    skipBlanks(s);
    const major = takeVersionNumber(s);
    if (s.text.charCodeAt(s.at) !== code.dot) throw scanError(s, "did not find expected digit or '.' character");
    s.at++;
    token = property(s, VERSION_DIRECTIVE, start, `${major}.${takeVersionNumber(s)}`, '');
  } else if (name === 'TAG') token = scanTagDirective(s, start);
  else throw scanError(s, 'found unknown directive name');
  skipRestOfLine(s);
  return token;
}

function scanTagDirective(s: Scanner, start: Mark): Token {
  skipBlanks(s);
  const handle = takeHandle(s);
  if (handle !== '!' && !handle.endsWith('!')) throw scanError(s, "did not find expected '!'");
  if (!isBlank(s.text.charCodeAt(s.at))) throw scanError(s, 'did not find expected whitespace');
  skipBlanks(s);
  const prefix = takeUri(s, '');
  if (!isBlankOrEnd(s.text.charCodeAt(s.at))) throw scanError(s, 'did not find expected whitespace or line break');
  return property(s, TAG_DIRECTIVE, start, handle, prefix);
}

function property(s: Scanner, type: number, start: Mark, value: string, suffix: string): Token {
  return { type, at: start.at, line: start.line, column: start.column, end: s.at, value, suffix, plain: false };
}

function takeWord(s: Scanner): string {
  const from = s.at;
  while (isWord(s.text.charCodeAt(s.at))) s.at++;
  return s.text.slice(from, s.at);
}

function skipBlanks(s: Scanner): void {
  while (isBlank(s.text.charCodeAt(s.at))) s.at++;
}

function takeVersionNumber(s: Scanner): number {
  const from = s.at;
  while (isDigit(s.text.charCodeAt(s.at))) {
    if (s.at - from === 2) throw scanError(s, 'found extremely long version number');
    s.at++;
  }
  if (s.at === from) throw scanError(s, 'did not find expected version number');
  return Number(s.text.slice(from, s.at));
}

function takeHandle(s: Scanner): string {
  if (s.text.charCodeAt(s.at) !== code.exclamation) throw scanError(s, "did not find expected '!'");
  const from = s.at;
  s.at++;
  takeWord(s);
  if (s.text.charCodeAt(s.at) === code.exclamation) s.at++;
  return s.text.slice(from, s.at);
}

/** A tag's text after `head`, of which the leading `!` is not part. */
function takeUri(s: Scanner, head: string): string {
  let uri = head.slice(1);
  let found = head !== '';
  for (let c = s.text.charCodeAt(s.at); isTagUri(c); c = s.text.charCodeAt(s.at)) {
    uri += c === code.percent ? takeUriEscape(s) : s.text.charAt(s.at++);
    found = true;
  }
  if (!found) throw scanError(s, 'did not find expected tag URI');
  return uri;
}

/** One character written as `%C3%A9`. */
function takeUriEscape(s: Scanner): string {
  const bytes = [takeOctet(s)];
  const first = bytes[0] as number;
  const length =
    first < 0x80 ? 1 : (first & 0xe0) === 0xc0 ? 2 : (first & 0xf0) === 0xe0 ? 3 : (first & 0xf8) === 0xf0 ? 4 : 0;
  if (length === 0) throw scanError(s, 'found an incorrect leading UTF-8 octet');
  while (bytes.length < length) {
    const octet = takeOctet(s);
    if ((octet & 0xc0) !== 0x80) throw scanError(s, 'found an incorrect trailing UTF-8 octet');
    bytes.push(octet);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

function takeOctet(s: Scanner): number {
  const text = s.text;
  if (
    text.charCodeAt(s.at) !== code.percent ||
    !isHex(text.charCodeAt(s.at + 1)) ||
    !isHex(text.charCodeAt(s.at + 2))
  ) {
    throw scanError(s, 'did not find URI escaped octet');
  }
  s.at += 3;
  return Number.parseInt(text.slice(s.at - 2, s.at), 16);
}
