/** In which order objects are written; deletions go the other way round. */
import type { ResourceKey } from './resource.ts';

/**
 * Waves of kinds: what stands in one wave may be written at the same time. Others wait for it: a namespace before what
 * lives in it, a definition before its objects, configuration before the pods that read it, webhooks last because they
 * stop everything that comes after them when their server is not up.
 */
const waves: readonly (readonly string[])[] = [
  ['Namespace'],
  ['CustomResourceDefinition', 'PriorityClass', 'StorageClass', 'RuntimeClass', 'IngressClass', 'GatewayClass'],
  ['ResourceQuota', 'LimitRange', 'NetworkPolicy', 'PodDisruptionBudget'],
  ['ServiceAccount', 'ClusterRole', 'Role'],
  ['ClusterRoleBinding', 'RoleBinding'],
  ['ConfigMap', 'Secret', 'PersistentVolume'],
  ['PersistentVolumeClaim', 'Service'],
  // Custom resources and every kind that has no place of its own stand here.
  [],
  ['DaemonSet', 'Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController', 'Pod'],
  ['Job', 'CronJob'],
  ['HorizontalPodAutoscaler', 'Ingress', 'HTTPRoute', 'APIService'],
  [
    'ValidatingWebhookConfiguration',
    'MutatingWebhookConfiguration',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
  ],
];

const anyKind = waves.findIndex((kinds) => kinds.length === 0);

function waveOf(key: ResourceKey): number {
  const wave = waves.findIndex((kinds) => kinds.includes(key.kind));
  return wave < 0 ? anyKind : wave;
}

/** Groups by a number that people gave, lowest first; most often there is one. */
export function bySyncWave<T>(items: readonly T[], syncWaveOf: (item: T) => number): readonly (readonly T[])[] {
  const numbers = [...new Set(items.map(syncWaveOf))].sort((a, b) => a - b);
  return numbers.map((wave) => items.filter((item) => syncWaveOf(item) === wave));
}

/** Groups of what may be written together, in order; empty waves are left out. */
export function inWaves<T>(items: readonly T[], keyOf: (item: T) => ResourceKey): readonly (readonly T[])[] {
  return waves
    .map((_, wave) => items.filter((item) => waveOf(keyOf(item)) === wave))
    .filter((group) => group.length > 0);
}
