/**
 * What a release of Helm has and its chart no longer renders. `helm upgrade` deletes such objects, so the takeover shows
 * them as deletions. Helm's record lists them; where that may not be read, the marks that Helm leaves on objects tell of
 * those kinds that may be listed.
 */
import type { Notice } from '../../plan/plan.ts';
import { Problem } from '../../problem.ts';
import type { Json, Resource, ResourceKey } from '../../resource/resource.ts';
import {
  annotationsOf,
  formatKey,
  groupOf,
  isList,
  isObject,
  keyId,
  keyOf,
  labelsOf,
} from '../../resource/resource.ts';
import { readYamlDocuments, YamlError } from '../../yaml/index.ts';
import type { Client } from './client.ts';
import type { Discovery, KindInfo } from './discovery.ts';
import { type HelmRecords, newestRevision } from './helm-activity.ts';
import { readRevision } from './helm-record.ts';
import { listMetadata } from './objects.ts';
import { applySetId, type Parent, partOfLabel, type ReleasePlace } from './parent.ts';

/** Where an object of Helm's stands, in the version in which Helm wrote it. */
export interface Leftover extends ResourceKey {
  readonly apiVersion: string;
}

export interface Leftovers {
  readonly objects: readonly Leftover[];
  /** `name`: Helm made them after a takeover that came through, so they are only told of. */
  readonly fate: 'delete' | 'name';
  /** Who says that they are Helm's, in words. */
  readonly told: string;
  readonly notices: readonly Notice[];
}

interface KindPlace {
  readonly info: KindInfo;
  readonly namespace: string;
}

export interface LeftoversOf {
  readonly client: Client;
  readonly discovery: Discovery;
  readonly release: ReleasePlace;
  readonly parent: Parent | undefined;
  readonly records: HelmRecords | undefined;
  /** All that the release renders, or had of its own. */
  readonly known: readonly { readonly key: ResourceKey; readonly live: Resource | undefined }[];
  /** Kinds that are rendered, with their namespaces; asked for only where marks have to tell. */
  readonly kinds: () => readonly KindPlace[];
}

const none: Leftovers = { objects: [], fate: 'delete', told: '', notices: [] };

/** Objects to look for: whether they are there, and still nobody else's, is not known yet. */
export async function helmLeftovers(options: LeftoversOf): Promise<Leftovers> {
  const { client, release, parent, records, known } = options;
  const ours = parent?.state.revision ?? 0;
  const newest = records && newestRevision(records, release.name);
  if (newest !== undefined && newest.version > ours && !newest.status.startsWith('uninstall')) {
    const manifest = await manifestOf(client, release, newest.version);
    if (manifest !== undefined) {
      const wanted = new Set(known.map(({ key }) => keyId(key)));
      const objects = listedIn(manifest, options).filter((object) => !wanted.has(keyId(object)));
      const told = `Helm's revision ${newest.version} has it`;
      return { objects, fate: ours === 0 ? 'delete' : 'name', told, notices: [] };
    }
  }
  // What a first run of ours wrote before it failed has the marks too.
  const isHelms = (live: Resource): boolean =>
    isMarked(live, release) && labelsOf(live)[partOfLabel] !== applySetId(release);
  if (ours > 0 || !known.some(({ live }) => live !== undefined && isHelms(live))) return none;
  return await markedLeftovers(options, newest === undefined && records !== undefined ? 'absent' : 'unreadable');
}

/** undefined for a login that may not read it. */
async function manifestOf(client: Client, release: ReleasePlace, version: number): Promise<string | undefined> {
  try {
    return (await readRevision(client, release, version))?.manifest;
  } catch (error) {
    if (error instanceof Problem && error.reason === 'forbidden') return undefined;
    throw error;
  }
}

/** Which objects the manifest lists; nothing else of it is kept, because it holds the values of Secrets. */
function listedIn(manifest: string, { discovery, release }: LeftoversOf): readonly Leftover[] {
  return documentsOf(manifest, release).flatMap(function placed(value): readonly Leftover[] {
    if (!isObject(value)) return [];
    const { apiVersion, kind, metadata, items } = value;
    if (typeof apiVersion !== 'string' || typeof kind !== 'string') return [];
    if (kind.endsWith('List') && isList(items)) return items.flatMap(placed);
    const { name, namespace } = isObject(metadata) ? metadata : {};
    if (typeof name !== 'string' || noName.test(name)) return [];
    const group = groupOf(apiVersion);
    const info = discovery.find(apiVersion, kind) ?? discovery.preferred(group, kind);
    const own = typeof namespace === 'string' && namespace !== '' ? namespace : release.namespace;
    return [{ apiVersion, group, kind, name, namespace: info?.namespaced === false ? '' : own }];
  });
}

/** In a path these are the collection or the namespace. No object can be called so. */
const noName = /^\.{0,2}$/;

function documentsOf(manifest: string, release: ReleasePlace): readonly Json[] {
  try {
    return readYamlDocuments(manifest).map(({ value }) => value as Json);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    // Without the error itself: it can quote the manifest.
    throw new Problem({
      reason: 'conflict',
      message: `the manifest in Helm's record of release ${release.name} cannot be read as YAML, at its line ${error.line}`,
      hint: `It was changed by hand. See: helm get manifest ${release.name} --namespace ${release.namespace}.`,
    });
  }
}

