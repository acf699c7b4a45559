/** Whether an object does what it was made for: one rule per kind, and a common one for custom resources. */
import type { Resource } from '../resource.ts';
import { groupOf } from '../resource.ts';
import { customResourceDefinitionHealth } from './custom-resource-definition.ts';
import { daemonSetHealth } from './daemon-set.ts';
import { deploymentHealth } from './deployment.ts';
import { jobHealth } from './job.ts';
import { persistentVolumeClaimHealth } from './persistent-volume-claim.ts';
import { podHealth } from './pod.ts';
import { replicaSetHealth } from './replica-set.ts';
import { serviceHealth } from './service.ts';
import { conditionOf, failed, type Health, isUnobserved, numberAt, progressing, ready } from './state.ts';
import { statefulSetHealth } from './stateful-set.ts';

export type { Health, HealthState } from './state.ts';

/** By `group/Kind`. A kind without a row is ready as soon as it is there, unless its conditions say otherwise. */
const rules: Readonly<Record<string, (live: Resource) => Health>> = {
  'apps/Deployment': deploymentHealth,
  'apps/StatefulSet': statefulSetHealth,
  'apps/DaemonSet': daemonSetHealth,
  'apps/ReplicaSet': replicaSetHealth,
  '/ReplicationController': replicaSetHealth,
  '/Pod': podHealth,
  'batch/Job': jobHealth,
  '/PersistentVolumeClaim': persistentVolumeClaimHealth,
  '/Service': serviceHealth,
  'apiextensions.k8s.io/CustomResourceDefinition': customResourceDefinitionHealth,
};

export function healthOf(live: Resource): Health {
  const finalizing = live.metadata['deletionTimestamp'];
  if (typeof finalizing === 'string') return progressing('is being deleted');
  const rule = rules[`${groupOf(live.apiVersion)}/${live.kind}`];
  return rule === undefined ? byConditions(live) : rule(live);
}

/** Kinds whose readiness takes time: the ones an apply waits for. */
export function takesTime(live: Resource): boolean {
  const id = `${groupOf(live.apiVersion)}/${live.kind}`;
  // An address of a load balancer or a volume may never come, and the apply did all it could.
  if (id === '/Service' || id === '/PersistentVolumeClaim') return false;
  return rules[id] !== undefined || conditionOf(live, 'Ready') !== undefined;
}

/** The convention of custom resources (kstatus): Stalled, Reconciling, Ready. */
function byConditions(live: Resource): Health {
  const stalled = conditionOf(live, 'Stalled');
  if (stalled?.status === 'True') return failed(stalled.message || stalled.reason);
  const observes = numberAt(live, ['status', 'observedGeneration'], -1) >= 0;
  if (observes && isUnobserved(live)) return progressing('not seen by its controller yet');
  const reconciling = conditionOf(live, 'Reconciling');
  if (reconciling?.status === 'True') return progressing(reconciling.message || 'reconciling');
  const readiness = conditionOf(live, 'Ready');
  if (readiness === undefined || readiness.status === 'True') return ready();
  return progressing(readiness.message || readiness.reason || 'not ready');
}
