/** What a mapping's key is called once mappings may only have text keys, as in JSON. */
import { formatGoFloat, maxInt64 } from './go-number.ts';
import { SCALAR_NODE, type YamlNode } from './node.ts';
import { resolveScalar, tags } from './resolve.ts';

export type KeyText =
  | { readonly kind: 'text'; readonly text: string }
  /** JSON has no such key; `type` as Go names it. */
  | { readonly kind: 'unsupported'; readonly type: string }
  | { readonly kind: 'invalid'; readonly problem: string };

/** The text of a scalar key: booleans by their value, integers in decimal, floats as Go prints them with 32 bits. */
export function keyText(node: YamlNode): KeyText {
  if (node.tag === '' && !node.plain) return { kind: 'text', text: node.value };
  const resolved = resolveScalar(node);
  if (typeof resolved === 'string') return { kind: 'invalid', problem: resolved };
  switch (resolved.type) {
    case 'bool':
      return { kind: 'text', text: resolved.value ? 'true' : 'false' };
    case 'int':
      if (resolved.value > maxInt64) return { kind: 'unsupported', type: 'uint64' };
      return { kind: 'text', text: resolved.value.toString() };
    case 'float':
      return { kind: 'text', text: floatKey(resolved.value) };
    case 'null':
      return { kind: 'unsupported', type: '%!s(<nil>)' };
    default:
      return textKey(node);
  }
}

function textKey(node: YamlNode): KeyText {
  const text = node.tag === tags.binary ? decodeBinary(node.value) : node.value;
  if (text === undefined) return { kind: 'invalid', problem: '!!binary value contains invalid base64 data' };
  return { kind: 'text', text };
}

function floatKey(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (Number.isFinite(Math.fround(value))) return formatGoFloat(value, 32);
  return value > 0 ? '.inf' : '-.inf';
}

/** `<<` without quotes. */
export function isMergeKey(node: YamlNode): boolean {
  return node.value === '<<' && node.kind === SCALAR_NODE && (node.plain || node.tag === tags.merge);
}

/** A `!!binary` scalar as text (bytes that are no UTF-8 become U+FFFD, as in JSON); undefined when it is no base64. */
export function decodeBinary(value: string): string | undefined {
  const encoded = value.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded)) return undefined;
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
