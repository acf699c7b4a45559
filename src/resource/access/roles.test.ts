import { describe, expect, test } from '@jest/globals';
import type { Resource } from '../resource.ts';
import { type AccessInput, accessObjects, nameOf } from './roles.ts';
import { parseSubject, requestIsFrom } from './subject.ts';

const input: AccessInput = {
  environment: 'Prod_EU',
  planner: { kind: 'group', name: 'ci:plan' },
  applier: { kind: 'serviceaccount', namespace: 'ci', name: 'apply' },
  homes: ['shop'],
  scope: 'namespaces',
  kinds: [],
  roles: [],
  aggregated: new Set(),
  secrets: 'leave',
};

const kind = (group: string, name: string, resource: string, namespace = 'shop') => ({
  group,
  kind: name,
  resource,
  namespace,
});

/** `group/resource: verbs` of one role. */
function rulesOf(more: Partial<AccessInput>, name: string, of = 'Role'): readonly string[] {
  const role = accessObjects({ ...input, ...more }).find(
    ({ object }) => object.kind === of && object.metadata.name === name,
  )?.object;
  const rules = (role?.['rules'] ?? []) as readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
  return rules.map(
    ({ apiGroups, resources, resourceNames = [], verbs }) =>
      `${apiGroups[0]}/${[...resources, ...resourceNames.map((one) => `=${one}`)].join(' ')}: ${verbs.join(' ')}`,
  );
}

const planner = 'pushgate-planner-prod-eu-51006711';
const applier = 'pushgate-applier-prod-eu-51006711';

describe('rights', () => {
  test('are a name for each environment that every kind of object may have', () => {
    const names = new Set(accessObjects(input).map(({ object }) => object.metadata.name));
    expect([...names].sort()).toEqual(['apply', applier, planner]);
  });

  test('let the planner try what is rendered, and of a home read what plans need', () => {
    expect(rulesOf({ kinds: [kind('apps', 'Deployment', 'deployments')] }, planner)).toEqual([
      'apps/deployments: get list create patch',
      '/events pods: get list',
      'apps/replicasets: get list',
      'batch/jobs: get list',
      '/configmaps: get list patch',
      '/namespaces: get',
    ]);
  });

  test('leave the planner only reading where no admission policy would pin it', () => {
    const kinds = [
      kind('admissionregistration.k8s.io', 'ValidatingAdmissionPolicy', 'validatingadmissionpolicies', ''),
      kind('admissionregistration.k8s.io', 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', ''),
      kind('custom.metrics.k8s.io', 'Thing', 'things', ''),
    ];
    const aggregated = new Set(['custom.metrics.k8s.io']);
    expect(rulesOf({ kinds, aggregated }, planner, 'ClusterRole')).toEqual([
      'admissionregistration.k8s.io/validatingadmissionpolicies: get list',
      'admissionregistration.k8s.io/validatingwebhookconfigurations: get list create patch',
      'custom.metrics.k8s.io/things: get list',
    ]);
  });

  test('keep Secrets from the planner unless it is told otherwise', () => {
    const kinds = [kind('', 'Secret', 'secrets')];
    expect(rulesOf({ kinds }, planner).join()).not.toContain('secrets');
    expect(rulesOf({ kinds, secrets: 'try' }, planner)).toContain('/secrets: get list create patch');
  });

  test('give the applier what rendered roles hand out, and the binding of roles that are there already', () => {
    const group = 'rbac.authorization.k8s.io';
    const role = (name: string, more: object): Resource =>
      ({ apiVersion: `${group}/v1`, metadata: { name, namespace: 'shop' }, ...more }) as unknown as Resource;
    const roles = [
      role('own', { kind: 'Role', rules: [{ apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] }] }),
      role('own', { kind: 'RoleBinding', roleRef: { kind: 'Role', name: 'own' } }),
      role('viewer', { kind: 'RoleBinding', roleRef: { kind: 'ClusterRole', name: 'view' } }),
      role('elsewhere', { kind: 'Role', metadata: { name: 'x', namespace: 'other' }, rules: [{ verbs: ['*'] }] }),
    ];
    const rules = rulesOf({ roles, kinds: [kind(group, 'Role', 'roles')] }, applier);
    expect(rules).toContain('batch/jobs: create');
    expect(rules).toContain(`${group}/clusterroles =view: bind`);
    expect(rules.join()).not.toContain('*');
    expect(rules.filter((rule) => rule.includes('bind'))).toHaveLength(1);
  });

  test('let the applier change and delete what is cluster-wide by name only, or all of a kind where they come and go', () => {
    const kinds = [{ ...kind('', 'Namespace', 'namespaces', ''), names: ['shop', 'shop-jobs'] }];
    expect(rulesOf({ kinds }, applier, 'ClusterRole')).toEqual([
      '/namespaces: get list watch create',
      '/namespaces =shop =shop-jobs: patch delete',
    ]);
    expect(rulesOf({ kinds, scope: 'cluster' }, applier, 'ClusterRole')).toContain(
      '/namespaces: get list watch create patch delete',
    );
  });

  test('hold no pods and logs where nothing makes pods', () => {
    const kinds = [kind('', 'ConfigMap', 'configmaps', 'zone'), kind('apps', 'Deployment', 'deployments')];
    const roles = accessObjects({ ...input, kinds }).map(({ object }) => object);
    const other = roles.filter(({ kind: of, metadata }) => of === 'Role' && metadata['namespace'] === 'zone');
    expect([other.length, JSON.stringify(other).includes('pods')]).toEqual([2, false]);
    expect(rulesOf({ kinds }, applier).join()).toContain('pods/log');
  });

  test('hold everywhere where namespaces come and go', () => {
    const objects = accessObjects({ ...input, scope: 'cluster', kinds: [kind('apps', 'Deployment', 'deployments')] });
    expect(objects.filter(({ object }) => object.kind === 'Role')).toEqual([]);
    expect(rulesOf({ scope: 'cluster' }, applier, 'ClusterRole')).toContain(
      'coordination.k8s.io/leases: get list watch create patch delete',
    );
  });
});

describe('a subject', () => {
  test('is a group, a user or a service account', () => {
    expect(parseSubject('group:oidc:team/shop')).toEqual({ kind: 'group', name: 'oidc:team/shop' });
    expect(parseSubject('user:ann@example.test')).toEqual({ kind: 'user', name: 'ann@example.test' });
    const account = parseSubject('serviceaccount:ci/plan');
    expect(account && requestIsFrom(account)).toBe(
      "has(request.userInfo.username) && request.userInfo.username == 'system:serviceaccount:ci:plan'",
    );
  });

  test.each(['ann', 'group:', "group:a' || 'b", 'user:a\\', 'serviceaccount:plan', 'serviceaccount:a/b/c', 'role:x'])(
    'is not %s',
    (text) => expect(parseSubject(text)).toBeUndefined(),
  );
});

test('two environments whose names differ in what such names cannot hold have policies of their own', () => {
  const names = ['prod', 'Prod', 'a_b', 'a-b'].map((environment) => nameOf('planner', { environment }));
  expect(new Set(names).size).toBe(4);
  expect(names[0]).toBe('pushgate-planner-prod');
});
