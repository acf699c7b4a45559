import type { ByteString } from '../bytes.ts';
import { LimitError } from '../errors.ts';
import { printValue } from '../format/print.ts';
import { quote } from '../format/quote.ts';
import {
  GoBytes,
  GoInt,
  GoMap,
  GoPointer,
  GoSlice,
  type GoType,
  intOf,
  sortedKeys,
  types,
  type Value,
} from '../value.ts';
import { spendOnPrint } from '../weight.ts';
import { bytesItems } from './assign.ts';
import type { BranchNode, Definition, ListNode, Node, RangeNode, TemplateNode } from './ast.ts';
import { outputText } from './builtins.ts';
import { fail } from './exec-error.ts';
import { evaluatePipeline } from './expression.ts';
import { Frame, type FrameCall, type Result, type Run } from './run.ts';
import type { Condition, Holder, Origin } from './trace.ts';
import { isTrue } from './truth.ts';

/** How a list was left. */
type Outcome = 'done' | 'break' | 'continue';

/** What is executed, and where to. */
export interface Execution extends Omit<FrameCall, 'caller'> {}

/**
 * Executes a template: a file, or one that another includes or calls. An error leaves `run.frame` where it arose;
 * it ends the rendering anyway.
 */
export function execute(run: Run, execution: Execution): void {
  const caller = run.frame;
  const frame = new Frame(run, { ...execution, caller });
  if (frame.depth > run.maxDepth) {
    const { name } = execution.definition;
    throw new LimitError('depth', `templates are nested deeper than ${run.maxDepth} levels: ${name}`);
  }
  run.frame = frame;
  executeList(frame, execution.data, execution.definition.root);
  run.frame = caller;
}

function executeList(frame: Frame, dot: Result, list: ListNode): Outcome {
  frame.node = list;
  for (const node of list.nodes) {
    const outcome = executeNode(frame, dot, node);
    if (outcome !== 'done') return outcome;
  }
  return 'done';
}

function executeNode(frame: Frame, dot: Result, node: Node): Outcome {
  frame.node = node;
  const { budget } = frame.run;
  budget.work(1);
  switch (node.kind) {
    case 'text':
      budget.output(node.text.length);
      frame.output.write(node.text, node, frame);
      return 'done';
    case 'action': {
      const value = evaluatePipeline(frame, dot, node.pipe);
      // An action that declares variables writes nothing, and they live on until the enclosing end.
      if (node.pipe.variables.length > 0) return 'done';
      frame.node = node;
      spendOnPrint(value, budget);
      const text = outputText(value);
      budget.output(text.length);
      frame.output.write(text, node, frame);
      return 'done';
    }
    case 'if':
    case 'with':
      return executeBranch(frame, dot, node);
    case 'range':
      return executeRange(frame, dot, node);
    case 'template':
      executeTemplate(frame, dot, node);
      return 'done';
    case 'break':
    case 'continue':
      return node.kind;
  }
}

function executeBranch(frame: Frame, dot: Result, node: BranchNode): Outcome {
  const mark = frame.mark();
  const value = evaluatePipeline(frame, dot, node.pipe);
  const list = isTrue(value) ? node.list : node.otherwise;
  if (list === undefined) {
    frame.release(mark);
    return 'done';
  }
  const outer = enterBranch(frame, node, list);
  let outcome: Outcome;
  if (node.kind === 'if' || list !== node.list) {
    outcome = executeList(frame, dot, list);
  } else {
    frame.dotIsInterface = false;
    frame.dotOrigin = frame.run.trace?.last;
    outcome = executeList(frame, value, list);
  }
  leaveBranch(frame, outer);
  frame.release(mark);
  return outcome;
}

/** What a branch changes in its frame and puts back. */
interface Around {
  readonly dotIsInterface: boolean;
  readonly dotOrigin: Origin | undefined;
  readonly condition: Condition | undefined;
}

/** Called right after the pipeline of the branch was evaluated, whose origin becomes that of the condition. */
function enterBranch(frame: Frame, node: BranchNode | RangeNode, list: ListNode): Around {
  const { dotIsInterface, dotOrigin, condition } = frame;
  const { trace } = frame.run;
  if (trace !== undefined) {
    const taken = list === node.list ? 'list' : 'otherwise';
    frame.condition = { node, frame, taken, origin: trace.last, outer: condition };
  }
  return { dotIsInterface, dotOrigin, condition };
}

function leaveBranch(frame: Frame, around: Around): void {
  frame.dotIsInterface = around.dotIsInterface;
  frame.dotOrigin = around.dotOrigin;
  frame.condition = around.condition;
}

