/** The facts of what a release of Helm has, and the chart by which it is taken over no longer renders. */
import type { ObjectFacts } from '../../plan/facts.ts';
import type { Notice } from '../../plan/plan.ts';
import { groupOf, keyId } from '../../resource/resource.ts';
import { unansweredGroup } from './absent-facts.ts';
import { cascadeOf } from './cascade.ts';
import type { Gathering } from './gathering.ts';
import type { HelmRecords } from './helm-activity.ts';
import { helmLeftovers, isElsewhere, isMarked, type Leftover, leftAlone } from './helm-leftovers.ts';
import { leavingText } from './leaving.ts';
import { type ObjectPlace, readObject } from './objects.ts';
import { placeOf } from './prepare.ts';

/** `known`: the facts of all that the release renders, or had of its own. */
export async function leftoverFacts(
  context: Gathering,
  known: readonly ObjectFacts[],
  records: HelmRecords | undefined,
): Promise<{ readonly objects: readonly ObjectFacts[]; readonly notices: readonly Notice[] }> {
  const { view, release, parent } = context;
  const kinds = (): readonly ObjectPlace[] =>
    known
      .flatMap(({ desired }) => (desired === undefined ? [] : placeOf(context.discovery, desired, undefined)))
      .filter(({ info }) => info.promised !== true);
  const { objects, fate, told, notices } = await helmLeftovers({
    ...{ client: view.client, discovery: view.discovery, release, parent, records, known, kinds },
  });
  const found = (await Promise.all(objects.map((object) => factsOf(context, object, told)))).flat();
  // A record alone is no proof: whoever may write Secrets there could have anything of the cluster deleted by it.
  const isToGo = ({ live }: ObjectFacts): boolean => fate === 'delete' && live !== undefined && isMarked(live, release);
  const alone = found.filter((object) => !isToGo(object)).map(({ key }) => key);
  return {
    objects: found.filter(isToGo),
    notices: [...notices, ...leftAlone(release, alone, fate)],
  };
}

async function factsOf(
  { view, release, target }: Gathering,
  { apiVersion, ...key }: Leftover,
  told: string,
): Promise<readonly ObjectFacts[]> {
  const { client, discovery } = view;
  const info = discovery.find(apiVersion, key.kind) ?? discovery.preferred(key.group, key.kind);
  if (info === undefined) {
    if (discovery.stale.some((stale) => groupOf(stale) === key.group)) throw unansweredGroup(key);
    // Its kind is gone from the cluster, and its objects with it.
    return [];
  }
  const live = await readObject(client, { info, namespace: key.namespace, name: key.name });
  if (live === undefined || leavingText(live) !== undefined || isElsewhere(live, release)) return [];
  const text = `${told}, and nothing renders it: helm upgrade does the same`;
  return [
    {
      ...{ key, desired: undefined, bound: undefined, target: target?.get(keyId(key)), recorded: live, live },
      ...{ predicted: undefined, source: undefined, origin: undefined },
      consequences: [{ kind: 'note', text }, ...(await cascadeOf(view, live))],
    },
  ];
}
