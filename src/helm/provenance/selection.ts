import type { ByteString } from '../bytes.ts';
import type { CallOrigin, Origin } from '../template/trace.ts';
import { holderOf } from '../template/trace.ts';
import { GoInt, GoMap, GoSlice, type Value } from '../value.ts';

/** Functions that give one of their arguments back. */
const choosing: ReadonlySet<ByteString> = new Set([
  'default',
  'coalesce',
  'ternary',
  'or',
  'and',
  'required',
  'set',
  'unset',
]);

/**
 * A call that only picked a value: the origin of what it picked. `undefined` when the call made something new.
 * So `(index .Values.hosts 0).name | default "x"` leads to the entry of the values, not to two functions.
 */
export function selectedOrigin(call: CallOrigin): Origin | undefined {
  const { name, values, args, result } = call;
  if (choosing.has(name)) {
    const chosen = lastIndexOf(values, result);
    return chosen < 0 ? undefined : args[chosen];
  }
  switch (name) {
    case 'get':
      return entryAt(values[0], args[0], [values[1]]);
    case 'index':
      return entryAt(values[0], args[0], values.slice(1));
    case 'dig': {
      const last = values.length - 1;
      return entryAt(values[last], args[last], values.slice(0, -2)) ?? args[last - 1];
    }
    case 'first':
    case 'mustFirst':
      return entryAt(values[0], args[0], [0]);
    case 'last':
    case 'mustLast': {
      const [list] = values;
      return list instanceof GoSlice ? entryAt(list, args[0], [list.items.length - 1]) : undefined;
    }
    default:
      return undefined;
  }
}

function lastIndexOf(values: readonly (Value | undefined)[], wanted: Value | undefined): number {
  for (let at = values.length - 1; at >= 0; at--) if (sameValue(values[at], wanted)) return at;
  return -1;
}

/** Whether two values can be one and the same: containers by their storage. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  const holder = holderOf(a);
  if (holder !== undefined) return holder === holderOf(b);
  if (a instanceof GoInt && b instanceof GoInt) return a.value === b.value;
  return a === b;
}

/** The entry at a path of keys below a container. */
function entryAt(
  container: Value | undefined,
  base: Origin | undefined,
  path: readonly (Value | number | undefined)[],
): Origin | undefined {
  let current = container;
  let origin = base;
  for (const step of path) {
    const holder = holderOf(current);
    const key = step instanceof GoInt ? Number(step.value) : step;
    if (holder === undefined || (typeof key !== 'string' && typeof key !== 'number')) return undefined;
    current = valueAt(current, key);
    if (current === undefined) return undefined;
    origin = { kind: 'entry', holder, key, value: current, base: origin, write: undefined };
  }
  return origin;
}

/** What a container holds under a key or at an index. */
export function valueAt(container: Value | undefined, key: ByteString | number): Value | undefined {
  if (container instanceof GoMap && typeof key === 'string') return container.entries.get(key);
  return container instanceof GoSlice && typeof key === 'number' ? container.items[key] : undefined;
}
