/** The record of a release after a write. */
import type { ReleaseWork } from '../plan/work.ts';
import { keyId } from '../resource/resource.ts';
import type { Hold } from './hold.ts';
import type { ReleaseState } from './read.ts';
import type { RecordedFile, ReleaseRecord } from './record.ts';
import type { ManifestsWrite } from './writing.ts';

interface NextRecord {
  readonly folder: string;
  readonly state: ReleaseState | undefined;
  readonly work: ReleaseWork;
  readonly write: ManifestsWrite;
  readonly objects: readonly RecordedFile[];
  readonly late: Readonly<Record<string, string>>;
  readonly mergeRequests: readonly number[];
  readonly hold: Hold | undefined;
  readonly breakGlass: string | undefined;
}

export function nextRecord(next: NextRecord): ReleaseRecord {
  const { state, work, write, objects, late, mergeRequests } = next;
  const before = state?.record;
  const handled = new Set([
    ...objects.map(({ object }) => object),
    ...work.writes.map(({ change }) => keyId(change.key)),
  ]);
  const left = (before?.objects ?? []).filter(({ object }) => !handled.has(object));
  const owned = new Set(objects.map(({ file }) => file));
  const kept = [...(before?.kept ?? []), ...left.map(({ file }) => file)];
  // What is put back after an edit was recorded before: that is no new revision.
  const changed = before === undefined || !sameObjects(before.objects, objects);
  const isSame = !changed && before.commit === write.source.commit && next.hold === undefined;
  return {
    release: work.name,
    environment: write.environment,
    namespace: work.namespace,
    repository: write.source.repository,
    commit: write.source.commit,
    mergeRequests: changed ? mergeRequests : before.mergeRequests,
    revision: (before?.revision ?? 0) + (changed ? 1 : 0),
    // An apply that finds nothing to do twice must not make a commit each time.
    time: isSame ? before.time : write.now.toISOString(),
    objects,
    kept: kept.filter((file) => !owned.has(file) && write.seen.blobs.has(`${next.folder}/${file}`)),
    late: changed ? late : before.late,
    drawn: changed ? (work.drawn ?? {}) : before.drawn,
    hold: next.hold ?? before?.hold,
    breakGlass: changed ? next.breakGlass : before.breakGlass,
  };
}

function sameObjects(one: readonly RecordedFile[], other: readonly RecordedFile[]): boolean {
  const text = (objects: readonly RecordedFile[]): string =>
    objects
      .map(({ object, file, blob }) => [object, file, blob].join(' '))
      .sort()
      .join('\n');
  return text(one) === text(other);
}
