/** One issue per environment that says what drifted, is updated when that changes, and closed when it is over. */
import type { DriftReport } from '../../drift/drift.ts';
import type { RunFacts } from '../../forge/ci.ts';
import type { Forge, Issues } from '../../forge/forge.ts';
import { Problem } from '../../problem.ts';
import { driftDigestOf, driftIssue, driftLabel } from '../../report/drift-issue.ts';
import type { Host } from '../host.ts';

export interface DriftIssuesInput {
  readonly host: Host;
  readonly trigger: RunFacts['trigger'];
  readonly forge: Forge | undefined;
  readonly reports: readonly DriftReport[];
}

/** `--issue auto` writes issues from pipelines of a branch: a merge request's pipeline says nothing about what is there. */
export async function updateDriftIssues({ host, trigger, forge, reports }: DriftIssuesInput): Promise<void> {
  const wish = host.given.text('issue') ?? 'auto';
  if (wish === 'never') return;
  if (wish === 'auto' && (trigger.kind === 'local' || trigger.kind === 'merge-request')) return;
  const issues = forge?.issues;
  if (forge === undefined || issues === undefined) {
    if (wish === 'auto') return;
    throw new Problem({
      reason: 'unauthenticated',
      message: 'the drift issue cannot be written: there is no forge here, or no token that may write issues',
      hint: 'GitHub: `permissions: issues: write`. GitLab: a project access token with scope api, as PUSHGATE_TOKEN.',
    });
  }
  if (reports.length === 0) return;
  const open = await issues.ownOpen(driftLabel);
  for (const report of reports) await updateIssue(issues, { open, report, limit: forge.commentLimit, host });
}

async function updateIssue(
  issues: Issues,
  facts: {
    readonly open: Awaited<ReturnType<Issues['ownOpen']>>;
    readonly report: DriftReport;
    readonly limit: number;
    readonly host: Host;
  },
): Promise<void> {
  const { open, report, limit, host } = facts;
  const own = open.filter(({ body }) => driftDigestOf(body, report.environment) !== undefined);
  const [first, ...others] = report.findings.length === 0 ? [undefined, ...own] : own;
  // A run that was cut off between two requests can leave a second one behind.
  for (const issue of others) {
    if (issue === undefined) continue;
    await issues.close(issue.id);
    host.progress(`closed ${issue.url}`);
  }
  if (report.findings.length === 0) return;
  const { title, body } = driftIssue(report, { limit });
  if (first === undefined) {
    const made = await issues.create({ title, body, label: driftLabel });
    host.progress(`opened ${made.url}`);
  } else if (driftDigestOf(first.body, report.environment) !== report.digest) {
    await issues.update(first.id, body, title);
    host.progress(`updated ${first.url}`);
  }
}
