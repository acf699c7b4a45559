/** Hooks on a real control plane: Jobs run, pods end. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import type { RenderedHook } from '../../src/cluster/read/hook-facts.ts';
import type { Progress } from '../../src/cluster/write/wait.ts';
import { hooksOf, keptObjects } from '../../src/commands/planning/hooks-of-release.ts';
import type { Rendered } from '../../src/render/rendered.ts';
import { isObject, type JsonObject, type Resource } from '../../src/resource/resource.ts';
import { kubectl } from '../bed/namespaces.ts';
import { describeOnBed, describeWithOracles, eachInItsNamespace } from '../bed/suites.ts';
import { clientOf, configMap, deployment, line, plan } from './support.ts';

interface HookOptions {
  readonly weight?: number;
  readonly policies?: readonly string[];
  /** A pod of which kwok says that it failed. */
  readonly fails?: true;
}

function jobHook(name: string, events: readonly string[], options: HookOptions = {}): RenderedHook {
  const { weight = 0, policies = [], fails } = options;
  const labels: Record<string, string> = fails ? { 'pod-container-running-failed.stage.kwok.x-k8s.io': 'true' } : {};
  const resource: Resource = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, annotations: { 'helm.sh/hook': events.join(',') } },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { labels },
        spec: { restartPolicy: 'Never', containers: [{ name: 'run', image: 'registry.test/run:1' }] },
      },
    },
  };
  return {
    resource,
    bound: resource,
    rules: { events, weight, deletePolicies: policies },
    source: `templates/${name}.yaml`,
  };
}

