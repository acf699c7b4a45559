import { type ByteString, toText } from '../bytes.ts';
import { AbortError } from '../errors.ts';
import type { Source } from './ast.ts';
import { ExecError, type Position } from './exec-error.ts';
import type { ParseError } from './parser.ts';

/** Where an execution error passed on its way out, the outermost template first. */
export interface TraceEntry {
  readonly file: string;
  readonly line: number;
  /** Byte column from 0, as Helm prints it. */
  readonly column: number;
  readonly template: string;
  /** Go's text of the node. */
  readonly node: string;
}

export interface TemplateErrorFacts {
  readonly stage: 'parse' | 'execute';
  readonly message: string;
  /** What went wrong, without positions. */
  readonly reason: string;
  readonly trace: readonly TraceEntry[];
  /** The source line of the innermost position. */
  readonly sourceLine?: string;
}

/** A template failed to parse or to execute. The message is what Helm prints after `Error: `. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly stage: 'parse' | 'execute';
  readonly reason: string;
  readonly trace: readonly TraceEntry[];
  readonly sourceLine: string | undefined;

  constructor(facts: TemplateErrorFacts, cause: Error) {
    super(facts.message, { cause });
    this.stage = facts.stage;
    this.reason = facts.reason;
    this.trace = facts.trace;
    this.sourceLine = facts.sourceLine;
  }
}

/** How Helm lays out execution errors: 3.x prints Go's chain, 4.x a block per template. */
export type ErrorLayout = 'chain' | 'blocks';

/** Helm shows the position and the text after the last colon, whatever that cuts off. */
export function parseFailure(error: ParseError, source: Source): TemplateError {
  const [, location = '', ...rest] = error.message.split(': ');
  const reason = toText(rest.at(-1) ?? '');
  const file = toText(source.name);
  return new TemplateError(
    {
      stage: 'parse',
      message: `parse error at (${toText(location)}): ${reason}`,
      reason,
      trace: [{ file, line: error.line, column: 0, template: file, node: '' }],
      ...lineOf(source.text, error.line),
    },
    error,
  );
}

/** An execution error in Helm's words. `sourceOf` finds the text of a file for the excerpt. */
export function executionFailure(
  error: ExecError,
  layout: ErrorLayout,
  sourceOf: (file: ByteString) => ByteString | undefined,
): TemplateError {
  const chain = chainOf(error);
  const frames = chain.filter((link) => link instanceof ExecError);
  const innermost = frames.at(-1) ?? error;
  const abort = chain.find((link) => link instanceof AbortError);
  const text = abort === undefined ? layOut(error, chain, layout) : abortText(error, abort);
  const source = sourceOf(innermost.position.file);
  return new TemplateError(
    {
      stage: 'execute',
      message: toText(text),
      reason: toText(abort?.message ?? innermost.detail),
      trace: frames.map(traceEntry),
      ...(source === undefined ? {} : lineOf(source, innermost.position.line)),
    },
    error,
  );
}

/** The error and its causes, as Go's errors.Unwrap would visit them. */
function chainOf(error: Error): readonly Error[] {
  const chain: Error[] = [error];
  for (let next = error.cause; next instanceof Error; next = next.cause) chain.push(next);
  return chain;
}

function traceEntry(error: ExecError): TraceEntry {
  return {
    file: toText(error.position.file),
    line: error.position.line,
    column: error.position.column,
    template: toText(error.template),
    node: toText(error.context),
  };
}

function lineOf(text: ByteString, line: number): { readonly sourceLine: string } {
  return { sourceLine: toText(text.split('\n', line)[line - 1] ?? '') };
}

function at(position: Position): ByteString {
  return `${position.file}:${position.line}:${position.column}`;
}

function abortText(error: ExecError, abort: AbortError): ByteString {
  return `execution error at (${at(error.position)}): ${abort.message}`;
}

function layOut(error: ExecError, chain: readonly Error[], layout: ErrorLayout): ByteString {
  if (layout === 'chain') return error.message;
  const blocks: string[] = [];
  for (const link of chain) {
    const block = blockOf(link.message);
    // One link that is no template error, and Helm 4 falls back to Go's own text.
    if (block === undefined) return error.message;
    if (blocks.at(-1) !== block) blocks.push(block);
  }
  return blocks.join('').trim();
}

/** Helm 4 takes Go's texts apart again; what does not look like one is not laid out. */
function blockOf(message: ByteString): string | undefined {
  const prefix = 'template: ';
  if (!message.startsWith(prefix)) return undefined;
  const rest = message.slice(prefix.length);
  if (rest.startsWith('no template ')) return `${message}\n`;
  const executing = rest.indexOf(': executing ');
  if (executing >= 0) return executingBlock(rest.slice(0, executing), rest.slice(executing + ': executing '.length));
  const colon = rest.lastIndexOf(': ');
  if (colon < 0) return undefined;
  return `${rest.slice(0, colon)}\n  ${cutCause(rest.slice(colon + 2))}\n`;
}

function executingBlock(location: ByteString, after: ByteString): string | undefined {
  const nameEnd = after.startsWith('"') ? after.indexOf('"', 1) : -1;
  if (nameEnd < 0) return undefined;
  const at = after.slice(nameEnd + 1);
  const nodeEnd = at.indexOf('>: ');
  if (!at.startsWith(' at <') || nodeEnd < 5) return undefined;
  const node = at.slice(5, nodeEnd);
  const message = cutCause(at.slice(nodeEnd + 3));
  return `${location}\n  executing "${after.slice(1, nameEnd)}" at <${node}>:\n    ${message}\n`;
}

function cutCause(message: ByteString): ByteString {
  const cut = message.indexOf(' template:');
  return cut < 0 ? message : message.slice(0, cut);
}
