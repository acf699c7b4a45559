/** The closed list of outputs: of the Action, and as variables of `pushgate.env` for later jobs of any pipeline. */
import type { Action, Plan } from '../../plan/plan.ts';
import type { ReasonCode } from '../../problem.ts';
import { changesOf, driftOf } from '../../report/change-text.ts';

export const outputs = {
  'reason-code': 'How the run ended: a code of docs/reasons.md.',
  'has-changes': '`true` when an apply would change something.',
  'has-drift': '`true` when something was changed there by other means than Git.',
  'to-create': 'Objects that would be created.',
  'to-update': 'Objects that would be updated, replaced or adopted.',
  'to-delete': 'Objects that would be deleted.',
  'plan-digest': 'Digest of the plan, for --expect-digest; of several environments, `name=digest` separated by blanks.',
  shards: 'Of matrix: how many jobs there are; `0` when nothing is touched, and a matrix must not be empty.',
  matrix: 'Of matrix: the jobs as JSON for `strategy.matrix`, each with shard, environment and release.',
  waves: 'Of matrix: a JSON list of such matrices; each wave is applied after the one before.',
} as const;

/** The outputs as variables of a `.env` file; `has-changes` is PUSHGATE_HAS_CHANGES. Values never hold a line break. */
export function dotenvOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `PUSHGATE_${name.replaceAll('-', '_').toUpperCase()}=${value.replace(/[\r\n]+/g, ' ')}\n`)
    .join('');
}

export type OutputName = keyof typeof outputs;

type OutputOfPlans = Exclude<OutputName, 'shards' | 'matrix' | 'waves'>;

export function outputsOf(facts: {
  readonly reason: ReasonCode;
  readonly plans: readonly Plan[];
}): Readonly<Record<OutputOfPlans, string>> {
  const { reason, plans } = facts;
  const changes = plans.flatMap(changesOf);
  const count = (...actions: readonly Action[]): string =>
    String(changes.filter(({ action }) => actions.includes(action)).length);
  const [only, ...others] = plans;
  return {
    'reason-code': reason,
    'has-changes': String(changes.length > 0),
    'has-drift': String(plans.some((plan) => driftOf(plan).length > 0)),
    'to-create': count('create'),
    'to-update': count('update', 'replace', 'adopt'),
    'to-delete': count('delete'),
    'plan-digest':
      only === undefined
        ? ''
        : others.length === 0
          ? only.digest
          : plans.map(({ environment, digest }) => `${environment}=${digest}`).join(' '),
  };
}
