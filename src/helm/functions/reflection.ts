import type { HelmFunction } from '../function.ts';
import { kindOf, typeName, types } from '../value.ts';
import { deepEqual } from './deep-equal.ts';
import { define, takes } from './define.ts';

const { any, string } = takes;

/** sprig's functions on Go types. */
export const reflectionFunctions: readonly HelmFunction[] = [
  ...define('typeOf', { takes: [any], gives: types.string, call: ([value]) => typeName(value) }),
  ...define('typeIs', {
    takes: [string, any],
    gives: types.bool,
    call: ([name, value]) => typeName(value) === name,
  }),
  ...define('typeIsLike', {
    takes: [string, any],
    gives: types.bool,
    call: ([name, value]) => typeName(value) === name || typeName(value) === `*${name}`,
  }),
  ...define('kindOf', { takes: [any], gives: types.string, call: ([value]) => kindOf(value) }),
  ...define('kindIs', { takes: [string, any], gives: types.bool, call: ([name, value]) => kindOf(value) === name }),
  ...define('deepEqual', { takes: [any, any], gives: types.bool, call: ([left, right]) => deepEqual(left, right) }),
];
