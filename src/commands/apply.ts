/** `pushgate apply`: plans again at the commit, asks the gate release by release, writes what it allows. */
import type { RecordedChart } from '../cluster/read/parent.ts';
import { applyReleases } from '../cluster/write/apply-releases.ts';
import { wasOvertaken } from '../cluster/write/parent.ts';
import { readWithValues } from '../cluster/write/read-values.ts';
import { policyOf } from '../config/policy.ts';
import { resolveReleases } from '../config/resolve.ts';
import { standingToApply } from '../forge/standing.ts';
import type { Decision } from '../gate/decision.ts';
import { writeReleases } from '../manifests/write.ts';
import { secretForms } from '../plan/mask.ts';
import type { Plan, PlannedRelease } from '../plan/plan.ts';
import type { ReleaseWork } from '../plan/work.ts';
import { Problem } from '../problem.ts';
import { outcomePage } from '../report/html.ts';
import { outcomeJunit } from '../report/junit.ts';
import { type AppliedEnvironment, outcomeJson, outcomeMarkdown, outcomeText } from '../report/outcome.ts';
import type { Reports } from '../report/report-files.ts';
import { releasesToAdvance } from './deciding/advance.ts';
import { allowedBy, glassOf } from './deciding/allowed.ts';
import type { ApplyRun, Deciding } from './deciding/apply-run.ts';
import { decideReleases } from './deciding/decide-releases.ts';
import { openMerged } from './deciding/merged.ts';
import { tellBrokenGlass } from './deciding/passing.ts';
import { holdBy, openWithoutEndedHolds } from './deciding/request-holds.ts';
import { rulesInForce, writtenRules } from './deciding/rules-in-force.ts';
import type { Host, Outcome } from './host.ts';
import { type Planned, planEnvironment } from './planning/planning.ts';
import { cancelled, unlessCancelled } from './run/cancelled.ts';
import { chosenEnvironments } from './run/environments.ts';
import { openForgeOfRun, refuseUntrusted } from './run/forge-of-run.ts';
import { interruptedNotices, interruptedReleases } from './run/interrupted.ts';
import { inOrder } from './run/order-of-environments.ts';
import { commitToApply, missingConfig, openRepository, readRevision } from './run/repository.ts';
import { maskedProblem, secretsOfRun } from './run/secrets-of-run.ts';
import { marksOf } from './state/cluster-state.ts';
import { lookAhead, namespacesOf, placeId } from './state/own-parents.ts';
import type { ClusterPlace, Place } from './state/state.ts';
import { writingOnCluster } from './state/writing-on-cluster.ts';
import { asDeployment } from './telling/announce.ts';
import { type EnvironmentResult, outcomesOf, reasonOf, type Written, withSecondTry } from './telling/applied.ts';
import { postOutcome } from './telling/merge-request.ts';
import { outputsOf } from './telling/outputs.ts';
import { aboutRun } from './telling/reports.ts';

export async function apply(host: Host): Promise<Outcome> {
  const repository = await openRepository(host);
  const standing = standingToApply(repository.facts);
  refuseUntrusted(standing);
  const { commit, ref } = await commitToApply(repository);
  const revision = await readRevision(repository, commit);
  if (revision === undefined) throw missingConfig(repository);
  const forge = await openForgeOfRun(host, repository.facts);
  const merged = openMerged({ repository, forge, ref, key: host.given.text('key') });
  return await applyRun({ host, repository, standing, forge, commit, ref, revision, merged });
}

/** Applies the run's commit, or the merge request that it names, to every environment that takes it. */
export async function applyRun(run: ApplyRun): Promise<Outcome> {
  const { host, repository, ref, revision } = run;
  host.mask(secretForms(secretsOfRun(host, [revision.config])));
  const form = host.given.text('output') ?? 'text';
  const applied: AppliedEnvironment[] = [];
  const plans: Plan[] = [];
  for (const name of inOrder(chosenEnvironments(host, repository.facts, revision.config, undefined), revision)) {
    const result = await applyOrSay(run, name, applied);
    applied.push(result.applied);
    await postOutcome(run, result.mergeRequests, result.applied);
    await tellBrokenGlass(run, result.applied);
    if (result.plan !== undefined) plans.push(result.plan);
    if (form === 'text') host.print(outcomeText(result.applied, { style: host.style }));
  }
  if (form === 'text' && applied.length === 0) host.print(`No environment takes ${ref ?? 'what this runs for'}.`);
  if (form === 'json') host.print(outcomeJson(applied));
  if (form === 'markdown') host.print(outcomeMarkdown(applied));
  host.summary(outcomeMarkdown(applied));
  const reason = reasonOf(applied);
  const reports = (): Reports => ({
    'report.html': outcomePage(applied, aboutRun(repository.facts)),
    'outcome.json': outcomeJson(applied),
    'junit.xml': outcomeJunit(applied),
  });
  return { reason, outputs: outputsOf({ reason, plans }), reports };
}

