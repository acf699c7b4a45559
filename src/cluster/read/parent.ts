/**
 * The parent of a release: one ConfigMap with a fixed name, an ApplySet parent as kubectl defines it. It holds what a
 * plan needs (which objects, as applied, and their seals) and no value of any Secret, so a planner may read it.
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Seal } from '../../fields/seal.ts';
import type { RecordedForms } from '../../plan/generated.ts';
import type { Replacement } from '../../plan/replace.ts';
import { Problem } from '../../problem.ts';
import type { HookRules } from '../../resource/hook.ts';
import type { JsonObject, Resource, ResourceKey } from '../../resource/resource.ts';
import { annotationsOf, isObject, keyOf, labelsOf } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import type { KindInfo } from './discovery.ts';
import { formatJson, parseJson } from './json.ts';
import { listObjects, readObject } from './objects.ts';

export const partOfLabel = 'applyset.kubernetes.io/part-of';
export const idLabel = 'applyset.kubernetes.io/id';
export const toolingAnnotation = 'applyset.kubernetes.io/tooling';
export const groupKindsAnnotation = 'applyset.kubernetes.io/contains-group-kinds';
export const namespacesAnnotation = 'applyset.kubernetes.io/additional-namespaces';
export const releaseLabel = 'pushgate.dev/release';

export const configMapKind: KindInfo = {
  apiVersion: 'v1',
  group: '',
  kind: 'ConfigMap',
  resource: 'configmaps',
  namespaced: true,
};

/** A release in its namespace of the cluster. */
export interface ReleasePlace {
  readonly name: string;
  readonly namespace: string;
}

/** What a run knows about where its content comes from; all optional, because a laptop knows little. */
export interface Origin {
  readonly environment: string;
  readonly commit: string;
  readonly repository: string;
  /** Merge requests whose approved plans covered what was written. */
  readonly mergeRequests: readonly number[];
  /** Who let it past the gate, and why. */
  readonly breakGlass?: string;
}

export interface Hold {
  readonly reason: string;
  readonly by: string;
  /** ISO time. */
  readonly time: string;
  /** Until this merge request is merged or closed: the release was applied from it, or it reverts what was rolled back. */
  readonly mergeRequest?: number | undefined;
}

/** What the parent says, decoded. */
export interface ReleaseState {
  /** Of the last run that came through whole; without a commit while none has. */
  readonly origin: Origin;
  /** The commit that its objects were last written from, where a later one left them as they are. */
  readonly deployed?: string;
  /** Of a run that began later and did not come through: what it wrote is there, and not all that it was to write. */
  readonly attempt?: Origin;
  /** Revision of Helm's record that the last run wrote; 0 for none. */
  readonly revision: number;
  /** ISO time of the last run that wrote. */
  readonly at: string;
  /** Objects as they were applied, Secrets without values. */
  readonly objects: readonly Resource[];
  /** By key id. */
  readonly seals: Readonly<Record<string, Seal>>;
  /** What the objects hold that their chart drew. */
  readonly drawn?: RecordedForms;
  /** Keys that a run was about to write when it was last heard of: they may be there or not. */
  readonly pending: readonly ResourceKey[];
  /** Objects that a run was about to delete and make anew, as they were; absent for runs before there were any. */
  readonly replacing?: readonly { readonly live: Resource; readonly replacement: Replacement }[];
  /** Hooks as they were applied, Secrets without values; absent for runs before hooks were run. */
  readonly hooks?: readonly RecordedHook[];
  readonly hold: Hold | undefined;
  /** Whether its objects carry the marks of Helm. */
  readonly marks: 'helm' | 'none';
  /** What it was rendered from, as `helm list` shows it. */
  readonly chart: RecordedChart;
  /** Where releases of its environment were when it was written, so that one is found whose namespace nothing names now. */
  readonly namespaces?: readonly string[];
}

export interface RecordedHook {
  readonly resource: Resource;
  readonly rules: HookRules;
  readonly source: string | null;
}

export interface RecordedChart {
  readonly name: string;
  readonly version: string;
  readonly appVersion: string;
}

export interface Parent {
  readonly release: ReleasePlace;
  readonly live: Resource;
  readonly state: ReleaseState;
}

