/** `--break-glass REASON`: asks whether whoever runs this may pass a refusal, and tells everybody when it was passed. */
import type { Policy } from '../../config/policy.ts';
import { breakGlass, reasonMistake } from '../../gate/break-glass.ts';
import type { BrokenGlass, Decision, Refusal } from '../../gate/decision.ts';
import { formatProblem, Problem } from '../../problem.ts';
import { glassIssue, glassLabel } from '../../report/break-glass.ts';
import type { AppliedEnvironment } from '../../report/outcome.ts';
import type { ApplyRun } from './apply-run.ts';

/** The reason that was given; undefined where the glass stays whole. @throws {Problem} for one that cannot be told */
function givenReason({ host }: ApplyRun): string | undefined {
  const reason = host.given.text('break-glass')?.trim();
  if (reason === undefined || reason === '') return undefined;
  const mistake = reasonMistake(reason);
  if (mistake === undefined) return reason;
  throw new Problem({
    reason: 'usage',
    message: `--break-glass: ${mistake}`,
    hint: 'Say in one line what is on fire.',
  });
}

/** The refusal, or what becomes of it where somebody breaks the glass. */
export async function passing(run: ApplyRun, policy: Policy | undefined, refusal: Refusal): Promise<Decision> {
  const reason = givenReason(run);
  if (reason === undefined || policy === undefined) return refusal;
  const { breakGlass: allowed } = policy.gate;
  const teams = (allowed ?? []).filter((name) => name.startsWith('@'));
  const members = new Map(
    await Promise.all(teams.map(async (team) => [team, await run.forge?.membersOf(team)] as const)),
  );
  return breakGlass(refusal, { reason, by: run.repository.facts.actor, allowed, members });
}

/** One line for messages and records: `rita instead of approval-missing: orders fail`. */
export function glassWords({ by, instead, reason }: BrokenGlass): string {
  return `${by} instead of ${instead}: ${reason}`;
}

/** Opens an issue about it. What was done stays done where that cannot be written; then the log says so. */
export async function tellBrokenGlass(run: ApplyRun, applied: AppliedEnvironment): Promise<void> {
  const broken = applied.releases.flatMap((release) =>
    release.kind === 'applied' && release.brokenGlass !== undefined
      ? [{ ...release, brokenGlass: release.brokenGlass }]
      : [],
  );
  if (broken.length === 0) return;
  const { host, forge, commit, repository } = run;
  for (const { name, brokenGlass } of broken)
    host.warn(`${name} in ${applied.environment} was applied past the gate by ${glassWords(brokenGlass)}`);
  const { environment } = applied;
  const issue = glassIssue({ environment, commit, runUrl: repository.facts.runUrl, releases: broken });
  try {
    if (forge?.issues === undefined)
      throw new Problem({ reason: 'unauthenticated', message: 'there is no forge here' });
    await forge.issues.create({ ...issue, label: glassLabel });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    host.warn(`No issue could be opened about it.\n${formatProblem(error)}`);
  }
}
