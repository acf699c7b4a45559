/**
 * Two kinds of prediction: the server's, and the one computed here for a login that may not ask the server. A digest
 * covers the kind, so an apply, which asks the server, works out the other kind as well.
 */
import { parseQuantity } from '../resource/quantity.ts';
import type { Json, Resource } from '../resource/resource.ts';
import { isList, isObject, valueAt } from '../resource/resource.ts';
import { compare, type Difference } from './compare.ts';
import { digestOf } from './digest.ts';
import { normalise } from './normalise.ts';
import { formatPath, stepsIn } from './path.ts';
import type { Change } from './plan.ts';

/**
 * Where the server makes something else of an object than was computed here, beyond adding or setting what nobody
 * rendered; undefined where it does not. What was computed stands for the server's answer only then.
 */
export function differsInRendered(
  desired: Resource,
  { here, server }: { readonly here: Resource; readonly server: Resource },
): string | undefined {
  const rendered = normalise(desired);
  const found = compare(normalise(here), normalise(server)).find((one) => matters(rendered, one));
  return found === undefined ? undefined : formatPath(found.path);
}

function matters(rendered: Resource, { path, from, to }: Difference): boolean {
  if (to === undefined) return !isEmpty(from) && from !== '' && from !== false && from !== 0;
  const steps = stepsIn(rendered, path);
  const value = steps === undefined ? undefined : valueAt(rendered, steps);
  return value !== undefined && !isEmpty(value) && !isSameAmount(from, to);
}

/** Servers leave out what is empty or zero where that means the same as nothing, and put defaults for empty lists. */
function isEmpty(value: Json | undefined): boolean {
  return isList(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

function isSameAmount(from: Json | undefined, to: Json): boolean {
  const [before, after] = [from, to].map((value) =>
    typeof value === 'string' || typeof value === 'number' ? parseQuantity(String(value)) : undefined,
  );
  return before !== undefined && before === after;
}

/** More kinds than this in one plan, and only all of them together count as predicted here. */
const mostKinds = 10;

interface ReleaseChanges {
  readonly name: string;
  readonly changes: readonly Change[];
}

export interface OtherDigests {
  readonly plan: readonly string[];
  readonly releases: ReadonlyMap<string, readonly string[]>;
}

/**
 * The digests that the same changes would have had in plans of logins that may not try some kinds: one for each choice
 * of kinds, because what a login may do is settled by kind.
 */
export function otherDigests(releases: readonly ReleaseChanges[], key: string | undefined): OtherDigests {
  const kinds = [
    ...new Set(releases.flatMap(({ changes }) => changes.filter(({ here }) => here !== undefined).map(kindOf))),
  ];
  const choices = kinds.length > mostKinds ? [new Set(kinds)] : choicesOf(kinds);
  const plan = new Set<string>();
  const byRelease = new Map<string, Set<string>>();
  for (const chosen of choices) {
    const digests = releases.map(({ name, changes }) => {
      const digest = digestOf(changes.flatMap((change) => digestIn(change, chosen)).sort(), key);
      byRelease.set(name, (byRelease.get(name) ?? new Set()).add(digest));
      return [name, digest] as const;
    });
    plan.add(digestOf(digests, key));
  }
  return { plan: [...plan], releases: new Map([...byRelease].map(([name, digests]) => [name, [...digests]])) };
}

/** Every choice of at least one. */
function choicesOf(kinds: readonly string[]): readonly ReadonlySet<string>[] {
  return Array.from(
    { length: 2 ** kinds.length - 1 },
    (_, index) => new Set(kinds.filter((_kind, place) => ((index + 1) >> place) & 1)),
  );
}

function digestIn(change: Change, chosen: ReadonlySet<string>): readonly string[] {
  if (change.here === undefined || !chosen.has(kindOf(change))) return [change.digest];
  return change.here === 'unchanged' ? [] : [change.here.digest];
}

function kindOf({ key }: Change): string {
  return `${key.group}/${key.kind}`;
}
