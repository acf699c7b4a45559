/** What drift looks at, for one release of an environment in Git. */
import type { Edit, ObservedFile, ObservedObject, ObservedRelease } from '../drift/drift.ts';
import { releaseFolder } from './file-name.ts';
import { readEdits } from './history.ts';
import type { ManifestsState, ReleaseState } from './read.ts';
import type { ManifestsRepository } from './repository.ts';

/** Live and recorded objects side by side, each with who edited its file since. */
export async function observeRelease(
  repository: ManifestsRepository,
  state: ManifestsState,
  release: ReleaseState,
): Promise<ObservedRelease> {
  const { live, recorded, record, unreadable } = release;
  const edits = await readEdits(repository, state, release);
  const folder = releaseFolder(repository.path, release.name);
  const broken = new Set(unreadable.map(({ file }) => file));
  const objects: ObservedObject[] = [];
  const lost: ObservedFile[] = [];
  for (const entry of record?.objects ?? []) {
    const file = `${folder}/${entry.file}`;
    const [was, is] = [recorded.get(entry.object), live.get(entry.object)];
    const by = editsOf(edits, [file, is?.file]);
    if (was === undefined)
      lost.push({ where: file, why: 'what was recorded is no longer in the repository', edits: by });
    // A file that cannot be read is one finding of its own, not a deleted object as well.
    else if (is !== undefined || !broken.has(file)) {
      objects.push({ key: was.key, recorded: was.resource, live: is?.resource, where: is?.file ?? file, edits: by });
    }
  }
  const known = new Set(record?.objects.map(({ object }) => object));
  for (const [id, { key, resource, file, kept }] of live) {
    if (kept || known.has(id)) continue;
    objects.push({ key, recorded: undefined, live: resource, where: file, edits: editsOf(edits, [file]) });
  }
  const files = unreadable.map(({ file, why }) => ({ where: file, why, edits: editsOf(edits, [file]) }));
  return { name: release.name, objects, unreadable: [...files, ...lost] };
}

function editsOf(edits: ReadonlyMap<string, readonly Edit[]>, files: readonly (string | undefined)[]): readonly Edit[] {
  const all = [...new Set(files)].flatMap((file) => (file === undefined ? [] : (edits.get(file) ?? [])));
  const distinct = new Map(all.map((edit) => [`${edit.when} ${edit.how}`, edit]));
  return [...distinct.values()].sort((a, b) => (a.when < b.when ? 1 : a.when > b.when ? -1 : 0));
}
