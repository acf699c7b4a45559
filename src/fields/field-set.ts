/**
 * Arithmetic on sets of fields as `managedFields` writes them (FieldsV1): `f:` a key, `k:` an element of a keyed list,
 * `v:` a value of a set, `.` the thing itself beside what is in it, and `{}` the thing itself alone.
 * Source: structured-merge-diff's serialisation of fieldpath.Set.
 */
import type { Json, JsonObject } from '../resource/resource.ts';
import { isList, isObject } from '../resource/resource.ts';

const itself = '.';

/** Everything in either. */
export function unionOf(a: JsonObject, b: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...a };
  for (const [step, child] of Object.entries(b)) {
    const other = a[step];
    result[step] = isObject(other) && isObject(child) ? unionOfNodes(other, child) : child;
  }
  return result;
}

function unionOfNodes(a: JsonObject, b: JsonObject): JsonObject {
  return node(isMember(a) || isMember(b), unionOf(childrenOf(a), childrenOf(b)));
}

/** What of `a` is not in `b`, nor below a thing that is in `b` as a whole. */
export function without(a: JsonObject, b: JsonObject): JsonObject {
  const result: Record<string, Json> = {};
  for (const [step, child] of Object.entries(a)) {
    const other = b[step];
    if (!isObject(child)) continue;
    if (!isObject(other)) {
      result[step] = child;
      continue;
    }
    if (isWhole(other)) continue;
    const rest = node(isMember(child) && !isMember(other), without(childrenOf(child), childrenOf(other)));
    if (!isNothing(rest, isMember(child) && !isMember(other))) result[step] = rest;
  }
  return result;
}

export function isEmpty(set: JsonObject): boolean {
  return Object.keys(set).length === 0;
}

/**
 * The value without the fields of `gone`, as the server takes them away from an object whose last owner lets go: a
 * thing goes with all that is in it, unless something in it is `kept`. The same value when nothing goes.
 */
export function withoutFields(value: Json, gone: JsonObject, kept: JsonObject): Json {
  if (isObject(value)) return withoutKeys(value, gone, kept);
  if (isList(value)) return withoutElements(value, gone, kept);
  return value;
}

function withoutKeys(value: JsonObject, gone: JsonObject, kept: JsonObject): JsonObject {
  let result: Record<string, Json> | undefined;
  for (const [step, set] of Object.entries(gone)) {
    const key = step.slice(2);
    const child = value[key];
    if (!step.startsWith('f:') || child === undefined || !isObject(set)) continue;
    const left = remainder(child, set, kept[step]);
    if (left === child) continue;
    result ??= { ...value };
    if (left === undefined) delete result[key];
    else result[key] = left;
  }
  return result ?? value;
}

function withoutElements(value: readonly Json[], gone: JsonObject, kept: JsonObject): readonly Json[] {
  let changed = false;
  const elements = value.flatMap((element) => {
    const step = Object.keys(gone).find((candidate) => isStepTo(candidate, element));
    const set = step === undefined ? undefined : gone[step];
    if (step === undefined || !isObject(set)) return [element];
    const left = remainder(element, set, kept[step]);
    if (left !== element) changed = true;
    return left === undefined ? [] : [left];
  });
  return changed ? elements : value;
}

/** undefined: the thing itself goes. */
function remainder(value: Json, gone: JsonObject, kept: Json | undefined): Json | undefined {
  if (!isObject(kept)) return isMember(gone) ? undefined : withoutFields(value, childrenOf(gone), {});
  return isWhole(kept) ? value : withoutFields(value, childrenOf(gone), childrenOf(kept));
}

function isStepTo(step: string, element: Json): boolean {
  if (step.startsWith('v:')) return step.slice(2) === JSON.stringify(element);
  if (!step.startsWith('k:') || !isObject(element)) return false;
  const keys = parsed(step.slice(2));
  return Object.entries(keys).every(([key, is]) => JSON.stringify(element[key]) === JSON.stringify(is));
}

function parsed(json: string): JsonObject {
  try {
    const value = JSON.parse(json) as Json;
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isMember(set: JsonObject): boolean {
  return isEmpty(set) || set[itself] !== undefined;
}

/** A scalar, or a list or map that is owned in one piece. */
function isWhole(set: JsonObject): boolean {
  return isEmpty(set);
}

function childrenOf({ [itself]: _, ...children }: JsonObject): JsonObject {
  return children;
}

function node(member: boolean, children: JsonObject): JsonObject {
  if (isEmpty(children)) return {};
  return member ? { [itself]: {}, ...children } : children;
}

function isNothing(set: JsonObject, member: boolean): boolean {
  return isEmpty(set) && !member;
}
