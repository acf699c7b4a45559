/**
 * Values that a chart draws. A chart is rendered with two sets of stand-ins; where the two differ something drawn comes
 * out, or something that follows from it. Such a place keeps what is there for as long as its stand-in rendering (its
 * form) is the one that was recorded when it was applied, and is otherwise generated at the apply.
 */
import { createHash, createHmac } from 'node:crypto';
import type { Json, JsonObject, Resource } from '../resource/resource.ts';
import { formatKey, isList, isObject, keyId, keyOf, valueAt } from '../resource/resource.ts';
import { withEncodedStringData } from '../resource/secret.ts';
import { secretForms } from './mask.ts';
import type { Path, Step } from './path.ts';
import { formatPath, stepsIn, stepsOf } from './path.ts';
import { placeholderOf } from './placeholder.ts';

/** A scalar that is drawn or follows from what is. */
export interface GeneratedLeaf {
  readonly path: Path;
  /** Hash of what stands there with stand-ins. */
  readonly form: string;
  /** `drawn`: one drawn text and nothing else, whose arguments do not matter once it is there. */
  readonly holds: 'drawn' | 'more';
}

/** By `keyId` of the object. */
export type GeneratedLeaves = ReadonlyMap<string, readonly GeneratedLeaf[]>;

/** Forms as they are recorded: by `keyId`, then by `leafKey`. */
export type RecordedForms = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A call that drew, of either set of stand-ins. */
export interface DrawnTexts {
  readonly id: string;
  readonly texts: readonly string[];
  readonly authority: string | undefined;
}

export interface StandInRendering {
  readonly objects: readonly Resource[];
  readonly draws: readonly DrawnTexts[];
}

export interface LeavesOptions {
  readonly first: StandInRendering;
  readonly second: StandInRendering;
  /** Makes forms of Secrets tell nothing to who has no key. */
  readonly key: string | undefined;
  /** Values of the run that must not stand in a form, where there is no key. */
  readonly secrets: readonly string[];
}

/** Where the two renderings differ by more than scalars: an object, key or length that is drawn. */
export interface NotRepeatable {
  readonly object: Resource;
  /** '' for its name. */
  readonly path: string;
}

/** The places of everything drawn; or the first one where what is drawn is no value. */
export function generatedLeaves(options: LeavesOptions): GeneratedLeaves | { readonly wrong: NotRepeatable } {
  const { first, second } = options;
  const others = new Map(second.objects.map((object) => [keyId(keyOf(object)), withEncodedStringData(object)]));
  const found: { readonly id: string; readonly path: Path; readonly value: Json }[] = [];
  for (const rendered of first.objects) {
    const object = withEncodedStringData(rendered);
    const id = keyId(keyOf(object));
    const other = others.get(id);
    const wrong = other === undefined ? [] : walk(object, other, [], (path, value) => found.push({ id, path, value }));
    if (wrong !== undefined) return { wrong: { object, path: formatPath(wrong) } };
  }
  const drawn = wholeTexts(first.draws);
  const families = keylessFamilies(
    first.draws,
    found.map(({ value }) => String(value)),
  );
  const leaves = new Map<string, GeneratedLeaf[]>();
  for (const { id, path, value } of found) {
    const texts = textsIn(String(value));
    const family = families.filter((one) => one.some((text) => texts.some((whole) => whole.includes(text.trim()))));
    const leaf: GeneratedLeaf = {
      path,
      form: formOf([masked(String(value), options), ...family.flat()], options.key),
      holds: texts.some((text) => drawn.has(text.trim())) ? 'drawn' : 'more',
    };
    leaves.set(id, [...(leaves.get(id) ?? []), leaf]);
  }
  return leaves;
}

