import type { ByteString } from '../bytes.ts';
import { GoError } from '../errors.ts';
import { printValue, sprint, sprintln } from '../format/print.ts';
import { sprintf } from '../format/printf.ts';
import type { HelmFunction } from '../function.ts';
import {
  GoBytes,
  GoInt,
  GoMap,
  GoPointer,
  GoSlice,
  GoStruct,
  intOf,
  typeName,
  types,
  type Value,
  zeroOf,
} from '../value.ts';
import { equalsAny, lessOrEqual, lessThan } from './compare.ts';
import { escapeHtml, escapeJs, escapeUrlQuery } from './escape.ts';
import type { Builtin, Callable, GoVersion, Result } from './run.ts';
import { isTrue } from './truth.ts';

/** The functions that Go's text/template itself brings. Helm's own table comes over them (sprig replaces `slice`). */
export const builtins: ReadonlyMap<ByteString, Callable> = new Map<ByteString, Callable>(
  [
    { kind: 'and', name: 'and' } as const,
    { kind: 'or', name: 'or' } as const,
    { kind: 'call', name: 'call' } as const,
    fixed('not', 1, ([value]) => !isTrue(value)),
    variadic('eq', 1, ([first, ...others], go) => equalsAny(first, others, go)),
    fixed('ne', 2, ([first, second], go) => !equalsAny(first, [second], go)),
    fixed('lt', 2, ([first, second], go) => lessThan(first, second, go)),
    fixed('le', 2, ([first, second], go) => lessOrEqual(first, second, go)),
    fixed('gt', 2, ([first, second], go) => !lessOrEqual(first, second, go)),
    fixed('ge', 2, ([first, second], go) => !lessThan(first, second, go)),
    fixed('len', 1, ([value]) => lengthOf(value)),
    variadic('index', 1, ([value, ...indexes]) => indexInto(value, indexes)),
    variadic('slice', 1, ([value, ...indexes]) => sliceOf(value, indexes)),
    printing('print', sprint),
    printing('println', sprintln),
    {
      name: 'printf',
      params: [types.string],
      variadic: types.any,
      result: types.string,
      call([format, ...args], context) {
        const text = sprintf(format as ByteString, args);
        context.spend(text.length);
        return text;
      },
    } satisfies HelmFunction,
    printing('html', (args) => escapeHtml(textOf(args))),
    printing('js', (args) => escapeJs(textOf(args))),
    printing('urlquery', (args) => escapeUrlQuery(textOf(args))),
  ].map((builtin) => [builtin.name, builtin]),
);

function fixed(name: string, count: number, call: (args: readonly Result[], go: GoVersion) => Result): Builtin {
  return { kind: 'builtin', name, fixed: count, variadic: false, call };
}

function variadic(name: string, count: number, call: (args: readonly Result[], go: GoVersion) => Result): Builtin {
  return { kind: 'builtin', name, fixed: count, variadic: true, call };
}

function printing(name: string, print: (args: readonly Value[]) => ByteString): HelmFunction {
  return {
    name,
    params: [],
    variadic: types.any,
    result: types.string,
    call(args, context) {
      const text = print(args);
      context.spend(text.length);
      return text;
    },
  };
}

/** What an action writes for a value: pointers are followed, and nothing is `<no value>`. */
export function outputText(value: Result): ByteString {
  if (typeof value === 'string') return value;
  if (value === undefined) return '<no value>';
  if (value instanceof GoPointer && value.target !== null) return structText(value.target);
  if (value instanceof GoStruct && value.addressable) return structText(value);
  return printValue(value);
}

function structText(value: GoStruct): ByteString {
  const stringer = value.type.stringer ?? value.type.pointerStringer;
  return stringer === undefined ? printValue(value) : stringer(value);
}

function textOf(args: readonly Value[]): ByteString {
  const [only] = args;
  if (args.length === 1 && typeof only === 'string') return only;
  return sprint(
    args.map((arg) =>
      arg === null || arg instanceof GoPointer || arg instanceof GoStruct ? outputText(arg ?? undefined) : arg,
    ),
  );
}

