/**
 * Drift: what is there differs from what was applied. Live against the last record, nothing is rendered: what waits in
 * Git is another question.
 */
import type { Environment, IgnoreRule } from '../config/config.ts';
import { compare, type Difference } from '../plan/compare.ts';
import { digestOf } from '../plan/digest.ts';
import { type HandMadeField, handMadeRule } from '../plan/hand-made.ts';
import { isExpired, isIgnored } from '../plan/ignore.ts';
import { type Masked, type MaskOptions, masker } from '../plan/mask.ts';
import { type ControllerEdit, proposalsFor } from '../plan/noise.ts';
import { normalise } from '../plan/normalise.ts';
import { formatPath, type Path } from '../plan/path.ts';
import { valueText } from '../plan/value-text.ts';
import { isObject, type Json, keyId, type Resource, type ResourceKey } from '../resource/resource.ts';

/** Version of the JSON that `pushgate drift --output json` writes. */
export const driftSchema = 'pushgate.dev/drift/v1';

/** One thing that somebody did to an object, as far as it can be known. */
export interface Edit {
  /** A name as its owner gives it; in Git anybody can write any name. */
  readonly who: string;
  /** ISO time. */
  readonly when: string;
  /** `commit 4f2c81e "Scale up"`, `kubectl edit`. */
  readonly how: string;
  /** Set where a controller of the cluster did it: which fields. */
  readonly controller?: ControllerEdit;
}

export interface ObservedObject {
  readonly key: ResourceKey;
  /** As last applied; undefined: nobody applied it. */
  readonly recorded: Resource | undefined;
  /** undefined: it is gone. */
  readonly live: Resource | undefined;
  /** File it is in, where it is in one. */
  readonly where: string | undefined;
  /** Newest first. */
  readonly edits: readonly Edit[];
  /** Fields that people added beside what was applied; none in Git, where all that is there is compared. */
  readonly handMade?: readonly HandMadeField[];
}

export interface ObservedFile {
  readonly where: string;
  readonly why: string;
  readonly edits: readonly Edit[];
}

export interface ObservedRelease {
  readonly name: string;
  readonly objects: readonly ObservedObject[];
  /** Files that should hold objects and do not. */
  readonly unreadable: readonly ObservedFile[];
}

export interface DriftInput {
  readonly environment: Pick<Environment, 'name' | 'drift'>;
  /** Where the environment is, in words. */
  readonly target: string;
  readonly releases: readonly ObservedRelease[];
  /** Objects that people made where the releases live; none in Git, where a release has its files to itself. */
  readonly handMade?: readonly Omit<HandMade, 'path' | 'live' | 'rule'>[];
  readonly mask: MaskOptions;
  /** Decides which ignore rules have expired. */
  readonly now: Date;
}

/** Masked plain data, in a fixed order: the same facts give the same report and digest. */
export interface DriftReport {
  readonly schema: typeof driftSchema;
  readonly environment: string;
  readonly target: string;
  readonly findings: readonly Finding[];
  /** What people added beside what was applied, and an apply leaves there: no drift, and not to be healed. */
  readonly handMade: readonly HandMade[];
  /** Differences that an ignore rule covers. */
  readonly ignored: number;
  /** Rules that would cover a finding and are past their day. */
  readonly expired: readonly IgnoreRule[];
  /** Rules for what controllers set against the render, ready to be taken over. */
  readonly proposals: readonly IgnoreRule[];
  /** ISO time of the oldest edit known; undefined where no edit is. */
  readonly since: string | undefined;
  readonly digest: string;
}

export interface Finding {
  readonly release: string;
  /** undefined for a file that cannot be read, so that nobody knows which object it was. */
  readonly key: ResourceKey | undefined;
  readonly what: 'changed' | 'added' | 'deleted' | 'unreadable';
  readonly where: string | undefined;
  readonly fields: readonly FieldDrift[];
  /** Why a file cannot be read. */
  readonly why: string | undefined;
  readonly edits: readonly Edit[];
}

