import { GoError } from '../errors.ts';
import type { CallContext, HelmFunction } from '../function.ts';
import { GoBytes, GoSlice, intOf, kindOf, listOf, sliceType, types, type Value } from '../value.ts';
import { deepEqual } from './deep-equal.ts';
import { define, itemsOf, NIL_LIST, nilPointer, sliceItems, takes } from './define.ts';
import { isEmpty } from './logic.ts';
import { toInt64 } from './numbers/cast.ts';

const { any, exactInt, int } = takes;

/** sprig's functions on lists. The forms with `must` return their errors, the others panic: to a template it is one. */
export const listFunctions: readonly HelmFunction[] = [
  ...define(['list', 'tuple'], { takes: [], variadic: any, gives: types.list, call: (_, items) => listOf(items) }),
  ...define(['append', 'push', 'mustAppend', 'mustPush'], {
    takes: [any, any],
    gives: types.list,
    call: ([list, item], _, context) => {
      const items = itemsOf(list, 'Cannot push on type ');
      context.spend(items.length);
      return listOf([...items, item]);
    },
  }),
  ...define(['prepend', 'mustPrepend'], {
    takes: [any, any],
    gives: types.list,
    call: ([list, item], _, context) => {
      const items = itemsOf(list, 'Cannot prepend on type ');
      context.spend(items.length);
      return listOf([item, ...items]);
    },
  }),
  ...define(['first', 'mustFirst'], {
    takes: [any],
    gives: types.any,
    call: ([list]) => itemsOf(list, 'Cannot find first on type ')[0] ?? null,
  }),
  ...define(['last', 'mustLast'], {
    takes: [any],
    gives: types.any,
    call: ([list]) => itemsOf(list, 'Cannot find last on type ').at(-1) ?? null,
  }),
  ...define(['rest', 'mustRest'], {
    takes: [any],
    gives: types.list,
    call: ([list]) => part(itemsOf(list, 'Cannot find rest on type '), (items) => items.slice(1)),
  }),
  ...define(['initial', 'mustInitial'], {
    takes: [any],
    gives: types.list,
    call: ([list]) => part(itemsOf(list, 'Cannot find initial on type '), (items) => items.slice(0, -1)),
  }),
  ...define(['reverse', 'mustReverse'], {
    takes: [any],
    gives: types.list,
    call: ([list]) => listOf([...itemsOf(list, 'Cannot find reverse on type ')].reverse()),
  }),
  ...define(['compact', 'mustCompact'], {
    takes: [any],
    gives: types.list,
    call: ([list]) => listOf(itemsOf(list, 'Cannot compact on type ').filter((item) => !isEmpty(item))),
  }),
  ...define(['uniq', 'mustUniq'], {
    takes: [any],
    gives: types.list,
    call: ([list], _, context) => unique(itemsOf(list, 'Cannot find uniq on type '), context),
  }),
  ...define(['without', 'mustWithout'], {
    takes: [any],
    variadic: any,
    gives: types.list,
    call: ([list], omitted, context) => {
      const items = itemsOf(list, 'Cannot find without on type ');
      context.spend(items.length * omitted.length);
      return listOf(items.filter((item) => !omitted.some((other) => deepEqual(item, other))));
    },
  }),
  ...define(['has', 'mustHas'], {
    takes: [any, any],
    gives: types.bool,
    call: ([needle, list], _, context) => {
      if (list === null) return false;
      const items = itemsOf(list, 'Cannot find has on type ');
      context.spend(items.length);
      return items.some((item) => deepEqual(needle, item));
    },
  }),
  ...define(['slice', 'mustSlice'], {
    takes: [any],
    variadic: any,
    gives: types.any,
    call: ([list], indices) => slice(list, indices),
  }),
  ...define('concat', {
    takes: [],
    variadic: any,
    gives: types.any,
    call: (_, lists, context) => concat(lists, context),
  }),
  ...define(['chunk', 'mustChunk'], {
    takes: [int, any],
    gives: sliceType(types.list),
    call: ([size, list]) => chunk(size, itemsOf(list, 'Cannot chunk type ')),
  }),
  ...define('until', {
    takes: [exactInt],
    gives: types.ints,
    call: ([count], _, context) => range({ from: 0n, to: count, step: count < 0n ? -1n : 1n }, context),
  }),
  ...define('untilStep', {
    takes: [exactInt, exactInt, exactInt],
    gives: types.ints,
    call: ([from, to, step], _, context) => range({ from, to, step }, context),
  }),
  ...define('seq', {
    takes: [],
    variadic: exactInt,
    gives: types.string,
    call: (_, bounds, context) => sequence(bounds, context),
  }),
];

