import { type ByteString, decodeRune, isAscii } from '../bytes.ts';
import { isPrintable } from '../format/printable.ts';

const htmlEscapes: ReadonlyMap<string, ByteString> = new Map([
  ['\0', '\xef\xbf\xbd'],
  ['"', '&#34;'],
  ["'", '&#39;'],
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);

/** Go's template.HTMLEscapeString. */
export function escapeHtml(text: ByteString): ByteString {
  return text.replace(/[\0"'&<>]/g, (char) => htmlEscapes.get(char) ?? char);
}

/** Go's template.JSEscapeString. */
export function escapeJs(text: ByteString): ByteString {
  const escaped = text.replace(/[\0-\x1f\\'"<>&=]/g, (char) => {
    if (char === '\\' || char === "'" || char === '"') return `\\${char}`;
    return `\\u00${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
  if (isAscii(escaped)) return escaped;
  let out = '';
  for (let at = 0; at < escaped.length; ) {
    const { code, size } = decodeRune(escaped, at);
    out += code < 0x80 || isPrintable(code) ? escaped.slice(at, at + size) : `\\u${upperHex(code)}`;
    at += size;
  }
  return out;
}

function upperHex(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, '0');
}

/** Go's url.QueryEscape. */
export function escapeUrlQuery(text: ByteString): ByteString {
  return text.replace(/[^A-Za-z0-9\-_.~]/g, (char) => {
    return char === ' ' ? '+' : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}
