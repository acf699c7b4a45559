/**
 * What differs between two objects, as the smallest list of subtrees. Lists of named things (containers, variables,
 * ports) are matched by name, so that an insertion is one difference and not a shift of everything behind it.
 */
import { equal } from '../resource/equal.ts';
import { isList, isObject, type Json, type JsonObject } from '../resource/resource.ts';
import { elementName, listKeys, type Path, type Step } from './path.ts';

export interface Difference {
  readonly path: Path;
  /** undefined: it was not there. */
  readonly from: Json | undefined;
  /** undefined: it is taken away. */
  readonly to: Json | undefined;
}

/**
 * The differences from one value to another, in the order of the new value's keys, then of what is gone.
 * Both sides should be normalised first (`normalise.ts`). A list whose elements only changed places is one difference
 * of the whole list, because order can matter (variables, init containers).
 */
export function compare(from: Json | undefined, to: Json | undefined, path: Path = []): Difference[] {
  if (isObject(from) && isObject(to)) return compareObjects(from, to, path);
  if (isList(from) && isList(to)) return compareLists(from, to, path);
  return equal(from, to) ? [] : [{ path, from, to }];
}

function compareObjects(from: JsonObject, to: JsonObject, path: Path): Difference[] {
  const keys = new Set([...Object.keys(to), ...Object.keys(from)]);
  return [...keys].sort().flatMap((key) => compare(own(from, key), own(to, key), [...path, key]));
}

function compareLists(from: readonly Json[], to: readonly Json[], path: Path): Difference[] {
  const by = listKeys.find((key) => isKeyed(from, key) && isKeyed(to, key));
  if (by === undefined) return compareByIndex(from, to, path);
  const before = new Map(from.map((element) => [nameOf(element, by), element]));
  const after = new Map(to.map((element) => [nameOf(element, by), element]));
  const stayed = [...after.keys()].filter((name) => before.has(name));
  const stayedBefore = [...before.keys()].filter((name) => after.has(name));
  if (stayed.some((name, index) => name !== stayedBefore[index])) return [{ path, from, to }];
  const step = (name: string): Step => ({ by, is: name });
  return [
    ...[...after].flatMap(([name, element]) => compare(before.get(name), element, [...path, step(name)])),
    ...[...before]
      .filter(([name]) => !after.has(name))
      .map(([name, element]) => ({ path: [...path, step(name)], from: element, to: undefined })),
  ];
}

function compareByIndex(from: readonly Json[], to: readonly Json[], path: Path): Difference[] {
  const scalars = [...from, ...to].every((element) => !isObject(element) && !isList(element));
  if (scalars) return equal(from, to) ? [] : [{ path, from, to }];
  const length = Math.max(from.length, to.length);
  return Array.from({ length }, (_, index) => compare(from[index], to[index], [...path, index])).flat();
}

function isKeyed(list: readonly Json[], key: string): boolean {
  if (list.length === 0) return true;
  const names = list.map((element) => elementName(element, key));
  return names.every((name) => name !== undefined) && new Set(names).size === names.length;
}

function nameOf(element: Json, key: string): string {
  return elementName(element, key) ?? '';
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
