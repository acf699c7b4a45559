/** `pushgate doctor`: what keeps Pushgate from working here, or makes its gate weaker than it looks, and how to mend it. */
import { environmentOf, policyOf, resolveReleases } from '../config/index.ts';
import type { Forge } from '../forge/forge.ts';
import { standingToPlan } from '../forge/standing.ts';
import { nodeProblem } from '../node-version.ts';
import { counted } from '../plan/consequences/rule.ts';
import { Problem } from '../problem.ts';
import { doctorJson, doctorText, type Finding } from '../report/doctor-text.ts';
import { checkEnvironment } from './doctor/doctor-environment.ts';
import { checkForge } from './doctor/doctor-forge.ts';
import type { Examined } from './doctor/examined.ts';
import type { Host, Outcome } from './host.ts';
import { renderIn } from './planning/rendering.ts';
import { openForgeOfRun } from './run/forge-of-run.ts';
import { outputForm } from './run/output-form.ts';
import { openRepository, type Repository, type Revision, readRevision } from './run/repository.ts';
import { maskedProblem, secretsOfRun } from './run/secrets-of-run.ts';

export async function doctor(host: Host): Promise<Outcome> {
  const form = outputForm(host, ['text', 'json']);
  const findings: Finding[] = [checkNode()];
  let secrets = secretsOfRun(host, []);
  /** One check that breaks says so and does not keep the others from being made. */
  async function look(check: string, run: () => Promise<readonly Finding[]>): Promise<void> {
    host.progress(`looking at ${check}`);
    try {
      findings.push(...(await run()));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      findings.push(...findingsOf(check, maskedProblem(error, secrets)));
    }
  }
  const opened: { repository?: Repository; forge?: Forge | undefined; revision?: Revision | undefined } = {};
  await look('repository', async () => {
    opened.repository = await openRepository(host);
    return [await checkGit(opened.repository)];
  });
  const { repository } = opened;
  if (repository !== undefined) {
    await look('configuration', async () => {
      const { facts } = repository;
      opened.revision = await readRevision(repository, facts.trigger.kind === 'local' ? undefined : facts.commit);
      return [checkConfiguration(repository, opened.revision)];
    });
    secrets = secretsOfRun(host, [opened.revision?.config]);
    const { revision } = opened;
    await look('forge', async () => {
      const standing = standingToPlan({ trigger: repository.facts.trigger });
      opened.forge = standing.kind === 'trusted' ? await openForgeOfRun(host, repository.facts) : undefined;
      return await checkForge({ host, repository, forge: opened.forge, revision });
    });
    if (revision !== undefined) {
      const environments = environmentsOf(host, revision);
      const examined = { host, repository, forge: opened.forge, revision, environments };
      for (const name of environments) {
        await look(`${name}: releases`, () => checkReleases(examined, name, secrets));
        await look(`${name}: place`, () => checkEnvironment(examined, name));
      }
    }
  }
  host.print(form === 'json' ? doctorJson(findings) : doctorText(findings, host.style));
  const reason = findings.some(({ level }) => level === 'error') ? 'unhealthy' : 'no-changes';
  return { reason, outputs: { 'reason-code': reason } };
}

function environmentsOf(host: Host, { config }: Revision): readonly string[] {
  const given = host.given.list('environment');
  for (const name of given) environmentOf(config, name);
  return given.length > 0 ? given : config.environments.map(({ name }) => name);
}

/** A problem and those found with it. */
function findingsOf(check: string, problem: Problem): readonly Finding[] {
  const { reason, where, message, hint, more } = problem;
  const text = `${reason}${where === undefined ? '' : ` at ${where}`}: ${message}`;
  return [
    { check, level: 'error', text, mend: hint ?? 'docs/reasons.md says what the code means.' },
    ...more.flatMap((one) => findingsOf(check, one)),
  ];
}

function checkNode(): Finding {
  const problem = nodeProblem(process.versions.node);
  return problem === undefined
    ? { check: 'node', level: 'ok', text: process.versions.node, mend: undefined }
    : { check: 'node', level: 'error', text: problem.message, mend: problem.hint };
}

/** The first that merges without a work tree; with an older one a merge request is merged in a temporary one. */
const gitOfMerges = [2, 38] as const;

async function checkGit({ checkout }: Repository): Promise<Finding> {
  const version = /(\d+)\.(\d+)[.\d]*/.exec(await checkout.git.run(['version']));
  const [text = 'unknown', major = 0, minor = 0] =
    version === null ? [] : [version[0], Number(version[1]), Number(version[2])];
  const isOld = major < gitOfMerges[0] || (major === gitOfMerges[0] && minor < gitOfMerges[1]);
  return isOld
    ? {
        check: 'git',
        level: 'warning',
        text: `${text} is old: merge requests are merged in a slower way`,
        mend: 'Use an image with Git 2.38 or newer.',
      }
    : { check: 'git', level: 'ok', text, mend: undefined };
}

function checkConfiguration({ configFile }: Repository, revision: Revision | undefined): Finding {
  if (revision === undefined)
    return {
      check: 'configuration',
      level: 'error',
      text: `there is no ${configFile}`,
      mend: 'pushgate init writes a first one.',
    };
  const { releases, environments } = revision.config;
  const text = `${configFile}: ${counted(releases.length, 'release')}, ${counted(environments.length, 'environment')}`;
  return environments.length > 0
    ? { check: 'configuration', level: 'ok', text, mend: undefined }
    : {
        check: 'configuration',
        level: 'warning',
        text,
        mend: 'Name a place to deploy to under environments: (docs/configuration.md).',
      };
}

/** Renders each: whatever a plan would stumble over is said here. */
async function checkReleases(
  { host, repository, revision }: Examined,
  name: string,
  secrets: readonly string[],
): Promise<readonly Finding[]> {
  const check = `${name}: releases`;
  const findings: Finding[] = [];
  if (policyOf(revision.config, name) === undefined) return findings;
  const releases = resolveReleases(revision.config, name);
  for (const release of releases) {
    try {
      await renderIn({ repository, revision, release, phase: 'plan', env: (variable) => host.env[variable] });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      findings.push(...findingsOf(`${name}: ${release.name}`, maskedProblem(error, secrets)));
    }
  }
  if (findings.length > 0) return findings;
  return [{ check, level: 'ok', text: `${releases.length} of ${releases.length} render`, mend: undefined }];
}
