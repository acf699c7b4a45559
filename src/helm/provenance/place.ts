import { type ByteString, toText } from '../bytes.ts';
import type { AnyNode } from '../template/ast.ts';
import { lineAt } from '../template/parser.ts';
import { printNode } from '../template/print-node.ts';
import type { Frame } from '../template/run.ts';

/** A place in a template file, for people: line and column from 1, the column in characters. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The template it belongs to: the file itself, or a name it defines. */
  readonly template: string;
  /** The expression that stands there; absent for plain text. */
  readonly expression?: string;
}

/** The place of a node, or of the byte `within` bytes behind its start. */
export function placeOf(frame: Frame, node: AnyNode, within = 0): Place {
  const { definition } = frame;
  const { name, text } = definition.source;
  const offset = startOf(text, node) + within;
  const place = {
    file: toText(name),
    line: lineAt(text, offset),
    column: columnAt(text, offset),
    template: toText(definition.name),
  };
  return node.kind === 'text' ? place : { ...place, expression: expressionOf(node) };
}

/** Go's position of a field chain is its second dot; people look for the first. */
function startOf(text: ByteString, node: AnyNode): number {
  switch (node.kind) {
    case 'field':
      return before(text, node.pos, `.${node.fields[0] ?? ''}`);
    case 'variable':
      return before(text, node.pos, node.name);
    case 'action':
      return startOf(text, node.pipe);
    case 'pipe': {
      const [first] = node.variables.length > 0 ? node.variables : (node.commands[0]?.args ?? []);
      return first === undefined ? node.pos : startOf(text, first);
    }
    case 'command':
      return node.args[0] === undefined ? node.pos : startOf(text, node.args[0]);
    default:
      return node.pos;
  }
}

function before(text: ByteString, pos: number, start: ByteString): number {
  if (text.startsWith(start, pos)) return pos;
  const at = pos - start.length;
  return text.startsWith(start, at) ? at : pos;
}

function columnAt(text: ByteString, offset: number): number {
  const lineStart = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  return toText(text.slice(lineStart, offset)).length + 1;
}

/** Branches show their head only. */
function expressionOf(node: AnyNode): string {
  switch (node.kind) {
    case 'if':
    case 'with':
    case 'range':
      return `${node.kind} ${toText(printNode(node.pipe))}`;
    case 'action':
      return toText(printNode(node.pipe));
    default:
      return toText(printNode(node));
  }
}
