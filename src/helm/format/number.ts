import { type ByteString, encodeRune } from '../bytes.ts';
import { type FloatFormat, formatFloat, printFloat } from './float.ts';
import { isPrintable } from './printable.ts';
import { quoteRune, quoteRuneToAscii } from './quote.ts';
import { pad, padBlank, type Spec } from './spec.ts';

/** An integer under a verb; `undefined` when the verb does not fit integers. */
export function formatInteger(value: bigint, verb: string, spec: Spec, signedness: Signedness): string | undefined {
  switch (verb) {
    case 'v':
      return spec.sharpV && signedness === 'unsigned'
        ? inBase(value, 16, verb, { ...spec, sharp: true })
        : inBase(value, 10, verb, spec);
    case 'd':
      return inBase(value, 10, verb, spec);
    case 'b':
      return inBase(value, 2, verb, spec);
    case 'o':
    case 'O':
      return inBase(value, 8, verb, spec);
    case 'x':
    case 'X':
      return inBase(value, 16, verb, spec);
    case 'c':
      return pad(encodeRune(runeNumber(value)), spec);
    case 'q':
      return pad((spec.plus ? quoteRuneToAscii : quoteRune)(runeNumber(value)), spec);
    case 'U':
      return unicode(value, spec);
    default:
      return undefined;
  }
}

export type Signedness = 'signed' | 'unsigned';

/** A float under a verb; `undefined` when the verb does not fit floats. */
export function formatFloatVerb(value: number, verb: string, spec: Spec): string | undefined {
  switch (verb) {
    case 'v':
      if (spec.width === undefined && !spec.plus && !spec.space && !spec.sharp && spec.precision === undefined) {
        return printFloat(value);
      }
      return floatText(value, 'g', -1, spec);
    case 'b':
    case 'g':
    case 'G':
    case 'x':
    case 'X':
      return floatText(value, verb, -1, spec);
    case 'f':
    case 'e':
    case 'E':
      return floatText(value, verb, 6, spec);
    case 'F':
      return floatText(value, 'f', 6, spec);
    default:
      return undefined;
  }
}

function runeNumber(value: bigint): number {
  const unsigned = BigInt.asUintN(64, value);
  return unsigned > 0x10ffffn ? 0xfffd : Number(unsigned);
}

function inBase(value: bigint, base: 2 | 8 | 10 | 16, verb: string, spec: Spec): string {
  const negative = value < 0n;
  if (spec.precision === 0 && value === 0n) return ' '.repeat(spec.width ?? 0);
  let least = spec.precision ?? 0;
  if (spec.precision === undefined && spec.zero && !spec.minus && spec.width !== undefined) {
    least = spec.width - (negative || spec.plus || spec.space ? 1 : 0);
  }
  let digits = (negative ? -value : value).toString(base).padStart(least, '0');
  if (verb === 'X') digits = digits.toUpperCase();
  if (spec.sharp) digits = sharpPrefix(base, verb, digits) + digits;
  if (verb === 'O') digits = `0o${digits}`;
  const sign = negative ? '-' : spec.plus ? '+' : spec.space ? ' ' : '';
  return padBlank(sign + digits, spec);
}

function sharpPrefix(base: number, verb: string, digits: string): string {
  if (base === 2) return '0b';
  if (base === 8) return digits.startsWith('0') ? '' : '0';
  if (base === 16) return verb === 'X' ? '0X' : '0x';
  return '';
}

function unicode(value: bigint, spec: Spec): string {
  const number = BigInt.asUintN(64, value);
  let text = `U+${number
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(spec.precision ?? 4, 4), '0')}`;
  if (spec.sharp && number <= 0x10ffffn && isPrintable(Number(number))) text += ` '${encodeRune(Number(number))}'`;
  return padBlank(text, spec);
}

function floatText(value: number, format: FloatFormat, defaultPrecision: number, spec: Spec): ByteString {
  const precision = spec.precision ?? defaultPrecision;
  const text = formatFloat(value, format, precision);
  const signed = text.startsWith('-') || text.startsWith('+');
  let sign = signed ? text.slice(0, 1) : '+';
  let number = signed ? text.slice(1) : text;
  if (spec.space && sign === '+' && !spec.plus) sign = ' ';
  if (number === 'Inf' || number === 'NaN') {
    const shown = number === 'NaN' && !spec.space && !spec.plus ? number : sign + number;
    return padBlank(shown, spec);
  }
  if (spec.sharp && format !== 'b') number = withPoint(number, format, precision);
  if (spec.plus || sign !== '+') {
    if (spec.zero && !spec.minus && spec.width !== undefined) return sign + number.padStart(spec.width - 1, '0');
    return pad(sign + number, spec);
  }
  return pad(number, spec);
}

/** `%#g`: the point is always there, and trailing zeros are kept up to the precision. */
function withPoint(number: string, format: FloatFormat, precision: number): string {
  const hexadecimal = format === 'x' || format === 'X';
  const split = number.search(hexadecimal ? /[pP]/ : /[eE]/);
  let body = split < 0 ? number : number.slice(0, split);
  const tail = split < 0 ? '' : number.slice(split);
  let missing = 'gGx'.includes(format) ? (precision === -1 ? 6 : precision) : 0;
  let significant = false;
  for (const char of body) {
    if (char === '.') continue;
    if (char !== '0') significant = true;
    if (significant) missing--;
  }
  if (!body.includes('.')) {
    if (body === '0') missing--;
    body += '.';
  }
  return body + '0'.repeat(Math.max(missing, 0)) + tail;
}
