/** The plan as JSON for other programs; docs/plan.schema.json describes it, and its `schema` names the version. */
import type { Plan } from '../plan/plan.ts';

export interface JsonSection {
  readonly environment: string;
  readonly plan: Plan | undefined;
  readonly problem: string | undefined;
}

/** One object with a list of environments, each with its plan or the reason why it has none. */
export function planJson(sections: readonly JsonSection[]): string {
  return JSON.stringify(
    {
      schema: 'pushgate.dev/plans/v1',
      environments: sections.map(({ environment, plan, problem }) => ({
        environment,
        plan: plan ?? null,
        problem: problem ?? null,
      })),
    },
    undefined,
    2,
  );
}
