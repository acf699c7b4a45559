/**
 * What is not a difference. The rules are a table; nothing else is hidden.
 */
import { parseQuantity } from '../resource/quantity.ts';
import type { Json, Resource } from '../resource/resource.ts';
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

/**
 * The object without what the rules drop, with null, and maps and lists that are empty under `metadata`, left out
 * (the server drops them too), and with quantities in one spelling. The object given is not changed.
 */
export function normalise(resource: Resource): Resource {
  return walk(resource, start, 0) as Resource;
}

/**
 * The object without what the rules drop. What no plan compares nobody has seen, so it is not written either.
 */
export function withoutDropped(resource: Resource): Resource {
  return strip(resource, start) as Resource;
}

function strip(value: Json, rules: Rules): Json {
  if (!isObject(value) || !rules.canDrop) return value;
  const kept: [string, Json][] = [];
  let isSame = true;
  for (const [key, child] of Object.entries(value)) {
    const below = rulesBelow(rules, key);
    if (below.does === 'drop') {
      isSame = false;
      continue;
    }
    const stripped = strip(child, below);
    isSame &&= stripped === child;
    kept.push([key, stripped]);
  }
  return isSame ? value : Object.fromEntries(kept);
}

function walk(value: Json, rules: Rules, depth: number): Json {
  if (isList(value)) {
    const below = rulesBelow(rules, '*');
    return value.map((element) => walk(element, below, depth + 1));
  }
  if (isObject(value)) {
    const result: Record<string, Json> = {};
    for (const [key, child] of Object.entries(value)) {
      const below = rulesBelow(rules, key);
      if (child === null || below.does === 'drop' || (depth === 1 && rules.isMetadata && isEmpty(child))) continue;
      const walked = walk(child, below, depth + 1);
      if (key === '__proto__') Object.defineProperty(result, key, { ...ordinary, value: walked });
      else result[key] = walked;
    }
    return result;
  }
  if (rules.does === 'quantity' && (typeof value === 'string' || typeof value === 'number'))
    return canonicalQuantity(value);
  return value;
}

const ordinary = { enumerable: true, writable: true, configurable: true };

function isEmpty(value: Json): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

/**
 * What the rules say at one place of an object. Objects have many fields and rules few, so each place that is told apart
 * by a rule is worked out once and found again by its key.
 */
interface Rules {
  readonly does: NormaliserRule['does'] | undefined;
  /** Whether something here or below may be dropped. */
  readonly canDrop: boolean;
  readonly isMetadata: boolean;
  readonly open: readonly OpenRule[];
  readonly below: Map<string, Rules>;
}

/** A rule of which `done` steps are behind. */
interface OpenRule {
  readonly does: NormaliserRule['does'];
  readonly steps: readonly string[];
  readonly done: number;
}

const opened = normaliserRules.map(({ does, path }): OpenRule => ({ does, steps: parseRulePath(path), done: 0 }));
const named = new Set(['metadata', ...opened.flatMap(({ steps }) => steps)]);
const start = rulesOf(opened, false);

function rulesOf(rules: readonly OpenRule[], isMetadata: boolean): Rules {
  // `**` may stand for nothing at all.
  const open = rules.flatMap((rule) =>
    rule.steps[rule.done] === '**' ? [rule, { ...rule, done: rule.done + 1 }] : rule,
  );
  return {
    does: open.find(({ steps, done }) => done === steps.length)?.does,
    canDrop: open.some(({ does }) => does === 'drop'),
    isMetadata,
    open,
    below: new Map(),
  };
}

/** The rules one step further down; `*` for an element of a list. */
function rulesBelow(rules: Rules, key: string): Rules {
  const name = named.has(key) ? key : '';
  const known = rules.below.get(name);
  if (known !== undefined) return known;
  const open = rules.open.flatMap((rule): readonly OpenRule[] => {
    const step = rule.steps[rule.done];
    if (step === '**') return [rule];
    return step === '*' || step === name ? [{ ...rule, done: rule.done + 1 }] : [];
  });
  const found = rulesOf(open, rules === start && name === 'metadata');
  rules.below.set(name, found);
  return found;
}

function canonicalQuantity(value: string | number): Json {
  const nano = parseQuantity(String(value));
  if (nano === undefined) return value;
  const unit = 10n ** 9n;
  if (nano % unit === 0n) return String(nano / unit);
  return nano % 1_000_000n === 0n ? `${nano / 1_000_000n}m` : `${nano}n`;
}

function parseRulePath(path: string): readonly string[] {
  return [...path.matchAll(/\["([^"]+)"\]|([^.[\]]+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
