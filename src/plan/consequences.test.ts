import { describe, expect, test } from '@jest/globals';
import { keyOf, type Resource } from '../resource/resource.ts';
import { readYaml } from '../yaml/index.ts';
import { consequenceRules, consequencesOf } from './consequences.ts';
import type { Action } from './plan.ts';

function object(text: string): Resource {
  const [header = '', ...body] = text.split('\n');
  const [apiVersion = '', kind = '', name = 'a'] = header.trim().split(' ');
  const rest = body.length === 0 ? {} : (readYaml(body.join('\n')) as object);
  const { metadata = {}, ...fields } = rest as { readonly metadata?: object };
  return { apiVersion, kind, ...fields, metadata: { name, namespace: 'shop', ...metadata } } as unknown as Resource;
}

interface Row {
  readonly rule: string;
  readonly before?: string;
  readonly after?: string;
  readonly action?: Action;
  /** What else the release renders. */
  readonly with?: readonly string[];
  readonly says: string;
}

const pods = (spec: string, more = '') =>
  `${more}spec: { ${spec}selector: { matchLabels: { app: a } }, template: { metadata: { labels: { app: a } }, spec: { containers: [{ name: c, image: "a:1" }] } } }`;
const newPods = (spec: string) => pods(spec).replace('a:1', 'a:2');
const workload = (kind: string, spec: string) => `apps/v1 ${kind}\n${pods(spec)}`;
const changed = (kind: string, spec: string) => `apps/v1 ${kind}\n${newPods(spec)}`;
const container = (fields: string, spec = '') =>
  `apps/v1 Deployment\nspec: { template: { spec: { ${spec}containers: [{ name: c, ${fields} }] } } }`;
const role = (rules: string) => `rbac.authorization.k8s.io/v1 Role\nrules: ${rules}`;
const service = (spec: string) => `v1 Service\nspec: { ${spec} }`;
const ingress = (spec: string) => `networking.k8s.io/v1 Ingress\nspec: { ${spec} }`;
const claimed = 'volumeClaimTemplates: [{ metadata: { name: data } }], ';
const webhook = 'webhooks: [{ name: w.test, rules: [{ resources: ["*"] }] }]';

