/** JSON as Go's encoding/json writes it: sorted keys, its own float forms and escapes. */
import { positional, scientific, shortestDigits } from './go-number.ts';
import { type Shape, type ShapeOf, shapeOfPlain } from './shape.ts';

export interface JsonStyle {
  /** Escape `<`, `>` and `&` (Go's default). */
  readonly html: boolean;
  /** Two spaces per level, as MarshalIndent; else one line. */
  readonly pretty: boolean;
}

/** Plain data as one line of JSON, big integers in full. */
export function writeJson(value: unknown): string {
  return formatJson(value, shapeOfPlain, { html: false, pretty: false });
}

/** JSON text without a final newline. Throws RangeError for NaN and infinities. */
export function formatJson<T>(value: T, shapeOf: ShapeOf<T>, style: JsonStyle): string {
  return write(shapeOf(value), { shapeOf, style }, '\n');
}

interface Writer<T> {
  readonly shapeOf: ShapeOf<T>;
  readonly style: JsonStyle;
}

function write<T>(shape: Shape<T>, writer: Writer<T>, newline: string): string {
  switch (shape.type) {
    case 'null':
      return 'null';
    case 'bool':
      return String(shape.value);
    case 'int':
      return shape.value.toString();
    case 'float':
      return formatJsonFloat(shape.value);
    case 'string':
    case 'verbatim':
      return quoteJson(shape.value, writer.style);
    case 'list': {
      const inner = `${newline}  `;
      const items = shape.items.map((item) => write(writer.shapeOf(item), writer, inner));
      return enclose(['[', ']'], items, { style: writer.style, newline, inner });
    }
    case 'map': {
      const inner = `${newline}  `;
      const separator = writer.style.pretty ? ': ' : ':';
      const entries = [...shape.entries];
      if (shape.struct !== true) entries.sort(([a], [b]) => compareBytes(a, b));
      const members = entries.map(
        ([key, item]) => quoteJson(key, writer.style) + separator + write(writer.shapeOf(item), writer, inner),
      );
      return enclose(['{', '}'], members, { style: writer.style, newline, inner });
    }
  }
}

interface Layout {
  readonly style: JsonStyle;
  readonly newline: string;
  readonly inner: string;
}

function enclose([open, close]: readonly [string, string], parts: readonly string[], layout: Layout): string {
  if (!layout.style.pretty || parts.length === 0) return open + parts.join(',') + close;
  return open + layout.inner + parts.join(`,${layout.inner}`) + layout.newline + close;
}

/** Order of the UTF-8 bytes, which differs from UTF-16 order where surrogates meet U+E000 and above. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y)
      return isSurrogate(x) === isSurrogate(y)
        ? x - y
        : isSurrogate(x)
          ? y >= 0xe000
            ? 1
            : x - y
          : x >= 0xe000
            ? -1
            : x - y;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}

/** Exponents only below 1e-6 and from 1e21 on, without a padding zero in negative ones. */
export function formatJsonFloat(value: number): string {
  if (!Number.isFinite(value)) {
    throw new RangeError(`json: unsupported value: ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`);
  }
  if (Object.is(value, -0)) return '-0';
  const sign = value < 0 ? '-' : '';
  const { digits, exponent } = shortestDigits(Math.abs(value), 64);
  if (value !== 0 && (exponent < -6 || exponent >= 21)) return sign + scientific(digits, exponent).replace('e-0', 'e-');
  return sign + positional(digits, exponent);
}

/** One string with Go's default escapes. */
export function formatJsonString(value: string): string {
  return quoteJson(value, { html: true, pretty: false });
}

const needsEscape = /[\x00-\x1f"\\<>&\u2028\u2029\ud800-\udfff]/;
const escapable = /[\x00-\x1f"\\<>&\u2028\u2029]|[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g;

const short: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A half surrogate pair cannot be UTF-8 and becomes U+FFFD. */
function quoteJson(value: string, style: JsonStyle): string {
  if (!needsEscape.test(value)) return `"${value}"`;
  const escaped = value.replace(escapable, (character) => {
    if (character.length === 2) return character;
    if (!style.html && (character === '<' || character === '>' || character === '&')) return character;
    const unit = character.charCodeAt(0);
    return short[character] ?? (isSurrogate(unit) ? '\\ufffd' : `\\u${unit.toString(16).padStart(4, '0')}`);
  });
  return `"${escaped}"`;
}
