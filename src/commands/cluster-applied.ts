/** What is applied to a cluster, release by release: for history and the verbs that bring something back. */
import { readRevisions } from '../cluster/read/helm-record.ts';
import type { Parent } from '../cluster/read/parent.ts';
import { Problem } from '../problem.ts';
import type { HistoryRow } from '../report/history-text.ts';
import { readYamlDocuments } from '../yaml/index.ts';
import { ownParents } from './cluster-state.ts';
import { knownCommit } from './known-commit.ts';
import type { Repository } from './repository.ts';
import type { ClusterPlace } from './state.ts';

/** A release that this environment applied; a Problem for one that it did not. */
export function appliedParent(place: ClusterPlace, name: string): Parent {
  const [parent] = ownParents(place, [name]);
  if (parent !== undefined) return parent;
  const known = [...place.parents.values()].filter((one) => ownParents(place, [one.release.name]).includes(one));
  const names = known.map(({ release }) => release.name).sort();
  throw new Problem({
    reason: 'usage',
    message: `${name} was never applied to ${place.environment}`,
    hint:
      names.length === 0 ? `Nothing was applied to ${place.environment} yet.` : `Applied there: ${names.join(', ')}.`,
  });
}

/** Newest first. Revisions that Helm itself wrote are among them, with its own words. */
export async function clusterHistory(
  repository: Repository,
  place: ClusterPlace,
  parent: Parent,
): Promise<readonly HistoryRow[]> {
  const rows: HistoryRow[] = [];
  for (const stored of [...(await readRevisions(place.view.client, parent.release))].reverse()) {
    const known = stored.commit === '' ? undefined : await knownCommit(repository.checkout, stored.commit);
    rows.push({
      revision: stored.version,
      time: stored.deployedAt,
      commit: stored.commit,
      subject: stored.ours ? known?.subject : `by Helm: ${stored.description}`,
      mergeRequests: stored.mergeRequests,
      objects: [...readYamlDocuments(stored.manifest)].filter(({ value }) => value !== null).length,
      into: stored.stored.metadata.name,
    });
  }
  return rows;
}
