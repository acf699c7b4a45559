import type { ByteString } from '../bytes.ts';
import { GoMap, GoSlice, type Value } from '../value.ts';
import type { AnyNode, BranchNode, Operand, RangeNode } from './ast.ts';
import type { Frame, Output } from './run.ts';

/**
 * Recording of where values come from while templates execute, for provenance.
 *
 * Values stay what they are, so that the functions compute exactly as without it: beside each evaluated expression the
 * evaluator leaves an `Origin` in `Trace.last`. An origin only remembers what was evaluated; nothing is worked out until
 * someone asks about a piece of the output (provenance/).
 */
export type Origin = LiteralOrigin | EntryOrigin | CallOrigin | OutputOrigin | CutOrigin;

/** Written in a template. */
export interface LiteralOrigin {
  readonly kind: 'literal';
  readonly node: Operand;
  readonly frame: Frame;
}

/** Read out of a map or list. */
export interface EntryOrigin {
  readonly kind: 'entry';
  /** Entries or items of the container. */
  readonly holder: Holder;
  readonly key: ByteString | number;
  readonly value: Value | undefined;
  /** Of the container. */
  readonly base: Origin | undefined;
  /** The `set` that had put the value there by then. */
  readonly write: Write | undefined;
}

/** Given by a function or method. `args` and `values` go together. */
export interface CallOrigin {
  readonly kind: 'call';
  readonly name: ByteString;
  readonly args: readonly (Origin | undefined)[];
  readonly values: readonly (Value | undefined)[];
  readonly result: Value | undefined;
  /** Of a method's receiver. */
  readonly receiver: Origin | undefined;
  /** What `include` and `tpl` executed. */
  readonly output: Origin | undefined;
  readonly node: AnyNode;
  readonly frame: Frame;
}

/** What a template wrote, piece by piece. */
export interface OutputOrigin {
  readonly kind: 'output';
  readonly segments: readonly Segment[];
}

/** A text from which Helm deleted every `<no value>`. */
export interface CutOrigin {
  readonly kind: 'cut';
  readonly inner: Origin;
  /** Where they stood in the inner text. */
  readonly cuts: readonly number[];
}

/** A piece of output: template text as it stands, or the value of an action. */
export interface Segment {
  readonly text: ByteString;
  readonly node: AnyNode;
  readonly frame: Frame;
  /** Of the value; absent for template text. */
  readonly origin: Origin | undefined;
  readonly condition: Condition | undefined;
}

/** A branch that was being executed: what was asked, and the branch around it in the same template. */
export interface Condition {
  readonly node: BranchNode | RangeNode;
  readonly frame: Frame;
  readonly taken: 'list' | 'otherwise';
  readonly origin: Origin | undefined;
  readonly outer: Condition | undefined;
}

/** The identity of a container: what its holders share. */
export type Holder = Map<ByteString, Value> | readonly Value[];

/** A map entry that a function changed. */
export interface Write {
  readonly origin: Origin | undefined;
  readonly node: AnyNode;
  readonly frame: Frame;
}

/** Functions and methods that give a container which was there before, perhaps deep within an argument. */
const selecting: ReadonlySet<ByteString> = new Set(
  'and AsMap coalesce default dig first get index last mustFirst mustLast or required Table ternary'.split(' '),
);

export class Trace {
  /** The origin of what was evaluated last. */
  last: Origin | undefined;
  /** Where `include`, `tpl` and `template` find what their data and text come from. */
  args: readonly (Origin | undefined)[] = [];
  /** What `include` or `tpl` executed last, until their call takes it. */
  output: Origin | undefined;
  /** The calls that made containers. */
  readonly makers = new WeakMap<Holder, CallOrigin>();
  readonly #writes = new WeakMap<Holder, Map<ByteString | number, Write>>();
  readonly #files = new Map<ByteString, Origin>();

  literal(node: Operand, frame: Frame): void {
    this.last = { kind: 'literal', node, frame };
  }

  /** An entry was read from a container that `base` gave. */
  entry(holder: Holder, key: ByteString | number, value: Value | undefined, base: Origin | undefined): void {
    const write = this.#writes.get(holder)?.get(key);
    this.last = { kind: 'entry', holder, key, value, base, write };
  }

