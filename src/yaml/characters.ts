/** Character classes of YAML 1.1 as libyaml uses them, over UTF-16 code units. */

export const code = {
  nul: 0x00,
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  exclamation: 0x21,
  doubleQuote: 0x22,
  hash: 0x23,
  percent: 0x25,
  ampersand: 0x26,
  singleQuote: 0x27,
  asterisk: 0x2a,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  dot: 0x2e,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  less: 0x3c,
  greater: 0x3e,
  question: 0x3f,
  at: 0x40,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  backtick: 0x60,
  openBrace: 0x7b,
  pipe: 0x7c,
  closeBrace: 0x7d,
  nextLine: 0x85,
  lineSeparator: 0x2028,
  paragraphSeparator: 0x2029,
  byteOrderMark: 0xfeff,
} as const;

const BLANK = 1;
const BREAK = 2;
const END = 4;
const FLOW = 8;
const WORD = 16;
const URI = 32;
const HEX = 64;

const classes = new Uint8Array(128);
mark(' \t', BLANK);
mark('\r\n', BREAK);
mark('\0', END);
mark(',?[]{}', FLOW);
mark('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-', WORD | URI);
mark(";/?:@&=+$,.!~*'()[]%", URI);
mark('0123456789ABCDEFabcdef', HEX);

function mark(characters: string, bits: number): void {
  for (const character of characters) {
    const index = character.charCodeAt(0);
    classes[index] = (classes[index] ?? 0) | bits;
  }
}

function has(c: number, bits: number): boolean {
  return c < 128 && ((classes[c] as number) & bits) !== 0;
}

export function isBlank(c: number): boolean {
  return c === code.space || c === code.tab;
}

/** YAML 1.1 also breaks lines at NEL, LS and PS. */
export function isBreak(c: number): boolean {
  if (c < 128) return c === code.lineFeed || c === code.carriageReturn;
  return c === code.nextLine || c === code.lineSeparator || c === code.paragraphSeparator;
}

export function isBreakOrEnd(c: number): boolean {
  if (c > code.carriageReturn && c < code.nextLine) return false;
  return c === code.nul || isBreak(c);
}

export function isBlankOrEnd(c: number): boolean {
  return c < 128 ? ((classes[c] as number) & (BLANK | BREAK | END)) !== 0 : isBreak(c);
}

/** The characters that end a plain scalar inside `[]` and `{}`. */
export function isFlowIndicator(c: number): boolean {
  return has(c, FLOW);
}

/** Letters, digits, `_` and `-`: anchor names, tag handles, directive names. */
export function isWord(c: number): boolean {
  return has(c, WORD);
}

export function isTagUri(c: number): boolean {
  return has(c, URI);
}

export function isHex(c: number): boolean {
  return has(c, HEX);
}

export function isDigit(c: number): boolean {
  return c >= code.zero && c <= code.nine;
}
