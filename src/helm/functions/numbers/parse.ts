/** Go's strconv for numbers that come as text. */

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

export type IntegerText =
  | { readonly ok: true; readonly value: bigint }
  /** `nearest` is what strconv gives beside the error: the bound that was passed, or 0. */
  | { readonly ok: false; readonly reason: 'invalid syntax' | 'value out of range'; readonly nearest: bigint };

const DECIMAL = /^[0-9]+$/;
const OCTAL = /^[0-7]+$/;
/** What base 0 admits after the sign: a prefix decides the base, underscores stand between digits. */
const PREFIXED: readonly (readonly [RegExp, string])[] = [
  [/^0[xX](_?[0-9a-fA-F])+$/, '0x'],
  [/^0[bB](_?[01])+$/, '0b'],
  [/^0[oO](_?[0-7])+$/, '0o'],
  [/^0(_?[0-7])*$/, '0o'],
  [/^[1-9](_?[0-9])*$/, ''],
];

/**
 * Go's strconv.ParseInt to 64 bits.
 * @param base 0 reads the base from the prefix (`0x10`, `017`, `0o17`, `0b11`) and admits underscores
 */
export function parseInteger(text: string, base: 0 | 8 | 10): IntegerText {
  const negative = text.startsWith('-');
  const digits = negative || text.startsWith('+') ? text.slice(1) : text;
  const magnitude = base === 0 ? prefixed(digits) : plain(digits, base);
  if (magnitude === undefined) return { ok: false, reason: 'invalid syntax', nearest: 0n };
  const value = negative ? -magnitude : magnitude;
  if (value > MAX_INT64) return { ok: false, reason: 'value out of range', nearest: MAX_INT64 };
  if (value < MIN_INT64) return { ok: false, reason: 'value out of range', nearest: MIN_INT64 };
  return { ok: true, value };
}

function plain(digits: string, base: 8 | 10): bigint | undefined {
  if (base === 10) return DECIMAL.test(digits) ? BigInt(shortened(digits)) : undefined;
  return OCTAL.test(digits) ? BigInt(`0o${shortened(digits)}`) : undefined;
}

function prefixed(digits: string): bigint | undefined {
  for (const [form, prefix] of PREFIXED) {
    if (!form.test(digits)) continue;
    const bare = digits.replaceAll('_', '').replace(/^0[a-zA-Z]?(?=.)/, '');
    return BigInt(prefix + shortened(bare));
  }
  return undefined;
}

/** Anything over 64 bits is out of range; reading all of a huge number would be wasted work. */
function shortened(digits: string): string {
  const significant = digits.replace(/^0+(?=.)/, '');
  return significant.length > 70 ? significant.slice(0, 70) : significant;
}

const DECIMAL_FLOAT =
  /^[+-]?(?:[0-9](?:_?[0-9])*(?:\.(?:[0-9](?:_?[0-9])*)?)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?$/;
const HEX_FLOAT = /^([+-]?)0[xX]((?:_?[0-9a-fA-F])*)(?:\.((?:_?[0-9a-fA-F])*))?[pP]([+-]?[0-9](?:_?[0-9])*)$/;

/** Go's strconv.ParseFloat to 64 bits, or undefined where it gives an error, overflow included. */
export function parseFloat64(text: string): number | undefined {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  const value = DECIMAL_FLOAT.test(text) ? Number(text.replaceAll('_', '')) : hexFloat(text);
  return value === undefined || !Number.isFinite(value) ? undefined : value;
}

function hexFloat(text: string): number | undefined {
  const match = HEX_FLOAT.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match.map((part) => part?.replaceAll('_', ''));
  if (whole + fraction === '') return undefined;
  const value = Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === '-' ? -value : value;
}