/** One field, or one object, that nobody renders. */
export interface HandMade {
  readonly release: string;
  readonly key: ResourceKey;
  /** '' for the whole object. */
  readonly path: string;
  /** Masked text; '' for the whole object. */
  readonly live: string;
  readonly who: string;
  /** ISO time. */
  readonly when: string;
  /** What leaves it out of the report from now on, ready to be taken over. */
  readonly rule: IgnoreRule;
}

/** One difference; values are masked text, undefined where the field was or is not there. */
export interface FieldDrift {
  readonly path: string;
  readonly recorded: string | undefined;
  readonly live: string | undefined;
}

/**
 * Live against recorded, object by object; what Git asks for plays no part. Differences under an ignore rule are
 * counted only.
 */
export function findDrift(input: DriftInput): DriftReport {
  const compared = input.releases.flatMap((release) =>
    release.objects.map((object) => compareObject(release.name, object, input)),
  );
  const broken = input.releases.flatMap(({ name, unreadable }) =>
    unreadable.map((file) => unreadableFinding(name, file)),
  );
  const drifted = [...compared.flatMap(({ finding }) => finding ?? []), ...broken].sort(byPlace);
  const findings = drifted.map(({ finding }) => finding);
  const expired = new Set(compared.flatMap((object) => object.expired));
  const added = [
    ...input.releases.flatMap(({ name, objects }) => objects.flatMap((object) => handMadeIn(name, object, input))),
    ...(input.handMade ?? []).flatMap((object) => wholeObject(object, input)),
  ];
  const handMade = added.map(({ field }) => field);
  const times = findings.flatMap(({ edits }) => edits.map(({ when }) => when)).sort();
  return {
    schema: driftSchema,
    environment: input.environment.name,
    target: input.target,
    findings,
    handMade,
    ignored: compared.reduce((sum, { ignored }) => sum + ignored, 0),
    expired: input.environment.drift.ignore.filter((rule) => expired.has(rule)),
    proposals: findings.flatMap((finding) => proposalsOf(finding, input.now)),
    since: times[0],
    digest: digestOf([...drifted.map(({ facts }) => facts), ...added.map(({ hashed }) => hashed)], input.mask.key),
  };
}

function handMadeIn(
  release: string,
  { key, live, handMade = [] }: ObservedObject,
  { environment, mask, now }: DriftInput,
): readonly { readonly field: HandMade; readonly hashed: Json }[] {
  return handMade.flatMap(({ path, value, who, when }) => {
    const place = formatPath(path);
    const shown = masked(live, { path, value, mask });
    if (shown === undefined || isIgnored(key, place, environment.drift.ignore, now)) return [];
    const rule = handMadeRule(key, { path: place, who, when }, now);
    const field = { release, key, path: place, live: valueText(shown.shown), who, when, rule };
    return [{ field, hashed: [release, keyId(key), 'by hand', place, shown.hashed, who, when] }];
  });
}

/** Every object has metadata, so that is the path by which a rule leaves out all of it. */
const wholePath = 'metadata';

function wholeObject(
  { release, key, who, when }: Omit<HandMade, 'path' | 'live' | 'rule'>,
  { environment, now }: DriftInput,
): readonly { readonly field: HandMade; readonly hashed: Json }[] {
  if (isIgnored(key, wholePath, environment.drift.ignore, now)) return [];
  const rule = handMadeRule(key, { path: wholePath, who, when }, now);
  const field = { release, key, path: '', live: '', who, when, rule };
  return [{ field, hashed: [release, keyId(key), 'made by hand', who, when] }];
}

function proposalsOf({ key, fields, edits }: Finding, now: Date): readonly IgnoreRule[] {
  if (key === undefined) return [];
  const paths = fields.map(({ path }) => path);
  return proposalsFor(key, { paths, edits: edits.flatMap(({ controller }) => controller ?? []), now });
}

/** A finding with what its digest is made of: the same, with keyed hashes in place of masked values. */
interface Drifted {
  readonly finding: Finding;
  readonly place: string;
  readonly facts: Json;
}

