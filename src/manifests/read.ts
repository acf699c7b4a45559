/** The reading door: what an environment in Git holds, release by release. */
import { logFiles } from '../git/commits.ts';
import type { Git } from '../git/git.ts';
import { checkLimits, defaultLimits, listTree, readBlobs, type TreeEntry } from '../git/objects.ts';
import { Problem } from '../problem.ts';
import { isObject, type Json, keyId, keyOf, type Resource, type ResourceKey } from '../resource/resource.ts';
import { readYamlDocuments, YamlError } from '../yaml/index.ts';
import { recordPath, releaseFolder } from './file-name.ts';
import { type ReleaseRecord, readRecord } from './record.ts';
import type { ManifestsRepository } from './repository.ts';

/** The branch as one run saw it. What is written later is checked against this, file by file. */
export interface ManifestsState {
  /** Undefined: there is no such branch yet. */
  readonly tip: string | undefined;
  /** Git's id of every file below the environment's folder, by path in the branch. */
  readonly blobs: ReadonlyMap<string, string>;
  /** Every release that was asked for, and every one that has a record. */
  readonly releases: ReadonlyMap<string, ReleaseState>;
}

export interface ReleaseState {
  readonly name: string;
  readonly record: ReleaseRecord | undefined;
  /** What is in the release's folder now, by `keyId`; also what nobody recorded. */
  readonly live: ReadonlyMap<string, StoredObject>;
  /** What the record says was written, by `keyId`. Undefined content: no longer in the repository. */
  readonly recorded: ReadonlyMap<string, StoredObject>;
  /** Files that hold no objects although they should. */
  readonly unreadable: readonly UnreadableFile[];
}

export interface StoredObject {
  readonly key: ResourceKey;
  readonly resource: Resource;
  /** Path in the branch. */
  readonly file: string;
  /** Git's id of the file's content. */
  readonly blob: string;
  /** Left in place when it left the release: here, and not the release's any more. */
  readonly kept: boolean;
}

export interface UnreadableFile {
  readonly file: string;
  readonly why: string;
}

/** Reads the branch at its tip now. `releases` names the ones to answer for even where nothing of them is there. */
export async function readManifests(
  repository: ManifestsRepository,
  releases: readonly string[],
): Promise<ManifestsState> {
  return await readManifestsAt(repository, await repository.tip(), releases);
}

/** As `readManifests`, at one commit that is here already. */
async function readManifestsAt(
  repository: ManifestsRepository,
  tip: string | undefined,
  releases: readonly string[],
): Promise<ManifestsState> {
  const entries = tip === undefined ? [] : await environmentFiles(repository, tip);
  const blobs = new Map(entries.map((entry) => [entry.path, entry.id]));
  const records = await readRecords(repository, { tip, entries });
  const names = [...new Set([...releases, ...records.keys()])];
  const wanted = entries.filter(({ path }) => !path.includes('.pushgate/') && isManifest(path));
  const recordedIds = [...records.values()].flatMap((record) => record.objects.map(({ blob }) => blob));
  const contents = await readBlobs(repository.git, [...wanted.map(({ id }) => id), ...recordedIds]);
  const parsed = parsedOnce(contents);
  const states = names.map((name) =>
    releaseState({ name, repository, record: records.get(name), files: wanted, parsed }),
  );
  return { tip, blobs, releases: new Map(states.map((state) => [state.name, state])) };
}

async function environmentFiles({ git, path }: ManifestsRepository, tip: string): Promise<readonly TreeEntry[]> {
  const { entries } = await listTree(git, tip, path === '' ? [] : [path]);
  const files = entries.filter((entry) => entry.kind === 'file');
  checkLimits(files, defaultLimits);
  return files;
}

function isManifest(path: string): boolean {
  return /\.(ya?ml|json)$/.test(path);
}

interface Listing {
  readonly tip: string | undefined;
  readonly entries: readonly TreeEntry[];
}

async function readRecords(
  repository: ManifestsRepository,
  { tip, entries }: Listing,
): Promise<ReadonlyMap<string, ReleaseRecord>> {
  const folder = recordPath(repository.path, '').replace(/\.json$/, '');
  const files = entries.filter(({ path }) => path.startsWith(folder) && path.endsWith('.json'));
  const contents = await readBlobs(
    repository.git,
    files.map(({ id }) => id),
  );
  const records = new Map<string, ReleaseRecord>();
  for (const { path, id } of files) {
    const record = readRecord(new TextDecoder().decode(contents.get(id)));
    const wrong = 'wrong' in record ? record.wrong : misplaced(repository.path, path, record);
    if (wrong !== undefined) throw await damagedRecord(repository, tip ?? '', path, wrong);
    if (!('wrong' in record)) records.set(record.release, record);
  }
  return records;
}

