import type { ByteString } from '../bytes.ts';
import type { CallContext, HelmFunction } from '../function.ts';
import type { Budget } from '../limits.ts';
import type { Value } from '../value.ts';
import type { AnyNode, Definition } from './ast.ts';

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
  /** Calls a function that draws or reads the clock; the place to record and replay. */
  readonly callVarying?: (fn: HelmFunction, args: readonly Value[], context: CallContext) => Value;
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
  /** The frame that included this one, for the chain of positions. */
  readonly caller: Frame | undefined;
  node: AnyNode;
  /** Dot was taken from a container of interfaces (range), which shows in one error text. */
  dotIsInterface = false;
  readonly #names: ByteString[] = ['$'];
  readonly #values: Result[];
  readonly #interfaces: boolean[] = [false];

  constructor(run: Run, definition: Definition, output: Output, data: Result, caller: Frame | undefined) {
    this.run = run;
    this.definition = definition;
    this.output = output;
    this.caller = caller;
    this.depth = caller === undefined ? 0 : caller.depth + 1;
    this.node = definition.root;
    this.#values = [data];
  }

  /** The height of the variable stack, to come back to with `release`. */
  mark(): number {
    return this.#names.length;
  }

  release(mark: number): void {
    this.#names.length = mark;
    this.#values.length = mark;
    this.#interfaces.length = mark;
  }

  declare(name: ByteString, value: Result): void {
    this.#names.push(name);
    this.#values.push(value);
    this.#interfaces.push(false);
  }

  hasVariable(name: ByteString): boolean {
    return this.#names.includes(name);
  }

  /** Sets the innermost variable of that name, which there must be. */
  assign(name: ByteString, value: Result, isInterface: boolean): void {
    const at = this.#names.lastIndexOf(name);
    this.#values[at] = value;
    this.#interfaces[at] = isInterface;
  }

  /** Sets the variable that was declared `fromTop` declarations ago, 1 being the last. */
  setFromTop(fromTop: number, value: Result, isInterface: boolean): void {
    this.#values[this.#values.length - fromTop] = value;
    this.#interfaces[this.#values.length - fromTop] = isInterface;
  }

  variable(name: ByteString): Result {
    return this.#values[this.#names.lastIndexOf(name)];
  }

  isInterface(name: ByteString): boolean {
    return this.#interfaces[this.#names.lastIndexOf(name)] === true;
  }
}
