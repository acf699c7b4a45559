import type { ByteString } from './bytes.ts';
import type { Method } from './function.ts';

/**
 * The values templates compute with, as Go would hold them.
 *
 * | Go                                   | here                                                          |
 * | ------------------------------------ | ------------------------------------------------------------- |
 * | nil interface                        | `null`                                                        |
 * | bool                                 | `boolean`                                                     |
 * | string                               | `string`, one character per byte (see bytes.ts)               |
 * | float64                              | `number`                                                      |
 * | int, int64, uint8, time.Month …      | `GoInt`                                                       |
 * | complex128 (only from `1i` literals) | `GoComplex`                                                   |
 * | []interface {}, []string, []int …    | `GoSlice`                                                     |
 * | []byte                               | `GoBytes`                                                     |
 * | map[string]T, named maps             | `GoMap` (all map keys reachable from a template are strings)  |
 * | structs, pointers to structs         | `GoStruct`, `GoPointer`                                       |
 *
 * Types travel with the values because `%T`, error texts, comparison and argument checks show them.
 * Values are never JS objects read by name: keys live in `Map`s, so `__proto__` and `constructor` are data.
 */
export type Value =
  | null
  | boolean
  | ByteString
  | number
  | GoInt
  | GoComplex
  | GoSlice
  | GoBytes
  | GoMap
  | GoStruct
  | GoPointer;

/** reflect.Kind, as `kindOf` prints it. */
export type Kind =
  | 'invalid'
  | 'bool'
  | 'int'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'float64'
  | 'complex128'
  | 'string'
  | 'slice'
  | 'array'
  | 'map'
  | 'struct'
  | 'ptr'
  | 'interface'
  | 'func';

/** One field of a struct type. */
export interface Field {
  readonly name: string;
  readonly type: GoType;
  /** The Go struct tag for JSON, e.g. `name,omitempty`; `-` leaves the field out. Absent: the Go name is used. */
  readonly json?: string;
}

/** A Go type. Types are compared by `name`, which is what `%T` prints. */
export interface GoType {
  readonly kind: Kind;
  /** As `%T` prints it: `int`, `map[string]interface {}`, `common.Values`, `*semver.Version`. */
  readonly name: string;
  /** A declared type (`common.Values`), as opposed to a type literal (`map[string]interface {}`). */
  readonly named: boolean;
  /** Of slices, arrays, maps and pointers. */
  readonly elem?: GoType;
  /** Of structs, in declaration order. */
  readonly fields?: readonly Field[];
  /** Exported methods that a value of the type answers to (for a pointer type: those of its struct too). */
  readonly methods?: ReadonlyMap<string, Method>;
  /** Of a struct: further methods that need an addressable value (pointer receivers in Go). */
  readonly pointerMethods?: ReadonlyMap<string, Method>;
  /** `String()` or `Error()`: how fmt prints a value of this type (the method itself stands in `methods` too). */
  readonly stringer?: (value: Value) => ByteString;
  /** The same with a pointer receiver: used for pointers and addressable structs only. */
  readonly pointerStringer?: (value: GoStruct) => ByteString;
}

function basic(kind: Kind): GoType {
  return { kind, name: kind, named: true };
}

/** Go's predeclared types and the composite types functions take and give. */
const bool = basic('bool');
const string = basic('string');
const int = basic('int');
const int64 = basic('int64');
const int32 = basic('int32');
const uint8 = basic('uint8');
const float64 = basic('float64');
const any: GoType = { kind: 'interface', name: 'interface {}', named: false };

