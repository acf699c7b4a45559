import { type ByteString, decodeRune } from '../bytes.ts';
import { GoInt, typeName, type Value } from '../value.ts';
import { formatArgument, printValue } from './print.ts';
import { noSpec, type Spec } from './spec.ts';

/** Widths, precisions and argument numbers beyond this are errors in Go, which bounds what a format can ask for. */
const largest = 1e6;

type MutableSpec = { -readonly [Key in keyof Spec]: Spec[Key] };

/** Go's fmt.Sprintf, with its error forms (`%!d(string=x)`, `%!d(MISSING)`, `%!(EXTRA …)`, `%!(NOVERB)` …). */
export function sprintf(format: ByteString, args: readonly Value[]): ByteString {
  let at = format.indexOf('%');
  if (at < 0 && args.length === 0) return format;
  const scan: Scan = { format, args, at: 0, next: 0, reordered: false, goodIndex: true, afterIndex: false };
  let out = '';
  while (scan.at < format.length) {
    at = format.indexOf('%', scan.at);
    if (at < 0) {
      out += format.slice(scan.at);
      break;
    }
    out += format.slice(scan.at, at);
    scan.at = at + 1;
    out += directive(scan);
  }
  return scan.reordered || scan.next >= args.length ? out : out + extra(args.slice(scan.next));
}

/** Where the formatter stands. */
interface Scan {
  readonly format: ByteString;
  readonly args: readonly Value[];
  at: number;
  /** Index of the operand that comes next. */
  next: number;
  /** An explicit `[n]` was used, so left-over operands are not reported. */
  reordered: boolean;
  goodIndex: boolean;
  afterIndex: boolean;
}

function directive(scan: Scan): ByteString {
  const { format } = scan;
  const spec: MutableSpec = { ...noSpec };
  scan.goodIndex = true;
  scan.afterIndex = false;
  readFlags(scan, spec);
  const simple = format[scan.at] ?? '';
  if (simple >= 'a' && simple <= 'z' && scan.next < scan.args.length) return operand(scan, simple, 1, spec);

  readIndex(scan);
  let complaints = readWidth(scan, spec);
  complaints += readPrecision(scan, spec);
  if (!scan.afterIndex) readIndex(scan);
  if (scan.at >= format.length) return `${complaints}%!(NOVERB)`;
  const { size } = decodeRune(format, scan.at);
  const verb = format.slice(scan.at, scan.at + size);
  if (verb === '%') {
    scan.at += size;
    return `${complaints}%`;
  }
  if (!scan.goodIndex) {
    scan.at += size;
    return `${complaints}%!${verb}(BADINDEX)`;
  }
  if (scan.next >= scan.args.length) {
    scan.at += size;
    return `${complaints}%!${verb}(MISSING)`;
  }
  return complaints + operand(scan, verb, size, spec);
}

function operand(scan: Scan, verb: string, size: number, spec: MutableSpec): ByteString {
  if (verb === 'v' || verb === 'w') {
    spec.sharpV = spec.sharp;
    spec.plusV = spec.plus;
    spec.sharp = false;
    spec.plus = false;
  }
  scan.at += size;
  return formatArgument(scan.args[scan.next++] ?? null, verb, spec);
}

function readFlags(scan: Scan, spec: MutableSpec): void {
  for (; ; scan.at++) {
    switch (scan.format[scan.at]) {
      case '#':
        spec.sharp = true;
        break;
      case '0':
        spec.zero = true;
        break;
      case '+':
        spec.plus = true;
        break;
      case '-':
        spec.minus = true;
        break;
      case ' ':
        spec.space = true;
        break;
      default:
        return;
    }
  }
}

function readWidth(scan: Scan, spec: MutableSpec): string {
  if (scan.format[scan.at] === '*') {
    scan.at++;
    const width = starArgument(scan);
    scan.afterIndex = false;
    if (width === undefined) return '%!(BADWIDTH)';
    spec.width = Math.abs(width);
    if (width < 0) {
      spec.minus = true;
      spec.zero = false;
    }
    return '';
  }
  const width = readNumber(scan);
  if (width === undefined) return '';
  spec.width = width;
  if (scan.afterIndex) scan.goodIndex = false;
  return '';
}

function readPrecision(scan: Scan, spec: MutableSpec): string {
  if (scan.format[scan.at] !== '.' || scan.at + 1 >= scan.format.length) return '';
  scan.at++;
  if (scan.afterIndex) scan.goodIndex = false;
  readIndex(scan);
  if (scan.format[scan.at] !== '*') {
    spec.precision = readNumber(scan) ?? 0;
    return '';
  }
  scan.at++;
  const precision = starArgument(scan);
  scan.afterIndex = false;
  if (precision === undefined || precision < 0) return '%!(BADPREC)';
  spec.precision = precision;
  return '';
}

/** A run of digits; a number that is too large swallows the rest of the format, as in Go. */
function readNumber(scan: Scan): number | undefined {
  let number: number | undefined;
  for (; scan.at < scan.format.length; scan.at++) {
    const digit = scan.format.charCodeAt(scan.at) - 48;
    if (digit < 0 || digit > 9) break;
    if ((number ?? 0) > largest) {
      scan.at = scan.format.length;
      return undefined;
    }
    number = (number ?? 0) * 10 + digit;
  }
  return number;
}

function starArgument(scan: Scan): number | undefined {
  const value = scan.args[scan.next];
  if (scan.next < scan.args.length) scan.next++;
  if (!(value instanceof GoInt)) return undefined;
  const number = Number(value.value);
  return Math.abs(number) > largest ? undefined : number;
}

/** An explicit operand number `[n]`. */
function readIndex(scan: Scan): void {
  scan.afterIndex = false;
  if (scan.format[scan.at] !== '[') return;
  scan.reordered = true;
  const close = scan.format.indexOf(']', scan.at + 1);
  // Go needs at least three bytes from the bracket on, and a closing one; else it skips the bracket alone.
  if (close < 0 || scan.format.length - scan.at < 3) {
    scan.goodIndex = false;
    scan.at++;
    return;
  }
  const inner = scan.format.slice(scan.at + 1, close);
  scan.at = close + 1;
  const number = /^[0-9]{1,7}$/.test(inner) ? Number(inner) : undefined;
  if (number === undefined || number > largest * 10 + 9) {
    scan.goodIndex = false;
    return;
  }
  scan.afterIndex = true;
  if (number < 1 || number > scan.args.length) scan.goodIndex = false;
  else scan.next = number - 1;
}

function extra(args: readonly Value[]): ByteString {
  const shown = args.map((arg) => (arg === null ? '<nil>' : `${typeName(arg)}=${printValue(arg)}`));
  return `%!(EXTRA ${shown.join(', ')})`;
}
