import type { Budget } from './limits.ts';
import { GoMap, GoPointer, GoSlice, GoStruct, type Value } from './value.ts';

/**
 * Functions that go through all their arguments hold, down to the last scalar. A map of two keys that hold the same map,
 * forty times over, is forty maps in memory and a trillion on this way, so it is counted before it is gone.
 */
const walking: ReadonlySet<string> = new Set([
  ...['toYaml', 'mustToYaml', 'toYamlPretty', 'toToml', 'mustToToml'],
  ...['toJson', 'mustToJson', 'toPrettyJson', 'mustToPrettyJson', 'toRawJson', 'mustToRawJson'],
  ...['deepCopy', 'mustDeepCopy', 'merge', 'mustMerge', 'mergeOverwrite', 'mustMergeOverwrite'],
  ...['deepEqual', 'has', 'mustHas', 'without', 'mustWithout', 'uniq', 'mustUniq', 'eq', 'ne'],
  ...['print', 'println', 'printf', 'html', 'js', 'urlquery', 'toString', 'toStrings', 'quote', 'squote'],
  ...['cat', 'join', 'sortAlpha'],
]);

/** Counts what a call is about to go through. */
export function spendOnWalk(name: string, values: readonly (Value | undefined)[], budget: Budget): void {
  if (!values.some(isComposite) || !walking.has(name)) return;
  budget.work(weightOf(values));
}

/** The same for a value that an action writes. */
export function spendOnPrint(value: Value | undefined, budget: Budget): void {
  if (isComposite(value)) budget.work(weightOf([value]));
}

function isComposite(value: Value | undefined): value is GoMap | GoSlice | GoPointer | GoStruct {
  return value instanceof GoMap || value instanceof GoSlice || value instanceof GoPointer || value instanceof GoStruct;
}

/** How many values there are, each as often as it is met; what holds itself is met once. */
function weightOf(values: Iterable<Value | undefined>): number {
  const known = new Map<Value, number>();
  const weigh = (value: Value | undefined): number => {
    if (typeof value === 'string') return 1 + value.length / 8;
    if (!isComposite(value)) return 1;
    const before = known.get(value);
    if (before !== undefined) return before;
    known.set(value, 1);
    let weight = 1;
    for (const part of partsOf(value)) weight += weigh(part);
    known.set(value, weight);
    return weight;
  };
  let all = 0;
  for (const value of values) all += weigh(value);
  return all;
}

function partsOf(value: GoMap | GoSlice | GoPointer | GoStruct): Iterable<Value> {
  if (value instanceof GoMap) return value.entries.values();
  if (value instanceof GoSlice) return value.items;
  if (value instanceof GoStruct) return value.fields.values();
  return value.target === null ? [] : [value.target];
}
