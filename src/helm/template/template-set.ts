import { type ByteString, fromText, toText } from '../bytes.ts';
import { GoError, LimitError } from '../errors.ts';
import { quote } from '../format/quote.ts';
import type { HelmFunction } from '../function.ts';
import { Budget, defaultLimits, type Limits } from '../limits.ts';
import { GoMap, types, type Value } from '../value.ts';
import type { Definition, Source } from './ast.ts';
import { builtins } from './builtins.ts';
import { ExecError } from './exec-error.ts';
import { type Execution, execute } from './execute.ts';
import { parseCache } from './parse-cache.ts';
import { isEmptyTree, ParseError, parse } from './parser.ts';
import { type Callable, type CallVarying, type GoVersion, PlainOutput, type Result, type Run } from './run.ts';
import { type ErrorLayout, executionFailure, parseFailure, TemplateError } from './template-error.ts';
import { type Origin, type Trace, TracedOutput } from './trace.ts';

/** A file of the chart's templates; the name is what errors and `.Template.Name` show. */
export interface TemplateFile {
  readonly name: ByteString;
  readonly text: ByteString;
}

/** What the running templates may ask of the world; see `CallContext` for the meaning of each. */
export interface Environment {
  readonly randomBytes: (count: number) => Uint8Array;
  readonly now: () => bigint;
  readonly timeZone: string;
  /** Absent: `lookup` finds nothing, as in `helm template`. */
  readonly lookup?: (apiVersion: ByteString, kind: ByteString, namespace: ByteString, name: ByteString) => Value;
}

export interface TemplateOptions {
  /** Helm's functions for the version wanted; Go's own builtins are added, `include` and `tpl` may be among them. */
  readonly functions: ReadonlyMap<ByteString, HelmFunction>;
  readonly environment: Environment;
  readonly goVersion: GoVersion;
  readonly errorLayout: ErrorLayout;
  readonly limits?: Partial<Limits>;
  /** Called in place of every function that declares `varies`, to record or replay what it gives. */
  readonly callVarying?: CallVarying;
  /** Records where everything comes from; the output is the same with and without. */
  readonly trace?: Trace;
}

/** The templates of a chart and its subcharts, parsed into one namespace. */
export interface TemplateSet {
  /**
   * Executes a file and gives its text, without the `<no value>`s, as Helm does. Maps in `data` may be changed by it (`set`).
   * Throws `TemplateError` or `LimitError`. The budget of the limits is one for all calls of a set.
   */
  execute(name: ByteString, data: Value): ByteString;
}

/** Helm's order of parsing and executing: by number of slashes, then bytewise, all of it reversed. */
export function inHelmOrder<File extends { readonly name: ByteString }>(files: readonly File[]): readonly File[] {
  const depth = (name: ByteString) => name.split('/').length;
  return [...files].sort((a, b) => {
    const byDepth = depth(b.name) - depth(a.name);
    if (byDepth !== 0) return byDepth;
    return a.name < b.name ? 1 : a.name > b.name ? -1 : 0;
  });
}

/** Parses files in the order given (`inHelmOrder`): of two definitions of a name the later wins, unless it is blank. */
export function parseTemplates(files: readonly TemplateFile[], options: TemplateOptions): TemplateSet {
  const limits = { ...defaultLimits, ...options.limits };
  const functions = new Map<ByteString, Callable>([...builtins, ...options.functions]);
  const parser = new SetParser(functions, limits);
  const definitions = new Map<ByteString, Definition>();
  for (const file of files) install(definitions, parser.file(file));
  return new ParsedTemplates({ definitions, parser, functions, limits, options });
}

/** Name of the template text that `tpl` executes, and of the namespace itself. */
const namespace = 'gotpl';

/** A blank template never replaces one of the same name. */
function install(definitions: Map<ByteString, Definition>, added: readonly Definition[]): void {
  for (const definition of added) {
    if (isEmptyTree(definition.root) && definitions.has(definition.name)) continue;
    definitions.set(definition.name, definition);
  }
}

/** Parses sources within one budget of bytes. */
class SetParser {
  readonly #functions: ReadonlyMap<ByteString, Callable>;
  readonly #functionNames: string;
  readonly #limits: Limits;
  #bytes = 0;

