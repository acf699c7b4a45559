import type { ByteString } from '../bytes.ts';
import { GoError } from '../errors.ts';
import type { CallContext, HelmFunction } from '../function.ts';
import { dictOf, GoMap, GoSlice, listOf, sortedKeys, stringsOf, typeName, types, type Value } from '../value.ts';
import { checkNesting } from './deep-equal.ts';
import { define, takes } from './define.ts';
import { mergeInto, type Precedence } from './merge.ts';
import { stringValue } from './string-value.ts';

const { any, dict, string } = takes;

/** sprig's functions on maps. Go lists keys in random order; here they come sorted. */
export const dictFunctions: readonly HelmFunction[] = [
  ...define('dict', { takes: [], variadic: any, gives: types.dict, call: (_, values) => dictOfPairs(values) }),
  ...define('get', {
    takes: [dict, string],
    gives: types.any,
    call: ([map, key]) => {
      const value = map.entries.get(key);
      return value === undefined ? '' : value;
    },
  }),
  ...define('set', {
    takes: [dict, string, any],
    gives: types.dict,
    call: ([map, key, value]) => {
      if (map.isNil) throw new GoError('assignment to entry in nil map');
      map.entries.set(key, value);
      return map;
    },
  }),
  ...define('unset', {
    takes: [dict, string],
    gives: types.dict,
    call: ([map, key]) => {
      map.entries.delete(key);
      return map;
    },
  }),
  ...define('hasKey', { takes: [dict, string], gives: types.bool, call: ([map, key]) => map.entries.has(key) }),
  ...define('pluck', {
    takes: [string],
    variadic: dict,
    gives: types.list,
    call: ([key], maps) =>
      listOf(maps.filter(({ entries }) => entries.has(key)).map(({ entries }) => entries.get(key) ?? null)),
  }),
  ...define('keys', {
    takes: [],
    variadic: dict,
    gives: types.strings,
    call: (_, maps) => stringsOf(maps.flatMap(sortedKeys)),
  }),
  ...define('values', {
    takes: [dict],
    gives: types.list,
    call: ([map]) => listOf(sortedKeys(map).map((key) => map.entries.get(key) ?? null)),
  }),
  ...define('pick', {
    takes: [dict],
    variadic: string,
    gives: types.dict,
    call: ([{ entries }], keys) => {
      const wanted = new Set(keys);
      return dictOf([...entries].filter(([key]) => wanted.has(key)));
    },
  }),
  ...define('omit', {
    takes: [dict],
    variadic: string,
    gives: types.dict,
    call: ([{ entries }], keys) => {
      const unwanted = new Set(keys);
      return dictOf([...entries].filter(([key]) => !unwanted.has(key)));
    },
  }),
  ...define(['merge', 'mustMerge'], {
    takes: [dict],
    variadic: dict,
    gives: types.any,
    call: ([target], sources, context) => mergeAll({ target, sources, precedence: 'target' }, context),
  }),
  ...define(['mergeOverwrite', 'mustMergeOverwrite'], {
    takes: [dict],
    variadic: dict,
    gives: types.any,
    call: ([target], sources, context) => mergeAll({ target, sources, precedence: 'source' }, context),
  }),
  ...define('dig', { takes: [], variadic: any, gives: types.any, call: (_, path) => dig(path) }),
  ...define(['deepCopy', 'mustDeepCopy'], {
    takes: [any],
    gives: types.any,
    call: ([value], _, context) => {
      if (value === null) throw new GoError('reflect: call of reflect.Value.Type on zero Value');
      return deepCopy(value, context, 0);
    },
  }),
];

/** Keys may be anything that prints; the last one without a value gets an empty text. */
function dictOfPairs(values: readonly Value[]): GoMap {
  const entries = new Map<ByteString, Value>();
  for (let at = 0; at < values.length; at += 2) {
    entries.set(stringValue(values[at] ?? null), at + 1 < values.length ? (values[at + 1] ?? null) : '');
  }
  return dictOf(entries);
}

interface Merging {
  readonly target: GoMap;
  readonly sources: readonly GoMap[];
  readonly precedence: Precedence;
}

function mergeAll({ target, sources, precedence }: Merging, context: CallContext): Value {
  const into = target.isNil && sources.some(({ isNil }) => !isNil) ? dictOf() : target;
  for (const source of sources) {
    context.spend(source.entries.size);
    mergeInto(into, source, precedence);
  }
  return into;
}

/** The last argument is the map, the one before it the default, all before those the keys on the way down. */
function dig(path: readonly Value[]): Value {
  if (path.length < 3) throw new GoError('dig needs at least three arguments');
  const map = asserted(path.at(-1) ?? null);
  const fallback = path.at(-2) ?? null;
  const keys = path.slice(0, -2).map((key) => {
    if (typeof key === 'string') return key;
    throw new GoError(`interface conversion: interface {} is ${assertedName(key)}, not string`);
  });
  let at = map;
  for (const [index, key] of keys.entries()) {
    const next = at.entries.get(key);
    if (next === undefined) return fallback;
    if (index === keys.length - 1) return next;
    at = asserted(next);
  }
  return fallback;
}

/** Go's type assertion, which takes no declared map type for the plain one. */
function asserted(value: Value): GoMap {
  if (value instanceof GoMap && value.type.name === types.dict.name) return value;
  throw new GoError(`interface conversion: interface {} is ${assertedName(value)}, not ${types.dict.name}`);
}

function assertedName(value: Value): string {
  return value === null ? 'nil' : typeName(value);
}

/** Maps, lists and structs anew, all the way down; types stay. */
function deepCopy(value: Value, context: CallContext, depth: number): Value {
  if (value === null || typeof value !== 'object') return value;
  checkNesting(depth);
  const copy = (inner: Value) => deepCopy(inner, context, depth + 1);
  if (value instanceof GoMap) {
    context.spend(value.entries.size);
    return new GoMap(value.type, new Map([...value.entries].map(([key, inner]) => [key, copy(inner)])), value.isNil);
  }
  if (value instanceof GoSlice) {
    context.spend(value.items.length);
    return new GoSlice(value.type, value.items.map(copy), value.isNil);
  }
  // Everything else is never written to, so the same one serves.
  return value;
}