function executeTemplate(frame: Frame, dot: Result, node: TemplateNode): void {
  const { run } = frame;
  const definition = run.lookup(node.name);
  if (definition === undefined) fail(frame, `template ${quote(node.name)} not defined`);
  const data = node.pipe === undefined ? undefined : evaluatePipeline(frame, dot, node.pipe);
  const dataOrigin = node.pipe === undefined ? undefined : run.trace?.last;
  frame.node = node;
  execute(run, { definition, output: frame.output, data, dataOrigin, textOrigin: textOriginOf(frame, definition) });
}

/** A template that a `tpl` text defines has its text from where that text came. */
function textOriginOf(frame: Frame, definition: Definition): Origin | undefined {
  return frame.definition.source === definition.source ? frame.textOrigin : undefined;
}

/** The keys and elements that a range goes over. */
interface Items {
  readonly count: number;
  /** Elements come out of slots of type interface {}. */
  readonly areInterfaces: boolean;
  key(at: number): Result;
  element(at: number): Result;
  /** The container, and its keys if it is a map. */
  readonly holder?: Holder;
  mapKey?(at: number): ByteString;
}

function executeRange(frame: Frame, dot: Result, node: RangeNode): Outcome {
  const mark = frame.mark();
  const value = evaluatePipeline(frame, dot, node.pipe);
  const items = itemsOf(frame, value instanceof GoPointer && value.target !== null ? value.target : value, node);
  const list = items.count > 0 ? node.list : node.otherwise;
  let outcome: Outcome = 'done';
  if (list !== undefined) {
    const outer = enterBranch(frame, node, list);
    if (list === node.list) iterate(frame, node, items);
    else outcome = executeList(frame, dot, list);
    leaveBranch(frame, outer);
  }
  frame.release(mark);
  return outcome;
}

function iterate(frame: Frame, node: RangeNode, items: Items): void {
  const { budget, trace } = frame.run;
  const bodyMark = frame.mark();
  const base = trace?.last;
  frame.dotIsInterface = items.areInterfaces;
  for (let at = 0; at < items.count; at++) {
    budget.work(1);
    const element = items.element(at);
    if (trace !== undefined) {
      if (items.holder === undefined) trace.last = base;
      else trace.entry(items.holder, items.mapKey?.(at) ?? at, element, base);
      frame.dotOrigin = trace.last;
    }
    setVariables(frame, node, items, at, element);
    const outcome = executeList(frame, element, node.list);
    frame.release(bodyMark);
    if (outcome === 'break') break;
  }
}

function setVariables(frame: Frame, node: RangeNode, items: Items, at: number, element: Result): void {
  const { variables, assigns } = node.pipe;
  const [first, second] = variables;
  if (first === undefined) return;
  if (assigns) {
    if (second === undefined) frame.assign(first.name, element, items.areInterfaces);
    else {
      frame.assign(first.name, items.key(at), false);
      frame.assign(second.name, element, items.areInterfaces);
    }
    return;
  }
  frame.setFromTop(1, element, items.areInterfaces);
  if (second !== undefined) frame.setFromTop(2, items.key(at), false);
}

function itemsOf(frame: Frame, value: Result, node: RangeNode): Items {
  if (value === undefined) return sequence([], types.string);
  if (value instanceof GoSlice) return sequence(value.items, value.type.elem ?? types.any);
  if (value instanceof GoMap) return mapItems(value);
  if (value instanceof GoInt) {
    if (node.pipe.variables.length > 1) {
      fail(frame, `can't use ${printValue(value)} to iterate over more than one variable`);
    }
    return {
      count: Math.max(Number(value.value), 0),
      areInterfaces: false,
      key: () => undefined,
      element: (at) => new GoInt(value.type, BigInt(at)),
    };
  }
  if (value instanceof GoBytes) return sequence(bytesItems(value), types.uint8);
  return fail(frame, `range can't iterate over ${printValue(value)}`);
}

function sequence(items: readonly Value[], elementType: GoType): Items {
  return {
    count: items.length,
    areInterfaces: elementType.kind === 'interface',
    key: (at) => intOf(at),
    element: (at) => items[at],
    holder: items,
  };
}

/** Keys and values are taken before the first iteration, so `set` in the body does not change what is ranged over. */
function mapItems(map: GoMap): Items {
  const keys = sortedKeys(map);
  const values = keys.map((key) => map.entries.get(key));
  return {
    count: keys.length,
    areInterfaces: map.type.elem?.kind === 'interface',
    key: (at) => keys[at],
    element: (at) => values[at],
    holder: map.entries,
    mapKey: (at) => keys[at] as ByteString,
  };
}
