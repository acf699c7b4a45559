import { type ByteString, encodeRune, runesOf } from '../bytes.ts';
import { GoError } from '../errors.ts';
import type { CallContext, HelmFunction } from '../function.ts';
import { types } from '../value.ts';
import { encodeBase64 } from './codec.ts';
import { define, takes } from './define.ts';

const { int, string } = takes;

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ASCII = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index)).join('');

/** sprig's functions that draw by chance. All chance comes from the context, so a rendering can be repeated. */
export const randomFunctions: readonly HelmFunction[] = [
  ...randomText('randAlphaNum', DIGITS + LETTERS),
  ...randomText('randAlpha', LETTERS),
  ...randomText('randNumeric', DIGITS),
  ...randomText('randAscii', ASCII),
  ...define('randBytes', {
    takes: [int],
    gives: types.string,
    varies: 'random',
    call: ([count], _, context) => {
      if (count < 0) throw new GoError('runtime error: makeslice: len out of range');
      context.spend(count * 2);
      return encodeBase64(context.randomBytes(count));
    },
  }),
  ...define('uuidv4', { takes: [], gives: types.string, varies: 'random', call: (_, __, context) => uuid(context) }),
  ...define('shuffle', {
    takes: [string],
    gives: types.string,
    varies: 'random',
    call: ([text], _, context) => shuffle(text, context),
  }),
];

/** A number from 0 up to but without `bound`, each as likely as the others. */
export function randomBelow(bound: bigint, context: CallContext): bigint {
  const bits = (bound - 1n).toString(2).length;
  const mask = (1n << BigInt(bits)) - 1n;
  for (;;) {
    let drawn = 0n;
    for (const byte of context.randomBytes(Math.ceil(bits / 8))) drawn = (drawn << 8n) | BigInt(byte);
    if ((drawn & mask) < bound) return drawn & mask;
  }
}

function randomText(name: string, alphabet: string): HelmFunction[] {
  return define(name, {
    takes: [int],
    gives: types.string,
    varies: 'random',
    call: ([count], _, context) => {
      if (count <= 0) return '';
      context.spend(count);
      return draw(alphabet, count, context);
    },
  });
}

/** Bytes beyond the last whole multiple of the alphabet are thrown away, else its first characters came up more often. */
function draw(alphabet: string, count: number, context: CallContext): ByteString {
  const fair = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < count) {
    for (const byte of context.randomBytes(Math.min(65_536, count - text.length))) {
      if (byte < fair) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}

function uuid(context: CallContext): ByteString {
  const bytes = Uint8Array.from(context.randomBytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function shuffle(text: ByteString, context: CallContext): ByteString {
  const runes = [...runesOf(text)].map(({ code }) => code);
  for (let at = runes.length - 1; at > 0; at--) {
    const other = Number(randomBelow(BigInt(at + 1), context));
    [runes[at], runes[other]] = [runes[other] as number, runes[at] as number];
  }
  return runes.map(encodeRune).join('');
}
