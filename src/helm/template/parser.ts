import type { ByteString } from '../bytes.ts';
import { LimitError } from '../errors.ts';
import { quote, unquote } from '../format/quote.ts';
import type {
  CommandNode,
  Definition,
  ListNode,
  Node,
  NumberNode,
  Operand,
  PipeNode,
  Source,
  TemplateNode,
  VariableNode,
} from './ast.ts';
import { Lexer } from './lexer.ts';
import { type Literal, readCharConstant, readComplex, readNumber } from './literal.ts';
import { printNode } from './print-node.ts';
import { describeToken, type Token, type TokenKind } from './token.ts';

/** Parsing stopped: Go's text, which begins `template: NAME:LINE: `. */
export class ParseError extends Error {
  override readonly name = 'ParseError';
  readonly line: number;
  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

export interface ParseOptions {
  /** Whether a function of that name may be called. */
  readonly isFunction: (name: ByteString) => boolean;
  /** How deep actions and parentheses may nest. */
  readonly maxNesting: number;
}

/**
 * Parses a file into its templates: those it defines, in order, and last itself.
 * Of several definitions of one name in the file, only one may have more than blanks in it.
 */
export function parse(source: Source, options: ParseOptions): readonly Definition[] {
  const shared: Shared = { source, options, lexer: new Lexer(source.text), definitions: new Map(), nesting: 0 };
  const parser = new TreeParser(shared);
  parser.define(source.name, parser.file());
  const file = shared.definitions.get(source.name);
  const others = [...shared.definitions.values()].filter((definition) => definition !== file);
  return file === undefined ? others : [...others, file];
}

/** Whether a template holds nothing but blanks, comments and definitions; such a one never replaces another. */
export function isEmptyTree(root: ListNode): boolean {
  return root.nodes.every((node) => node.kind === 'text' && /^[\t\n\v\f\r \x85\xa0]*$/.test(blankAsLatin1(node.text)));
}

/** U+0085 and U+00A0 are blanks too; the other Unicode blanks are replaced so that one class of bytes does. */
function blankAsLatin1(text: ByteString): ByteString {
  return text.replace(/\xc2([\x85\xa0])|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80/g, ' ');
}

/** What all trees of one file share. */
interface Shared {
  readonly source: Source;
  readonly options: ParseOptions;
  readonly lexer: Lexer;
  readonly definitions: Map<ByteString, Definition>;
  nesting: number;
}

type Context = 'command' | 'if' | 'range' | 'with' | 'parenthesized pipeline' | 'block clause' | 'template clause';

/** An `{{else}}` or `{{end}}` that closes a list. */
interface Closer {
  readonly kind: 'else' | 'end';
  readonly pos: number;
}

const operandKinds: ReadonlySet<TokenKind> = new Set([
  'bool',
  'char constant',
  'complex',
  '<.>',
  'field',
  'identifier',
  'number',
  '<nil>',
  'raw string',
  'string',
  'variable',
  'left paren',
]);

const nonExecutable: ReadonlySet<Operand['kind']> = new Set(['bool', 'dot', 'nil', 'number', 'string']);

/**
 * Go's recursive descent over one tree. Each `define` and `block` is a tree of its own with its own variables and its own
 * look-ahead; Go takes the line of a message from the last token that *this* tree read, and so does this.
 */
class TreeParser {
  readonly #shared: Shared;
  #last: Token = { kind: 'eof', pos: 0, value: '' };
  /** Tokens pushed back, the next one last. */
  readonly #pending: Token[] = [];
  #variables: ByteString[] = ['$'];
  #rangeDepth = 0;
  /** Where the action being parsed begins; -1 outside of one. */
  #actionPos = -1;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  file(): ListNode {
    const list: ListNode = { kind: 'list', pos: this.#peek().pos, nodes: [] };
    while (this.#peek().kind !== 'eof') {
      if (this.#peek().kind === 'left delimiter') {
        const delimiter = this.#next();
        const word = this.#nextNonSpace();
        if (word.kind === '<define>') {
          new TreeParser(this.#shared).#definition();
          continue;
        }
        this.#pending.push(word, delimiter);
      }
      const node = this.#textOrAction();
      if (isCloser(node)) this.#fail(`unexpected {{${node.kind}}}`);
      list.nodes.push(node);
    }
    return list;
  }

  define(name: ByteString, root: ListNode): void {
    const { definitions, source } = this.#shared;
    const earlier = definitions.get(name);
    if (earlier === undefined || isEmptyTree(earlier.root)) {
      definitions.set(name, { name, source, root });
    } else if (!isEmptyTree(root)) {
      this.#fail(`template: multiple definition of template ${quote(name)}`);
    }
  }

  #definition(): void {
    const context = 'define clause';
    const token = this.#nextNonSpace();
    if (token.kind !== 'string' && token.kind !== 'raw string') this.#unexpected(token, context);
    const name = this.#unquoted(token);
    this.#expectRightDelimiter(context);
    this.define(name, this.#body(context));
  }

  #body(context: string): ListNode {
    const { list, closer } = this.#itemList();
    if (closer.kind !== 'end') this.#fail(`unexpected {{${closer.kind}}} in ${context}`);
    return list;
  }

