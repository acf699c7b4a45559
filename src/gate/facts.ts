/** What the gate is told about one release of one environment. */
import type { Policy } from '../config/policy.ts';
import type { PlannedRelease } from '../plan/plan.ts';
import type { ApprovalCount } from './approvals.ts';
import type { ShownPlan } from './shown.ts';

/** Where the commit to apply stands against the one recorded for the release. */
export type Position = 'first' | 'same' | 'newer' | 'older' | 'diverged' | 'unknown';

/** A merge request merged since the recorded commit, with what it showed. */
export interface MergedRequest {
  readonly number: number;
  readonly head: string;
  /** undefined: no readable plan of ours stands on it. */
  readonly shown: ShownPlan | undefined;
  readonly approvals: ApprovalCount;
  readonly fork: boolean;
}

export interface GateFacts {
  /** The environment's rules as they were before the commit's own merge request; undefined when there were none. */
  readonly policy: Policy | undefined;
  /** Branch or tag that is being applied; undefined when it could not be found out. */
  readonly ref: string | undefined;
  readonly position: Position;
  readonly release: PlannedRelease;
  /** Where the environment is, in the plan's words. */
  readonly target: string;
  readonly merged: readonly MergedRequest[];
  /** Commits since the recorded one that no merge request brought. */
  readonly direct: readonly string[];
  readonly now: Date;
  /** The merge request that is applied before its merge, by a comment on it; undefined on a branch. */
  readonly unmerged: number | undefined;
  /** The plan's digest, and the one that --expect-digest named. */
  readonly digest: { readonly actual: string; readonly expected: string | undefined };
}
