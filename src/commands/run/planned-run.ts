/** What every run that plans or reports a merge request begins with, and what it does when it cannot go on. */
import type { Forge } from '../../forge/forge.ts';
import type { Standing } from '../../forge/standing.ts';
import { standingToPlan } from '../../forge/standing.ts';
import { formatProblem, Problem } from '../../problem.ts';
import type { Host, Outcome } from '../host.ts';
import { postFailure } from '../telling/merge-request.ts';
import { markOutdated } from '../telling/outdated.ts';
import { openForgeOfRun, refuseUntrusted } from './forge-of-run.ts';
import type { PlannedCommits, Repository, Revision } from './repository.ts';
import { commitsToPlan, missingConfig, openRepository, readRevision, revisionOfWords } from './repository.ts';

export interface OpenedRun {
  readonly host: Host;
  readonly repository: Repository;
  readonly standing: Standing;
  readonly forge: Forge | undefined;
}

export interface PlannedRun extends OpenedRun {
  readonly commits: PlannedCommits;
  /** What is planned: the merge result, the commit, or the work tree. */
  readonly revision: Revision;
  /** The target branch's tip, on a merge request. */
  readonly target: Revision | undefined;
}

/** @throws {Problem} `fork-refused` when strangers' code would meet credentials */
export async function openRun(host: Host): Promise<OpenedRun> {
  const repository = await openRepository(host);
  const standing = standingToPlan({ trigger: repository.facts.trigger });
  refuseUntrusted(standing);
  const forge = standing.kind === 'trusted' ? await openForgeOfRun(host, repository.facts) : undefined;
  return { host, repository, standing, forge };
}

/** Reads both sides of the merge request. `chart`: a chart named on the command line may stand for a configuration. */
export async function readPlannedRun(run: OpenedRun, words: 'chart' | 'files'): Promise<PlannedRun> {
  const { host, repository } = run;
  const ofWords = words === 'chart' ? await revisionOfWords(repository, host) : undefined;
  // At home the work tree is planned whatever its commit is, and most of the time goes into waiting for Git.
  const isLocal = repository.facts.trigger.kind === 'local';
  // Whoever names a cluster will need what speaks to one, and Git is waited for now.
  if (host.env['KUBECONFIG'] !== undefined) void import('../state/cluster-state.ts');
  const [commits, workTree] = await Promise.all([
    commitsToPlan(repository),
    isLocal && ofWords === undefined ? readRevision(repository, undefined) : undefined,
    isLocal ? repository.checkout.remoteUrl() : undefined,
  ]);
  const revision = ofWords ?? (isLocal ? workTree : await readRevision(repository, commits.rendered));
  if (revision === undefined) throw missingConfig(repository);
  const target = commits.base === undefined ? undefined : await readRevision(repository, commits.base);
  return { ...run, commits, revision, target };
}

/** For runs that write the comment: it is marked as outdated while they work, and says so when they cannot end. */
export async function keepingComment(host: Host, act: (run: OpenedRun) => Promise<Outcome>): Promise<Outcome> {
  const run = await openRun(host);
  const commented = { host, facts: run.repository.facts, forge: run.forge };
  await markOutdated(commented);
  try {
    return await act(run);
  } catch (error) {
    if (error instanceof Problem) await postFailure(commented, formatProblem(error));
    throw error;
  }
}
