/** What was applied to a cluster, revision by revision. */
import { readRevisions } from '../../cluster/read/helm-record.ts';
import type { Parent } from '../../cluster/read/parent.ts';
import type { HistoryRow, RevisionChange } from '../../report/history-text.ts';
import { equal } from '../../resource/equal.ts';
import { formatKey, keyOf, type Resource } from '../../resource/resource.ts';
import { knownCommit } from '../run/known-commit.ts';
import type { Repository } from '../run/repository.ts';
import { objectsOfManifest } from './put-back-cluster.ts';
import type { ClusterPlace } from './state.ts';

/** Newest first. Revisions that Helm itself wrote are among them, with its own words. */
export async function clusterHistory(
  repository: Repository,
  place: ClusterPlace,
  parent: Parent,
): Promise<readonly HistoryRow[]> {
  const rows: HistoryRow[] = [];
  let older: ReadonlyMap<string, Resource> | undefined;
  for (const stored of await readRevisions(place.view.client, parent.release)) {
    const known = stored.commit === '' ? undefined : await knownCommit(repository.checkout, stored.commit);
    const objects = new Map(objectsOfManifest(stored.manifest).map((object) => [formatKey(keyOf(object)), object]));
    rows.unshift({
      revision: stored.version,
      time: stored.deployedAt,
      commit: stored.commit,
      subject: stored.ours ? known?.subject : `by Helm: ${stored.description}`,
      author: stored.ours ? known?.author : undefined,
      mergeRequests: stored.mergeRequests,
      breakGlass: stored.breakGlass,
      objects: objects.size,
      changed: older && changeOf(older, objects),
      into: stored.stored.metadata.name,
    });
    older = objects;
  }
  return rows;
}

/** By the objects as they were rendered; a Secret counts by its values too, which are not shown. */
function changeOf(older: ReadonlyMap<string, Resource>, newer: ReadonlyMap<string, Resource>): RevisionChange {
  const names = [...newer.keys()].sort();
  return {
    created: names.filter((name) => !older.has(name)),
    updated: names.filter((name) => older.has(name) && !equal(older.get(name), newer.get(name))),
    deleted: [...older.keys()].filter((name) => !newer.has(name)).sort(),
  };
}
