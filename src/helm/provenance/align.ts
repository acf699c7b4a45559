import type { ByteString } from '../bytes.ts';
import { printValue } from '../format/print.ts';
import { GoInt, type Value } from '../value.ts';
import type { Span } from './span.ts';

/** A stretch of an argument that a stretch of a function's result was taken from. */
export interface Taken extends Span {
  readonly argument: number;
}

/**
 * Which stretches of the arguments of a function went, unchanged, into a stretch of its text.
 * Found by looking for the texts in each other, which is exact for what charts use (quote, printf, indent, trim, trunc,
 * default, cat …) unless one text occurs in another by chance. Empty: the function changed the text (upper, b64enc …).
 */
export function takenFrom(
  name: ByteString,
  values: readonly (Value | undefined)[],
  result: ByteString,
  span: Span,
): readonly Taken[] {
  const indented = indentedFrom(name, values, result, span);
  if (indented !== undefined) return indented;
  const wanted = result.slice(span.start, span.end);
  const taken: Taken[] = [];
  values.forEach((value, argument) => {
    // The first argument of printf is the format; its own letters count only where no value stands.
    const text = scalarText(value);
    if (text === undefined || text === '') return;
    const whole = overlapWith(result, text, span);
    if (whole !== undefined) taken.push({ argument, ...whole });
    else if (wanted !== '' && text.includes(wanted)) {
      const start = text.indexOf(wanted);
      taken.push({ argument, start, end: start + wanted.length });
    }
  });
  return taken;
}

/** The text of a value as functions print it; containers have none. */
export function scalarText(value: Value | undefined): ByteString | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || value instanceof GoInt) return printValue(value);
  return undefined;
}

/** The part of `text` that lies within the span, if `text` stands in the result there. */
function overlapWith(result: ByteString, text: ByteString, span: Span): Span | undefined {
  let at = result.indexOf(text, Math.max(span.start - text.length + 1, 0));
  if (at >= span.end) at = -1;
  if (at < 0) return undefined;
  const start = Math.max(span.start - at, 0);
  const end = Math.min(span.end - at, text.length);
  return start < end ? { start, end } : undefined;
}

/** `indent` and `nindent` shift every line; the blanks they add come from nowhere. */
function indentedFrom(
  name: ByteString,
  values: readonly (Value | undefined)[],
  result: ByteString,
  span: Span,
): readonly Taken[] | undefined {
  const [width, text] = values;
  if ((name !== 'indent' && name !== 'nindent') || !(width instanceof GoInt) || typeof text !== 'string')
    return undefined;
  const shift = Number(width.value);
  const lead = name === 'nindent' ? 1 : 0;
  const inner = (offset: number): number => {
    const newlines = countNewlines(result, offset) - lead;
    const column = offset - (result.lastIndexOf('\n', offset - 1) + 1);
    // Each line before this one was made longer by the width.
    const added = lead + newlines * shift + Math.min(column, shift);
    return Math.min(Math.max(offset - added, 0), text.length);
  };
  const start = inner(span.start);
  const end = inner(span.end);
  return start < end ? [{ argument: 1, start, end }] : [];
}

function countNewlines(text: ByteString, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