/** Follows pointers and tells a nil one apart. */
function indirect(value: Result): { readonly value: Result; readonly isNil: boolean } {
  if (value === null) return { value, isNil: true };
  if (!(value instanceof GoPointer)) return { value, isNil: false };
  return value.target === null ? { value, isNil: true } : { value: value.target, isNil: false };
}

function lengthOf(operand: Result): Value {
  const { value, isNil } = indirect(operand);
  if (isNil) throw new GoError('len of nil pointer');
  const length = sizeOf(value);
  if (length !== undefined) return intOf(length);
  if (value === undefined) throw new GoError('reflect: call of reflect.Value.Type on zero Value');
  throw new GoError(`len of type ${typeName(value ?? null)}`);
}

function sizeOf(value: Result): number | undefined {
  if (typeof value === 'string') return value.length;
  if (value instanceof GoBytes) return value.bytes.length;
  if (value instanceof GoSlice) return value.items.length;
  return value instanceof GoMap ? value.entries.size : undefined;
}

function indexInto(operand: Result, indexes: readonly Result[]): Result {
  if (operand === undefined || operand === null) throw new GoError('index of untyped nil');
  let current: Result = operand;
  for (const index of indexes) {
    const { value, isNil } = indirect(current);
    if (isNil) throw new GoError('index of nil pointer');
    current = indexOnce(value as Value, index ?? undefined);
  }
  return current;
}

function indexOnce(value: Value, index: Result): Value {
  if (value instanceof GoMap) return mapEntry(value, index);
  const length = sizeOf(value);
  if (length === undefined) throw new GoError(`can't index item of type ${typeName(value)}`);
  const at = indexNumber(index, length);
  if (at === length) {
    const what = typeof value === 'string' ? 'string' : 'slice';
    throw new GoError(`reflect: ${what} index out of range`);
  }
  if (value instanceof GoSlice) return value.items[at] ?? null;
  const bytes = value instanceof GoBytes ? value.bytes : (value as ByteString);
  return new GoInt(types.uint8, BigInt(bytes.charCodeAt(at)));
}

function mapEntry(map: GoMap, index: Result): Value {
  if (index === undefined) throw new GoError('value is nil; should be of type string');
  if (typeof index !== 'string') throw new GoError(`value has type ${typeName(index)}; should be string`);
  const entry = map.entries.get(index);
  return entry === undefined ? zeroOf(map.type.elem ?? types.any) : entry;
}

/** Index and slice bounds; the length itself is let through, as in Go. */
function indexNumber(index: Result, most: number): number {
  if (index === undefined || index === null) throw new GoError('cannot index slice/array with nil');
  if (!(index instanceof GoInt)) throw new GoError(`cannot index slice/array with type ${typeName(index)}`);
  const number = BigInt.asIntN(64, index.value);
  if (number < 0n || number > BigInt(most)) throw new GoError(`index out of range: ${number}`);
  return Number(number);
}

function sliceOf(operand: Result, indexes: readonly Result[]): Value {
  if (operand === undefined || operand === null) throw new GoError('slice of untyped nil');
  const { value, isNil } = indirect(operand);
  if (isNil) throw new GoError('slice of nil pointer');
  if (indexes.length > 3) throw new GoError(`too many slice indexes: ${indexes.length}`);
  if (typeof value === 'string' && indexes.length === 3) throw new GoError('cannot 3-index slice a string');
  const length = value instanceof GoMap ? undefined : sizeOf(value);
  if (length === undefined) throw new GoError(`can't slice item of type ${typeName(value ?? null)}`);
  const [from = 0, to = length, cap] = indexes.map((index) => indexNumber(index ?? undefined, length));
  if (from > to) throw new GoError(`invalid slice index: ${from} > ${to}`);
  if (cap !== undefined && to > cap) throw new GoError(`invalid slice index: ${to} > ${cap}`);
  if (value instanceof GoSlice) return new GoSlice(value.type, value.items.slice(from, to));
  if (value instanceof GoBytes) return new GoBytes(value.bytes.slice(from, to));
  return (value as ByteString).slice(from, to);
}
