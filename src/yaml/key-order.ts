/** The order in which go-yaml writes the keys of a mapping: numbers inside keys count, and signs come before letters. */

const letter = /^\p{L}$/u;
const digit = /^\p{Nd}$/u;

function isLetter(rune: number): boolean {
  if (rune < 0x80) return (rune >= 0x61 && rune <= 0x7a) || (rune >= 0x41 && rune <= 0x5a);
  return letter.test(String.fromCodePoint(rune));
}

function isDigit(rune: number): boolean {
  if (rune < 0x80) return rune >= 0x30 && rune <= 0x39;
  return digit.test(String.fromCodePoint(rune));
}

/** go-yaml v2's order. */
export function compareKeys(a: string, b: string): number {
  return compare(a, b, 'signs-first');
}

/** go-yaml v3's order: directly behind a digit a letter comes before a sign. */
export function compareKeysPretty(a: string, b: string): number {
  return compare(a, b, 'letters-after-digits');
}

function compare(a: string, b: string, rule: 'signs-first' | 'letters-after-digits'): number {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === length) return a.length - b.length;
  const x = a.charCodeAt(i);
  const y = b.charCodeAt(i);
  if (x < 0x80 && y < 0x80 && isLetter(x) && isLetter(y)) return x - y;
  return compareRunes(runes(a), runes(b), rule);
}

function runes(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

function compareRunes(
  a: readonly number[],
  b: readonly number[],
  rule: 'signs-first' | 'letters-after-digits',
): number {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a[i] === b[i]) i++;
  if (i === length) return a.length - b.length;
  const x = a[i] ?? 0;
  const y = b[i] ?? 0;
  const xIsLetter = isLetter(x);
  const yIsLetter = isLetter(y);
  if (xIsLetter && yIsLetter) return x - y;
  if (xIsLetter || yIsLetter) {
    const lettersFirst = rule === 'letters-after-digits' && i > 0 && isDigit(a[i - 1] ?? 0);
    return xIsLetter === lettersFirst ? -1 : 1;
  }
  return compareNumbers(a, b, i);
}

/** Both keys go on with digits or signs from `at` on. Numbers overflow as 64-bit integers do. */
function compareNumbers(a: readonly number[], b: readonly number[], at: number): number {
  const x = a[at] ?? 0;
  const y = b[at] ?? 0;
  // A zero inside a longer number must not count as a leading one.
  const start = (x === 0x30 || y === 0x30) && followsNonZeroDigit(a, at) ? 1n : 0n;
  const left = numberFrom(a, at, start);
  const right = numberFrom(b, at, start);
  if (left.value !== right.value) return left.value < right.value ? -1 : 1;
  if (left.end !== right.end) return left.end - right.end;
  return x - y;
}

function followsNonZeroDigit(text: readonly number[], at: number): boolean {
  for (let j = at - 1; j >= 0 && isDigit(text[j] ?? 0); j--) {
    if (text[j] !== 0x30) return true;
  }
  return false;
}

function numberFrom(
  text: readonly number[],
  at: number,
  start: bigint,
): { readonly value: bigint; readonly end: number } {
  let value = start;
  let end = at;
  for (; end < text.length && isDigit(text[end] ?? 0); end++) {
    value = BigInt.asIntN(64, value * 10n + BigInt((text[end] ?? 0) - 0x30));
  }
  return { value, end };
}
