import { GoError } from '../errors.ts';
import { printValue } from '../format/print.ts';
import type { CallContext, HelmFunction } from '../function.ts';
import { int64Of, intOf, types, type Value } from '../value.ts';
import { define, takes } from './define.ts';
import { toFloat64, toInt64 } from './numbers/cast.ts';
import { add, type Decimal, decimalOf, divide, floatOf, multiply, subtract } from './numbers/decimal.ts';
import { parseInteger } from './numbers/parse.ts';
import { powerOfTen } from './numbers/power.ts';
import { randomBelow } from './random.ts';

const { any, exactInt, float64, int, string } = takes;

/** sprig's arithmetic: whole numbers in 64 bits that wrap, decimals for the functions ending in `f`. */
export const mathFunctions: readonly HelmFunction[] = [
  ...define('atoi', { takes: [string], gives: types.int, call: ([text]) => intOf(atoi(text)) }),
  ...define('int', { takes: [any], gives: types.int, call: ([value]) => intOf(toInt64(value)) }),
  ...define('int64', { takes: [any], gives: types.int64, call: ([value]) => int64Of(toInt64(value)) }),
  ...define('float64', { takes: [any], gives: types.float64, call: ([value]) => toFloat64(value) }),
  ...define('toDecimal', {
    takes: [any],
    gives: types.int64,
    call: ([value]) => {
      const octal = parseInteger(printValue(value), 8);
      return int64Of(octal.ok ? octal.value : 0n);
    },
  }),
  ...define('add1', { takes: [any], gives: types.int64, call: ([value]) => int64Of(toInt64(value) + 1n) }),
  ...define('add', {
    takes: [],
    variadic: any,
    gives: types.int64,
    call: (_, values) => int64Of(values.reduce((sum, value) => sum + toInt64(value), 0n)),
  }),
  ...define('sub', {
    takes: [any, any],
    gives: types.int64,
    call: ([left, right]) => int64Of(toInt64(left) - toInt64(right)),
  }),
  ...define('mul', {
    takes: [any],
    variadic: any,
    gives: types.int64,
    call: ([first], values) =>
      int64Of(values.reduce((product, value) => BigInt.asIntN(64, product * toInt64(value)), toInt64(first))),
  }),
  ...define('div', {
    takes: [any, any],
    gives: types.int64,
    call: ([left, right]) => int64Of(toInt64(left) / divisor(right)),
  }),
  ...define('mod', {
    takes: [any, any],
    gives: types.int64,
    call: ([left, right]) => int64Of(toInt64(left) % divisor(right)),
  }),
  ...define(['max', 'biggest'], {
    takes: [any],
    variadic: any,
    gives: types.int64,
    call: ([first], values) => int64Of(extreme([first, ...values], (a, b) => a > b)),
  }),
  ...define('min', {
    takes: [any],
    variadic: any,
    gives: types.int64,
    call: ([first], values) => int64Of(extreme([first, ...values], (a, b) => a < b)),
  }),
  ...define('maxf', {
    takes: [any],
    variadic: any,
    gives: types.float64,
    call: ([first], values) =>
      values.reduce<number>((most, value) => maximum(most, toFloat64(value)), toFloat64(first)),
  }),
  ...define('minf', {
    takes: [any],
    variadic: any,
    gives: types.float64,
    call: ([first], values) =>
      values.reduce<number>((least, value) => -maximum(-least, -toFloat64(value)), toFloat64(first)),
  }),
  ...define('add1f', {
    takes: [any],
    gives: types.float64,
    call: ([value]) => floatOf(add(decimal(value), decimalOf(1))),
  }),
  ...define('addf', {
    takes: [],
    variadic: any,
    gives: types.float64,
    call: (_, values, context) => calculate(0, values, add, context),
  }),
  ...decimalFunction('subf', subtract),
  ...decimalFunction('mulf', multiply),
  ...decimalFunction('divf', divide),
  ...define('ceil', { takes: [any], gives: types.float64, call: ([value]) => Math.ceil(toFloat64(value)) }),
  ...define('floor', { takes: [any], gives: types.float64, call: ([value]) => Math.floor(toFloat64(value)) }),
  ...define('round', {
    takes: [any, int],
    variadic: float64,
    gives: types.float64,
    call: ([value, places], [threshold = 0.5]) => round(toFloat64(value), places, threshold),
  }),
  ...define('randInt', {
    takes: [exactInt, exactInt],
    gives: types.int,
    varies: 'random',
    call: ([from, to], _, context) => {
      const span = BigInt.asIntN(64, to - from);
      if (span <= 0n) throw new GoError('invalid argument to Intn');
      return intOf(randomBelow(span, context) + from);
    },
  }),
];

function decimalFunction(name: string, operation: Operation): HelmFunction[] {
  return define(name, {
    takes: [any],
    variadic: any,
    gives: types.float64,
    call: ([first], values, context) => calculate(first, values, operation, context),
  });
}

type Operation = (left: Decimal, right: Decimal) => Decimal;

function calculate(first: Value, values: readonly Value[], operation: Operation, context: CallContext): number {
  let result = decimal(first);
  for (const value of values) {
    result = operation(result, decimal(value));
    context.spend(Math.abs(result.exponent));
  }
  return floatOf(result);
}

function decimal(value: Value): Decimal {
  return decimalOf(toFloat64(value));
}

/** Go's Atoi with its error dropped: out of range leaves the bound that was passed. */
function atoi(text: string): bigint {
  const number = parseInteger(text, 10);
  return number.ok ? number.value : number.nearest;
}

function divisor(value: Value): bigint {
  const number = toInt64(value);
  if (number === 0n) throw new GoError('runtime error: integer divide by zero');
  return number;
}

function extreme(values: readonly Value[], beats: (a: bigint, b: bigint) => boolean): bigint {
  return values.map(toInt64).reduce((best, next) => (beats(next, best) ? next : best));
}

/** Go's math.Max: an infinity wins over NaN. */
function maximum(left: number, right: number): number {
  if (left === Infinity || right === Infinity) return Infinity;
  return Math.max(left, right);
}

/** sprig's own way of rounding: a part below zero never reaches the threshold. */
function round(value: number, places: number, threshold: number): number {
  const power = powerOfTen(places);
  const shifted = power * value;
  const fraction = Number.isFinite(shifted) ? shifted - Math.trunc(shifted) : Number.NaN;
  return (fraction >= threshold ? Math.ceil(shifted) : Math.floor(shifted)) / power;
}
