import { LimitError } from '../errors.ts';
import { GoBytes, GoComplex, GoInt, GoMap, GoPointer, GoSlice, type GoStruct, typeName, type Value } from '../value.ts';

/** Values nested deeper than this are taken for endless; a template can put a map into itself. */
const MAX_NESTING = 1000;

/** Throws the error for values nested too deeply. */
export function checkNesting(depth: number): void {
  if (depth > MAX_NESTING) throw new LimitError('depth', `values are nested more than ${MAX_NESTING} levels deep`);
}

/** Go's reflect.DeepEqual: equal types, then equal contents; a nil list or map differs from an empty one. */
export function deepEqual(left: Value, right: Value): boolean {
  return equal(left, right, 0);
}

function equal(left: Value, right: Value, depth: number): boolean {
  checkNesting(depth);
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return left === right;
  if (typeName(left) !== typeName(right)) return false;
  if (left === right) return true;
  if (left instanceof GoInt) return left.value === (right as GoInt).value;
  if (left instanceof GoSlice) return equalItems(left, right as GoSlice, depth);
  if (left instanceof GoMap) return equalEntries(left, right as GoMap, depth);
  if (left instanceof GoBytes) return left.bytes === (right as GoBytes).bytes;
  if (left instanceof GoPointer) return equalTargets(left, right as GoPointer, depth);
  if (left instanceof GoComplex) {
    return left.real === (right as GoComplex).real && left.imaginary === (right as GoComplex).imaginary;
  }
  return equalFields(left, right as GoStruct, depth);
}

function equalItems(left: GoSlice, right: GoSlice, depth: number): boolean {
  if (left.isNil !== right.isNil || left.items.length !== right.items.length) return false;
  return left.items.every((item, index) => equal(item, right.items[index] as Value, depth + 1));
}

function equalEntries(left: GoMap, right: GoMap, depth: number): boolean {
  if (left.isNil !== right.isNil || left.entries.size !== right.entries.size) return false;
  if (left.entries === right.entries) return true;
  for (const [key, value] of left.entries) {
    const other = right.entries.get(key);
    if (other === undefined || !equal(value, other, depth + 1)) return false;
  }
  return true;
}

function equalTargets(left: GoPointer, right: GoPointer, depth: number): boolean {
  if (left.target === null || right.target === null) return left.target === right.target;
  return left.target === right.target || equalFields(left.target, right.target, depth + 1);
}

function equalFields(left: GoStruct, right: GoStruct, depth: number): boolean {
  for (const [name, value] of left.fields) {
    const other = right.fields.get(name);
    if (other === undefined || !equal(value, other, depth + 1)) return false;
  }
  return left.fields.size === right.fields.size;
}
