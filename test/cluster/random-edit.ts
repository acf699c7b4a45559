/** One random change of a rendered object, as a merge request might make it. */
import { formatJson, parseJson } from '../../src/cluster/read/json.ts';
import type { Resource } from '../../src/resource/resource.ts';

export interface Edit {
  /** Which of the object's fields, counted round. */
  readonly place: number;
  readonly how: 'drop' | 'alter' | 'keep';
}

/** The object with one of its fields taken away or altered; identity stays. */
export function changed(object: Resource, { place, how }: Edit): Resource {
  const copy = parseJson(formatJson(object)) as unknown as Record<string, unknown>;
  const fields: (readonly [owner: Record<string, unknown>, field: string])[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [field, child] of Object.entries(value)) {
      const at = path === '' ? field : `${path}.${field}`;
      if (!/^(apiVersion|kind|metadata(\.(name|namespace))?|spec)$/.test(at))
        fields.push([value as Record<string, unknown>, field]);
      walk(child, at);
    }
  };
  walk(copy, '');
  const [owner, field] = fields[place % fields.length] ?? [];
  if (owner === undefined || field === undefined || how === 'keep') return object;
  const value = owner[field];
  if (how === 'drop' && Array.isArray(owner)) owner.splice(Number(field), 1);
  else if (how === 'drop') delete owner[field];
  else if (typeof value === 'number') owner[field] = value + 1;
  else if (typeof value === 'string') owner[field] = `${value}x`;
  return copy as unknown as Resource;
}
