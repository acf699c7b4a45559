import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dangerousRightsOf, gradeLogin } from '../../src/cluster/read/canary.ts';
import { discover } from '../../src/cluster/read/discovery.ts';
import { readParents } from '../../src/cluster/read/parent.ts';
import { viewCluster } from '../../src/cluster/read/view.ts';
import { readYamlDocuments } from '../../src/yaml/index.ts';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed, describeWithOracles } from '../bed/suites.ts';
import { type BedLogin, type RawRequest, send, serviceAccount } from '../support/bed-login.ts';
import { reportFigure } from '../support/figures.ts';
import { GitFixture } from '../support/git-fixture.ts';
import { clientFor, clientOf } from './support.ts';

const chart = 'apiVersion: v2\nname: catalog\nversion: 1.0.0\n';

const template = (namespace: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: app, image: "registry.test/app:1" }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: env }
data: { LEVEL: info }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: { name: ${namespace} }
value: {{ .Values.priority }}
---
apiVersion: v1
kind: Secret
metadata: { name: db }
stringData: { password: {{ .Values.password }} }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader }
rules: [{ apiGroups: [""], resources: [pods], verbs: [list] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: viewer }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
subjects: [{ kind: ServiceAccount, name: default, namespace: ${namespace} }]
---
# Bindings of roles that come with them: the server cannot try these before the roles are there.
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reader }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ kind: ServiceAccount, name: default, namespace: ${namespace} }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: ${namespace} }
rules: [{ apiGroups: [""], resources: [nodes], verbs: [list] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: ${namespace} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${namespace} }
subjects: [{ kind: ServiceAccount, name: default, namespace: ${namespace} }]
`;

describeOnBed('the rights that rbac prints', (bed) => {
  let namespace = '';
  let fixture: GitFixture;
  let shop = '';
  let printed = '';
  let planner: BedLogin;
  let applier: BedLogin;

  const pushgate = (login: { readonly kubeconfig: string }, ...words: readonly string[]) =>
    pushgateIn(shop, login, ...words);
  const pushgateIn = (cwd: string, login: { readonly kubeconfig: string }, ...words: readonly string[]) => {
    const args = ['--disable-warning=ExperimentalWarning', resolve('src/cli.ts'), ...words];
    const env = { ...fixture.variables, KUBECONFIG: login.kubeconfig, PUSHGATE_KEY: 'k' } as NodeJS.ProcessEnv;
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const administrator = () => ({ kubeconfig: bed().kubeconfigs.administrator });
  const config = (cluster: string): string => `version: 1
defaults: { namespace: ${namespace} }
releases:
  - { name: catalog, chart: catalog }
environments:
  ${namespace}: { cluster: ${cluster}, gate: { mode: none } }
`;
  const commit = (replicas: number, { cluster = '{ context: bed }', password = 'first-canary' } = {}): void => {
    fixture.commit(
      shop,
      {
        'pushgate.yaml': config(cluster),
        'catalog/Chart.yaml': chart,
        'catalog/values.yaml': `replicas: ${replicas}\npriority: 7\npassword: ${password}\n`,
        'catalog/templates/all.yaml': template(namespace),
      },
      `${replicas} replicas`,
    );
  };

  beforeAll(async () => {
    namespace = makeNamespace(bed());
    fixture = new GitFixture();
    shop = fixture.repository('shop');
    commit(1);
    fixture.commit(shop, {}, 'Rules are there now');
    const [plans, applies] = ['planner', 'applier'].map((name) => `serviceaccount:${namespace}/${name}`);
    const answer = pushgate(administrator(), 'rbac', `--planner=${plans}`, `--applier=${applies}`);
    expect([answer.status, answer.stderr]).toEqual([0, expect.stringContaining('rendering')]);
    printed = answer.stdout;
    kubectl(bed(), ['apply', '-f', '-'], { input: printed });
    planner = serviceAccount(bed(), namespace, 'planner');
    applier = serviceAccount(bed(), namespace, 'applier');
    await waitUntilPinned();
  });
  afterAll(() => {
    fixture[Symbol.dispose]();
    for (const kind of ['validatingadmissionpolicybinding', 'validatingadmissionpolicy'])
      kubectl(bed(), ['delete', kind, `pushgate-planner-${namespace}`]);
    for (const kind of ['clusterrolebinding', 'clusterrole'])
      for (const who of ['planner', 'applier']) kubectl(bed(), ['delete', kind, `pushgate-${who}-${namespace}`]);
    for (const kind of ['priorityclass', 'clusterrolebinding', 'clusterrole'])
      kubectl(bed(), ['delete', kind, namespace, '--ignore-not-found']);
    dropNamespace(bed(), namespace);
  });

  /** A policy acts a moment after it was written. */
  const waitUntilPinned = async (): Promise<void> => {
    const client = clientFor(planner.kubeconfig);
    const view = viewCluster(client, await discover(client));
    while ((await gradeLogin(view, { parents: [], namespaces: [namespace] })).grade !== 'enforced') await sleep(100);
  };

  test('name every kind, namespace and verb, and nothing by a star', () => {
    const objects = readYamlDocuments(printed).map(({ value }) => value) as unknown as readonly {
      readonly kind: string;
      readonly metadata: { readonly namespace?: string };
      readonly rules?: readonly { readonly resources?: readonly string[]; readonly verbs: readonly string[] }[];
    }[];
    const roles = objects.filter(({ kind }) => kind.endsWith('Role'));
    expect(roles.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`.trim())).toEqual([
      'ClusterRole',
      `Role ${namespace}`,
      'ClusterRole',
      `Role ${namespace}`,
    ]);
    expect(JSON.stringify(roles)).not.toContain('*');
    const [wide, narrow] = roles;
    const verbs = new Set([...(wide?.rules ?? []), ...(narrow?.rules ?? [])].flatMap((rule) => rule.verbs));
    expect([...verbs].sort()).toEqual(['create', 'get', 'list', 'patch']);
    const resources = [...(wide?.rules ?? []), ...(narrow?.rules ?? [])].flatMap((rule) => rule.resources ?? []);
    expect(resources.filter((resource) => resource.includes('/') || resource === 'secrets')).toEqual([]);
  });

  test('are enough to plan and to apply, and the plan says that its login cannot write', () => {
    const first = pushgate(planner, 'plan', '--output=json');
    const plan = JSON.parse(first.stdout) as { environments: { plan: { login: object; notices: object[] } }[] };
    expect(plan.environments[0]?.plan.login).toMatchObject({ grade: 'enforced' });
    expect(plan.environments[0]?.plan.notices).toEqual([]);
    expect(pushgate(applier, 'apply')).toMatchObject({ status: 0 });
    commit(2);
    const second = pushgate(planner, 'plan', '--lines');
    expect([second.status, second.stdout]).toEqual([0, expect.stringContaining('replicas: 2')]);
    expect(pushgate(applier, 'apply')).toMatchObject({ status: 0 });
    expect(pushgate(planner, 'plan', '--detailed-exitcode')).toMatchObject({ status: 0 });
    expect(pushgate(planner, 'status')).toMatchObject({ status: 0 });
    expect(pushgate(planner, 'drift')).toMatchObject({ status: 0 });
  });

  test('let the applier change and delete of what is cluster-wide only what its releases have', () => {
    const may = (verb: string, what: string): boolean => {
      const words = ['--kubeconfig', applier.kubeconfig, 'auth', 'can-i', verb, what];
      // It ends with 1 for no.
      try {
        return kubectl(bed(), words).trim() === 'yes';
      } catch (error) {
        if (String(error).includes('ended with 1')) return false;
        throw error;
      }
    };
    for (const kind of ['priorityclasses', 'clusterroles']) {
      for (const verb of ['patch', 'delete']) {
        expect([kind, verb, may(verb, `${kind}/${namespace}`)]).toEqual([kind, verb, true]);
        expect([kind, verb, may(verb, `${kind}/system-node-critical`)]).toEqual([kind, verb, false]);
      }
    }
    expect(may('delete', 'namespaces/kube-system')).toBe(false);
  });

  test('let the planner see that a Secret changes without any right on Secrets, and that one does not', () => {
    commit(2, { password: 'second-canary' });
    const plan = pushgate(planner, 'plan', '--lines');
    expect([plan.status, plan.stdout]).toEqual([0, expect.stringMatching(/Secret .*db/)]);
    expect(plan.stdout).toContain('predicted locally');
    expect(plan.stdout).not.toMatch(/canary|Y2FuYXJ5/);
    expect(plan.stdout).not.toContain('Deployment');
    expect(pushgate(applier, 'apply')).toMatchObject({ status: 0 });
    expect(pushgate(planner, 'plan', '--detailed-exitcode')).toMatchObject({ status: 0 });
    const parent = kubectl(bed(), ['get', 'configmap', 'pushgate-catalog', '-n', namespace, '-o', 'json']);
    const { binaryData } = JSON.parse(parent) as { binaryData: Record<string, string> };
    const state = gunzipSync(Buffer.from(Object.values(binaryData)[0] ?? '', 'base64')).toString();
    for (const value of ['first-canary', 'second-canary'])
      for (const form of [value, Buffer.from(value).toString('base64')]) expect(state).not.toContain(form);
  });

  test('let the planner change nothing, whatever it tries on whatever the plan has', async () => {
    const before = everything();
    const accepted: string[] = [];
    const all = await attacks();
    for (const attempt of all) {
      const { status, text } = await send(bed(), planner, attempt);
      if (status < 400) accepted.push(`${attempt.method} ${attempt.path}: ${status} ${text.slice(0, 80)}`);
    }
    expect(accepted).toEqual([]);
    expect(everything()).toEqual(before);
    reportFigure(`planner: ${all.length} hostile requests with the printed roles and policy: 0 accepted, 0 changes`);
  });

  test('hold a planner by the policy alone, were its roles to let it do everything', async () => {
    const role = `everything-${namespace}`;
    const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
    const rules = [{ apiGroups: ['*'], resources: ['*', '*/*'], verbs }];
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    kubectl(bed(), ['create', '-f', '-'], {
      input: JSON.stringify({ apiVersion, kind: 'ClusterRole', metadata: { name: role }, rules }),
    });
    kubectl(bed(), [
      ...['create', 'rolebinding', role, '-n', namespace],
      ...[`--clusterrole=${role}`, `--serviceaccount=${namespace}:planner`],
    ]);
    try {
      const client = clientFor(planner.kubeconfig);
      while ((await dangerousRightsOf(client, namespace)).length === 0) await sleep(50);
      const before = everything();
      const accepted: string[] = [];
      let tried = 0;
      for (const attempt of await attacks()) {
        if (attempt.method === 'GET') continue;
        tried++;
        const { status, text } = await send(bed(), planner, attempt);
        const { pathname, searchParams } = new URL(attempt.path, bed().server);
        const isSubresource = /\/namespaces\/[^/]+\/[^/]+\/[^/]+\/./.test(pathname);
        const isTried = searchParams.get('dryRun') === 'All' && !isSubresource && attempt.method !== 'DELETE';
        if (status < 400 && !isTried)
          accepted.push(`${attempt.method} ${attempt.path}: ${status} ${text.slice(0, 80)}`);
      }
      expect(accepted).toEqual([]);
      expect(everything()).toEqual(before);
      reportFigure(
        `planner: ${tried} hostile requests with roles that allow all of them, held by the policy alone: 0 changes`,
      );
    } finally {
      kubectl(bed(), ['delete', 'rolebinding', role, '-n', namespace]);
      kubectl(bed(), ['delete', 'clusterrole', role]);
      const client = clientFor(planner.kubeconfig);
      while ((await dangerousRightsOf(client, namespace)).length > 0) await sleep(50);
    }
  });

  test('refuse kubectl in the hands of the planner, too', () => {
    const tries: readonly (readonly string[])[] = [
      ['scale', 'deployment/web', '--replicas=0'],
      ['exec', 'deployment/web', '--', 'id'],
      ['create', 'token', 'applier'],
      ['create', 'token', 'applier', '--v=0', '--duration=1h'],
      ['get', 'secrets'],
      ['get', 'configmaps', '--as=system:admin', '--as-group=system:masters'],
      ['create', 'rolebinding', 'mine', '--clusterrole=cluster-admin', `--serviceaccount=${namespace}:planner`],
      ['create', 'role', 'mine', '--verb=*', '--resource=*'],
      ['create', 'role', 'mine', '--verb=get', '--resource=secrets', '--dry-run=server'],
      ['delete', 'validatingadmissionpolicybinding', `pushgate-planner-${namespace}`],
      ['rollout', 'restart', 'deployment/web'],
      ['delete', 'configmap', 'env'],
      ['delete', 'configmap', 'env', '--dry-run=server'],
    ];
    const before = everything();
    for (const words of tries) {
      expect(() => kubectl(bed(), ['--kubeconfig', planner.kubeconfig, '-n', namespace, ...words])).toThrow(
        /orbidden|may (only|not)/,
      );
    }
    expect(everything()).toEqual(before);
  });

  test('are told apart from a login that could write, which is tried without a trace', async () => {
    const client = clientOf(bed(), 'administrator');
    const view = viewCluster(client, await discover(client));
    const parents = [...(await readParents(client, namespace)).whole.values()];
    const before = everything();
    const grade = await gradeLogin(view, { parents, namespaces: [namespace] });
    expect(grade).toMatchObject({ grade: 'advisory', text: expect.stringContaining('can write') });
    expect(everything()).toEqual(before);
    expect((await dangerousRightsOf(client, namespace)).length).toBeGreaterThan(5);
    expect(await dangerousRightsOf(clientFor(planner.kubeconfig), namespace)).toEqual([]);
  });

  test('with the policy taken away are no pin, and the next plan says so', async () => {
    const open = serviceAccount(bed(), namespace, 'open');
    kubectl(bed(), [
      ...['create', 'rolebinding', 'open', '-n', namespace],
      ...[`--role=pushgate-planner-${namespace}`, `--serviceaccount=${namespace}:open`],
    ]);
    const none = serviceAccount(bed(), namespace, 'none');
    const grades = await Promise.all(
      [open, none, planner].map(async ({ kubeconfig }) => {
        const client = clientFor(kubeconfig);
        const view = viewCluster(client, await discover(client));
        return (await gradeLogin(view, { parents: [], namespaces: [namespace] })).grade;
      }),
    );
    expect(grades).toEqual(['advisory', 'enforced', 'enforced']);
  });

  test('can be required: then a login that could write gets no plan', () => {
    expect(pushgate(administrator(), 'plan').stdout).toContain('can write to the cluster');
    commit(3, { cluster: '{ context: bed, planner: pinned }' });
    const refused = pushgate(administrator(), 'plan');
    expect([refused.status, refused.stdout]).toEqual([3, expect.stringContaining('planner-can-write')]);
    expect(pushgate(planner, 'plan')).toMatchObject({ status: 0, stdout: expect.stringContaining('2 → 3') });
  });

  describeWithOracles('for a release of Helm', ['helm'], (program) => {
    test('cover the deletion of what its chart lost, of a kind that nothing renders any more', async () => {
      const home = makeNamespace(bed());
      const legacy = fixture.repository(`legacy-${home}`);
      const commitTo = (files: Readonly<Record<string, string>>) => fixture.commit(legacy, files, 'The shop');
      const kept = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: env }\n';
      const lost = '---\napiVersion: v1\nkind: Service\nmetadata: { name: old }\nspec: { ports: [{ port: 80 }] }\n';
      commitTo({
        'pushgate.yaml': config('{ context: bed }').replaceAll(namespace, home),
        'catalog/Chart.yaml': chart,
        'catalog/templates/all.yaml': `${kept}${lost}`,
      });
      const helm = ['--kubeconfig', bed().kubeconfigs.administrator, '-n', home, 'install', 'catalog', 'catalog'];
      expect(spawnSync(program('helm'), helm, { cwd: legacy, encoding: 'utf8' })).toMatchObject({ status: 0 });
      commitTo({ 'catalog/templates/all.yaml': kept });
      const subjects = ['planner', 'applier'].map((name) => `--${name}=serviceaccount:${home}/${name}`);
      const rights = pushgateIn(legacy, administrator(), 'rbac', ...subjects);
      kubectl(bed(), ['apply', '-f', '-'], { input: rights.stdout });
      const [plans, applies] = ['planner', 'applier'].map((name) => serviceAccount(bed(), home, name));
      if (plans === undefined || applies === undefined) throw new Error('two accounts');

      const plan = pushgateIn(legacy, plans, 'plan');
      expect([plan.status, plan.stdout]).toEqual([
        0,
        expect.stringMatching(/may not read Helm's record of it[\s\S]*- Service \S+old +deleted/),
      ]);
      const applied = pushgateIn(legacy, applies, 'apply');
      expect([applied.status, applied.stdout]).toEqual([0, expect.stringContaining('1 deleted')]);
      expect(kubectl(bed(), ['get', 'services', '-n', home, '-o', 'name'])).toBe('');

      for (const kind of ['validatingadmissionpolicybinding', 'validatingadmissionpolicy'])
        kubectl(bed(), ['delete', kind, `pushgate-planner-${home}`]);
      dropNamespace(bed(), home);
    });
  });

  test('are not printed for one login in both parts, nor for a name that is none', () => {
    const same = pushgate(administrator(), 'rbac', '--planner=group:ci', '--applier=group:ci');
    expect([same.status, same.stderr]).toEqual([1, expect.stringContaining('planner and applier at once')]);
    const odd = pushgate(administrator(), 'rbac', "--planner=user:x' || true || 'y");
    expect([odd.status, odd.stderr]).toEqual([1, expect.stringContaining('names no login')]);
  });

  /** Every object of the namespace, and what is cluster-wide and could be touched, but for what controllers count. */
  const everything = (): readonly string[] => {
    const kinds = kubectl(bed(), ['api-resources', '--verbs=list', '--namespaced', '-o', 'name']).trim().split('\n');
    const own = kinds.filter((kind) => !/events|leases|metrics/.test(kind)).join(',');
    const fields = 'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}';
    const wide =
      'priorityclasses,clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings';
    return [
      ...kubectl(bed(), ['get', own, '-n', namespace, '-o', fields]).trim().split('\n'),
      ...kubectl(bed(), ['get', wide, '-o', fields])
        .trim()
        .split('\n')
        .filter((line) => line.includes(namespace)),
    ].sort();
  };

  /** Every verb on every kind and subresource that this API server serves for the groups of the plan. */
  const attacks = async (): Promise<readonly RawRequest[]> => {
    const groups = ['api/v1', 'apis/apps/v1', 'apis/scheduling.k8s.io/v1', 'apis/rbac.authorization.k8s.io/v1'];
    const wanted =
      /^(deployments|configmaps|services|priorityclasses|roles|rolebindings|serviceaccounts|pods|secrets)(\/|$)/;
    const names: Readonly<Record<string, string>> = {
      deployments: 'web',
      configmaps: 'env',
      services: 'web',
      priorityclasses: namespace,
      roles: 'reader',
      rolebindings: 'viewer',
      serviceaccounts: 'default',
      secrets: 'sh.helm.release.v1.catalog.v1',
      pods: kubectl(bed(), ['get', 'pods', '-n', namespace, '-o', 'jsonpath={.items[0].metadata.name}']),
    };
    const requests: RawRequest[] = [];
    for (const group of groups) {
      const list = JSON.parse(kubectl(bed(), ['get', '--raw', `/${group}`])) as {
        readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
      };
      for (const { name: resource, kind, namespaced } of list.resources.filter(({ name }) => wanted.test(name))) {
        const [plural = '', subresource] = resource.split('/');
        const collection = `/${group}${namespaced ? `/namespaces/${namespace}` : ''}/${plural}`;
        const object = `${collection}/${names[plural]}${subresource === undefined ? '' : `/${subresource}`}`;
        const apiVersion = group.replace(/^apis?\//, '');
        const metadata = { name: names[plural], labels: { attack: 'yes' } };
        const body = { apiVersion, kind, metadata };
        const made = { ...body, metadata: { name: 'attack' } };
        const patches = ['apply-patch+yaml', 'merge-patch+json', 'strategic-merge-patch+json'];
        requests.push(
          ...patches.flatMap((type) =>
            ['fieldManager=a&force=true', 'fieldManager=pushgate&force=true', 'fieldManager=a&dryRun='].map(
              (query) => ({
                method: 'PATCH',
                path: `${object}?${type.startsWith('apply') ? query : query.replace('&force=true', '')}`,
                body,
                contentType: `application/${type}`,
              }),
            ),
          ),
          {
            method: 'PATCH',
            path: object,
            body: [{ op: 'add', path: '/metadata/labels', value: { attack: 'yes' } }],
            contentType: 'application/json-patch+json',
          },
          { method: 'PUT', path: object, body },
          { method: 'PUT', path: `${object}?dryRun=All`, body },
          { method: 'DELETE', path: object },
          { method: 'DELETE', path: `${object}?dryRun=All` },
          { method: 'DELETE', path: object, body: { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] } },
        );
        if (subresource === undefined) {
          requests.push(
            { method: 'POST', path: collection, body: made },
            { method: 'POST', path: collection, body: { ...made, metadata: { generateName: 'attack-' } } },
            { method: 'DELETE', path: collection },
            { method: 'DELETE', path: `${collection}?dryRun=All` },
          );
        } else {
          for (const query of ['', '?dryRun=All']) requests.push({ method: 'POST', path: object + query, body });
        }
        if (plural === 'secrets') {
          for (const path of [collection, object, `${collection}?watch=true&timeoutSeconds=1`])
            requests.push({ method: 'GET', path });
          requests.push({
            method: 'PATCH',
            path: `${object}?fieldManager=a&force=true&dryRun=All`,
            body: { apiVersion, kind, metadata: { name: names[plural] } },
            contentType: 'application/apply-patch+yaml',
          });
        }
        // An escalation is refused even where it is only tried.
        if (plural === 'roles') {
          const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*', 'escalate', 'bind'] }];
          for (const query of ['', '?dryRun=All'])
            requests.push({ method: 'POST', path: collection + query, body: { ...made, rules } });
        }
      }
    }
    const asMaster = { 'impersonate-user': 'system:admin', 'impersonate-group': 'system:masters' };
    requests.push({ method: 'GET', path: `/api/v1/namespaces/${namespace}/configmaps`, headers: asMaster });
    expect(requests.length).toBeGreaterThan(300);
    return requests;
  };
});
