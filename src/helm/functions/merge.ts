import { GoError } from '../errors.ts';
import { GoMap, GoSlice, typeName, type Value } from '../value.ts';
import { checkNesting } from './deep-equal.ts';
import { isEmpty } from './logic.ts';

/** Who wins where both maps have a value. */
export type Precedence = 'target' | 'source';

/**
 * mergo's Merge and MergeWithOverwrite: writes into `target`. Nested maps are merged in place, lists are not merged.
 * With precedence `target` an empty value of the target still gives way; with `source` even an empty value of the
 * source wins. What enters the target enters by reference, so a later `set` through it changes the source.
 */
export function mergeInto(target: GoMap, source: GoMap, precedence: Precedence): void {
  merge(target, source, precedence, 0);
}

function merge(target: GoMap, source: GoMap, precedence: Precedence, depth: number): void {
  checkNesting(depth);
  for (const [key, value] of [...source.entries]) {
    const present = target.entries.get(key);
    if (value === null) {
      // Of a target that is not there at all, a nil creates nothing.
      if (precedence === 'source') put(target, key, null);
      continue;
    }
    if (present instanceof GoMap && value instanceof GoMap && !present.isNil) {
      merge(present, value, precedence, depth + 1);
      if (!isEmpty(present)) continue;
    }
    if (precedence === 'source' || present === undefined || isEmpty(present)) put(target, key, value);
  }
}

function put(target: GoMap, key: string, value: Value): void {
  const wanted = target.type.elem;
  if (wanted !== undefined && wanted.kind !== 'interface' && wanted.name !== typeName(value)) {
    const given = value instanceof GoSlice ? value.type.name : 'interface {}';
    throw new GoError(`reflect.Value.SetMapIndex: value of type ${given} is not assignable to type ${wanted.name}`);
  }
  target.entries.set(key, value);
}
