/** What an environment does not have yet of a commit. */
import type { Policy } from '../../config/policy.ts';
import type { Host } from '../host.ts';
import { planEnvironment } from '../planning/planning.ts';
import type { Repository, Revision } from '../run/repository.ts';
import type { EnvironmentState } from '../state/state.ts';

export interface AtCommit {
  readonly host: Host;
  readonly repository: Repository;
  readonly revision: Revision;
  readonly commit: string;
}

export interface EnvironmentAsked {
  readonly policy: Policy;
  readonly state: EnvironmentState;
  /** undefined for all of them. */
  readonly releases?: readonly string[];
}

/** Releases with changes left; one that does not render is in no plan, and was not applied either. */
export async function stillToApply(
  { host, repository, revision, commit }: AtCommit,
  { policy, state, releases }: EnvironmentAsked,
): Promise<ReadonlySet<string>> {
  const { plan, failed } = await planEnvironment({
    host,
    repository,
    policy,
    commit: { rendered: commit, head: undefined, base: undefined },
    revision,
    target: undefined,
    state,
    purpose: 'plan',
    notices: [],
    releases,
  });
  const changing = plan.releases.filter(({ changes }) => changes.length > 0);
  return new Set([...changing.map(({ name }) => name), ...failed.keys()]);
}
