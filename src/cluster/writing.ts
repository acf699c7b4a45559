/** The shape of the writing door, for commands that are handed it by a verb and may not open it themselves. */
import type { Problem } from '../problem.ts';
import type { ApplyReleases } from './write/apply-releases.ts';

export type { ApplyReleases };

/** Gives what stood in the way, by release. */
export type ReleasesApplier = (options: ApplyReleases) => Promise<ReadonlyMap<string, Problem>>;
