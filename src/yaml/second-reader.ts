/**
 * What we write into Git is read by other programs with other YAML readers. js-yaml reads YAML 1.2 where kubectl and
 * our own reader read 1.1; text on which both agree is safe for either kind.
 */
import { loadAll } from 'js-yaml';

/** Whether a reader of YAML 1.2 sees exactly this one document in the text. Integers beyond 2^53 are compared rounded. */
export function readsAlike(text: string, value: unknown): boolean {
  try {
    const documents = loadAll(text);
    return documents.length === 1 && alike(documents[0], value);
  } catch {
    return false;
  }
}

function alike(read: unknown, value: unknown): boolean {
  if (typeof value === 'bigint') return typeof read === 'number' && read === Number(value);
  if (typeof value !== 'object' || value === null || typeof read !== 'object' || read === null) return read === value;
  if (Array.isArray(value) !== Array.isArray(read)) return false;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const found = new Map(Object.entries(read));
  return (
    members.length === found.size && members.every(([key, member]) => found.has(key) && alike(found.get(key), member))
  );
}
