import type { RE2JS } from 're2js';
import { type ByteString, decodeRune, fromText, isAscii, toBytes, toText } from '../../bytes.ts';
import { GoError } from '../../errors.ts';
import { re2js } from '../../on-demand.ts';
import { isDigit, isLetter } from '../text/unicode.ts';
import { firstInvalidByte } from '../text/utf8.ts';

/**
 * Go's `regexp` over byte strings: RE2 syntax, leftmost-first, in linear time. The matching itself is re2js; what Go
 * adds around it (all matches, splitting, templates of replacements) is here.
 */
export interface Expression {
  readonly source: ByteString;
  readonly compiled: RE2JS;
}

/** Byte offsets of the whole match and then of each group; undefined for a group that took no part. */
type Match = readonly (readonly [number, number] | undefined)[];

const MAX_CACHED = 200;
const cache = new Map<ByteString, Expression>();

/** Go's regexp.Compile; throws a {@link GoError} in Go's words. Charts use few expressions many times: they are kept. */
export function compileExpression(source: ByteString): Expression {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const invalid = firstInvalidByte(source);
  if (invalid !== -1) throw new GoError(`error parsing regexp: invalid UTF-8: \`${source.slice(invalid)}\``);
  const expression = { source, compiled: compile(toText(source)) };
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(source, expression);
  return expression;
}

function compile(source: string): RE2JS {
  try {
    return re2js().RE2JS.compile(source);
  } catch (error) {
    if (error instanceof re2js().RE2JSSyntaxException) throw new GoError(fromText(error.message));
    throw error;
  }
}

/** True when the text contains a match. */
export function matches(expression: Expression, text: ByteString): boolean {
  return searcher(expression, text)(0) !== undefined;
}

/** The first match, or undefined. */
export function findFirst(expression: Expression, text: ByteString): ByteString | undefined {
  const match = searcher(expression, text)(0);
  return match && slice(text, match[0]);
}

/** At most `limit` matches (all for a negative limit), as Go's FindAllString. */
export function findAll(expression: Expression, text: ByteString, limit: number): ByteString[] {
  return allMatches(expression, text, limit).map((match) => slice(text, match[0]));
}

/** The text between matches, as Go's Split: at most `limit` parts (all for a negative limit), none for 0. */
export function split(expression: Expression, text: ByteString, limit: number): ByteString[] | undefined {
  if (limit === 0) return undefined;
  if (expression.source !== '' && text === '') return [''];
  const parts: ByteString[] = [];
  let begin = 0;
  let end = 0;
  for (const [whole] of allMatches(expression, text, limit)) {
    if (limit > 0 && parts.length === limit - 1) break;
    const [matchStart, matchEnd] = whole ?? [0, 0];
    end = matchStart;
    // An empty match at the very beginning separates nothing.
    if (matchEnd !== 0) parts.push(text.slice(begin, end));
    begin = matchEnd;
  }
  if (end !== text.length) parts.push(text.slice(begin));
  return parts;
}

/** Replaces every match by a template with `$1`, `${1}`, `${name}` and `$$`, as Go's ReplaceAllString. */
export function replaceAll(expression: Expression, text: ByteString, template: ByteString): ByteString {
  return replaceWith(expression, text, (match) => expandTemplate(template, match, text, expression));
}

/** Replaces every match by a text as it is, as Go's ReplaceAllLiteralString. */
export function replaceAllLiteral(expression: Expression, text: ByteString, replacement: ByteString): ByteString {
  return replaceWith(expression, text, () => replacement);
}

/** Go's regexp.QuoteMeta. */
export function quoteMeta(text: ByteString): ByteString {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

function replaceWith(
  expression: Expression,
  text: ByteString,
  replacementOf: (match: Match) => ByteString,
): ByteString {
  const search = searcher(expression, text);
  let out = '';
  let lastEnd = 0;
  for (let at = 0; at <= text.length; ) {
    const match = search(at);
    if (match === undefined) break;
    const [start, end] = match[0] ?? [0, 0];
    out += text.slice(lastEnd, start);
    // An empty match right behind another match is none.
    if (end > lastEnd || start === 0) out += replacementOf(match);
    lastEnd = end;
    at = Math.max(end, at + Math.max(1, decodeRune(text, at).size));
  }
  return out + text.slice(lastEnd);
}

function allMatches(expression: Expression, text: ByteString, limit: number): Match[] {
  const found: Match[] = [];
  const search = searcher(expression, text);
  let lastEnd = -1;
  for (let at = 0; at <= text.length && (limit < 0 || found.length < limit); ) {
    const match = search(at);
    if (match === undefined) break;
    const [start, end] = match[0] ?? [0, 0];
    const empty = end === at;
    if (!(empty && start === lastEnd)) found.push(match);
    at = empty ? at + Math.max(1, decodeRune(text, at).size) : end;
    lastEnd = end;
  }
  return found;
}

/** Finds the first match from a byte offset on. ASCII text is searched as it is, other text as bytes. */
function searcher({ compiled }: Expression, text: ByteString): (from: number) => Match | undefined {
  const matcher = compiled.matcher(isAscii(text) ? text : toBytes(text));
  const groups = matcher.groupCount();
  return (from) => {
    if (!matcher.find(from)) return undefined;
    return Array.from({ length: groups + 1 }, (_, group) => {
      const start = matcher.start(group);
      return start < 0 ? undefined : ([start, matcher.end(group)] as const);
    });
  };
}

function slice(text: ByteString, range: readonly [number, number] | undefined): ByteString {
  return range === undefined ? '' : text.slice(range[0], range[1]);
}

/** What `$` introduces: a name in braces, or the longest run of letters, digits and underscores. */
function expandTemplate(template: ByteString, match: Match, text: ByteString, expression: Expression): ByteString {
  let out = '';
  let at = 0;
  for (;;) {
    const dollar = template.indexOf('$', at);
    if (dollar === -1) return out + template.slice(at);
    out += template.slice(at, dollar);
    at = dollar + 1;
    if (template[at] === '$') {
      out += '$';
      at++;
      continue;
    }
    const braced = template[at] === '{';
    const start = braced ? at + 1 : at;
    const end = nameEnd(template, start);
    if (end === start || (braced && template[end] !== '}')) {
      out += '$';
      continue;
    }
    out += groupText(template.slice(start, end), match, text, expression);
    at = braced ? end + 1 : end;
  }
}

function nameEnd(template: ByteString, start: number): number {
  let end = start;
  while (end < template.length) {
    const { code, size } = decodeRune(template, end);
    if (!isLetter(code) && !isDigit(code) && code !== 0x5f) break;
    end += size;
  }
  return end;
}

/** The text of a group by number or name; empty when there is none. */
function groupText(name: ByteString, match: Match, text: ByteString, { compiled }: Expression): ByteString {
  const number = /^(0|[1-9][0-9]{0,8})$/.test(name) ? Number(name) : compiled.namedGroups()[toText(name)];
  return number === undefined ? '' : slice(text, match[number]);
}
