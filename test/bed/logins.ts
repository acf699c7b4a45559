/**
 * The people of the bed. The administrator may do anything; planner and applier have what `pushgate rbac` prints: the
 * one may only dry-run, the other may write what releases consist of, and no policy, role or node.
 */
import { accessObjects } from '../../src/resource/access/roles.ts';
import { accessText } from '../../src/resource/access/text.ts';

export const logins = {
  administrator: { token: 'bed-administrator', groups: ['system:masters'] },
  planner: { token: 'bed-planner', groups: ['pushgate:planners'] },
  applier: { token: 'bed-applier', groups: ['pushgate:appliers'] },
  /** Known to the server and allowed nothing: what a fresh service account is. */
  stranger: { token: 'bed-stranger', groups: [] },
} as const satisfies Record<string, { readonly token: string; readonly groups: readonly string[] }>;

export type Login = keyof typeof logins;

/** The lines of kube-apiserver's --token-auth-file. */
export function tokenFile(): string {
  return Object.entries(logins)
    .map(([user, { token, groups }]) => `${token},${user},${user},"${groups.join(',')}"\n`)
    .join('');
}

export interface KubeconfigOptions {
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
  readonly token: string;
  readonly context?: string;
}

/** A kubeconfig as JSON, which every reader of kubeconfigs takes. */
export function kubeconfig(options: KubeconfigOptions): string {
  const context = options.context ?? 'bed';
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: context,
          cluster: {
            server: options.server,
            'certificate-authority-data': Buffer.from(options.certificateAuthority).toString('base64'),
          },
        },
      ],
      users: [{ name: context, user: { token: options.token } }],
      contexts: [{ name: context, context: { cluster: context, user: context, namespace: 'default' } }],
      'current-context': context,
    },
    null,
    2,
  );
}

const kinds: readonly (readonly [group: string, kind: string, resource: string])[] = [
  ['', 'ConfigMap', 'configmaps'],
  ['', 'Service', 'services'],
  ['', 'ServiceAccount', 'serviceaccounts'],
  ['', 'PersistentVolumeClaim', 'persistentvolumeclaims'],
  ['apps', 'Deployment', 'deployments'],
  ['apps', 'StatefulSet', 'statefulsets'],
  ['apps', 'DaemonSet', 'daemonsets'],
  ['batch', 'Job', 'jobs'],
  ['batch', 'CronJob', 'cronjobs'],
  ['networking.k8s.io', 'Ingress', 'ingresses'],
  ['networking.k8s.io', 'NetworkPolicy', 'networkpolicies'],
  ['policy', 'PodDisruptionBudget', 'poddisruptionbudgets'],
  ['autoscaling', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'],
];

/**
 * What the administrator puts into the fresh cluster: what `pushgate rbac --scope cluster` prints for releases of these
 * kinds, in every namespace because tests make their own.
 */
export function rbac(): string {
  const objects = accessObjects({
    environment: 'bed',
    planner: { kind: 'group', name: 'pushgate:planners' },
    applier: { kind: 'group', name: 'pushgate:appliers' },
    homes: [],
    scope: 'cluster',
    kinds: kinds.map(([group, kind, resource]) => ({ group, kind, resource, namespace: 'any' })),
    roles: [],
    aggregated: new Set(),
    secrets: 'leave',
  });
  return accessText([], objects);
}