/** One row for each rule; some rules have more, one for each thing that they must tell apart. */
const table: readonly Row[] = [
  // What goes with a deletion
  {
    rule: 'a claim is deleted',
    before: 'v1 PersistentVolumeClaim\nspec: { storageClassName: fast, resources: { requests: { storage: 10Gi } } }',
    says: 'data-loss: data loss: 10Gi of storage class fast may be deleted with it',
  },
  {
    rule: 'a volume is deleted',
    before: 'v1 PersistentVolume',
    says: 'data-loss: data loss: the volume may be deleted with it',
  },
  {
    rule: 'a namespace is deleted',
    before: 'v1 Namespace',
    says: 'data-loss: data loss: everything in the namespace is deleted with it',
  },
  {
    rule: 'a definition is deleted',
    before: 'apiextensions.k8s.io/v1 CustomResourceDefinition\nspec: { names: { kind: Widget } }',
    says: 'data-loss: data loss: every Widget in the cluster is deleted with it',
  },
  {
    rule: 'a version of a definition is taken out',
    before:
      'apiextensions.k8s.io/v1 CustomResourceDefinition\nspec: { versions: [{ name: v1, served: true }, { name: v1beta1, served: true }] }',
    after: 'apiextensions.k8s.io/v1 CustomResourceDefinition\nspec: { versions: [{ name: v1, served: true }] }',
    says: 'outage: objects can no longer be read or written as v1beta1',
  },
  {
    rule: 'the volumes of a StatefulSet go with it',
    before: workload('StatefulSet', `${claimed}persistentVolumeClaimRetentionPolicy: { whenDeleted: Delete }, `),
    says: 'data-loss: data loss: its claims data are deleted with it (whenDeleted: Delete)',
  },
  {
    rule: 'the volumes of a StatefulSet stay',
    before: workload('StatefulSet', claimed),
    says: 'note: its claims data stay, one for each pod',
  },
  {
    rule: 'a volume that stayed would now be deleted with its claim',
    before: 'v1 PersistentVolume\nspec: { persistentVolumeReclaimPolicy: Retain }',
    after: 'v1 PersistentVolume\nspec: { persistentVolumeReclaimPolicy: Delete }',
    says: 'data-loss: data loss from now on: the volume is deleted with its claim (it was retained)',
  },
  { rule: 'a workload is deleted', before: workload('Deployment', 'replicas: 3, '), says: 'outage: stops 3 pods' },
  { rule: 'a workload is deleted', before: 'batch/v1 CronJob', says: 'outage: no longer runs' },
  {
    rule: 'a name in the network is deleted',
    before: 'v1 Service',
    says: 'outage: no longer reachable under this name',
  },
  {
    rule: 'what running pods read is deleted',
    before: 'v1 ConfigMap env',
    with: [container('envFrom: [{ configMapRef: { name: env } }]')],
    says: 'outage: pods of Deployment a read it and can no longer start',
  },
  {
    rule: 'an account is deleted',
    before: 'v1 ServiceAccount',
    says: 'outage: pods that run as it can no longer start or log in',
  },
  {
    rule: 'rights are taken away',
    before: 'rbac.authorization.k8s.io/v1 RoleBinding\nsubjects: [{ kind: User, name: ada }]',
    says: 'deletion: takes rights from User ada',
  },
  { rule: 'anything else is deleted', before: 'v1 ConfigMap', says: 'deletion: deleted' },
  {
    rule: 'something holds the deletion',
    before: 'v1 ConfigMap\nmetadata: { finalizers: [example.org/wait] }',
    says: 'note: is gone only when its finalizers are done: example.org/wait',
  },
  {
    rule: 'an object is made anew',
    before: 'batch/v1 Job',
    after: 'batch/v1 Job',
    action: 'replace',
    says: 'recreate: deleted and created again: the field cannot be changed in place',
  },

  // Rights
  {
    rule: 'a role allows more',
    before: role('[{ apiGroups: [""], resources: [pods], verbs: [get] }]'),
    after: role(
      '[{ apiGroups: [""], resources: [pods], verbs: [get] }, { apiGroups: [""], resources: [secrets], verbs: [list] }]',
    ),
    says: 'rights: widens rights: may list secrets',
  },
  {
    rule: 'a role allows more',
    after: role('[{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]'),
    says: 'rights: widens rights with a wildcard: may do anything with everything',
  },
  {
    rule: 'a role collects the rights of others',
    before: 'rbac.authorization.k8s.io/v1 ClusterRole',
    after: 'rbac.authorization.k8s.io/v1 ClusterRole\naggregationRule: {}',
    says: 'rights: takes on the rules of every role with its labels, also of ones made later',
  },
  {
    rule: 'somebody is bound to a role',
    after:
      'rbac.authorization.k8s.io/v1 ClusterRoleBinding\nroleRef: { name: cluster-admin }\nsubjects: [{ kind: Group, name: system:authenticated }]',
    says: 'rights: grants everybody who can log in every right (cluster-admin) in the whole cluster',
  },
  {
    rule: 'somebody is bound to a role',
    before: 'rbac.authorization.k8s.io/v1 RoleBinding\nroleRef: { name: edit }\nsubjects: [{ kind: User, name: ada }]',
    after:
      'rbac.authorization.k8s.io/v1 RoleBinding\nroleRef: { name: edit }\nsubjects: [{ kind: User, name: ada }, { kind: ServiceAccount, name: ci, namespace: ci }]',
    says: 'rights: grants ServiceAccount ci/ci the rights of edit',
  },
  {
    rule: 'a pod reaches beyond itself',
    before: container('image: "a:1"'),
    after: container(
      'image: "a:1", securityContext: { privileged: true, capabilities: { add: [SYS_ADMIN] } }, ports: [{ hostPort: 80 }]',
      'hostNetwork: true, volumes: [{ name: v, hostPath: { path: /etc } }], ',
    ),
    says: 'rights: gains hostNetwork, hostPath /etc, privileged container c, capability SYS_ADMIN in c and 1 more',
  },
  {
    rule: 'a pod gives up a restriction',
    before: container('securityContext: { runAsNonRoot: true, capabilities: { drop: [ALL] } }'),
    after: container('securityContext: {}'),
    says: 'rights: gives up runAsNonRoot in c, dropping all capabilities in c',
  },
  {
    rule: 'a pod runs as another account',
    before: container('image: "a:1"'),
    after: container('image: "a:1"', 'serviceAccountName: admin, '),
    says: 'rights: runs with the rights of ServiceAccount admin (was default)',
  },
  {
    rule: 'a namespace allows its pods more',
    before: 'v1 Namespace\nmetadata: { labels: { pod-security.kubernetes.io/enforce: restricted } }',
    after: 'v1 Namespace',
    says: 'rights: lets pods do more: Pod Security restricted → privileged',
  },
  {
    rule: 'a guard is deleted',
    before: 'admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration',
    says: 'rights: what it refused is allowed from then on',
  },

  // Who reaches what
  {
    rule: 'a Service opens to the outside',
    before: service(''),
    after: service('type: LoadBalancer'),
    says: 'exposure: reachable from outside the cluster (LoadBalancer)',
  },
  {
    rule: 'a Service closes to the outside',
    before: service('type: NodePort'),
    after: service(''),
    says: 'outage: no longer reachable from outside the cluster (was NodePort)',
  },
  {
    rule: 'a load balancer lets in more addresses',
    before: service('type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]'),
    after: service('type: LoadBalancer'),
    says: 'exposure: open to every address (loadBalancerSourceRanges is gone)',
  },
  {
    rule: 'ports of a Service go',
    before: service('ports: [{ port: 80 }, { port: 53, protocol: UDP }]'),
    after: service('ports: [{ port: 80 }]'),
    says: 'outage: no longer answers on 53/UDP',
  },
  {
    rule: 'a Service sends to other pods',
    before: service('selector: { app: a }'),
    after: service('selector: { app: b }'),
    says: 'outage: sends to no pod that this release makes',
  },
  {
    rule: 'a Service sends to other pods',
    before: service('selector: { app: b }'),
    after: service('selector: { app: a }'),
    with: [workload('Deployment', '')],
    says: 'outage: sends to other pods from the moment it is written',
  },
  {
    rule: 'pods leave the Service that sends to them',
    before: workload('DaemonSet', ''),
    after: workload('DaemonSet', '').replace('labels: { app: a }', 'labels: { app: b }'),
    with: ['v1 Service front\nspec: { selector: { app: a } }'],
    says: 'outage: its pods no longer match Service front',
  },
  {
    rule: 'hosts are opened to the outside',
    before: ingress('rules: [{ host: a.test }]'),
    after: ingress('rules: [{ host: a.test }, { host: b.test }]'),
    says: 'exposure: reachable from outside as b.test',
  },
  {
    rule: 'hosts are opened to the outside',
    after: 'gateway.networking.k8s.io/v1 Gateway\nspec: { listeners: [{ port: 443, hostname: a.test }] }',
    says: 'exposure: reachable from outside as a.test on port 443',
  },
  {
    rule: 'hosts are no longer served',
    before: ingress('rules: [{ host: a.test }]'),
    after: ingress('rules: []'),
    says: 'outage: no longer reachable as a.test',
  },
  {
    rule: 'hosts lose their encryption',
    before: ingress('rules: [{ host: a.test }], tls: [{ hosts: [a.test] }]'),
    after: ingress('rules: [{ host: a.test }]'),
    says: 'exposure: no longer encrypted: a.test',
  },
  {
    rule: 'a network policy is deleted',
    before: 'networking.k8s.io/v1 NetworkPolicy',
    says: 'exposure: lets through all that only it kept from these pods',
  },
  {
    rule: 'a network policy lets in more',
    before: 'networking.k8s.io/v1 NetworkPolicy\nspec: { ingress: [] }',
    after: 'networking.k8s.io/v1 NetworkPolicy\nspec: { ingress: [{ from: [{ ipBlock: { cidr: 0.0.0.0/0 } }] }] }',
    says: 'exposure: lets in 0.0.0.0/0',
  },

  // What happens to running pods
  {
    rule: 'all pods stop before new ones start',
    before: workload('Deployment', 'replicas: 2, '),
    after: changed('Deployment', 'replicas: 2, strategy: { type: Recreate }, '),
    says: 'outage: outage while 2 pods are stopped and started again (Recreate)',
  },
  {
    rule: 'all pods stop before new ones start',
    before: workload('Deployment', ''),
    after: changed('Deployment', 'strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }, '),
    says: 'outage: outage while its only pod is replaced (maxUnavailable 1, maxSurge 0)',
  },
  {
    rule: 'the only pod of a StatefulSet restarts',
    before: workload('StatefulSet', ''),
    after: changed('StatefulSet', ''),
    says: 'outage: outage while its only pod restarts',
  },
  {
    rule: 'a DaemonSet leaves nodes without its pod',
    before: workload('DaemonSet', ''),
    after: changed('DaemonSet', 'updateStrategy: { rollingUpdate: { maxUnavailable: 100% } }, '),
    says: 'outage: outage: the pods of all nodes may be down at once (maxUnavailable 100%)',
  },
  {
    rule: 'pods restart',
    before: workload('Deployment', 'replicas: 2, '),
    after: changed('Deployment', 'replicas: 2, '),
    says: 'restart: restarts 2 pods one by one',
  },
  {
    rule: 'pods restart',
    before: workload('Deployment', ''),
    after: changed('Deployment', ''),
    says: 'restart: restarts its only pod: the new one starts first',
  },
  {
    rule: 'pods restart',
    before: workload('Deployment', 'replicas: 10, '),
    after: changed('Deployment', 'replicas: 10, '),
    says: 'restart: restarts 10 pods some at a time',
  },
  {
    rule: 'pods restart',
    before: workload('StatefulSet', 'replicas: 3, '),
    after: changed('StatefulSet', 'replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } }, '),
    says: 'restart: restarts 1 of 3 pods, one by one (partition)',
  },
  {
    rule: 'pods restart',
    before: workload('DaemonSet', ''),
    after: changed('DaemonSet', ''),
    says: 'restart: restarts its pod on every node, some at a time',
  },
  {
    rule: 'pods take a change when somebody deletes them',
    before: workload('StatefulSet', ''),
    after: changed('StatefulSet', 'updateStrategy: { type: OnDelete }, '),
    says: 'note: its pods take the change when they are deleted by hand (OnDelete)',
  },
  {
    rule: 'a paused Deployment changes',
    before: workload('Deployment', ''),
    after: changed('Deployment', 'paused: true, '),
    says: 'note: takes effect when the Deployment is resumed: it is paused',
  },
  {
    rule: 'a CronJob changes',
    before: 'batch/v1 CronJob\nspec: { schedule: "0 1 * * *" }',
    after: 'batch/v1 CronJob\nspec: { schedule: "0 2 * * *" }',
    says: 'note: runs at 0 2 * * * from now on',
  },
  {
    rule: 'a CronJob is suspended',
    before: 'batch/v1 CronJob\nspec: {}',
    after: 'batch/v1 CronJob\nspec: { suspend: true }',
    says: 'outage: no longer runs (suspended)',
  },
  {
    rule: 'all pods go',
    before: workload('Deployment', 'replicas: 2, '),
    after: workload('Deployment', 'replicas: 0, '),
    says: 'outage: stops all pods (0 replicas)',
  },
  {
    rule: 'more or fewer pods',
    before: workload('Deployment', 'replicas: 3, '),
    after: workload('Deployment', 'replicas: 2, '),
    says: 'scale: 1 pod fewer',
  },
  {
    rule: 'volumes of pods that go are deleted',
    before: workload('StatefulSet', 'replicas: 3, '),
    after: workload(
      'StatefulSet',
      `replicas: 1, ${claimed}persistentVolumeClaimRetentionPolicy: { whenScaled: Delete }, `,
    ),
    says: 'data-loss: data loss: the claims of 2 pods are deleted with them (whenScaled: Delete)',
  },
  {
    rule: 'an autoscaler has other limits',
    before: 'autoscaling/v2 HorizontalPodAutoscaler\nspec: { minReplicas: 2, maxReplicas: 4 }',
    after: 'autoscaling/v2 HorizontalPodAutoscaler\nspec: { maxReplicas: 8 }',
    says: 'scale: scales within 1 to 8 pods (was 2 to 4)',
  },
  {
    rule: 'an autoscaler is deleted',
    before: 'autoscaling/v2 HorizontalPodAutoscaler\nspec: { scaleTargetRef: { kind: Deployment, name: web } }',
    says: 'scale: Deployment web keeps the pods it has now',
  },
  {
    rule: 'replicas are the business of an autoscaler',
    before: workload('Deployment', 'replicas: 3, '),
    after: workload('Deployment', 'replicas: 2, '),
    with: ['autoscaling/v2 HorizontalPodAutoscaler\nspec: { scaleTargetRef: { kind: Deployment, name: a } }'],
    says: 'note: an autoscaler of this release sets the replicas again: leave them out of the template',
  },
  {
    rule: 'a budget keeps nodes from being drained',
    after: 'policy/v1 PodDisruptionBudget keep\nspec: { minAvailable: 1, selector: { matchLabels: { app: a } } }',
    with: [workload('Deployment', '')],
    says: 'note: PodDisruptionBudget keep never lets a pod of Deployment a be evicted: nodes with one cannot be drained',
  },
  {
    rule: 'a budget is deleted',
    before: 'policy/v1 PodDisruptionBudget',
    says: 'note: nothing keeps all of its pods from being evicted at once',
  },

  // Configuration
  {
    rule: 'pods read it when they start',
    before: 'v1 ConfigMap env\ndata: { a: "1" }',
    after: 'v1 ConfigMap env\ndata: { a: "2" }',
    says: 'note: pods that read it at start see it after their next restart',
  },
  {
    rule: 'pods read it when they start',
    before: 'v1 ConfigMap env\ndata: { a: "1" }',
    after: 'v1 ConfigMap env\ndata: { a: "2" }',
    with: [container('envFrom: [{ configMapRef: { name: env } }]')],
    says: 'note: read at start by Deployment a: takes effect with its next restart, and nothing here restarts it',
  },
  {
    rule: 'pods read it when they start',
    before: 'v1 Secret s\ndata: { a: MQ== }',
    after: 'v1 Secret s\ndata: { a: Mg== }',
    with: [
      container('volumeMounts: [{ name: v, mountPath: /s }]', 'volumes: [{ name: v, secret: { secretName: s } }], '),
    ],
    says: 'note: a file of Deployment a: changes there within minutes, without a restart',
  },
  {
    rule: 'a claim grows',
    before: 'v1 PersistentVolumeClaim\nspec: { resources: { requests: { storage: 1024Mi } } }',
    after: 'v1 PersistentVolumeClaim\nspec: { resources: { requests: { storage: 2Gi } } }',
    says: 'note: grows from 1Gi to 2Gi, and can never be made smaller again',
  },
  {
    rule: 'a webhook is asked about everything',
    after: `admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration\n${webhook}`,
    says: 'outage: while its server does not answer, nobody can write anything (failurePolicy Fail)',
  },
  {
    rule: 'a quota gets smaller',
    before: 'v1 ResourceQuota\nspec: { hard: { pods: "10" } }',
    after: 'v1 ResourceQuota\nspec: { hard: { pods: "5" } }',
    says: 'note: new pods may be refused: less pods',
  },
];

