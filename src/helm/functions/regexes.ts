import type { ByteString } from '../bytes.ts';
import { GoError } from '../errors.ts';
import { canBackquote, quote } from '../format/quote.ts';
import type { HelmFunction } from '../function.ts';
import { GoSlice, type GoType, stringsOf, types, type Value } from '../value.ts';
import { type Arguments, define, type Parameter, takes } from './define.ts';
import {
  compileExpression,
  type Expression,
  findAll,
  findFirst,
  matches,
  quoteMeta,
  replaceAll,
  replaceAllLiteral,
  split,
} from './regex/expression.ts';

const { int, string } = takes;

const NIL_STRINGS = new GoSlice(types.strings, [], true);

/** sprig's functions on regular expressions; each has a form with `must` that words a bad expression otherwise. */
export const regexFunctions: readonly HelmFunction[] = [
  ...define('regexMatch', {
    takes: [string, string],
    gives: types.bool,
    call: ([source, text]) => matchesIfValid(source, text),
  }),
  ...define('mustRegexMatch', {
    takes: [string, string],
    gives: types.bool,
    call: ([source, text]) => matches(compileExpression(source), text),
  }),
  ...both('Find', {
    further: [string],
    gives: types.string,
    call: (expression, [text]) => findFirst(expression, text) ?? '',
  }),
  ...both('FindAll', {
    further: [string, int],
    gives: types.strings,
    call: (expression, [text, limit]) => {
      const found = findAll(expression, text, limit);
      return found.length === 0 ? NIL_STRINGS : stringsOf(found);
    },
  }),
  ...both('ReplaceAll', {
    further: [string, string],
    gives: types.string,
    call: (expression, [text, template]) => replaceAll(expression, text, template),
  }),
  ...both('ReplaceAllLiteral', {
    further: [string, string],
    gives: types.string,
    call: (expression, [text, replacement]) => replaceAllLiteral(expression, text, replacement),
  }),
  ...both('Split', {
    further: [string, int],
    gives: types.strings,
    call: (expression, [text, limit]) => {
      const parts = split(expression, text, limit);
      return parts === undefined ? NIL_STRINGS : stringsOf(parts);
    },
  }),
  ...define('regexQuoteMeta', { takes: [string], gives: types.string, call: ([text]) => quoteMeta(text) }),
];

type Further = readonly Parameter<ByteString | number>[];

interface ExpressionFunction<P extends Further> {
  /** The parameters behind the expression. */
  readonly further: P;
  readonly gives: GoType;
  readonly call: (expression: Expression, further: Arguments<P>) => Value;
}

function both<const P extends Further>(name: string, definition: ExpressionFunction<P>): HelmFunction[] {
  const { further, gives, call } = definition;
  const form = (full: string, compile: (source: ByteString) => Expression) =>
    define(full, {
      takes: [string, ...further],
      gives,
      call: ([source, ...rest]) => call(compile(source), rest as Arguments<P>),
    });
  return [...form(`regex${name}`, mustCompile), ...form(`mustRegex${name}`, compileExpression)];
}

/** Go's regexp.MustCompile, which panics with the expression in its message. */
function mustCompile(source: ByteString): Expression {
  try {
    return compileExpression(source);
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    const quoted = canBackquote(source) ? `\`${source}\`` : quote(source);
    throw new GoError(`regexp: Compile(${quoted}): ${error.message}`);
  }
}

function matchesIfValid(source: ByteString, text: ByteString): boolean {
  try {
    return matches(compileExpression(source), text);
  } catch (error) {
    if (error instanceof GoError) return false;
    throw error;
  }
}
