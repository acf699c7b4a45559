/**
 * What charts draw, in a plan and in an apply. Both render with stand-ins, so both show and digest the same; an apply
 * then renders once more, with the values that are there already, and draws what is not there yet.
 */
import type { ResolvedRelease } from '../../config/config.ts';
import {
  differsBeyondDrawn,
  type GeneratedLeaves,
  generatedLeaves,
  leafKey,
  type RecordedForms,
  type StandInRendering,
  settleAll,
  withLeavesOf,
  withPlaceholders,
} from '../../plan/generated.ts';
import { type DrawnBefore, readDrawn } from '../../plan/generated-values.ts';
import { Problem } from '../../problem.ts';
import type { Rendered, RenderedObject, RenderOptions } from '../../render/rendered.ts';
import type { Resource } from '../../resource/resource.ts';
import { formatKey, keyId, keyOf } from '../../resource/resource.ts';
import { placeId } from '../state/own-parents.ts';
import type { EnvironmentState } from '../state/state.ts';

type Draws = NonNullable<RenderOptions['draws']>;

/** Stand-ins of either kind. */
export function standIns(seed: 'first' | 'second', scope: string): Draws {
  return { kind: 'stand-in', seed, scope };
}

/** What tells the salts of one release from those of all others. */
export function scopeOf(environment: string, { namespace, name }: ResolvedRelease): string {
  return `${environment}/${namespace}/${name}`;
}

/** What an environment says of an object: an apply asks with all values, a plan knows what its record says. */
export interface Before {
  readonly forms: RecordedForms;
  /** By `keyId`. */
  readonly recorded: ReadonlyMap<string, Resource>;
}

/** What the environment recorded about a release. */
export function beforeOf(state: EnvironmentState, { namespace, name }: ResolvedRelease): Before {
  const { place } = state;
  const parent = place.kind === 'cluster' ? place.parents.get(placeId({ name, namespace })) : undefined;
  const record = place.kind === 'manifests' ? place.seen.releases.get(name)?.record : undefined;
  const recorded = parent?.state.objects ?? state.release(name)?.objects ?? [];
  return { forms: parent?.state.drawn ?? record?.drawn ?? {}, recorded: byKey(recorded) };
}

export interface Generating {
  readonly release: ResolvedRelease;
  readonly scope: string;
  /** With the first stand-ins, late values unbound. */
  readonly shown: Rendered;
  /** The same with late values; the same as `shown` where none is late. */
  readonly bound: Rendered;
  /** Renders as `shown` or `bound` was rendered. */
  readonly render: (which: 'shown' | 'bound', draws: Draws) => Promise<Rendered>;
  /** Objects of a rendering: hooks are among them where they are files like all others. */
  readonly objectsOf: (rendered: Rendered) => readonly RenderedObject[];
  readonly before: Before;
  readonly key: string | undefined;
  /** How an apply asks for what is there, with all values; undefined in a plan. */
  readonly readValues: ((object: Resource) => Promise<Resource | undefined>) | undefined;
}

export interface Generated {
  readonly leaves: GeneratedLeaves;
  /** As it is to be written; in a plan, as it was rendered with stand-ins. */
  readonly bound: Rendered;
  /** What an apply saw of the objects that hold something drawn. */
  readonly there: ReadonlyMap<string, Resource>;
}

/** Costs nothing where a chart draws nothing. Throws `Problem` where what is drawn is no value. */
export async function generate(options: Generating): Promise<Generated> {
  const { shown, bound, scope, readValues } = options;
  const nothing = { leaves: new Map(), bound, there: new Map() };
  if (shown.drawn === undefined || (shown.drawn.draws.length === 0 && !shown.drawn.readsClock)) return nothing;
  const second = await options.render('shown', standIns('second', scope));
  const leaves = leavesOf(options, second);
  if (leaves.size === 0) return nothing;
  if (readValues === undefined) return { leaves, bound, there: new Map() };
  const secondBound = bound === shown ? second : await options.render('bound', standIns('second', scope));
  const holders = options.objectsOf(bound).filter(({ resource }) => leaves.has(keyId(keyOf(resource))));
  const there = new Map<string, Resource>();
  for (const { resource } of holders) {
    const live = await readValues(resource);
    if (live !== undefined) there.set(keyId(keyOf(resource)), live);
  }
  const known = readDrawn({
    first: standIn(options, bound),
    second: standIn(options, secondBound),
    leaves,
    live: there,
  });
  refuseUnreadable(options, known);
  const final = await options.render('bound', { kind: 'bound', values: known.values, scope });
  refuseMoreThanDrawn(options, final, leaves);
  return { leaves, bound: final, there };
}

