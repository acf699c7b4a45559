/**
 * The seal: what an object's metadata said when a run had finished with it. As long as it says the same, nobody touched
 * the object, and it need not be read. Evidence against ordinary tools; a restored etcd can repeat a number.
 */
import { createHash } from 'node:crypto';
import type { Json, Resource } from '../resource/resource.ts';
import { annotationsOf, isList, isObject, labelsOf } from '../resource/resource.ts';
import { isOurs, managedEntries } from './managed.ts';

export interface Seal {
  readonly uid: string;
  readonly resourceVersion: string;
  /** 0 for kinds whose generation the server does not count. */
  readonly generation: number;
  /** Hash of labels and annotations: the generation of most kinds does not move with them. */
  readonly marks: string;
  /** Hash of our managedFields entry with its time. */
  readonly ours: string;
  /** Hash of everybody else's entries for the object itself (not for its status and other subresources). */
  readonly others: string;
}

/** The seal of an object, or of its metadata alone. */
export function sealOf(resource: Resource): Seal {
  const entries = managedEntries(resource).filter(({ subresource }) => subresource === '');
  const { metadata } = resource;
  return {
    uid: text(metadata['uid']),
    resourceVersion: text(metadata['resourceVersion']),
    generation: typeof metadata['generation'] === 'number' ? metadata['generation'] : 0,
    marks: hash([labelsOf(resource), annotationsOf(resource)]),
    ours: hash(entries.filter(isOurs).map(({ fields, time }) => [fields, time])),
    others: hash(
      entries.filter((entry) => !isOurs(entry)).map(({ manager, operation, fields }) => [manager, operation, fields]),
    ),
  };
}

/**
 * Whether nobody touched the object since its seal was made, told from its metadata alone. Of the tests, the strongest
 * comes first, and it is the cheapest too.
 */
export function isUntouched(seal: Seal, live: Resource): boolean {
  if (seal.uid === '' || seal.uid !== text(live.metadata['uid'])) return false;
  if (seal.resourceVersion === text(live.metadata['resourceVersion'])) return true;
  return untouchedBy(seal, sealOf(live)) !== undefined;
}

/** The tests in their order, strongest first: which one held, or undefined when the object was or may be touched. */
export function untouchedBy(seal: Seal, now: Seal): 'resourceVersion' | 'generation' | 'entries' | undefined {
  if (seal.uid !== now.uid || seal.uid === '') return undefined;
  if (seal.resourceVersion === now.resourceVersion) return 'resourceVersion';
  if (seal.marks !== now.marks) return undefined;
  if (seal.generation > 0 || now.generation > 0) {
    return seal.generation === now.generation ? 'generation' : undefined;
  }
  return seal.ours === now.ours && seal.others === now.others ? 'entries' : undefined;
}

/**
 * Whether an object is still as a write of ours left it, so that it may be sealed. Controllers may have written its
 * status and their annotations, which come with a status; a person's change must not be sealed as ours.
 */
export function isAsWritten(written: Seal, now: Seal): boolean {
  const same = (field: 'uid' | 'generation' | 'ours' | 'others'): boolean => written[field] === now[field];
  return same('uid') && same('generation') && same('ours') && same('others');
}

function hash(value: Json): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('base64url')
    .slice(0, 22);
}

function sorted(value: Json): Json {
  if (isList(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, child]) => [key, sorted(child)]),
  );
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