  /** What a function that merges is about to change; to be handed to `call` afterwards. */
  before(name: ByteString, values: readonly (Value | undefined)[]): Snapshot | undefined {
    return /^(?:mustM|m)erge/.test(name) && values[0] instanceof GoMap ? snapshot(values[0], new Map()) : undefined;
  }

  /** A function returned. Containers it made are remembered, and what it changed in others. */
  call(origin: CallOrigin, before: Snapshot | undefined): void {
    this.last = origin;
    const { name, values, args, node, frame } = origin;
    if (name === 'set' && values[0] instanceof GoMap && typeof values[1] === 'string') {
      this.#write(values[0].entries, values[1], { origin: args[2], node, frame });
      return;
    }
    if (before !== undefined && values[0] instanceof GoMap) {
      const sources = values.slice(1).map((value, at) => ({ value, base: args[at + 1] }));
      this.#merged(values[0].entries, sources, before, origin);
    }
    const holder = holderOf(origin.result);
    if (holder === undefined || this.makers.has(holder) || selecting.has(name)) return;
    if (!values.some((value) => holderOf(value) === holder)) this.makers.set(holder, origin);
  }

  /** Entries that came into a map from one of the sources, at any depth. */
  #merged(holder: Map<ByteString, Value>, sources: readonly Merged[], before: Snapshot, call: CallOrigin): void {
    const old = before.get(holder);
    for (const [key, value] of holder) {
      const inner = sources.flatMap(({ value: source, base }) => {
        const found = source instanceof GoMap ? source.entries.get(key) : undefined;
        if (!(source instanceof GoMap) || found === undefined) return [];
        const write = this.#writes.get(source.entries)?.get(key);
        const entry: Origin = { kind: 'entry', holder: source.entries, key, value: found, base, write };
        return [{ value: found, base: entry }];
      });
      if (old?.get(key) !== value) {
        const giver = inner.find((source) => source.value === value) ?? inner[0];
        this.#write(holder, key, { origin: giver?.base, node: call.node, frame: call.frame });
      } else if (value instanceof GoMap && inner.length > 0) {
        this.#merged(value.entries, inner, before, call);
      }
    }
  }

  /** How a function changed an entry last. */
  writeOf(holder: Holder, key: ByteString | number): Write | undefined {
    return this.#writes.get(holder)?.get(key);
  }

  #write(holder: Holder, key: ByteString | number, write: Write): void {
    const known = this.#writes.get(holder);
    if (known === undefined) this.#writes.set(holder, new Map([[key, write]]));
    else known.set(key, write);
  }

  /** What a file wrote, after Helm's deletion of `<no value>`. */
  file(name: ByteString): Origin | undefined {
    return this.#files.get(name);
  }

  keepFile(name: ByteString, origin: Origin): void {
    this.#files.set(name, origin);
  }
}

/** Maps as they were, by the identity of their entries. */
export type Snapshot = Map<Holder, ReadonlyMap<ByteString, Value>>;

interface Merged {
  readonly value: Value | undefined;
  readonly base: Origin | undefined;
}

function snapshot(map: GoMap, taken: Snapshot): Snapshot {
  if (taken.has(map.entries)) return taken;
  taken.set(map.entries, new Map(map.entries));
  for (const value of map.entries.values()) if (value instanceof GoMap) snapshot(value, taken);
  return taken;
}

/** The shared storage of a map or list. */
export function holderOf(value: Value | undefined): Holder | undefined {
  if (value instanceof GoMap) return value.entries;
  return value instanceof GoSlice ? value.items : undefined;
}

/** Output that remembers what wrote each piece. */
export class TracedOutput implements Output {
  text: ByteString = '';
  readonly segments: Segment[] = [];
  readonly #trace: Trace;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  write(text: ByteString, node: AnyNode, frame: Frame): void {
    this.text += text;
    if (text === '') return;
    const origin = node.kind === 'text' ? undefined : this.#trace.last;
    this.segments.push({ text, node, frame, origin, condition: frame.condition });
  }
}