  // Tokens

  #next(): Token {
    const pushedBack = this.#pending.pop();
    if (pushedBack !== undefined) return pushedBack;
    this.#last = this.#shared.lexer.next();
    return this.#last;
  }

  #peek(): Token {
    const token = this.#next();
    this.#pending.push(token);
    return token;
  }

  #nextNonSpace(): Token {
    let token = this.#next();
    while (token.kind === 'space') token = this.#next();
    return token;
  }

  #peekNonSpace(): Token {
    const token = this.#nextNonSpace();
    this.#pending.push(token);
    return token;
  }

  #expectRightDelimiter(context: string): Token {
    const token = this.#nextNonSpace();
    if (token.kind !== 'right delimiter') this.#unexpected(token, context);
    return token;
  }

  // Errors

  #lineOf(pos: number): number {
    return lineAt(this.#shared.source.text, pos);
  }

  #fail(message: string): never {
    const line = this.#lineOf(this.#last.pos);
    throw new ParseError(`template: ${this.#shared.source.name}:${line}: ${message}`, line);
  }

  #unexpected(token: Token, context: string): never {
    if (token.kind !== 'error') this.#fail(`unexpected ${describeToken(token)} in ${context}`);
    const actionLine = this.#lineOf(this.#actionPos);
    if (this.#actionPos < 0 || actionLine === this.#lineOf(token.pos)) this.#fail(token.value);
    const started = ` started at ${this.#shared.source.name}:${actionLine}`;
    this.#fail(`${token.value}${token.value.endsWith(' action') ? '' : ' in action'}${started}`);
  }

  /** Go has no such limit and would use up its stack's gigabyte; ours is small. */
  #nested<Result>(parseInner: () => Result): Result {
    const { options, source } = this.#shared;
    if (this.#shared.nesting >= options.maxNesting) {
      throw new LimitError('depth', `${source.name}: actions nest deeper than ${options.maxNesting} levels`);
    }
    this.#shared.nesting++;
    const result = parseInner();
    this.#shared.nesting--;
    return result;
  }

  // Statements

  #itemList(): { readonly list: ListNode; readonly closer: Closer } {
    const list: ListNode = { kind: 'list', pos: this.#peekNonSpace().pos, nodes: [] };
    while (this.#peekNonSpace().kind !== 'eof') {
      const node = this.#textOrAction();
      if (isCloser(node)) return { list, closer: node };
      list.nodes.push(node);
    }
    this.#fail('unexpected EOF');
  }

  #textOrAction(): Node | Closer {
    const token = this.#nextNonSpace();
    if (token.kind === 'text') return { kind: 'text', pos: token.pos, text: token.value };
    if (token.kind !== 'left delimiter') this.#unexpected(token, 'input');
    this.#actionPos = token.pos;
    const node = this.#action();
    this.#actionPos = -1;
    return node;
  }

  #action(): Node | Closer {
    const token = this.#nextNonSpace();
    switch (token.kind) {
      case '<block>':
        return this.#block();
      case '<break>':
        return this.#jump('break', token.pos);
      case '<continue>':
        return this.#jump('continue', token.pos);
      case '<else>':
        return this.#else();
      case '<end>':
        return { kind: 'end', pos: this.#expectRightDelimiter('end').pos };
      case '<if>':
        return this.#nested(() => this.#branch('if'));
      case '<range>':
        return this.#nested(() => this.#branch('range'));
      case '<template>':
        return this.#template();
      case '<with>':
        return this.#nested(() => this.#branch('with'));
      default:
        this.#pending.push(token);
        return { kind: 'action', pos: this.#peek().pos, pipe: this.#pipeline('command', 'right delimiter') };
    }
  }

  #jump(kind: 'break' | 'continue', pos: number): Node {
    const token = this.#nextNonSpace();
    if (token.kind !== 'right delimiter') this.#unexpected(token, `{{${kind}}}`);
    if (this.#rangeDepth === 0) this.#fail(`{{${kind}}} outside {{range}}`);
    return { kind, pos };
  }

  #else(): Closer {
    const token = this.#peekNonSpace();
    // "else if" and "else with" leave their keyword for the branch that is being parsed.
    if (token.kind === '<if>' || token.kind === '<with>') return { kind: 'else', pos: token.pos };
    return { kind: 'else', pos: this.#expectRightDelimiter('else').pos };
  }

  #branch(kind: 'if' | 'with' | 'range'): Node {
    const mark = this.#variables.length;
    const pipe = this.#pipeline(kind, 'right delimiter');
    if (kind === 'range') this.#rangeDepth++;
    const { list, closer } = this.#itemList();
    if (kind === 'range') this.#rangeDepth--;
    const otherwise = closer.kind === 'else' ? this.#otherwise(kind, closer) : undefined;
    this.#variables.length = mark;
    return { kind, pos: pipe.pos, pipe, list, otherwise };
  }

  #otherwise(kind: 'if' | 'with' | 'range', closer: Closer): ListNode {
    if ((kind === 'if' || kind === 'with') && this.#peek().kind === `<${kind}>`) {
      this.#next();
      return { kind: 'list', pos: closer.pos, nodes: [this.#nested(() => this.#branch(kind))] };
    }
    const { list, closer: end } = this.#itemList();
    if (end.kind !== 'end') this.#fail(`expected end; found {{${end.kind}}}`);
    return list;
  }

  #block(): TemplateNode {
    const context = 'block clause';
    const token = this.#nextNonSpace();
    const name = this.#templateName(token, context);
    const pipe = this.#pipeline(context, 'right delimiter');
    const inner = new TreeParser(this.#shared);
    inner.define(
      name,
      this.#nested(() => inner.#body(context)),
    );
    return { kind: 'template', pos: token.pos, name, pipe };
  }

  #template(): TemplateNode {
    const context = 'template clause';
    const token = this.#nextNonSpace();
    const name = this.#templateName(token, context);
    const next = this.#nextNonSpace();
    if (next.kind === 'right delimiter') return { kind: 'template', pos: token.pos, name, pipe: undefined };
    this.#pending.push(next);
    return { kind: 'template', pos: token.pos, name, pipe: this.#pipeline(context, 'right delimiter') };
  }

  #templateName(token: Token, context: string): ByteString {
    if (token.kind !== 'string' && token.kind !== 'raw string') this.#unexpected(token, context);
    return this.#unquoted(token);
  }

  // Pipelines

  #pipeline(context: Context, end: TokenKind): PipeNode {
    const { pos } = this.#peekNonSpace();
    const { variables, assigns } = this.#declarations(context);
    const commands: CommandNode[] = [];
    for (;;) {
      const token = this.#nextNonSpace();
      if (token.kind === end) break;
      if (!operandKinds.has(token.kind)) this.#unexpected(token, context);
      this.#pending.push(token);
      commands.push(this.#command());
    }
    if (commands.length === 0) this.#fail(`missing value for ${context}`);
    commands.forEach((command, index) => {
      const first = command.args[0];
      if (index > 0 && first !== undefined && nonExecutable.has(first.kind)) {
        this.#fail(`non executable command in pipeline stage ${index + 1}`);
      }
    });
    return { kind: 'pipe', pos, assigns, variables, commands };
  }

  /** `$x :=`, `$x =`, `$i, $x :=`: known only by what follows the variable, so tokens may have to go back. */
  #declarations(context: Context): { readonly variables: readonly VariableNode[]; readonly assigns: boolean } {
    const variables: VariableNode[] = [];
    for (;;) {
      const variable = this.#peekNonSpace();
      if (variable.kind !== 'variable') return { variables, assigns: false };
      this.#next();
      const after = this.#peek();
      const next = this.#peekNonSpace();
      const declares = next.kind === 'assign' || next.kind === 'declare';
      if (!declares && !(next.kind === 'char' && next.value === ',')) {
        if (after.kind === 'space') this.#pending.push(after);
        this.#pending.push(variable);
        return { variables, assigns: false };
      }
      this.#nextNonSpace();
      variables.push({ kind: 'variable', pos: variable.pos, name: variable.value, fields: [] });
      this.#variables.push(variable.value);
      if (declares) return { variables, assigns: next.kind === 'assign' };
      if (context !== 'range' || variables.length >= 2) this.#fail(`too many declarations in ${context}`);
      const following = this.#peekNonSpace().kind;
      if (following !== 'variable' && following !== 'right delimiter' && following !== 'right paren') {
        this.#fail('range can only initialize variables');
      }
    }
  }

  #command(): CommandNode {
    const { pos } = this.#peekNonSpace();
    const args: Operand[] = [];
    for (;;) {
      this.#peekNonSpace();
      const operand = this.#operand();
      if (operand !== undefined) args.push(operand);
      const token = this.#next();
      if (token.kind === 'space') continue;
      if (token.kind === 'right delimiter' || token.kind === 'right paren') this.#pending.push(token);
      else if (token.kind !== 'pipe') this.#unexpected(token, 'operand');
      break;
    }
    if (args.length === 0) this.#fail('empty command');
    return { kind: 'command', pos, args };
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    if (term === undefined || this.#peek().kind !== 'field') return term;
    const { pos } = this.#peek();
    const fields: ByteString[] = [];
    while (this.#peek().kind === 'field') fields.push(this.#next().value.slice(1));
    switch (term.kind) {
      case 'field':
        return { kind: 'field', pos, fields: [...term.fields, ...fields] };
      case 'variable':
        return { kind: 'variable', pos, name: term.name, fields: [...term.fields, ...fields] };
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        this.#fail(`unexpected . after term ${quote(printNode(term))}`);
        break;
      default:
    }
    return { kind: 'chain', pos, base: term, fields };
  }

  #term(): Operand | undefined {
    const token = this.#nextNonSpace();
    const { pos, value } = token;
    switch (token.kind) {
      case 'identifier':
        if (!this.#shared.options.isFunction(value)) this.#fail(`function ${quote(value)} not defined`);
        return { kind: 'identifier', pos, name: value };
      case '<.>':
        return { kind: 'dot', pos };
      case '<nil>':
        return { kind: 'nil', pos };
      case 'variable':
        if (!this.#variables.includes(value)) this.#fail(`undefined variable ${quote(value)}`);
        return { kind: 'variable', pos, name: value, fields: [] };
      case 'field':
        return { kind: 'field', pos, fields: [value.slice(1)] };
      case 'bool':
        return { kind: 'bool', pos, value: value === 'true' };
      case 'char constant':
        return this.#number(token, readCharConstant(value));
      case 'complex':
        return this.#number(token, readComplex(value));
      case 'number':
        return this.#number(token, readNumber(value));
      case 'left paren':
        return this.#nested(() => this.#pipeline('parenthesized pipeline', 'right paren'));
      case 'string':
      case 'raw string':
        return { kind: 'string', pos, quoted: value, value: this.#unquoted(token) };
      default:
        this.#pending.push(token);
        return undefined;
    }
  }

  #number(token: Token, literal: Literal): NumberNode {
    if ('complaint' in literal) this.#fail(literal.complaint);
    return { kind: 'number', pos: token.pos, text: token.value, ...literal.meaning };
  }

  #unquoted(token: Token): ByteString {
    return unquote(token.value) ?? this.#fail('invalid syntax');
  }
}

function isCloser(node: Node | Closer): node is Closer {
  return node.kind === 'else' || node.kind === 'end';
}

/** 1-based line of a byte offset. */
export function lineAt(text: ByteString, pos: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < pos; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
