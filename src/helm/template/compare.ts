import type { ByteString } from '../bytes.ts';
import { GoError } from '../errors.ts';
import { formatArgument, printValue } from '../format/print.ts';
import { noSpec } from '../format/spec.ts';
import {
  GoBytes,
  GoComplex,
  GoInt,
  GoMap,
  GoPointer,
  GoSlice,
  GoStruct,
  isUnsignedKind,
  kindOf,
  typeName,
  type Value,
} from '../value.ts';
import type { GoVersion, Result } from './run.ts';

type BasicKind = 'bool' | 'complex' | 'int' | 'uint' | 'float' | 'string' | 'other';

function basicKind(value: Value): BasicKind {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    case 'number':
      return 'float';
    default:
  }
  if (value instanceof GoInt) return isUnsignedKind(value.type.kind) ? 'uint' : 'int';
  return value instanceof GoComplex ? 'complex' : 'other';
}

const badType = 'invalid type for comparison';

/** Go's `eq`: whether the first operand equals any of the others. */
export function equalsAny(first: Result, others: readonly Result[], goVersion: GoVersion): boolean {
  if (others.length === 0) throw new GoError('missing argument for comparison');
  return others.some((other) => equals(first ?? null, other ?? null, goVersion));
}

function equals(left: Value, right: Value, goVersion: GoVersion): boolean {
  const kind = basicKind(left);
  const otherKind = basicKind(right);
  if (kind !== otherKind) {
    if (left instanceof GoInt && right instanceof GoInt) return left.value === right.value;
    if (left !== null && right !== null) throw incompatible(left, right, goVersion);
    return false;
  }
  if (kind !== 'other') return sameBasic(left, right);
  if (left !== null && right !== null && kindOf(left) !== kindOf(right)) {
    // Go mixes up values and types in this message.
    const shown = `${asText(left)}: ${typeName(left)}, ${typeName(right)}: ${printValue(right)}`;
    throw new GoError(`non-comparable types ${shown}`);
  }
  if (isNil(left) || isNil(right)) return isNil(left) === isNil(right);
  if (right instanceof GoSlice || right instanceof GoBytes || right instanceof GoMap || !comparable(right)) {
    throw new GoError(`non-comparable type ${asText(right)}: ${typeName(right)}`);
  }
  return sameObject(left, right);
}

/** Go prints the value under `%s` here, bad verbs and all. */
function asText(value: Value): ByteString {
  return formatArgument(value, 's', noSpec);
}

function sameBasic(left: Value, right: Value): boolean {
  if (left instanceof GoInt && right instanceof GoInt) return left.value === right.value;
  if (left instanceof GoComplex && right instanceof GoComplex) {
    return left.real === right.real && left.imaginary === right.imaginary;
  }
  return left === right;
}

function isNil(value: Value): boolean {
  if (value === null) return true;
  if (value instanceof GoPointer) return value.target === null;
  return (value instanceof GoSlice || value instanceof GoMap) && value.isNil;
}

/** Structs of comparable fields compare; a slice or map anywhere in them forbids it. */
function comparable(value: Value): boolean {
  if (!(value instanceof GoStruct)) return true;
  return (value.type.fields ?? []).every((field) => !['slice', 'map', 'func'].includes(field.type.kind));
}

/** Go's == on pointers and structs. */
function sameObject(left: Value, right: Value): boolean {
  if (typeName(left) !== typeName(right)) return false;
  if (left instanceof GoPointer && right instanceof GoPointer) return left.target === right.target;
  if (!(left instanceof GoStruct) || !(right instanceof GoStruct)) return left === right;
  if (left === right) return true;
  const fields = left.type.fields ?? [];
  return fields.length > 0 && fields.every((field) => sameField(left, right, field.name));
}

function sameField(left: GoStruct, right: GoStruct, name: string): boolean {
  const one = left.fields.get(name) ?? null;
  const other = right.fields.get(name) ?? null;
  return basicKind(one) === 'other' ? sameObject(one, other) : sameBasic(one, other);
}

/** Go's `lt`. */
export function lessThan(first: Result, second: Result, goVersion: GoVersion): boolean {
  const left = first ?? null;
  const right = second ?? null;
  const kind = basicKind(left);
  const otherKind = basicKind(right);
  if (kind === 'other' || otherKind === 'other') throw new GoError(badType);
  if (left instanceof GoInt && right instanceof GoInt) return left.value < right.value;
  if (kind !== otherKind) throw incompatible(left, right, goVersion);
  if (typeof left === 'string' && typeof right === 'string') return left < right;
  if (typeof left === 'number' && typeof right === 'number') return left < right;
  throw new GoError(badType);
}

/** Go's `le`, which is less or equal by two calls and so differs from "not greater" for NaN. */
export function lessOrEqual(first: Result, second: Result, goVersion: GoVersion): boolean {
  return lessThan(first, second, goVersion) || equalsAny(first, [second], goVersion);
}

function incompatible(left: Value, right: Value, goVersion: GoVersion): GoError {
  const text = 'incompatible types for comparison';
  return new GoError(goVersion === '1.24' ? text : `${text}: ${typeName(left)} and ${typeName(right)}`);
}
