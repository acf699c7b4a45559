import type { HelmFunction } from '../function.ts';
import { GoBytes, GoComplex, GoInt, GoMap, GoPointer, GoSlice, types, type Value } from '../value.ts';
import { define, takes } from './define.ts';

const { any, bool } = takes;

/** sprig's functions on defaults and truth. */
export const logicFunctions: readonly HelmFunction[] = [
  ...define('default', {
    takes: [any],
    variadic: any,
    gives: types.any,
    call: ([fallback], [given = null]) => (isEmpty(given) ? fallback : given),
  }),
  ...define('empty', { takes: [any], gives: types.bool, call: ([value]) => isEmpty(value) }),
  ...define('coalesce', {
    takes: [],
    variadic: any,
    gives: types.any,
    call: (_, values) => values.find((value) => !isEmpty(value)) ?? null,
  }),
  ...define('all', {
    takes: [],
    variadic: any,
    gives: types.bool,
    call: (_, values) => !values.some(isEmpty),
  }),
  ...define('any', {
    takes: [],
    variadic: any,
    gives: types.bool,
    call: (_, values) => !values.every(isEmpty),
  }),
  ...define('ternary', {
    takes: [any, any, bool],
    gives: types.any,
    call: ([whenTrue, whenFalse, condition]) => (condition ? whenTrue : whenFalse),
  }),
];

/** sprig's `empty`: nil, false, zero, and what has no length. A struct is never empty. */
export function isEmpty(value: Value): boolean {
  switch (typeof value) {
    case 'string':
      return value === '';
    case 'boolean':
      return !value;
    case 'number':
      return value === 0;
    default:
      if (value === null) return true;
      if (value instanceof GoInt) return value.value === 0n;
      if (value instanceof GoSlice) return value.items.length === 0;
      if (value instanceof GoMap) return value.entries.size === 0;
      if (value instanceof GoBytes) return value.bytes === '';
      if (value instanceof GoPointer) return value.target === null;
      if (value instanceof GoComplex) return value.real === 0 && value.imaginary === 0;
      return false;
  }
}
