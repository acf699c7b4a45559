import type { ByteString } from '../bytes.ts';
import type { CallContext, HelmFunction } from '../function.ts';
import type { Budget } from '../limits.ts';
import type { Value } from '../value.ts';
import type { AnyNode, Definition } from './ast.ts';
import type { Condition, Origin, Trace } from './trace.ts';

/**
 * A value inside the evaluator. Go tells a nil that sits in an interface (`null`: a key without a value) from no value
 * at all (`undefined`: what is left of it after a pipeline): the first cannot be asked for a field, the second can.
 */
export type Result = Value | undefined;

/** Takes the pieces a template writes, in order, with the node that wrote each. */
export interface Output {
  write(piece: ByteString, node: AnyNode, frame: Frame): void;
}

/** Output that keeps only the text. */
export class PlainOutput implements Output {
  text: ByteString = '';

  write(piece: ByteString): void {
    this.text += piece;
  }
}

/** Calls, or replaces the call of, a function that declares `varies`. The frame is where it is called. */
export type CallVarying = (fn: HelmFunction, args: readonly Value[], context: CallContext, frame: Frame) => Value;

/** What all templates of one rendering share. */
export interface Run {
  readonly functions: ReadonlyMap<ByteString, Callable>;
  readonly context: CallContext;
  readonly budget: Budget;
  /** How deep templates may execute each other. */
  readonly maxDepth: number;
  /** The template being executed now. */
  frame: Frame | undefined;
  /** The text of Go's comparison errors differs by the Go version Helm was built with. */
  readonly goVersion: GoVersion;
  /** Finds a template among those visible now; `tpl` adds its own while it runs. */
  lookup(name: ByteString): Definition | undefined;
  /** Present while provenance is recorded. */
  readonly trace: Trace | undefined;
  /** Calls a function that draws or reads the clock; the place to record and replay. */
  readonly callVarying?: CallVarying;
}

/** Go minor versions whose behaviour the engine tells apart. */
export type GoVersion = '1.24' | '1.25' | '1.26';

/**
 * A builtin of Go's template package whose parameters are reflect.Value: it sees absent values as `undefined`.
 * Arguments are counted, never converted.
 */
export interface Builtin {
  readonly kind: 'builtin';
  readonly name: string;
  /** Number of fixed parameters. */
  readonly fixed: number;
  readonly variadic: boolean;
  call(args: readonly Result[], goVersion: GoVersion): Result;
}

/** `and`, `or` and `call` need the unevaluated arguments. */
export interface SpecialBuiltin {
  readonly kind: 'and' | 'or' | 'call';
  readonly name: string;
}

export type Callable = HelmFunction | Builtin | SpecialBuiltin;

/** One template being executed: its variables, and the node Go would name in an error now. */
export class Frame {
  readonly run: Run;
  readonly definition: Definition;
  readonly output: Output;
  readonly depth: number;
  /** The frame that executes this one, and the node in it that does. */
  readonly caller: Frame | undefined;
  readonly calledAt: AnyNode | undefined;
  node: AnyNode;
  /** Dot was taken from a container of interfaces (range), which shows in one error text. */
  dotIsInterface = false;
  readonly #names: ByteString[] = ['$'];
  readonly #values: Result[];
  readonly #interfaces: boolean[] = [false];

  // Kept up to date only while provenance is recorded.
  dotOrigin: Origin | undefined;
  condition: Condition | undefined;
  /** The condition under which the caller executed this frame. */
  readonly callerCondition: Condition | undefined;
  /** Of the text that `tpl` parsed this template from. */
  readonly textOrigin: Origin | undefined;
  readonly #origins: (Origin | undefined)[];

  constructor(run: Run, call: FrameCall) {
    const { caller } = call;
    this.run = run;
    this.definition = call.definition;
    this.output = call.output;
    this.caller = caller;
    this.calledAt = caller?.node;
    this.depth = caller === undefined ? 0 : caller.depth + 1;
    this.node = call.definition.root;
    this.#values = [call.data];
    this.dotOrigin = call.dataOrigin;
    this.#origins = [call.dataOrigin];
    this.callerCondition = caller?.condition;
    this.textOrigin = call.textOrigin;
  }

  /** The height of the variable stack, to come back to with `release`. */
  mark(): number {
    return this.#names.length;
  }

  release(mark: number): void {
    if (this.#names.length === mark) return;
    this.#names.length = mark;
    this.#values.length = mark;
    this.#interfaces.length = mark;
    this.#origins.length = mark;
  }

  declare(name: ByteString, value: Result): void {
    this.#names.push(name);
    this.#values.push(value);
    this.#interfaces.push(false);
    this.#origins.push(this.run.trace?.last);
  }

  hasVariable(name: ByteString): boolean {
    return this.#names.includes(name);
  }

  /** Sets the innermost variable of that name, which there must be, to what was evaluated last. */
  assign(name: ByteString, value: Result, isInterface: boolean): void {
    this.#set(this.#names.lastIndexOf(name), value, isInterface);
  }

  /** Sets the variable that was declared `fromTop` declarations ago, 1 being the last. */
  setFromTop(fromTop: number, value: Result, isInterface: boolean): void {
    this.#set(this.#values.length - fromTop, value, isInterface);
  }

  #set(at: number, value: Result, isInterface: boolean): void {
    this.#values[at] = value;
    this.#interfaces[at] = isInterface;
    this.#origins[at] = this.run.trace?.last;
  }

  variable(name: ByteString): Result {
    return this.#values[this.#names.lastIndexOf(name)];
  }

  isInterface(name: ByteString): boolean {
    return this.#interfaces[this.#names.lastIndexOf(name)] === true;
  }

  originOf(name: ByteString): Origin | undefined {
    return this.#origins[this.#names.lastIndexOf(name)];
  }
}

/** What a template is executed with. */
export interface FrameCall {
  readonly definition: Definition;
  readonly output: Output;
  readonly data: Result;
  readonly caller: Frame | undefined;
  readonly dataOrigin?: Origin | undefined;
  readonly textOrigin?: Origin | undefined;
}
