/**
 * What an apply would make of an object that the login may not try: computed from what is there, the server's own notes
 * (`managedFields`) and its OpenAPI. Of Secrets that may not be listed not even the metadata is known: they are compared
 * with what was applied last.
 */
import { entriesTakenOver } from '../../fields/former.ts';
import { applyLocally } from '../../fields/local-apply.ts';
import { Problem } from '../../problem.ts';
import type { Resource } from '../../resource/resource.ts';
import { isAllowed } from './canary.ts';
import { isSecret, type ObjectPlace, readObject } from './objects.ts';
import { secretSidesHere } from './secret.ts';
import type { ClusterView } from './view.ts';

/**
 * Who predicts: the server; here what the server does not let this login try (`fallback`); or both, to compare with a
 * plan that a lesser login showed (`both`).
 */
export type PredictionMode = 'server' | 'fallback' | 'both';

export interface HereOptions {
  readonly place: ObjectPlace;
  readonly resource: Resource;
  readonly recorded: Resource | undefined;
  /** `read`: as it is there now; else as it was read already, undefined where there is none. */
  readonly live: 'read' | Resource | undefined;
  /** Key of hashed Secret values, where there is one. */
  readonly key: string | undefined;
}

export interface Sides {
  readonly live: Resource | undefined;
  readonly predicted: Resource | undefined;
  readonly recorded: Resource | undefined;
}

/**
 * All three sides, as a login that may not try the object can know them; of a Secret only keys and, with a key,
 * hashes. Throws `Problem` where what is there cannot be read.
 */
export async function predictHere(view: ClusterView, options: HereOptions): Promise<Sides> {
  const { place, resource, recorded, key } = options;
  if (isSecret(place.info)) return secretSidesHere({ desired: resource, recorded, key });
  const live = options.live === 'read' ? await readObject(view.client, place) : options.live;
  if (live === undefined) return { live, predicted: resource, recorded };
  const taken = entriesTakenOver(live, resource.apiVersion);
  const owned = taken === undefined ? live : { ...live, metadata: { ...live.metadata, managedFields: taken } };
  const predicted = applyLocally({ desired: resource, live: owned, recorded, type: await view.types(place.info) });
  return { live, predicted, recorded };
}

/** Whether this kind is known to be one that the login may not try there. */
export function isUntried(view: ClusterView, place: ObjectPlace): boolean {
  return view.untried.has(idOf(place));
}

/**
 * Whether a refusal came from the login's rights, and not from an admission that would stop the applier as well. The
 * rights are asked for once for each kind and namespace. Handing out rights that one does not have is refused by the
 * object, so for roles and bindings every refusal counts.
 */
export async function mayNotTry(view: ClusterView, place: ObjectPlace, error: unknown): Promise<boolean> {
  if (!(error instanceof Problem) || error.reason !== 'forbidden') return false;
  const { client, untried } = view;
  const { group, resource } = place.info;
  const verbs = isSecret(place.info) ? ['list', 'patch', 'create'] : ['patch', 'create'];
  const right = { group, resource, subresource: '', namespace: place.namespace, name: '' };
  const allowed = await Promise.all(verbs.map((verb) => isAllowed(client, { ...right, verb })));
  if (allowed.some((one) => one === false)) {
    untried.add(idOf(place));
    return true;
  }
  return group === 'rbac.authorization.k8s.io';
}

function idOf({ info, namespace }: ObjectPlace): string {
  return `${info.group}/${info.resource}/${namespace}`;
}
