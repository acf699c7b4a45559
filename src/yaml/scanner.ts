/**
 * Text → tokens, with the rules of libyaml as go-yaml v2 has them: indentation becomes block-start and block-end
 * tokens, and a key is only known to be one when its `:` comes, so tokens wait in a queue until that is settled.
 *
 * The text ends in NUL characters (see `createScanner`), so no read needs a bounds check.
 */
import { code, isBlankOrEnd, isBreak } from './characters.ts';
import { scanBlockScalar } from './scan-block-scalar.ts';
import { scanPlainScalar, scanQuotedScalar } from './scan-flow-scalar.ts';
import { scanAnchor, scanDirective, scanTag } from './scan-property.ts';
import {
  ALIAS,
  ANCHOR,
  atDocumentIndicator,
  BLOCK_END,
  BLOCK_ENTRY,
  BLOCK_MAPPING_START,
  BLOCK_SEQUENCE_START,
  DOCUMENT_END,
  DOCUMENT_START,
  endMarks,
  endOfLine,
  FLOW_ENTRY,
  FLOW_MAPPING_END,
  FLOW_MAPPING_START,
  FLOW_SEQUENCE_END,
  FLOW_SEQUENCE_START,
  KEY,
  type Mark,
  markHere,
  type Scanner,
  type ScannerOptions,
  type SimpleKey,
  STREAM_END,
  STREAM_START,
  scanError,
  type Token,
  takeBreak,
  VALUE,
} from './tokens.ts';

/** A key must have its `:` within this many characters. */
const maxKeyLength = 1024;

export function createScanner(text: string, options: ScannerOptions): Scanner {
  return {
    text: text + '\0'.repeat(endMarks),
    onlyLineFeeds: !/[\r\x85\u2028\u2029]/.test(text),
    firstLine: options.firstLine,
    maxDepth: options.maxDepth,
    at: 0,
    line: 0,
    lineStart: 0,
    queue: [],
    head: 0,
    taken: 0,
    ready: false,
    started: false,
    indent: -1,
    indents: [],
    flowLevel: 0,
    keyAllowed: true,
    keys: [noKey(0)],
    oldestKey: 0,
  };
}

function noKey(token: number): SimpleKey {
  return { possible: false, required: false, awaited: false, token, at: 0, line: 0, column: 0 };
}

/** The next token, left in the queue. */
export function peekToken(s: Scanner): Token {
  if (!s.ready) fetchMoreTokens(s);
  return s.queue[s.head] as Token;
}

/** Drops the token that `peekToken` showed. */
export function skipToken(s: Scanner): void {
  s.ready = false;
  s.taken++;
  s.head++;
  if (s.head === s.queue.length) {
    s.queue.length = 0;
    s.head = 0;
  }
}

function fetchMoreTokens(s: Scanner): void {
  while (s.head === s.queue.length || headMayBeKey(s)) {
    const next = nextToken(s);
    s.queue.push(next);
  }
  s.ready = true;
}

function headMayBeKey(s: Scanner): boolean {
  const top = s.keys.length - 1;
  while (s.oldestKey < top) {
    const key = s.keys[s.oldestKey] as SimpleKey;
    if (key.possible && key.token >= s.taken) break;
    s.oldestKey++;
  }
  const key = s.keys[s.oldestKey] as SimpleKey;
  return key.possible && key.awaited && key.token === s.taken && isKeyValid(s, key);
}

/** A key ends on its line and within 1024 characters; a key that had to be one and is not is an error. */
function isKeyValid(s: Scanner, key: SimpleKey): boolean {
  if (!key.possible) return false;
  if (key.line === s.line && key.at + maxKeyLength >= s.at) return true;
  if (key.required) throw scanError(s, "could not find expected ':'");
  key.possible = false;
  return false;
}

function saveKey(s: Scanner): void {
  if (!s.keyAllowed) return;
  const column = s.at - s.lineStart;
  forgetKey(s);
  const top = s.keys.length - 1;
  const key = s.keys[top] as SimpleKey;
  key.possible = true;
  key.required = s.flowLevel === 0 && s.indent === column;
  key.awaited = true;
  key.token = nextNumber(s);
  key.at = s.at;
  key.line = s.line;
  key.column = column;
  if (s.oldestKey > top) s.oldestKey = top;
}

