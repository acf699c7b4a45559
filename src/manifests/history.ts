/** What was: the revisions of a release, and who edited its files outside of Pushgate. */
import type { Edit } from '../drift/drift.ts';
import { type FileCommit, logFiles } from '../git/commits.ts';
import { readPathIds, readPaths } from '../git/objects.ts';
import { Problem } from '../problem.ts';
import { keyId, keyOf, type Resource } from '../resource/resource.ts';
import { recordPath, releaseFolder } from './file-name.ts';
import { type ManifestsState, type ReleaseState, readObjectsById } from './read.ts';
import { type ReleaseRecord, readRecord } from './record.ts';
import type { ManifestsRepository } from './repository.ts';

export interface Revision {
  readonly record: ReleaseRecord;
  /** The commit of the branch that wrote it. */
  readonly written: { readonly commit: string; readonly by: string; readonly time: string };
}

/** Further back nobody rolls; a record of a large release is as long as a page for every hundred objects. */
const mostCommits = 500;

/** The revisions of a release, newest first. A record that cannot be read is passed over: somebody else wrote it. */
export async function readRevisions(
  repository: ManifestsRepository,
  { tip, release }: { readonly tip: string | undefined; readonly release: string },
): Promise<readonly Revision[]> {
  if (tip === undefined) return [];
  const path = recordPath(repository.path, release);
  const commits = await logFiles(repository.git, { to: tip, paths: [path], limit: mostCommits });
  const contents = await readPaths(
    repository.git,
    commits.map(({ id }) => ({ commit: id, path })),
  );
  const revisions: Revision[] = [];
  commits.forEach((commit, index) => {
    const content = contents[index];
    const record = content === undefined ? undefined : readRecord(new TextDecoder().decode(content.bytes));
    if (record === undefined || 'wrong' in record || record.release !== release) return;
    // Several commits can write one revision (a newer source commit, a hold); the oldest of them made it.
    if (revisions.at(-1)?.record.revision === record.revision) revisions.pop();
    revisions.push({ record, written: { commit: commit.id, by: commit.author.name, time: commit.committer.time } });
  });
  return revisions;
}

/** The objects of a former revision, as they were written. */
export async function readRevisionObjects(
  repository: ManifestsRepository,
  record: ReleaseRecord,
): Promise<readonly Resource[]> {
  const objects = await readObjectsById(
    repository.git,
    record.objects.map(({ blob }) => blob),
  );
  return record.objects.map(({ object, file, blob }) => {
    const found = objects.get(blob)?.find((candidate) => keyId(keyOf(candidate)) === object);
    if (found !== undefined) return found;
    throw new Problem({
      reason: 'source-missing',
      message: `Revision ${record.revision} of ${record.release} wrote this file, and its content is no longer in the repository`,
      where: `${releaseFolder(repository.path, record.release)}/${file}`,
      hint: 'The history of the branch was rewritten; choose a newer revision, or apply the source commit again.',
    });
  });
}

/** Edits looked at per file: more would not tell anybody more. */
const mostEdits = 20;

/**
 * Who edited the files of a release that are not as the record says, by path, newest edit first: the commits since the
 * content was last as recorded. What a commit says of itself plays no part, only what it did.
 */
export async function readEdits(
  repository: ManifestsRepository,
  state: ManifestsState,
  release: ReleaseState,
): Promise<ReadonlyMap<string, readonly Edit[]>> {
  const wanted = editedFiles(repository, state, release);
  if (state.tip === undefined || wanted.size === 0) return new Map();
  const commits = await logFiles(repository.git, { to: state.tip, paths: [...wanted.keys()], limit: mostCommits });
  const touching = [...wanted].map(([file, recorded]) => ({
    file,
    recorded,
    commits: commits.filter(({ files }) => files.includes(file)).slice(0, mostEdits + 1),
  }));
  const requests = touching.flatMap(({ file, commits: list }) => list.map(({ id }) => ({ commit: id, path: file })));
  const ids = await readPathIds(repository.git, requests);
  let at = 0;
  return new Map(
    touching.map(({ file, recorded, commits: list }) => {
      const blobs = list.map(() => ids[at++]);
      const until = recorded === undefined ? -1 : blobs.indexOf(recorded);
      return [file, list.slice(0, until < 0 ? mostEdits : until).map(editOf)];
    }),
  );
}

/** Files whose content is not what was recorded, with the recorded content's id. */
function editedFiles(
  repository: ManifestsRepository,
  { blobs }: ManifestsState,
  { name, record, live, unreadable }: ReleaseState,
): ReadonlyMap<string, string | undefined> {
  const folder = releaseFolder(repository.path, name);
  const before = new Map(record?.objects.map(({ file, blob }) => [`${folder}/${file}`, blob]));
  const edited = [...before].filter(([file, blob]) => blobs.get(file) !== blob);
  const strays = [...live.values()].filter(({ kept }) => !kept);
  const files = [...strays, ...unreadable].map(({ file }) => file).filter((file) => !before.has(file));
  return new Map([...edited, ...files.map((file) => [file, undefined] as const)]);
}

function editOf(commit: FileCommit): Edit {
  return {
    who: commit.author.name,
    when: commit.committer.time,
    how: `commit ${commit.id.slice(0, 7)} "${commit.subject}"`,
  };
}
