/** `pushgate plan`: what would change, told apart by who asked for it; on a merge request as its comment. */
import type { ReleasePlace } from '../cluster/read/parent.ts';
import { describePolicyChange, policyOf } from '../config/index.ts';
import type { Policy } from '../config/policy.ts';
import type { RunFacts } from '../forge/ci.ts';
import type { Forge } from '../forge/forge.ts';
import type { Standing } from '../forge/standing.ts';
import { standingToPlan } from '../forge/standing.ts';
import { countApprovals } from '../gate/approvals.ts';
import { rulesDigest } from '../gate/shown.ts';
import { secretForms } from '../plan/mask.ts';
import type { Notice } from '../plan/plan.ts';
import { formatProblem, Problem } from '../problem.ts';
import { changesOf, driftOf } from '../report/change-text.ts';
import type { CommentSection } from '../report/comment.ts';
import { planPage } from '../report/html.ts';
import { planJson } from '../report/json.ts';
import { planJunit } from '../report/junit.ts';
import { planText } from '../report/terminal.ts';
import { annotationsOf, codeQuality, terraformReport } from '../report/widgets.ts';
import { announcePlan } from './announce.ts';
import { chosenEnvironments, noEnvironment, openState, releasePlaces } from './environments.ts';
import { openForgeOfRun, refuseUntrusted } from './forge-of-run.ts';
import type { Host, Outcome } from './host.ts';
import { approvalFacts, commentText, postComment, postFailure } from './merge-request.ts';
import { openMerged } from './merged.ts';
import { markOutdated } from './outdated.ts';
import { outputsOf } from './outputs.ts';
import type { PlannerLogin } from './planner-login.ts';
import type { Planned } from './planning.ts';
import { planEnvironment } from './planning.ts';
import { lastApplied } from './position.ts';
import type { Reports } from './reports.ts';
import { aboutRun } from './reports.ts';
import type { PlannedCommits, Repository, Revision } from './repository.ts';
import { commitsToPlan, missingConfig, openRepository, readRevision, revisionOfWords } from './repository.ts';
import { maskedProblem, secretsOfRun } from './secrets-of-run.ts';
import type { EnvironmentState } from './state.ts';

export async function plan(host: Host): Promise<Outcome> {
  const repository = await openRepository(host);
  const standing = standingToPlan({ trigger: repository.facts.trigger });
  refuseUntrusted(standing);
  const forge = standing.kind === 'trusted' ? await openForgeOfRun(host, repository.facts) : undefined;
  const run = { host, facts: repository.facts, forge };
  await markOutdated(run);
  try {
    return await planAndTell({ host, repository, standing, forge });
  } catch (error) {
    if (error instanceof Problem) await postFailure(run, formatProblem(error));
    throw error;
  }
}

async function planAndTell(run: Pick<SectionsInput, 'host' | 'repository' | 'standing' | 'forge'>): Promise<Outcome> {
  const { host, repository, forge } = run;
  const commits = await commitsToPlan(repository);
  const revision = (await revisionOfWords(repository, host)) ?? (await readRevision(repository, commits.rendered));
  if (revision === undefined) throw missingConfig(repository);
  const target = commits.base === undefined ? undefined : await readRevision(repository, commits.base);
  const sections = await planSections({ ...run, commits, revision, target });
  report(host, { repository, revision }, sections);
  await postComment({ host, repository, forge, sections });
  await announcePlan({ host, facts: repository.facts, forge }, sections);
  for (const annotation of annotationsOf(sections.flatMap((section) => section.plan ?? []))) host.annotate(annotation);
  return outcomeOf(sections, repository.facts);
}

interface SectionsInput {
  readonly host: Host;
  readonly repository: Repository;
  readonly standing: Standing;
  readonly forge: Forge | undefined;
  readonly commits: PlannedCommits;
  readonly revision: Revision;
  readonly target: Revision | undefined;
}

export interface Section extends CommentSection {
  readonly reason: Problem['reason'] | undefined;
}

