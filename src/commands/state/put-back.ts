/** Bringing back what was applied before, wherever it is: shown as a plan first, written only with `--yes`. */
import type { Policy } from '../../config/policy.ts';
import { buildPlan } from '../../plan/build.ts';
import type { ReleaseFacts } from '../../plan/facts.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Work } from '../../plan/work.ts';
import { Problem } from '../../problem.ts';
import { changesOf } from '../../report/change-text.ts';
import { outcomeText, type ReleaseOutcome } from '../../report/outcome.ts';
import { planText } from '../../report/terminal.ts';
import type { Host, Outcome } from '../host.ts';
import { outputsOf } from '../telling/outputs.ts';

export interface PuttingBack {
  readonly host: Host;
  readonly policy: Policy;
  /** Where the environment is, in words. */
  readonly target: string;
  /** What is put back was rendered from it; '' where that is not known. */
  readonly commit: string;
  readonly releases: readonly ReleaseFacts[];
  /** `due`: something is to be written even where no object changes. */
  readonly record: 'due' | 'as-it-is';
  readonly write: (planned: { readonly plan: Plan; readonly work: Work }) => Promise<readonly ReleaseOutcome[]>;
}

/**
 * Prints the plan; with `--yes` also writes it. The prune brake and protected kinds count here as in an apply: throws
 * `Problem` (`prune-refused`…) for what they stop.
 */
export async function putBack(asked: PuttingBack): Promise<Outcome> {
  const { host, policy, target, commit, releases, record, write } = asked;
  const { plan, work } = buildPlan({
    environment: policy,
    target,
    commit: { rendered: commit, head: undefined, base: undefined },
    comparison: 'branch',
    releases,
    notices: [],
    mask: { secrets: [], key: host.given.text('key') },
    now: host.now(),
  });
  host.print(planText(plan, { style: host.style, detail: 'lines' }));
  const [blocked] = plan.releases.flatMap((release) => release.blocked);
  if (blocked !== undefined) throw new Problem({ reason: blocked.reason, message: blocked.text, hint: blocked.hint });
  const done = (reason: Outcome['reason']): Outcome => ({ reason, outputs: outputsOf({ reason, plans: [plan] }) });
  if (changesOf(plan).length === 0 && record === 'as-it-is') return done('no-changes');
  if (!host.given.on('yes')) {
    host.print('Nothing was written. The same command with --yes does it.');
    return done('changes');
  }
  const outcomes = await write({ plan, work });
  host.print(outcomeText({ environment: policy.name, target, releases: outcomes }, { style: host.style }));
  const failed = outcomes.find((one) => one.kind === 'failed');
  return done(failed?.problem.reason ?? 'applied');
}
