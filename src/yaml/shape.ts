/** How the writers look at a value, so that they serve plain data and an engine's own values alike. */

export type Shape<T> =
  | { readonly type: 'null' }
  | { readonly type: 'bool'; readonly value: boolean }
  /** A whole number of any integer type. */
  | { readonly type: 'int'; readonly value: number | bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  /** A scalar written as it stands, without quotes, such as a time or bytes with their tag. JSON has none of these. */
  | { readonly type: 'verbatim'; readonly value: string }
  | { readonly type: 'list'; readonly items: readonly T[] }
  /** Entries in any order; writers sort, but JSON keeps the order of what was a struct in Go. */
  | { readonly type: 'map'; readonly entries: Iterable<readonly [string, T]>; readonly struct?: true };

/** Says what a value is. Throws when it is nothing that YAML or JSON can hold. */
export type ShapeOf<T> = (value: T) => Shape<T>;

/** Plain JSON data; `undefined` members of objects are left out, as JSON.stringify does. */
export function shapeOfPlain(value: unknown): Shape<unknown> {
  switch (typeof value) {
    case 'string':
      return { type: 'string', value };
    case 'number':
      return { type: 'float', value };
    case 'boolean':
      return { type: 'bool', value };
    case 'bigint':
      return { type: 'int', value };
    case 'object':
      if (value === null) return { type: 'null' };
      if (Array.isArray(value)) return { type: 'list', items: value };
      return { type: 'map', entries: Object.entries(value).filter(([, member]) => member !== undefined) };
    default:
      throw new TypeError(`a ${typeof value} is no data`);
  }
}
