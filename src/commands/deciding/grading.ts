/** What the forge really enforces of an environment's gate, for the comment. */
import type { GatePolicy } from '../../config/config.ts';
import type { BranchFacts, ForgePlan, Graded } from '../../gate/grades.ts';
import { gradeOf } from '../../gate/grades.ts';
import { Problem } from '../../problem.ts';
import type { OpenedRun } from '../run/planned-run.ts';

/** Grades a gate; undefined outside merge requests, and where nobody is asked. */
export type Grading = (gate: GatePolicy) => Graded | undefined;

/** Asks the forge once, for all environments of the run. */
export async function openGrading({ forge, repository }: Pick<OpenedRun, 'forge' | 'repository'>): Promise<Grading> {
  const { trigger } = repository.facts;
  if (forge === undefined || trigger.kind !== 'merge-request') return () => undefined;
  const plan = await ifReadable<ForgePlan>(forge.plan);
  const branch = await ifReadable<BranchFacts>(() => forge.branchRules(trigger.targetBranch));
  return ({ mode }) => (mode === 'none' ? undefined : gradeOf({ mode, plan, branch }));
}

/** The grade is worth no failed plan: what the token may not read counts as not enforced. */
async function ifReadable<Fact>(read: () => Promise<Fact | undefined>): Promise<Fact | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}
