import {
  type GoBytes,
  GoComplex,
  GoInt,
  GoMap,
  GoPointer,
  GoSlice,
  GoStruct,
  type GoType,
  isIntegerKind,
  isUnsignedKind,
  typeName,
  typeOf,
  types,
  type Value,
  zeroOf,
} from '../value.ts';
import type { NumberNode, Operand } from './ast.ts';
import { fail } from './exec-error.ts';
import { printNode } from './print-node.ts';
import type { Frame, Result } from './run.ts';

/**
 * Go's rules for giving a value to a parameter: the type must be the same, or the same but for a name, or one
 * pointer away. There is no conversion between numbers. Fails in Go's words at the frame's node.
 */
export function assign(frame: Frame, value: Result, type: GoType): Result {
  if (type === types.reflected) return value;
  if (value === undefined) {
    if (canBeNil(type)) return zeroOf(type);
    fail(frame, `invalid value; expected ${type.name}`);
  }
  if (type.kind === 'interface' && !type.named) return copied(value);
  if (value === null) fail(frame, `wrong type for value; expected ${type.name}; got interface {}`);
  const assigned = assignDirectly(value, type) ?? assignIndirectly(frame, value, type);
  if (assigned !== undefined) return assigned;
  fail(frame, `wrong type for value; expected ${type.name}; got ${typeName(value)}`);
}

function canBeNil(type: GoType): boolean {
  return ['interface', 'map', 'ptr', 'slice', 'func'].includes(type.kind) || type === types.reflected;
}

/** Putting an addressable struct into an interface copies it; the copy is not addressable. */
function copied(value: Value): Value {
  return value instanceof GoStruct && value.addressable ? new GoStruct(value.type, value.fields) : value;
}

function assignDirectly(value: Value, type: GoType): Value | undefined {
  const own = typeOf(value);
  if (own === type || own === undefined) return value;
  if (own.name === type.name) return copied(value);
  // Map and slice types match when they differ by a declared name only; the storage is shared.
  if (own.kind !== type.kind || (own.named && type.named) || own.elem?.name !== type.elem?.name) return undefined;
  if (value instanceof GoMap) return new GoMap(type, value.entries, value.isNil);
  if (value instanceof GoSlice) return new GoSlice(type, value.items, value.isNil);
  return undefined;
}

function assignIndirectly(frame: Frame, value: Value, type: GoType): Value | undefined {
  if (value instanceof GoPointer && value.type.elem?.name === type.name) {
    return value.target ?? fail(frame, `dereference of nil pointer of type ${type.name}`);
  }
  if (value instanceof GoStruct && value.addressable && type.elem?.name === value.type.name && type.kind === 'ptr') {
    return new GoPointer(type, value);
  }
  return undefined;
}

/** A literal as an argument: it takes the type of the parameter if it can. */
export function assignLiteral(frame: Frame, literal: Operand, type: GoType): Result {
  if (literal.kind === 'nil') {
    if (type === types.reflected) return undefined;
    if (canBeNil(type)) return zeroOf(type);
    fail(frame, `cannot assign nil to ${type.name}`);
  }
  switch (type.kind) {
    case 'bool':
      if (literal.kind === 'bool') return literal.value;
      return fail(frame, `expected bool; found ${printNode(literal)}`);
    case 'string':
      if (literal.kind === 'string') return literal.value;
      return fail(frame, `expected string; found ${printNode(literal)}`);
    case 'float64':
      if (literal.kind === 'number' && literal.float !== undefined) return literal.float;
      return fail(frame, `expected float; found ${printNode(literal)}`);
    case 'complex128':
      if (literal.kind === 'number' && literal.complex !== undefined) return complexOf(literal.complex);
      return fail(frame, `expected complex; found ${printNode(literal)}`);
    default:
  }
  if (isUnsignedKind(type.kind)) {
    if (literal.kind === 'number' && literal.uint !== undefined) return new GoInt(type, literal.uint);
    return fail(frame, `expected unsigned integer; found ${printNode(literal)}`);
  }
  if (isIntegerKind(type.kind)) {
    if (literal.kind === 'number' && literal.int !== undefined) return new GoInt(type, literal.int);
    return fail(frame, `expected integer; found ${printNode(literal)}`);
  }
  if (type.kind === 'interface' || type === types.reflected) return literalValue(frame, literal);
  return fail(frame, `can't handle ${printNode(literal)} for arg of type ${type.name}`);
}

function literalValue(frame: Frame, literal: Operand): Value {
  switch (literal.kind) {
    case 'bool':
    case 'string':
      return literal.value;
    case 'number':
      return numberValue(frame, literal);
    default:
      return fail(frame, `can't handle assignment of ${printNode(literal)} to empty interface argument`);
  }
}

/** A number literal where nothing tells its type: its own syntax does. */
export function numberValue(frame: Frame, literal: NumberNode): Value {
  const { text } = literal;
  if (literal.complex !== undefined) return complexOf(literal.complex);
  const looksHexadecimal = /^0[xX]./.test(text) && !/[pP]/.test(text);
  if (literal.float !== undefined && !looksHexadecimal && !text.startsWith("'") && /[.eEpP]/.test(text)) {
    return literal.float;
  }
  if (literal.int !== undefined) return new GoInt(types.int, literal.int);
  return fail(frame, `${text} overflows int`);
}

function complexOf(complex: { readonly real: number; readonly imaginary: number }): GoComplex {
  return new GoComplex(complex.real, complex.imaginary);
}

/** A `GoBytes` is the one slice whose items are not values yet. */
export function bytesItems(bytes: GoBytes): GoInt[] {
  return Array.from(bytes.bytes, (char) => new GoInt(types.uint8, BigInt(char.charCodeAt(0))));
}
