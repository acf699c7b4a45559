/** Fields that a change takes from somebody else, whom the server's own notes name with the time. */
import { toolOf } from '../fields/writer.ts';
import type { Resource } from '../resource/resource.ts';
import { authorAt } from './author.ts';
import type { Difference } from './compare.ts';
import { named } from './consequences/rule.ts';
import { formatPath } from './path.ts';
import type { Consequence } from './plan.ts';

/** `takes spec.replicas from kubectl scale`, with the time where there is one: one for each tool and time. */
export function takenFields(live: Resource, differences: readonly Difference[]): readonly Consequence[] {
  const taken = new Map<string, readonly string[]>();
  for (const { path } of differences) {
    const author = authorAt(live, path);
    if (author === undefined) continue;
    const tool = toolOf(author.manager, author.subresource);
    const who = author.time === '' ? tool : `${tool} (${author.time})`;
    taken.set(who, [...(taken.get(who) ?? []), formatPath(path)]);
  }
  return [...taken].map(([who, paths]) => ({ kind: 'note', text: `takes ${named(paths)} from ${who}` }));
}
