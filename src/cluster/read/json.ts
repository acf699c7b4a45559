/** JSON on the wire, without losing a digit: an integer beyond 2^53 is a bigint on this side. */
import type { Json } from '../../resource/resource.ts';

// The compiler's library does not know these two yet; Node 24 has both.
type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** Throws SyntaxError when the text is no JSON. */
export function parseJson(text: string): Json {
  // A reviver makes parsing several times slower, and hardly any object needs it.
  if (!/\d{16}/.test(text)) return JSON.parse(text) as Json;
  const reviver: Reviver = (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
      ? BigInt(source)
      : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown) as Json;
}

/** The reverse: a bigint is written as the integer that it is. */
export function formatJson(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // Asking for each value whether it is a bigint takes several times longer, and hardly any object has one.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'bigint' ? rawJSON(String(inner)) : inner,
    );
  }
}