export const types = {
  bool,
  string,
  int,
  int8: basic('int8'),
  int16: basic('int16'),
  int32,
  int64,
  uint: basic('uint'),
  uint8,
  uint16: basic('uint16'),
  uint32: basic('uint32'),
  uint64: basic('uint64'),
  float64,
  complex128: basic('complex128'),
  /** interface {} */
  any,
  /**
   * reflect.Value: the argument is passed as it is, unchecked. Only for functions that Go declares so
   * (`and`, `eq`, `index`, `len` …): they see an absent value as `undefined` and a nil interface as `null`.
   */
  reflected: { kind: 'struct', name: 'reflect.Value', named: true } as GoType,
  /** []interface {} */
  list: sliceType(any),
  strings: sliceType(string),
  ints: sliceType(int),
  bytes: sliceType(uint8),
  /** map[string]interface {} */
  dict: mapType(any),
  stringMap: mapType(string),
} as const;

/** The type `[]elem`. */
export function sliceType(elem: GoType): GoType {
  return { kind: 'slice', name: `[]${elem.name}`, named: false, elem };
}

/** The type `map[string]elem`. */
export function mapType(elem: GoType): GoType {
  return { kind: 'map', name: `map[string]${elem.name}`, named: false, elem };
}

/** The type `*elem`; `methods` are all methods of the pointer, those of the struct included. */
export function pointerType(elem: GoType): GoType {
  const methods = new Map([...(elem.methods ?? []), ...(elem.pointerMethods ?? [])]);
  const stringer = elem.pointerStringer ?? elem.stringer;
  const pointer = { kind: 'ptr', name: `*${elem.name}`, named: false, elem, methods } as const;
  if (stringer === undefined) return pointer;
  return {
    ...pointer,
    stringer: (value) => (value instanceof GoPointer && value.target !== null ? stringer(value.target) : '<nil>'),
  };
}

/** An integer of any width. The payload is always in the range of its kind: build it with `integer`, which wraps. */
export class GoInt {
  readonly type: GoType;
  readonly value: bigint;
  constructor(type: GoType, value: bigint) {
    this.type = type;
    this.value = value;
  }
}

export class GoComplex {
  readonly real: number;
  readonly imaginary: number;
  constructor(real: number, imaginary: number) {
    this.real = real;
    this.imaginary = imaginary;
  }
}

/** A slice other than []byte. No template can write into a slice, so the items never change once it is built. */
export class GoSlice {
  readonly type: GoType;
  readonly items: readonly Value[];
  /** A nil slice prints and ranges as an empty one but is `null` in JSON. */
  readonly isNil: boolean;
  constructor(type: GoType, items: readonly Value[], isNil = false) {
    this.type = type;
    this.items = items;
    this.isNil = isNil;
  }
}

/** A []byte. */
export class GoBytes {
  readonly type: GoType = types.bytes;
  readonly bytes: ByteString;
  constructor(bytes: ByteString) {
    this.bytes = bytes;
  }
}

/**
 * A map with string keys. `entries` is the shared storage: `set`, `merge` and friends write into it and every
 * holder sees the change, also one that holds the same storage under another type (`.Values` is `common.Values`,
 * but becomes a plain map[string]interface {} when it is passed to a function that takes one).
 * Entries have no meaningful order: everything that Go sorts, sort by key bytes; use `sortedKeys`.
 */
export class GoMap {
  readonly type: GoType;
  readonly entries: Map<ByteString, Value>;
  /** A nil map reads as an empty one, cannot be written to, and is `null` in JSON. */
  readonly isNil: boolean;
  constructor(type: GoType, entries: Map<ByteString, Value>, isNil = false) {
    this.type = type;
    this.entries = entries;
    this.isNil = isNil;
  }
}

/** A struct. Value types with private data (time.Time) extend it and keep their data beside `fields`. */
export class GoStruct {
  readonly type: GoType;
  readonly fields: ReadonlyMap<string, Value>;
  /**
   * Reached through a pointer (`.Capabilities.KubeVersion`), so that pointer methods apply. Passing the struct to a
   * function copies it, and the copy is not addressable: `quote` prints the bare struct where `{{ }}` uses String().
   */
  readonly addressable: boolean;
  constructor(type: GoType, fields: ReadonlyMap<string, Value>, addressable = false) {
    this.type = type;
    this.fields = fields;
    this.addressable = addressable;
  }
}

