/**
 * The writing door: the only code that changes an environment in Git. A write is one commit on the branch, or nothing:
 * until the branch moves, in one step, everything lies in Git's object store where no one sees it.
 */
import { type Identity, type TreeChange, writeBlobs } from '../git/objects.ts';
import { isPlaintextSecret } from '../plan/blockers.ts';
import { Problem } from '../problem.ts';
import { formatKey, keyId, keyOf, type Resource } from '../resource/resource.ts';
import { readsAlike, writeYaml } from '../yaml/index.ts';
import { commitChanges } from './commit-changes.ts';
import { fileNames, recordPath, releaseFolder } from './file-name.ts';
import type { Hold } from './hold.ts';
import { commitMessage, type WrittenRelease } from './message.ts';
import { nextRecord } from './next-record.ts';
import type { ManifestsState, ReleaseState } from './read.ts';
import { type RecordedFile, type ReleaseRecord, writeRecord } from './record.ts';
import type { ManifestsRepository } from './repository.ts';
import type { ManifestsWrite, ReleaseWrite, WriteResult } from './writing.ts';

const bot: Identity = { name: 'Pushgate', email: 'pushgate@localhost' };

/**
 * Writes the releases in one commit and moves the branch to it. If others moved the branch meanwhile without touching
 * what this run saw, the commit is made anew on theirs; if they did touch it, nothing is written and the Problem names
 * who, when and which file.
 */
export async function writeReleases(repository: ManifestsRepository, write: ManifestsWrite): Promise<WriteResult> {
  refusePlaintextSecrets(write);
  const prepared = await Promise.all(write.releases.map((release) => prepare(repository, write, release)));
  const written = prepared.map(({ summary }) => summary);
  const { environment, intent = 'apply' } = write;
  const message = commitMessage({ environment, intent, source: write.source, releases: written });
  const { commit, races } = await commitChanges(repository, {
    seen: write.seen,
    changes: prepared.flatMap(({ changes }) => changes),
    folders: prepared.flatMap(({ folder, record }) => [folder, record]),
    message,
    now: write.now,
    author: write.author ?? bot,
    committer: write.committer ?? bot,
  });
  return { commit, releases: written, races };
}