function misplaced(path: string, file: string, record: ReleaseRecord): string | undefined {
  return recordPath(path, record.release) === file ? undefined : `it is the record of "${record.release}"`;
}

async function damagedRecord(
  { git, branch }: ManifestsRepository,
  tip: string,
  file: string,
  wrong: string,
): Promise<Problem> {
  const [last] = await logFiles(git, { to: tip, paths: [file], limit: 1 });
  const who =
    last === undefined ? '' : `; last changed by ${last.author.name} in ${last.id.slice(0, 7)}, ${last.committer.time}`;
  return new Problem({
    reason: 'conflict',
    message: `This record in ${branch} cannot be used: ${wrong}${who}`,
    where: file,
    hint: 'Put the file back as Pushgate wrote it (git revert), or delete it to have the release adopted anew.',
  });
}

interface ReleaseFiles {
  readonly name: string;
  readonly repository: ManifestsRepository;
  readonly record: ReleaseRecord | undefined;
  readonly files: readonly TreeEntry[];
  /** The objects of a content by its id. */
  readonly parsed: (id: string) => ParsedFile;
}

function releaseState({ name, repository, record, files, parsed }: ReleaseFiles): ReleaseState {
  const folder = releaseFolder(repository.path, name);
  const recordedFiles = new Set(record?.objects.map(({ file }) => `${folder}/${file}`));
  const kept = new Set(record?.kept.map((file) => `${folder}/${file}`));
  const live = new Map<string, StoredObject>();
  const unreadable: UnreadableFile[] = [];
  const own = files.filter(({ path }) => path.startsWith(`${folder}/`));
  // Recorded files first: of two files with the same object, ours is the one that counts.
  own.sort(
    (a, b) => Number(recordedFiles.has(b.path)) - Number(recordedFiles.has(a.path)) || (a.path < b.path ? -1 : 1),
  );
  for (const { path, id } of own) {
    const read = parsed(id);
    if ('why' in read) unreadable.push({ file: path, why: read.why });
    else if (read.objects.length === 0 && recordedFiles.has(path)) {
      unreadable.push({ file: path, why: 'it holds no Kubernetes object' });
    } else {
      for (const resource of read.objects) {
        const key = keyOf(resource);
        if (!live.has(keyId(key))) live.set(keyId(key), { key, resource, file: path, blob: id, kept: kept.has(path) });
      }
    }
  }
  const recorded = new Map<string, StoredObject>();
  for (const { object, file, blob } of record?.objects ?? []) {
    const read = parsed(blob);
    const resource = 'why' in read ? undefined : read.objects.find((candidate) => keyId(keyOf(candidate)) === object);
    if (resource !== undefined)
      recorded.set(object, { key: keyOf(resource), resource, file: `${folder}/${file}`, blob, kept: false });
  }
  return { name, record, live, recorded, unreadable };
}

type ParsedFile = { readonly objects: readonly Resource[] } | { readonly why: string };

/** What is as it was recorded has the same id, so it is one object here, and whoever compares sees that at once. */
function parsedOnce(contents: ReadonlyMap<string, Uint8Array>): (id: string) => ParsedFile {
  const known = new Map<string, ParsedFile>();
  return (id) => {
    const file = known.get(id) ?? readObjects(contents.get(id));
    known.set(id, file);
    return file;
  };
}

/** The objects of a file; documents that are no objects (a kustomization, settings of a tool) are passed over. */
function readObjects(content: Uint8Array | undefined): ParsedFile {
  if (content === undefined) return { why: 'its content is not in the repository' };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content);
    const values = readYamlDocuments(text).map(({ value }) => value as Json);
    return { objects: values.filter(isResource) };
  } catch (error) {
    if (error instanceof YamlError) return { why: error.message };
    if (error instanceof TypeError) return { why: 'it is not text' };
    throw error;
  }
}

function isResource(value: Json): value is Resource {
  if (!isObject(value) || typeof value['apiVersion'] !== 'string' || typeof value['kind'] !== 'string') return false;
  const metadata = value['metadata'];
  return isObject(metadata) && typeof metadata['name'] === 'string';
}

/** Contents by id, for whoever has ids from a record of another time. */
export async function readObjectsById(
  git: Git,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly Resource[]>> {
  const contents = await readBlobs(git, ids);
  const objects = [...contents].map(([id, content]) => {
    const read = readObjects(content);
    return [id, 'why' in read ? [] : read.objects] as const;
  });
  return new Map(objects);
}
