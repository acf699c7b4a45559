import type { ByteString } from '../bytes.ts';
import { GoError } from '../errors.ts';
import type { CallContext, HelmFunction } from '../function.ts';
import { GoBytes, type GoInt, type GoMap, GoSlice, type GoType, integer, kindOf, types, type Value } from '../value.ts';

/** A parameter: the Go type the evaluator checks, and the shape in which the function wants to have it. */
export interface Parameter<T> {
  readonly type: GoType;
  readonly from: (value: Value) => T;
}

// The evaluator has checked every argument against `type`, so each `from` may take the shape for granted.
export const takes = {
  any: { type: types.any, from: (value) => value } as Parameter<Value>,
  string: { type: types.string, from: (value) => value as ByteString } as Parameter<ByteString>,
  bool: { type: types.bool, from: (value) => value as boolean } as Parameter<boolean>,
  float64: { type: types.float64, from: (value) => value as number } as Parameter<number>,
  /** An int as a number, for counts and widths; beyond 2^53 only its size matters. */
  int: { type: types.int, from: (value) => Number((value as GoInt).value) } as Parameter<number>,
  /** An int that must stay exact. */
  exactInt: { type: types.int, from: (value) => (value as GoInt).value } as Parameter<bigint>,
  uint32: { type: types.uint32, from: (value) => Number((value as GoInt).value) } as Parameter<number>,
  dict: { type: types.dict, from: (value) => value as GoMap } as Parameter<GoMap>,
  list: { type: types.list, from: (value) => value as GoSlice } as Parameter<GoSlice>,
} as const;

/** What parameters become: their shapes, in order. */
export type Arguments<P extends readonly Parameter<unknown>[]> = {
  readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never;
};

interface Definition<P extends readonly Parameter<unknown>[], V> {
  readonly takes: P;
  /** A trailing `...T`. */
  readonly variadic?: Parameter<V>;
  readonly gives: GoType;
  readonly varies?: HelmFunction['varies'];
  /** Receives the fixed arguments, then the further ones as a list, then the context. */
  readonly call: (args: Arguments<P>, rest: readonly V[], context: CallContext) => Value;
}

/** Units of work to announce for what takes milliseconds however short its arguments are: keys, hashes of passwords. */
export const COSTLY = 1_000_000;

/**
 * A template function under one name or several that mean the same. Texts that go in and come out are announced as
 * work here; a function itself announces what it builds before there is a text, and lists.
 */
export function define<const P extends readonly Parameter<unknown>[], V = never>(
  names: string | readonly string[],
  definition: Definition<P, V>,
): HelmFunction[] {
  const { takes: parameters, variadic, gives, varies, call } = definition;
  const shared = {
    params: parameters.map(({ type }) => type),
    result: gives,
    ...(variadic && { variadic: variadic.type }),
    ...(varies && { varies }),
    call(args: readonly Value[], context: CallContext): Value {
      for (const arg of args) if (typeof arg === 'string') context.spend(arg.length);
      const fixed = parameters.map(({ from }, index) => from(args[index] as Value)) as Arguments<P>;
      const rest = variadic ? args.slice(parameters.length).map(variadic.from) : [];
      const result = call(fixed, rest, context);
      if (typeof result === 'string') context.spend(result.length);
      return result;
    },
  };
  return (typeof names === 'string' ? [names] : names).map((name) => ({ name, ...shared }));
}

/** What Go's runtime says when a nil interface is asked for its type. */
export function nilPointer(): GoError {
  return new GoError('runtime error: invalid memory address or nil pointer dereference');
}

/**
 * The items of a slice of any type. Throws what sprig's list functions say of anything else.
 * @param message begins the sentence that the kind of the value ends, e.g. `Cannot push on type `
 */
export function itemsOf(value: Value, message: string): readonly Value[] {
  const items = sliceItems(value);
  if (items !== undefined) return items;
  if (value === null) throw nilPointer();
  throw new GoError(`${message}${kindOf(value)}`);
}

/** The items of a slice of any type, or undefined. */
export function sliceItems(value: Value): readonly Value[] | undefined {
  if (value instanceof GoSlice) return value.items;
  if (value instanceof GoBytes) return [...value.bytes].map((byte) => integer(types.uint8, byte.charCodeAt(0)));
  return undefined;
}

/** A nil `[]interface {}`. */
export const NIL_LIST = new GoSlice(types.list, [], true);
