/** The entries by which the API server remembers who set which field. Source: structured-merge-diff's FieldsV1. */
import type { Json, JsonObject, Resource } from '../resource/resource.ts';
import { isList, isObject } from '../resource/resource.ts';

/** The one name that Pushgate applies under. */
export const fieldManager = 'pushgate';

export interface ManagedEntry {
  readonly manager: string;
  readonly operation: string;
  /** '' for the object itself. */
  readonly subresource: string;
  /** ISO time of the last write that changed the entry; '' where the server gives none. */
  readonly time: string;
  readonly fields: JsonObject;
}

/** By the time of their last write, which the server notes in whole seconds. */
export function newestFirst(entries: readonly ManagedEntry[]): readonly ManagedEntry[] {
  return [...entries].sort((a, b) => (a.time < b.time ? 1 : -1));
}

/** In the server's order; none for an object that has no `managedFields`, such as one that was rendered. */
export function managedEntries(resource: Resource): readonly ManagedEntry[] {
  const entries = resource.metadata['managedFields'];
  if (!isList(entries)) return [];
  return entries.filter(isObject).map((entry) => ({
    manager: text(entry['manager']),
    operation: text(entry['operation']),
    subresource: text(entry['subresource']),
    time: text(entry['time']),
    fields: isObject(entry['fieldsV1']) ? entry['fieldsV1'] : {},
  }));
}

/** The entry of our own applies: an Update by the same name was somebody else's write. */
export function isOurs(entry: ManagedEntry): boolean {
  return entry.manager === fieldManager && entry.operation === 'Apply' && entry.subresource === '';
}

export function ourEntry(resource: Resource): ManagedEntry | undefined {
  return managedEntries(resource).find(isOurs);
}

/** A step of a path in an object: a key, or the element of a list that has these values (or is this value). */
export type FieldStep = string | { readonly keys: JsonObject } | { readonly value: Json };

/** Whether the entry owns the field at this path, or anything below it. */
export function owns(entry: ManagedEntry, path: readonly FieldStep[]): boolean {
  let current: JsonObject = entry.fields;
  for (const step of path) {
    const child = Object.entries(current).find(([name]) => matches(name, step))?.[1];
    if (!isObject(child)) return false;
    // An empty set means that the field itself is owned, whole: everything below it belongs to the entry too.
    if (Object.keys(child).length === 0) return true;
    current = child;
  }
  return true;
}

function matches(name: string, step: FieldStep): boolean {
  if (typeof step === 'string') return name === `f:${step}`;
  if ('value' in step) return name.startsWith('v:') && sameJson(parse(name.slice(2)), step.value);
  if (!name.startsWith('k:')) return false;
  const keys = parse(name.slice(2));
  return isObject(keys) && Object.entries(step.keys).every(([key, value]) => sameJson(keys[key], value));
}

function parse(json: string): Json | undefined {
  try {
    return JSON.parse(json) as Json;
  } catch {
    return undefined;
  }
}

function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  return a !== undefined && plain(a) === plain(b);
}

/** Numbers that JavaScript cannot hold are read as they are written, and JSON does not know them. */
function plain(value: Json | undefined): string | undefined {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? Number(inner) : inner));
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
