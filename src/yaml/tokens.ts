/** Tokens, the scanner's state, and what all its parts share. */
import { code, isBlank, isBlankOrEnd, isBreak, isBreakOrEnd } from './characters.ts';
import { YamlError } from './yaml-error.ts';

export const STREAM_START = 0;
export const STREAM_END = 1;
export const VERSION_DIRECTIVE = 2;
export const TAG_DIRECTIVE = 3;
export const DOCUMENT_START = 4;
export const DOCUMENT_END = 5;
export const BLOCK_SEQUENCE_START = 6;
export const BLOCK_MAPPING_START = 7;
export const BLOCK_END = 8;
export const FLOW_SEQUENCE_START = 9;
export const FLOW_SEQUENCE_END = 10;
export const FLOW_MAPPING_START = 11;
export const FLOW_MAPPING_END = 12;
export const BLOCK_ENTRY = 13;
export const FLOW_ENTRY = 14;
export const KEY = 15;
export const VALUE = 16;
export const ALIAS = 17;
export const ANCHOR = 18;
export const TAG = 19;
export const SCALAR = 20;

/** NUL characters behind the text, more than any look-ahead. */
export const endMarks = 4;

export interface Mark {
  /** Offset into the text. */
  readonly at: number;
  /** Both counted from 0. */
  readonly line: number;
  readonly column: number;
}

export interface Token extends Mark {
  readonly type: number;
  /** Offset after the last character. */
  readonly end: number;
  /** Scalar text, anchor name, tag handle, version. */
  readonly value: string;
  /** Tag suffix, or the prefix of a %TAG directive. */
  readonly suffix: string;
  /** A scalar without quotes and not in block style: only these are typed by their look. */
  readonly plain: boolean;
}

/** Where a key may have begun: it is one if its `:` follows on the same line. */
export interface SimpleKey {
  possible: boolean;
  required: boolean;
  /** False for a key that the head of the queue no longer waits for. */
  awaited: boolean;
  /** Number of the token that the key begins with. */
  token: number;
  at: number;
  line: number;
  column: number;
}

export interface Scanner {
  readonly text: string;
  /** Added to line numbers in messages, for a document cut out of a longer file. */
  readonly firstLine: number;
  readonly maxDepth: number;
  /** No other line breaks than line feeds occur, so that a line's end can be searched for. */
  readonly onlyLineFeeds: boolean;
  at: number;
  line: number;
  lineStart: number;
  queue: Token[];
  head: number;
  taken: number;
  ready: boolean;
  started: boolean;
  indent: number;
  indents: number[];
  flowLevel: number;
  keyAllowed: boolean;
  keys: SimpleKey[];
  /** The outermost level whose key may still matter for the head of the queue. */
  oldestKey: number;
}

export interface ScannerOptions {
  readonly firstLine: number;
  readonly maxDepth: number;
}

/** An error at the current place. Of the scanner's findings go-yaml gives the line, except for the first one. */
export function scanError(s: Scanner, problem: string): YamlError {
  const goLine = s.line > 0 ? s.line + 1 : 0;
  return syntaxError({ problem, goLine, firstLine: s.firstLine, line: s.line, column: s.at - s.lineStart });
}

export interface SyntaxErrorOptions {
  readonly problem: string;
  /** The line number go-yaml would print; 0 means that it prints none. */
  readonly goLine: number;
  readonly firstLine: number;
  readonly line: number;
  readonly column: number;
}

export function syntaxError(options: SyntaxErrorOptions): YamlError {
  const shown = options.goLine + options.firstLine;
  const where = shown > 0 ? `line ${shown}: ` : '';
  return new YamlError({
    kind: options.problem.startsWith('exceeded max depth') ? 'limit' : 'syntax',
    problem: options.problem,
    message: `yaml: ${where}${options.problem}`,
    line: options.firstLine + options.line + 1,
    column: options.column + 1,
  });
}

export function markHere(s: Scanner): Mark {
  return { at: s.at, line: s.line, column: s.at - s.lineStart };
}

/** The end of the line that the place is on. */
export function endOfLine(s: Scanner): number {
  const { text } = s;
  if (s.onlyLineFeeds) {
    const end = text.indexOf('\n', s.at);
    return end < 0 ? text.length - endMarks : end;
  }
  let at = s.at;
  while (!isBreakOrEnd(text.charCodeAt(at))) at++;
  return at;
}

/** Steps over one line break (CR LF is one) and says what it stands for in a scalar. */
export function takeBreak(s: Scanner): string {
  const c = s.text.charCodeAt(s.at);
  s.at += c === code.carriageReturn && s.text.charCodeAt(s.at + 1) === code.lineFeed ? 2 : 1;
  s.line++;
  s.lineStart = s.at;
  if (c === code.lineSeparator) return '\u2028';
  return c === code.paragraphSeparator ? '\u2029' : '\n';
}

/** `---` or `...` with a blank behind it, at the current place. */
export function atDocumentIndicator(s: Scanner): boolean {
  const c = s.text.charCodeAt(s.at);
  return (
    (c === code.minus || c === code.dot) &&
    s.text.charCodeAt(s.at + 1) === c &&
    s.text.charCodeAt(s.at + 2) === c &&
    isBlankOrEnd(s.text.charCodeAt(s.at + 3))
  );
}

/** The rest of a line after an indicator: blanks and a comment. Throws when anything else stands there. */
export function skipRestOfLine(s: Scanner): void {
  const text = s.text;
  let c = text.charCodeAt(s.at);
  while (isBlank(c)) c = text.charCodeAt(++s.at);
  if (c === code.hash) {
    s.at = endOfLine(s);
    c = text.charCodeAt(s.at);
  }
  if (!isBreakOrEnd(c)) throw scanError(s, 'did not find expected comment or line break');
  if (isBreak(c)) takeBreak(s);
}