interface Compared {
  readonly finding: Drifted | undefined;
  readonly ignored: number;
  readonly expired: readonly IgnoreRule[];
}

function compareObject(release: string, object: ObservedObject, input: DriftInput): Compared {
  const { key, recorded, live } = object;
  const rules = input.environment.drift.ignore;
  const differences = differencesOf(object).flatMap((difference) => finer(difference, rules));
  const isHidden = ({ path }: Difference): boolean => isIgnored(key, formatPath(path), rules, input.now);
  const seen = differences.filter((difference) => !isHidden(difference));
  const ignored = differences.length - seen.length;
  if (seen.length === 0) return { finding: undefined, ignored, expired: [] };
  const fields = seen.map((difference) => fieldDrift(difference, object, input.mask));
  const what = recorded === undefined ? 'added' : live === undefined ? 'deleted' : 'changed';
  const finding: Finding = {
    release,
    key,
    what,
    where: object.where,
    fields: what === 'changed' ? fields.map(({ field }) => field) : [],
    why: undefined,
    edits: object.edits,
  };
  const place = `${release}/${keyId(key)}`;
  const facts = { place, what, fields: fields.map(({ hashed }) => hashed), edits: editFacts(object.edits) };
  const ended = rules.filter(
    (rule) =>
      isExpired(rule, input.now) &&
      seen.some(({ path }) => isIgnored(key, formatPath(path), [{ ...rule, until: undefined }], input.now)),
  );
  return { finding: { finding, place, facts }, ignored, expired: ended };
}

function differencesOf({ recorded, live }: ObservedObject): readonly Difference[] {
  if (recorded === live) return [];
  const [from, to] = [recorded, live].map((resource) => (resource === undefined ? undefined : normalise(resource)));
  return compare(from, to);
}

/**
 * A whole map that came or went is one difference. Where a rule covers a part of it, it is taken apart, so that the
 * rule is not defeated by the map being new.
 */
function finer(difference: Difference, rules: readonly IgnoreRule[]): readonly Difference[] {
  const { path, from, to } = difference;
  const map = from === undefined ? to : from;
  const place = formatPath(path);
  const isInside = rules.some((rule) => rule.path.length > place.length && rule.path.startsWith(place));
  if (place === '' || !isInside || (from !== undefined && to !== undefined) || !isObject(map)) return [difference];
  return Object.entries(map).flatMap(([key, value]) => {
    const step: Path = [...path, key];
    return finer(from === undefined ? { path: step, from, to: value } : { path: step, from: value, to }, rules);
  });
}

function fieldDrift(
  { path, from, to }: Difference,
  { recorded, live }: ObservedObject,
  mask: MaskOptions,
): { readonly field: FieldDrift; readonly hashed: Json } {
  const [before, after] = [
    masked(recorded ?? live, { path, value: from, mask }),
    masked(live ?? recorded, { path, value: to, mask }),
  ];
  const text = formatPath(path);
  return {
    field: {
      path: text,
      recorded: before === undefined ? undefined : valueText(before.shown),
      live: after === undefined ? undefined : valueText(after.shown),
    },
    hashed: [text, before?.hashed ?? { absent: true }, after?.hashed ?? { absent: true }],
  };
}

function masked(
  resource: Resource | undefined,
  { path, value, mask }: { readonly path: Path; readonly value: Json | undefined; readonly mask: MaskOptions },
): Masked | undefined {
  return resource === undefined || value === undefined ? undefined : masker(resource, mask)(path, value);
}

function unreadableFinding(release: string, { where, why, edits }: ObservedFile): Drifted {
  const finding: Finding = { release, key: undefined, what: 'unreadable', where, fields: [], why, edits };
  return { finding, place: `${release}//${where}`, facts: { where, why, edits: editFacts(edits) } };
}

function editFacts(edits: readonly Edit[]): Json {
  return edits.map(({ who, when, how }) => [who, when, how]);
}

function byPlace(a: Drifted, b: Drifted): number {
  return a.place < b.place ? -1 : a.place > b.place ? 1 : 0;
}
