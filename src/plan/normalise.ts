/**
 * What is not a difference. The rules are a table; nothing else is hidden.
 */
import { parseQuantity } from '../resource/quantity.ts';
import type { Json, JsonObject, Resource } from '../resource/resource.ts';
import { isList, isObject } from '../resource/resource.ts';

interface NormaliserRule {
  readonly path: string;
  readonly does: 'drop' | 'quantity';
  readonly because: string;
}

/** `*` stands for one key or any element of a list, `**` for any number of them. */
export const normaliserRules: readonly NormaliserRule[] = [
  { path: 'status', does: 'drop', because: 'controllers write it' },
  { path: 'metadata.managedFields', does: 'drop', because: 'the server keeps it' },
  { path: 'metadata.resourceVersion', does: 'drop', because: 'the server keeps it' },
  { path: 'metadata.uid', does: 'drop', because: 'the server gives it' },
  { path: 'metadata.generation', does: 'drop', because: 'the server counts it' },
  { path: 'metadata.creationTimestamp', does: 'drop', because: 'the server gives it' },
  { path: 'metadata.selfLink', does: 'drop', because: 'old servers give it' },
  {
    path: 'metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]',
    does: 'drop',
    because: 'a copy of the object that kubectl keeps; it can hold Secret values',
  },
  { path: '**.resources.limits.*', does: 'quantity', because: '1000m and 1 are the same' },
  { path: '**.resources.requests.*', does: 'quantity', because: '1024Mi and 1Gi are the same' },
  { path: '**.emptyDir.sizeLimit', does: 'quantity', because: '1024Mi and 1Gi are the same' },
  { path: 'spec.hard.*', does: 'quantity', because: '1000m and 1 are the same' },
];

const compiled = normaliserRules.map((rule) => ({ does: rule.does, steps: parseRulePath(rule.path) }));

const deepestDrop = Math.max(...compiled.filter(({ does }) => does === 'drop').map(({ steps }) => steps.length));

/**
 * The object without what the rules drop, with null, and maps and lists that are empty under `metadata`, left out
 * (the server drops them too), and with quantities in one spelling. The object given is not changed.
 */
export function normalise(resource: Resource): Resource {
  return walk(resource, []) as Resource;
}

/**
 * The object without what the rules drop. What no plan compares nobody has seen, so it is not written either.
 */
export function withoutDropped(resource: Resource): Resource {
  return strip(resource, []) as Resource;
}

function strip(value: Json, path: readonly string[]): Json {
  if (isList(value)) return value;
  if (!isObject(value) || path.length > deepestDrop) return value;
  const kept = Object.entries(value).filter(([key]) => !dropped([...path, key]));
  return Object.fromEntries(kept.map(([key, child]) => [key, strip(child, [...path, key])]));
}

function walk(value: Json, path: readonly string[]): Json {
  if (isList(value)) return value.map((element) => walk(element, [...path, '*']));
  if (isObject(value)) {
    const result: Record<string, Json> = {};
    for (const [key, child] of Object.entries(value)) {
      const at = [...path, key];
      if (child === null || dropped(at) || isEmptyMetadata(at, child)) continue;
      Object.defineProperty(result, key, {
        value: walk(child, at),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return result;
  }
  if ((typeof value === 'string' || typeof value === 'number') && isQuantity(path)) return canonicalQuantity(value);
  return value;
}

function isEmptyMetadata(path: readonly string[], value: Json): boolean {
  return (
    path.length === 2 && path[0] === 'metadata' && isObject(value) && Object.keys(value as JsonObject).length === 0
  );
}

function dropped(path: readonly string[]): boolean {
  return compiled.some((rule) => rule.does === 'drop' && matches(rule.steps, path));
}

function isQuantity(path: readonly string[]): boolean {
  return compiled.some((rule) => rule.does === 'quantity' && matches(rule.steps, path));
}

function canonicalQuantity(value: string | number): Json {
  const nano = parseQuantity(String(value));
  if (nano === undefined) return value;
  const unit = 10n ** 9n;
  if (nano % unit === 0n) return String(nano / unit);
  return nano % 1_000_000n === 0n ? `${nano / 1_000_000n}m` : `${nano}n`;
}

function matches(rule: readonly string[], path: readonly string[]): boolean {
  if (rule.length === 0) return path.length === 0;
  const [first, ...rest] = rule;
  if (first === '**') return path.some((_, index) => matches(rest, path.slice(index)));
  return path.length > 0 && (first === '*' || first === path[0]) && matches(rest, path.slice(1));
}

function parseRulePath(path: string): readonly string[] {
  return [...path.matchAll(/\["([^"]+)"\]|([^.[\]]+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
