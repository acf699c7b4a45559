/** What a comment is about: environments, those said once of which it would say the same. */
import type { GatePolicy } from '../config/config.ts';
import type { ApprovalCount } from '../gate/approvals.ts';
import type { Graded } from '../gate/grades.ts';
import type { Plan } from '../plan/plan.ts';
import { text } from './markdown.ts';

/** One environment: its plan, or why there is none. */
export interface CommentSection {
  readonly environment: string;
  readonly plan: Plan | undefined;
  /** Why there is no plan, as printed to the log, secrets masked. */
  readonly problem: string | undefined;
  readonly gate: GatePolicy | undefined;
  readonly approvals: ApprovalCount | undefined;
  /** What the forge enforces of the gate; undefined where it asks nobody. */
  readonly grade?: Graded | undefined;
  /** Digest of the rules that hold once this is merged, where the plan says how they differ from those that hold now. */
  readonly rules?: string | undefined;
}

export interface EnvironmentGroup {
  /** In the order of the sections. */
  readonly environments: readonly string[];
  /** The first of them, which speaks for all. */
  readonly section: CommentSection;
}

/** Groups sections for which `words` says the same; a group stands where its first environment stood. */
export function groupBy(
  sections: readonly CommentSection[],
  words: (section: CommentSection) => string,
): readonly EnvironmentGroup[] {
  const groups = new Map<string, { readonly environments: string[]; readonly section: CommentSection }>();
  for (const section of sections) {
    const said = words(section);
    const group = groups.get(said);
    if (group === undefined) groups.set(said, { environments: [section.environment], section });
    else group.environments.push(section.environment);
  }
  return [...groups.values()];
}

const mostNames = 8;

/** `staging`, `staging and eu`, `staging, eu and us`; of very many, how many more. Markdown. */
export function namesOf(environments: readonly string[]): string {
  const names = environments.slice(0, mostNames).map(text);
  const more = environments.length - names.length;
  const all = more > 0 ? [...names, `${more} more`] : names;
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}
