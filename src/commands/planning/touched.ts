/**
 * Which releases of which environments a merge request can change: what a release is made from is compared on both
 * sides, file by file. A doubt counts as touched.
 */
import { describePolicyChange, policyOf } from '../../config/index.ts';
import { resolveReleases } from '../../config/resolve.ts';
import type { Revision } from '../run/repository.ts';
import { contentOf } from './release-content.ts';

export interface TouchedEnvironment {
  readonly environment: string;
  /** In the order in which they are applied; those that are taken out stand last. */
  readonly releases: readonly string[];
  /** `all`: nothing of the environment is known to be untouched. */
  readonly extent: 'all' | 'some';
}

export interface TouchedInput {
  readonly revision: Revision;
  /** The target branch's tip; where there is none, everything counts. */
  readonly target: Revision | undefined;
  readonly environments: readonly string[];
}

/** Environments of which nothing is touched are left out. */
export function touchedReleases({ revision, target, environments }: TouchedInput): readonly TouchedEnvironment[] {
  return environments.flatMap((environment): readonly TouchedEnvironment[] => {
    const names = [...new Set([...releasesOf(revision, environment), ...releasesOf(target, environment)])];
    if (target === undefined || rulesDiffer(revision, target, environment))
      return [{ environment, releases: names, extent: 'all' }];
    const releases = names.filter(
      (name) => contentOf(revision, environment, name) !== contentOf(target, environment, name),
    );
    if (releases.length === 0) return [];
    return [{ environment, releases, extent: releases.length === names.length ? 'all' : 'some' }];
  });
}

function releasesOf(revision: Revision | undefined, environment: string): readonly string[] {
  if (revision === undefined || policyOf(revision.config, environment) === undefined) return [];
  return resolveReleases(revision.config, environment).map(({ name }) => name);
}

function rulesDiffer(revision: Revision, target: Revision, environment: string): boolean {
  return describePolicyChange(policyOf(target.config, environment), policyOf(revision.config, environment)).length > 0;
}
