/** Values as templates see them: without prototype, and a mapping or list that is printed leaves a sign of where it was. */
import { isList, isObject, type Json } from '../resource/resource.ts';

const open = '\u0000‹';
const close = '›\u0000';

/**
 * A copy in which nothing can be reached but what is there. Handlebars prints objects as `[object Object]` without a
 * word; the copies print as a sign with their path, which `nestedSigns` finds in what was rendered.
 */
export function guarded(value: Json, path = ''): unknown {
  if (isList(value)) {
    const list = value.map((item, index) => guarded(item, `${path}[${index}]`));
    return Object.defineProperty(list, Symbol.toPrimitive, { value: () => `${open}${path}${close}` });
  }
  if (!isObject(value)) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, member] of Object.entries(value)) copy[key] = guarded(member, path === '' ? key : `${path}.${key}`);
  return Object.defineProperty(copy, Symbol.toPrimitive, { value: () => `${open}${path}${close}` });
}

/** Paths of the mappings and lists that were printed into a text. */
export function nestedSigns(text: string): readonly string[] {
  return [...text.matchAll(/\u0000‹([^\u0000]*)›\u0000/g)].map((match) => match[1] ?? '');
}
