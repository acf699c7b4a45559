/** What was planned, environment by environment, told in the log, the summary and the one comment. */
import { policyOf } from '../../config/index.ts';
import { rulesDigest } from '../../gate/shown.ts';
import type { PlannedPart } from '../../plan/plan-file.ts';
import { changesOf, driftOf } from '../../report/change-text.ts';
import type { CommentSection } from '../../report/comment-section.ts';
import { planPage } from '../../report/html.ts';
import { planJson } from '../../report/json.ts';
import { planJunit } from '../../report/junit.ts';
import type { Reports } from '../../report/report-files.ts';
import { planText } from '../../report/terminal.ts';
import { annotationsOf, codeQuality, terraformReport } from '../../report/widgets.ts';
import { openCounting } from '../deciding/counting.ts';
import { openGrading } from '../deciding/grading.ts';
import type { Outcome } from '../host.ts';
import { noEnvironment } from '../run/environments.ts';
import type { PlannedRun } from '../run/planned-run.ts';
import { announcePlan } from '../telling/announce.ts';
import { commentText, postComment, summarise } from '../telling/merge-request.ts';
import { outputsOf } from '../telling/outputs.ts';
import { aboutRun } from '../telling/reports.ts';

/** Prints the plans, writes the comment and says how it ended; the parts are one for each environment. */
export async function tellPlans(run: PlannedRun, parts: readonly PlannedPart[]): Promise<Outcome> {
  const { host, repository, forge } = run;
  const sections = await withApprovals(run, parts);
  print(run, sections);
  await postComment({ host, repository, forge, sections });
  await announcePlan({ host, facts: repository.facts, forge }, parts);
  return outcomeOf(run, parts, sections);
}

/** For a job whose plan another one reports: the same, without a word to the forge. */
export async function showPlans(run: PlannedRun, parts: readonly PlannedPart[]): Promise<Outcome> {
  const { host, repository } = run;
  const sections = await withApprovals({ ...run, forge: undefined }, parts);
  print(run, sections);
  summarise({ host, repository, sections });
  return outcomeOf(run, parts, sections);
}

/** Rules and approvals as they are now, by the branch and the forge; a plan file is not asked about them. */
async function withApprovals(run: PlannedRun, parts: readonly PlannedPart[]): Promise<readonly CommentSection[]> {
  const { revision, target } = run;
  const count = await openCounting(run);
  const grade = await openGrading(run);
  const sections: CommentSection[] = [];
  for (const { environment, plan, problem } of parts) {
    const policy = policyOf((target ?? revision).config, environment);
    const proposed = policyOf(revision.config, environment);
    sections.push({
      environment,
      plan,
      problem,
      gate: policy?.gate,
      approvals: policy === undefined ? undefined : await count(policy.gate),
      grade: policy === undefined ? undefined : grade(policy.gate),
      rules: proposed === undefined ? undefined : rulesDigest(proposed),
    });
  }
  return sections;
}

function print({ host, repository, revision }: PlannedRun, sections: readonly CommentSection[]): void {
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

function outcomeOf(
  { host, repository }: PlannedRun,
  parts: readonly PlannedPart[],
  sections: readonly CommentSection[],
): Outcome {
  const plans = parts.flatMap(({ plan: planned }) => planned ?? []);
  const annotations = annotationsOf(plans);
  for (const annotation of annotations) host.annotate(annotation);
  const failed = parts.find(({ reason }) => reason !== undefined);
  const differs = plans.some((planned) => changesOf(planned).length + driftOf(planned).length > 0);
  const reason = failed?.reason ?? (differs ? 'changes' : 'no-changes');
  const reports = (): Reports => ({
    'report.html': planPage(sections, aboutRun(repository.facts)),
    'plan.json': planJson(sections),
    'junit.xml': planJunit(sections),
    'terraform.json': terraformReport(plans),
    'code-quality.json': codeQuality(annotations),
  });
  return { reason, outputs: outputsOf({ reason, plans }), reports };
}
