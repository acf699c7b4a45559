/**
 * What a server-side apply would make of an object, computed without asking the server: the merge that it does by the
 * types of its fields, and the removal of what we applied last time and no longer do. What the server adds by itself
 * (defaults of built-in kinds, admission, allocated values) nobody can know here.
 */
import { equal } from '../resource/equal.ts';
import { parseQuantity } from '../resource/quantity.ts';
import type { Json, JsonObject, Resource } from '../resource/resource.ts';
import { isList, isObject } from '../resource/resource.ts';
import { isOurs, managedEntries } from './managed.ts';
import type { FieldType } from './schema.ts';

export interface LocalApply {
  /** As it would be sent. */
  readonly desired: Resource;
  readonly live: Resource;
  /** As we applied it last; undefined where we never did. */
  readonly recorded: Resource | undefined;
  readonly type: FieldType;
}

/** The object after the apply. Its `managedFields`, version and status stay those of `live`. */
export function applyLocally({ desired, live, recorded, type }: LocalApply): Resource {
  const entries = managedEntries(live);
  const ours = entries.find(isOurs)?.fields ?? {};
  const others = entries.filter((entry) => !isOurs(entry)).map(({ fields }) => fields);
  const { status: _status, ...applied } = desired as JsonObject;
  const merged = merge(
    { live, applied, recorded: recorded ?? {}, ours: recorded === undefined ? undefined : ours },
    type,
  );
  const pruned = prune({ value: merged ?? {}, ours, applied, others }, type);
  const { managedFields, resourceVersion, generation } = live.metadata;
  const result = isObject(pruned) ? pruned : {};
  const metadata = isObject(result['metadata']) ? result['metadata'] : {};
  const kept = Object.fromEntries(
    Object.entries({ managedFields, resourceVersion, generation }).filter(([, value]) => value !== undefined),
  ) as JsonObject;
  return { ...result, metadata: { ...metadata, ...kept } } as unknown as Resource;
}

interface Merge {
  readonly live: Json | undefined;
  readonly applied: Json | undefined;
  readonly recorded: Json | undefined;
  /** Our fields at this place; undefined where somebody else took them, or nothing was recorded. */
  readonly ours: JsonObject | undefined;
}

function merge({ live, applied, recorded, ours }: Merge, type: FieldType): Json | undefined {
  if (applied === undefined) return live;
  if (applied === null) return undefined;
  if (type.kind === 'map' && isObject(applied) && !areEmpty(live, applied)) {
    const before = isObject(live) ? live : {};
    const was = isObject(recorded) ? recorded : {};
    const result: Record<string, Json> = {};
    for (const name of new Set([...Object.keys(before), ...Object.keys(applied)])) {
      const sides = { live: own(before, name), applied: own(applied, name), recorded: own(was, name) };
      const value = merge({ ...sides, ours: child(ours, `f:${name}`) }, type.field(name));
      if (value !== undefined) set(result, name, value);
    }
    return result;
  }
  if (type.kind === 'keyed' && isList(applied) && !areEmpty(live, applied)) {
    return mergeItems(
      { live: isList(live) ? live : [], applied, recorded, ours },
      {
        idOf: (item) => itemStep(item, type),
        mergeItem: (sides) => merge(sides, type.items),
      },
    );
  }
  if (type.kind === 'set' && isList(applied) && !areEmpty(live, applied)) {
    return mergeItems(
      { live: isList(live) ? live : [], applied, recorded, ours },
      { idOf: valueStep, mergeItem: (sides) => sides.applied ?? sides.live },
    );
  }
  if (keepsLiveForm({ live, applied, recorded, ours }, type)) return live;
  return type.empties === 'dropped' && areEmpty(undefined, applied) ? undefined : applied;
}

