/** The bytes of a YAML file → text, refused in go-yaml's words when they are no text. */
import { YamlError } from './yaml-error.ts';

let strictUtf8: InstanceType<typeof TextDecoder> | undefined;

/** UTF-8, or UTF-16 with a byte order mark (as some Windows tools write). Throws YamlError. */
export function decodeYamlBytes(bytes: Uint8Array): string {
  const utf16 = utf16Encoding(bytes);
  if (utf16 !== undefined) return decodeUtf16(bytes, utf16);
  try {
    // Node loads its encodings with the first decoder, and most callers have ASCII and no need of one.
    strictUtf8 ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return strictUtf8.decode(bytes);
  } catch {
    throw invalid(utf8Problem(bytes));
  }
}

function utf16Encoding(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

function decodeUtf16(bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): string {
  if (bytes.length % 2 === 1) throw invalid('incomplete UTF-16 character');
  const text = new TextDecoder(encoding).decode(bytes);
  // The decoder puts U+FFFD where a surrogate has no partner; a real one would be rare enough to be refused as well.
  if (text.includes('\ufffd')) throw invalid('unexpected low surrogate area');
  return text;
}

/** What is wrong with the first sequence that is no UTF-8. */
function utf8Problem(bytes: Uint8Array): string {
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] as number;
    const width = first < 0x80 ? 1 : first >> 5 === 6 ? 2 : first >> 4 === 14 ? 3 : first >> 3 === 30 ? 4 : 0;
    if (width === 0) return 'invalid leading UTF-8 octet';
    if (at + width > bytes.length) return 'incomplete UTF-8 octet sequence';
    let rune = width === 1 ? first : first & (0x7f >> width);
    for (let k = 1; k < width; k++) {
      const octet = bytes[at + k] as number;
      if (octet >> 6 !== 2) return 'invalid trailing UTF-8 octet';
      rune = (rune << 6) | (octet & 0x3f);
    }
    if (rune < ([0, 0, 0x80, 0x800, 0x10000][width] ?? 0)) return 'invalid length of a UTF-8 sequence';
    if ((rune >= 0xd800 && rune <= 0xdfff) || rune > 0x10ffff) return 'invalid Unicode character';
    at += width;
  }
  return 'invalid leading UTF-8 octet';
}

function invalid(problem: string): YamlError {
  return new YamlError({ kind: 'syntax', problem, message: `yaml: ${problem}` });
}