/** Gives the path where the two are built differently. */
function walk(
  first: Json,
  second: Json | undefined,
  path: Path,
  onLeaf: (path: Path, value: Json) => void,
): Path | undefined {
  if (second === undefined) return path;
  if (isList(first) && isList(second)) {
    if (first.length !== second.length) return path;
    const names = first.map((element) => (isObject(element) ? element['name'] : undefined));
    for (const [index, element] of first.entries()) {
      const name = names[index];
      const isNamed = typeof name === 'string' && names.indexOf(name) === names.lastIndexOf(name);
      const step: Step = isNamed ? { by: 'name', is: name } : index;
      const wrong = walk(element, second[index], [...path, step], onLeaf);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  if (isObject(first) && isObject(second)) {
    const keys = Object.keys(first);
    if (keys.length !== Object.keys(second).length) return path;
    for (const key of keys) {
      const other = Object.hasOwn(second, key) ? second[key] : undefined;
      const wrong = walk(first[key] ?? null, other, [...path, key], onLeaf);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  if (isList(first) || isObject(first) || isList(second) || isObject(second)) return path;
  if (first !== second) onLeaf(path, first);
  return undefined;
}

/** Certificates are not among them: which one is wanted depends on the arguments. */
function wholeTexts(draws: readonly DrawnTexts[]): ReadonlySet<string> {
  return new Set(draws.flatMap(({ texts }) => (texts.length === 1 ? texts.map((text) => text.trim()) : [])));
}

/**
 * Of an authority whose key comes out nowhere, nothing new can be signed: when one certificate must be made anew, all
 * of its family must. So each member's form has all of them in it. Gives the texts of each such family.
 */
function keylessFamilies(draws: readonly DrawnTexts[], values: readonly string[]): readonly (readonly string[])[] {
  const ids = new Set(draws.flatMap(({ authority }) => authority ?? []));
  return [...ids].flatMap((id) => {
    const [certificate, key] = draws.find((draw) => draw.id === id)?.texts ?? [];
    if (certificate === undefined || key === undefined) return [];
    const isKept = values.some((value) => textsIn(value).some((text) => text.includes(key.trim())));
    if (isKept) return [];
    return [[certificate, ...draws.filter((draw) => draw.authority === id).flatMap(({ texts }) => texts)]];
  });
}

/** The text, and what it is the base64 of. */
function textsIn(value: string): readonly string[] {
  const decoded = decodedText(value);
  return decoded === undefined ? [value] : [value, decoded];
}

/** The text of which this is the canonical base64; undefined for what is none, or not of a text. */
export function decodedText(value: string): string | undefined {
  if (value === '' || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]+=*$/.test(value)) return undefined;
  const bytes = Buffer.from(value, 'base64');
  const text = bytes.toString('utf8');
  return bytes.toString('base64') === value && Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

/** A plain hash of a weak secret could be guessed from, so without a key none goes in. */
function masked(value: string, { key, secrets }: LeavesOptions): string {
  if (key !== undefined) return value;
  const decoded = decodedText(value);
  const text = decoded === undefined ? value : `base64 ${decoded}`;
  return secretForms(secrets).reduce((rest, form) => rest.replaceAll(form, '‹secret›'), text);
}

function formOf(texts: readonly string[], key: string | undefined): string {
  const hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  return hash.update(JSON.stringify(texts)).digest('base64url').slice(0, 22);
}

export function leafKey({ path }: Pick<GeneratedLeaf, 'path'>): string {
  return JSON.stringify(stepsOf(path));
}

/** The forms of a rendering, for the record. */
export function recordedForms(leaves: GeneratedLeaves): RecordedForms {
  return Object.fromEntries(
    [...leaves].map(([id, of]) => [id, Object.fromEntries(of.map((leaf) => [leafKey(leaf), leaf.form]))]),
  );
}

export interface Settling {
  /** As rendered with stand-ins. */
  readonly resource: Resource;
  readonly leaves: readonly GeneratedLeaf[];
  /** Forms of this object at the last apply. */
  readonly forms: Readonly<Record<string, string>> | undefined;
  /** As it was applied then. */
  readonly recorded: Resource | undefined;
  readonly live: Resource | undefined;
}

export interface Settled {
  /** With what is kept in its place, and stand-ins for the rest. */
  readonly resource: Resource;
  readonly kept: readonly GeneratedLeaf[];
  /** What will be generated at the apply. */
  readonly open: readonly GeneratedLeaf[];
}

/** What of an object is kept as it is. */
export function settle({ resource, leaves, forms, recorded, live }: Settling): Settled {
  const kept = new Map<GeneratedLeaf, Json>();
  for (const leaf of leaves) {
    const isSame = forms?.[leafKey(leaf)] === leaf.form;
    const before =
      (isSame ? leafValue(recorded, leaf) : undefined) ?? (leaf.holds === 'drawn' ? leafValue(live, leaf) : undefined);
    if (before !== undefined) kept.set(leaf, before);
  }
  return {
    resource: withValues(resource, kept),
    kept: [...kept.keys()],
    open: leaves.filter((leaf) => !kept.has(leaf)),
  };
}

/**
 * The same for all objects of a release. Where something is gone that was drawn, it is drawn anew, and so is all that
 * may follow from it.
 */
export function settleAll(objects: readonly Settling[]): readonly Settled[] {
  const settled = objects.map(settle);
  const isLost = settled.some(({ open }, at) => open.some((leaf) => objects[at]?.forms?.[leafKey(leaf)] === leaf.form));
  if (!isLost) return settled;
  return objects.map((object) => settle({ ...object, forms: undefined }));
}

/** Stands where a value will be that is generated at the apply. Two of them are equal when their forms are. */
export function withPlaceholders(resource: Resource, open: readonly GeneratedLeaf[]): Resource {
  return withValues(resource, new Map(open.map((leaf) => [leaf, placeholderOf(leaf.form)])));
}

/** The same leaves as in another object of the same build. */
export function withLeavesOf(resource: Resource, leaves: readonly GeneratedLeaf[], from: Resource): Resource {
  return withValues(
    resource,
    new Map(
      leaves.flatMap((leaf) => {
        const value = leafValue(from, leaf);
        return value === undefined ? [] : [[leaf, value] as const];
      }),
    ),
  );
}

export function leafValue(resource: Resource | undefined, { path }: Pick<GeneratedLeaf, 'path'>): Json | undefined {
  const steps = resource === undefined ? undefined : stepsIn(resource, path);
  const value = steps === undefined ? undefined : valueAt(resource, steps);
  return value === null || isList(value) || isObject(value) ? undefined : value;
}

function withValues(resource: Resource, values: ReadonlyMap<GeneratedLeaf, Json>): Resource {
  let result: Json = resource;
  for (const [{ path }, value] of values) {
    const steps = stepsIn(result, path);
    if (steps !== undefined && valueAt(result, steps) !== undefined) result = replaced(result, steps, value);
  }
  return result as Resource;
}

function replaced(target: Json, [step, ...rest]: readonly (string | number)[], value: Json): Json {
  if (step === undefined) return value;
  if (isList(target))
    return target.map((element, index) => (index === step ? replaced(element, rest, value) : element));
  const object = target as JsonObject;
  const entries = Object.entries(object).map(([key, child]) => [
    key,
    key === step ? replaced(child, rest, value) : child,
  ]);
  return Object.fromEntries(entries) as JsonObject;
}

/**
 * The first place where an object as it is to be written is not the one that was shown with stand-ins, drawn values
 * aside. A template can ask what it drew, and show one thing and have another applied.
 */
export function differsBeyondDrawn(
  shown: readonly Resource[],
  bound: readonly Resource[],
  leaves: GeneratedLeaves,
): string | undefined {
  const after = new Map(bound.map((object) => [keyId(keyOf(object)), object]));
  const extra = bound.find((object) => !shown.some((one) => keyId(keyOf(one)) === keyId(keyOf(object))));
  if (extra !== undefined) return formatKey(keyOf(extra));
  for (const object of shown) {
    const id = keyId(keyOf(object));
    const known = new Set((leaves.get(id) ?? []).map(leafKey));
    const beyond: Path[] = [];
    const other = after.get(id);
    const wrong = walk(withEncodedStringData(object), other && withEncodedStringData(other), [], (path) => {
      if (!known.has(leafKey({ path }))) beyond.push(path);
    });
    const path = wrong ?? beyond[0];
    if (path !== undefined) return `${formatKey(keyOf(object))} ${formatPath(path)}`.trimEnd();
  }
  return undefined;
}
