/** What is to be written, and what came of it; the writing itself is behind the door of `write.ts`. */
import type { Identity } from '../git/objects.ts';
import type { ReleaseWork } from '../plan/work.ts';
import type { Hold } from './hold.ts';
import type { WriteIntent, WrittenRelease } from './message.ts';
import type { ManifestsState } from './read.ts';
import type { ManifestsRepository } from './repository.ts';

/** Writes in one step or not at all: `writeReleases` of `write.ts`. */
export type ReleasesWriter = (repository: ManifestsRepository, write: ManifestsWrite) => Promise<WriteResult>;

export interface ManifestsWrite {
  /** What the plan was made from. Whatever of it has changed since is a conflict. */
  readonly seen: ManifestsState;
  readonly environment: string;
  /** Why this is written, for the message; `apply` where it is not said. */
  readonly intent?: WriteIntent;
  readonly source: Source;
  readonly releases: readonly ReleaseWrite[];
  readonly now: Date;
  /** Who the commit is by; a bot of the pipeline's name where it is not said. */
  readonly author?: Identity | undefined;
  readonly committer?: Identity | undefined;
}

export interface Source {
  /** Address without credentials; '' where the source has no remote. */
  readonly repository: string;
  readonly commit: string;
}

export interface ReleaseWrite {
  readonly work: ReleaseWork;
  readonly mergeRequests: readonly number[];
  /** Who let it past the gate, and why; record and commit message keep it. */
  readonly breakGlass?: string;
  /** Values that were bound at apply, by dotted path; the record keeps them. */
  readonly late: Readonly<Record<string, string>>;
  /** Puts the release on hold in the same step; a hold that is there stays where this is not said. */
  readonly hold?: Hold | undefined;
}

export interface WriteResult {
  /** The commit that was made; undefined where nothing was left to write. */
  readonly commit: string | undefined;
  readonly releases: readonly WrittenRelease[];
  /** How often the branch had moved meanwhile. */
  readonly races: number;
}
