/**
 * Everything the plan wants to know about a release in a cluster. What is sealed and rendered as before costs no
 * request of its own; the rest is read and tried.
 */
import type { ReleaseFacts } from '../../plan/facts.ts';
import { keyId, keyOf, type Resource, type ResourceKey } from '../../resource/resource.ts';
import { absentFacts } from './absent-facts.ts';
import type { Discovery } from './discovery.ts';
import type { Gathering, RenderedRelease } from './gathering.ts';
import { helmNotices } from './helm-activity.ts';
import { gatherHooks } from './hook-facts.ts';
import { tryHooks } from './hook-trial.ts';
import { leftoverFacts } from './leftover-facts.ts';
import { ownedKeys, type Parent } from './parent.ts';
import { preparer, withDefinitions } from './prepare.ts';
import { presentFacts } from './present-facts.ts';
import { settleRendered } from './settle-rendered.ts';
import { controllerNotices } from './takeover.ts';
import type { ClusterView } from './view.ts';

/** The facts of a release, in the order it was rendered, then what it no longer renders. */
export async function gatherRelease(
  view: ClusterView,
  release: RenderedRelease,
  parent: Parent | undefined,
): Promise<ReleaseFacts> {
  const discovery = withDefinitions(
    view.discovery,
    release.objects.map(({ resource }) => resource),
  );
  const recorded = new Map((parent?.state.objects ?? []).map((object) => [keyId(keyOf(object)), object]));
  const prepare = preparer(discovery, release);
  const target = release.target && byKey(targetObjects(discovery, prepare, release.target));
  const made = namespacesOf(release.objects.map(({ resource }) => resource));
  const rendered = release.objects.map((object) => {
    const resource = prepare(object.resource, object.source);
    const bound = object.bound === object.resource ? resource : prepare(object.bound, object.source);
    const { source, origin, leaves = [], there } = object;
    return { resource, bound, source, origin, leaves, there, isInNewNamespace: made };
  });
  const desired = new Set(rendered.map(({ resource }) => keyId(keyOf(resource))));
  const pending = new Set((parent?.state.pending ?? []).map(keyId));
  const context: Gathering = { view, discovery, release, parent, recorded, pending, target, controlled: [] };
  const settled = await settleRendered(context, rendered);
  const present = await Promise.all(rendered.map((object, at) => presentFacts(context, object, settled[at])));
  const gone = ownedKeys(parent?.state).filter((key) => !desired.has(keyId(key)));
  const absent = await Promise.all(unique(gone).map((key) => absentFacts(context, key)));
  const records = await view.helmRecords(release.namespace);
  const own = [...present, ...absent.flat()];
  const left = await leftoverFacts(context, own, records);
  const objects = [...own, ...left.objects];
  const hooks = gatherHooks(release, parent, present);
  const { namespace, prediction: mode = 'server' } = release;
  return {
    name: release.name,
    namespace: release.namespace,
    objects,
    hold: parent?.state.hold,
    intent: release.intent ?? 'release',
    hooks: await tryHooks({ view, hooks, objects, namespace, mode }),
    notices: [
      ...helmNotices(release, parent, records),
      ...left.notices,
      ...controllerNotices(release.name, context.controlled),
    ],
  };
}

/** The target branch may still have kinds that this cluster does not serve; that is no fault of the merge request. */
function targetObjects(
  discovery: Discovery,
  prepare: ReturnType<typeof preparer>,
  target: readonly Resource[],
): readonly Resource[] {
  return target.map((object) =>
    discovery.find(object.apiVersion, object.kind) === undefined ? object : prepare(object, undefined),
  );
}

function namespacesOf(resources: readonly Resource[]): ReadonlySet<string> {
  return new Set(
    resources.flatMap(({ apiVersion, kind, metadata }) =>
      apiVersion === 'v1' && kind === 'Namespace' ? [metadata.name] : [],
    ),
  );
}

function byKey(resources: readonly Resource[]): ReadonlyMap<string, Resource> {
  return new Map(resources.map((resource) => [keyId(keyOf(resource)), resource]));
}

function unique(keys: readonly ResourceKey[]): readonly ResourceKey[] {
  return [...new Map(keys.map((key) => [keyId(key), key])).values()];
}
