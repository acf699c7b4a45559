import type { ByteString } from '../bytes.ts';

/** Unicode white space as UTF-8 byte patterns: what Go's strings.TrimSpace takes off. */
const spaces =
  '[\\t-\\r ]|\\xC2[\\x85\\xA0]|\\xE1\\x9A\\x80|\\xE2\\x80[\\x80-\\x8A\\xA8\\xA9\\xAF]|\\xE2\\x81\\x9F|\\xE3\\x80\\x80';

const left = new RegExp(`^(?:${spaces})+`);
const atEnd = new RegExp(`^(?:${spaces})$`);

/** Go's strings.TrimSpace. */
export function trimSpace(text: ByteString): ByteString {
  let end = text.length;
  for (let size = spaceBefore(text, end); size > 0; size = spaceBefore(text, end)) end -= size;
  return trimSpaceLeft(text.slice(0, end));
}

/** White space taken off the beginning only. */
export function trimSpaceLeft(text: ByteString): ByteString {
  return text.replace(left, '');
}

/** Whether the byte is what `\s` means in Go's regular expressions: ASCII, without the vertical tab. */
export function isSpaceAt(text: ByteString, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0c || code === 0x0d;
}

/** How many bytes the space character that ends at `end` has; 0 when there is none. */
function spaceBefore(text: ByteString, end: number): number {
  const last = text.charCodeAt(end - 1);
  if (last === 0x20 || (last >= 0x09 && last <= 0x0d)) return 1;
  if (!(last >= 0x80)) return 0;
  if (atEnd.test(text.slice(end - 2, end))) return 2;
  return atEnd.test(text.slice(end - 3, end)) ? 3 : 0;
}
