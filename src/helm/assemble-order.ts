import type { Profile } from './profile.ts';

/** The order in which Helm installs kinds. Helm 3 does not know the last two. */
const installOrder = [
  'PriorityClass',
  'Namespace',
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'PodSecurityPolicy',
  'PodDisruptionBudget',
  'ServiceAccount',
  'Secret',
  'SecretList',
  'ConfigMap',
  'StorageClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleList',
  'ClusterRoleBinding',
  'ClusterRoleBindingList',
  'Role',
  'RoleList',
  'RoleBinding',
  'RoleBindingList',
  'Service',
  'DaemonSet',
  'Pod',
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'StatefulSet',
  'Job',
  'CronJob',
  'IngressClass',
  'Ingress',
  'APIService',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
];

const ranks = new Map(installOrder.map((kind, rank) => [kind, rank]));
const onlyHelm4 = new Set(['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']);

/** Stable: known kinds in install order, then the others by name; the same kind keeps its order. */
export function inKindOrder<T extends { readonly kind: string }>(documents: readonly T[], profile: Profile): T[] {
  const rankOf = (kind: string) => (profile.major === 3 && onlyHelm4.has(kind) ? undefined : ranks.get(kind));
  return documents.toSorted((a, b) => {
    const first = rankOf(a.kind);
    const second = rankOf(b.kind);
    if (first !== undefined && second !== undefined) return first - second;
    if (first !== undefined) return -1;
    if (second !== undefined) return 1;
    return a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0;
  });
}
