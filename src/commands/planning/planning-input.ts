/** What planning an environment is told. */
import type { Policy } from '../../config/policy.ts';
import type { Notice, Plan, PlannedCommit } from '../../plan/plan.ts';
import type { Resource } from '../../resource/resource.ts';
import type { Host } from '../host.ts';
import type { Repository, Revision } from '../run/repository.ts';
import type { ClusterPlace, EnvironmentState } from '../state/state.ts';

export interface PlanningInput {
  readonly host: Host;
  readonly repository: Repository;
  readonly policy: Policy;
  readonly commit: PlannedCommit;
  /** What is planned: the merge result, or the commit itself. */
  readonly revision: Revision;
  /** The target branch's tip, where the plan is of a merge request. */
  readonly target: Revision | undefined;
  readonly state: EnvironmentState;
  /** `apply` binds late values and needs every variable; `plan` shows what is missing as bound later. */
  readonly purpose: 'plan' | 'apply';
  /** How an apply reads what is there, values of Secrets included; a plan has no way to. */
  readonly readValues?: ((place: ClusterPlace, object: Resource) => Promise<Resource | undefined>) | undefined;
  readonly notices: readonly Notice[];
  /** What the login of a plan could do to the cluster. */
  readonly login?: Plan['login'];
  /** Only these releases; else those that the run was told. */
  readonly releases?: readonly string[] | undefined;
  /** The merge request that is planned or applied: what is held for it is not held against it. */
  readonly unmerged?: number | undefined;
}
