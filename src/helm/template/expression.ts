import type { ByteString } from '../bytes.ts';
import { GoError } from '../errors.ts';
import type { HelmFunction, Method, Signature } from '../function.ts';
import { GoMap, GoPointer, GoStruct, type GoType, typeName, typeOf, types, type Value, zeroOf } from '../value.ts';
import { spendOnWalk } from '../weight.ts';
import { assign, assignLiteral, numberValue } from './assign.ts';
import type {
  AnyNode,
  ChainNode,
  CommandNode,
  FieldNode,
  IdentifierNode,
  Operand,
  PipeNode,
  VariableNode,
} from './ast.ts';
import { ExecError, fail } from './exec-error.ts';
import { printNode } from './print-node.ts';
import type { Builtin, Callable, Frame, Result, SpecialBuiltin } from './run.ts';
import type { Origin, Trace } from './trace.ts';
import { isTrue } from './truth.ts';

/** No value comes from an earlier stage of the pipeline. */
const nothing = Symbol('nothing');
type Final = Result | typeof nothing;

const noArgs: readonly Operand[] = [];

/**
 * Evaluates pipelines, commands and operands.
 * `frame.node` follows the evaluation exactly as Go's does: an error names the node that was last looked at, which
 * is often an argument and not the call.
 */
export function evaluatePipeline(frame: Frame, dot: Result, pipe: PipeNode): Result {
  frame.node = pipe;
  let value: Final = nothing;
  for (const command of pipe.commands) {
    value = evaluateCommand(frame, dot, command, value);
    // A pipeline's value leaves its interface; from a nil interface nothing is left.
    if (value === null) value = undefined;
  }
  const result = value === nothing ? undefined : value;
  for (const variable of pipe.variables) {
    if (pipe.assigns) assignVariable(frame, variable.name, result);
    else frame.declare(variable.name, result);
  }
  return result;
}

function assignVariable(frame: Frame, name: ByteString, value: Result): void {
  // The parser takes `$x = 1` for a declaration too, so only here it shows that there is none.
  if (!frame.hasVariable(name)) fail(frame, `undefined variable: ${name}`);
  frame.assign(name, value, false);
}

function evaluateCommand(frame: Frame, dot: Result, command: CommandNode, final: Final): Result {
  const { args } = command;
  const first = args[0] as Operand;
  switch (first.kind) {
    case 'field':
      frame.node = first;
      return evaluateFields(frame, dot, first, args, final);
    case 'chain':
      return evaluateChainNode(frame, dot, first, args, final);
    case 'identifier':
      return callFunction(frame, dot, first, command, args, final);
    case 'pipe':
      refuseArguments(frame, args, final);
      return evaluatePipeline(frame, dot, first);
    case 'variable':
      return evaluateVariable(frame, dot, first, args, final);
    default:
  }
  frame.node = first;
  refuseArguments(frame, args, final);
  const { trace } = frame.run;
  if (trace !== undefined) {
    if (first.kind === 'dot') trace.last = frame.dotOrigin;
    else trace.literal(first, frame);
  }
  switch (first.kind) {
    case 'dot':
      return dot;
    case 'nil':
      return fail(frame, 'nil is not a command');
    case 'number':
      return numberValue(frame, first);
    default:
      return first.value;
  }
}

function refuseArguments(frame: Frame, args: readonly Operand[], final: Final): void {
  if (args.length <= 1 && final === nothing) return;
  fail(frame, `can't give argument to non-function ${printNode(args[0] as Operand)}`);
}

function evaluateFields(frame: Frame, dot: Result, node: FieldNode, args: readonly Operand[], final: Final): Result {
  const { trace } = frame.run;
  // A piped value's origin stays where a method call looks for it.
  const piped = trace?.last;
  if (trace !== undefined) trace.last = frame.dotOrigin;
  return evaluateChain(frame, dot, { base: dot, baseIsInterface: frame.dotIsInterface, node, piped }, args, final);
}

function evaluateVariable(
  frame: Frame,
  dot: Result,
  node: VariableNode,
  args: readonly Operand[],
  final: Final,
): Result {
  frame.node = node;
  if (!frame.hasVariable(node.name)) fail(frame, `undefined variable: ${node.name}`);
  const value = frame.variable(node.name);
  const { trace } = frame.run;
  const piped = trace?.last;
  if (trace !== undefined) trace.last = frame.originOf(node.name);
  if (node.fields.length === 0) {
    refuseArguments(frame, args.length === 0 ? [node] : args, final);
    return value;
  }
  const baseIsInterface = frame.isInterface(node.name);
  return evaluateChain(frame, dot, { base: value, baseIsInterface, node, piped }, args, final);
}

