import { type ByteString, decodeRune, isAscii } from '../../bytes.ts';

/** Offset of the first byte that is no UTF-8, or -1. */
export function firstInvalidByte(text: ByteString): number {
  if (isAscii(text)) return -1;
  for (let at = 0; at < text.length; ) {
    const { code, size } = decodeRune(text, at);
    if (size === 1 && code > 0x7f) return at;
    at += size;
  }
  return -1;
}
