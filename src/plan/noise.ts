/**
 * Ignore rules for noise: fields that a controller sets over and over against what is rendered. Each with the reason why
 * it is there and a day on which somebody has to look again, to be pasted as it is.
 */
import type { IgnoreRule } from '../config/config.ts';
import { controllerReason, writerOf } from '../fields/writer.ts';
import type { Resource, ResourceKey } from '../resource/resource.ts';
import { formatKey } from '../resource/resource.ts';
import { authorAt } from './author.ts';
import { compare } from './compare.ts';
import { normalise } from './normalise.ts';
import { formatPath, overlap } from './path.ts';
import type { Change, Notice } from './plan.ts';

/** Days after which a proposed rule ends: long enough to be no chore, short enough to be looked at again. */
const proposedDays = 90;

export interface NoisyField {
  readonly key: ResourceKey;
  readonly path: string;
  /** Field manager of the controller. */
  readonly controller: string;
}

export function proposedRule({ key, path, controller }: NoisyField, now: Date): IgnoreRule {
  return {
    kind: key.kind,
    name: key.name,
    namespace: key.namespace === '' ? undefined : key.namespace,
    path,
    reason: controllerReason(controller, path),
    until: proposedEnd(now),
  };
}

/** The last day of a rule that is proposed now. */
export function proposedEnd(now: Date): string {
  return new Date(now.getTime() + proposedDays * 86_400_000).toISOString().slice(0, 10);
}

/** What a controller wrote of an object, by the paths that differ. */
export interface ControllerEdit {
  readonly manager: string;
  readonly paths: readonly string[];
}

/** The rules for those of an object's differing paths that a controller set. */
export function proposalsFor(
  key: ResourceKey,
  {
    paths,
    edits,
    now,
  }: { readonly paths: readonly string[]; readonly edits: readonly ControllerEdit[]; readonly now: Date },
): readonly IgnoreRule[] {
  return paths.flatMap((path) => {
    const edit = edits.find((one) => one.paths.some((written) => overlap(written, path)));
    return edit === undefined || path === '' ? [] : [proposedRule({ key, path, controller: edit.manager }, now)];
  });
}

/** The rule as one line of YAML; JSON texts are YAML texts. */
export function ruleText({ kind, namespace, name, path, reason, until }: IgnoreRule): string {
  const fields = Object.entries({ kind, namespace, name, path, reason, until }).filter(
    ([, value]) => value !== undefined,
  );
  return `- { ${fields.map(([field, value]) => `${field}: ${JSON.stringify(value)}`).join(', ')} }`;
}

/** An object that differs only by what nobody asked for in Git. */
export interface Drifted {
  readonly change: Change;
  readonly live: Resource | undefined;
  readonly predicted: Resource | undefined;
}

/** What a plan says of drift that controllers make: which one, and the rule that leaves it out. */
export function noiseNotices(drifted: readonly Drifted[], environment: string, now: Date): readonly Notice[] {
  return drifted.flatMap(({ change, live, predicted }) => {
    if (live === undefined || predicted === undefined) return [];
    const shown = new Set(change.fields.map(({ path }) => path));
    return compare(normalise(live), normalise(predicted)).flatMap(({ path }): Notice[] => {
      const place = formatPath(path);
      const author = shown.has(place) ? authorAt(live, path) : undefined;
      if (author === undefined || writerOf(author.manager) !== 'controller') return [];
      const rule = proposedRule({ key: change.key, path: place, controller: author.manager }, now);
      const text = `${formatKey(change.key)}: ${rule.reason}. To leave it out, add to environments.${environment}.drift.ignore: ${ruleText(rule)}`;
      return [{ severity: 'info', text }];
    });
  });
}