function evaluateChainNode(frame: Frame, dot: Result, node: ChainNode, args: readonly Operand[], final: Final): Result {
  frame.node = node;
  if (node.base.kind === 'nil') fail(frame, `indirection through explicit nil in ${printNode(node)}`);
  const piped = frame.run.trace?.last;
  const base = evaluateArgument(frame, dot, node.base, undefined);
  const baseIsInterface = givesInterface(frame, node.base);
  return evaluateChain(frame, dot, { base, baseIsInterface, node, piped }, args, final);
}

/** `function.field`: the one base whose value has not left its interface. */
function givesInterface(frame: Frame, base: Operand): boolean {
  if (base.kind !== 'identifier') return false;
  const callee = frame.run.functions.get(base.name);
  return callee !== undefined && 'result' in callee && callee.result.kind === 'interface';
}

interface Chain {
  readonly base: Result;
  readonly baseIsInterface: boolean;
  readonly node: ChainNode | VariableNode | FieldNode;
  /** Origin of the value that is piped into the last field, if that is a method. */
  readonly piped: Origin | undefined;
}

/** `base.a.b.c`: fields one after the other; only the last may be a method with arguments. */
function evaluateChain(frame: Frame, dot: Result, chain: Chain, args: readonly Operand[], final: Final): Result {
  const last = chain.node.fields.length - 1;
  const access: FieldAccess = { chain, at: 0, receiver: chain.base, container: undefined };
  while (access.at < last) {
    const next = evaluateField(frame, dot, access, noArgs, nothing);
    access.container = access.receiver;
    access.receiver = next;
    access.at++;
  }
  return evaluateField(frame, dot, access, args, final);
}

/** Where the evaluation of a chain stands. */
interface FieldAccess {
  readonly chain: Chain;
  at: number;
  receiver: Result;
  /** What the receiver was taken from, unless it is the base. */
  container: Result;
}

function evaluateField(frame: Frame, dot: Result, access: FieldAccess, args: readonly Operand[], final: Final): Result {
  const { chain, at, receiver } = access;
  const name = chain.node.fields[at] as ByteString;
  if (receiver === undefined) return undefined;
  if (receiver === null) fail(frame, `nil pointer evaluating interface {}.${name}`);

  const method = methodOf(receiver, name);
  if (method !== undefined) {
    const { piped, node } = chain;
    const receiverOrigin = frame.run.trace?.last;
    return call(frame, dot, { callee: method, receiver, receiverOrigin, node, name, piped }, args, final);
  }

  const target = receiver instanceof GoPointer ? receiver.target : receiver;
  if (target instanceof GoMap) {
    if (args.length > 1 || final !== nothing) fail(frame, `${name} is not a method but has arguments`);
    const entry = target.entries.get(name);
    const { trace } = frame.run;
    if (trace !== undefined) trace.entry(target.entries, name, entry, trace.last);
    return entry === undefined ? zeroOf(target.type.elem ?? types.any) : entry;
  }
  if (target instanceof GoStruct && target.fields.has(name)) {
    if (args.length > 1 || final !== nothing) fail(frame, `${name} has arguments but cannot be invoked as function`);
    const field = target.fields.get(name) ?? null;
    // What is reached through a pointer is addressable, and so are the fields of what is.
    const addressable = receiver instanceof GoPointer || target.addressable;
    return addressable && field instanceof GoStruct ? new GoStruct(field.type, field.fields, true) : field;
  }
  if (target === null && receiver instanceof GoPointer && hasField(receiver.type.elem, name)) {
    fail(frame, `nil pointer evaluating ${receiver.type.name}.${name}`);
  }
  fail(frame, `can't evaluate field ${name} in type ${declaredTypeName(access)}`);
}

function hasField(type: GoType | undefined, name: ByteString): boolean {
  return type?.fields?.some((field) => field.name === name) === true;
}

function methodOf(receiver: Value, name: ByteString): Method | undefined {
  if (typeof receiver !== 'object') return undefined;
  const type = typeOf(receiver);
  const method = type?.methods?.get(name);
  if (method !== undefined) return method;
  return receiver instanceof GoStruct && receiver.addressable ? type?.pointerMethods?.get(name) : undefined;
}

/** The type Go names in "can't evaluate field": that of the slot the value came from, not of the value in it. */
function declaredTypeName(access: FieldAccess): string {
  const { chain, at, container, receiver } = access;
  const dynamic = typeName(receiver ?? null);
  if (at === 0) return chain.baseIsInterface ? types.any.name : dynamic;
  const holder = container instanceof GoPointer ? container.target : container;
  const slot = chain.node.fields[at - 1];
  const method = container === undefined || container === null ? undefined : methodOf(container, slot ?? '');
  const declared =
    method?.result ??
    (holder instanceof GoMap ? holder.type.elem : undefined) ??
    (holder instanceof GoStruct ? holder.type.fields?.find((field) => field.name === slot)?.type : undefined);
  return declared?.kind === 'interface' ? declared.name : dynamic;
}

