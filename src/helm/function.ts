import type { ByteString } from './bytes.ts';
import type { GoType, Value } from './value.ts';

/**
 * What a Go function declares. The evaluator checks and converts arguments against it before the call, with Go's own
 * error texts, so a function body may rely on the JS shapes that value.ts gives for its parameter types:
 * `string` → string, `bool` → boolean, `float64` → number, `int`/`int64` → GoInt of that type, `list` → GoSlice of type
 * []interface {} exactly, `dict` → GoMap of type map[string]interface {} exactly, `any` → any Value.
 */
export interface Signature {
  readonly name: string;
  readonly params: readonly GoType[];
  /** Element type of a trailing `...T`. The further arguments follow the fixed ones in the flat `args`. */
  readonly variadic?: GoType;
  /** The declared result type; functions that give anything say `types.any`. */
  readonly result: GoType;
}

/**
 * A function that templates can call.
 *
 * A Go `error` result and a Go panic look the same to a template: throw `GoError` (errors.ts) with the Go text and
 * the evaluator reports `error calling NAME: TEXT` at the right position. Anything else thrown is a defect of ours.
 */
export interface HelmFunction extends Signature {
  /**
   * Why two renderings of the same chart may differ here: `random` draws, `clock` reads the time, `salted` gives another
   * text for the same arguments but of the same meaning (bcrypt), `cluster` asks the cluster.
   * The evaluator hands calls of such functions to the recorder, if there is one.
   */
  readonly varies?: 'random' | 'clock' | 'salted' | 'cluster';
  /** `args` has been checked and converted against the signature. */
  call(args: readonly Value[], context: CallContext): Value;
}

/** A method of a Go type, called as `.receiver.Name args`. */
export interface Method extends Signature {
  call(receiver: Value, args: readonly Value[], context: CallContext): Value;
}

/** What a running function may ask of the evaluator. All outside influence comes through here and nowhere else. */
export interface CallContext {
  /** Executes a named template and gives its text (the `include` function). */
  include(name: ByteString, data: Value): ByteString;
  /** Parses and executes a text as a template (the `tpl` function). */
  tpl(text: ByteString, data: Value): ByteString;
  /** Cryptographic randomness. */
  randomBytes(count: number): Uint8Array;
  /** The current time, nanoseconds since 1970 UTC. */
  now(): bigint;
  /** IANA name of the machine's zone, which `date` and friends print in. */
  readonly timeZone: string;
  /** `lookup`: the object, or list, or an empty map. */
  lookup(apiVersion: ByteString, kind: ByteString, namespace: ByteString, name: ByteString): Value;
  /**
   * Announces work or memory that is about to be spent, in units of about one byte or one list item.
   * Call it before building anything whose size an argument decides (`repeat`, `until`, `nindent` of a long text …);
   * it throws `LimitError` when the budget of the rendering is used up.
   */
  spend(units: number): void;
}