/** An environment that fails as a whole is named and does not hide what others have already done. */
async function applyOrSay(
  run: ApplyRun,
  name: string,
  before: readonly AppliedEnvironment[],
): Promise<EnvironmentResult> {
  try {
    if (run.host.signal.aborted) throw cancelled();
    const first = await applyEnvironment(run, name, { before });
    const { overtaken } = first;
    if (overtaken.size === 0 || run.host.signal.aborted) return first;
    run.host.progress(`${[...overtaken].join(', ')} was applied by another run meanwhile`);
    return withSecondTry(first, await applyEnvironment(run, name, { before, only: overtaken }));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const problem = maskedProblem(error, secretsOfRun(run.host, [run.revision.config]));
    const releases = [{ kind: 'failed' as const, name: undefined, problem }];
    return {
      applied: { environment: name, target: 'nothing was written', releases },
      plan: undefined,
      mergeRequests: [],
      overtaken: new Set(),
    };
  }
}

async function applyEnvironment(
  run: ApplyRun,
  name: string,
  { before, only }: { readonly before: readonly AppliedEnvironment[]; readonly only?: ReadonlySet<string> },
): Promise<EnvironmentResult> {
  const { host, repository, revision, commit } = run;
  const { unmerged } = run;
  const rules = await writtenRules(run, name);
  host.progress(`planning ${name} at ${(unmerged?.head ?? commit).slice(0, 7)}`);
  await using state = await openWithoutEndedHolds(run, rules.expected);
  lookAhead(state, only === undefined ? host.given.list('release') : [...only]);
  const { policy, effective, pending } = await rulesInForce(run, rules, state);
  const planning = planEnvironment({
    host,
    repository,
    policy: effective,
    commit: { rendered: unmerged?.result ?? commit, head: unmerged?.head, base: unmerged?.base },
    revision,
    target: undefined,
    state,
    purpose: 'apply',
    readValues: ({ view }, object) => readWithValues(view.client, view.discovery, object),
    notices: [],
    unmerged: unmerged?.number,
  });
  const rendered = await unlessCancelled(host, planning);
  const secrets = secretsOfRun(host, [revision.config]);
  const failed = new Map([...rendered.failed].map(([one, problem]) => [one, maskedProblem(problem, secrets)]));
  const planned = { ...rendered, failed };
  for (const { text } of interruptedNotices(
    state.place,
    planned.plan.releases.map((release) => release.name),
  ))
    host.warn(text);
  const { decisions, considered } = await decideReleases(run, { policy, effective, state, planned }, before);
  await refuseMovedHead(run);
  // What is recorded is the branch, which an unmerged merge request leaves where it is.
  const stays = pending.length > 0 || unmerged !== undefined;
  const done = await write(run, { policy: effective, state, planned, hasPending: stays, only }, decisions);
  return {
    applied: {
      environment: name,
      target: planned.plan.target,
      releases: outcomesOf(planned, decisions, withoutSecrets(run, done)),
    },
    plan: planned.plan,
    mergeRequests: considered,
    overtaken: new Set([...done.problems].filter(([, problem]) => wasOvertaken(problem)).map(([one]) => one)),
  };
}

/** Asked as late as can be: between the plan and the first write somebody may have pushed, merged or closed. */
async function refuseMovedHead({ forge, unmerged }: ApplyRun): Promise<void> {
  if (unmerged === undefined || forge === undefined) return;
  const { head, state } = await forge.mergeRequest(unmerged.number);
  if (head === unmerged.head && state === 'open') return;
  throw new Problem({
    reason: 'head-moved',
    message:
      state === 'open'
        ? `!${unmerged.number} was at ${unmerged.head.slice(0, 7)} when it was planned, and is at ${head.slice(0, 7)} now`
        : `!${unmerged.number} is ${state} by now`,
    hint: 'Look at the plan of what it is now.',
  });
}

interface Applying extends Deciding {
  /** Whether the branch has rules that nobody approved: they must not come into force by an apply of nothing. */
  readonly hasPending: boolean;
  /** Releases to write; undefined for all of them. */
  readonly only: ReadonlySet<string> | undefined;
}

/** Servers quote what they do not like, and comments are read by more people than clusters. */
function withoutSecrets({ host, revision }: ApplyRun, { commit, problems }: Written): Written {
  const secrets = secretsOfRun(host, [revision.config]);
  return {
    commit,
    problems: new Map([...problems].map(([name, problem]) => [name, maskedProblem(problem, secrets)])),
  };
}

