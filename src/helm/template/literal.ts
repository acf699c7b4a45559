import type { ByteString } from '../bytes.ts';
import { quote, unquoteChar } from '../format/quote.ts';
import type { NumberNode } from './ast.ts';

type NumberMeaning = Pick<NumberNode, 'int' | 'uint' | 'float' | 'complex'>;

const none = { int: undefined, uint: undefined, float: undefined, complex: undefined } as const;

/** The literal, or Go's complaint about it. */
export type Literal = { readonly meaning: NumberMeaning } | { readonly complaint: string };

/** A character constant `'a'`: an integer that also fits float parameters. */
export function readCharConstant(text: ByteString): Literal {
  const char = unquoteChar(text, 1, "'");
  if (char === undefined) return { complaint: 'invalid syntax' };
  if (text.slice(char.next) !== "'") return { complaint: `malformed character constant: ${text}` };
  const code = BigInt(char.code);
  return { meaning: { ...none, int: code, uint: code, float: char.code } };
}

/** A number literal: every type that its value fits. */
export function readNumber(text: ByteString): Literal {
  if (text.endsWith('i')) {
    const imaginary = parseFloat64(text.slice(0, -1));
    if (imaginary !== undefined) return { meaning: complexMeaning(0, imaginary) };
  }
  const integer = parseInteger(text);
  const int = integer !== undefined && integer === BigInt.asIntN(64, integer) ? integer : undefined;
  // Go's unsigned parser takes no sign; -0 is the one exception it makes up for.
  const signed = /^[+-]/.test(text) && int !== 0n;
  const uint = integer !== undefined && !signed && integer === BigInt.asUintN(64, integer) ? integer : undefined;
  if (int !== undefined || uint !== undefined) {
    return { meaning: { ...none, int, uint, float: Number(int ?? uint) } };
  }
  const float = parseFloat64(text);
  if (float === undefined) return { complaint: `illegal number syntax: ${quote(text)}` };
  if (!/[.eEpP]/.test(text)) return { complaint: `integer overflow: ${quote(text)}` };
  return { meaning: { ...none, ...integersOf(float), float } };
}

/** `1+2i` */
export function readComplex(text: ByteString): Literal {
  const split = Math.max(text.lastIndexOf('+'), text.lastIndexOf('-'));
  const exponent = /[eEpP]/.test(text[split - 1] ?? '');
  const at = exponent ? Math.max(text.lastIndexOf('+', split - 1), text.lastIndexOf('-', split - 1)) : split;
  const real = parseFloat64(text.slice(0, at));
  const imaginary = parseFloat64(text.slice(at, -1));
  if (real === undefined || imaginary === undefined) return { complaint: 'syntax error scanning complex number' };
  return { meaning: complexMeaning(real, imaginary) };
}

function complexMeaning(real: number, imaginary: number): NumberMeaning {
  const complex = { real, imaginary };
  return imaginary === 0 ? { ...integersOf(real), float: real, complex } : { ...none, complex };
}

/** The integers a float literal can stand for as well: `1e3` fits an int parameter. */
function integersOf(float: number): { readonly int: bigint | undefined; readonly uint: bigint | undefined } {
  if (!Number.isInteger(float)) return { int: undefined, uint: undefined };
  const whole = BigInt(float);
  return {
    int: whole === BigInt.asIntN(64, whole) ? whole : undefined,
    uint: whole === BigInt.asUintN(64, whole) ? whole : undefined,
  };
}

const decimalInteger = /^[+-]?(?:0|[1-9](?:_?[0-9])*)$/;
const prefixedInteger = /^([+-]?)0(?:([xX](?:_?[0-9a-fA-F])+)|([bB](?:_?[01])+)|[oO]?((?:_?[0-7])+))$/;

/** Go's strconv.ParseInt with base 0, but of any size. */
function parseInteger(text: ByteString): bigint | undefined {
  const sign = text.startsWith('-') ? -1n : 1n;
  if (decimalInteger.test(text)) return sign * BigInt(text.replace(/^[+-]/, '').replaceAll('_', ''));
  const match = prefixedInteger.exec(text);
  if (match === null) return undefined;
  const [, , hexadecimal, binary, octal] = match;
  const digits = (hexadecimal ?? binary ?? `o${octal ?? ''}`).replaceAll('_', '').toLowerCase();
  return sign * BigInt(`0${digits}`);
}

const decimalFloat =
  /^[+-]?(?:[0-9](?:_?[0-9])*(?:\.(?:[0-9](?:_?[0-9])*)?)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?$/;
const hexadecimalFloat = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?[0-9]+)$/;

/** Go's strconv.ParseFloat for literals; `undefined` for a syntax error or an overflow. */
function parseFloat64(text: ByteString): number | undefined {
  if (decimalFloat.test(text)) {
    const value = Number(text.replaceAll('_', ''));
    return Number.isFinite(value) ? value : undefined;
  }
  const match = hexadecimalFloat.exec(/^[+-]?0[xX]/.test(text) ? text.replaceAll('_', '') : text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', power = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(`0x${whole}${fraction}`);
  const value = Number(digits) * 2 ** (Number(power) - 4 * fraction.length);
  if (!Number.isFinite(value)) return undefined;
  return sign === '-' ? -value : value;
}
