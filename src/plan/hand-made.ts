/**
 * What people added to an object beside what is rendered: a variable, a label, a container. An apply leaves it there,
 * because the field is theirs, so it is no drift and is told apart: from that, and from what controllers add.
 */
import type { IgnoreRule } from '../config/config.ts';
import { unionOf, without, withoutFields } from '../fields/field-set.ts';
import { isApplier } from '../fields/former.ts';
import { type ManagedEntry, managedEntries, newestFirst } from '../fields/managed.ts';
import { toolOf, writerOf } from '../fields/writer.ts';
import { formatKey, type Json, type JsonObject, keyOf, type Resource, type ResourceKey } from '../resource/resource.ts';
import { authorAt } from './author.ts';
import { compare } from './compare.ts';
import { isIgnored } from './ignore.ts';
import { proposedEnd } from './noise.ts';
import { normalise } from './normalise.ts';
import { formatPath, hasField, type Path } from './path.ts';
import type { Notice } from './plan.ts';

export interface HandMadeField {
  readonly path: Path;
  readonly value: Json;
  /** The tool, as people call it: `kubectl set`. */
  readonly who: string;
  /** ISO time of that tool's last write to the object. */
  readonly when: string;
}

/** By the server's notes: fields that only people's tools have, and that are not rendered. */
export function handMadeFields(live: Resource, rendered: Resource): readonly HandMadeField[] {
  const entries = managedEntries(live);
  const people = entries.filter(isPersons);
  if (people.length === 0) return [];
  const kept = fieldsOf(entries.filter((entry) => !isPersons(entry)));
  const bare = withoutFields(live, without(fieldsOf(people), kept), kept) as Resource;
  const wanted = normalise(rendered);
  return compare(normalise(bare), normalise(live)).flatMap(({ path, from, to }): HandMadeField[] => {
    if (from !== undefined || to === undefined || hasField(wanted, path)) return [];
    const author = authorAt(live, path) ?? newestFirst(people)[0];
    return author === undefined
      ? []
      : [{ path, value: to, who: toolOf(author.manager, author.subresource), when: author.time }];
  });
}

/** Of a person's single steps. What a tool applied as a whole is taken over from it, and goes. */
export function isPersons(entry: ManagedEntry): boolean {
  return entry.subresource === '' && writerOf(entry.manager) === 'person' && !isApplier(entry);
}

function fieldsOf(entries: readonly ManagedEntry[]): JsonObject {
  return entries.reduce<JsonObject>((set, { fields }) => unionOf(set, fields), {});
}

/** The rule that leaves such a field out, with all that is known of why it is there. */
export function handMadeRule(
  { kind, namespace, name }: ResourceKey,
  { path, who, when }: { readonly path: string; readonly who: string; readonly when: string },
  now: Date,
): IgnoreRule {
  const on = when === '' ? '' : ` on ${when.slice(0, 10)}`;
  const place = namespace === '' ? undefined : namespace;
  return { kind, name, namespace: place, path, reason: `added by hand with ${who}${on}`, until: proposedEnd(now) };
}

export interface HandMadeIn {
  readonly live: Resource | undefined;
  /** What an apply leaves there. */
  readonly predicted: Resource | undefined;
  readonly desired: Resource | undefined;
}

/** One line of a plan for each object that has such fields; without their values, which may be anybody's. */
export function handMadeNotices(
  objects: readonly HandMadeIn[],
  { ignore, now }: { readonly ignore: readonly IgnoreRule[]; readonly now: Date },
): readonly Notice[] {
  return objects.flatMap(({ live, predicted, desired }): Notice[] => {
    if (live === undefined || desired === undefined) return [];
    const key = keyOf(live);
    const fields = handMadeFields(predicted ?? live, desired).filter(
      ({ path }) => !isIgnored(key, formatPath(path), ignore, now),
    );
    if (fields.length === 0) return [];
    const named = fields.slice(0, most).map(({ path, who }) => `${formatPath(path)} (${who})`);
    const more = fields.length > most ? ` and ${fields.length - most} more` : '';
    const text = `${formatKey(key)} has what nobody renders, added by hand: ${named.join(', ')}${more}. An apply leaves it there`;
    return [{ severity: 'info', text }];
  });
}

const most = 5;
