/** A merge request planned by a login without any writing verb: the plan is computed here, and the apply compares. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { type BedLogin, serviceAccount } from '../support/bed-login.ts';
import { type GitHubPipeline, githubPipeline, type PipelineRun } from '../support/github-pipeline.ts';
import { type GitHubServer, startGitHubServer } from '../support/github-server.ts';

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
  let server: GitHubServer;
  let pipeline: GitHubPipeline;
  let reader: BedLogin;
  let namespace = '';
  let branches = 0;

  beforeAll(async () => {
    namespace = makeNamespace(bed());
    reader = serviceAccount(bed(), namespace, 'reader');
    const resources = '--resource=deployments.apps,configmaps,namespaces,pods,events,replicasets.apps,jobs.batch';
    kubectl(bed(), ['create', 'role', 'reader', '-n', namespace, '--verb=get,list', resources]);
    const subject = `--serviceaccount=${namespace}:reader`;
    kubectl(bed(), ['create', 'rolebinding', 'reader', '-n', namespace, '--role=reader', subject]);
    server = await startGitHubServer();
    const { state } = server;
    for (const login of ['ann', 'rita']) state.addUser(login, 'write');
    pipeline = githubPipeline(
      server,
      state.workflowToken({ contents: 'read', pull_requests: 'write', issues: 'write' }),
    );
    state.repository.commit({
      branch: 'main',
      files: {
        'pushgate.yaml': `version: 1
defaults: { namespace: ${namespace} }
releases: [{ name: catalog, chart: catalog }]
environments:
  production: { cluster: { context: bed, planner: pinned }, refs: [main] }
`,
        'catalog/Chart.yaml': 'apiVersion: v2\nname: catalog\nversion: 1.4.2\n',
        'catalog/templates/all.yaml': template,
        'catalog/values.yaml': values(1),
      },
      message: 'The shop',
    });
  });
  afterAll(async () => {
    kubectl(bed(), ['delete', 'mutatingadmissionpolicybinding', namespace, '--ignore-not-found']);
    kubectl(bed(), ['delete', 'mutatingadmissionpolicy', namespace, '--ignore-not-found']);
    dropNamespace(bed(), namespace);
    pipeline[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const values = (replicas: number, { password = 'first-canary', port = '' } = {}): string =>
    `replicas: ${replicas}\npassword: ${password}\nport: ${port}\n`;
  const env = (kubeconfig: string) => ({ env: { KUBECONFIG: kubeconfig, PUSHGATE_KEY: 'k' } });
  const propose = async (text: string): Promise<number> => {
    branches += 1;
    const source = `change-${branches}`;
    const files = { 'catalog/values.yaml': text, 'README.md': source };
    server.state.repository.commit({ branch: source, from: 'refs/heads/main', files, message: 'A change' });
    const pull = server.state.openPull({ author: 'ann', source }).number;
    const run = await pipeline.onPull(pull, { words: ['plan'], ...env(reader.kubeconfig) });
    expect([run.exitCode, run.stderr]).toEqual([0, expect.any(String)]);
    return pull;
  };
  const commentOn = (pull: number): string =>
    server.state.comments.find(({ number, account }) => number === pull && account.bot)?.body ?? '';
  const approveMergeApply = (pull: number): Promise<PipelineRun> => {
    server.state.review(pull, 'rita', 'APPROVED');
    server.state.merge(pull, 'ann');
    return pipeline.onPush('main', { words: ['apply'], ...env(bed().kubeconfigs.applier) });
  };
  const live = (field: string): string =>
    kubectl(bed(), ['get', 'deployment', 'catalog', '-n', namespace, '-o', `jsonpath={${field}}`]);

  test('says that it was predicted locally, and what it showed is what the approval covers', async () => {
    const pull = await propose(values(2));
    expect(commentOn(pull)).toContain('predicted locally');
    const run = await approveMergeApply(pull);
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining('2 created')]);
    expect(live('.spec.replicas')).toBe('2');
  });

  test('shows the change of a field and of a Secret, and nothing that stays', async () => {
    const pull = await propose(values(3, { password: 'second-canary' }));
    const comment = commentOn(pull);
    expect(comment).toMatch(/replicas.*2 → 3/);
    expect(comment).toMatch(/Secret/);
    expect(comment).not.toMatch(/canary|Y2FuYXJ5|env\b.*added|cpu/);
    const run = await approveMergeApply(pull);
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining('2 updated')]);
    const again = await propose(values(3, { password: 'second-canary' }));
    expect(commentOn(again)).toMatch(/[Nn]o changes|nothing/);
    expect((await approveMergeApply(again)).exitCode).toBe(0);
  });

  test('is taken for what the server does although it adds what nobody rendered', async () => {
    const pull = await propose(values(3, { password: 'second-canary', port: '80' }));
    expect(commentOn(pull)).not.toContain('protocol');
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
    expect(commentOn(pull)).toMatch(/replicas.*3 → 4/);
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