export function parentName(release: string): string {
  return `pushgate-${release}`;
}

/** kubectl's rule for the id of an ApplySet, which ties it to its parent so that nobody can borrow it. */
export function applySetId({ name, namespace }: ReleasePlace): string {
  const identity = `${parentName(name)}.${namespace}.ConfigMap.`;
  return `applyset-${createHash('sha256').update(identity).digest('base64url')}-v1`;
}

/**
 * The parent, or undefined for a release that was never applied. Throws `Problem` when the ConfigMap of that name is
 * not ours.
 */
export async function readParent(client: Client, release: ReleasePlace): Promise<Parent | undefined> {
  const place = { info: configMapKind, namespace: release.namespace, name: parentName(release.name) };
  const live = await readObject(client, place);
  return live === undefined ? undefined : parentOf(live, release);
}

/** By the release's name. */
export interface Parents {
  readonly whole: ReadonlyMap<string, Parent>;
  /** Those that are another tool's, were copied, or cannot be read. */
  readonly broken: ReadonlyMap<string, Problem>;
}

/** The parents of all releases in a namespace. One request, however many there are. */
export async function readParents(client: Client, namespace: string): Promise<Parents> {
  const found = await listObjects(client, configMapKind, { namespace, labelSelector: releaseLabel });
  const whole = new Map<string, Parent>();
  const broken = new Map<string, Problem>();
  for (const live of found) {
    const name = labelsOf(live)[releaseLabel] ?? '';
    // The label alone makes no parent: whoever copies one keeps it.
    if (live.metadata.name !== parentName(name)) continue;
    try {
      whole.set(name, parentOf(live, { name, namespace }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      broken.set(name, error);
    }
  }
  return { whole, broken };
}

function parentOf(live: Resource, release: ReleasePlace): Parent {
  const tooling = annotationsOf(live)[toolingAnnotation] ?? '';
  if (!tooling.startsWith('pushgate/') || labelsOf(live)[idLabel] !== applySetId(release)) {
    throw new Problem({
      reason: 'conflict',
      message: `ConfigMap ${release.namespace}/${parentName(release.name)} is there and is not the parent of release ${release.name}`,
      hint: 'Another tool made it, or it was copied. Rename the release, or delete that ConfigMap if nobody needs it.',
    });
  }
  return { release, live, state: decodeState(live, release) };
}

const stateKey = 'state.json.gz';
/** Above this the API server refuses a ConfigMap; annotations and managedFields count too. */
const sizeLimit = 1_000_000;

export interface Encoded {
  readonly binaryData: JsonObject;
}

/** Throws `Problem` (`limit-exceeded`) when the release is too large for one ConfigMap: ask before anything is applied. */
export function encodeState(state: ReleaseState, release: ReleasePlace): Encoded {
  const encoded = gzipSync(formatJson(state as unknown as JsonObject)).toString('base64');
  if (encoded.length > sizeLimit) {
    throw new Problem({
      reason: 'limit-exceeded',
      message: `release ${release.name} is too large: its record takes ${encoded.length} bytes of at most ${sizeLimit}`,
      hint: 'Split it into several releases.',
    });
  }
  return { binaryData: { [stateKey]: encoded } };
}

function decodeState(live: Resource, release: ReleasePlace): ReleaseState {
  const binary = live['binaryData'];
  const encoded = isObject(binary) ? binary[stateKey] : undefined;
  try {
    if (typeof encoded !== 'string') throw new Error(`no ${stateKey}`);
    return parseJson(
      gunzipSync(Buffer.from(encoded, 'base64'), { maxOutputLength: 1 << 28 }).toString(),
    ) as unknown as ReleaseState;
  } catch (error) {
    throw new Problem({
      reason: 'conflict',
      message: `the record in ConfigMap ${release.namespace}/${parentName(release.name)} cannot be read`,
      hint: 'Somebody changed it. Restore it, or delete it: the next apply then adopts what is there.',
      cause: error,
    });
  }
}

/** Every object the release may own: those recorded, and those that an interrupted run was writing. */
export function ownedKeys(state: ReleaseState | undefined): readonly ResourceKey[] {
  return state === undefined ? [] : [...state.objects.map(keyOf), ...state.pending];
}
