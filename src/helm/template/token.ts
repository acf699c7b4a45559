import type { ByteString } from '../bytes.ts';
import { quote } from '../format/quote.ts';

/** What the lexer tells apart. Kinds in `<…>` are keywords, which messages show that way. */
export type TokenKind =
  | 'error'
  | 'eof'
  | 'text'
  | 'left delimiter'
  | 'right delimiter'
  | 'space'
  | 'assign'
  | 'declare'
  | 'pipe'
  | 'left paren'
  | 'right paren'
  | 'char'
  | 'bool'
  | 'char constant'
  | 'complex'
  | 'number'
  | 'string'
  | 'raw string'
  | 'identifier'
  | 'field'
  | 'variable'
  | Keyword;

export type Keyword =
  | '<.>'
  | '<block>'
  | '<break>'
  | '<continue>'
  | '<define>'
  | '<else>'
  | '<end>'
  | '<if>'
  | '<nil>'
  | '<range>'
  | '<template>'
  | '<with>';

/** The words that are keywords inside an action. */
export const keywords: ReadonlyMap<string, Keyword> = new Map(
  (['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'nil', 'range', 'template', 'with'] as const).map(
    (word) => [word, `<${word}>`],
  ),
);

export interface Token {
  readonly kind: TokenKind;
  /** Byte offset in the source. */
  readonly pos: number;
  /** The source text; for errors the message. */
  readonly value: ByteString;
}

/** How parse errors name a token. */
export function describeToken(token: Token): string {
  if (token.kind === 'eof') return 'EOF';
  if (token.kind === 'error') return token.value;
  if (token.kind.startsWith('<')) return `<${token.value}>`;
  // Go cuts at ten runes; a cut rune would be escaped, so cutting by runes matters only for non-ASCII tokens.
  if (token.value.length > 10) return `${quote(firstRunes(token.value, 10))}...`;
  return quote(token.value);
}

function firstRunes(text: ByteString, count: number): ByteString {
  let end = 0;
  for (let runes = 0; runes < count && end < text.length; runes++) {
    end++;
    while (end < text.length && (text.charCodeAt(end) & 0xc0) === 0x80) end++;
  }
  return text.slice(0, end);
}
