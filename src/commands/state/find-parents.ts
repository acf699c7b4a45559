/** The parents of an environment's releases in a cluster, also where its configuration no longer has any. */
import type { Client } from '../../cluster/read/client.ts';
import { type Parent, readParents } from '../../cluster/read/parent.ts';
import { Problem } from '../../problem.ts';
import type { Host } from '../host.ts';
import { formerNamespaces } from '../run/former-namespaces.ts';
import type { Repository } from '../run/repository.ts';
import { isOwn, placeId } from './own-parents.ts';

export interface FindParents {
  readonly host: Host;
  readonly client: Client;
  readonly repository: Repository;
  readonly environment: string;
  /** The repository by its name. */
  readonly source: string;
  /** Where the configuration has releases. */
  readonly namespaces: readonly string[];
}

export interface FoundParents {
  /** By `placeId`, those of other environments and repositories too. */
  readonly parents: ReadonlyMap<string, Parent>;
  readonly broken: ReadonlyMap<string, Problem>;
}

/**
 * A release that was taken out of the configuration may have been the last one of its namespace. The parents of the
 * others remember where it was; where there are none, Git does.
 */
export async function findParents(options: FindParents): Promise<FoundParents> {
  const { client, repository, environment, source } = options;
  const parents = new Map<string, Parent>();
  const broken = new Map<string, Problem>();
  const looked = new Set<string>();
  const look = async (namespace: string): Promise<void> => {
    looked.add(namespace);
    const found = await readParents(client, namespace);
    for (const [name, parent] of found.whole) parents.set(placeId({ name, namespace }), parent);
    for (const [name, problem] of found.broken) broken.set(placeId({ name, namespace }), problem);
  };
  const lookFurther = async (namespaces: readonly string[]): Promise<void> => {
    await Promise.all(namespaces.map((namespace) => look(namespace).catch(sayUnseen(options, namespace))));
  };
  const own = (): readonly Parent[] => [...parents.values()].filter((one) => isOwn(one, environment, source));
  const remembered = (): readonly string[] =>
    unique(own().flatMap(({ state }) => state.namespaces ?? [])).filter(
      // Whoever may write ConfigMaps there can have made it up, and must not end the plans of all others.
      (namespace) => isNamespace(namespace) && !looked.has(namespace),
    );

  await Promise.all(unique(options.namespaces).map(look));
  if (own().length === 0) {
    const former = await formerNamespaces(repository, environment);
    await lookFurther(former.filter((namespace) => !looked.has(namespace)));
  }
  for (let more = remembered(); more.length > 0; more = remembered()) await lookFurther(more);
  return { parents, broken };
}

function isNamespace(name: unknown): boolean {
  return typeof name === 'string' && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
}

/** Rights end with the last release of a namespace, and that must not end the plans of all others. */
function sayUnseen({ host, environment }: FindParents, namespace: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Problem) || error.reason !== 'forbidden') throw error;
    host.warn(
      `${environment} had releases in namespace ${namespace}, where this login may not look: one that was taken out of the configuration there stays.`,
    );
  };
}

function unique(namespaces: readonly string[]): readonly string[] {
  return [...new Set(namespaces)].filter((namespace) => namespace !== '');
}
