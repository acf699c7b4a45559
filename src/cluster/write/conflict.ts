/** A write that is refused because the object is not what the plan saw: what changed since, by whom and when. */
import { isOurs, type ManagedEntry, managedEntries } from '../../fields/managed.ts';
import { toolOf, writerOf } from '../../fields/writer.ts';
import { authorAt } from '../../plan/author.ts';
import { compare } from '../../plan/compare.ts';
import { normalise } from '../../plan/normalise.ts';
import { formatPath } from '../../plan/path.ts';
import { Problem } from '../../problem.ts';
import { formatKey, isObject, type JsonObject, type Resource } from '../../resource/resource.ts';
import { isSecret, keyOfPlace, type ObjectPlace } from '../read/objects.ts';

export interface Moved {
  readonly place: ObjectPlace;
  readonly source: string | undefined;
  /** As the plan saw it; undefined: there was none. */
  readonly planned: Resource | undefined;
  /** As it is now; undefined: it is gone. */
  readonly now: Resource | undefined;
}

const shown = 4;

export function moved({ place, source, planned, now }: Moved): Problem {
  const changes = now === undefined ? [] : planned === undefined ? makersOf(now) : changesBetween(place, planned, now);
  const more = changes.length > shown ? ` and ${changes.length - shown} more` : '';
  const what = changes.length === 0 ? '' : `: ${changes.slice(0, shown).join(', ')}${more}`;
  return new Problem({
    reason: 'conflict',
    where: source,
    message: `${formatKey(keyOfPlace(place))} was ${verbOf(planned, now)} by somebody else after the plan was made${what}`,
    hint: 'It was not written. Plan again to see what moved.',
  });
}

function verbOf(planned: Resource | undefined, now: Resource | undefined): string {
  if (now === undefined) return 'deleted';
  if (planned === undefined) return 'made';
  return planned.metadata['uid'] === now.metadata['uid'] ? 'changed' : 'deleted and made anew';
}

function makersOf(now: Resource): readonly string[] {
  return [...new Set(managedEntries(now).flatMap((entry) => (entry.subresource === '' ? [by(entry)] : [])))];
}

/** `spec.replicas (kubectl scale, 2026-11-21T12:00:00Z)`: paths and tools, never values. */
function changesBetween(place: ObjectPlace, planned: Resource, now: Resource): readonly string[] {
  // A plan that trusted the seal did not read the object, so nobody knows what it looked like.
  if (planned.metadata['managedFields'] === undefined || planned.metadata['uid'] !== now.metadata['uid']) return [];
  if (isSecret(place.info)) return secretChanges(planned, now);
  const changes = compare(normalise(planned), normalise(now)).map(({ path }) => ({
    path,
    author: authorAt(now, path),
  }));
  const isAfterthought = ({ author }: (typeof changes)[number]): number =>
    author !== undefined && writerOf(author.manager) === 'controller' ? 1 : 0;
  // What controllers do follows from what somebody did.
  return [...changes]
    .sort((a, b) => isAfterthought(a) - isAfterthought(b))
    .map(({ path, author }) => `${formatPath(path)}${author === undefined ? '' : ` (${by(author)})`}`);
}

/** Values of Secrets are not read; the server notes who wrote which of them. */
function secretChanges(planned: Resource, now: Resource): readonly string[] {
  const before = new Set(managedEntries(planned).map((entry) => JSON.stringify(entry)));
  return managedEntries(now)
    .filter((entry) => !isOurs(entry) && !before.has(JSON.stringify(entry)))
    .flatMap((entry) => {
      const data = entry.fields['f:data'];
      const keys = Object.keys(isObject(data) ? data : ({} satisfies JsonObject)).filter((key) => key.startsWith('f:'));
      const paths = keys.map((key) => formatPath(['data', key.slice(2)]));
      return paths.length === 0 ? [by(entry)] : paths.map((path) => `${path} (${by(entry)})`);
    });
}

function by({ manager, subresource, time }: Pick<ManagedEntry, 'manager' | 'subresource' | 'time'>): string {
  return [toolOf(manager, subresource), ...(time === '' ? [] : [time])].join(', ');
}
