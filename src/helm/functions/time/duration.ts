import type { ByteString } from '../../bytes.ts';
import { GoError } from '../../errors.ts';
import { quoteTimeText } from './quote.ts';

/** Go's time.Duration: nanoseconds in 64 bits. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\xc2\xb5s', 1_000n],
  ['\xce\xbcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
export const SECOND = 1_000_000_000n;
const LIMIT = 2n ** 63n;
const PART = /([0-9]*)(\.[0-9]*)?([^.0-9]*)/y;

/** Go's time.ParseDuration: `1h2m3.5s`. Throws a {@link GoError}. */
export function parseDuration(text: ByteString): bigint {
  const negative = text.startsWith('-');
  const parts = negative || text.startsWith('+') ? text.slice(1) : text;
  if (parts === '0') return 0n;
  const invalid = () => new GoError(`time: invalid duration ${quoteTimeText(text)}`);
  if (parts === '') throw invalid();
  let total = 0n;
  for (let at = 0; at < parts.length; ) {
    PART.lastIndex = at;
    const [all = '', whole = '', fraction = '', unit = ''] = PART.exec(parts) ?? [];
    if (whole === '' && fraction.length < 2) throw invalid();
    if (whole.replace(/^0+/, '').length > 19 || BigInt(whole || '0') > LIMIT) throw invalid();
    if (unit === '') throw new GoError(`time: missing unit in duration ${quoteTimeText(text)}`);
    const size = UNITS.get(unit);
    if (size === undefined) {
      throw new GoError(`time: unknown unit ${quoteTimeText(unit)} in duration ${quoteTimeText(text)}`);
    }
    total += BigInt(whole || '0') * size + fractionOf(fraction.slice(1), size);
    if (total > LIMIT) throw invalid();
    at += all.length;
  }
  if (negative) return BigInt.asIntN(64, -total);
  if (total === LIMIT) throw invalid();
  return total;
}

/** Go computes the fraction in floating point, from as many digits as fit 63 bits. */
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (next > LIMIT) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

/** Go's Duration.String: `1h1m1.5s`, `1.5ms`, `0s`. */
export function formatDuration(duration: bigint): ByteString {
  const size = duration < 0n ? -duration : duration;
  const sign = duration < 0n ? '-' : '';
  if (size === 0n) return '0s';
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}\xc2\xb5s`;
  if (size < SECOND) return `${sign}${decimal(size, 6)}ms`;
  const minutes = size / (60n * SECOND);
  const seconds = `${decimal(size % (60n * SECOND), 9)}s`;
  if (minutes === 0n) return sign + seconds;
  const hours = minutes / 60n;
  return `${sign}${hours === 0n ? '' : `${hours}h`}${minutes % 60n}m${seconds}`;
}

/** A whole number with the point `places` from its end, without zeros behind the fraction. */
function decimal(value: bigint, places: number): string {
  const unit = 10n ** BigInt(places);
  const fraction = (value % unit).toString().padStart(places, '0').replace(/0+$/, '');
  return `${value / unit}${fraction && `.${fraction}`}`;
}

/** Go's Duration.Round, halves away from zero, held within 64 bits. */
export function roundDuration(duration: bigint, multiple: bigint): bigint {
  if (multiple <= 0n) return duration;
  const size = duration < 0n ? -duration : duration;
  const rest = size % multiple;
  const rounded = rest * 2n < multiple ? size - rest : size - rest + multiple;
  return clamped(duration < 0n ? -rounded : rounded);
}

/** The nearest duration that Go can hold. */
export function clamped(duration: bigint): bigint {
  if (duration >= LIMIT) return LIMIT - 1n;
  return duration < -LIMIT ? -LIMIT : duration;
}
