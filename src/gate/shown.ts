/**
 * What a merge request's comment showed, in the form that a later apply reads back. It is kept in the comment itself,
 * so that no server and no artefact has to be trusted: only comments of our own account are ever read.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Plan } from '../plan/plan.ts';

/** A change as it was shown: its digest, and those of its differences where there was room for them. */
export interface ShownChange {
  readonly digest: string;
  readonly parts: readonly string[];
}

export interface ShownPlan {
  /** Head of the merge request that was planned. */
  readonly head: string;
  readonly environments: Readonly<Record<string, Readonly<Record<string, ShownRelease>>>>;
}

export interface ShownRelease {
  /** Digest of the whole set of changes. */
  readonly digest: string;
  /** undefined where there was no room: then only the whole set counts as shown. */
  readonly changes: readonly ShownChange[] | undefined;
}

/** What plans of one head showed. */
export function shownOf(head: string, plans: readonly Plan[]): ShownPlan {
  return {
    head,
    environments: Object.fromEntries(
      plans.map((plan) => [
        plan.environment,
        Object.fromEntries(
          plan.releases
            .filter(({ changes }) => changes.length > 0)
            .map(({ name, digest, changes }) => [
              name,
              { digest, changes: changes.map((change) => ({ digest: change.digest, parts: change.parts })) },
            ]),
        ),
      ]),
    ),
  };
}

const markerStart = '<!-- pushgate:shown:v1 ';
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

/** What a comment of ours showed; undefined when it carries nothing readable or its signature is not ours. */
export function readShown(body: string, key: string | undefined): ShownPlan | undefined {
  const start = body.lastIndexOf(markerStart);
  if (start < 0) return undefined;
  const end = body.indexOf(markerEnd, start);
  if (end < 0) return undefined;
  const [payload = '', signature = ''] = body.slice(start + markerStart.length, end).split(' ');
  if (key !== undefined && !sameText(signature, sign(payload, key))) return undefined;
  return decode(payload);
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
  return { head: shown.head, environments: Object.fromEntries(environments) };
}

/** `head|environment/release=digest;change:part,part;change|…`: digests do not compress, so the form is merely short. */
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
  const payload = [shown.head, ...releases, ...empty].join('|');
  return `${markerStart}${payload}${key === undefined ? '' : ` ${sign(payload, key)}`}${markerEnd}`;
}

function decode(payload: string): ShownPlan | undefined {
  const [head = '', ...entries] = payload.split('|');
  if (!/^[0-9a-f]{40,64}$/.test(head)) return undefined;
  const environments: Record<string, Record<string, ShownRelease>> = Object.create(null);
  for (const entry of entries) {
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
  return { head, environments };
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