/** Of an empty list nothing is left but a nil one. */
function part(items: readonly Value[], take: (items: readonly Value[]) => Value[]): GoSlice {
  return items.length === 0 ? NIL_LIST : listOf(take(items));
}

function unique(items: readonly Value[], context: CallContext): GoSlice {
  const kept: Value[] = [];
  // Texts are most of what is made unique, and looking them up spares comparing each with each.
  const texts = new Set<string>();
  for (const item of items) {
    if (typeof item === 'string') {
      if (texts.has(item)) continue;
      texts.add(item);
    } else {
      context.spend(kept.length);
      if (kept.some((other) => deepEqual(item, other))) continue;
    }
    kept.push(item);
  }
  return listOf(kept);
}

/** Gives a slice of the same type. */
function slice(list: Value, indices: readonly Value[]): Value {
  const items = itemsOf(list, 'list should be type of slice or array but ');
  if (items.length === 0) return null;
  const start = Number(toInt64(indices[0] ?? null));
  const end = indices.length < 2 ? items.length : Number(toInt64(indices[1] ?? null));
  if (start < 0 || end < start || end > items.length) {
    throw new GoError('reflect.Value.Slice: slice index out of bounds');
  }
  if (list instanceof GoBytes) return new GoBytes(list.bytes.slice(start, end));
  return new GoSlice((list as GoSlice).type, items.slice(start, end));
}

function concat(lists: readonly Value[], context: CallContext): GoSlice {
  const all: Value[] = [];
  for (const list of lists) {
    if (list === null) throw nilPointer();
    const items = sliceItems(list);
    if (items === undefined) throw new GoError(`Cannot concat type ${kindOf(list)} as list`);
    context.spend(items.length * 8);
    for (const item of items) all.push(item);
  }
  return all.length === 0 ? NIL_LIST : listOf(all);
}

/** sprig counts the parts in floating point, which decides what odd sizes do. */
function chunk(size: number, items: readonly Value[]): GoSlice {
  const tooLong = () => new GoError('runtime error: makeslice: len out of range');
  const count = Math.floor((items.length - 1) / size) + 1;
  if (!Number.isFinite(count) || count < 0) throw tooLong();
  const parts: Value[] = [];
  for (let index = 0; index < count; index++) {
    const length = index === count - 1 ? items.length % size || size : size;
    if (length < 0) throw tooLong();
    parts.push(listOf(items.slice(index * size, index * size + length)));
  }
  return new GoSlice(sliceType(types.list), parts);
}

interface Range {
  readonly from: bigint;
  readonly to: bigint;
  readonly step: bigint;
}

/** From `from` up to but without `to`; a step in the wrong direction gives nothing. */
function numbers({ from, to, step }: Range, context: CallContext): bigint[] {
  const backward = to < from;
  if (backward ? step >= 0n : step <= 0n) return [];
  const distance = backward ? from - to : to - from;
  const size = backward ? -step : step;
  context.spend(Number((distance + size - 1n) / size) * 16);
  const found: bigint[] = [];
  for (let next = from; backward ? next > to : next < to; next += step) found.push(next);
  return found;
}

function range(bounds: Range, context: CallContext): GoSlice {
  return new GoSlice(types.ints, numbers(bounds, context).map(intOf));
}

/** Like seq(1): `last`, `first last` or `first step last`, the last included. */
function sequence(bounds: readonly bigint[], context: CallContext): string {
  const [first = 0n, second = 0n, third = 0n] = bounds;
  if (bounds.length === 1) return sequenceOf({ from: 1n, to: first, step: first < 1n ? -1n : 1n }, context);
  if (bounds.length === 2) return sequenceOf({ from: first, to: second, step: second < first ? -1n : 1n }, context);
  if (bounds.length !== 3 || (third < first && second > 0n)) return '';
  return sequenceOf({ from: first, to: third, step: second }, context);
}

function sequenceOf({ from, to, step }: Range, context: CallContext): string {
  return numbers({ from, to: to + (to < from ? -1n : 1n), step }, context).join(' ');
}
