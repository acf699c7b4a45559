import type { ByteString } from '../../bytes.ts';

/** How Go's time package quotes a text in its errors: other than ASCII letters as `\x` bytes. */
export function quoteTimeText(text: ByteString): ByteString {
  const quoted = text.replace(/[^ -~]|["\\]/g, (byte) => {
    const code = byte.charCodeAt(0);
    // DEL is above blank and below the first two-byte rune, so Go lets it through.
    if (code === 0x7f) return byte;
    return byte === '"' || byte === '\\' ? `\\${byte}` : `\\x${code.toString(16).padStart(2, '0')}`;
  });
  return `"${quoted}"`;
}