  constructor(functions: ReadonlyMap<ByteString, Callable>, limits: Limits) {
    this.#functions = functions;
    this.#functionNames = [...functions.keys()].join(' ');
    this.#limits = limits;
  }

  file(file: TemplateFile): readonly Definition[] {
    this.#charge(file.text.length);
    try {
      return this.#parse({ name: file.name, text: file.text });
    } catch (error) {
      if (error instanceof ParseError) throw parseFailure(error, file);
      throw error;
    }
  }

  /** A text of `tpl`. Its tree is shared between calls, so only texts that are new count. */
  text(text: ByteString): readonly Definition[] {
    return this.#parse({ name: namespace, text });
  }

  #parse(source: Source): readonly Definition[] {
    const known = parseCache.get(this.#functionNames, source);
    if (known !== undefined) return known;
    if (source.name === namespace) this.#charge(source.text.length);
    const options = { isFunction: (name: ByteString) => this.#functions.has(name), maxNesting: this.#limits.depth };
    const definitions = parse(source, options);
    parseCache.keep(this.#functionNames, definitions);
    return definitions;
  }

  #charge(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.source) {
      throw new LimitError('source', `the templates have more than ${this.#limits.source} bytes`);
    }
  }
}

interface Parts {
  readonly definitions: ReadonlyMap<ByteString, Definition>;
  readonly parser: SetParser;
  readonly functions: ReadonlyMap<ByteString, Callable>;
  readonly limits: Limits;
  readonly options: TemplateOptions;
}

/** What Go writes for nothing. */
const noValue = '<no value>';

/** Helm lets a template include itself this often, counted by name. */
const mostNestedIncludes = 1000;

class ParsedTemplates implements TemplateSet {
  readonly #parts: Parts;
  readonly #run: Run;
  /** Namespaces, the innermost last: the chart's, then one for each `tpl` that is running. */
  readonly #scopes: ReadonlyMap<ByteString, Definition>[];
  readonly #nestedIncludes = new Map<ByteString, number>();

