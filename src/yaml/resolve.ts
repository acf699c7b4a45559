/** What a scalar is: YAML 1.1 typing as go-yaml v2 does it. */
import { parseGoInteger } from './go-number.ts';
import type { YamlNode } from './node.ts';
import { isTimestamp } from './timestamp.ts';

/** `text` also covers timestamps and `!!binary`, which stay strings. */
export type Resolved =
  | { readonly type: 'null' }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int'; readonly value: number | bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'timestamp' }
  | { readonly type: 'text' };

const yes: Resolved = { type: 'bool', value: true };
const no: Resolved = { type: 'bool', value: false };
const nothing: Resolved = { type: 'null' };
const text: Resolved = { type: 'text' };
const timestamp: Resolved = { type: 'timestamp' };

const words = new Map<string, Resolved>([
  ...entries(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'], yes),
  ...entries(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'], no),
  ...entries(['', '~', 'null', 'Null', 'NULL'], nothing),
  ...entries(['.nan', '.NaN', '.NAN'], { type: 'float', value: Number.NaN }),
  ...entries(['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'], { type: 'float', value: Number.POSITIVE_INFINITY }),
  ...entries(['-.inf', '-.Inf', '-.INF'], { type: 'float', value: Number.NEGATIVE_INFINITY }),
]);

function entries(spellings: readonly string[], resolved: Resolved): [string, Resolved][] {
  return spellings.map((spelling) => [spelling, resolved]);
}

/** First characters of anything that may be more than text. */
const hints = new Uint8Array(128);
for (const character of 'yYnNtTfFoO~') hints[character.charCodeAt(0)] = 1;
for (const character of '0123456789+-.') hints[character.charCodeAt(0)] = 2;

const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const dotFloat = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
/** A sign behind the prefix is accepted for binary numbers only. */
const signedBinary = /^0b[-+][01]+$/;

/** Types a scalar node; a string is the reason why its tag does not fit it. */
export function resolveScalar(node: YamlNode): Resolved | string {
  if (node.tag !== '') return resolveTagged(node.tag, node.value);
  return node.plain ? resolvePlain(node.value) : text;
}

/** Types a plain scalar by its look. */
export function resolvePlain(value: string): Resolved {
  const first = value === '' ? 0x7e : value.charCodeAt(0);
  const hint = first < 128 ? hints[first] : 0;
  if (hint === 0) return text;
  if (value.length < 6) {
    const word = words.get(value);
    if (word !== undefined) return word;
  }
  return hint === 1 ? text : resolveNumber(value);
}

function resolveNumber(value: string): Resolved {
  if (value.startsWith('.')) return dotFloat.test(value) ? resolveFloat(value.replaceAll('_', '')) : text;
  if (isTimestamp(value)) return timestamp;
  const plain = value.includes('_') ? value.replaceAll('_', '') : value;
  const integer = parseGoInteger(plain);
  if (integer !== undefined) return { type: 'int', value: integer };
  if (float.test(plain)) return resolveFloat(plain);
  if (signedBinary.test(plain)) {
    const magnitude = parseGoInteger(`0b${plain.slice(3)}`);
    const signed = magnitude === undefined ? undefined : parseGoInteger(`${plain[2]}${magnitude}`);
    if (signed !== undefined) return { type: 'int', value: signed };
  }
  return text;
}

function resolveFloat(digits: string): Resolved {
  const value = Number(digits);
  // Too large for a float: Go reports a range error and keeps the text.
  return Number.isFinite(value) ? { type: 'float', value } : text;
}

const prefix = 'tag:yaml.org,2002:';

export const tags = {
  text: `${prefix}str`,
  bool: `${prefix}bool`,
  int: `${prefix}int`,
  float: `${prefix}float`,
  null: `${prefix}null`,
  timestamp: `${prefix}timestamp`,
  binary: `${prefix}binary`,
  merge: `${prefix}merge`,
} as const;

const tagOfType = {
  null: tags.null,
  bool: tags.bool,
  int: tags.int,
  float: tags.float,
  timestamp: tags.timestamp,
  text: tags.text,
} as const;

/** Types a scalar that carries a tag, or says why the tag does not fit: ``cannot decode !!str `x` as a !!int``. */
function resolveTagged(tag: string, value: string): Resolved | string {
  switch (tag) {
    case tags.bool:
    case tags.int:
    case tags.float:
    case tags.null:
    case tags.timestamp:
      break;
    default:
      return text;
  }
  const look = resolvePlain(value);
  const resolved = look.type === 'timestamp' && tag !== tags.timestamp ? text : look;
  if (tagOfType[resolved.type] === tag) return resolved;
  if (tag === tags.float && resolved.type === 'int' && resolved.value <= 2 ** 63 - 1) {
    return { type: 'float', value: Number(resolved.value) };
  }
  return `cannot decode ${shortTag(tagOfType[resolved.type])} \`${value}\` as a ${shortTag(tag)}`;
}

function shortTag(tag: string): string {
  return `!!${tag.slice(prefix.length)}`;
}
