/** `pushgate drift`: what is there against what was applied; in a pipeline as an issue that follows it. */
import { policyOf, refuseUnknownReleases } from '../config/index.ts';
import type { DriftReport } from '../drift/drift.ts';
import { formatProblem, Problem } from '../problem.ts';
import { driftMarkdown } from '../report/drift-issue.ts';
import { driftText } from '../report/drift-text.ts';
import { driftPage } from '../report/html.ts';
import { driftJunit } from '../report/junit.ts';
import type { Reports } from '../report/report-files.ts';
import type { Host, Outcome } from './host.ts';
import { chosenEnvironments, noEnvironment } from './run/environments.ts';
import { openForgeOfRun } from './run/forge-of-run.ts';
import { currentRevision, openApplied } from './run/one-environment.ts';
import { outputForm } from './run/output-form.ts';
import { openRepository, type Repository, type Revision } from './run/repository.ts';
import { driftAndHandwork } from './state/drift-of-state.ts';
import { updateDriftIssues } from './telling/drift-issues.ts';
import { outputsOf } from './telling/outputs.ts';
import { aboutRun } from './telling/reports.ts';

export async function drift(host: Host): Promise<Outcome> {
  const repository = await openRepository(host);
  const revision = await currentRevision(repository);
  const reports: DriftReport[] = [];
  const problems: Problem[] = [];
  for (const name of chosenEnvironments(host, repository.facts, revision.config, undefined)) {
    try {
      reports.push(await driftOfEnvironment(host, repository, { revision, name }));
    } catch (error) {
      // One environment that cannot be read does not hide the drift of the others.
      if (!(error instanceof Problem)) throw error;
      problems.push(error);
    }
  }
  print(host, { reports, problems, revision });
  const forge = await openForgeOfRun(host, repository.facts);
  await updateDriftIssues({ host, trigger: repository.facts.trigger, forge, reports });
  const found = reports.some(({ findings }) => findings.length > 0);
  const reason = problems[0]?.reason ?? (found ? 'drift' : 'no-changes');
  const files = (): Reports => ({
    'report.html': driftPage(reports, aboutRun(repository.facts)),
    'drift.json': driftJson(reports),
    'junit.xml': driftJunit(reports),
  });
  return { reason, outputs: { ...outputsOf({ reason, plans: [] }), 'has-drift': String(found) }, reports: files };
}

async function driftOfEnvironment(
  host: Host,
  repository: Repository,
  { revision, name }: { readonly revision: Revision; readonly name: string },
): Promise<DriftReport> {
  const policy = policyOf(revision.config, name);
  if (policy === undefined) throw new Error(`environment ${name} is nowhere configured`);
  await using state = await openApplied(host, { repository, revision, policy, releases: [], access: 'read' });
  refuseUnknownReleases(host.given.list('release'), { configs: [revision.config], others: state.recorded });
  return await driftAndHandwork(host, state, policy);
}

function driftJson(reports: readonly DriftReport[]): string {
  return JSON.stringify({ schema: 'pushgate.dev/drifts/v1', environments: reports }, undefined, 2);
}

interface Found {
  readonly reports: readonly DriftReport[];
  readonly problems: readonly Problem[];
  readonly revision: Revision;
}

function print(host: Host, { reports, problems, revision }: Found): void {
  const form = outputForm(host, ['text', 'json', 'markdown']);
  if (form === 'json') {
    host.print(driftJson(reports));
  } else {
    for (const report of reports) {
      host.print(form === 'markdown' ? driftMarkdown(report) : driftText(report, { style: host.style }));
    }
    if (reports.length + problems.length === 0) host.print(noEnvironment(revision));
  }
  for (const problem of problems) host.warn(formatProblem(problem));
}
