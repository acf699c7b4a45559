/** Numbers as Go's strconv reads and prints them. */

export const maxInt64 = 2n ** 63n - 1n;
export const maxUint64 = 2n ** 64n - 1n;

const base0 = /^([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;

/**
 * An integer as `strconv.ParseInt(text, 0, 64)` or else `ParseUint` reads it: decimal, `0x`, `0b`, `0o` and plain
 * leading-zero octal. A number when it is exact as one, else a bigint; undefined when it is not an integer of 64 bits.
 */
export function parseGoInteger(text: string): number | bigint | undefined {
  const match = base0.exec(text);
  if (match === null) return undefined;
  const [, sign, hex, binary, octal, decimal] = match;
  if (decimal !== undefined && decimal.length < 16) return signed(Number(decimal), sign);
  const digits = (hex ?? binary ?? octal ?? decimal ?? '').replace(/^0+(?=.)/, '');
  if (digits.length > 64) return undefined;
  const prefix = hex !== undefined ? '0x' : binary !== undefined ? '0b' : octal !== undefined ? '0o' : '';
  const magnitude = BigInt(prefix + digits);
  if (sign === '-' ? magnitude > maxInt64 + 1n : magnitude > (sign === '+' ? maxInt64 : maxUint64)) return undefined;
  const value = sign === '-' ? -magnitude : magnitude;
  return narrow(value);
}

function signed(value: number, sign: string | undefined): number {
  return sign === '-' && value !== 0 ? -value : value;
}

/** A bigint as a number where that loses nothing. */
export function narrow(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** A float as `strconv.FormatFloat(value, 'g', -1, bits)` prints it: `1e+06`, `0.0001`, `1.5`, `+Inf`. */
export function formatGoFloat(value: number, bits: 32 | 64 = 64): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const negative = value < 0 || Object.is(value, -0);
  const { digits, exponent } = shortestDigits(Math.abs(value), bits);
  const sign = negative ? '-' : '';
  if (exponent < -4 || exponent >= 6) return sign + scientific(digits, exponent);
  return sign + positional(digits, exponent);
}

interface Digits {
  /** Without trailing zeros; at least one. */
  readonly digits: string;
  /** Of the first digit: 1.5 has 0. */
  readonly exponent: number;
}

/** The fewest digits that read back as the same value. */
export function shortestDigits(value: number, bits: 32 | 64): Digits {
  if (value === 0) return { digits: '0', exponent: 0 };
  const text = bits === 64 ? value.toExponential() : shortestSingle(Math.fround(value));
  const [mantissa = '0', exponent = '0'] = text.split('e');
  return { digits: mantissa.replace('.', '').replace(/0+$/, '') || '0', exponent: Number(exponent) };
}

function shortestSingle(value: number): string {
  for (let precision = 0; precision < 9; precision++) {
    const text = value.toExponential(precision);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toExponential();
}

export function scientific(digits: string, exponent: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const size = Math.abs(exponent).toString().padStart(2, '0');
  return `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${size}`;
}

export function positional(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits + '0'.repeat(exponent + 1 - digits.length);
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
