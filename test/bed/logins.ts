/**
 * The three people of the bed. The administrator may do anything; the planner may only dry-run (role and admission
 * policy below); the applier may write what releases consist of, and no policy, role or node.
 */

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

const core = ['configmaps', 'services', 'serviceaccounts', 'persistentvolumeclaims'];
const apps = ['deployments', 'statefulsets', 'daemonsets'];
const batch = ['jobs', 'cronjobs'];
const networking = ['ingresses', 'networkpolicies'];

function rules(verbs: readonly string[], moreOfCore: readonly string[]) {
  return [
    { apiGroups: [''], resources: [...core, ...moreOfCore], verbs },
    { apiGroups: ['apps'], resources: apps, verbs },
    { apiGroups: ['batch'], resources: batch, verbs },
    { apiGroups: ['networking.k8s.io'], resources: networking, verbs },
    { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs },
    { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs },
  ];
}

const readVerbs = ['get', 'list'];
const planVerbs = [...readVerbs, 'patch', 'create'];
const applyVerbs = [...planVerbs, 'watch', 'delete'];

/**
 * What the administrator puts into the fresh cluster: the roles of planner and applier, and the admission policy
 * without which the planner's `patch` would be a real one. The policy matches subresources too: with resources `*`
 * alone, scale and service account tokens slip through.
 */
export function rbac(): string {
  const items = [
    clusterRole('pushgate-planner', [
      ...rules(planVerbs, []),
      { apiGroups: [''], resources: ['namespaces', 'pods', 'events'], verbs: readVerbs },
      { apiGroups: ['apps'], resources: ['replicasets'], verbs: readVerbs },
    ]),
    clusterRoleBinding('pushgate-planner', 'pushgate:planners'),
    clusterRole('pushgate-applier', [
      ...rules(applyVerbs, ['secrets']),
      { apiGroups: [''], resources: ['namespaces', 'pods', 'events'], verbs: readVerbs },
      { apiGroups: ['apps'], resources: ['replicasets'], verbs: readVerbs },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: applyVerbs },
    ]),
    clusterRoleBinding('pushgate-applier', 'pushgate:appliers'),
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'pushgate-planner' },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] }],
        },
        matchConditions: [
          {
            name: 'planner',
            expression: "has(request.userInfo.groups) && 'pushgate:planners' in request.userInfo.groups",
          },
        ],
        validations: [
          {
            expression: 'has(request.dryRun) && request.dryRun',
            message: 'the planner may only dry-run',
            reason: 'Forbidden',
          },
          {
            expression: "!has(request.subResource) || request.subResource == ''",
            message: 'the planner may not use subresources',
            reason: 'Forbidden',
          },
          {
            expression: "request.operation in ['CREATE', 'UPDATE']",
            message: 'the planner may not delete or connect',
            reason: 'Forbidden',
          },
        ],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: 'pushgate-planner' },
      spec: { policyName: 'pushgate-planner', validationActions: ['Deny'] },
    },
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

function clusterRole(name: string, granted: readonly object[]) {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules: granted };
}

function clusterRoleBinding(name: string, group: string) {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
  };
}