  constructor(parts: Parts) {
    const { options, limits, functions } = parts;
    const budget = new Budget(limits);
    this.#parts = parts;
    this.#scopes = [parts.definitions];
    this.#run = {
      functions,
      budget,
      maxDepth: limits.depth,
      goVersion: options.goVersion,
      frame: undefined,
      trace: options.trace,
      lookup: (name) => this.#lookup(name),
      context: {
        randomBytes: options.environment.randomBytes,
        now: options.environment.now,
        get timeZone() {
          return options.environment.timeZone;
        },
        lookup: options.environment.lookup ?? (() => new GoMap(types.dict, new Map())),
        include: (name, data) => this.#include(name, data),
        tpl: (text, data) => this.#tpl(text, data),
        spend: (units) => budget.work(units),
      },
      ...(options.callVarying === undefined ? {} : { callVarying: options.callVarying }),
    };
  }

  execute(name: ByteString, data: Value): ByteString {
    const { trace } = this.#run;
    this.#run.frame = undefined;
    try {
      const text = this.#withoutNoValue(this.#executeNamed(name, data, undefined));
      if (trace?.output !== undefined) trace.keepFile(name, trace.output);
      return text;
    } catch (error) {
      throw this.#explained(error, name);
    }
  }

  #explained(error: unknown, name: ByteString): unknown {
    const { definitions, options } = this.#parts;
    if (error instanceof ExecError) {
      return executionFailure(error, options.errorLayout, (file) => definitions.get(file)?.source.text);
    }
    if (error instanceof GoError) {
      const message = toText(error.message);
      return new TemplateError({ stage: 'execute', message, reason: message, trace: [] }, error);
    }
    if (error instanceof RangeError) return outOfRange(error, toText(name), this.#mostNested());
    return error;
  }

  /** The template that includes itself most often at this moment. */
  #mostNested(): readonly [name: ByteString, times: number] | undefined {
    return [...this.#nestedIncludes].sort(([, a], [, b]) => b - a)[0];
  }

  #lookup(name: ByteString): Definition | undefined {
    for (let at = this.#scopes.length - 1; at >= 0; at--) {
      const found = this.#scopes[at]?.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #executeNamed(name: ByteString, data: Value, dataOrigin: Origin | undefined): ByteString {
    const definition = this.#lookup(name);
    if (definition === undefined) {
      throw new GoError(`template: no template ${quote(name)} associated with template ${quote(namespace)}`);
    }
    const caller = this.#run.frame;
    const textOrigin = caller?.definition.source === definition.source ? caller.textOrigin : undefined;
    return this.#execute({ definition, data: rootData(data), dataOrigin, textOrigin });
  }

  #execute(execution: Omit<Execution, 'output'>): ByteString {
    const { trace } = this.#run;
    if (trace === undefined) {
      const output = new PlainOutput();
      execute(this.#run, { ...execution, output });
      return output.text;
    }
    const output = new TracedOutput(trace);
    execute(this.#run, { ...execution, output });
    trace.output = { kind: 'output', segments: output.segments };
    return output.text;
  }

  #include(name: ByteString, data: Value): ByteString {
    const nested = this.#nestedIncludes.get(name) ?? 0;
    if (nested > mostNestedIncludes) {
      throw new GoError(fromText(nestedReference(name)));
    }
    this.#nestedIncludes.set(name, nested + 1);
    const text = this.#executeNamed(name, data, this.#run.trace?.args[1]);
    this.#nestedIncludes.set(name, nested);
    return text;
  }

  #tpl(text: ByteString, data: Value): ByteString {
    const [textOrigin, dataOrigin] = this.#run.trace?.args ?? [];
    const definitions = this.#parseText(text);
    const definition = definitions.find((one) => one.name === namespace) as Definition;
    this.#scopes.push(this.#scopeOf(definitions));
    try {
      return this.#withoutNoValue(this.#execute({ definition, data: rootData(data), dataOrigin, textOrigin }));
    } catch (error) {
      if (!(error instanceof ExecError || error instanceof GoError)) throw error;
      const detail = `error during tpl function execution for ${quote(text)}: ${error.message}`;
      throw withCause(new GoError(detail), error);
    } finally {
      this.#scopes.pop();
    }
  }

  #scopeOf(definitions: readonly Definition[]): ReadonlyMap<ByteString, Definition> {
    const scope = new Map<ByteString, Definition>();
    for (const definition of definitions) {
      if (isEmptyTree(definition.root) && this.#lookup(definition.name) !== undefined) continue;
      scope.set(definition.name, definition);
    }
    return scope;
  }

  /** Helm deletes this text wherever it stands, also where a chart wrote it. */
  #withoutNoValue(text: ByteString): ByteString {
    if (!text.includes(noValue)) return text;
    const { trace } = this.#run;
    if (trace?.output !== undefined) {
      trace.output = { kind: 'cut', inner: trace.output, cuts: offsetsOf(text, noValue) };
    }
    return text.replaceAll(noValue, '');
  }

  #parseText(text: ByteString): readonly Definition[] {
    try {
      return this.#parts.parser.text(text);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      throw withCause(new GoError(`cannot parse template ${quote(text)}: ${error.message}`), error);
    }
  }
}

/** More of one template in itself than any that ends. */
const manyIncludes = 100;

/**
 * What JS itself cannot hold: a chart that recurses meets the end of the stack before our limit if its frames are large.
 * For one without end it comes to the same, so Helm's words are right.
 */
function outOfRange(
  error: RangeError,
  name: string,
  most: readonly [name: ByteString, times: number] | undefined,
): LimitError {
  if (!/call stack/.test(error.message)) return new LimitError('output', `a text or list gets too large: ${name}`);
  if (most === undefined || most[1] < manyIncludes)
    return new LimitError('stack', `templates are nested too deep: ${name}`);
  return new LimitError('stack', `${nestedReference(most[0])} (${most[1]} times in itself, in ${name})`);
}

/** Helm's words. */
function nestedReference(name: ByteString): string {
  return `rendering template has a nested reference name: ${toText(name)}: unable to execute template`;
}

function withCause(error: GoError, cause: Error): GoError {
  error.cause = cause;
  return error;
}

/** Go's reflect.ValueOf(nil) is no value at all. */
function rootData(data: Value): Result {
  return data === null ? undefined : data;
}

function offsetsOf(text: ByteString, part: ByteString): number[] {
  const offsets: number[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) offsets.push(at);
  return offsets;
}
