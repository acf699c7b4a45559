/**
 * Character classes and simple case mappings as Go's `unicode` package has them (Unicode 15.0, one rune to one rune).
 * Node's tables are younger, so code points assigned later count as unassigned here.
 */

/** Code points assigned after Unicode 15.0: first and last of each range. */
const LATER: readonly (readonly [number, number])[] = [
  '88f 897 c5c cdc 1acf-1add 1ae0-1aeb 1b4e-1b4f 1b7f 1c89-1c8a 20c1 2427-2429 2b96 2ffc-2fff 31e4-31e5 31ef a7cb-a7cf',
  'a7d2 a7d4 a7da-a7dc a7f1 fbc3-fbd2 fd90-fd91 fdc8-fdce 105c0-105f3 10940-10959 10d40-10d65 10d69-10d85 10d8e-10d8f',
  '10ec2-10ec7 10ed0-10ed8 10efa-10efc 11380-11389 1138b 1138e 11390-113b5 113b7-113c0 113c2 113c5 113c7-113ca',
  '113cc-113d5 113d7-113d8 113e1-113e2 116d0-116e3 11b60-11b67 11bc0-11be1 11bf0-11bf9 11db0-11ddb 11de0-11de9 11f5a',
  '13460-143fa 16100-16139 16d40-16d79 16ea0-16eb8 16ebb-16ed3 16ff2-16ff6 187f8-187ff 18cff 18d09-18d1e 18d80-18df2',
  '1cc00-1ccfc 1cd00-1ceb3 1ceba-1ced0 1cee0-1cef0 1e5d0-1e5fa 1e5ff 1e6c0-1e6de 1e6e0-1e6f5 1e6fe-1e6ff 1f6d8',
  '1f777-1f77a 1f8b2-1f8bb 1f8c0-1f8c1 1f8d0-1f8d8 1fa54-1fa57 1fa89-1fa8a 1fa8e-1fa8f 1fabe 1fac6 1fac8 1facd 1fadc',
  '1fadf 1fae9-1faea 1faef 1fbcb-1fbef 1fbfa 2b73a-2b73f 2cea2-2cead 2ebf0-2ee5d 323b0-33479',
].flatMap((line) =>
  line.split(' ').map((range) => {
    const [from = '', to = from] = range.split('-');
    return [Number.parseInt(from, 16), Number.parseInt(to, 16)] as const;
  }),
);

const SPACE = /\p{White_Space}/u;
const UPPER = /\p{Lu}/u;
const LOWER = /\p{Ll}/u;
const TITLE = /\p{Lt}/u;
const LETTER = /\p{L}/u;
const DIGIT = /\p{Nd}/u;
const NUMBER = /\p{N}/u;
const PUNCTUATION = /\p{P}/u;

/** Go's unicode.IsSpace: U+0085 and U+00A0 count, U+FEFF does not. */
export function isSpace(rune: number): boolean {
  if (rune < 0x80) return rune === 0x20 || (rune >= 0x09 && rune <= 0x0d);
  return SPACE.test(String.fromCodePoint(rune));
}

export function isUpper(rune: number): boolean {
  if (rune < 0x80) return rune >= 0x41 && rune <= 0x5a;
  return inClass(UPPER, rune);
}

export function isLower(rune: number): boolean {
  if (rune < 0x80) return rune >= 0x61 && rune <= 0x7a;
  // U+0295 became a letter without case in Unicode 16.
  return rune === 0x295 || inClass(LOWER, rune);
}

export function isTitle(rune: number): boolean {
  return rune >= 0x80 && inClass(TITLE, rune);
}

export function isLetter(rune: number): boolean {
  if (rune < 0x80) return isUpper(rune) || isLower(rune);
  return inClass(LETTER, rune);
}

export function isDigit(rune: number): boolean {
  if (rune < 0x80) return rune >= 0x30 && rune <= 0x39;
  return inClass(DIGIT, rune);
}

export function isNumber(rune: number): boolean {
  if (rune < 0x80) return isDigit(rune);
  return inClass(NUMBER, rune);
}

export function isPunctuation(rune: number): boolean {
  return inClass(PUNCTUATION, rune);
}

export function toUpper(rune: number): number {
  if (rune < 0x80) return isLower(rune) ? rune - 0x20 : rune;
  // Greek letters with iota subscript: the full mapping that JavaScript knows has two letters, the simple one has one.
  if (rune === 0x1fb3 || rune === 0x1fc3 || rune === 0x1ff3) return rune + 9;
  if (rune >= 0x1f80 && rune <= 0x1faf && (rune & 8) === 0) return rune + 8;
  return mapped(rune, String.fromCodePoint(rune).toUpperCase());
}

export function toLower(rune: number): number {
  if (rune < 0x80) return isUpper(rune) ? rune + 0x20 : rune;
  if (rune === 0x130) return 0x69;
  return mapped(rune, String.fromCodePoint(rune).toLowerCase());
}

/** Title case is upper case but for the four Latin digraphs and the Georgian letters. */
export function toTitle(rune: number): number {
  if (rune < 0x80) return toUpper(rune);
  if (rune >= 0x1c4 && rune <= 0x1cc) return rune - ((rune - 0x1c4) % 3) + 1;
  if (rune >= 0x1f1 && rune <= 0x1f3) return 0x1f2;
  if (rune >= 0x10d0 && rune <= 0x10ff) return rune;
  return toUpper(rune);
}

function mapped(rune: number, text: string): number {
  const target = text.codePointAt(0) ?? rune;
  const single = text.length === (target > 0xffff ? 2 : 1);
  return !single || isLater(rune) || isLater(target) ? rune : target;
}

function inClass(expression: RegExp, rune: number): boolean {
  return expression.test(String.fromCodePoint(rune)) && !isLater(rune);
}

function isLater(rune: number): boolean {
  return rune >= 0x88f && LATER.some(([from, to]) => rune >= from && rune <= to);
}
