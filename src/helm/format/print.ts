import { type ByteString, decodeRune } from '../bytes.ts';
import {
  GoBytes,
  GoComplex,
  GoInt,
  GoMap,
  GoPointer,
  GoSlice,
  type GoStruct,
  type GoType,
  isUnsignedKind,
  sortedKeys,
  typeName,
  typeOf,
  types,
  type Value,
} from '../value.ts';
import { printFloat } from './float.ts';
import { formatFloatVerb, formatInteger } from './number.ts';
import { canBackquote, quote, quoteToAscii } from './quote.ts';
import { noSpec, pad, type Spec } from './spec.ts';

/** Go's fmt.Sprint of one value (`%v`). */
export function printValue(value: Value): ByteString {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return printFloat(value);
    default:
      if (value instanceof GoInt && value.type.stringer === undefined) return value.value.toString();
      return formatArgument(value, 'v', noSpec);
  }
}

/** Go's fmt.Sprint: a space between two operands when neither is a string. */
export function sprint(values: readonly Value[]): ByteString {
  let out = '';
  let afterString = true;
  for (const value of values) {
    const isString = typeof value === 'string';
    if (!isString && !afterString) out += ' ';
    out += printValue(value);
    afterString = isString;
  }
  return out;
}

/** Go's fmt.Sprintln. */
export function sprintln(values: readonly Value[]): ByteString {
  return `${values.map(printValue).join(' ')}\n`;
}

/** One operand of Printf under a verb, `%!verb(type=value)` included. */
export function formatArgument(value: Value, verb: string, spec: Spec): ByteString {
  if (value === null) return verb === 'T' || verb === 'v' ? pad('<nil>', spec) : `%!${verb}(<nil>)`;
  if (verb === 'T') return formatText(typeName(value), 's', spec) ?? '';
  if (verb === 'p') return formatAddress(value, verb, spec) ?? badVerb(value, verb, spec);
  return formatAt(value, verb, spec, { depth: 0, erroring: false });
}

interface Place {
  readonly depth: number;
  /** Inside a bad-verb message Go prints values bare, without their String methods. */
  readonly erroring: boolean;
}

function formatAt(value: Value, verb: string, spec: Spec, place: Place): ByteString {
  if (!place.erroring) {
    // Only Errorf knows %w. Go notices that before it looks at the value, but for a bare []byte: there, per byte.
    if (verb === 'w' && !(value instanceof GoBytes && place.depth === 0)) return badVerb(value, verb, spec);
    const stringer = stringerOf(value);
    if (stringer !== undefined && !spec.sharpV && 'vsxXq'.includes(verb)) {
      return formatText(stringer(value), verb, spec) ?? '';
    }
  }
  return formatBare(value, verb, spec, place) ?? badVerb(value, verb, spec);
}

function stringerOf(value: Value): ((value: Value) => ByteString) | undefined {
  return value !== null && typeof value === 'object' && !(value instanceof GoComplex) ? value.type.stringer : undefined;
}

function badVerb(value: Value, verb: string, spec: Spec): ByteString {
  if (value === null) return `%!${verb}(<nil>)`;
  const shown = formatAt(value, 'v', spec, { depth: 0, erroring: true });
  return `%!${verb}(${typeName(value)}=${shown})`;
}

/** `undefined`: the verb does not fit the kind of value. */
function formatBare(value: Value, verb: string, spec: Spec, place: Place): ByteString | undefined {
  switch (typeof value) {
    case 'boolean':
      return verb === 't' || verb === 'v' ? pad(value ? 'true' : 'false', spec) : undefined;
    case 'string':
      return formatText(value, verb, spec);
    case 'number':
      return formatFloatVerb(value, verb, spec);
    default:
  }
  if (value === null) return spec.sharpV ? 'interface {}(nil)' : '<nil>';
  if (value instanceof GoInt) {
    return formatInteger(value.value, verb, spec, isUnsignedKind(value.type.kind) ? 'unsigned' : 'signed');
  }
  if (value instanceof GoBytes) return formatBytes(value, verb, spec, place);
  if (value instanceof GoSlice) return formatSlice(value, verb, spec, place);
  if (value instanceof GoMap) return formatMap(value, verb, spec, place);
  if (value instanceof GoComplex) return formatComplex(value, verb, spec);
  if (value instanceof GoPointer) return formatPointer(value, verb, spec, place);
  return formatStruct(value, verb, spec, place);
}

function formatText(text: ByteString, verb: string, spec: Spec): ByteString | undefined {
  switch (verb) {
    case 'v':
      return spec.sharpV ? quoted(text, spec) : pad(truncated(text, spec), spec);
    case 's':
      return pad(truncated(text, spec), spec);
    case 'q':
      return quoted(text, spec);
    case 'x':
    case 'X':
      return hexadecimal(text, verb, spec);
    default:
      return undefined;
  }
}

function truncated(text: ByteString, spec: Spec): ByteString {
  if (spec.precision === undefined) return text;
  let end = 0;
  for (let runes = 0; runes < spec.precision && end < text.length; runes++) end += decodeRune(text, end).size;
  return text.slice(0, end);
}