/** Puts a release on hold, or (undefined) takes the hold away. Its objects are left as they are. */
export async function writeHold(
  repository: ManifestsRepository,
  change: {
    readonly seen: ManifestsState;
    readonly environment: string;
    readonly release: string;
    readonly hold: Hold | undefined;
    readonly now: Date;
    readonly author?: Identity | undefined;
  },
): Promise<WriteResult> {
  const record = change.seen.releases.get(change.release)?.record;
  if (record === undefined) {
    throw new Problem({
      reason: 'source-missing',
      message: `${change.release} has not been applied to ${change.environment} yet, so there is nothing to hold`,
      hint: `pushgate status --environment ${change.environment} shows what was applied.`,
    });
  }
  const path = recordPath(repository.path, change.release);
  const text = writeRecord({ ...record, hold: change.hold });
  const [blob] = await writeBlobs(repository.git, [new TextEncoder().encode(text)]);
  const subject =
    change.hold === undefined
      ? `Take ${change.release} in ${change.environment} off hold`
      : `Put ${change.release} in ${change.environment} on hold`;
  const { commit, races } = await commitChanges(repository, {
    seen: change.seen,
    changes: [{ path, blob }],
    folders: [path],
    message: change.hold === undefined ? `${subject}\n` : `${subject}\n\n${oneLine(change.hold.reason)}\n`,
    now: change.now,
    author: change.author ?? bot,
    committer: bot,
  });
  return { commit, releases: [], races };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The plan refuses them too; this is the last place where it can be done. */
function refusePlaintextSecrets(write: ManifestsWrite): void {
  for (const { work } of write.releases) {
    for (const resource of work.writes.flatMap(({ desired }) => desired ?? [])) {
      if (!isPlaintextSecret(resource)) continue;
      throw new Problem({
        reason: 'plaintext-secret',
        message: `${formatKey(keyOf(resource))} of ${work.name} would put its values into Git for everyone to read`,
        hint: 'Use a SealedSecret, an ExternalSecret or SOPS, or refer to a Secret that is made in the cluster.',
      });
    }
  }
}

/** Two environments in one folder of one branch would take turns in undoing each other. */
function refuseOtherEnvironment(state: ReleaseState | undefined, environment: string): void {
  const record = state?.record;
  if (record === undefined || record.environment === environment) return;
  throw new Problem({
    reason: 'conflict',
    message: `${record.release} was written here by the environment ${record.environment}, and ${environment} is to write it to the same place`,
    hint: 'Give each environment a branch or a path of its own. After renaming one, edit the name in its records.',
  });
}

interface Prepared {
  readonly changes: readonly TreeChange[];
  readonly folder: string;
  readonly record: string;
  readonly summary: WrittenRelease;
}

async function prepare(
  repository: ManifestsRepository,
  write: ManifestsWrite,
  { work, mergeRequests, late, hold, breakGlass }: ReleaseWrite,
): Promise<Prepared> {
  const state = write.seen.releases.get(work.name);
  refuseOtherEnvironment(state, write.environment);
  const folder = releaseFolder(repository.path, work.name);
  const names = fileNames(work.desired.map(keyOf));
  const before = new Map(state?.record?.objects.map((entry) => [entry.object, entry]));
  const touched = new Set(work.writes.map(({ change }) => keyId(change.key)));
  const set: { readonly object: string; readonly file: string; readonly resource: Resource }[] = [];
  const objects: RecordedFile[] = [];
  for (const resource of work.desired) {
    const object = keyId(keyOf(resource));
    const entry = before.get(object);
    // What was not to be changed keeps its record: if somebody edited it, that is still to be seen tomorrow.
    if (entry !== undefined && !touched.has(object)) objects.push(entry);
    else set.push({ object, file: names.get(object) ?? '', resource });
  }
  const blobs = await writeBlobs(
    repository.git,
    set.map(({ resource }) => contentOf(resource)),
  );
  const changes: TreeChange[] = set.map(({ file }, index) => ({ path: `${folder}/${file}`, blob: blobs[index] }));
  set.forEach(({ object, file }, index) => {
    objects.push({ object, file, blob: blobs[index] ?? '' });
  });
  const gone = removedFiles({
    state,
    folder,
    touched,
    staying: new Set(objects.map(({ file }) => `${folder}/${file}`)),
  });
  changes.push(...gone.map((path) => ({ path, blob: undefined })));
  const next = nextRecord({ folder, state, work, write, objects, late, mergeRequests, hold, breakGlass });
  const record = recordPath(repository.path, work.name);
  changes.push({ path: record, blob: await storedRecord(repository, next) });
  return {
    changes,
    folder,
    record,
    summary: {
      name: work.name,
      revision: next.revision,
      mergeRequests,
      breakGlass,
      writes: work.writes.map(({ change }) => change),
    },
  };
}

/**
 * Sorted keys and one style: the same object is the same bytes, whoever rendered it. Argo CD, Flux and people read
 * the file with readers of their own, so text that two of them would read differently is not written.
 */
function contentOf(resource: Resource): Uint8Array {
  const text = writeYaml(resource);
  if (readsAlike(text, resource)) return new TextEncoder().encode(text);
  throw new Problem({
    reason: 'invalid-object',
    message: `${formatKey(keyOf(resource))} holds something that YAML readers do not agree on, so it is not written to Git`,
    hint: 'Look for control characters and other unusual signs in its names and texts.',
  });
}

/** Nothing of the release left: its record goes too, and stays in history. */
async function storedRecord(repository: ManifestsRepository, record: ReleaseRecord): Promise<string | undefined> {
  if (record.objects.length === 0 && record.kept.length === 0 && record.hold === undefined) return undefined;
  const [blob] = await writeBlobs(repository.git, [new TextEncoder().encode(writeRecord(record))]);
  return blob;
}

interface Removal {
  readonly state: ReleaseState | undefined;
  readonly folder: string;
  readonly touched: ReadonlySet<string>;
  /** Paths that the new record has. */
  readonly staying: ReadonlySet<string>;
}

/**
 * Files of objects that were deleted, and files to which somebody moved an object that is now written to its own
 * place. A file with other objects in it is not ours to delete.
 */
function removedFiles({ state, folder, touched, staying }: Removal): readonly string[] {
  if (state === undefined) return [];
  const recorded = (state.record?.objects ?? []).filter(({ object }) => touched.has(object));
  const candidates = new Set(recorded.map(({ file }) => `${folder}/${file}`));
  for (const [object, { file }] of state.live) if (touched.has(object)) candidates.add(file);
  const present = new Set([...state.live.values(), ...state.unreadable].map(({ file }) => file));
  const removed = [...candidates].filter((file) => present.has(file) && !staying.has(file));
  for (const file of removed) {
    const other = [...state.live].find(([object, stored]) => stored.file === file && !touched.has(object));
    if (other === undefined) continue;
    throw new Problem({
      reason: 'conflict',
      message: `Somebody put several objects into this file, among them ${formatKey(other[1].key)}, which is not to be touched`,
      where: file,
      hint: 'Give each object a file of its own again, or take the file away.',
    });
  }
  return removed;
}
