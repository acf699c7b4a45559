/** A merge request planned by a login without any writing verb: the plan is computed here, and the apply compares. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { type BedLogin, serviceAccount } from '../support/bed-login.ts';
import type { PipelineRun } from '../support/github-pipeline.ts';
import { type Shop, startShop } from '../support/github-shop.ts';

const template = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: catalog
  labels: { size: "{{ .Values.replicas }}" }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: catalog } }
  template:
    metadata: { labels: { app: catalog } }
    spec:
      containers:
        - name: app
          image: "registry.test/app:1"
          env: []
          resources: { limits: { cpu: 1000m } }
          {{- with .Values.port }}
          ports: [{ containerPort: {{ . }} }]
          {{- end }}
---
apiVersion: v1
kind: Secret
metadata: { name: db }
stringData: { password: {{ .Values.password }} }
`;

describeOnBed('a plan by a login that may only read', (bed) => {
  let shop: Shop;
  let reader: BedLogin;
  let namespace = '';

  beforeAll(async () => {
    namespace = makeNamespace(bed());
    reader = serviceAccount(bed(), namespace, 'reader');
    const resources = '--resource=deployments.apps,configmaps,namespaces,pods,events,replicasets.apps,jobs.batch';
    kubectl(bed(), ['create', 'role', 'reader', '-n', namespace, '--verb=get,list', resources]);
    const subject = `--serviceaccount=${namespace}:reader`;
    kubectl(bed(), ['create', 'rolebinding', 'reader', '-n', namespace, '--role=reader', subject]);
    const config = `version: 1
defaults: { namespace: ${namespace} }
releases: [{ name: catalog, chart: catalog }]
environments:
  production: { cluster: { context: bed, planner: pinned }, refs: [main] }
`;
    shop = await startShop(
      {
        'catalog/Chart.yaml': 'apiVersion: v2\nname: catalog\nversion: 1.4.2\n',
        'catalog/templates/all.yaml': template,
        'catalog/values.yaml': values(1),
      },
      { config, rights: { contents: 'read', issues: 'write' } },
    );
  });
  afterAll(async () => {
    kubectl(bed(), ['delete', 'mutatingadmissionpolicybinding', namespace, '--ignore-not-found']);
    kubectl(bed(), ['delete', 'mutatingadmissionpolicy', namespace, '--ignore-not-found']);
    dropNamespace(bed(), namespace);
    await shop[Symbol.asyncDispose]();
  });

  const values = (replicas: number, { password = 'first-canary', port = '' } = {}): string =>
    `replicas: ${replicas}\npassword: ${password}\nport: ${port}\n`;
  const env = (kubeconfig: string) => ({ KUBECONFIG: kubeconfig, PUSHGATE_KEY: 'k' });
  let proposed = 0;
  const propose = async (text: string): Promise<number> => {
    proposed += 1;
    const pull = shop.propose({ 'catalog/values.yaml': text, 'README.md': `Proposal ${proposed}` });
    const run = await shop.plan(pull, env(reader.kubeconfig));
    expect([run.exitCode, run.stderr]).toEqual([0, expect.any(String)]);
    return pull;
  };
  const approveMergeApply = (pull: number): Promise<PipelineRun> => {
    shop.server.state.review(pull, 'rita', 'APPROVED');
    shop.server.state.merge(pull, 'ann');
    return shop.apply(env(bed().kubeconfigs.applier));
  };
  const live = (field: string): string =>
    kubectl(bed(), ['get', 'deployment', 'catalog', '-n', namespace, '-o', `jsonpath={${field}}`]);

  test('says that it was predicted locally, and what it showed is what the approval covers', async () => {
    const pull = await propose(values(2));
    expect(shop.comment(pull)).toContain('predicted locally');
    const run = await approveMergeApply(pull);
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining('2 created')]);
    expect(live('.spec.replicas')).toBe('2');
  });

  test('shows the change of a field and of a Secret, and nothing that stays', async () => {
    const pull = await propose(values(3, { password: 'second-canary' }));
    const comment = shop.comment(pull);
    expect(comment).toMatch(/replicas.*2 → 3/);
    expect(comment).toMatch(/Secret/);
    expect(comment).not.toMatch(/canary|Y2FuYXJ5|env\b.*added|cpu/);
    const run = await approveMergeApply(pull);
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining('2 updated')]);
    const again = await propose(values(3, { password: 'second-canary' }));
    expect(shop.comment(again)).toMatch(/[Nn]o changes|nothing/);
    expect((await approveMergeApply(again)).exitCode).toBe(0);
  });

  test('is taken for what the server does although it adds what nobody rendered', async () => {
    const pull = await propose(values(3, { password: 'second-canary', port: '80' }));
    expect(shop.comment(pull)).not.toContain('protocol');
    const run = await approveMergeApply(pull);
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining('1 updated')]);
    expect(live('.spec.template.spec.containers[0].ports[0].protocol')).toBe('TCP');
  });

  test('is not taken for it where the server makes something else of a rendered field', async () => {
    const policy = (kind: string, spec: object): string =>
      JSON.stringify({ apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name: namespace }, spec });
    const constraints = {
      resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] }],
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    };
    const expression = 'Object{spec: Object.spec{replicas: 9}}';
    kubectl(bed(), ['apply', '-f', '-'], {
      input: policy('MutatingAdmissionPolicy', {
        matchConstraints: constraints,
        reinvocationPolicy: 'Never',
        failurePolicy: 'Fail',
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
      }),
    });
    kubectl(bed(), ['apply', '-f', '-'], {
      input: policy('MutatingAdmissionPolicyBinding', { policyName: namespace }),
    });
    await untilItActs();
    const pull = await propose(values(4, { password: 'second-canary', port: '80' }));
    expect(shop.comment(pull)).toMatch(/replicas.*3 → 4/);
    const run = await approveMergeApply(pull);
    expect([run.exitCode, run.stdout]).toEqual([3, expect.stringContaining('not-shown')]);
    expect(live('.spec.replicas')).toBe('3');
  });

  /** An admission policy acts a moment after it was written. */
  const untilItActs = async (): Promise<void> => {
    const scale = ['patch', 'deployment', 'catalog', '-n', namespace, '--type=merge', '-p', '{"spec":{"replicas":3}}'];
    const tried = [...scale, '--dry-run=server', '-o', 'jsonpath={.spec.replicas}'];
    while (kubectl(bed(), tried) !== '9') await new Promise((resolve) => setTimeout(resolve, 100));
  };
});