function standIn({ objectsOf }: Generating, rendered: Rendered): StandInRendering {
  return { objects: objectsOf(rendered).map(({ resource }) => resource), draws: rendered.drawn?.draws ?? [] };
}

function leavesOf(options: Generating, second: Rendered): GeneratedLeaves {
  const { shown, key, release } = options;
  const found = generatedLeaves({
    first: standIn(options, shown),
    second: standIn(options, second),
    key,
    secrets: shown.secrets,
  });
  if (!('wrong' in found)) return found;
  const { object, path } = found.wrong;
  const source = options
    .objectsOf(shown)
    .find(({ resource }) => keyId(keyOf(resource)) === keyId(keyOf(object)))?.source;
  const what = path === '' ? `has a name that is drawn anew each time` : `is built differently each time, at ${path}`;
  throw new Problem({
    reason: 'not-repeatable',
    where: source,
    message: `release ${release.name}: ${formatKey(keyOf(object))} ${what}`,
    hint: 'Names, keys and lengths of lists must not be drawn or follow from the clock, outside of hooks: give the chart a fixed one by its values.',
  });
}

/** A password that is somewhere must not be replaced because the text around it was written anew. */
function refuseUnreadable({ before, release }: Generating, { unreadable }: DrawnBefore): void {
  const lost = unreadable.find(({ object, leaf }) => before.forms[object]?.[leafKey(leaf)] !== leaf.form);
  if (lost === undefined) return;
  throw new Problem({
    reason: 'not-repeatable',
    message: `release ${release.name}: the value that was drawn for ${lost.place} cannot be told from the text around it any more`,
    hint: 'Let the chart keep the value in a key of its own first, apply, and change the text then. Or delete the object: a new value is drawn.',
  });
}

function refuseMoreThanDrawn(options: Generating, final: Rendered, leaves: GeneratedLeaves): void {
  const resources = (rendered: Rendered): readonly Resource[] =>
    options.objectsOf(rendered).map(({ resource }) => resource);
  const where = differsBeyondDrawn(resources(options.bound), resources(final), leaves);
  if (where === undefined) return;
  throw new Problem({
    reason: 'not-repeatable',
    message: `release ${options.release.name}: with what it draws it becomes more than was shown, at ${where}`,
    hint: 'What a chart draws may be put into texts; nothing else may depend on it.',
  });
}

/** Objects of the target branch as the plan compares them: with what is recorded where nothing about it changed. */
export function settledByRecord(
  objects: readonly RenderedObject[],
  leaves: GeneratedLeaves,
  before: Before,
): readonly RenderedObject[] {
  if (leaves.size === 0) return objects;
  const settled = settleAll(objects.map(({ resource }) => settling(resource, leaves, before, undefined)));
  return objects.map((object, at) => {
    const of = settled[at];
    return of === undefined ? object : { ...object, resource: withPlaceholders(of.resource, of.open) };
  });
}

export interface Files {
  readonly objects: readonly RenderedObject[];
  /** By `keyId`. */
  readonly bound: ReadonlyMap<string, Resource>;
  readonly leaves: GeneratedLeaves;
  readonly before: Before;
  /** By `keyId`. */
  readonly live: ReadonlyMap<string, Resource>;
}

export interface SettledPair {
  readonly desired: Resource;
  readonly bound: Resource;
}

/** Where what is there is known already: an object as it is compared, and as it is written. By `keyId`. */
export function settledFiles({ objects, bound, leaves, before, live }: Files): ReadonlyMap<string, SettledPair> {
  const settled = settleAll(
    objects.map(({ resource }) => settling(resource, leaves, before, live.get(keyId(keyOf(resource))))),
  );
  return new Map(
    objects.map(({ resource }, at) => {
      const id = keyId(keyOf(resource));
      const { resource: kept, open, kept: keeps } = settled[at] ?? { resource, open: [], kept: [] };
      const written = withLeavesOf(bound.get(id) ?? resource, keeps, kept);
      return [id, { desired: withPlaceholders(kept, open), bound: written }];
    }),
  );
}

function settling(resource: Resource, leaves: GeneratedLeaves, before: Before, live: Resource | undefined) {
  const id = keyId(keyOf(resource));
  return { resource, leaves: leaves.get(id) ?? [], forms: before.forms[id], recorded: before.recorded.get(id), live };
}

export function byKey(resources: readonly Resource[]): ReadonlyMap<string, Resource> {
  return new Map(resources.map((resource) => [keyId(keyOf(resource)), resource]));
}
