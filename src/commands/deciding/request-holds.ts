/**
 * Holds that wait for a merge request: until it is merged or closed nothing else is applied to a release that was
 * applied from it before its merge, or rolled back to what it asks for, or the branch would undo that.
 */
import type { ReleasePlace } from '../../cluster/read/parent.ts';
import type { Policy } from '../../config/policy.ts';
import type { Hold } from '../../manifests/hold.ts';
import { Problem } from '../../problem.ts';
import { setHolds } from '../hold.ts';
import { openState } from '../run/environments.ts';
import { actorOf } from '../run/one-environment.ts';
import { releasePlaces } from '../run/release-places.ts';
import { readRevision } from '../run/repository.ts';
import type { EnvironmentState } from '../state/state.ts';
import type { ApplyRun } from './apply-run.ts';

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

/** What is there, after holds were taken away whose merge request is no longer open. */
export async function openWithoutEndedHolds(run: ApplyRun, policy: Policy): Promise<EnvironmentState> {
  const { host, repository, revision, standing } = run;
  const releases = [...releasePlaces(revision, policy.name), ...(await placesBefore(run, policy.name))];
  const open = (): Promise<EnvironmentState> => openState({ host, repository, policy, releases, standing });
  await using closing = new AsyncDisposableStack();
  const state = closing.use(await open());
  const names = await endedHolds(run, state);
  if (names.length === 0) {
    closing.move();
    return state;
  }
  host.progress(`no longer on hold: ${names.join(', ')}`);
  const author = await actorOf(repository);
  await setHolds(state, { environment: policy.name, names, wanted: undefined, now: host.now(), author });
  return await open();
}

/** What the run takes out of the configuration is looked for as well. */
async function placesBefore(
  { merged, unmerged, repository, commit }: ApplyRun,
  environment: string,
): Promise<readonly ReleasePlace[]> {
  if (unmerged === undefined) return await merged.releasesBefore(commit, environment);
  const base = await readRevision(repository, commit);
  return base === undefined ? [] : releasePlaces(base, environment);
}

async function endedHolds(run: ApplyRun, state: EnvironmentState): Promise<readonly string[]> {
  const ended: string[] = [];
  for (const name of state.recorded) {
    const number = state.release(name)?.hold?.mergeRequest;
    if (number !== undefined && (await hasEnded(run, number))) ended.push(name);
  }
  return ended;
}

/** What cannot be asked has not ended: the release stays on hold, and the others go on. */
async function hasEnded({ host, forge }: ApplyRun, mergeRequest: number): Promise<boolean> {
  if (forge === undefined) return false;
  try {
    return (await forge.mergeRequest(mergeRequest)).state !== 'open';
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    host.warn(`Whether !${mergeRequest} is still open is not known: ${error.message}`);
    return false;
  }
}
