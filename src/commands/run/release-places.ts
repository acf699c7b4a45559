import type { ReleasePlace } from '../../cluster/read/parent.ts';
import { policyOf } from '../../config/policy.ts';
import { resolveReleases } from '../../config/resolve.ts';
import type { Rules } from './repository.ts';

/** The releases that a configuration has in an environment, with their namespaces there; none where it lacks it. */
export function releasePlaces({ config }: Pick<Rules, 'config'>, environment: string): readonly ReleasePlace[] {
  if (policyOf(config, environment) === undefined) return [];
  return resolveReleases(config, environment).map(({ name, namespace }) => ({ name, namespace }));
}