function quoted(text: ByteString, spec: Spec): ByteString {
  const shown = truncated(text, spec);
  if (spec.sharp && canBackquote(shown)) return pad(`\`${shown}\``, spec);
  return pad(spec.plus ? quoteToAscii(shown) : quote(shown), spec);
}

function hexadecimal(bytes: ByteString, verb: string, spec: Spec): ByteString {
  const shown = spec.precision === undefined ? bytes : bytes.slice(0, spec.precision);
  // An empty string is padded by width alone, and to neither side in particular.
  if (shown === '') return (spec.zero && !spec.minus ? '0' : ' ').repeat(spec.width ?? 0);
  const prefix = spec.sharp ? `0${verb}` : '';
  const pairs = Array.from(shown, (char) => {
    const pair = char.charCodeAt(0).toString(16).padStart(2, '0');
    return verb === 'X' ? pair.toUpperCase() : pair;
  });
  return pad(prefix + pairs.join(spec.space ? ` ${prefix}` : ''), spec);
}

function formatBytes(value: GoBytes, verb: string, spec: Spec, place: Place): ByteString | undefined {
  switch (verb) {
    case 's':
      return pad(truncated(value.bytes, spec), spec);
    case 'q':
    case 'x':
    case 'X':
      return formatText(value.bytes, verb, spec);
    default: {
      // A []byte on its own is named []byte in Go syntax, inside another value []uint8.
      const typeText = place.depth === 0 && verb !== 'w' ? '[]byte' : value.type.name;
      const items = Array.from(value.bytes, (char) => new GoInt(types.uint8, BigInt(char.charCodeAt(0))));
      return formatSequence(items, typeText, verb, spec, place);
    }
  }
}

function formatSlice(value: GoSlice, verb: string, spec: Spec, place: Place): ByteString {
  if (spec.sharpV && value.isNil) return `${value.type.name}(nil)`;
  return formatSequence(value.items, value.type.name, verb, spec, place);
}

function formatSequence(items: readonly Value[], typeText: string, verb: string, spec: Spec, place: Place): ByteString {
  const inner = { ...place, depth: place.depth + 1 };
  const shown = items.map((item) => formatAt(item, verb, spec, inner));
  return spec.sharpV ? `${typeText}{${shown.join(', ')}}` : `[${shown.join(' ')}]`;
}

function formatMap(value: GoMap, verb: string, spec: Spec, place: Place): ByteString {
  if (spec.sharpV && value.isNil) return `${value.type.name}(nil)`;
  const inner = { ...place, depth: place.depth + 1 };
  const shown = sortedKeys(value).map((key) => {
    return `${formatAt(key, verb, spec, inner)}:${formatAt(value.entries.get(key) ?? null, verb, spec, inner)}`;
  });
  return spec.sharpV ? `${value.type.name}{${shown.join(', ')}}` : `map[${shown.join(' ')}]`;
}

function formatStruct(value: GoStruct, verb: string, spec: Spec, place: Place): ByteString {
  const inner = { ...place, depth: place.depth + 1 };
  const shown = (value.type.fields ?? []).map((field) => {
    const text = formatAt(value.fields.get(field.name) ?? null, verb, spec, inner);
    return spec.plusV || spec.sharpV ? `${field.name}:${text}` : text;
  });
  return spec.sharpV ? `${value.type.name}{${shown.join(', ')}}` : `{${shown.join(' ')}}`;
}

function formatComplex(value: GoComplex, verb: string, spec: Spec): ByteString | undefined {
  const real = formatFloatVerb(value.real, verb, spec);
  const imaginary = formatFloatVerb(value.imaginary, verb, { ...spec, plus: true });
  return real === undefined || imaginary === undefined ? undefined : `(${real}${imaginary}i)`;
}

function formatPointer(value: GoPointer, verb: string, spec: Spec, place: Place): ByteString | undefined {
  if (place.depth === 0 && value.target !== null) {
    return `&${formatAt(value.target, verb, spec, { ...place, depth: 1 })}`;
  }
  return formatAddress(value, verb, spec);
}

/** Addresses differ from run to run in Go; here every one is the same, so that renderings stay comparable. */
const address = 0xc000000000n;

function formatAddress(value: Value, verb: string, spec: Spec): ByteString | undefined {
  const type = typeOf(value) as GoType;
  if (!['ptr', 'map', 'slice', 'func'].includes(type.kind)) return undefined;
  const isNil = value instanceof GoPointer ? value.target === null : !(value instanceof GoBytes) && isNilValue(value);
  const number = isNil ? 0n : address;
  if (verb === 'v') {
    if (spec.sharpV) return `(${type.name})(${isNil ? 'nil' : `0x${number.toString(16)}`})`;
    return isNil ? pad('<nil>', spec) : formatInteger(number, 'x', { ...spec, sharp: !spec.sharp }, 'unsigned');
  }
  if (verb === 'p') return formatInteger(number, 'x', { ...spec, sharp: !spec.sharp }, 'unsigned');
  return 'bodxX'.includes(verb) ? formatInteger(number, verb, spec, 'unsigned') : undefined;
}

function isNilValue(value: Value): boolean {
  return (value instanceof GoSlice || value instanceof GoMap) && value.isNil;
}
