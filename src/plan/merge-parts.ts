/** Plan files of many jobs → what one job would have planned, with what is missing named. */
import { Problem } from '../problem.ts';
import { formatKey, keyId } from '../resource/resource.ts';
import { digestOf } from './digest.ts';
import type { Notice, Plan } from './plan.ts';
import type { PlanFile, PlannedPart } from './plan-file.ts';

/** Releases of an environment that must be in the plan files. */
export interface Expected {
  readonly environment: string;
  readonly releases: readonly string[];
}

export interface MergeInput {
  readonly files: readonly { readonly name: string; readonly file: PlanFile }[];
  /** The merge request and the head that this run is on, as plan files have them. */
  readonly of: string;
  readonly head: string;
  /** Environments in the order in which they are shown; others may not be in the files. */
  readonly environments: readonly string[];
  readonly expected: readonly Expected[];
  readonly key: string | undefined;
}

/**
 * One part for each environment that was planned or should have been.
 * @throws {Problem} `plan-refused` for files of something else, and for a release that two files plan
 */
export function mergeParts(input: MergeInput): readonly PlannedPart[] {
  for (const { name, file } of input.files) refuseOther(name, file, input);
  const named = input.files.flatMap(({ name, file }) => file.parts.map((part) => ({ name, part })));
  return input.environments.flatMap((environment): readonly PlannedPart[] => {
    const own = named.filter(({ part }) => part.environment === environment);
    refuseTwice(environment, own);
    const wanted = input.expected.find((one) => one.environment === environment);
    const missing = missingOf(
      own.map(({ part }) => part),
      wanted,
    );
    if (own.length === 0 && wanted === undefined) return [];
    return [
      withMissing(
        joined(
          environment,
          own.map(({ part }) => part),
          input.key,
        ),
        missing,
      ),
    ];
  });
}

function refuseOther(name: string, file: PlanFile, { of, head, environments }: MergeInput): void {
  const words = { of: of === '' ? 'no merge request' : decodeURIComponent(of), head: head.slice(0, 12) };
  if (file.of !== of) throw refused(name, `it was planned for something else than ${words.of}`);
  if (file.head !== head)
    throw refused(name, `it was planned at ${file.head.slice(0, 12)}, and this run is at ${words.head}`);
  const stray = file.parts.find(({ environment }) => !environments.includes(environment));
  if (stray !== undefined) throw refused(name, `this run has no environment ${stray.environment}`);
}

function refuseTwice(environment: string, own: readonly { readonly name: string; readonly part: PlannedPart }[]): void {
  const seen = new Map<string, string>();
  for (const { name, part } of own)
    for (const release of part.plan?.releases.map((one) => one.name) ?? []) {
      const other = seen.get(release);
      if (other !== undefined) throw refused(name, `${other} has ${release} of ${environment} as well`);
      seen.set(release, name);
    }
}

function refused(name: string, why: string): Problem {
  return new Problem({
    reason: 'plan-refused',
    message: `the plan file ${name} is refused: ${why}`,
    hint: 'Report only what the jobs of this very run have planned.',
  });
}

/** What nobody planned; a part without a list of releases covers its whole environment. */
function missingOf(parts: readonly PlannedPart[], wanted: Expected | undefined): readonly string[] | 'all' {
  if (parts.length === 0) return 'all';
  if (wanted === undefined || parts.some(({ releases }) => releases === undefined)) return [];
  return wanted.releases.filter((name) => parts.every(({ releases }) => releases?.includes(name) !== true));
}

function joined(environment: string, parts: readonly PlannedPart[], key: string | undefined): PlannedPart {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return only;
  const plans = parts.flatMap(({ plan }) => plan ?? []);
  const problems = parts.flatMap(({ problem }) => problem ?? []);
  const plan = joinedPlan(plans, key);
  return {
    environment,
    releases: undefined,
    plan: plan === undefined ? undefined : withNotices(plan, problems.flatMap(problemNotice)),
    problem: plan === undefined && problems.length > 0 ? [...new Set(problems)].join('\n') : undefined,
    reason: parts.find(({ reason }) => reason !== undefined)?.reason,
  };
}

function joinedPlan(plans: readonly Plan[], key: string | undefined): Plan | undefined {
  const [first, ...others] = plans;
  if (first === undefined || others.length === 0) return first;
  const elsewhere = others.find(({ target }) => target !== first.target);
  if (elsewhere !== undefined)
    throw new Problem({
      reason: 'plan-refused',
      message: `${first.environment} is ${first.target} in one plan file and ${elsewhere.target} in another`,
      hint: 'Plan all of it again.',
    });
  const releases = plans.flatMap((plan) => plan.releases);
  const notices = new Map(plans.flatMap((plan) => plan.notices).map((notice) => [notice.text, notice]));
  return {
    ...first,
    releases,
    notices: [...notices.values(), ...sharedObjects(plans)],
    digest: digestOf(
      releases.map(({ name, digest }) => [name, digest]),
      key,
    ),
  };
}

/** Within one job the plan says so itself. */
function sharedObjects(plans: readonly Plan[]): readonly Notice[] {
  const owners = new Map<string, { readonly shown: string; readonly names: Set<string>; readonly jobs: Set<Plan> }>();
  for (const plan of plans)
    for (const { name, changes } of plan.releases)
      for (const { key, action } of changes) {
        if (action === 'delete' || action === 'keep') continue;
        const owner = owners.get(keyId(key)) ?? { shown: formatKey(key), names: new Set(), jobs: new Set() };
        owners.set(keyId(key), owner);
        owner.names.add(name);
        owner.jobs.add(plan);
      }
  return [...owners.values()]
    .filter(({ jobs }) => jobs.size > 1)
    .map(({ shown, names }) => ({
      severity: 'warning',
      text: `${shown} is rendered by ${[...names].join(' and ')}: it can belong to one release only, so leave it to one of them`,
    }));
}

function problemNotice(problem: string): readonly Notice[] {
  return [{ severity: 'danger', text: `part of this environment could not be planned: ${problem.replace(/^✖ /, '')}` }];
}

function withNotices(plan: Plan, notices: readonly Notice[]): Plan {
  return { ...plan, notices: [...plan.notices, ...notices] };
}

function withMissing(part: PlannedPart, missing: readonly string[] | 'all'): PlannedPart {
  if (missing.length === 0) return part;
  const what = missing === 'all' ? 'nothing of it' : `not ${missing.join(', ')}`;
  const text = `${what} was planned: the job failed, or its plan file is not here. What is not shown will not be applied`;
  const reason = part.reason ?? 'plan-missing';
  if (part.plan === undefined) {
    const problem = [part.problem, `✖ plan-missing: ${text}`].filter((one) => one !== undefined).join('\n');
    return { ...part, problem, reason };
  }
  return { ...part, plan: withNotices(part.plan, [{ severity: 'danger', text }]), reason };
}
