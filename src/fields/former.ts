/**
 * Tools that had an object before us. What one of them applied as a whole is taken over from it: from then on a field
 * that the release no longer renders goes, as it would have gone with that tool. What people set one by one with
 * kubectl stays theirs, except where the release renders the same field.
 */
import type { Json, JsonObject, Resource } from '../resource/resource.ts';
import { isList, isObject } from '../resource/resource.ts';
import { isEmpty, unionOf, without, withoutFields } from './field-set.ts';
import { fieldManager, isOurs, type ManagedEntry, managedEntries, newestFirst, ourEntry } from './managed.ts';

interface Tool {
  readonly manager: RegExp;
  readonly operation: 'Apply' | 'Update' | 'any';
  /** What people call it. */
  readonly name: string;
  /** `applier`: it applies whole objects. `person`: somebody's single steps. */
  readonly kind: 'applier' | 'person';
}

/** Names of field managers as each tool gives them. The first row that fits counts. */
const tools: readonly Tool[] = [
  { manager: /^helm$/, operation: 'any', name: 'Helm', kind: 'applier' },
  { manager: /^kubectl-client-side-apply$/, operation: 'any', name: 'kubectl apply', kind: 'applier' },
  { manager: /^kubectl$/, operation: 'Apply', name: 'kubectl apply --server-side', kind: 'applier' },
  { manager: /^kustomize-controller$/, operation: 'any', name: 'Flux', kind: 'applier' },
  { manager: /^helm-controller$/, operation: 'any', name: "Flux' helm-controller", kind: 'applier' },
  { manager: /^argocd-controller$/, operation: 'any', name: 'Argo CD', kind: 'applier' },
  { manager: /^kluctl$/, operation: 'any', name: 'kluctl', kind: 'applier' },
  { manager: /^kapp-server-side-apply$/, operation: 'any', name: 'kapp', kind: 'applier' },
  { manager: /^kubectl(-|$)/, operation: 'Update', name: 'kubectl', kind: 'person' },
  { manager: /^before-first-apply$/, operation: 'Update', name: 'whoever made it', kind: 'person' },
];

function toolOf({ manager, operation, subresource }: ManagedEntry): Tool | undefined {
  // What goes through `scale` or `status` is about the running of the object, not about its applying.
  if (subresource !== '') return undefined;
  return tools.find((tool) => tool.manager.test(manager) && (tool.operation === 'any' || tool.operation === operation));
}

/** Whether the entry is of a tool that applies whole objects. */
export function isApplier(entry: ManagedEntry): boolean {
  return toolOf(entry)?.kind === 'applier';
}

function isPerson(entry: ManagedEntry): boolean {
  return toolOf(entry)?.kind === 'person';
}

/** Names of the tools that applied the object as a whole before us, newest first. */
export function formerAppliers(live: Resource): readonly string[] {
  const entries = managedEntries(live).filter(isApplier);
  const names = newestFirst(entries).map((entry) => toolOf(entry)?.name ?? '');
  return [...new Set(names)];
}

/** ISO time of the last write of a tool that applies whole objects; undefined where there was none. */
export function appliedByOthersAt(live: Resource): string | undefined {
  return managedEntries(live)
    .filter(isApplier)
    .map(({ time }) => time)
    .sort()
    .at(-1);
}

/**
 * What a tried apply leaves out: fields that only a former applier has and that the apply does not set. The server
 * keeps them in its answer, because it does not know yet that this tool lets go. Gives the answer itself when there is
 * nothing of the kind.
 */
export function withoutFormerFields(live: Resource, predicted: Resource): Resource {
  const former = fieldsOf(managedEntries(live).filter(isApplier));
  if (isEmpty(former)) return predicted;
  const kept = fieldsOf(managedEntries(predicted).filter((entry) => !isApplier(entry)));
  return withoutFields(predicted, without(former, keptForGood), kept) as Resource;
}

/** Keys of `data` that go with the takeover of an object whose values are not known. */
export function formerDataKeys(live: Resource, predicted: Resource): readonly string[] {
  const former = dataSet(fieldsOf(managedEntries(live).filter(isApplier)));
  const kept = dataSet(fieldsOf(managedEntries(predicted).filter((entry) => !isApplier(entry))));
  return Object.keys(without(former, kept)).flatMap((step) => (step.startsWith('f:') ? step.slice(2) : []));
}

function dataSet(set: JsonObject): JsonObject {
  const { '.': _, ...keys } = isObject(set['f:data']) ? set['f:data'] : {};
  return keys;
}

function fieldsOf(entries: readonly ManagedEntry[]): JsonObject {
  return entries.reduce<JsonObject>((set, { fields }) => unionOf(set, asData(fields)), {});
}

/** Who applied a Secret by `stringData` is noted with fields that no Secret has once it is stored. */
function asData({ 'f:stringData': written, ...others }: JsonObject): JsonObject {
  return isObject(written) ? unionOf(others, { 'f:data': written }) : others;
}

/** kubectl's copy of what it applied: stale from now on, but taking it away would count as a change of the object. */
const keptForGood: JsonObject = {
  // With the map itself, or it would go as a part of that.
  'f:metadata': { 'f:annotations': { '.': {}, 'f:kubectl.kubernetes.io/last-applied-configuration': {} } },
};

/**
 * The object's entries after the former appliers gave theirs to us, in the form that the server keeps them; undefined
 * where there is nothing to give. To be written before the apply, which then takes away what it does not set.
 */
export function entriesTakenOver(live: Resource, apiVersion: string): readonly Json[] | undefined {
  const raw = live.metadata['managedFields'];
  const entries = managedEntries(live);
  if (!isList(raw) || !entries.some(isApplier)) return undefined;
  const ours = ourEntry(live);
  const given = [...(ours === undefined ? [] : [ours]), ...entries.filter(isApplier)];
  const times = given.map(({ time }) => time).sort();
  const entry: JsonObject = {
    manager: fieldManager,
    operation: 'Apply',
    apiVersion,
    time: times.at(-1) ?? null,
    fieldsType: 'FieldsV1',
    fieldsV1: without(fieldsOf(given), keptForGood),
  };
  return [entry, ...raw.filter((_, index) => !isGiven(entries[index]))];
}

function isGiven(entry: ManagedEntry | undefined): boolean {
  return entry !== undefined && (isOurs(entry) || isApplier(entry));
}

/**
 * The object's entries without what people's own entries share with ours, or undefined where they share nothing. To be
 * written after the apply: else a field would stay for ever that both had once set to the same value.
 */
export function entriesWithoutShared(applied: Resource): readonly Json[] | undefined {
  const raw = applied.metadata['managedFields'];
  const ours = ourEntry(applied);
  if (!isList(raw) || ours === undefined) return undefined;
  const entries = managedEntries(applied);
  let changed = false;
  const left = raw.flatMap((one, index) => {
    const entry = entries[index];
    if (entry === undefined || !isObject(one) || !isPerson(entry)) return [one];
    const fields = without(entry.fields, ours.fields);
    if (JSON.stringify(fields) === JSON.stringify(entry.fields)) return [one];
    changed = true;
    return isEmpty(fields) ? [] : [{ ...one, fieldsV1: fields }];
  });
  return changed ? left : undefined;
}
