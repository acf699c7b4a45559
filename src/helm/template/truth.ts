import { GoBytes, GoComplex, GoInt, GoMap, GoPointer, GoSlice } from '../value.ts';
import type { Result } from './run.ts';

/** Go's IsTrue: false, 0, "", nil and empty containers are false; structs are always true. */
export function isTrue(value: Result): boolean {
  switch (typeof value) {
    case 'string':
      return value !== '';
    case 'boolean':
      return value;
    case 'number':
      // NaN is not 0, so it is true, unlike in JS.
      return value !== 0;
    case 'undefined':
      return false;
    default:
  }
  if (value === null) return false;
  if (value instanceof GoMap) return value.entries.size > 0;
  if (value instanceof GoSlice) return value.items.length > 0;
  if (value instanceof GoInt) return value.value !== 0n;
  if (value instanceof GoBytes) return value.bytes !== '';
  if (value instanceof GoPointer) return value.target !== null;
  if (value instanceof GoComplex) return value.real !== 0 || value.imaginary !== 0;
  return true;
}
