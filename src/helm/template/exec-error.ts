import type { ByteString } from '../bytes.ts';
import { quote } from '../format/quote.ts';
import type { AnyNode, Definition } from './ast.ts';
import { lineAt } from './parser.ts';
import { printNode } from './print-node.ts';
import type { Frame } from './run.ts';

/** A position as Go counts it: lines from 1, byte columns from 0. */
export interface Position {
  readonly file: ByteString;
  readonly line: number;
  readonly column: number;
}

/**
 * Execution stopped at a node. `message` is Go's whole text, those of the causes included; `cause` is what a function
 * failed with, perhaps the ExecError of a template it executed. Byte strings throughout.
 */
export class ExecError extends Error {
  override readonly name = 'ExecError';
  readonly position: Position;
  /** Name of the template that was executing, and Go's text of the node. */
  readonly template: ByteString;
  readonly context: ByteString;
  /** The message without position and causes' positions. */
  readonly detail: ByteString;

  constructor(frame: Frame, detail: ByteString, cause?: Error) {
    const { definition, node } = frame;
    const position = positionOf(definition, node);
    const context = printNode(node);
    const where = `${position.file}:${position.line}:${position.column}`;
    super(`template: ${where}: executing ${quote(definition.name)} at <${context}>: ${detail}`, { cause });
    this.position = position;
    this.template = definition.name;
    this.context = context;
    this.detail = detail;
  }
}

/** Where a node of a template stands in its file. */
function positionOf(definition: Definition, node: AnyNode): Position {
  const { name, text } = definition.source;
  const lineStart = node.pos === 0 ? 0 : text.lastIndexOf('\n', node.pos - 1) + 1;
  return { file: name, line: lineAt(text, node.pos), column: node.pos - lineStart };
}

/** Fails at the node that the frame is at. */
export function fail(frame: Frame, detail: ByteString): never {
  throw new ExecError(frame, detail);
}
