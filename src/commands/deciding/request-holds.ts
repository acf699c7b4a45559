/**
 * Releases that were applied from a merge request before its merge: until it is merged or closed nothing else is
 * applied to them, or the branch would take back what it does not have yet.
 */
import type { Policy } from '../../config/policy.ts';
import type { Hold } from '../../manifests/hold.ts';
import { setHolds } from '../hold.ts';
import { openState, releasePlaces } from '../run/environments.ts';
import { actorOf } from '../run/one-environment.ts';
import type { ApplyRun } from './deciding.ts';

/** The hold that comes with what this run applies; undefined where it applies a branch. */
export function holdBy({ unmerged, repository, host }: ApplyRun): Hold | undefined {
  if (unmerged === undefined) return undefined;
  return {
    reason: `applied from !${unmerged.number} before its merge; merging or closing it ends this`,
    by: repository.facts.actor ?? 'somebody',
    time: host.now().toISOString(),
    mergeRequest: unmerged.number,
  };
}

/** Takes away holds whose merge request is no longer open. */
export async function releaseEndedHolds(run: ApplyRun, policy: Policy): Promise<void> {
  const { host, repository, revision, forge, standing } = run;
  if (policy.gate.mode !== 'comment' || forge === undefined) return;
  const releases = releasePlaces(revision, policy.name);
  await using state = await openState({ host, repository, policy, releases, standing });
  const ended: string[] = [];
  for (const name of state.recorded) {
    const number = state.release(name)?.hold?.mergeRequest;
    if (number === undefined) continue;
    const request = await forge.mergeRequest(number);
    if (request.state !== 'open') ended.push(name);
  }
  if (ended.length === 0) return;
  host.progress(`no longer on hold: ${ended.join(', ')}`);
  const author = await actorOf(repository);
  await setHolds(state, { environment: policy.name, names: ended, wanted: undefined, now: host.now(), author });
}
