/** `pushgate plan`: what would change, told apart by who asked for it; on a merge request as its comment. */
import type { ReleasePlace } from '../cluster/read/parent.ts';
import { describePolicyChange, policyOf } from '../config/index.ts';
import type { Policy } from '../config/policy.ts';
import { secretForms } from '../plan/mask.ts';
import type { Notice } from '../plan/plan.ts';
import type { PlannedPart } from '../plan/plan-file.ts';
import { formatProblem, Problem } from '../problem.ts';
import { openMerged } from './deciding/merged.ts';
import { lastApplied } from './deciding/position.ts';
import type { Host, Outcome } from './host.ts';
import { savePlanFile } from './planning/plan-files.ts';
import type { PlannerLogin, PlannerLoginOptions } from './planning/planner-login.ts';
import type { Planned } from './planning/planning.ts';
import { planEnvironment } from './planning/planning.ts';
import { showPlans, tellPlans } from './planning/sections.ts';
import { chosenEnvironments, openState } from './run/environments.ts';
import type { PlannedRun } from './run/planned-run.ts';
import { keepingComment, openRun, readPlannedRun } from './run/planned-run.ts';
import { releasePlaces } from './run/release-places.ts';
import { maskedProblem, secretsOfRun } from './run/secrets-of-run.ts';
import { lookAhead } from './state/own-parents.ts';
import type { EnvironmentState } from './state/state.ts';

export async function plan(host: Host): Promise<Outcome> {
  const out = host.given.text('out');
  if (out !== undefined) return await planToFile(await readPlannedRun(await openRun(host), 'chart'), out);
  return await keepingComment(host, async (run) => {
    const planned = await readPlannedRun(run, 'chart');
    return await tellPlans(planned, await planParts(planned));
  });
}

/** One of several plan jobs leaves the comment to the job that reports all of them. */
async function planToFile(run: PlannedRun, out: string): Promise<Outcome> {
  const parts = await planParts(run);
  await savePlanFile(run, out, parts);
  return await showPlans(run, parts);
}

/** Every environment is planned by itself: one that fails is named and does not hide the others. */
async function planParts(input: PlannedRun): Promise<readonly PlannedPart[]> {
  const { host, revision, target, repository } = input;
  const secrets = secretsOfRun(host, [revision.config, target?.config]);
  host.mask(secretForms(secrets));
  const chosen = host.given.list('release');
  const parts: PlannedPart[] = [];
  const told = new Set<string>();
  for (const name of chosenEnvironments(host, repository.facts, revision.config, target?.config)) {
    const policy = policyOf((target ?? revision).config, name);
    const base = { environment: name, releases: chosen.length === 0 ? undefined : chosen };
    try {
      const { plan: planned, failed } = await planOne(input, name, policy);
      for (const problem of failed.values()) tellFailed(host, maskedProblem(problem, secrets), told);
      const [first] = failed.values();
      parts.push({ ...base, plan: planned, problem: undefined, reason: first?.reason });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const problem = formatProblem(maskedProblem(error, secrets));
      parts.push({ ...base, plan: undefined, problem, reason: error.reason });
    }
  }
  return parts;
}

/**
 * What the notice in the plan has no room for: the source with its caret, and what to do. Once, though several
 * environments or releases may have the same mistake.
 */
function tellFailed(host: Host, problem: Problem, told: Set<string>): void {
  const { reason, where, excerpt, hint, more } = problem;
  const isShown = (host.given.text('output') ?? 'text') === 'text';
  const text = formatProblem(
    isShown && where !== undefined ? new Problem({ reason, message: where, excerpt, hint, more }) : problem,
  );
  const isMore = !isShown || excerpt !== undefined || hint !== undefined || more.length > 0;
  if (isMore && !told.has(text)) host.warn(text);
  told.add(text);
}

/** The policy is the one before the merge request; where there is none yet, its own serves to show a plan, and that is said. */
async function planOne(input: PlannedRun, name: string, policy: Policy | undefined): Promise<Planned> {
  const { host, repository, revision, target, commits } = input;
  const proposed = policyOf(revision.config, name);
  const effective = policy ?? proposed;
  if (effective === undefined) throw new Error(`environment ${name} is nowhere configured`);
  const releases = [revision, target].flatMap((one) => (one === undefined ? [] : releasePlaces(one, name)));
  await using state = await openState({ host, repository, policy: effective, releases, standing: input.standing });
  lookAhead(state, host.given.list('release'));
  const inForce = await rulesInForce(input, state, policy);
  const isLocal = repository.facts.trigger.kind === 'local';
  const of = commits.head !== undefined ? 'merge-request' : isLocal ? 'laptop' : 'branch';
  const checked = await loginOf(state, { policy: inForce ?? effective, releases, of });
  const changed = target === undefined && commits.head === undefined ? [] : policyNotices(name, inForce, proposed);
  return await planEnvironment({
    host,
    repository,
    policy: inForce ?? effective,
    commit: { rendered: commits.renderedId, head: commits.head, base: commits.base },
    revision,
    target,
    state,
    purpose: 'plan',
    notices: [...changed, ...(checked?.notices ?? [])],
    unmerged: repository.facts.trigger.kind === 'merge-request' ? repository.facts.trigger.number : undefined,
    ...(checked?.login === undefined ? {} : { login: checked.login }),
  });
}

async function loginOf(
  state: EnvironmentState,
  {
    policy,
    releases,
    of,
  }: { readonly policy: Policy; readonly releases: readonly ReleasePlace[]; readonly of: PlannerLoginOptions['of'] },
): Promise<PlannerLogin | undefined> {
  if (state.place.kind !== 'cluster') return undefined;
  const { checkPlannerLogin } = await import('./planning/planner-login.ts');
  const namespaces = releases.map(({ namespace }) => namespace);
  return await checkPlannerLogin({ state, policy, namespaces, of });
}

/** What the apply will go by; where the forge does not tell who approved, what the branch says. */
async function rulesInForce(
  { host, repository, forge, commits }: PlannedRun,
  state: EnvironmentState,
  policy: Policy | undefined,
): Promise<Policy | undefined> {
  const { trigger } = repository.facts;
  if (policy === undefined || forge === undefined || commits.base === undefined || trigger.kind !== 'merge-request')
    return policy;
  const merged = openMerged({ repository, forge, ref: trigger.targetBranch, key: host.given.text('key') });
  try {
    const last = await lastApplied(repository, state);
    return await merged.policyInForce(last, { tip: commits.base }, policy.name);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return policy;
  }
}

function policyNotices(name: string, before: Policy | undefined, after: Policy | undefined): readonly Notice[] {
  if (before === undefined)
    return [
      {
        severity: 'warning',
        text: `${name} has no policy on the target branch yet, so nothing can be applied: merge the configuration first, then deploy with the next merge request (no-policy)`,
      },
    ];
  return describePolicyChange(before, after).map((text) => ({
    severity: 'danger',
    text: `This merge request changes the rules of ${name}, from its next merge request on: ${text}`,
  }));
}
