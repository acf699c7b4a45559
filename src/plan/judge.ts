/** Who asked for a difference, and whether an approval covers what is there now. */
import type { Resource } from '../resource/resource.ts';
import { authorAt } from './author.ts';
import { compare, type Difference } from './compare.ts';
import type { ObjectFacts, PlanInput } from './facts.ts';
import { isIgnored } from './ignore.ts';
import { normalise } from './normalise.ts';
import { formatPath, hasField, overlap } from './path.ts';
import type { Cause } from './plan.ts';

export interface Judged {
  readonly difference: Difference;
  readonly cause: Cause;
  /** Whether the digest depends on what is there; not for what a rule ignores, which others may move all the time. */
  readonly isBound: boolean;
}

/** Who asked for each difference: the merge request, the branch before it, or nobody in Git. */
export function judge(differences: readonly Difference[], object: ObjectFacts, input: PlanInput): readonly Judged[] {
  // Most objects of most plans differ in nothing, and then nothing more is compared.
  if (differences.length === 0) return [];
  const isRequest = input.comparison === 'merge-request';
  const desired = normalised(object.desired);
  const target = normalised(object.target);
  const byRequest = isRequest ? pathsOf(compare(target, desired)) : [];
  const byBranch = pathsOf(compare(normalised(object.recorded), isRequest ? target : desired));
  const judged = differences.map((difference): Judged => {
    const path = formatPath(difference.path);
    const touches = (other: string): boolean => overlap(other, path);
    const isWaiting = object.recorded === undefined || byBranch.some(touches);
    const cause = byRequest.some(touches) ? 'merge-request' : isWaiting ? 'waiting' : 'drift';
    const isBound = cause !== 'drift' || !isIgnored(object.key, path, input.environment.drift.ignore, input.now);
    return { difference, cause, isBound };
  });
  return withFollowers(judged, object);
}

/** What nobody rendered and nobody set is made by the server of what is changed beside it: no hand did that. */
function withFollowers(judged: readonly Judged[], object: ObjectFacts): readonly Judged[] {
  const { desired, recorded, live, predicted } = object;
  const asked = (['merge-request', 'waiting'] as const).find((cause) => judged.some((one) => one.cause === cause));
  // In files nobody but people adds a field.
  if (asked === undefined || live === undefined || predicted === undefined) return judged;
  const isFollowing = ({ cause, difference: { path } }: Judged): boolean =>
    cause === 'drift' && !hasField(desired, path) && !hasField(recorded, path) && authorAt(live, path) === undefined;
  const following = new Set(judged.filter(isFollowing));
  const followers = [...following].map((one): Judged => ({ ...one, cause: asked, isBound: true }));
  // What somebody asked for is read first.
  return [...judged.filter((one) => !following.has(one)), ...followers];
}

function pathsOf(differences: readonly Difference[]): readonly string[] {
  return differences.map(({ path }) => formatPath(path));
}

export function normalised(resource: Resource | undefined): Resource | undefined {
  return resource === undefined ? undefined : normalise(resource);
}
