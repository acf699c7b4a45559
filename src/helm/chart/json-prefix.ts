import { fromText } from '../bytes.ts';
import { GoError } from '../errors.ts';
import { dictOf, listOf, type Value } from '../value.ts';

/** The JSON value a text begins with, and how many UTF-16 units it takes. What follows is not looked at. */
export function readJsonPrefix(text: string): { readonly value: Value; readonly length: number } {
  const length = endOfValue(text);
  return { value: readJson(text.slice(0, length)), length };
}

/** A JSON text as Go decodes it into an interface: numbers are float64. */
export function readJson(text: string): Value {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new GoError('invalid JSON');
  }
  return fromParsed(parsed);
}

function fromParsed(parsed: unknown): Value {
  if (parsed === null || typeof parsed === 'boolean') return parsed;
  if (typeof parsed === 'string') return fromText(parsed);
  if (typeof parsed === 'number') {
    if (!Number.isFinite(parsed)) throw new GoError('json: cannot unmarshal number into Go value of type float64');
    return parsed;
  }
  if (Array.isArray(parsed)) return listOf(parsed.map(fromParsed));
  return dictOf(Object.entries(parsed as object).map(([key, value]) => [fromText(key), fromParsed(value)] as const));
}

function endOfValue(text: string): number {
  const start = /^[\s]*/.exec(text)?.[0].length ?? 0;
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  if (first !== '{' && first !== '[') {
    const scalar = /^(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)/.exec(text.slice(start));
    if (scalar === null) throw new GoError('invalid JSON');
    return start + scalar[0].length;
  }
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at) - 1;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  throw new GoError('unexpected EOF');
}

function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  throw new GoError('unexpected EOF');
}