describeOnBed('hooks of a release', (bed) => {
  let namespace = '';
  eachInItsNamespace(bed, (name) => {
    namespace = name;
  });
  const planned = (hooks: readonly RenderedHook[], ...objects: readonly Resource[]) =>
    plan({ client: clientOf(bed(), 'applier'), namespace, objects, hooks: { all: hooks } });
  const get = (what: string, path: string) =>
    kubectl(bed(), ['get', ...what.split(' '), '-n', namespace, '-o', `jsonpath=${path}`]);
  const jobs = () =>
    get('jobs', '{.items[*].metadata.name}')
      .split(' ')
      .filter((name) => name !== '')
      .sort();
  const wrote = (progress: readonly string[]) => progress.filter((text) => !/waiting|ready/.test(text));

  const all = [
    jobHook('after', ['post-install', 'post-upgrade']),
    jobHook('second', ['pre-install'], { weight: 5 }),
    jobHook('first', ['pre-install'], { weight: -5, policies: ['hook-succeeded'] }),
    jobHook('migrate', ['pre-upgrade']),
    jobHook('check', ['test']),
  ];

  test('run before and after the changes, by weight, and are shown with what they are', async () => {
    const first = await planned(all, configMap('env', { a: '1' }));
    expect(
      first.release.changes.map(({ action, key, consequences }) => [
        action,
        key.name,
        consequences.map(({ text }) => text).join(),
      ]),
    ).toEqual([
      ['create', 'env', ''],
      ['run', 'after', 'hook: runs when the changes are ready'],
      ['run', 'second', 'hook: runs before the changes, weight 5'],
      ['run', 'first', 'hook: runs before the changes, weight -5'],
    ]);

    const { progress, revision } = await first.apply();

    expect(wrote(progress)).toEqual(['Job first ran', 'Job second ran', 'ConfigMap env created', 'Job after ran']);
    expect(revision).toBe(1);
    // `first` went because it succeeded.
    expect(jobs()).toEqual(['after', 'second']);
    const again = await planned(all, configMap('env', { a: '1' }));
    expect(again.release).toMatchObject({ changes: [], drifted: [], untouched: 1 });

    const second = await planned(all, configMap('env', { a: '2' }));
    expect(second.release.changes.map(line)).toEqual([
      'update ConfigMap env: data.a 1 → 2',
      'run Job after',
      expect.stringMatching(/^run Job migrate/),
    ]);
    const uid = get('job after', '{.metadata.uid}');
    expect(wrote((await second.apply()).progress)).toEqual([
      'Job migrate ran',
      'ConfigMap env updated',
      'Job after ran',
    ]);
    // The one of the last time went first.
    expect(get('job after', '{.metadata.uid}')).not.toBe(uid);
  });

  test('that fail stop the release, say why, and run again with the next apply', async () => {
    const failing = [
      jobHook('migrate', ['pre-install', 'pre-upgrade'], { fails: true, policies: ['hook-failed'] }),
      jobHook('rescue', ['sync-fail']),
    ];
    const broken = await planned(failing, configMap('env', { a: '1' }));
    const { problem: why, outcomes, revision, progress } = await broken.apply();
    expect(why).toMatchObject({ reason: 'hook-failed', message: expect.stringContaining('migrate failed') });
    expect(why?.excerpt).toContain('BackoffLimitExceeded');
    expect([outcomes.map(({ outcome }) => outcome), revision]).toEqual([['skipped'], undefined]);
    expect(wrote(progress)).toEqual(['Job rescue ran']);
    expect(jobs()).toEqual(['rescue']);

    const repaired = [jobHook('migrate', ['pre-install', 'pre-upgrade'])];
    expect(wrote((await (await planned(repaired, configMap('env', { a: '1' }))).apply()).progress)).toEqual([
      'Job migrate ran',
      'ConfigMap env created',
    ]);
  });

  test('that can never start end the apply before its time, and say why', async () => {
    const { resource, ...rest } = jobHook('migrate', ['pre-install']);
    const text = JSON.stringify(resource).replace('"restartPolicy"', '"nodeSelector":{"no":"where"},$&');
    const hook = { ...rest, resource: JSON.parse(text), bound: JSON.parse(text) };
    let isBroken = false;
    const breakIt = (event: Progress): void => {
      if (isBroken || event.kind !== 'waiting' || !event.message.includes('Unschedulable')) return;
      isBroken = true;
      const state = { waiting: { reason: 'InvalidImageName', message: 'says the kubelet' } };
      const one = { name: 'run', image: 'x', imageID: '', ready: false, restartCount: 0, state };
      const pod = get('pods', '{.items[0].metadata.name}');
      const patch = JSON.stringify({ status: { containerStatuses: [one] } });
      kubectl(bed(), ['patch', 'pod', pod, '-n', namespace, '--subresource=status', '--type=merge', '-p', patch]);
    };
    const { problem: why } = await (await planned([hook], configMap('env', {}))).apply({
      readyTimeout: 60_000,
      onProgress: breakIt,
    });
    expect(why).toMatchObject({
      reason: 'hook-failed',
      message: expect.stringMatching(/^hook Job \S+migrate failed: .*pod migrate-\S+: InvalidImageName$/),
      excerpt: expect.stringContaining('says the kubelet'),
    });
  });

  test('that fail at the end are due again, although nothing else differs', async () => {
    const objects = [configMap('env', { a: '1' })];
    const failing = jobHook('seed', ['post-install'], { fails: true });
    const { problem: why } = await (await planned([failing], ...objects)).apply();
    expect(why?.reason).toBe('hook-failed');

    const next = await planned([jobHook('seed', ['post-install'])], ...objects);

    expect(next.release.changes.map(({ action, key }) => `${action} ${key.name}`)).toEqual(['run seed']);
    expect(wrote((await next.apply()).progress)).toEqual(['Job seed ran']);
    expect((await planned([jobHook('seed', ['post-install'])], ...objects)).release.changes).toEqual([]);
  });

  test('never delete an object of their name that is no hook', async () => {
    kubectl(bed(), ['create', 'job', 'migrate', '--image=registry.test/mine', '-n', namespace]);
    const inTheWay = await planned([jobHook('migrate', ['pre-install'])], configMap('env', {}));
    expect(inTheWay.release.blocked).toMatchObject([
      { reason: 'conflict', text: expect.stringMatching(/hook Job .*migrate cannot be run: .* it is no hook/) },
    ]);
    const { problem: why } = await inTheWay.apply();
    expect(why).toMatchObject({ reason: 'conflict', message: expect.stringContaining('it is no hook') });
    expect(jobs()).toEqual(['migrate']);
  });

  describe('are tried when the plan is made', () => {
    const broken = (hook: RenderedHook, spec: JsonObject): RenderedHook => {
      const own = hook.resource['spec'];
      const resource = { ...hook.resource, spec: { ...(isObject(own) ? own : {}), ...spec } };
      return { ...hook, resource, bound: resource };
    };
    const migrate = jobHook('migrate', ['pre-install', 'pre-upgrade']);
    const wrong = broken(migrate, { completionMode: 'Sometimes' });
    const blocked = async (...args: Parameters<typeof planned>) =>
      (await planned(...args)).release.blocked.map(({ reason, text }) => `${reason}: ${text}`);

    test('so one that the server does not take is refused with its reason, where it comes from, and only if it runs', async () => {
      const refused = [
        expect.stringMatching(
          /^rejected: hook \(templates\/migrate.yaml\): the API server does not accept Job .*migrate: .*spec.completionMode: .*"Sometimes"/,
        ),
      ];
      expect(await blocked([wrong], configMap('env', { a: '1' }))).toEqual(refused);
      await (await planned([migrate], configMap('env', { a: '1' }))).apply();
      // The one that ran is still there, and is told from what is wrong with the new one.
      expect(await blocked([migrate], configMap('env', { a: '2' }))).toEqual([]);
      expect(await blocked([wrong], configMap('env', { a: '2' }))).toEqual(refused);
      // Nothing of the release changes, or somebody else changed it: no hook would run.
      expect(await blocked([wrong], configMap('env', { a: '1' }))).toEqual([]);
      kubectl(bed(), ['label', 'configmap', 'env', '-n', namespace, 'app.kubernetes.io/managed-by=me', '--overwrite']);
      expect(await blocked([wrong], configMap('env', { a: '1' }))).toEqual([]);
      expect(await blocked([jobHook('check', ['test']), wrong], configMap('env', { a: '2' }))).toEqual(refused);
    });

    test('which costs nothing where the release stays as it is', async () => {
      const objects = [configMap('env', { a: '1' })];
      await (await planned([migrate], ...objects)).apply();
      const asked: string[] = [];
      const client = clientOf(bed(), 'applier');
      const counting = {
        ...client,
        send: (request: Parameters<typeof client.send>[0]) => {
          if (request.path.includes('/jobs')) asked.push(`${request.method} ${request.query?.['dryRun'] ?? ''}`.trim());
          return client.send(request);
        },
      };
      const walk = { client: counting, namespace, hooks: { all: [migrate] } };
      await plan({ ...walk, objects });
      expect(asked).toEqual([]);
      await plan({ ...walk, hooks: { all: [{ ...migrate, rules: { ...migrate.rules, events: ['test'] } }] }, objects });
      expect(asked).toEqual([]);
      const fresh = { all: [jobHook('fresh', ['pre-upgrade'])] };
      await plan({ ...walk, hooks: fresh, objects: [configMap('env', { a: '2' })] });
      expect(asked).toEqual(['PATCH All']);
    });

    test('by quotas and admission too, before anything is written', async () => {
      kubectl(bed(), ['create', 'quota', 'jobs', '--hard=count/jobs.batch=0', '-n', namespace]);
      expect(await blocked([migrate], configMap('env', {}))).toEqual([
        expect.stringMatching(/^forbidden: hook .*migrate.*exceeded quota: jobs/s),
      ]);
    });

    test('but not in a namespace, of a kind, or with a class that comes with the release', async () => {
      const refusals = async (hook: RenderedHook, object: Resource) => {
        const client = clientOf(bed(), 'administrator');
        const { release } = await plan({ client, namespace, objects: [object], hooks: { all: [hook] } });
        return release.blocked.map(({ text }) => text);
      };
      const own = `${namespace}-own`;
      const there = (resource: Resource): Resource => ({
        ...resource,
        metadata: { ...resource.metadata, namespace: own },
      });
      const inOwn = { ...wrong, resource: there(wrong.resource), bound: there(wrong.bound) };
      const made: Resource = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: own } };
      expect(await refusals(inOwn, made)).toEqual([]);
      const group = `${namespace}.test`;
      const definition: Resource = {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `seeds.${group}` },
        spec: {
          group,
          names: { kind: 'Seed', plural: 'seeds' },
          scope: 'Namespaced',
          versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
        },
      };
      const seed: Resource = { apiVersion: `${group}/v1`, kind: 'Seed', metadata: { name: 'seed' } };
      const ofNewKind = { ...migrate, resource: seed, bound: seed };
      expect(await refusals(ofNewKind, definition)).toEqual([]);
      expect(await refusals(ofNewKind, configMap('env', {}))).toEqual([
        expect.stringContaining('the cluster has no such kind: Seed'),
      ]);
      const pod = (spec: JsonObject): RenderedHook => {
        const resource: Resource = {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'pod', annotations: { 'helm.sh/hook': 'post-install' } },
          spec: { containers: [{ name: 'a', image: 'registry.test/a:1' }], ...spec },
        };
        return { ...migrate, rules: { ...migrate.rules, events: ['post-install'] }, resource, bound: resource };
      };
      const urgent = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: own }, value: 1 };
      expect(await refusals(pod({ priorityClassName: own }), urgent)).toEqual([]);
      expect(await refusals(pod({ priorityClassName: own }), configMap('env', {}))).toEqual([
        expect.stringContaining('no PriorityClass with name'),
      ]);
    });

    test('where the login may, and it is said where it may not', async () => {
      const role = (verbs: readonly string[]): RenderedHook => {
        const resource: Resource = {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'Role',
          metadata: { name: 'wide', annotations: { 'helm.sh/hook': 'pre-install' } },
          rules: [{ apiGroups: ['*'], resources: ['*'], verbs }],
        };
        return { ...migrate, resource, bound: resource };
      };
      const hooks = { all: [role(['*'])] };
      const walk = { client: clientOf(bed(), 'planner'), namespace, hooks, objects: [configMap('env', {})] };
      const { release } = await plan({ ...walk, prediction: 'fallback' });
      expect(release.blocked).toEqual([]);
      const [hook] = release.changes.filter(({ action }) => action === 'run');
      expect(hook?.consequences.map(({ text }) => text)).toEqual([
        'hook: runs before the changes',
        'not tried: the login may not',
      ]);
    });
  });

  test('run when the release goes, as recorded', async () => {
    const hooks = [
      jobHook('goodbye', ['pre-delete']),
      jobHook('swept', ['post-delete'], { policies: ['hook-succeeded'] }),
    ];
    await (await planned(hooks, configMap('env', { a: '1' }))).apply();
    const gone = await plan({ client: clientOf(bed(), 'applier'), namespace, objects: [], intent: 'removal' });
    expect(gone.release.changes.map(({ action, key }) => `${action} ${key.name}`)).toEqual([
      'delete env',
      'run goodbye',
      'run swept',
    ]);
    expect(wrote((await gone.apply()).progress)).toEqual(['Job goodbye ran', 'ConfigMap env deleted', 'Job swept ran']);
    expect(jobs()).toEqual(['goodbye']);
  });

  test('do not run for a takeover of what is as it should be', async () => {
    const marks = {
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { 'meta.helm.sh/release-name': 'catalog', 'meta.helm.sh/release-namespace': namespace },
    };
    const map = configMap('env', { a: '1' });
    const input = JSON.stringify({ ...map, metadata: { ...map.metadata, ...marks } });
    kubectl(bed(), ['apply', '-n', namespace, '-f', '-'], { input });
    const first = await planned(all, configMap('env', { a: '1' }));
    expect(first.release.changes.map(({ action }) => action)).toEqual(['adopt']);
    expect(wrote((await first.apply()).progress)).toEqual(['ConfigMap env adopted']);
    expect((await planned(all, configMap('env', { a: '2' }))).release.changes.map(({ action }) => action)).toEqual([
      'update',
      'run',
      'run',
    ]);
  });

  test('cannot be changed without changing the digest of the release', async () => {
    const digest = async (hook: RenderedHook) => (await planned([hook], configMap('env', {}))).release.digest;
    const one = await digest(jobHook('migrate', ['pre-install']));
    expect(await digest(jobHook('migrate', ['pre-install']))).toBe(one);
    expect(await digest(jobHook('migrate', ['pre-install'], { weight: 1 }))).not.toBe(one);
    expect(await digest(jobHook('migrate', ['pre-install'], { fails: true }))).not.toBe(one);
  });

  test('of Argo CD run at their phases, and its waves wait for each other', async () => {
    const phased = (name: string, phase: string): Resource => {
      const { resource } = jobHook(name, []);
      return {
        ...resource,
        metadata: {
          name,
          namespace,
          annotations: { 'argocd.argoproj.io/hook': phase, 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded' },
        },
      };
    };
    const waved = (object: Resource, wave: string): Resource => ({
      ...object,
      metadata: { ...object.metadata, annotations: { 'argocd.argoproj.io/sync-wave': wave } },
    });
    const objects = [
      waved(configMap('late', {}), '2'),
      waved(deployment('web', 1), '-1'),
      phased('prepare', 'PreSync'),
      phased('beside', 'Sync'),
      phased('smoke', 'PostSync'),
      phased('never', 'Skip'),
    ];
    const rendered = {
      objects: objects.map((resource) => ({ resource, source: 'all.yaml' })),
      hooks: [],
    } as unknown as Rendered;
    const kept = keptObjects(rendered, { kind: 'cluster' } as Parameters<typeof keptObjects>[1]).map(
      ({ resource }) => resource,
    );

    const { progress } = await (await planned(hooksOf(rendered, rendered), ...kept)).apply();

    expect(progress.filter((text) => !text.includes('waiting'))).toEqual([
      'Job prepare ran',
      'Deployment web created',
      'Deployment web ready 1 of 1 ready',
      'ConfigMap late created',
      'Job beside ran',
      'Deployment web ready 1 of 1 ready',
      'Job smoke ran',
    ]);
    expect(jobs()).toEqual([]);
  });

  describeWithOracles('the real helm', ['helm'], (program) => {
    test('finds them in the record and runs those for its own uninstall', async () => {
      await (
        await planned([jobHook('goodbye', ['pre-delete']), jobHook('check', ['test'])], configMap('env', { a: '1' }))
      ).apply();
      const helm = (...args: string[]) => {
        const run = spawnSync(
          program('helm'),
          ['--kubeconfig', bed().kubeconfigs.administrator, '-n', namespace, ...args],
          { encoding: 'utf8' },
        );
        if (run.status !== 0) throw new Error(run.stderr);
        return run.stdout;
      };
      expect(helm('get', 'hooks', 'catalog')).toMatch(/name: goodbye[\s\S]*name: check/);
      helm('test', 'catalog');
      expect(jobs()).toEqual(['check']);
      helm('uninstall', 'catalog', '--wait=false');
      expect(jobs()).toContain('goodbye');
    });
  });
});
