import type { Method } from '../function.ts';
import type { GoType, Value } from '../value.ts';
import type { Arguments, Parameter } from './define.ts';

/** A method of a Go type, for its table of methods. `R` is the shape in which its receiver comes. */
export function method<R extends Value, const P extends readonly Parameter<unknown>[]>(
  name: string,
  definition: {
    readonly takes: P;
    readonly gives: GoType;
    readonly call: (receiver: R, args: Arguments<P>) => Value;
  },
): readonly [string, Method] {
  const { takes, gives, call } = definition;
  return [
    name,
    {
      name,
      params: takes.map(({ type }) => type),
      result: gives,
      call: (receiver, args) =>
        call(receiver as R, takes.map(({ from }, index) => from(args[index] as Value)) as Arguments<P>),
    },
  ];
}

/** A method without arguments. */
export function getter<R extends Value>(
  name: string,
  gives: GoType,
  get: (receiver: R) => Value,
): readonly [string, Method] {
  return method<R, readonly []>(name, { takes: [], gives, call: get });
}