function said({ before, after, action, with: others = [] }: Row): readonly string[] {
  const sides = {
    before: before === undefined ? undefined : object(before),
    after: after === undefined ? undefined : object(after),
  };
  const some = sides.after ?? sides.before;
  if (some === undefined) throw new Error('a change is of some object');
  const implied = sides.before === undefined ? 'create' : sides.after === undefined ? 'delete' : 'update';
  const release = [...others.map(object), ...(sides.after === undefined ? [] : [sides.after])];
  return consequencesOf({ key: keyOf(some), action: action ?? implied, ...sides, release }).map(
    ({ kind, text }) => `${kind}: ${text}`,
  );
}

describe('what a change means', () => {
  test.each(table)('$rule: $says', (row) => {
    expect(said(row)).toContain(row.says);
  });

  test('every rule has a row here, and every row a rule', () => {
    expect([...new Set(table.map(({ rule }) => rule))].sort()).toEqual(consequenceRules.map(({ name }) => name).sort());
  });

  test.each(table)('$rule: an object that stays as it is means nothing worse than a note', (row) => {
    const same = row.before ?? row.after ?? '';
    const found = said({ ...row, before: same, after: same, action: 'update' });
    expect(found.filter((one) => !one.startsWith('note: '))).toEqual([]);
  });

  test('the worst comes first', () => {
    const row = {
      rule: '',
      before: workload('Deployment', 'replicas: 3, '),
      after: changed('Deployment', 'replicas: 2, hostNetwork: true, ').replace(
        'spec: { containers',
        'spec: { hostPID: true, containers',
      ),
      says: '',
    };
    expect(said(row).map((one) => one.split(':')[0])).toEqual(['rights', 'restart', 'scale']);
  });

  test('rights written another way are no more rights', () => {
    const one = role('[{ apiGroups: [""], resources: [pods, services], verbs: [get, list] }]');
    const other = role(
      '[{ apiGroups: [""], resources: [services], verbs: [list, get] }, { apiGroups: [""], resources: [pods], verbs: [get, list] }]',
    );
    expect(said({ rule: '', before: one, after: other, says: '' })).toEqual([]);
    const wide = role('[{ apiGroups: ["*"], resources: ["*"], verbs: [get, list] }]');
    expect(said({ rule: '', before: wide, after: one, says: '' })).toEqual([]);
  });

  test('a small change says one thing, not five', () => {
    const row = {
      rule: '',
      before: workload('Deployment', 'replicas: 2, '),
      after: changed('Deployment', 'replicas: 2, '),
      says: '',
    };
    expect(said(row)).toEqual(['restart: restarts 2 pods one by one']);
  });
});
