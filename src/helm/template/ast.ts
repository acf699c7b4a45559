import type { ByteString } from '../bytes.ts';

/**
 * The parse tree of a template. `pos` is a byte offset in the source of the file that holds the node, and means
 * what Go's node positions mean (a field chain `.a.b.c` stands at `.b`), because error messages show it.
 */
export type Node = TextNode | ActionNode | BranchNode | RangeNode | TemplateNode | JumpNode;

export interface ListNode {
  readonly kind: 'list';
  readonly pos: number;
  readonly nodes: Node[];
}

export interface TextNode {
  readonly kind: 'text';
  readonly pos: number;
  readonly text: ByteString;
}

/** `{{ pipeline }}` */
export interface ActionNode {
  readonly kind: 'action';
  readonly pos: number;
  readonly pipe: PipeNode;
}

export interface BranchNode {
  readonly kind: 'if' | 'with';
  readonly pos: number;
  readonly pipe: PipeNode;
  readonly list: ListNode;
  readonly otherwise: ListNode | undefined;
}

export interface RangeNode {
  readonly kind: 'range';
  readonly pos: number;
  readonly pipe: PipeNode;
  readonly list: ListNode;
  readonly otherwise: ListNode | undefined;
}

/** `{{ template "name" pipeline }}`, and what is left of a `{{ block }}`. */
export interface TemplateNode {
  readonly kind: 'template';
  readonly pos: number;
  readonly name: ByteString;
  readonly pipe: PipeNode | undefined;
}

export interface JumpNode {
  readonly kind: 'break' | 'continue';
  readonly pos: number;
}

export interface PipeNode {
  readonly kind: 'pipe';
  readonly pos: number;
  /** `=` rather than `:=`. */
  readonly assigns: boolean;
  /** Names with their `$`, in source order. */
  readonly variables: readonly VariableNode[];
  readonly commands: readonly CommandNode[];
}

export interface CommandNode {
  readonly kind: 'command';
  readonly pos: number;
  readonly args: readonly Operand[];
}

export type Operand =
  | IdentifierNode
  | VariableNode
  | FieldNode
  | ChainNode
  | PipeNode
  | DotNode
  | NilNode
  | BoolNode
  | NumberNode
  | StringNode;

export interface IdentifierNode {
  readonly kind: 'identifier';
  readonly pos: number;
  readonly name: ByteString;
}

/** `$x.a.b`: the variable's name (with `$`) and the fields after it. */
export interface VariableNode {
  readonly kind: 'variable';
  readonly pos: number;
  readonly name: ByteString;
  readonly fields: readonly ByteString[];
}

/** `.a.b` */
export interface FieldNode {
  readonly kind: 'field';
  readonly pos: number;
  readonly fields: readonly ByteString[];
}

/** `(pipeline).a.b` or `function.a.b` */
export interface ChainNode {
  readonly kind: 'chain';
  readonly pos: number;
  readonly base: Operand;
  readonly fields: readonly ByteString[];
}

export interface DotNode {
  readonly kind: 'dot';
  readonly pos: number;
}

export interface NilNode {
  readonly kind: 'nil';
  readonly pos: number;
}

export interface BoolNode {
  readonly kind: 'bool';
  readonly pos: number;
  readonly value: boolean;
}

/** A number literal can stand for several types at once; the parameter it is given to decides. */
export interface NumberNode {
  readonly kind: 'number';
  readonly pos: number;
  readonly text: ByteString;
  readonly int: bigint | undefined;
  readonly uint: bigint | undefined;
  readonly float: number | undefined;
  readonly complex: { readonly real: number; readonly imaginary: number } | undefined;
}

export interface StringNode {
  readonly kind: 'string';
  readonly pos: number;
  /** As written, with its quotes. */
  readonly quoted: ByteString;
  readonly value: ByteString;
}

/** Any node that an error can point at. */
export type AnyNode = Node | ListNode | PipeNode | CommandNode | Operand;

/** A file of templates, as it is needed to say where something stands. */
export interface Source {
  readonly name: ByteString;
  readonly text: ByteString;
}

/** A named template: a whole file, a `define` or a `block`. */
export interface Definition {
  readonly name: ByteString;
  readonly source: Source;
  readonly root: ListNode;
}
