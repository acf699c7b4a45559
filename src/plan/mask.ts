/**
 * Masking: done once, while the plan is built, by making new values. Nothing that leaves the plan room holds a secret.
 * The rules prefer a mask too many over one too few: a masked value is still shown as changed or unchanged.
 */
import { createHmac } from 'node:crypto';
import type { Json, Resource } from '../resource/resource.ts';
import { isList, isObject } from '../resource/resource.ts';
import type { Path, Step } from './path.ts';
import { isPlaceholder } from './placeholder.ts';

export const maskedText = '‹masked›';

export interface MaskOptions {
  /** Values that must never be shown: CI variables bound to the release, tokens of the run. */
  readonly secrets: readonly string[];
  /** Key for hashing masked values into digests; without one a digest only knows that a value is masked. */
  readonly key: string | undefined;
  /**
   * Hash of the files that the object is made from. Without a key it stands for masked values in digests, so that a
   * value that was approved is not taken for another one that is masked as well.
   */
  readonly content?: string | undefined;
}

export interface Masked {
  /** For people: masked scalars replaced. */
  readonly shown: Json;
  /** For digests: masked scalars replaced by their keyed hash, or where there is no key by that of their files. */
  readonly hashed: Json;
  readonly masked: boolean;
}

/** Names of variables, keys and fields whose values are taken for secrets wherever they stand. */
const secretName =
  /pass(word|wd|phrase)?$|passw|secret(?!name|ref|keyref)|token(?!review|path|file|expiration)|api[-_.]?key|private[-_.]?key|access[-_.]?key|credential|client[-_.]?key|connection[-_.]?string|dsn$/i;

/** Values that are secrets by their own look. */
const secretLook =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----|:\/\/[^/\s:@]*:[^/\s@]+@|\bBearer [A-Za-z0-9._~+/-]{16,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./;

/** What of a Secret may be read by everyone: identity and type. Labels and annotations of other tools may carry values. */
const openInSecret = /^(apiVersion|kind|type|immutable|metadata\.(name|namespace))$/;
const openMetadataKey = /(^|\.)(app\.kubernetes\.io|helm\.sh|k8s\.io|pushgate\.dev)\//;

/** Makes the function that masks a subtree of one object; `path` is where in the object the value stands. */
export function masker(resource: Resource, options: MaskOptions): (path: Path, value: Json) => Masked {
  const needles = secretForms(options.secrets);
  const isSecret = resource.kind.toLowerCase() === 'secret';
  return (path, value) => {
    let found = false;
    const walk = (at: Path, current: Json): { readonly shown: Json; readonly hashed: Json } => {
      if (isList(current)) {
        const parts = current.map((element, index) => walk([...at, elementStep(element, index)], element));
        return { shown: parts.map((part) => part.shown), hashed: parts.map((part) => part.hashed) };
      }
      if (isObject(current)) {
        const parts = Object.entries(current).map(([key, child]) => [key, walk([...at, key], child)] as const);
        return {
          shown: Object.fromEntries(parts.map(([key, part]) => [key, part.shown])),
          hashed: Object.fromEntries(parts.map(([key, part]) => [key, part.hashed])),
        };
      }
      const text = String(current);
      const must =
        current !== null &&
        !isPlaceholder(current) &&
        ((isSecret && !isOpenInSecret(at)) ||
          isNamedSecret(at, current) ||
          secretLook.test(text) ||
          needles.some((needle) => text.includes(needle)));
      if (!must) return { shown: current, hashed: current };
      found = true;
      return { shown: maskedText, hashed: hashMasked(text, options) };
    };
    const { shown, hashed } = walk(path, value);
    return { shown, hashed, masked: found };
  };
}

/** Shortest middle of a base64 text that is looked for: a shorter one stands in many texts by chance. */
const shortestMiddle = 8;

/**
 * How a value stands inside the base64 of a longer text: the signs that depend on nothing but the value, for each of
 * the three places where it can begin.
 */
function insideBase64(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    const from = Math.ceil((before * 8) / 6);
    const middle = whole.toString('base64').slice(from, Math.floor((whole.length * 8) / 6));
    return middle.length < shortestMiddle ? [] : [middle, middle.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** As Go's `url.QueryEscape` has it: `urlquery` of templates. */
function queryEscaped(text: string): string {
  const escaped = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return escaped.replaceAll('%20', '+');
}

/** As Go's JSON has it, where markup is escaped: `toJson` of templates. */
function goJson(text: string): string {
  const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).slice(1, -1).replace(/[<>&]/g, escaped);
}

/** Every form in which a secret value can stand in a text: itself, in base64 also of a longer text, escaped. */
export function secretForms(secrets: readonly string[]): readonly string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < 4) continue;
    const bytes = Buffer.from(secret, 'utf8');
    const base64 = bytes.toString('base64');
    for (const form of [
      secret,
      base64,
      base64.replace(/=+$/, ''),
      bytes.toString('base64url'),
      ...insideBase64(bytes),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      encodeURIComponent(secret),
      queryEscaped(secret),
      goJson(secret),
      JSON.stringify(secret).slice(1, -1),
    ])
      if (form.length >= 4) forms.add(form);
  }
  return [...forms].sort((a, b) => b.length - a.length);
}

/** A text with every form of every secret replaced; for messages of tools and servers that may echo a value. */
export function maskText(text: string, secrets: readonly string[]): string {
  let result = text;
  for (const form of secretForms(secrets)) result = result.replaceAll(form, maskedText);
  return result.replace(new RegExp(secretLook.source, 'g'), maskedText);
}

function isOpenInSecret(path: Path): boolean {
  const [first, second, third] = path;
  if (first === 'metadata' && (second === 'labels' || second === 'annotations'))
    return typeof third === 'string' && openMetadataKey.test(third);
  return openInSecret.test(path.filter((step) => typeof step === 'string').join('.'));
}

/** A scalar under a telling key, or the `value` of a variable with a telling name. References by name are no secrets. */
function isNamedSecret(path: Path, value: Json): boolean {
  if (typeof value !== 'string' || value === '') return false;
  const last = path.at(-1);
  const parent = path.at(-2);
  if (last === 'value' && typeof parent === 'object') return secretName.test(parent.is);
  if (path.includes('secretKeyRef') || path.includes('secretRef') || path[0] === 'metadata') return false;
  return typeof last === 'string' && path.includes('data') && secretName.test(last);
}

function elementStep(element: Json, index: number): Step {
  const name = isObject(element) ? element['name'] : undefined;
  return typeof name === 'string' ? { by: 'name', is: name } : index;
}

function hashMasked(text: string, { key, content }: MaskOptions): Json {
  return key === undefined
    ? { masked: content ?? true }
    : { masked: createHmac('sha256', key).update(text).digest('base64url') };
}
