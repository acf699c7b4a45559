/** The tables a TOML text has defined so far, and who may define what again. */
import { quoteKey } from './toml-write.ts';

export type TomlNode =
  | TomlTable
  | { readonly type: 'tables'; readonly items: TomlTable[] }
  | { readonly type: 'array'; readonly items: TomlNode[] }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'integer'; readonly value: number | bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'datetime'; readonly value: string; readonly kind: TomlDatetime };

/** RFC 3339 with `T` and, for `offset`, a zone; seconds may be missing. */
export type TomlDatetime = 'offset' | 'local' | 'date' | 'time';

export interface TomlTable {
  readonly type: 'table';
  readonly entries: Map<string, TomlNode>;
}

export interface TomlTables {
  readonly root: TomlTable;
  /** Path of the table that keys go into. */
  context: readonly string[];
  /** Tables that only exist because something below them was named; these may still be defined once. */
  readonly implicit: Set<string>;
  /** Keys whose value is a plain array. */
  readonly arrays: Set<string>;
}

export function newTables(): TomlTables {
  return { root: newTable(), context: [], implicit: new Set(), arrays: new Set() };
}

export function newTable(): TomlTable {
  return { type: 'table', entries: new Map() };
}

export function pathText(path: readonly string[]): string {
  return path.map(quoteKey).join('.');
}

/** What a definition runs into; the reader adds line and key. */
export class TomlConflict extends Error {}

/** Makes a table, or one more table of an array of tables, the place for the following keys. */
export function enterTable(tables: TomlTables, path: readonly string[], kind: 'table' | 'tables'): void {
  const parents = path.slice(0, -1);
  const last = path[path.length - 1] ?? '';
  let table = tables.root;
  const walked: string[] = [];
  for (const key of parents) {
    walked.push(key);
    if (!table.entries.has(key)) {
      tables.implicit.add(pathText(walked));
      table.entries.set(key, newTable());
    }
    const inner = tableIn(table.entries.get(key));
    if (inner === undefined) throw new TomlConflict(`Key '${pathText(walked)}' was already created as a hash.`);
    table = inner;
  }
  tables.context = parents;
  if (kind === 'table') define(tables, last, newTable());
  else {
    const existing = table.entries.get(last) ?? { type: 'tables', items: [] };
    if (existing.type !== 'tables') {
      throw new TomlConflict(`Key '${pathText(path)}' was already created and cannot be used as an array.`);
    }
    existing.items.push(newTable());
    table.entries.set(last, existing);
  }
  tables.context = path;
}

/** Marks a dotted key's parent as implied by it and goes there. */
export function enterImplied(tables: TomlTables, path: readonly string[]): void {
  tables.implicit.add(pathText(path));
  enterTable(tables, path, 'table');
}

/** Sets a key of the current table. */
export function define(tables: TomlTables, key: string, value: TomlNode): void {
  let table = tables.root;
  const walked: string[] = [];
  for (const step of tables.context) {
    walked.push(step);
    const inner = tableIn(table.entries.get(step));
    if (inner === undefined) throw new TomlConflict(`Key '${pathText(walked)}' has already been defined.`);
    table = inner;
  }
  const name = pathText([...walked, key]);
  if (table.entries.has(key)) {
    if (!tables.implicit.has(name)) throw new TomlConflict(`Key '${name}' has already been defined.`);
    tables.implicit.delete(name);
    if (!tables.arrays.has(name)) return;
  }
  table.entries.set(key, value);
}

function tableIn(node: TomlNode | undefined): TomlTable | undefined {
  if (node?.type === 'tables') return node.items[node.items.length - 1];
  return node?.type === 'table' ? node : undefined;
}
