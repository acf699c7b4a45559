/**
 * Go's strconv.FormatFloat for float64: the printing of every number that comes from YAML or JSON.
 * JS's own toFixed rounds ties upwards and stops at 100 digits; Go rounds the exact binary value half to even.
 */

/** `e` 1.5e+06, `f` 1500000, `g` whichever is shorter, `b` mantissa p exponent, `x` hexadecimal. */
export type FloatFormat = 'b' | 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X';

/** Decimal digits `0.d1d2d3… × 10^point`; no trailing zeros for shortest digits. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** Text of a float; precision -1 means as many digits as are needed to read the same number back. */
export function formatFloat(value: number, format: FloatFormat, precision: number): string {
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return sign === '-' ? '-Inf' : '+Inf';
  return sign + formatSize(size, format, precision);
}

/** How `{{ .Values.number }}` prints: `%v`, which is shortest `g`. */
export function printFloat(value: number): string {
  // Small integers are what values files hold; the general path costs an exact conversion.
  if (Number.isInteger(value) && value > -1e6 && value < 1e6) return Object.is(value, -0) ? '-0' : String(value);
  return formatFloat(value, 'g', -1);
}

function formatSize(size: number, format: FloatFormat, precision: number): string {
  switch (format) {
    case 'b':
      return binary(size);
    case 'x':
      return hexadecimal(size, precision);
    case 'X':
      return hexadecimal(size, precision).toUpperCase();
    case 'e':
    case 'E': {
      const decimal = precision < 0 ? shortest(size) : rounded(size, precision + 1);
      return exponential(decimal, precision < 0 ? decimal.digits.length - 1 : precision, format);
    }
    case 'f': {
      const decimal = precision < 0 ? shortest(size) : roundedAt(size, precision);
      return positional(decimal, precision < 0 ? Math.max(decimal.digits.length - decimal.point, 0) : precision);
    }
    default:
      return general(size, format, precision);
  }
}

function general(size: number, format: 'g' | 'G', precision: number): string {
  const wanted = precision === 0 ? 1 : precision;
  const decimal = wanted < 0 ? shortest(size) : rounded(size, wanted);
  const count = decimal.digits.length;
  let limit = wanted;
  if (limit > count && count >= decimal.point) limit = count;
  if (wanted < 0) limit = 6;
  const exponent = decimal.point - 1;
  if (exponent < -4 || exponent >= limit) {
    const digits = wanted < 0 || wanted > count ? count : wanted;
    return exponential(decimal, digits - 1, format === 'g' ? 'e' : 'E');
  }
  return positional(decimal, Math.max(count - decimal.point, 0));
}

function exponential(decimal: Decimal, precision: number, letter: 'e' | 'E'): string {
  const first = decimal.digits[0] ?? '0';
  const rest = precision > 0 ? '.' + decimal.digits.slice(1, precision + 1).padEnd(precision, '0') : '';
  const exponent = decimal.digits === '' ? 0 : decimal.point - 1;
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return first + rest + letter + (exponent < 0 ? '-' : '+') + size;
}

function positional(decimal: Decimal, precision: number): string {
  const { digits, point } = decimal;
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (precision <= 0) return whole;
  const leading = point < 0 ? '0'.repeat(Math.min(-point, precision)) : '';
  return `${whole}.${(leading + digits.slice(Math.max(point, 0))).slice(0, precision).padEnd(precision, '0')}`;
}

/** JS's exponential text without a precision has the shortest digits that read back, as Go's has. */
function shortest(size: number): Decimal {
  if (size === 0) return { digits: '', point: 0 };
  const [mantissa = '', exponent = '0'] = size.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

/** The exact value as mantissa × 2^exponent. */
function parts(size: number): { readonly mantissa: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, size);
  const bits = view.getBigUint64(0);
  const fraction = bits & 0xfffffffffffffn;
  const biased = Number(bits >> 52n);
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | 0x10000000000000n, exponent: biased - 1075 };
}

/** The value rounded half to even to a number of significant digits. */
function rounded(size: number, significant: number): Decimal {
  if (size === 0) return { digits: '', point: 0 };
  const exact = exactDigits(size);
  return roundDecimal(exact, significant);
}

/** The value rounded half to even to a number of digits after the point. */
function roundedAt(size: number, decimals: number): Decimal {
  if (size === 0) return { digits: '', point: 0 };
  const exact = exactDigits(size);
  return roundDecimal(exact, exact.point + decimals);
}

function exactDigits(size: number): Decimal {
  const { mantissa, exponent } = parts(size);
  // m × 2^-k = m × 5^k × 10^-k, so the digits of m × 5^k are the exact decimal digits.
  const scaled = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const digits = scaled.toString();
  return { digits: trimZeros(digits), point: digits.length + Math.min(exponent, 0) };
}

function roundDecimal(exact: Decimal, keep: number): Decimal {
  if (keep < 0) return { digits: '', point: 0 };
  const { digits, point } = exact;
  if (keep >= digits.length) return exact;
  const kept = digits.slice(0, keep);
  const next = digits.charCodeAt(keep) - 48;
  const tie = next === 5 && keep + 1 === digits.length;
  const odd = keep > 0 && (digits.charCodeAt(keep - 1) - 48) % 2 === 1;
  if (next < 5 || (tie && !odd)) return { digits: trimZeros(kept), point: kept === '' ? 0 : point };
  const up = (BigInt(kept === '' ? '0' : kept) + 1n).toString();
  return { digits: trimZeros(up), point: point + up.length - Math.max(keep, 0) };
}

function trimZeros(digits: string): string {
  return digits.replace(/0+$/, '');
}

function binary(size: number): string {
  const { mantissa, exponent } = parts(size);
  return `${mantissa}p${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}

function hexadecimal(size: number, precision: number): string {
  let { mantissa, exponent } = parts(size);
  if (mantissa === 0n) exponent = 0;
  else {
    // One bit before the point, 60 after it: 15 hexadecimal digits, of which a float64 fills 13.
    exponent += 52;
    mantissa <<= 8n;
    while ((mantissa & (1n << 60n)) === 0n) {
      mantissa <<= 1n;
      exponent--;
    }
  }
  if (precision >= 0 && precision < 15) {
    const shift = BigInt(60 - precision * 4);
    const rest = mantissa & ((1n << shift) - 1n);
    const half = 1n << (shift - 1n);
    mantissa >>= shift;
    if (rest > half || (rest === half && (mantissa & 1n) === 1n)) mantissa++;
    mantissa <<= shift;
    if ((mantissa & (1n << 61n)) !== 0n) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  const first = ((mantissa >> 60n) & 1n).toString();
  const all = (mantissa & ((1n << 60n) - 1n)).toString(16).padStart(15, '0');
  const fraction = precision < 0 ? trimZeros(all) : all.slice(0, precision).padEnd(precision, '0');
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `0x${first}${fraction === '' ? '' : `.${fraction}`}p${exponent < 0 ? '-' : '+'}${power}`;
}
