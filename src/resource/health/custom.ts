import type { Resource } from '../resource.ts';
import { groupOf, isList, isObject, valueAt } from '../resource.ts';
import { conditionOf, failed, type Health, isUnobserved, numberAt, progressing, ready } from './state.ts';

/** Groups that Kubernetes itself serves; every other one comes from a definition or an extension server. */
const ownGroups = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
]);

/** Whether the object is of a kind that somebody added to Kubernetes. */
export function isCustom({ apiVersion }: Resource): boolean {
  return !ownGroups.has(groupOf(apiVersion));
}

/** The convention of custom resources (kstatus): Stalled, Reconciling, Ready. */
export function healthByConditions(live: Resource): Health {
  const stalled = conditionOf(live, 'Stalled');
  if (stalled?.status === 'True') return failed(stalled.message || stalled.reason);
  const observes = numberAt(live, ['status', 'observedGeneration'], -1) >= 0;
  if (observes && isUnobserved(live)) return progressing('not seen by its controller yet');
  const reconciling = conditionOf(live, 'Reconciling');
  if (reconciling?.status === 'True') return progressing(reconciling.message || 'reconciling');
  const readiness = conditionOf(live, 'Ready') ?? conditionOf(live, 'Programmed');
  if (readiness === undefined) return ready();
  if (isOlder(live)) return progressing('not seen by its controller yet');
  if (readiness.status === 'True') return ready();
  return progressing(readiness.message || readiness.reason || 'not ready');
}

/** A condition can say of which generation it speaks. */
function isOlder(live: Resource): boolean {
  const conditions = valueAt(live, ['status', 'conditions']);
  const generation = numberAt(live, ['metadata', 'generation'], 0);
  return (
    isList(conditions) &&
    conditions.filter(isObject).some(({ type, observedGeneration }) => {
      return (type === 'Ready' || type === 'Programmed') && Number(observedGeneration ?? generation) < generation;
    })
  );
}