function callFunction(
  frame: Frame,
  dot: Result,
  node: IdentifierNode,
  command: AnyNode,
  args: readonly Operand[],
  final: Final,
): Result {
  frame.node = node;
  const callee = frame.run.functions.get(node.name);
  if (callee === undefined) fail(frame, `"${node.name}" is not a defined function`);
  const piped = frame.run.trace?.last;
  const target = { callee, receiver: undefined, receiverOrigin: undefined, node: command, name: node.name, piped };
  return call(frame, dot, target, args, final);
}

interface Call {
  readonly callee: Callable | Method;
  /** Of methods. */
  readonly receiver: Value | undefined;
  readonly receiverOrigin: Origin | undefined;
  /** The node that "error calling" points at. */
  readonly node: AnyNode;
  readonly name: ByteString;
  /** Origin of the piped value. */
  readonly piped: Origin | undefined;
}

/** `args` begins with the function or field itself, as in the source; it may be empty for a bare operand. */
function call(frame: Frame, dot: Result, target: Call, args: readonly Operand[], final: Final): Result {
  frame.run.budget.work(1);
  if (isTyped(target)) return callTyped(frame, dot, target, args, final);
  if (isBuiltin(target)) return callBuiltin(frame, dot, target, args, final);
  return callSpecial(frame, dot, target as SpecialCall, args, final);
}

type TypedCall = Call & { readonly callee: HelmFunction | Method };
type BuiltinCall = Call & { readonly callee: Builtin };
type SpecialCall = Call & { readonly callee: SpecialBuiltin };

function isTyped(target: Call): target is TypedCall {
  return !('kind' in target.callee);
}

function isBuiltin(target: Call): target is BuiltinCall {
  return 'kind' in target.callee && target.callee.kind === 'builtin';
}

/** How many arguments the source gives, after checking that with the piped one they are as many as are wanted. */
function countArguments(frame: Frame, target: Call, args: readonly Operand[], final: Final): number {
  const { callee, name } = target;
  const given = args.length === 0 ? 0 : args.length - 1;
  const all = final === nothing ? given : given + 1;
  const fixed = 'params' in callee ? callee.params.length : callee.kind === 'builtin' ? callee.fixed : 1;
  const variadic = 'params' in callee ? callee.variadic !== undefined : callee.kind !== 'builtin' || callee.variadic;
  if (variadic) {
    // Go counts the piped value as given but leaves it out of the message.
    if (all < fixed) fail(frame, `wrong number of args for ${name}: want at least ${fixed} got ${given}`);
  } else if (all !== fixed) {
    fail(frame, `wrong number of args for ${name}: want ${fixed} got ${all}`);
  }
  return given;
}

function callTyped(frame: Frame, dot: Result, target: TypedCall, args: readonly Operand[], final: Final): Result {
  const { callee } = target;
  const given = countArguments(frame, target, args, final);
  const { trace } = frame.run;
  const values: Value[] = [];
  const origins = trace === undefined ? undefined : [];
  for (let at = 0; at < given; at++) {
    const type = parameterType(callee, at);
    values.push(evaluateArgument(frame, dot, args[at + 1] as Operand, type) as Value);
    noteOrigin(origins, trace?.last);
  }
  if (final !== nothing) {
    values.push(assign(frame, final, parameterType(callee, given)) as Value);
    noteOrigin(origins, target.piped);
  }
  try {
    if (trace === undefined || origins === undefined) return invoke(frame, target, values);
    return traced(frame, trace, target, { values, origins }, () => invoke(frame, target, values));
  } catch (error) {
    throw callError(frame, target, error);
  }
}

interface Arguments {
  readonly values: readonly Result[];
  readonly origins: readonly (Origin | undefined)[];
}

function noteOrigin(origins: (Origin | undefined)[] | undefined, origin: Origin | undefined): void {
  if (origins !== undefined) origins.push(origin);
}

/** Calls and records the call. */
function traced(frame: Frame, trace: Trace, target: Call, given: Arguments, invoked: () => Result): Result {
  const { name, node } = target;
  const outer = frame.node;
  // What the function executes is called from the whole command, not from the argument that was looked at last.
  frame.node = node;
  trace.args = given.origins;
  trace.output = undefined;
  const before = trace.before(name, given.values);
  const result = invoked();
  frame.node = outer;
  const { output } = trace;
  trace.output = undefined;
  const { origins: args, values } = given;
  const receiver = target.receiverOrigin;
  trace.call({ kind: 'call', name, args, values, result, receiver, output, node, frame }, before);
  return result;
}