/** A pointer to a struct, or a typed nil pointer. */
export class GoPointer {
  /** Kind `ptr`, see `pointerType`. */
  readonly type: GoType;
  readonly target: GoStruct | null;
  constructor(type: GoType, target: GoStruct | null) {
    this.type = type;
    this.target = target;
  }
}

const widths: ReadonlyMap<Kind, { readonly bits: number; readonly signed: boolean }> = new Map([
  ['int', { bits: 64, signed: true }],
  ['int8', { bits: 8, signed: true }],
  ['int16', { bits: 16, signed: true }],
  ['int32', { bits: 32, signed: true }],
  ['int64', { bits: 64, signed: true }],
  ['uint', { bits: 64, signed: false }],
  ['uint8', { bits: 8, signed: false }],
  ['uint16', { bits: 16, signed: false }],
  ['uint32', { bits: 32, signed: false }],
  ['uint64', { bits: 64, signed: false }],
]);

/** An integer of the given type; a value out of range wraps as in Go. */
export function integer(type: GoType, value: bigint | number): GoInt {
  const big = typeof value === 'bigint' ? value : BigInt(value);
  const width = widths.get(type.kind);
  if (width === undefined) throw new TypeError(`${type.name} is no integer type`);
  return new GoInt(type, width.signed ? BigInt.asIntN(width.bits, big) : BigInt.asUintN(width.bits, big));
}

export function intOf(value: bigint | number): GoInt {
  return integer(types.int, value);
}

export function int64Of(value: bigint | number): GoInt {
  return integer(types.int64, value);
}

/** A []interface {}. */
export function listOf(items: readonly Value[]): GoSlice {
  return new GoSlice(types.list, items);
}

/** A []string. */
export function stringsOf(items: readonly ByteString[]): GoSlice {
  return new GoSlice(types.strings, items);
}

/** A map[string]interface {}; entries given as a Map are shared, not copied. */
export function dictOf(entries: Map<ByteString, Value> | Iterable<readonly [ByteString, Value]> = []): GoMap {
  return new GoMap(types.dict, entries instanceof Map ? entries : new Map(entries));
}

/** The keys in Go's printing and ranging order: bytewise. */
export function sortedKeys(map: GoMap): ByteString[] {
  // Byte strings hold one byte a character, so the default order by UTF-16 unit is the order by byte.
  return [...map.entries.keys()].sort();
}

/** The dynamic type of a value; `undefined` for nil, which has none. */
export function typeOf(value: Value): GoType | undefined {
  switch (typeof value) {
    case 'string':
      return types.string;
    case 'number':
      return types.float64;
    case 'boolean':
      return types.bool;
    default:
      if (value === null) return undefined;
      return value instanceof GoComplex ? types.complex128 : value.type;
  }
}

/** The kind of a value as sprig's `kindOf` prints it; nil is `invalid`. */
export function kindOf(value: Value): Kind {
  return typeOf(value)?.kind ?? 'invalid';
}

/** The type name as `%T` and `typeOf` print it; nil is `<nil>`. */
export function typeName(value: Value): string {
  return typeOf(value)?.name ?? '<nil>';
}

/** Kinds whose values are `GoInt`. */
export function isIntegerKind(kind: Kind): boolean {
  return widths.has(kind);
}

export function isUnsignedKind(kind: Kind): boolean {
  return widths.get(kind)?.signed === false;
}

/** The zero value of a type; for interfaces `null`. Struct types have none here. */
export function zeroOf(type: GoType): Value {
  switch (type.kind) {
    case 'bool':
      return false;
    case 'string':
      return '';
    case 'float64':
      return 0;
    case 'complex128':
      return new GoComplex(0, 0);
    case 'slice':
      return type.name === types.bytes.name ? new GoBytes('') : new GoSlice(type, [], true);
    case 'map':
      return new GoMap(type, new Map(), true);
    case 'ptr':
      return new GoPointer(type, null);
    default:
      return isIntegerKind(type.kind) ? new GoInt(type, 0n) : null;
  }
}
