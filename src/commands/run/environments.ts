/** Which environments a run is about, and the state of each. */
import type { ReleasePlace } from '../../cluster/read/parent.ts';
import type { Config } from '../../config/config.ts';
import { commandLineEnvironment, environmentOf, mayApplyFrom } from '../../config/index.ts';
import type { Policy } from '../../config/policy.ts';
import type { RunFacts } from '../../forge/ci.ts';
import type { Standing } from '../../forge/standing.ts';
import type { Host } from '../host.ts';
import { manifestsState } from '../state/manifests-state.ts';
import type { EnvironmentState } from '../state/state.ts';
import { nowhere, unseen } from '../state/state.ts';
import type { Repository, Revision } from './repository.ts';

/**
 * The environments that `--environment` names; else those that the target branch may be applied to (on a merge request
 * its target, in a pipeline the branch itself, on a laptop all of them). Ones that only `before` has come last.
 */
export function chosenEnvironments(
  host: Host,
  facts: RunFacts,
  config: Config,
  before: Config | undefined,
): readonly string[] {
  const environments = [...config.environments, ...(before?.environments ?? [])];
  const names = [...new Set(environments.map(({ name }) => name))];
  const given = host.given.list('environment');
  if (given.length > 0) {
    for (const name of given) if (!names.includes(name)) environmentOf(config, name);
    return names.filter((name) => given.includes(name));
  }
  const { trigger } = facts;
  const branch = trigger.kind === 'merge-request' ? trigger.targetBranch : facts.ref;
  if (trigger.kind === 'local' || branch === undefined) return names;
  return names.filter((name) =>
    environments.some((environment) => environment.name === name && mayApplyFrom(environment, branch)),
  );
}

/** Why a run has nothing to look at. */
export function noEnvironment({ config }: Revision): string {
  return config.environments.length === 0
    ? `${config.file} has no environments yet (docs/configuration.md).`
    : 'No environment takes releases from this branch.';
}

export interface StateOptions {
  readonly host: Host;
  readonly repository: Repository;
  readonly policy: Policy;
  /** Releases to look for, also where they have no record. */
  readonly releases: readonly ReleasePlace[];
  readonly standing: Standing;
}

/** What is there. A chart named on the command line has no environment, so nothing is there yet. */
export async function openState({
  host,
  repository,
  policy,
  releases,
  standing,
}: StateOptions): Promise<EnvironmentState> {
  const { target } = policy;
  if (policy.name === commandLineEnvironment) return nowhere;
  if (standing.kind === 'render-only') return unseen;
  if (target.kind === 'cluster') {
    // The Kubernetes client is large, and most runs do not need it.
    const { clusterState } = await import('../state/cluster-state.ts');
    return await clusterState({ host, repository, policy: { ...policy, target }, releases });
  }
  return await manifestsState(host, repository, { target, releases: releases.map(({ name }) => name) });
}
