/** The forge as this run's token sees it: who it is, what it may read, what the branches ask for. */
import type { Environment } from '../../config/config.ts';
import type { BranchRules, Forge } from '../../forge/forge.ts';
import { forgePlans, gradeOf, gradeTokens } from '../../gate/grades.ts';
import { Problem } from '../../problem.ts';
import type { Finding } from '../../report/doctor-text.ts';
import type { Host } from '../host.ts';
import type { Repository, Revision } from '../run/repository.ts';

interface ForgeInput {
  readonly host: Host;
  readonly repository: Repository;
  readonly forge: Forge | undefined;
  readonly revision: Revision | undefined;
}

/** One finding for each thing looked at; a token that is missing is one too. */
export async function checkForge(input: ForgeInput): Promise<readonly Finding[]> {
  const { host, repository, forge, revision } = input;
  const { facts } = repository;
  if (facts.forge === undefined)
    return [
      {
        check: 'forge',
        level: 'note',
        text: 'not asked: this run is in no pipeline',
        mend: 'To ask it from here: PUSHGATE_TOKEN=… pushgate doctor --forge github|gitlab --project NAME',
      },
    ];
  const { kind } = facts.forge;
  if (forge === undefined)
    return [
      {
        check: 'token',
        level: 'error',
        text: `there is no token for ${kind === 'github' ? 'GitHub' : 'GitLab'}`,
        mend: `It takes: ${gradeTokens[kind].merge}.`,
      },
    ];
  const environments = revision?.config.environments ?? [];
  const branches = [...new Set(environments.flatMap(({ refs }) => refs.filter((ref) => !/[*?[]/.test(ref))))];
  const findings = [await checkToken(forge), await checkReading(input, forge, branches[0])];
  if (host.given.text('key') === undefined)
    findings.push({
      check: 'key',
      level: 'note',
      text: 'there is no PUSHGATE_KEY: what a comment showed is not signed, and of secrets only their files are compared',
      mend: 'Give plan and apply jobs the same long random value as a masked variable PUSHGATE_KEY.',
    });
  const rules = new Map<string, BranchRules | undefined>();
  for (const branch of branches) {
    const read = await attempt(`branch ${branch}`, () => forge.branchRules(branch));
    if ('finding' in read) findings.push(read.finding);
    else {
      rules.set(branch, read.value);
      const finding = ofRules(kind, branch, read.value);
      if (finding !== undefined && (await exists(repository, branch))) findings.push(finding);
    }
  }
  const plan = await attempt('plan of the forge', forge.plan);
  const known = 'value' in plan ? plan.value : undefined;
  findings.push({
    check: 'plan of the forge',
    level: known === undefined ? 'note' : 'ok',
    text: known === undefined ? 'it could not be found out which one this is' : forgePlans[known].name,
    mend: known === undefined ? 'docs/grades.md says what each enforces.' : undefined,
  });
  for (const environment of environments) {
    const finding = ofGate(environment, rules, known);
    if (finding !== undefined) findings.push(finding);
    findings.push(...(await ofForgeEnvironment(environment, forge)));
  }
  return findings;
}

type Read<Value> = { readonly value: Value } | { readonly finding: Finding };

/** What the token may not read is a finding of its own. */
async function attempt<Value>(check: string, read: () => Promise<Value>): Promise<Read<Value>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { reason, message, hint } = error;
    return {
      finding: {
        check,
        level: 'error',
        text: `${reason}: ${message}`,
        mend: hint ?? 'docs/forges.md lists what each thing needs.',
      },
    };
  }
}

async function checkToken(forge: Forge): Promise<Finding> {
  const read = await attempt('token', forge.self);
  if ('finding' in read) return read.finding;
  return {
    check: 'token',
    level: 'ok',
    text: `of ${read.value.name}; plan and apply must use the same account`,
    mend: undefined,
  };
}

/** The merge requests behind the commit that is here: what every apply asks first. */
async function checkReading({ repository }: ForgeInput, forge: Forge, branch: string | undefined): Promise<Finding> {
  const check = 'merge requests';
  const commit = repository.facts.commit ?? (await repository.checkout.head());
  if (commit === undefined || branch === undefined)
    return { check, level: 'note', text: 'there is nothing to ask about yet', mend: undefined };
  const read = await attempt(check, () => forge.mergeRequestsOfCommit(commit, branch));
  return 'finding' in read ? read.finding : { check, level: 'ok', text: 'can be read', mend: undefined };
}

