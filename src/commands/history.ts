/** `pushgate history RELEASE`: its revisions in one environment, newest first. */
import { readRevisions } from '../manifests/history.ts';
import type { RecordedFile } from '../manifests/record.ts';
import { type History, historyText, type RevisionChange } from '../report/history-text.ts';
import { formatKey } from '../resource/resource.ts';
import type { Host, Outcome } from './host.ts';
import { knownCommit } from './run/known-commit.ts';
import { namedReleases, openApplied, openOneEnvironment } from './run/one-environment.ts';
import { outputForm } from './run/output-form.ts';
import { appliedParent, appliedRelease } from './state/applied-release.ts';
import { clusterHistory } from './state/cluster-history.ts';

export async function history(host: Host): Promise<Outcome> {
  const here = await openOneEnvironment(host);
  const { repository, policy } = here;
  const [name] = namedReleases(host, 'history');
  await using state = await openApplied(host, { ...here, releases: [name], access: 'read' });
  if (state.place.kind === 'cluster') {
    const parent = appliedParent(state.place, name);
    const rows = await clusterHistory(repository, state.place, parent);
    return print(host, { environment: policy.name, release: name, hold: parent.state.hold, revisions: rows });
  }
  const applied = appliedRelease(state, policy.name, name);
  const revisions = await readRevisions(applied.repository, { tip: applied.seen.tip, release: name });
  const rows = [];
  for (const [index, { record, written }] of revisions.entries()) {
    const { revision, time, commit, mergeRequests, breakGlass, objects } = record;
    const older = revisions[index + 1]?.record.objects;
    const known = await knownCommit(repository.checkout, commit);
    rows.push({
      revision,
      time,
      commit,
      mergeRequests,
      breakGlass,
      objects: objects.length,
      changed: older && changeOf(older, objects),
      subject: known?.subject,
      author: known?.author,
      into: written.commit,
    });
  }
  return print(host, { environment: policy.name, release: name, hold: applied.release.record?.hold, revisions: rows });
}

/** Files say by their content's id whether they changed. */
function changeOf(older: readonly RecordedFile[], newer: readonly RecordedFile[]): RevisionChange {
  const [before, after] = [older, newer].map((files) => new Map(files.map(({ object, blob }) => [object, blob])));
  const words = (id: string): string => {
    const [group = '', kind = '', namespace = '', name = ''] = id.split('/');
    return formatKey({ group, kind, namespace, name });
  };
  const ids = [...(after?.keys() ?? [])].sort();
  return {
    created: ids.filter((id) => before?.has(id) === false).map(words),
    updated: ids.filter((id) => before?.has(id) === true && before.get(id) !== after?.get(id)).map(words),
    deleted: [...(before?.keys() ?? [])]
      .filter((id) => after?.has(id) === false)
      .sort()
      .map(words),
  };
}

function print(host: Host, facts: Omit<History, 'schema'>): Outcome {
  const found: History = { schema: 'pushgate.dev/history/v1', ...facts };
  const form = outputForm(host, ['text', 'json']);
  host.print(form === 'json' ? JSON.stringify(found, undefined, 2) : historyText(found, { style: host.style }));
  return { reason: 'no-changes', outputs: {} };
}
