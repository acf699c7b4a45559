/**
 * Updates that the server refuses. Whether the object itself is sound is known from trying to make it under another
 * name: if that goes, a field cannot be changed in place, and the object is replaced or the change refused; if not,
 * the manifest is wrong.
 */
import { isEmpty, unionOf, without, withoutFields } from '../../fields/field-set.ts';
import { managedEntries, ourEntry } from '../../fields/managed.ts';
import type { Refusal } from '../../plan/facts.ts';
import {
  isNeverReplaced,
  type RefusalCause,
  type Replacement,
  refusedChange,
  replacementFor,
} from '../../plan/replace.ts';
import type { Json, JsonObject, Resource } from '../../resource/resource.ts';
import { isList, isObject, valueAt } from '../../resource/resource.ts';
import { type Answer, type Doing, problemOf } from './failure.ts';
import { isSecret, keyOfPlace, type ObjectPlace } from './objects.ts';

export interface PredictedAnew {
  readonly kind: 'predicted';
  readonly resource: Resource;
  /** Exactly one of them. */
  readonly replacement: Replacement | undefined;
  readonly refusal: Refusal | undefined;
}

export interface RefusedUpdate {
  readonly place: ObjectPlace;
  readonly desired: Resource;
  readonly live: Resource;
  readonly refused: Answer;
  readonly doing: Doing;
  /** Tries to make a new object. */
  readonly tryNew: (place: ObjectPlace, resource: Resource) => Promise<Answer>;
}

/** Throws `Problem` (`rejected`) when the object would not be accepted as a new one either. */
export async function predictAnew(update: RefusedUpdate): Promise<PredictedAnew> {
  const { place, desired, live, refused } = update;
  const key = keyOfPlace(place);
  const causes = causesOf(refused);
  const replacement = replacementFor(key, causes);
  const said = isSecret(place.info) ? undefined : messageOf(refused);
  const refusal = replacement === undefined ? refusedChange(key, causes, said) : undefined;
  if (isNeverReplaced(key)) return { kind: 'predicted', resource: onTop(live, desired), replacement, refusal };
  const tried = await tryUnderAnotherName(update);
  if (tried.status >= 300 || !isObject(tried.body)) throw problemOf(refused, update.doing);
  const successor = successorOf(live, tried.body as Resource, desired);
  return { kind: 'predicted', resource: successor, replacement, refusal };
}

/** What the server says of the object as a new one, while its own name is taken. */
export function tryUnderAnotherName({
  place,
  desired,
  tryNew,
}: Pick<RefusedUpdate, 'place' | 'desired' | 'tryNew'>): Promise<Answer> {
  const name = `${place.name.slice(0, 40).replace(/[^a-z0-9]+$/, '')}${trialSuffix}`;
  const renamed = { ...withoutAllocated(desired), metadata: { ...desired.metadata, name } } as Resource;
  return tryNew({ ...place, name }, renamed);
}

export const trialSuffix = '-pushgate-try';

/** What one object only can have, and the one that is there has it; no address at all is none of that. */
function withoutAllocated(resource: Resource): Resource {
  if (resource.kind !== 'Service' || !isObject(resource['spec']) || resource['spec']['clusterIP'] === 'None')
    return resource;
  const { clusterIP: _ip, clusterIPs: _ips, healthCheckNodePort: _check, ...spec } = resource['spec'];
  const ports = isList(spec['ports'])
    ? spec['ports'].map((port) => {
        if (!isObject(port)) return port;
        const { nodePort: _port, ...rest } = port;
        return rest;
      })
    : [];
  return { ...resource, spec: { ...spec, ports } };
}

/** What is there, with what would be made anew on top, and without what we had set and no longer set. */
export function successorOf(live: Resource, tried: Resource, desired: Resource): Resource {
  const before = ourEntry(live)?.fields ?? {};
  const now = ourEntry(tried)?.fields ?? {};
  const gone = without(before, now);
  const others = managedEntries(live).filter(({ manager }) => manager !== ourEntry(live)?.manager);
  const kept = others.reduce<JsonObject>((set, { fields }) => unionOf(set, fields), now);
  const left = isEmpty(gone) ? live : (withoutFields(live, gone, kept) as Resource);
  return withOwnAddresses(onTop(left, withoutGiven(tried)), desired);
}

/** The addresses that the manifest asks for, which could not be tried while somebody has them. */
function withOwnAddresses(successor: Resource, desired: Resource): Resource {
  const [spec, own] = [successor['spec'], desired['spec']];
  if (successor.kind !== 'Service' || !isObject(spec) || !isObject(own)) return successor;
  const { clusterIP } = own;
  const asked = isList(own['ports']) ? own['ports'] : [];
  const ports = (isList(spec['ports']) ? spec['ports'] : []).map((port, index) => {
    const nodePort = valueAt(asked, [index, 'nodePort']);
    return isObject(port) && nodePort !== undefined ? { ...port, nodePort } : port;
  });
  return {
    ...successor,
    spec: { ...spec, ports, ...(clusterIP === undefined ? {} : { clusterIP, clusterIPs: [clusterIP] }) },
  };
}

const givenLabels = [
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
  'controller-uid',
  'job-name',
];

/** Without what the server gives to this one object: its name in labels, its addresses. */
function withoutGiven(tried: Resource): Resource {
  const spec = tried['spec'];
  if (tried.kind === 'Service' && isObject(spec)) return withoutAllocated(tried);
  if (tried.kind !== 'Job' || !isObject(spec)) return tried;
  const template = isObject(spec['template']) ? spec['template'] : {};
  const metadata = isObject(template['metadata']) ? template['metadata'] : {};
  const labels = valueAt(metadata, ['labels']);
  const own = Object.entries(isObject(labels) ? labels : {}).filter(([label]) => !givenLabels.includes(label));
  const { selector: _, ...rest } = spec;
  return {
    ...tried,
    spec: { ...rest, template: { ...template, metadata: { ...metadata, labels: Object.fromEntries(own) } } },
  };
}

/** What is there, with another object's fields over its own; lists are taken whole. */
export function onTop(live: Resource, next: Resource): Resource {
  const { labels, annotations } = next.metadata;
  const { metadata: _metadata, status: _status, ...rest } = next as JsonObject;
  const marks = { ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) };
  return { ...(merged(live, rest) as Resource), metadata: merged(live.metadata, marks) as Resource['metadata'] };
}

function merged(below: Json | undefined, above: Json): Json {
  if (!isObject(below) || !isObject(above)) return above;
  const keys = new Set([...Object.keys(below), ...Object.keys(above)]);
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      Object.hasOwn(above, key) ? merged(below[key], above[key] ?? null) : (below[key] ?? null),
    ]),
  );
}

function causesOf(answer: Answer): readonly RefusalCause[] {
  const causes = valueAt(answer.body, ['details', 'causes']);
  return (isList(causes) ? causes : []).filter(isObject).map(({ reason, field }) => ({
    reason: typeof reason === 'string' ? reason : '',
    field: typeof field === 'string' ? field : '',
  }));
}

/** The first line: what follows can be a dump of both objects. */
function messageOf(answer: Answer): string | undefined {
  const message = valueAt(answer.body, ['message']);
  return typeof message === 'string' ? message.split('\n')[0]?.slice(0, 300) : undefined;
}
