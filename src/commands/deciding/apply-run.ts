/** What holds for the whole of one apply, and what is known of one environment when its releases are decided. */
import type { Policy } from '../../config/policy.ts';
import type { Forge } from '../../forge/forge.ts';
import type { Standing } from '../../forge/standing.ts';
import type { Host } from '../host.ts';
import type { Planned } from '../planning/planning.ts';
import type { Repository, Revision } from '../run/repository.ts';
import type { EnvironmentState } from '../state/state.ts';
import type { Merged, UnmergedRequest } from './merged.ts';

/** What holds for the whole of one apply. */
export interface ApplyRun {
  readonly host: Host;
  readonly repository: Repository;
  readonly standing: Standing;
  readonly forge: Forge | undefined;
  readonly commit: string;
  readonly ref: string | undefined;
  readonly revision: Revision;
  readonly merged: Merged;
  /** Applied before its merge; `commit` is then the tip of its target branch, and `revision` what the merge would make. */
  readonly unmerged?: UnmergedRequest | undefined;
}

export interface Deciding {
  readonly policy: Policy | undefined;
  readonly state: EnvironmentState;
  readonly planned: Planned;
}
