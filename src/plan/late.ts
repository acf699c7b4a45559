/**
 * Holds what is written to what was shown. Values bound at apply are shown as a placeholder, and a template can ask
 * whether it sees the placeholder; without this check it could show one thing and have another applied.
 */
import type { Json, Resource } from '../resource/resource.ts';
import { formatKey, isList, isObject, keyId, keyOf } from '../resource/resource.ts';
import type { Path } from './path.ts';
import { formatPath } from './path.ts';

/** Stands in a rendered object for a value that is known only at apply. */
export const latePlaceholder = '‹bound at apply›';

export interface LateRenderings {
  /** With the placeholder in every place of a late value. */
  readonly shown: readonly Resource[];
  /** With the values in them. */
  readonly bound: readonly Resource[];
  /** The values that were bound. */
  readonly values: readonly string[];
}

/**
 * The first place where the two renderings differ by more than the values put in for their placeholders, as people
 * read it; undefined when there is none. Values may also stand inside base64, and hashes of whole texts in labels and
 * annotations (checksums that restart Pods) may follow them.
 */
export function differsBeyondLate({ shown, bound, values }: LateRenderings): string | undefined {
  const after = new Map(bound.map((resource) => [keyId(keyOf(resource)), resource]));
  const unshown = bound.find((resource) => !shown.some((one) => keyId(keyOf(one)) === keyId(keyOf(resource))));
  if (unshown !== undefined) return formatKey(keyOf(unshown));
  for (const resource of shown) {
    const other = after.get(keyId(keyOf(resource)));
    const path = other === undefined ? [] : differenceAt(resource, other, [], values);
    if (path !== undefined) return `${formatKey(keyOf(resource))} ${formatPath(path)}`.trimEnd();
  }
  return undefined;
}

function differenceAt(shown: Json, bound: Json | undefined, path: Path, values: readonly string[]): Path | undefined {
  if (bound === undefined) return path;
  if (isList(shown) && isList(bound)) {
    if (shown.length !== bound.length) return path;
    return firstOf(shown.map((element, index) => () => differenceAt(element, bound[index], [...path, index], values)));
  }
  if (isObject(shown) && isObject(bound)) {
    const keys = Object.keys(shown);
    const same = keys.length === Object.keys(bound).length && keys.every((key) => Object.hasOwn(bound, key));
    if (!same) return path;
    return firstOf(keys.map((key) => () => differenceAt(shown[key] ?? null, bound[key], [...path, key], values)));
  }
  if (isList(shown) || isObject(shown) || isList(bound) || isObject(bound)) return path;
  if (shown === bound || isBoundFrom(shown, bound, values) || isHashOfMore(shown, bound, path)) return undefined;
  return path;
}

function firstOf(checks: readonly (() => Path | undefined)[]): Path | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

type Scalar = Exclude<Json, readonly Json[] | { readonly [key: string]: Json }>;

function isBoundFrom(shown: Scalar, bound: Scalar, values: readonly string[]): boolean {
  if (typeof shown !== 'string' || bound === null) return false;
  // Without quotes in the template a value of digits becomes a number.
  if (isPasted(shown, String(bound), values)) return true;
  return typeof bound === 'string' && isPasted(decoded(shown), decoded(bound), values);
}

function isPasted(shown: string | undefined, bound: string | undefined, values: readonly string[]): boolean {
  if (shown === undefined || bound === undefined || !shown.includes(latePlaceholder)) return false;
  return fits(shown.split(latePlaceholder), bound, values);
}

/** Whether the pieces, with any of the values between each two, make up the whole text. */
function fits([first = '', ...rest]: readonly string[], text: string, values: readonly string[]): boolean {
  if (!text.startsWith(first)) return false;
  const left = text.slice(first.length);
  if (rest.length === 0) return left === '';
  return values.some((value) => left.startsWith(value) && fits(rest, left.slice(value.length), values));
}

function decoded(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes.toString('utf8') : undefined;
}

function isHashOfMore(shown: Scalar, bound: Scalar, path: Path): boolean {
  const hash = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/;
  return (
    typeof shown === 'string' &&
    typeof bound === 'string' &&
    shown.length === bound.length &&
    hash.test(shown) &&
    hash.test(bound) &&
    (path.includes('annotations') || path.includes('labels'))
  );
}
