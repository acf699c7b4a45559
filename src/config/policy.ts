/**
 * The part of the configuration that decides who may do what. It is read at the target branch's tip, before the merge
 * request's own commits, so that nobody loosens the gate that they stand at.
 */
import type { Config, Environment, GateTime, IgnoreRule, Target } from './config.ts';
import { formatTarget } from './target.ts';

/** An environment without what only says what is deployed there. */
export type Policy = Omit<Environment, 'releases' | 'overrides'>;

/** The policy of an environment, or undefined where the configuration does not know it. */
export function policyOf(config: Config, environmentName: string): Policy | undefined {
  const environment = config.environments.find(({ name }) => name === environmentName);
  if (environment === undefined) return undefined;
  const { releases, overrides, ...policy } = environment;
  return policy;
}

/**
 * How two policies of the same environment differ, one sentence each, in the words of pushgate.yaml; none when they
 * are the same. An environment that is new or gone is a change of policy too.
 */
export function describePolicyChange(before: Policy | undefined, after: Policy | undefined): readonly string[] {
  if (before === undefined) return after === undefined ? [] : [`environment ${after.name} is new: ${summary(after)}`];
  if (after === undefined) return [`environment ${before.name} is taken out; it was: ${summary(before)}`];
  return rows.flatMap(({ words, of }) => {
    const [from, to] = [of(before), of(after)];
    return from === to ? [] : [`${words}: ${from} → ${to}`];
  });
}

/** One row for everything that a policy says. Adding a key to a policy is adding a row here. */
const rows: readonly { readonly words: string; readonly of: (policy: Policy) => string }[] = [
  { words: 'where it is', of: ({ target }) => targetWords(target) },
  { words: 'cluster.planner', of: ({ target }) => (target.kind === 'cluster' && target.planner) || 'any' },
  { words: 'refs', of: ({ refs }) => list(refs) },
  { words: 'after', of: ({ after }) => list(after) },
  { words: 'gate.mode', of: ({ gate }) => gate.mode },
  { words: 'gate.approvals', of: ({ gate }) => String(gate.approvals) },
  { words: 'gate.selfApproval', of: ({ gate }) => String(gate.selfApproval) },
  { words: 'gate.committerApproval', of: ({ gate }) => String(gate.committerApproval ?? true) },
  { words: 'gate.codeOwners', of: ({ gate }) => String(gate.codeOwners ?? false) },
  {
    words: 'gate.teams',
    of: ({ gate }) => list((gate.teams ?? []).map(({ team, approvals }) => `${approvals} of ${team}`)),
  },
  { words: 'gate.breakGlass', of: ({ gate }) => list(gate.breakGlass ?? []) },
  { words: 'gate.windows', of: ({ gate }) => (gate.windows === undefined ? 'any time' : times(gate.windows)) },
  { words: 'gate.freezes', of: ({ gate }) => times(gate.freezes ?? []) },
  { words: 'namespaces', of: ({ namespaces }) => (namespaces === undefined ? 'all' : list(namespaces)) },
  { words: 'prune.brake.objects', of: ({ prune }) => String(prune.brake.objects) },
  { words: 'prune.brake.percent', of: ({ prune }) => String(prune.brake.percent) },
  { words: 'prune.protect', of: ({ prune }) => list(prune.protect) },
  { words: 'wait.timeout', of: ({ wait }) => wait?.timeout ?? '5m' },
  { words: 'drift.mode', of: ({ drift }) => drift.mode },
  { words: 'drift.ignore', of: ({ drift }) => list(drift.ignore.map(ignoreWords)) },
];

function summary(policy: Policy): string {
  const { gate } = policy;
  const approvals =
    gate.approvals === 0 ? '' : `, ${gate.approvals} ${gate.approvals === 1 ? 'approval' : 'approvals'}`;
  return `${targetWords(policy.target)}, gate ${gate.mode}${approvals}, from ${list(policy.refs)}`;
}

function targetWords(target: Target): string {
  return target.kind === 'manifests' && target.path !== '.'
    ? `${formatTarget(target)}, folder ${target.path}`
    : formatTarget(target);
}

function ignoreWords(rule: IgnoreRule): string {
  const object = [rule.kind, rule.namespace, rule.name].filter((part) => part !== undefined).join('/');
  const until = rule.until === undefined ? '' : ` until ${rule.until}`;
  return `${object === '' ? '' : `${object} `}${rule.path}${until} (${rule.reason})`;
}

function times(all: readonly GateTime[]): string {
  return list(all.map((one) => `${timeWords(one)}${one.reason === undefined ? '' : ` (${one.reason})`}`));
}

/** `0 8 * * 1-5 for 9h, Europe/Berlin` */
export function timeWords({ schedule, duration, zone }: GateTime): string {
  return `${schedule} for ${duration}, ${zone}`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
