import type { ByteString } from '../bytes.ts';
import { quote } from '../format/quote.ts';
import type { AnyNode, CommandNode, ListNode, Operand, PipeNode } from './ast.ts';

/** Go's canonical text of a node: what stands between `<` and `>` in an execution error. */
export function printNode(node: AnyNode): ByteString {
  switch (node.kind) {
    case 'list':
      return node.nodes.map(printNode).join('');
    case 'text':
      return node.text;
    case 'action':
      return `{{${printPipe(node.pipe)}}}`;
    case 'if':
    case 'with':
    case 'range':
      return `{{${node.kind} ${printPipe(node.pipe)}}}${printNode(node.list)}${printElse(node.otherwise)}{{end}}`;
    case 'template':
      return `{{template ${quote(node.name)}${node.pipe === undefined ? '' : ` ${printPipe(node.pipe)}`}}}`;
    case 'break':
    case 'continue':
      return `{{${node.kind}}}`;
    case 'pipe':
      return printPipe(node);
    case 'command':
      return printCommand(node);
    default:
      return printOperand(node);
  }
}

function printElse(list: ListNode | undefined): ByteString {
  return list === undefined ? '' : `{{else}}${printNode(list)}`;
}

function printPipe(pipe: PipeNode): ByteString {
  const commands = pipe.commands.map(printCommand).join(' | ');
  if (pipe.variables.length === 0) return commands;
  return `${pipe.variables.map(printOperand).join(', ')} ${pipe.assigns ? '=' : ':='} ${commands}`;
}

function printCommand(command: CommandNode): ByteString {
  return command.args.map(printInParens).join(' ');
}

function printInParens(operand: Operand): ByteString {
  return operand.kind === 'pipe' ? `(${printPipe(operand)})` : printOperand(operand);
}

function printOperand(operand: Operand): ByteString {
  switch (operand.kind) {
    case 'identifier':
      return operand.name;
    case 'variable':
      return [operand.name, ...operand.fields].join('.');
    case 'field':
      return operand.fields.map((field) => `.${field}`).join('');
    case 'chain':
      return [printInParens(operand.base), ...operand.fields].join('.');
    case 'pipe':
      return printPipe(operand);
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'bool':
      return operand.value ? 'true' : 'false';
    case 'number':
      return operand.text;
    case 'string':
      return operand.quoted;
  }
}