/** The number of the token that is scanned next. */
function nextNumber(s: Scanner): number {
  return s.taken + s.queue.length - s.head;
}

function forgetKey(s: Scanner): void {
  const key = s.keys[s.keys.length - 1] as SimpleKey;
  if (key.possible && key.required) throw scanError(s, "could not find expected ':'");
  key.possible = false;
}

function take(s: Scanner, type: number, length: number): Token {
  const start = s.at;
  s.at += length;
  return token(type, start, s.line, start - s.lineStart, s.at);
}

function token(type: number, at: number, line: number, column: number, end: number): Token {
  return { type, at, line, column, end, value: '', suffix: '', plain: false };
}

/** Opens a block collection when the column is deeper than the current one; `number` is the token it goes before. */
function rollIndent(s: Scanner, mark: Mark, number: number, type: number): void {
  if (s.flowLevel > 0 || s.indent >= mark.column) return;
  s.indents.push(s.indent);
  s.indent = mark.column;
  if (s.indents.length > s.maxDepth) throw scanError(s, `exceeded max depth of ${s.maxDepth}`);
  insert(s, number, token(type, mark.at, mark.line, mark.column, mark.at));
}

/** Puts a token before the one with that number; when that one was taken already, at the end. */
function insert(s: Scanner, number: number, item: Token): void {
  const { queue } = s;
  queue.push(item);
  if (number < s.taken) return;
  const index = s.head + number - s.taken;
  for (let i = queue.length - 1; i > index; i--) queue[i] = queue[i - 1] as Token;
  queue[index] = item;
}

function unrollIndent(s: Scanner, column: number): void {
  if (s.flowLevel > 0) return;
  while (s.indent > column) {
    s.queue.push(token(BLOCK_END, s.at, s.line, s.at - s.lineStart, s.at));
    s.indent = s.indents.pop() as number;
  }
}

/** Scans one token; those that open or close blocks before it go into the queue on the way. */
function nextToken(s: Scanner): Token {
  if (!s.started) {
    s.started = true;
    return token(STREAM_START, 0, 0, 0, 0);
  }
  skipToNextToken(s);
  const text = s.text;
  const column = s.at - s.lineStart;
  unrollIndent(s, column);
  const c = text.charCodeAt(s.at);
  if (c === code.nul) return fetchStreamEnd(s);
  if (column === 0) {
    if (c === code.percent) return fetchDirective(s);
    if (atDocumentIndicator(s)) return fetchDocumentIndicator(s, c === code.minus ? DOCUMENT_START : DOCUMENT_END);
  }
  const nextIsBlank = isBlankOrEnd(text.charCodeAt(s.at + 1));
  switch (c) {
    case code.openBracket:
      return fetchFlowStart(s, FLOW_SEQUENCE_START);
    case code.openBrace:
      return fetchFlowStart(s, FLOW_MAPPING_START);
    case code.closeBracket:
      return fetchFlowEnd(s, FLOW_SEQUENCE_END);
    case code.closeBrace:
      return fetchFlowEnd(s, FLOW_MAPPING_END);
    case code.comma:
      return fetchFlowEntry(s);
    case code.minus:
      if (nextIsBlank) return fetchBlockEntry(s);
      return fetchScalar(s, scanPlainScalar);
    case code.question:
      if (s.flowLevel > 0 || nextIsBlank) return fetchKey(s);
      return fetchScalar(s, scanPlainScalar);
    case code.colon:
      if (s.flowLevel > 0 || nextIsBlank) return fetchValue(s);
      return fetchScalar(s, scanPlainScalar);
    case code.asterisk:
    case code.ampersand:
      saveKey(s);
      s.keyAllowed = false;
      return scanAnchor(s, c === code.asterisk ? ALIAS : ANCHOR);
    case code.exclamation:
      saveKey(s);
      s.keyAllowed = false;
      return scanTag(s);
    case code.pipe:
    case code.greater:
      if (s.flowLevel > 0) break;
      forgetKey(s);
      s.keyAllowed = true;
      return scanBlockScalar(s);
    case code.singleQuote:
    case code.doubleQuote:
      return fetchScalar(s, scanQuotedScalar);
    case code.hash:
    case code.percent:
    case code.at:
    case code.backtick:
    case code.tab:
      break;
    default:
      return fetchScalar(s, scanPlainScalar);
  }
  throw scanError(s, 'found character that cannot start any token');
}

