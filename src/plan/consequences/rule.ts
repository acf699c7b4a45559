/** What every rule of consequences is, and what the rules share: one row of a table per rule. */
import { parseQuantity } from '../../resource/quantity.ts';
import { isList, isObject, type Json, type Resource, type ResourceKey, valueAt } from '../../resource/resource.ts';
import type { Action, ConsequenceKind } from '../plan.ts';

/** One change: `before` is live (undefined on create), `after` what live would be (undefined on delete). */
export interface Subject {
  readonly key: ResourceKey;
  readonly action: Action;
  readonly before: Resource | undefined;
  readonly after: Resource | undefined;
  /** Everything that the release renders, the changed object included: who reads it, who matches it. */
  readonly release: readonly Resource[];
  /** Ids of the workloads whose pods this plan restarts, where that is known. */
  readonly restarting?: ReadonlySet<string>;
}

export interface ConsequenceRule {
  /** What the rule looks for, in a few words: the name of its row in tests and documentation. */
  readonly name: string;
  readonly kind: ConsequenceKind;
  /** The consequences, each as a clause for people; none where the rule does not hold. */
  readonly of: (subject: Subject) => readonly string[];
}

const workloads = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'CronJob', 'Job']);

export function isWorkload(resource: Pick<ResourceKey, 'kind'>): boolean {
  return workloads.has(resource.kind);
}

/** Changed in place: neither new nor gone nor made anew. */
export function inPlace(
  subject: Subject,
): subject is Subject & { readonly before: Resource; readonly after: Resource } {
  return subject.before !== undefined && subject.after !== undefined && subject.action !== 'replace';
}

export function isGone({ action }: Subject): boolean {
  return action === 'delete';
}

/** undefined for kinds that have no number of pods. */
export function replicasOf(resource: Resource | undefined): number | undefined {
  if (resource === undefined || !['Deployment', 'StatefulSet', 'ReplicaSet'].includes(resource.kind)) return undefined;
  const replicas = valueAt(resource, ['spec', 'replicas']);
  return typeof replicas === 'number' ? replicas : 1;
}

export function templateOf(resource: Resource | undefined): Json | undefined {
  return resource?.kind === 'CronJob'
    ? valueAt(resource, ['spec', 'jobTemplate', 'spec', 'template'])
    : valueAt(resource, ['spec', 'template']);
}

export function podSpecOf(resource: Resource | undefined): Json | undefined {
  return resource?.kind === 'Pod' ? valueAt(resource, ['spec']) : valueAt(templateOf(resource), ['spec']);
}

export function listAt(value: Json | undefined, path: readonly (string | number)[]): readonly Json[] {
  const found = valueAt(value, path);
  return isList(found) ? found : [];
}

export function textAt(value: Json | undefined, path: readonly (string | number)[]): string {
  const found = valueAt(value, path);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}

/** Whether labels are those that a plain or a set-based selector asks for. */
export function selects(selector: Json | undefined, labels: Json | undefined): boolean {
  if (!isObject(selector) || !isObject(labels)) return false;
  const plain = isObject(selector['matchLabels']) ? selector['matchLabels'] : selector;
  // Expressions are rare, and guessing at them would say what is not so.
  if (selector['matchExpressions'] !== undefined) return false;
  return Object.keys(plain).length > 0 && Object.entries(plain).every(([key, value]) => labels[key] === value);
}

export function podLabelsOf(resource: Resource): Json | undefined {
  return resource.kind === 'Pod' ? resource.metadata['labels'] : valueAt(templateOf(resource), ['metadata', 'labels']);
}

/** `3 pods`, `1 pod`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `a, b and 3 more`. */
export function named(names: readonly string[], most = 4): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** What is in the second list and not in the first. */
export function added(before: readonly string[], after: readonly string[]): readonly string[] {
  const known = new Set(before);
  return [...new Set(after)].filter((one) => !known.has(one));
}

const sizeUnits: readonly (readonly [unit: string, bytes: bigint])[] = [
  ['Ti', 2n ** 40n],
  ['Gi', 2n ** 30n],
  ['Mi', 2n ** 20n],
  ['Ki', 2n ** 10n],
];

/** A size of storage the way people write it, whatever way it was normalised: `10Gi`. */
export function sizeWords(quantity: string): string {
  const nano = parseQuantity(quantity);
  const unit = 10n ** 9n;
  if (nano === undefined || nano <= 0n || nano % unit !== 0n) return quantity;
  const bytes = nano / unit;
  const fitting = sizeUnits.find(([, size]) => bytes % size === 0n);
  return fitting === undefined ? quantity : `${bytes / fitting[1]}${fitting[0]}`;
}
