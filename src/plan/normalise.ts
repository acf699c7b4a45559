/**
 * What is not a difference. The rules are a table; nothing else is hidden.
 */
import { parseQuantity } from '../resource/quantity.ts';
import type { Json, Resource } from '../resource/resource.ts';
import { isList, isObject } from '../resource/resource.ts';

export interface NormaliserRule {
  readonly path: string;
  readonly does: keyof typeof normaliserVerbs;
  readonly because: string;
}

/** What a rule makes of the value at its path, for people. */
export const normaliserVerbs = {
  drop: 'left out',
  null: 'left out where it is null',
  empty: 'left out where it is an empty map or list',
  quantity: 'one spelling for equal amounts',
  drawn: 'left out where it is neither rendered nor there yet',
  place: 'an added element of a list of named ones may stand anywhere in it',
} as const;

/** `*` stands for one key or any element of a list, `**` for any number of them. */
export const normaliserRules: readonly NormaliserRule[] = [
  { path: '**', does: 'null', because: 'the server does not keep it' },
  {
    path: '**',
    does: 'place',
    because:
      'two merge requests that add one each to the same list have to cover their sum; a new order of the others counts',
  },
  { path: 'metadata.*', does: 'empty', because: 'the server does not keep it' },
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
  // Every try of a new Job makes up another one, so a plan with a new Job would never be the one that was shown.
  ...['metadata.labels', 'spec.selector.matchLabels', 'spec.template.metadata.labels'].flatMap((marks) =>
    ['["batch.kubernetes.io/controller-uid"]', '["controller-uid"]'].map(
      (label): NormaliserRule => ({ path: `${marks}${label}`, does: 'drop', because: 'the server gives it to a Job' }),
    ),
  ),
  { path: '**.resources.limits.*', does: 'quantity', because: '1000m and 1 are the same' },
  { path: '**.resources.requests.*', does: 'quantity', because: '1024Mi and 1Gi are the same' },
  { path: '**.emptyDir.sizeLimit', does: 'quantity', because: '1024Mi and 1Gi are the same' },
  { path: 'spec.hard.*', does: 'quantity', because: '1000m and 1 are the same' },
];

/**
 * The object without what the rules leave out, and with quantities in one spelling. The object given is not changed.
 */
export function normalise(resource: Resource): Resource {
  return walk(resource, start) as Resource;
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
    if (below.drop) {
      isSame = false;
      continue;
    }
    const stripped = strip(child, below);
    isSame &&= stripped === child;
    kept.push([key, stripped]);
  }
  return isSame ? value : Object.fromEntries(kept);
}

function walk(value: Json, rules: Rules): Json {
  if (isList(value)) {
    const below = rulesBelow(rules, '*');
    return value.map((element) => walk(element, below));
  }
  if (isObject(value)) {
    const result: Record<string, Json> = {};
    for (const [key, child] of Object.entries(value)) {
      const below = rulesBelow(rules, key);
      if (below.drop || (child === null && below.null) || (below.empty && isEmpty(child))) continue;
      const walked = walk(child, below);
      if (key === '__proto__') Object.defineProperty(result, key, { ...ordinary, value: walked });
      else result[key] = walked;
    }
    return result;
  }
  if (rules.quantity && (typeof value === 'string' || typeof value === 'number')) return canonicalQuantity(value);
  return value;
}

const ordinary = { enumerable: true, writable: true, configurable: true };

function isEmpty(value: Json): boolean {
  return isList(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

/**
 * What the rules say at one place of an object. Objects have many fields and rules few, so each place that is told apart
 * by a rule is worked out once and found again by its key.
 */
interface Rules extends Readonly<Record<Exclude<NormaliserRule['does'], 'place' | 'drawn'>, boolean>> {
  /** Whether something here or below may be dropped. */
  readonly canDrop: boolean;
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
const named = new Set(opened.flatMap(({ steps }) => steps));
const start = rulesOf(opened);

function rulesOf(rules: readonly OpenRule[]): Rules {
  // `**` may stand for nothing at all.
  const open = rules.flatMap((rule) =>
    rule.steps[rule.done] === '**' ? [rule, { ...rule, done: rule.done + 1 }] : rule,
  );
  const applies = (what: NormaliserRule['does']): boolean =>
    open.some(({ does, steps, done }) => does === what && done === steps.length);
  return {
    drop: applies('drop'),
    null: applies('null'),
    empty: applies('empty'),
    quantity: applies('quantity'),
    canDrop: open.some(({ does }) => does === 'drop'),
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
  const found = rulesOf(open);
  rules.below.set(name, found);
  return found;
}

const sizes = [
  ['Ti', 2n ** 40n],
  ['Gi', 2n ** 30n],
  ['Mi', 2n ** 20n],
] as const;

function canonicalQuantity(value: string | number): Json {
  const nano = parseQuantity(String(value));
  if (nano === undefined) return value;
  const unit = 10n ** 9n;
  // Sizes as people write them. Below a mebibyte it may be a number of something else.
  const binary = sizes.find(([, size]) => nano > 0n && nano % (size * unit) === 0n);
  if (binary !== undefined) return `${nano / (binary[1] * unit)}${binary[0]}`;
  if (nano % unit === 0n) return String(nano / unit);
  return nano % 1_000_000n === 0n ? `${nano / 1_000_000n}m` : `${nano}n`;
}

function parseRulePath(path: string): readonly string[] {
  return [...path.matchAll(/\["([^"]+)"\]|([^.[\]]+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