/** Tabs may not indent: they are only skipped where no key may start. */
function skipToNextToken(s: Scanner): void {
  const text = s.text;
  for (;;) {
    let c = text.charCodeAt(s.at);
    while (c === code.space || (c === code.tab && (s.flowLevel > 0 || !s.keyAllowed))) c = text.charCodeAt(++s.at);
    if (c === code.hash) {
      s.at = endOfLine(s);
      c = text.charCodeAt(s.at);
    }
    if (!isBreak(c)) return;
    takeBreak(s);
    if (s.flowLevel === 0) s.keyAllowed = true;
  }
}

function fetchStreamEnd(s: Scanner): Token {
  // The end counts as the start of a new line, in messages too.
  if (s.at !== s.lineStart) {
    s.lineStart = s.at;
    s.line++;
  }
  unrollIndent(s, -1);
  forgetKey(s);
  s.keyAllowed = false;
  return take(s, STREAM_END, 0);
}

function fetchDirective(s: Scanner): Token {
  unrollIndent(s, -1);
  forgetKey(s);
  s.keyAllowed = false;
  return scanDirective(s);
}

function fetchDocumentIndicator(s: Scanner, type: number): Token {
  unrollIndent(s, -1);
  forgetKey(s);
  s.keyAllowed = false;
  return take(s, type, 3);
}

function fetchFlowStart(s: Scanner, type: number): Token {
  saveKey(s);
  s.keys.push(noKey(nextNumber(s)));
  s.flowLevel++;
  if (s.flowLevel > s.maxDepth) throw scanError(s, `exceeded max depth of ${s.maxDepth}`);
  s.keyAllowed = true;
  return take(s, type, 1);
}

function fetchFlowEnd(s: Scanner, type: number): Token {
  forgetKey(s);
  if (s.flowLevel > 0) {
    s.flowLevel--;
    const closed = s.keys.pop();
    const outer = s.keys[s.keys.length - 1] as SimpleKey;
    // go-yaml loses sight of a collection without any text in it: `{}: x` is an empty mapping and the rest is not read.
    if (outer.token === closed?.token) outer.awaited = false;
    if (s.oldestKey >= s.keys.length) s.oldestKey = s.keys.length - 1;
  }
  s.keyAllowed = false;
  return take(s, type, 1);
}

function fetchFlowEntry(s: Scanner): Token {
  forgetKey(s);
  s.keyAllowed = true;
  return take(s, FLOW_ENTRY, 1);
}

function fetchBlockEntry(s: Scanner): Token {
  // Inside [] and {} the parser reports it, which knows the context.
  if (s.flowLevel === 0) {
    if (!s.keyAllowed) throw scanError(s, 'block sequence entries are not allowed in this context');
    rollIndent(s, markHere(s), -1, BLOCK_SEQUENCE_START);
  }
  forgetKey(s);
  s.keyAllowed = true;
  return take(s, BLOCK_ENTRY, 1);
}

function fetchKey(s: Scanner): Token {
  if (s.flowLevel === 0) {
    if (!s.keyAllowed) throw scanError(s, 'mapping keys are not allowed in this context');
    rollIndent(s, markHere(s), -1, BLOCK_MAPPING_START);
  }
  forgetKey(s);
  s.keyAllowed = s.flowLevel === 0;
  return take(s, KEY, 1);
}

function fetchValue(s: Scanner): Token {
  const key = s.keys[s.keys.length - 1] as SimpleKey;
  if (isKeyValid(s, key)) {
    insert(s, key.token, token(KEY, key.at, key.line, key.column, key.at));
    rollIndent(s, key, key.token, BLOCK_MAPPING_START);
    key.possible = false;
    s.keyAllowed = false;
  } else {
    if (s.flowLevel === 0) {
      if (!s.keyAllowed) throw scanError(s, 'mapping values are not allowed in this context');
      rollIndent(s, markHere(s), -1, BLOCK_MAPPING_START);
    }
    s.keyAllowed = s.flowLevel === 0;
  }
  return take(s, VALUE, 1);
}

function fetchScalar(s: Scanner, scan: (s: Scanner) => Token): Token {
  saveKey(s);
  s.keyAllowed = false;
  return scan(s);
}
