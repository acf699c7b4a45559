/** Admission that stands between a plan and its objects: policies of the cluster that refuse or change what is applied. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { clientOf, configMap, line, plan, problem } from './support.ts';

describeOnBed('admission', (bed) => {
  let namespace = '';
  const kinds = ['validatingadmissionpolicy', 'mutatingadmissionpolicy'];
  beforeAll(() => {
    namespace = makeNamespace(bed());
    const matchConstraints = {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
      ],
    };
    const policy = (kind: string, spec: object) => ({
      ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name: namespace } },
      spec: { failurePolicy: 'Fail', matchConstraints, ...spec },
    });
    const expression = 'Object{metadata: Object.metadata{labels: {"team": "platform"}}, data: {"owner": "platform"}}';
    const items = [
      policy('ValidatingAdmissionPolicy', {
        validations: [{ expression: "object.metadata.name != 'refused'", message: 'ask the platform team' }],
      }),
      policy('ValidatingAdmissionPolicyBinding', {}),
      policy('MutatingAdmissionPolicy', {
        reinvocationPolicy: 'Never',
        matchConditions: [{ name: 'one', expression: "object.metadata.name == 'env'" }],
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
      }),
      policy('MutatingAdmissionPolicyBinding', {}),
    ].map((item) => {
      if (!item.kind.endsWith('Binding')) return item;
      const actions = item.kind.startsWith('Validating') ? { validationActions: ['Deny'] } : {};
      return { ...item, spec: { policyName: namespace, ...actions } };
    });
    kubectl(bed(), ['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
  });
  afterAll(() => {
    for (const kind of kinds) kubectl(bed(), ['delete', `${kind}binding`, namespace]);
    for (const kind of kinds) kubectl(bed(), ['delete', kind, namespace]);
    dropNamespace(bed(), namespace);
  });
  const planOf = (...objects: Parameters<typeof plan>[0]['objects']) =>
    plan({ client: clientOf(bed(), 'applier'), namespace, objects });

  test('that refuses an object is told in its own words when the plan is made', async () => {
    // A policy acts a moment after it was written.
    const refused = async () => problem(planOf(configMap('refused', { a: '1' }))).catch(() => undefined);
    let found = await refused();
    while (found === undefined) found = await refused();
    expect(found).toMatchObject({ reason: 'rejected', where: 'templates/configmap.yaml' });
    expect(found.excerpt).toContain('ask the platform team');
  });

  test('that changes an object is in the plan as it will be, and nothing is left to do afterwards', async () => {
    const objects = [configMap('env', { owner: 'shop' })];
    const shown = ({ release }: Awaited<ReturnType<typeof planOf>>) => release.changes[0]?.fields[0]?.to ?? '';
    let planned = await planOf(...objects);
    while (!shown(planned).includes('owner: platform')) planned = await planOf(...objects);
    expect(planned.release.changes.map(line)).toEqual(['create ConfigMap env']);
    expect(shown(planned)).toContain('team: platform');
    await planned.apply();
    expect((await planOf(...objects)).release).toMatchObject({ changes: [], drifted: [], untouched: 1 });
    // What is rendered and overruled is no difference; what else changes is.
    const next = await planOf(configMap('env', { owner: 'cart', level: 'info' }));
    expect(next.release.changes.map(line)).toEqual(['update ConfigMap env: data.level ∅ → info']);
  });
});
