/** Whether an object does what it was made for: one rule per kind, and a common one for custom resources. */
import type { Resource } from '../resource.ts';
import { groupOf } from '../resource.ts';
import { apiServiceHealth } from './api-service.ts';
import { cronJobHealth } from './cron-job.ts';
import { healthByConditions, isCustom } from './custom.ts';
import { customResourceDefinitionHealth } from './custom-resource-definition.ts';
import { daemonSetHealth } from './daemon-set.ts';
import { deploymentHealth } from './deployment.ts';
import { horizontalPodAutoscalerHealth } from './horizontal-pod-autoscaler.ts';
import { ingressHealth } from './ingress.ts';
import { jobHealth } from './job.ts';
import { persistentVolumeClaimHealth } from './persistent-volume-claim.ts';
import { podHealth } from './pod.ts';
import { podDisruptionBudgetHealth } from './pod-disruption-budget.ts';
import { replicaSetHealth } from './replica-set.ts';
import { serviceHealth } from './service.ts';
import { type Health, progressing } from './state.ts';
import { statefulSetHealth } from './stateful-set.ts';

export { isCustom } from './custom.ts';
export { deletesItself } from './job.ts';
export { type PodTrouble, podTrouble } from './pod.ts';
export type { Health, HealthState } from './state.ts';
export { conditionOf } from './state.ts';

interface KindRule {
  readonly health: (live: Resource) => Health;
  /** `no` where an apply has done all it could: an address or a volume may never come, and nothing here is at fault. */
  readonly waits: 'yes' | 'no';
}

/** By `group/Kind`. A kind without a row is ready as soon as it is there, unless its conditions say otherwise. */
const rules: Readonly<Record<string, KindRule>> = {
  'apps/Deployment': { health: deploymentHealth, waits: 'yes' },
  'apps/StatefulSet': { health: statefulSetHealth, waits: 'yes' },
  'apps/DaemonSet': { health: daemonSetHealth, waits: 'yes' },
  'apps/ReplicaSet': { health: replicaSetHealth, waits: 'yes' },
  '/ReplicationController': { health: replicaSetHealth, waits: 'yes' },
  '/Pod': { health: podHealth, waits: 'yes' },
  'batch/Job': { health: jobHealth, waits: 'yes' },
  'batch/CronJob': { health: cronJobHealth, waits: 'no' },
  '/PersistentVolumeClaim': { health: persistentVolumeClaimHealth, waits: 'no' },
  '/Service': { health: serviceHealth, waits: 'no' },
  'networking.k8s.io/Ingress': { health: ingressHealth, waits: 'no' },
  'autoscaling/HorizontalPodAutoscaler': { health: horizontalPodAutoscalerHealth, waits: 'no' },
  'policy/PodDisruptionBudget': { health: podDisruptionBudgetHealth, waits: 'no' },
  'apiextensions.k8s.io/CustomResourceDefinition': { health: customResourceDefinitionHealth, waits: 'yes' },
  'apiregistration.k8s.io/APIService': { health: apiServiceHealth, waits: 'yes' },
};

/** By the rule of its kind; custom kinds by their conditions. What is being deleted is progressing. */
export function healthOf(live: Resource): Health {
  const finalizing = live.metadata['deletionTimestamp'];
  if (typeof finalizing === 'string') return progressing('is being deleted');
  const rule = rules[idOf(live)];
  return rule === undefined ? healthByConditions(live) : rule.health(live);
}

/** Kinds whose readiness takes time: the ones an apply waits for. */
export function takesTime(resource: Resource): boolean {
  const rule = rules[idOf(resource)];
  return rule === undefined ? isCustom(resource) : rule.waits === 'yes';
}

/** Whether the state of such an object says how it is; all others are fine as long as they are there. */
export function isJudged(resource: Resource): boolean {
  return rules[idOf(resource)] !== undefined || isCustom(resource);
}

function idOf({ apiVersion, kind }: Resource): string {
  return `${groupOf(apiVersion)}/${kind}`;
}
