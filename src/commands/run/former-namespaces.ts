/** Where former versions of the configuration had the releases of an environment. */
import { logCommits } from '../../git/commits.ts';
import { Problem } from '../../problem.ts';
import { releasePlaces } from './release-places.ts';
import { type Repository, readRules } from './repository.ts';

/** Further back nobody looks for what was left behind. */
const mostVersions = 5;

/** Of a clone that is not whole only what is here is asked: nothing is fetched for this. */
export async function formerNamespaces(repository: Repository, environment: string): Promise<readonly string[]> {
  const { checkout, configFile, facts } = repository;
  const to = facts.commit ?? (await checkout.head());
  if (to === undefined || (await checkout.resolve(to)) === undefined) return [];
  const range = { to, parents: 'first', paths: [configFile], limit: mostVersions } as const;
  const namespaces: string[] = [];
  for (const { id } of await logCommits(checkout.git, range)) {
    try {
      const rules = await readRules(repository, id);
      if (rules !== undefined) namespaces.push(...releasePlaces(rules, environment).map((one) => one.namespace));
    } catch (error) {
      // A version that could not be read then was not applied either.
      if (!(error instanceof Problem)) throw error;
    }
  }
  return [...new Set(namespaces)];
}