/**
 * What Helm itself made again, or anew, after the takeover: an upgrade or a rollback by hand. At the takeover, what its
 * record lists and does not carry its marks.
 */
export function leftAlone(
  { name }: ReleasePlace,
  objects: readonly ResourceKey[],
  fate: Leftovers['fate'],
): readonly Notice[] {
  if (objects.length === 0) return [];
  const names = objects.map(formatKey).sort();
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  const unmarked = fate === 'delete' ? ' and which does not carry the marks of the release' : '';
  const text = `${name}: that revision of Helm's also has ${names.slice(0, 5).join(', ')}${more}, which nothing renders${unmarked}: Pushgate leaves that alone, so delete it by hand if nobody needs it`;
  return [{ severity: 'warning', text }];
}

/** Helm puts its marks on all that it installs but hooks. */
export function isMarked(object: Resource, { name, namespace }: ReleasePlace): boolean {
  const annotations = annotationsOf(object);
  return (
    annotations['meta.helm.sh/release-name'] === name && annotations['meta.helm.sh/release-namespace'] === namespace
  );
}

/** What a controller made of an object of Helm's can have its marks as well, and then has an owner. */
function isInstalled(object: Resource, release: ReleasePlace): boolean {
  const isHook = annotationsOf(object)['helm.sh/hook'] !== undefined;
  return isMarked(object, release) && !isHook && !isList(object.metadata['ownerReferences']);
}

/** Kinds that charts have most, looked at whether or not they are rendered. */
const usual: readonly (readonly [group: string, kind: string])[] = [
  ['', 'ConfigMap'],
  ['', 'Service'],
  ['', 'ServiceAccount'],
  ['', 'PersistentVolumeClaim'],
  ['', 'Secret'],
  ['apps', 'Deployment'],
  ['apps', 'StatefulSet'],
  ['apps', 'DaemonSet'],
  ['batch', 'Job'],
  ['batch', 'CronJob'],
  ['networking.k8s.io', 'Ingress'],
  ['networking.k8s.io', 'NetworkPolicy'],
  ['policy', 'PodDisruptionBudget'],
  ['autoscaling', 'HorizontalPodAutoscaler'],
  ['rbac.authorization.k8s.io', 'Role'],
  ['rbac.authorization.k8s.io', 'RoleBinding'],
];

async function markedLeftovers(options: LeftoversOf, record: 'absent' | 'unreadable'): Promise<Leftovers> {
  const { discovery, release, known, kinds } = options;
  const wanted = new Set(known.map(({ key }) => keyId(key)));
  const others = usual.flatMap(([group, kind]) => {
    const info = discovery.preferred(group, kind);
    return info === undefined ? [] : [{ info, namespace: release.namespace }];
  });
  const places = new Map(
    [...others, ...kinds()].map((place) => [`${place.info.group}/${place.info.kind}/${place.namespace}`, place]),
  );
  const listed = await Promise.all([...places.values()].map((place) => listMarked(options.client, place)));
  const seen = listed.filter((one) => one !== undefined);
  const objects = seen
    .flatMap((one) => one.objects)
    .filter((object) => isInstalled(object, release) && !wanted.has(keyId(keyOf(object))))
    .map((object) => ({ ...keyOf(object), apiVersion: object.apiVersion }));
  const told = 'it carries the marks of the Helm release';
  const names = [...new Set(seen.map(({ kind }) => kind))].sort();
  return { objects, fate: 'delete', told, notices: [limitsOf(release, names, record)] };
}

/** undefined where the login may not look. */
async function listMarked(client: Client, { info, namespace }: KindPlace) {
  try {
    const labelSelector = 'app.kubernetes.io/managed-by=Helm';
    return { kind: info.kind, objects: await listMetadata(client, info, { namespace, labelSelector }) };
  } catch (error) {
    if (error instanceof Problem && error.reason === 'forbidden') return undefined;
    throw error;
  }
}

function limitsOf({ name }: ReleasePlace, kinds: readonly string[], record: 'absent' | 'unreadable'): Notice {
  const why =
    record === 'absent'
      ? "Helm's record of it is not there (another storage driver, or deleted)"
      : "this login may not read Helm's record of it";
  const rest =
    record === 'absent'
      ? 'Look for others by hand.'
      : 'An apply that finds more refuses to delete it unseen. A planner with rbac --planner-secrets sees all.';
  const text = `${name}: Helm installed it, and ${why}. What the chart has lost since is told by Helm's marks, among ${kinds.join(', ')} alone. ${rest}`;
  return { severity: 'warning', text };
}

/** Whether somebody else has it by now: another release of Helm's, another set of objects. */
export function isElsewhere(live: Resource, release: ReleasePlace): boolean {
  const set = labelsOf(live)[partOfLabel];
  const { 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': namespace } = annotationsOf(live);
  const isOfAnother = (name ?? release.name) !== release.name || (namespace ?? release.namespace) !== release.namespace;
  return isOfAnother || (set !== undefined && set !== applySetId(release));
}
