/** What the login of a plan could do beyond planning: tried at each plan of a cluster, said in it, and required by policy. */
import { gradeLogin, type LoginGrade } from '../../cluster/read/canary.ts';
import type { Policy } from '../../config/policy.ts';
import type { Notice } from '../../plan/plan.ts';
import { Problem } from '../../problem.ts';
import { ownParents } from '../state/own-parents.ts';
import type { EnvironmentState } from '../state/state.ts';

export interface PlannerLogin {
  readonly login: LoginGrade | undefined;
  readonly notices: readonly Notice[];
}

export interface PlannerLoginOptions {
  readonly state: EnvironmentState;
  readonly policy: Policy;
  /** Namespaces of the releases that are planned. */
  readonly namespaces: readonly string[];
  /** `merge-request`: whoever opened it decides what this job renders, and may decide what it runs. `laptop`: no job. */
  readonly of: 'merge-request' | 'branch' | 'laptop';
}

/** Throws `Problem` (`planner-can-write`) where the policy wants a login that provably cannot write. */
export async function checkPlannerLogin({ state, policy, namespaces, of }: PlannerLoginOptions): Promise<PlannerLogin> {
  const { place } = state;
  if (place.kind !== 'cluster') return { login: undefined, notices: [] };
  const parents = ownParents(place, state.recorded);
  const login = await gradeLogin(place.view, { parents, namespaces: [...new Set(namespaces)] });
  if (login.grade === 'enforced') return { login, notices: [] };
  if (policy.target.kind === 'cluster' && policy.target.planner === 'pinned') throw unpinned(policy.name, login);
  if (login.grade === 'unavailable' || of === 'laptop')
    return { login, notices: [{ severity: 'info', text: `${login.text} (${login.grade})` }] };
  const more = 'Who can change this job can change the cluster: see pushgate rbac';
  const severity = of === 'merge-request' ? 'danger' : 'warning';
  return { login, notices: [{ severity, text: `${login.text}. ${more} (${login.grade})` }] };
}

function unpinned(environment: string, { text }: LoginGrade): Problem {
  return new Problem({
    reason: 'planner-can-write',
    message: `${text}, and ${environment} wants a planner that provably cannot`,
    hint: `Roles and the policy for that: pushgate rbac --environment ${environment}.`,
  });
}
