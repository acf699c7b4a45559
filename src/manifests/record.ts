/** The record: what Pushgate wrote for one release, kept in the branch beside the objects. */
import type { RecordedForms } from '../plan/generated.ts';
import { isObject, type Json, type JsonObject } from '../resource/resource.ts';
import type { Hold } from './hold.ts';

const recordSchema = 'pushgate.dev/record/v1';

export interface ReleaseRecord {
  readonly release: string;
  readonly environment: string;
  readonly namespace: string;
  /** Where the source is, without credentials; '' where it has no remote. */
  readonly repository: string;
  /** The commit that was rendered. */
  readonly commit: string;
  /** Merge requests whose approved plans covered what was written. */
  readonly mergeRequests: readonly number[];
  /** Who let it past the gate, and why. */
  readonly breakGlass?: string | undefined;
  /** Counts up by one each time the release's objects change. */
  readonly revision: number;
  /** ISO time. */
  readonly time: string;
  readonly objects: readonly RecordedFile[];
  /** Files of objects that left the release and were kept on purpose; no longer anybody's to delete. */
  readonly kept: readonly string[];
  /** Values that were bound at apply, by dotted path. */
  readonly late: Readonly<Record<string, string>>;
  /** What the objects hold that their chart drew. */
  readonly drawn: RecordedForms;
  readonly hold: Hold | undefined;
}

export interface RecordedFile {
  /** `keyId` of the object. */
  readonly object: string;
  /** Name of the file in the release's folder. */
  readonly file: string;
  /** Git's id of what was written; the content stays reachable in the branch's history. */
  readonly blob: string;
}

/** Argo CD leaves out files with this mark, which it would otherwise take for an object of its application. */
const note = 'Written by Pushgate; do not edit. +argocd:skip-file-rendering';

/** The same record gives the same bytes. */
export function writeRecord(record: ReleaseRecord): string {
  const { release, environment, namespace, repository, commit, mergeRequests, revision, time } = record;
  const objects = record.objects.map(({ object, file, blob }) => ({ object, file, blob }));
  const content = {
    schema: recordSchema,
    note,
    ...{ release, environment, namespace, repository, commit, mergeRequests, revision, time },
    objects: objects.sort((a, b) => (a.file < b.file ? -1 : 1)),
    kept: [...record.kept].sort(),
    late: Object.fromEntries(Object.entries(record.late).sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(Object.keys(record.drawn).length === 0 ? {} : { drawn: sortedForms(record.drawn) }),
    hold: record.hold ?? null,
    ...(record.breakGlass === undefined ? {} : { breakGlass: record.breakGlass }),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/**
 * A record from its text, or what is wrong with it. Anybody who may push can edit it, so nothing in it is believed
 * before it has the right form; a file name that would leave the release's folder makes the whole record unreadable.
 */
export function readRecord(text: string): ReleaseRecord | { readonly wrong: string } {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return { wrong: 'it is not JSON' };
  }
  if (!isObject(value)) return { wrong: 'it is not an object' };
  if (value['schema'] !== recordSchema)
    return { wrong: `its schema is not ${recordSchema}; a newer Pushgate may have written it` };
  const objects = listOf(value['objects'], readFile);
  const kept = listOf(value['kept'], (name) => (isFileName(name) ? name : undefined));
  const mergeRequests = listOf(value['mergeRequests'], (number) => (typeof number === 'number' ? number : undefined));
  const late = value['late'];
  const revision = value['revision'];
  if (objects === undefined) return { wrong: 'its list of objects is damaged' };
  if (kept === undefined || mergeRequests === undefined) return { wrong: 'one of its lists is damaged' };
  if (typeof revision !== 'number' || !Number.isSafeInteger(revision)) return { wrong: 'it has no revision number' };
  const commit = textOf(value, 'commit');
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(commit)) return { wrong: 'its commit is no commit' };
  return {
    release: textOf(value, 'release'),
    environment: textOf(value, 'environment'),
    namespace: textOf(value, 'namespace'),
    repository: textOf(value, 'repository'),
    commit,
    mergeRequests,
    revision,
    time: textOf(value, 'time'),
    objects,
    kept,
    late: textsIn(late),
    drawn: readForms(value['drawn']),
    hold: readHold(value['hold']),
    ...(typeof value['breakGlass'] === 'string' ? { breakGlass: value['breakGlass'] } : {}),
  };
}

function readFile(value: Json): RecordedFile | undefined {
  if (!isObject(value)) return undefined;
  const { object, file, blob } = value;
  if (typeof object !== 'string' || !isFileName(file)) return undefined;
  if (typeof blob !== 'string' || !/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(blob)) return undefined;
  return { object, file, blob };
}

function isFileName(value: Json | undefined): value is string {
  return typeof value === 'string' && /^[^/\\\0]+\.(ya?ml|json)$/.test(value);
}

function sortedForms(drawn: RecordedForms): RecordedForms {
  const sorted = <Value>(values: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
  return sorted(Object.fromEntries(Object.entries(drawn).map(([object, forms]) => [object, sorted(forms)])));
}

function readForms(value: Json | undefined): RecordedForms {
  return Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).map(([object, forms]) => [object, textsIn(forms)]),
  );
}

function textsIn(value: Json | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

function readHold(value: Json | undefined): Hold | undefined {
  if (!isObject(value)) return undefined;
  const { mergeRequest } = value;
  return {
    reason: textOf(value, 'reason'),
    by: textOf(value, 'by'),
    time: textOf(value, 'time'),
    ...(typeof mergeRequest === 'number' ? { mergeRequest } : {}),
  };
}

function textOf(value: JsonObject, key: string): string {
  const text = value[key];
  return typeof text === 'string' ? text : '';
}

function listOf<Item>(value: Json | undefined, read: (item: Json) => Item | undefined): readonly Item[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = value.map(read);
  return items.every((item) => item !== undefined) ? items : undefined;
}