/** A branch that is only configured, such as `master` beside `main`, is none to complain about. */
async function exists({ checkout }: Repository, branch: string): Promise<boolean> {
  return (await checkout.resolve(branch)) !== undefined;
}

function ofRules(kind: Forge['kind'], branch: string, rules: BranchRules | undefined): Finding | undefined {
  const check = `branch ${branch}`;
  if (rules === undefined)
    return {
      check,
      level: 'warning',
      text: 'no rule about merge requests can be read: whoever may write may push to it',
      mend:
        kind === 'github'
          ? `Settings > Rules > Rulesets: require a pull request before merging into ${branch}, with one approval.`
          : `Settings > Repository > Protected branches: protect ${branch}. The token needs scope read_api and the role Developer to see it.`,
    };
  if (rules.isProtected === false)
    return {
      check,
      level: 'error',
      text: 'it is not protected, and then nothing is applied from it',
      mend: `Settings > Repository > Protected branches: add ${branch}.`,
    };
  if (rules.mergeRequestRequired !== true)
    return {
      check,
      level: 'warning',
      text: 'it can be pushed to without a merge request; such commits are not applied where a gate asks for one',
      mend: `Settings > Repository > Protected branches: let no one push to ${branch}.`,
    };
  const asks =
    rules.approvals === undefined
      ? ''
      : `, with ${rules.approvals} ${rules.approvals === 1 ? 'approval' : 'approvals'}`;
  return { check, level: 'ok', text: `changes by merge requests only${asks}`, mend: undefined };
}

/** Where the gate is the forge's own environment, somebody has to be asked there. */
async function ofForgeEnvironment({ name, gate }: Environment, forge: Forge): Promise<readonly Finding[]> {
  const { environmentRules, kind } = forge;
  if (gate.mode !== 'environment' || environmentRules === undefined) return [];
  const check = `${name}: forge`;
  const read = await attempt(check, () => environmentRules(name));
  // Who may not read it has no fault; it is only not known.
  if ('finding' in read) return [{ ...read.finding, level: 'note' }];
  const rules = read.value;
  const mend = environmentMends[kind](name);
  // On GitLab the manual job still waits for somebody who may merge.
  const level = kind === 'github' ? 'error' : 'warning';
  if (rules === 'none') return [{ check, level, text: unguarded[kind], mend }];
  if (rules.reviewers === 0) return [{ check, level, text: nobodyAsked[kind], mend }];
  if (rules.limitsBranches === false)
    return [{ check, level: 'warning', text: 'its environment may be used from every branch', mend }];
  const branches = rules.limitsBranches === true ? ', and not every branch may use it' : '';
  return [{ check, level: 'ok', text: `${rules.reviewers} may be asked${branches}`, mend: undefined }];
}

const environmentMends = {
  github: (name: string) =>
    `Settings > Environments > ${name}: required reviewers, and deployment branches limited to those of refs.`,
  gitlab: (name: string) =>
    `Settings > CI/CD > Protected environments (Premium): ${name}, with who may deploy or with approvals.`,
} as const;
const unguarded = {
  github: 'the forge has no environment of that name, so nobody is asked',
  gitlab: 'no environment of that name is protected, so whoever may merge may start the manual job',
} as const;
const nobodyAsked = {
  github: 'its environment has no required reviewers, so nobody is asked',
  gitlab: 'every developer may deploy to its environment, and no approval is asked for',
} as const;

const levels = { enforced: 'ok', advisory: 'warning', unavailable: 'error' } as const;

function ofGate(
  { name, gate, refs }: Environment,
  rules: ReadonlyMap<string, BranchRules | undefined>,
  plan: Parameters<typeof gradeOf>[0]['plan'],
): Finding | undefined {
  const check = `${name}: gate`;
  const { mode } = gate;
  if (mode === 'none')
    return { check, level: 'note', text: 'it asks nobody: what is merged is applied', mend: undefined };
  const branch = refs.map((ref) => rules.get(ref)).find((one) => one !== undefined);
  const { grade, why } = gradeOf({ mode, plan, branch });
  const mend =
    grade === 'enforced'
      ? undefined
      : 'docs/grades.md says what each plan of a forge enforces, and with which settings.';
  return { check, level: levels[grade], text: `${mode} is ${grade}: ${why}`, mend };
}
