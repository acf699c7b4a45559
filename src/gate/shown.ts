/**
 * What a merge request's comment showed, in the form that a later apply reads back. It is kept in the comment itself,
 * so that no server and no artefact has to be trusted: only comments of our own account are ever read.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Policy } from '../config/policy.ts';
import { digestOf } from '../plan/digest.ts';
import type { Plan } from '../plan/plan.ts';
import type { Json } from '../resource/resource.ts';

/** A change as it was shown: its digest, and those of its differences where there was room for them. */
export interface ShownChange {
  readonly digest: string;
  readonly parts: readonly string[];
}

export interface ShownPlan {
  /** The merge request it was shown on, as `subjectOf` says it: copied elsewhere it shows nothing. */
  readonly of: string;
  /** Head of the merge request that was planned. */
  readonly head: string;
  /** By environment, then by release and where it is (`shownAs`). */
  readonly environments: Readonly<Record<string, Readonly<Record<string, ShownRelease>>>>;
  /** By environment, the digest of the rules that hold there once the merge request is merged. */
  readonly rules: Readonly<Record<string, string>>;
}

/** The rules of an environment as one word. */
export function rulesDigest(policy: Policy): string {
  return digestOf(JSON.parse(JSON.stringify(policy)) as Json, undefined);
}

/** One merge request of one project, in signs that need no escaping. */
export function subjectOf(project: string, number: number): string {
  return `${encodeURIComponent(project)}!${number}`;
}

/** A release of the environment as it is where it was shown: the same changes elsewhere are other changes. */
export function shownAs(release: string, target: string): string {
  return `${release}@${createHash('sha256').update(target).digest('base64url').slice(0, 11)}`;
}

export interface ShownRelease {
  /** Digest of the whole set of changes. */
  readonly digest: string;
  /** undefined where there was no room: then only the whole set counts as shown. */
  readonly changes: readonly ShownChange[] | undefined;
}

export interface ShownInput extends Pick<ShownPlan, 'of' | 'head' | 'rules'> {
  readonly plans: readonly Plan[];
}

/** What plans of one head of a merge request showed. */
export function shownOf({ of, head, plans, rules }: ShownInput): ShownPlan {
  return {
    of,
    head,
    rules,
    environments: Object.fromEntries(
      plans.map((plan) => [
        plan.environment,
        Object.fromEntries(
          plan.releases
            .filter(({ changes }) => changes.length > 0)
            .map(({ name, digest, changes }) => [
              shownAs(name, plan.target),
              { digest, changes: changes.map((change) => ({ digest: change.digest, parts: change.parts })) },
            ]),
        ),
      ]),
    ),
  };
}

const markerStart = '<!-- pushgate:shown:v2 ';
const markerEnd = ' -->';

/**
 * One line of HTML comment that carries what was shown, signed when there is a key. `room` is how many characters it
 * may take: details give way first (parts, then single changes), the digests of whole releases never.
 */
export function writeShown(
  shown: ShownPlan,
  options: { readonly key: string | undefined; readonly room: number },
): string {
  const versions = [shown, withoutParts(shown), withoutChanges(shown)].map((version) => encode(version, options.key));
  return versions.find((text) => text.length <= options.room) ?? versions.at(-1) ?? '';
}

/**
 * What a comment of ours showed of a merge request; undefined when it carries nothing readable, is about another one,
 * or its signature is not ours.
 */
export function readShown(
  body: string,
  expected: { readonly of: string; readonly key: string | undefined },
): ShownPlan | undefined {
  const { key } = expected;
  const start = body.lastIndexOf(markerStart);
  if (start < 0) return undefined;
  const end = body.indexOf(markerEnd, start);
  if (end < 0) return undefined;
  const [payload = '', signature = ''] = body.slice(start + markerStart.length, end).split(' ');
  if (key !== undefined && !sameText(signature, sign(payload, key))) return undefined;
  const shown = decode(payload);
  return shown?.of === expected.of ? shown : undefined;
}

/** The head that a comment is about, whoever wrote it; undefined when it shows nothing. For telling only, never for deciding. */
export function headOf(body: string): string | undefined {
  return /<!-- pushgate:shown:v2 [^|\s]*\|([0-9a-f]{40,64})[|\s]/.exec(body)?.[1];
}

function withoutParts(shown: ShownPlan): ShownPlan {
  return mapReleases(shown, (release) => ({
    digest: release.digest,
    changes: release.changes?.map(({ digest }) => ({ digest, parts: [] })),
  }));
}

function withoutChanges(shown: ShownPlan): ShownPlan {
  return mapReleases(shown, ({ digest }) => ({ digest, changes: undefined }));
}

function mapReleases(shown: ShownPlan, map: (release: ShownRelease) => ShownRelease): ShownPlan {
  const environments = Object.entries(shown.environments).map(([environment, releases]) => [
    environment,
    Object.fromEntries(Object.entries(releases).map(([name, release]) => [name, map(release)])),
  ]);
  return { ...shown, environments: Object.fromEntries(environments) };
}

/** `project!number|head|environment/release@place=digest;change,part,part;change|…`: digests do not compress, so the form is merely short. */
function encode(shown: ShownPlan, key: string | undefined): string {
  const releases = Object.entries(shown.environments).flatMap(([environment, byName]) =>
    Object.entries(byName).map(([name, { digest, changes }]) => {
      const list = changes?.map((change) => [change.digest, ...change.parts].join(',')) ?? ['*'];
      return `${environment}/${name}=${[digest, ...list].join(';')}`;
    }),
  );
  const empty = Object.keys(shown.environments)
    .filter((environment) => Object.keys(shown.environments[environment] ?? {}).length === 0)
    .map((environment) => `${environment}/`);
  const rules = Object.entries(shown.rules).map(([environment, digest]) => `${environment}=${digest}`);
  const payload = [shown.of, shown.head, ...releases, ...empty, ...rules].join('|');
  return `${markerStart}${payload}${key === undefined ? '' : ` ${sign(payload, key)}`}${markerEnd}`;
}

function decode(payload: string): ShownPlan | undefined {
  const [of = '', head = '', ...entries] = payload.split('|');
  if (!/^[0-9a-f]{40,64}$/.test(head)) return undefined;
  const environments: Record<string, Record<string, ShownRelease>> = Object.create(null);
  const rules: Record<string, string> = Object.create(null);
  for (const entry of entries) {
    const rule = /^([^/=]+)=([\w-]+)$/.exec(entry);
    if (rule !== null) rules[rule[1] ?? ''] = rule[2] ?? '';
    if (rule !== null) continue;
    const match = /^([^/]+)\/(?:([^=]+)=([\w-]+)((?:;[\w,*-]+)*))?$/.exec(entry);
    if (match === null) return undefined;
    const [, environment = '', name, digest = '', rest = ''] = match;
    environments[environment] ??= Object.create(null) as Record<string, ShownRelease>;
    const list = rest.split(';').slice(1);
    if (name !== undefined)
      environments[environment][name] = {
        digest,
        changes: list[0] === '*' ? undefined : list.map(decodeChange),
      };
  }
  return { of, head, environments, rules };
}

function decodeChange(text: string): ShownChange {
  const [digest = '', ...parts] = text.split(',');
  return { digest, parts };
}

function sign(payload: string, key: string): string {
  return createHmac('sha256', key).update(payload).digest('base64url');
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