/** Two maps or lists without anything in them: then which of them it is is the value. */
function areEmpty(live: Json | undefined, applied: Json): boolean {
  return [live ?? [], applied].every((value) =>
    isList(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0,
  );
}

/**
 * Whether the server keeps writing what we applied in its own way: the same was applied last time, nobody has taken the
 * field since, and so what is there now is what the server made of it. Quantities are compared by what they are worth.
 */
function keepsLiveForm({ live, applied, recorded, ours }: Merge, type: FieldType): boolean {
  if (applied === undefined) return true;
  const isAsBefore = ours !== undefined && recorded !== undefined && equal(applied, recorded);
  // Kept as ours and not there: left out by the server, as built-in kinds leave out zeros. A map could have been emptied.
  if (live === undefined) return isAsBefore && !isObject(applied) && !isList(applied);
  if (isAsBefore) return true;
  if (type.kind !== 'atomic' || type.is !== 'quantity') return false;
  const [before, after] = [live, applied].map((value) => parseQuantity(String(value)));
  return before !== undefined && before === after;
}

interface MergeItems {
  /** What tells the elements apart, as entries of managedFields write it. */
  readonly idOf: (item: Json) => string;
  readonly mergeItem: (sides: Merge) => Json | undefined;
}

/**
 * Applied elements keep the order in which they are applied. An element that only the live list has stays where it is:
 * before the next applied element that it stood before.
 */
function mergeItems(
  { live, applied, recorded, ours }: Merge & { readonly live: readonly Json[]; readonly applied: readonly Json[] },
  { idOf, mergeItem }: MergeItems,
): Json {
  const before = new Map(live.map((item) => [idOf(item), item]));
  const after = new Map(applied.map((item) => [idOf(item), item]));
  const was = new Map((isList(recorded) ? recorded : []).map((item) => [idOf(item), item]));
  const shared = [...after.keys()].filter((id) => before.has(id));
  const order = [...after.keys()];
  const result: Json[] = [];
  let next = 0;
  const emit = (id: string): void => {
    const sides = { live: before.get(id), applied: after.get(id), recorded: was.get(id), ours: child(ours, id) };
    const value = mergeItem(sides);
    if (value !== undefined) result.push(value);
  };
  const emitApplied = (): void => {
    const id = order[next++];
    if (id === undefined) return;
    if (shared[0] === id) shared.shift();
    emit(id);
  };
  for (const id of before.keys()) {
    if (!after.has(id)) emit(id);
    // One that the applied list has earlier or later is emitted in its turn there.
    else if (shared[0] === id) while (shared[0] === id) emitApplied();
  }
  while (next < order.length) emitApplied();
  return result;
}

interface Prune {
  readonly value: Json;
  /** What we owned at this place. */
  readonly ours: JsonObject;
  /** What is applied there now. */
  readonly applied: Json | undefined;
  readonly others: readonly JsonObject[];
}

/** Takes away what we owned, no longer apply, and nobody else owns. */
function prune({ value, ours, applied, others }: Prune, type: FieldType): Json {
  if (type.kind === 'map' && isObject(value)) {
    const result: Record<string, Json> = {};
    for (const [name, item] of Object.entries(value)) {
      const kept = pruneChild(
        { value: item, ours, applied: isObject(applied) ? own(applied, name) : undefined, others },
        {
          step: `f:${name}`,
          type: type.field(name),
          stays: type.keys === 'named' ? 'with parts' : 'as itself',
        },
      );
      if (kept !== undefined) set(result, name, kept);
    }
    return result;
  }
  if ((type.kind === 'keyed' || type.kind === 'set') && isList(value)) {
    const stepOf = (item: Json): string => (type.kind === 'keyed' ? itemStep(item, type) : valueStep(item));
    const now = new Map((isList(applied) ? applied : []).map((item) => [stepOf(item), item]));
    return value.flatMap((item) => {
      const step = stepOf(item);
      const items: FieldType = type.kind === 'keyed' ? type.items : { kind: 'atomic' };
      const kept = pruneChild(
        { value: item, ours, applied: now.get(step), others },
        { step, type: items, stays: 'as itself' },
      );
      return kept === undefined ? [] : [kept];
    });
  }
  return value;
}

interface PrunedStep {
  /** As entries of managedFields write it. */
  readonly step: string;
  readonly type: FieldType;
  /**
   * What keeps it there for somebody else: owning any part of it, or owning it itself. An element of a list goes with
   * its key, whoever set the rest of it.
   */
  readonly stays: 'with parts' | 'as itself';
}

function pruneChild({ value, ours, applied, others }: Prune, { step, type, stays }: PrunedStep): Json | undefined {
  const owned = child(ours, step);
  if (owned === undefined) return value;
  const theirs = others.map((entry) => child(entry, step)).filter((fields) => fields !== undefined);
  const holds = (fields: JsonObject): boolean =>
    stays === 'with parts' || Object.keys(fields).length === 0 || fields['.'] !== undefined;
  if (applied === undefined && !theirs.some(holds)) return undefined;
  const kept = prune({ value, ours: owned, applied, others: theirs }, type);
  return type.empties === 'dropped' && areEmpty(undefined, kept) ? undefined : kept;
}

/** `k:{…}` of an element: the entry's own notation, with keys in the order of the schema and their defaults. */
function itemStep(item: Json, type: Extract<FieldType, { readonly kind: 'keyed' }>): string {
  const keys = type.keys.flatMap((name) => {
    const value = (isObject(item) ? own(item, name) : undefined) ?? type.defaults[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return `k:${text(Object.fromEntries([...keys].sort(([a], [b]) => (a < b ? -1 : 1))))}`;
}

function valueStep(item: Json): string {
  return `v:${text(item)}`;
}

function text(value: Json): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));
}

function child(fields: JsonObject | undefined, step: string): JsonObject | undefined {
  const found = fields === undefined ? undefined : own(fields, step);
  return isObject(found) ? found : undefined;
}

function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Also for names like `__proto__`. */
function set(object: Record<string, Json>, name: string, value: Json): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}