async function write(
  run: ApplyRun,
  { state, planned, hasPending, only }: Applying,
  decisions: ReadonlyMap<string, Decision>,
): Promise<Written> {
  const { place } = state;
  const allowed = planned.plan.releases.filter(({ name }) => decisions.get(name)?.kind === 'allow');
  const unchanged = allowed.filter(({ changes }) => changes.length === 0);
  const passed = await releasesToAdvance({
    ...run,
    environment: planned.plan.environment,
    state,
    releases: hasPending ? [] : unchanged,
  });
  const unfinished = await interruptedReleases({ ...run, place, releases: unchanged });
  const work = planned.work.releases.filter(
    ({ name, writes }) =>
      only?.has(name) !== false &&
      (passed.has(name) ||
        unfinished.has(name) ||
        allowed.some((release) => release.name === name && (writes.length > 0 || forgets(place, release)))),
  );
  if (work.length === 0) return { commit: undefined, problems: new Map() };
  run.host.progress(`applying ${planned.plan.environment}: ${work.map(({ name }) => name).join(', ')}`);
  const onlyRecorded = new Set([...passed].filter((name) => !unfinished.has(name)));
  const writing = { planned, work, decisions, onlyRecorded };
  const { environment } = planned.plan;
  return await asDeployment(
    { ...run, facts: run.repository.facts },
    { environment, commit: run.commit, ref: run.ref, releases: work.map(({ name }) => name) },
    {
      work: async () => {
        if (place.kind === 'manifests') return await writeManifests(run, place, writing);
        if (place.kind === 'cluster') return await writeCluster(run, place, writing);
        return { commit: undefined, problems: new Map() };
      },
      failed: ({ problems }) => problems.size > 0,
    },
  );
}

interface Writing {
  readonly planned: Planned;
  readonly work: readonly ReleaseWork[];
  readonly decisions: ReadonlyMap<string, Decision>;
  /** Releases that the commit leaves as they are. */
  readonly onlyRecorded: ReadonlySet<string>;
}

/** What a release keeps on purpose and no longer renders has to leave its record. */
function forgets(place: Place, { changes }: PlannedRelease): boolean {
  return place.kind === 'cluster' && changes.some(({ action }) => action === 'keep');
}

async function writeManifests(
  run: ApplyRun,
  { repository, seen }: Extract<Place, { readonly kind: 'manifests' }>,
  { planned, work, decisions }: Writing,
): Promise<Written> {
  try {
    const { commit } = await writeReleases(repository, {
      seen,
      environment: planned.plan.environment,
      source: { repository: await run.repository.checkout.name(), commit: run.commit },
      releases: work.map((one) => ({
        work: one,
        mergeRequests: allowedBy(decisions.get(one.name)),
        ...glassOf(decisions.get(one.name)),
        late: planned.late.get(one.name) ?? {},
        hold: holdBy(run),
      })),
      now: run.host.now(),
    });
    return { commit, problems: new Map() };
  } catch (error) {
    // One commit carries all of them, so all of them failed.
    if (error instanceof Problem)
      return { commit: undefined, problems: new Map(work.map(({ name }) => [name, error])) };
    throw error;
  }
}

async function writeCluster(
  run: ApplyRun,
  place: ClusterPlace,
  { planned, work, decisions, onlyRecorded }: Writing,
): Promise<Written> {
  const { host, revision, commit } = run;
  const hold = holdBy(run);
  const environment = planned.plan.environment;
  const configured =
    policyOf(revision.config, environment) === undefined ? [] : resolveReleases(revision.config, environment);
  const problems = await applyReleases({
    ...writingOnCluster(host, place, policyOf(revision.config, environment)),
    source: { repository: place.source, commit },
    releases: work.map((one) => {
      const release = configured.find(({ name }) => name === one.name);
      return {
        work: one,
        parent: place.parents.get(placeId(one)),
        mergeRequests: allowedBy(decisions.get(one.name)),
        ...glassOf(decisions.get(one.name)),
        needs: release?.needs ?? [],
        chart: planned.helmCharts.get(one.name) ?? unnamedChart(one.name, commit),
        marks: marksOf(planned.helmCharts.get(one.name)),
        config: planned.supplied.get(one.name) ?? {},
        ...(hold === undefined ? {} : { hold }),
        ...(onlyRecorded.has(one.name) && hold === undefined ? { onlyRecord: true as const } : {}),
      };
    }),
    namespaces: namespacesOf(place, work),
    holder: holderOf(run),
  });
  return { commit: undefined, problems };
}

/** What `helm list` shows for a release that comes of no Helm chart: its name, and the commit for a version. */
function unnamedChart(name: string, commit: string): RecordedChart {
  return { name, version: `0.0.0+${commit.slice(0, 7)}`, appVersion: '' };
}

/** Who holds the lock, for whoever waits for it. */
function holderOf({ repository, host }: ApplyRun): string {
  const { runUrl, actor } = repository.facts;
  return (
    runUrl ??
    `${actor ?? host.env['USER'] ?? 'somebody'} on ${host.env['HOSTNAME'] ?? 'a machine'} at ${host.now().toISOString()}`
  );
}
