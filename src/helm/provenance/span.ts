import type { YamlPosition } from '../../yaml/index.ts';
import { type ByteString, fromText, isAscii, toText } from '../bytes.ts';

/** A stretch of a text, the end excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** YAML positions count UTF-16 units, renderings bytes. */
export function spanInBytes(text: ByteString, position: Pick<YamlPosition, 'start' | 'end'>): Span {
  if (isAscii(text)) return { start: position.start, end: position.end };
  const decoded = toText(text);
  const start = fromText(decoded.slice(0, position.start)).length;
  return { start, end: start + fromText(decoded.slice(position.start, position.end)).length };
}
