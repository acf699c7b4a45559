/** For verbs that act on what is applied already: which environment, which configuration, who asks. */
import type { ReleasePlace } from '../../cluster/read/parent.ts';
import { environmentOf, policyOf } from '../../config/index.ts';
import type { Policy } from '../../config/policy.ts';
import { standingToApply, standingToPlan } from '../../forge/standing.ts';
import type { Identity } from '../../git/objects.ts';
import { Problem } from '../../problem.ts';
import type { Host } from '../host.ts';
import { placeId } from '../state/own-parents.ts';
import type { EnvironmentState } from '../state/state.ts';
import { openState } from './environments.ts';
import { refuseUntrusted } from './forge-of-run.ts';
import { releasePlaces } from './release-places.ts';
import { missingConfig, openRepository, type Repository, type Revision, readRevision } from './repository.ts';

/** The configuration as it is on the branch; on a laptop as it lies in the work tree. */
export async function currentRevision(repository: Repository): Promise<Revision> {
  const { facts } = repository;
  const revision = await readRevision(repository, facts.trigger.kind === 'local' ? undefined : facts.commit);
  if (revision === undefined) throw missingConfig(repository);
  return revision;
}

/** Where a verb acts: the configuration as it is now, and the one environment that it is about. */
export interface OneEnvironment {
  readonly repository: Repository;
  /** Says in which namespaces of a cluster to look. */
  readonly revision: Revision;
  readonly policy: Policy;
}

/** Throws `Problem` (`usage`) where it is not clear which environment is meant. */
export async function openOneEnvironment(host: Host): Promise<OneEnvironment> {
  const repository = await openRepository(host);
  const revision = await currentRevision(repository);
  return { repository, revision, policy: oneEnvironment(host, revision) };
}

/** The one environment that `--environment` names; it may be left out where there is only one. */
export function oneEnvironment(host: Host, { config }: Revision): Policy {
  const given = host.given.list('environment');
  const [name, ...others] = given.length > 0 ? given : config.environments.map((environment) => environment.name);
  if (name === undefined || others.length > 0) {
    throw new Problem({
      reason: 'usage',
      message: 'this acts on one environment, and it is not clear which',
      hint: `Name one: --environment ${config.environments.map((environment) => environment.name).join(' | ')}`,
    });
  }
  const policy = policyOf(config, environmentOf(config, name).name);
  if (policy === undefined) throw new Error(`environment ${name} has no policy`);
  return policy;
}

/** The releases named as words of the command line, at least one. */
export function namedReleases(host: Host, verb: string): readonly [string, ...string[]] {
  const [first, ...others] = host.given.words;
  if (first !== undefined) return [first, ...others];
  throw new Problem({
    reason: 'usage',
    message: `${verb} needs the name of a release`,
    hint: `pushgate ${verb} RELEASE --environment NAME`,
  });
}

/** What is applied in one environment, opened for reading, or for a verb that writes: those want more trust. */
export async function openApplied(
  host: Host,
  wanted: OneEnvironment & {
    /** To answer for even where nothing of them is there. */
    readonly releases: readonly string[];
    readonly access: 'read' | 'write';
  },
): Promise<EnvironmentState> {
  const { repository, revision, policy, access } = wanted;
  const configured = releasePlaces(revision, policy.name);
  const others = wanted.releases.filter((name) => configured.every((release) => release.name !== name));
  const releases = [...configured, ...others.map((name) => ({ name, namespace: configured[0]?.namespace ?? '' }))];
  const { facts } = repository;
  const standing = access === 'read' ? standingToPlan({ trigger: facts.trigger }) : standingToApply(facts);
  refuseUntrusted(standing);
  // Nothing that was not looked at may be called as it was applied.
  if (standing.kind === 'render-only') {
    throw new Problem({
      reason: 'fork-refused',
      message: `${policy.name} is not looked at: ${standing.why}`,
      hint: 'Run this on a branch of the project itself.',
    });
  }
  host.progress(`reading ${policy.name}`);
  const state = await openState({ host, repository, policy, releases, standing });
  const [broken] = releases.flatMap((release) => brokenIn(state, release));
  if (broken !== undefined) throw broken;
  return state;
}

/** A record that cannot be read says nothing, and nothing said must not look like nothing applied. */
function brokenIn({ place }: EnvironmentState, release: ReleasePlace): readonly Problem[] {
  const problem = place.kind === 'cluster' ? place.broken.get(placeId(release)) : undefined;
  return problem === undefined ? [] : [problem];
}

/**
 * Who asks, as far as the run can say: the pipeline's user, else who Git would write. A claim, not a proof: what counts
 * is who may push.
 */
export async function actorOf({ facts, checkout }: Repository): Promise<Identity> {
  const setting = async (key: string): Promise<string | undefined> => {
    const { exitCode, stdout } = await checkout.git.attempt(['config', '--get', key]);
    return exitCode === 0 ? stdout.trim() : undefined;
  };
  const email = 'pushgate@localhost';
  if (facts.actor !== undefined) return { name: facts.actor, email };
  return { name: (await setting('user.name')) ?? 'unknown', email: (await setting('user.email')) ?? email };
}
