import { GoError } from '../../errors.ts';

/**
 * Exact decimals, as shopspring/decimal has them behind `addf` and its like: a float enters by its shortest digits,
 * so 0.1 + 0.2 is 0.3. The number is `digits` × 10^`exponent`.
 */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** Decimal places that a division is rounded to. */
const DIVISION_PLACES = 16;

/** The decimal with the shortest digits that give the float; NaN and infinities are a {@link GoError}. */
export function decimalOf(value: number): Decimal {
  if (!Number.isFinite(value)) {
    throw new GoError(`Cannot create a Decimal from ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`);
  }
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

/** The float nearest to a decimal. */
export function floatOf({ digits, exponent }: Decimal): number {
  return digits === 0n ? 0 : Number(`${digits}e${exponent}`);
}

export function add(left: Decimal, right: Decimal): Decimal {
  const exponent = Math.min(left.exponent, right.exponent);
  return { digits: scaled(left, exponent) + scaled(right, exponent), exponent };
}

export function subtract(left: Decimal, right: Decimal): Decimal {
  return add(left, { digits: -right.digits, exponent: right.exponent });
}

export function multiply(left: Decimal, right: Decimal): Decimal {
  return { digits: left.digits * right.digits, exponent: left.exponent + right.exponent };
}

/** Rounded to 16 decimal places, halves away from zero. Division by zero is a {@link GoError}. */
export function divide(left: Decimal, right: Decimal): Decimal {
  if (right.digits === 0n) throw new GoError('decimal division by 0');
  const shift = left.exponent - right.exponent + DIVISION_PLACES;
  const dividend = shift > 0 ? left.digits * 10n ** BigInt(shift) : left.digits;
  const divisor = shift < 0 ? right.digits * 10n ** BigInt(-shift) : right.digits;
  const quotient = dividend / divisor;
  const remainder = dividend % divisor;
  const away = 2n * absolute(remainder) >= absolute(divisor);
  const sign = left.digits < 0n === right.digits < 0n ? 1n : -1n;
  return { digits: away ? quotient + sign : quotient, exponent: -DIVISION_PLACES };
}

function scaled({ digits, exponent }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(exponent - to);
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}