/** Every environment is planned by itself: one that fails is named and does not hide the others. */
async function planSections(input: SectionsInput): Promise<readonly Section[]> {
  const { host, revision, target, repository, forge } = input;
  const reviews = await approvalFacts(host, forge, repository.facts);
  const secrets = secretsOfRun(host, [revision.config, target?.config]);
  host.mask(secretForms(secrets));
  const sections: Section[] = [];
  for (const name of chosenEnvironments(host, repository.facts, revision.config, target?.config)) {
    const policy = (target ?? revision) && policyOf((target ?? revision).config, name);
    const approvals =
      policy === undefined || reviews === undefined ? undefined : countApprovals({ ...reviews, policy: policy.gate });
    const proposed = policyOf(revision.config, name);
    const rules = proposed === undefined ? undefined : rulesDigest(proposed);
    const base = { environment: name, gate: policy?.gate, approvals, rules };
    try {
      const { plan: planned, failed } = await planOne(input, name, policy);
      for (const problem of failed.values()) host.warn(formatProblem(maskedProblem(problem, secrets)));
      const [first] = failed.values();
      sections.push({ ...base, plan: planned, problem: undefined, reason: first?.reason });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      sections.push({
        ...base,
        plan: undefined,
        problem: formatProblem(maskedProblem(error, secrets)),
        reason: error.reason,
      });
    }
  }
  return sections;
}

/** The policy is the one before the merge request; where there is none yet, its own serves to show a plan, and that is said. */
async function planOne(input: SectionsInput, name: string, policy: Policy | undefined): Promise<Planned> {
  const { host, repository, revision, target, commits } = input;
  const proposed = policyOf(revision.config, name);
  const effective = policy ?? proposed;
  if (effective === undefined) throw new Error(`environment ${name} is nowhere configured`);
  const releases = [revision, target].flatMap((one) => (one === undefined ? [] : releasePlaces(one, name)));
  await using state = await openState({ host, repository, policy: effective, releases, standing: input.standing });
  const inForce = await rulesInForce(input, state, policy);
  const checked = await loginOf(state, { policy: inForce ?? effective, releases, of: commits.head });
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
    ...(checked?.login === undefined ? {} : { login: checked.login }),
  });
}

async function loginOf(
  state: EnvironmentState,
  {
    policy,
    releases,
    of,
  }: { readonly policy: Policy; readonly releases: readonly ReleasePlace[]; readonly of?: string | undefined },
): Promise<PlannerLogin | undefined> {
  if (state.place.kind !== 'cluster') return undefined;
  const { checkPlannerLogin } = await import('./planner-login.ts');
  const namespaces = releases.map(({ namespace }) => namespace);
  return await checkPlannerLogin({ state, policy, namespaces, of: of === undefined ? 'branch' : 'merge-request' });
}

/** What the apply will go by; where the forge does not tell who approved, what the branch says. */
async function rulesInForce(
  { host, repository, forge, commits }: SectionsInput,
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

function report(
  host: Host,
  { repository, revision }: Pick<SectionsInput, 'repository' | 'revision'>,
  sections: readonly Section[],
): void {
  const form = host.given.text('output') ?? 'text';
  if (form === 'json') {
    host.print(planJson(sections));
    return;
  }
  if (form === 'markdown') {
    host.print(commentText(host, repository, sections));
    return;
  }
  for (const { environment, plan: planned, problem } of sections) {
    const detail = host.given.on('lines') ? 'lines' : 'summary';
    host.print(
      planned === undefined
        ? `${environment}  no plan\n${problem ?? ''}`
        : planText(planned, { style: host.style, detail }),
    );
  }
  if (sections.length === 0) host.print(noEnvironment(revision));
}

function outcomeOf(sections: readonly Section[], facts: RunFacts): Outcome {
  const plans = sections.flatMap(({ plan: planned }) => planned ?? []);
  const failed = sections.find(({ reason }) => reason !== undefined);
  const differs = plans.some((planned) => changesOf(planned).length + driftOf(planned).length > 0);
  const reason = failed?.reason ?? (differs ? 'changes' : 'no-changes');
  const reports = (): Reports => ({
    'report.html': planPage(sections, aboutRun(facts)),
    'plan.json': planJson(sections),
    'junit.xml': planJunit(sections),
    'terraform.json': terraformReport(plans),
    'code-quality.json': codeQuality(annotationsOf(plans)),
  });
  return { reason, outputs: outputsOf({ reason, plans }), reports };
}
