/** Objects that somebody else had first: from whom they are taken over, and who will not let go by himself. */
import { appliedByOthersAt, formerAppliers } from '../../fields/former.ts';
import type { Refusal } from '../../plan/facts.ts';
import type { Consequence, Notice } from '../../plan/plan.ts';
import type { Json, Resource } from '../../resource/resource.ts';
import { annotationsOf, formatKey, isList, isObject, keyOf, labelsOf } from '../../resource/resource.ts';
import { applySetId, partOfLabel, type ReleasePlace } from './parent.ts';

export interface Takeover {
  readonly consequences: readonly Consequence[];
  /** Controllers that go on writing the object until somebody tells them not to, in words. */
  readonly controllers: readonly string[];
  /** Set where the object belongs to somebody whom this run may not take it from. */
  readonly refusal: Refusal | undefined;
}

export interface TakeoverOf {
  readonly live: Resource;
  /** As last applied by us; undefined for what was never ours. */
  readonly recorded: Resource | undefined;
  readonly release: ReleasePlace;
  /** Releases of the same environment and repository, by the id of their ApplySet. */
  readonly siblings: ReadonlyMap<string, string>;
}

/**
 * Applying takes an object over as soon as it is written, so whom it is taken from is a consequence that people
 * approve.
 */
export function takeoverOf({ live, recorded, release, siblings }: TakeoverOf): Takeover {
  const controllers = controllersOf(live);
  const set = labelsOf(live)[partOfLabel];
  const isOthers = set !== undefined && set !== applySetId(release);
  const sibling = isOthers ? siblings.get(set) : undefined;
  const refusal = isOthers && sibling === undefined ? foreignSet(live, set) : undefined;
  const notes = [
    ...(recorded === undefined ? [fromWhom(live, sibling)] : rewritten(live)),
    ...controllers.map((controller) => `${controller} manages it too, and will write over it`),
  ];
  return { consequences: notes.map((text) => ({ kind: 'note', text })), controllers, refusal };
}

function fromWhom(live: Resource, sibling: string | undefined): string {
  if (sibling !== undefined) return `moves here from release ${sibling}`;
  const tools = formerAppliers(live);
  const helm = annotationsOf(live)['meta.helm.sh/release-name'];
  const names = tools.map((tool) => (tool === 'Helm' && helm !== undefined ? `Helm (release ${helm})` : tool));
  return names.length === 0 ? 'was there before, applied by no tool' : `taken over from ${names.join(' and ')}`;
}

function rewritten(live: Resource): readonly string[] {
  const tools = formerAppliers(live);
  const at = appliedByOthersAt(live);
  return tools.length === 0 ? [] : [`written since by ${tools.join(' and ')}${at === undefined ? '' : ` at ${at}`}`];
}

/** Marks by which controllers find what they manage; each as its tool documents it. */
function controllersOf(live: Resource): readonly string[] {
  const labels = labelsOf(live);
  const annotations = annotationsOf(live);
  const named = (name: string | undefined, namespace: string | undefined): string =>
    namespace === undefined ? (name ?? '') : `${namespace}/${name}`;
  const [application] = (annotations['argocd.argoproj.io/tracking-id'] ?? '').split(':');
  const argo = application || labels['argocd.argoproj.io/instance'];
  const flux = (prefix: string): string | undefined =>
    labels[`${prefix}/name`] && named(labels[`${prefix}/name`], labels[`${prefix}/namespace`]);
  const kustomization = flux('kustomize.toolkit.fluxcd.io');
  const helmRelease = flux('helm.toolkit.fluxcd.io');
  const addon = annotations['objectset.rio.cattle.io/owner-name'];
  return [
    ...(argo ? [`Argo CD (application ${argo})`] : []),
    ...(kustomization ? [`Flux (Kustomization ${kustomization})`] : []),
    ...(helmRelease ? [`Flux (HelmRelease ${helmRelease})`] : []),
    ...(addon ? [`Rancher (${addon})`] : []),
    ...ownersOf(live),
  ];
}

function ownersOf(live: Resource): readonly string[] {
  const owners: Json = live.metadata['ownerReferences'] ?? null;
  if (!isList(owners)) return [];
  return owners.flatMap((owner) =>
    isObject(owner) && owner['controller'] === true ? [`${String(owner['kind'])} ${String(owner['name'])}`] : [],
  );
}

function foreignSet(live: Resource, set: string): Refusal {
  return {
    reason: 'conflict',
    text: `${formatKey(keyOf(live))} belongs to another set of objects (${set})`,
    hint: `${live.kind === 'CustomResourceDefinition' ? 'Leave the definition to one release (helm: { includeCrds: false } for the others). ' : ''}Another release, another repository or kubectl apply --applyset has it. Take it out there, or remove its label ${partOfLabel}, then plan again.`,
  };
}

/** One line per controller, however many objects it has. */
export function controllerNotices(
  release: string,
  found: readonly { readonly live: Resource; readonly controllers: readonly string[] }[],
): readonly Notice[] {
  const names = new Set(found.flatMap(({ controllers }) => controllers));
  return [...names].sort().map((name) => {
    const objects = found
      .filter(({ controllers }) => controllers.includes(name))
      .map(({ live }) => formatKey(keyOf(live)))
      .sort();
    const more = objects.length > 3 ? ` and ${objects.length - 3} more` : '';
    return {
      severity: 'warning',
      text: `${name} still manages ${objects.slice(0, 3).join(', ')}${more}, which ${release} renders: stop it there first, or the two undo each other`,
    };
  });
}
