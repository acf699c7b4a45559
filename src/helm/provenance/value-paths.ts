import { type ByteString, toText } from '../bytes.ts';
import { type Holder, holderOf, type Trace } from '../template/trace.ts';
import { GoMap, GoPointer, GoSlice, type GoStruct, type Value } from '../value.ts';

/** A path of keys below the top of what templates see: `['Values', 'image', 'tag']`. */
export type ValuePath = readonly string[];

/** Where the containers stood that templates were given, found by their identity. */
export class ValuePaths {
  readonly #paths = new Map<Holder, ValuePath>();
  readonly #trace: Trace;

  /**
   * @param roots what templates saw as `.Values`, `.Release` …; of a subchart only what its parent does not hold
   * @param tops the maps that templates got as `.`
   */
  constructor(trace: Trace, roots: readonly (readonly [name: string, value: Value])[], tops: readonly GoMap[]) {
    this.#trace = trace;
    for (const { entries } of tops) this.#paths.set(entries, []);
    for (const [name, value] of roots) this.#add(value, [name]);
  }

  pathOf(holder: Holder, key: ByteString | number): ValuePath | undefined {
    const path = this.#paths.get(holder);
    return path === undefined ? undefined : [...path, toText(String(key))];
  }

  #add(value: Value, path: ValuePath): void {
    if (value instanceof GoPointer && value.target !== null) this.#addFields(value.target, path);
    const holder = holderOf(value);
    // What a template made and put there (`set`) comes from that template.
    if (holder === undefined || this.#paths.has(holder) || this.#trace.makers.has(holder)) return;
    this.#paths.set(holder, path);
    if (value instanceof GoMap) {
      for (const [key, entry] of value.entries) this.#add(entry, [...path, toText(key)]);
    } else if (value instanceof GoSlice) {
      for (const [index, item] of value.items.entries()) this.#add(item, [...path, String(index)]);
    }
  }

  #addFields(struct: GoStruct, path: ValuePath): void {
    for (const [name, field] of struct.fields) this.#add(field, [...path, name]);
  }
}