function parameterType(signature: Signature, at: number): GoType {
  return signature.params[at] ?? signature.variadic ?? types.any;
}

function invoke(frame: Frame, target: TypedCall, values: readonly Value[]): Value {
  const { callee, receiver } = target;
  const { context, callVarying, budget } = frame.run;
  spendOnWalk(target.name, values, budget);
  if (receiver !== undefined) return (callee as Method).call(receiver, values, context);
  const fn = callee as HelmFunction;
  if (fn.varies !== undefined && callVarying !== undefined) return callVarying(fn, values, context, frame);
  return fn.call(values, context);
}

/** Go's "error calling": only for what a function failed with, not for a limit or a defect of ours. */
function callError(frame: Frame, target: Call, error: unknown): unknown {
  if (!(error instanceof GoError || error instanceof ExecError)) return error;
  frame.node = target.node;
  return new ExecError(frame, `error calling ${target.name}: ${error.message}`, error);
}

function callBuiltin(frame: Frame, dot: Result, target: BuiltinCall, args: readonly Operand[], final: Final): Result {
  const { callee } = target;
  const given = countArguments(frame, target, args, final);
  const { trace, goVersion } = frame.run;
  const values: Result[] = [];
  const origins = trace === undefined ? undefined : [];
  for (let at = 0; at < given; at++) {
    values.push(evaluateArgument(frame, dot, args[at + 1] as Operand, types.reflected));
    noteOrigin(origins, trace?.last);
  }
  if (final !== nothing) {
    values.push(final);
    noteOrigin(origins, target.piped);
  }
  try {
    spendOnWalk(target.name, values, frame.run.budget);
    if (trace === undefined || origins === undefined) return callee.call(values, goVersion);
    return traced(frame, trace, target, { values, origins }, () => callee.call(values, goVersion));
  } catch (error) {
    throw callError(frame, target, error);
  }
}

function callSpecial(frame: Frame, dot: Result, target: SpecialCall, args: readonly Operand[], final: Final): Result {
  const { callee } = target;
  const given = countArguments(frame, target, args, final);
  if (callee.kind === 'call') return callValue(frame, dot, target, args, final);
  const { trace } = frame.run;
  const values: Result[] = [];
  const origins = trace === undefined ? undefined : [];
  let decided = false;
  for (let at = 0; at < given && !decided; at++) {
    const value = evaluateArgument(frame, dot, args[at + 1] as Operand, types.reflected);
    values.push(value);
    noteOrigin(origins, trace?.last);
    decided = isTrue(value) === (callee.kind === 'or');
  }
  if (final !== nothing && !decided) {
    values.push(final);
    noteOrigin(origins, target.piped);
  }
  const result = values.at(-1);
  if (trace !== undefined && origins !== undefined) traced(frame, trace, target, { values, origins }, () => result);
  return result;
}

/** `call`: no function values can be reached from a chart's data, so there is nothing to call. */
function callValue(frame: Frame, dot: Result, target: SpecialCall, args: readonly Operand[], final: Final): never {
  const values = args.slice(1).map((arg) => evaluateArgument(frame, dot, arg, types.reflected));
  if (final !== nothing) values.push(final);
  const callee = values[0] ?? null;
  const bare = typeof callee === 'string' ? callee : `<${typeName(callee)} Value>`;
  const shown = args[1] === undefined ? bare : printNode(args[1]);
  const text = callee === null ? 'call of nil' : `non-function ${shown} of type ${typeName(callee)}`;
  throw callError(frame, target, new GoError(text));
}

/** One argument, converted to its parameter's type; no type is asked of the base of a field chain. */
function evaluateArgument(frame: Frame, dot: Result, node: Operand, type: GoType | undefined): Result {
  frame.node = node;
  let value: Result;
  switch (node.kind) {
    case 'dot':
      value = dot;
      if (frame.run.trace !== undefined) frame.run.trace.last = frame.dotOrigin;
      break;
    case 'field':
      value = evaluateFields(frame, dot, node, noArgs, nothing);
      break;
    case 'variable':
      value = evaluateVariable(frame, dot, node, noArgs, nothing);
      break;
    case 'pipe':
      value = evaluatePipeline(frame, dot, node);
      break;
    case 'identifier':
      value = callFunction(frame, dot, node, node, noArgs, nothing);
      break;
    case 'chain':
      value = evaluateChainNode(frame, dot, node, noArgs, nothing);
      break;
    default:
      frame.run.trace?.literal(node, frame);
      return assignLiteral(frame, node, type ?? types.any);
  }
  return type === undefined ? value : assign(frame, value, type);
}
