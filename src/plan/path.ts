/** Paths into an object as people read them: `spec.template.spec.containers[catalog].image`. */
import { isList, isObject, type Json, type JsonObject, valueAt } from '../resource/resource.ts';

/**
 * A step is a map key, a list index, or the element of a list whose `by` field has the value `is`. Two fields that are
 * the key together are joined: `containerPort+protocol` is `80/UDP`.
 */
export type Step = string | number | { readonly by: string; readonly is: string };
export type Path = readonly Step[];

/** Writes a path so that it can be read and pasted; keys with dots or other signs are quoted in brackets. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (typeof step === 'object') text += `[${step.is}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** A path for digests: unlike its text, no two paths are the same, whatever signs their names hold. */
export function stepsOf(path: Path): readonly (string | number | readonly [by: string, is: string])[] {
  return path.map((step) => (typeof step === 'object' ? ([step.by, step.is] as const) : step));
}

/** Whether one path is the other or lies inside it: a change of a whole map touches every key in it. */
export function overlap(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (!long.startsWith(short)) return false;
  const next = long[short.length];
  return next === undefined || next === '.' || next === '[' || short === '';
}

/** The path by keys and indexes alone, in one object; undefined where the object has no such element. */
export function stepsIn(resource: Json, path: Path): readonly (string | number)[] | undefined {
  const steps: (string | number)[] = [];
  let current: Json | undefined = resource;
  for (const step of path) {
    const next: string | number = typeof step === 'object' ? indexOf(current, step) : step;
    if (next === -1) return undefined;
    steps.push(next);
    current = valueAt(current, [next]);
  }
  return steps;
}

/** Whether the object has anything at the path. */
export function hasField(resource: Json | undefined, path: Path): boolean {
  const steps = resource === undefined ? undefined : stepsIn(resource, path);
  return steps !== undefined && valueAt(resource, steps) !== undefined;
}

function indexOf(list: Json | undefined, { by, is }: { readonly by: string; readonly is: string }): number {
  return isList(list) ? list.findIndex((element) => elementName(element, by) === is) : -1;
}

/** The fields that tell an element apart, with their values; one that has none of them is no element of that kind. */
export function elementKeys(element: Json, by: string): JsonObject | undefined {
  const keys = by.split('+').map((field) => [field, own(element, field) ?? usual[field]] as const);
  if (keys.some(([, value]) => typeof value !== 'string' && typeof value !== 'number')) return undefined;
  return Object.fromEntries(keys) as JsonObject;
}

/** What an element is called in a path. */
export function elementName(element: Json, by: string): string | undefined {
  const keys = elementKeys(element, by);
  return keys && Object.values(keys).map(String).join('/');
}

/** What the server takes a field of a key for where it is not written. */
const usual: Readonly<Record<string, string>> = { protocol: 'TCP' };

function own(element: Json, field: string): Json | undefined {
  return isObject(element) && Object.hasOwn(element, field) ? element[field] : undefined;
}

/** A path as `formatPath` writes it, found in one object; undefined where the object has no such field. */
export function parsePath(resource: Json, text: string): readonly (string | number)[] | undefined {
  const steps: (string | number)[] = [];
  let current: Json | undefined = resource;
  for (const [, quoted, bracket, plain] of text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[([^\]]*)\]|([^.[\]]+)/g)) {
    const step = quoted ?? plain ?? elementOf(current, bracket ?? '');
    steps.push(step);
    current = valueAt(current, [step]);
    if (current === undefined) return undefined;
  }
  return steps.length === 0 ? undefined : steps;
}

/** `[web]` is the element that any of its fields calls so, `[80/UDP]` that two of them do; `[0]` the first. */
function elementOf(list: Json | undefined, name: string): string | number {
  if (!isList(list)) return name;
  const found = list.findIndex(
    (element) => isObject(element) && Object.values(element).some((value) => String(value) === name),
  );
  if (found >= 0) return found;
  const byTwo = listKeys.filter((by) => by.includes('+')).map((by) => indexOf(list, { by, is: name }));
  return byTwo.find((index) => index >= 0) ?? Number(name);
}

/** Fields that tell the elements of a list apart, the first that is unique on both sides wins. */
export const listKeys = [
  'name',
  'key',
  'mountPath',
  'devicePath',
  'containerPort',
  'containerPort+protocol',
  'port',
  'port+protocol',
  'topologyKey',
  'topologyKey+whenUnsatisfiable',
  'host',
  'ip',
  'uid',
];
