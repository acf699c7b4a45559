/** Releases that another tool had first, installed by that tool itself. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { formatJson } from '../../src/cluster/read/json.ts';
import type { Change } from '../../src/plan/plan.ts';
import type { Resource } from '../../src/resource/resource.ts';
import type { Oracle } from '../bed/bed.ts';
import { kubectl, patchByHand } from '../bed/namespaces.ts';
import { describeOnBed, describeWithOracles, eachInItsNamespace } from '../bed/suites.ts';
import { clientOf, configMap, deployment, line, plan } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'pushgate-takeover-'));
let charts = 0;

function chartOf(objects: readonly Resource[]): string {
  const path = join(folder, `chart-${++charts}`);
  mkdirSync(join(path, 'templates'), { recursive: true });
  writeFileSync(join(path, 'Chart.yaml'), 'apiVersion: v2\nname: catalog\nversion: 1.0.0\nappVersion: "1"\n');
  writeFileSync(join(path, 'templates', 'all.yaml'), objects.map((object) => `---\n${formatJson(object)}\n`).join(''));
  return path;
}

function web(env: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>>): Resource {
  const base = deployment('web', 2);
  const variables = Object.entries(env).map(([name, value]) => ({ name, value }));
  const container = { name: 'app', image: 'registry.test/app:1', env: variables };
  const labels = { app: 'web' };
  return {
    ...base,
    metadata: { name: 'web', annotations },
    spec: {
      replicas: 2,
      minReadySeconds: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

const service: Resource = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
};
const secret = (data: Readonly<Record<string, string>>): Resource => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'keys' },
  stringData: data,
});

const before = [
  web({ LEVEL: 'info', OLD: 'x' }, { team: 'shop', old: 'x' }),
  configMap('env', { LEVEL: 'info', OLD: 'x' }),
  configMap('leftover', { a: '1' }),
  service,
  secret({ user: 'shop', old: 'first-canary' }),
];
/** Less of everything: an object, a variable, an annotation, a key, and a field that has a default. */
const after = [
  (() => {
    const { spec, ...rest } = web({ LEVEL: 'info' }, { team: 'shop' });
    const { minReadySeconds: _, ...less } = spec as Record<string, never>;
    return { ...rest, spec: less } as unknown as Resource;
  })(),
  configMap('env', { LEVEL: 'info' }),
  service,
  secret({ user: 'shop' }),
];

describeOnBed('a release that was installed by', (bed) => {
  let namespace = '';
  eachInItsNamespace(bed, (name) => {
    namespace = name;
  });
  const run = (program: string, ...args: string[]) => {
    const all = ['--kubeconfig', bed().kubeconfigs.administrator, '-n', namespace, ...args];
    const ended = spawnSync(program, all, { encoding: 'utf8' });
    if (ended.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${ended.stderr}`);
    return ended.stdout;
  };
  const planned = (...objects: readonly Resource[]) => plan({ client: clientOf(bed(), 'applier'), namespace, objects });
  const get = (what: string, path: string) =>
    kubectl(bed(), ['get', ...what.split(' '), '-n', namespace, '-o', `jsonpath=${path}`]);
  const generation = () => get('deployment web', '{.metadata.generation}');
  const ready = () => kubectl(bed(), ['rollout', 'status', 'deployment/web', '-n', namespace, '--timeout=60s']);
  const pods = () => get('pods', '{.items[*].metadata.uid}');
  const managers = (what: string) => get(what, '{.metadata.managedFields[*].manager}').split(' ').sort();

  /** From the takeover to the removal of all that is no longer rendered. */
  const walk = async (tool: string): Promise<void> => {
    ready();
    const was = { generation: generation(), pods: pods() };
    const first = await planned(...before);
    expect(first.release.changes.map(({ action, key }) => `${action} ${key.kind} ${key.name}`).sort()).toEqual([
      'adopt ConfigMap env',
      'adopt ConfigMap leftover',
      'adopt Deployment web',
      'adopt Secret keys',
      'adopt Service web',
    ]);
    for (const change of first.release.changes)
      expect(change.consequences.map(({ text }) => text)).toContain(`taken over from ${tool}`);

    const { outcomes, notReady } = await first.apply();

    expect(outcomes.map(({ outcome, problem: why }) => why ?? outcome)).toEqual(outcomes.map(() => 'adopted'));
    expect(notReady).toEqual([]);
    expect(pods()).toBe(was.pods);
    for (const what of ['configmap env', 'service web', 'secret keys']) expect(managers(what)).toEqual(['pushgate']);
    expect(managers('deployment web')).toEqual(['kube-controller-manager', 'pushgate']);
    expect((await planned(...before)).release).toMatchObject({ changes: [], drifted: [], untouched: 5 });

    const second = await planned(...after);
    expect(second.release.changes.map(line).sort()).toEqual([
      'delete ConfigMap leftover',
      'update ConfigMap env: data.OLD x → ∅',
      expect.stringMatching(/^update Deployment web: .*annotations\.old x → ∅.*minReadySeconds 1 → ∅.*env\[OLD\]/),
      expect.stringMatching(/^update Secret keys: .*data\.old .* → ∅/),
    ]);
    expect((await second.apply()).outcomes.map(({ outcome }) => outcome).sort()).toEqual([
      'deleted',
      'updated',
      'updated',
      'updated',
    ]);
    expect(get('configmap env', '{.data}')).toBe('{"LEVEL":"info"}');
    expect(get('deployment web', '{.spec.template.spec.containers[0].env[*].name}')).toBe('LEVEL');
    expect(get('deployment web', '{.metadata.annotations.old}{.spec.minReadySeconds}')).toBe('');
    expect(Object.keys(JSON.parse(get('secret keys', '{.data}')))).toEqual(['user']);
    expect(get('configmaps', '{.items[*].metadata.name}')).not.toContain('leftover');
    expect((await planned(...after)).release).toMatchObject({ changes: [], drifted: [], untouched: 4 });
  };

  const helms: readonly (readonly [Oracle, readonly string[]])[] = [
    ['helm', []],
    ['helm', ['--server-side=false']],
    ['helm3', []],
  ];
  for (const [name, flags] of helms) {
    describeWithOracles([name, ...flags].join(' '), [name], (program) => {
      test('is taken over without a restart, and what the chart then drops goes', async () => {
        run(program(name), 'install', 'catalog', chartOf(before), ...flags);
        const was = generation();
        await walk('Helm (release catalog)');
        // Once, for the change; not for the takeover.
        expect(generation()).toBe(String(Number(was) + 1));
      });

      test('is rolled back and uninstalled by the same program afterwards, and the next plan says what it did', async () => {
        run(program(name), 'install', 'catalog', chartOf(before), ...flags);
        const first = await planned(...before);
        expect(first.notices.join()).toMatch(
          /^catalog: it is a release of Helm \(revision 1 of \S+ \S+ UTC, deployed\)/,
        );
        await first.apply();
        await (await planned(...after)).apply();

        run(program(name), 'rollback', 'catalog', '1');

        const rolledBack = await planned(...after);
        expect(rolledBack.release.changes).toEqual([]);
        expect(rolledBack.release.drifted.map(line).sort()).toEqual([
          'update ConfigMap env: data.OLD x → ∅',
          expect.stringMatching(/^update Deployment web: .*env\[OLD\]/),
          expect.stringMatching(/^update Secret keys: /),
        ]);
        for (const { consequences } of rolledBack.release.drifted)
          expect(consequences.map(({ text }) => text).join()).toMatch(/written since by Helm at \d{4}-/);

        expect(rolledBack.notices.join()).toMatch(
          /Helm itself wrote revision 4 of \S+ \S+ UTC \(deployed\) after Pushgate's revision 3(,|$)/,
        );

        // What that revision had, and nothing renders, came back with it: it is named, and nobody's.
        expect(rolledBack.notices.join()).toContain(`also has ConfigMap ${namespace}/leftover, which nothing renders`);

        run(program(name), 'uninstall', 'catalog', '--wait=false');

        const uninstalled = await planned(...after);
        expect(uninstalled.notices.join()).toContain("Helm's records of it are gone");
        const { changes, drifted } = uninstalled.release;
        expect([...changes, ...drifted].map(({ action }) => action)).toEqual(after.map(() => 'create'));
      });
    });
  }

  /** Changes the manifest in Helm's record, as anybody can who may write Secrets there. */
  const forgeRecord = (change: (manifest: string) => string): void => {
    const record = 'secret sh.helm.release.v1.catalog.v1';
    const stored = Buffer.from(get(record, '{.data.release}'), 'base64').toString();
    const document = JSON.parse(gunzipSync(Buffer.from(stored, 'base64')).toString());
    const text = JSON.stringify({ ...document, manifest: change(document.manifest) });
    const release = Buffer.from(gzipSync(text).toString('base64')).toString('base64');
    kubectl(bed(), ['patch', ...record.split(' '), '-n', namespace, '-p', JSON.stringify({ data: { release } })]);
  };

  describeWithOracles('a helm whose chart has less by now', ['helm', 'helm3'], (program) => {
    const kept = configMap('kept', { a: '1' });
    const more: readonly Resource[] = [
      ...before,
      { ...kept, metadata: { name: 'kept', annotations: { 'helm.sh/resource-policy': 'keep' } } },
      // Not in the manifest of the release, so no part of what it has.
      { ...kept, metadata: { name: 'hooked', annotations: { 'helm.sh/hook': 'pre-install' } } },
      { ...secret({ token: 'second-canary' }), metadata: { name: 'old-keys' } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } },
      {
        apiVersion: 'v1',
        kind: 'ConfigMapList',
        items: [configMap('listed', { a: '1' })],
        metadata: {},
      } as unknown as Resource,
    ];
    const actions = ({ changes }: { readonly changes: readonly Change[] }): readonly string[] =>
      changes.map(({ action, key }) => `${action} ${key.kind} ${key.name}`).sort();
    const adopted = ['adopt ConfigMap env', 'adopt Deployment web', 'adopt Secret keys', 'adopt Service web'];

    test.each(['helm', 'helm3'] as const)(
      '%s is taken over with what the chart lost already, as deletions',
      async (name) => {
        run(program(name), 'install', 'catalog', chartOf(more));
        const first = await planned(...after);
        expect(actions(first.release)).toEqual([
          ...adopted,
          'delete ConfigMap leftover',
          'delete ConfigMap listed',
          'delete Secret old-keys',
          'delete ServiceAccount robot',
          'keep ConfigMap kept',
        ]);
        expect(JSON.stringify(first.release)).not.toMatch(/canary|Y2FuYXJ5/);
        const leftover = first.release.changes.find(({ key }) => key.name === 'leftover');
        expect(leftover?.consequences.map(({ text }) => text)).toContain(
          "Helm's revision 1 has it, and nothing renders it: helm upgrade does the same",
        );

        const { outcomes, revision } = await first.apply();

        expect(
          outcomes
            .filter(({ outcome }) => outcome === 'deleted')
            .map(({ key }) => key.name)
            .sort(),
        ).toEqual(['leftover', 'listed', 'old-keys', 'robot']);
        expect(revision).toBe(2);
        const left = get('configmaps,secrets', '{.items[*].metadata.name}').split(' ');
        expect(left).toEqual(expect.arrayContaining(['env', 'kept', 'hooked', 'keys']));
        for (const gone of ['leftover', 'listed', 'old-keys']) expect(left).not.toContain(gone);
        expect((await planned(...after)).release).toMatchObject({ changes: [], drifted: [] });
      },
    );

    test('is shown the same by a login that may not read Secrets, but for what it cannot see, and that is said', async () => {
      run(program('helm'), 'install', 'catalog', chartOf(more));
      const planner = await plan({ client: clientOf(bed(), 'planner'), namespace, objects: after.slice(0, 3) });
      expect(actions(planner.release)).toEqual([
        'adopt ConfigMap env',
        'adopt Deployment web',
        'adopt Service web',
        'delete ConfigMap leftover',
        'delete ConfigMap listed',
        'delete ServiceAccount robot',
        'keep ConfigMap kept',
      ]);
      expect(planner.notices.join()).toMatch(
        /^catalog: Helm installed it, and this login may not read Helm's record of it\. What the chart has lost since is told by Helm's marks, among ConfigMap, CronJob, [^.]*Service, [^.]* alone\. An apply that finds more refuses to delete it unseen/,
      );
      expect(planner.notices.join()).not.toContain('Secret,');
      const whole = await planned(...after.slice(0, 3));
      const digests = new Set(planner.release.changes.map(({ digest }) => digest));
      const unseen = whole.release.changes.filter(({ digest }) => !digests.has(digest));
      expect(actions({ changes: unseen })).toEqual(['delete Secret keys', 'delete Secret old-keys']);
    });

    test('is told by the marks on its objects where its record is gone', async () => {
      run(program('helm'), 'install', 'catalog', chartOf(more));
      kubectl(bed(), ['delete', 'secret', 'sh.helm.release.v1.catalog.v1', '-n', namespace]);
      const { release, notices } = await planned(...after);
      expect(actions(release)).toContain('delete Secret old-keys');
      expect(notices.join()).toContain("Helm's record of it is not there (another storage driver, or deleted)");
    });

    test('loses nothing that another release has by now, or that was made anew after the plan', async () => {
      run(program('helm'), 'install', 'catalog', chartOf(more));
      kubectl(bed(), [
        'annotate',
        'configmap',
        'listed',
        'meta.helm.sh/release-name=cart',
        '-n',
        namespace,
        '--overwrite',
      ]);
      const first = await planned(...after);
      expect(actions(first.release)).not.toContain('delete ConfigMap listed');
      kubectl(bed(), ['delete', 'configmap', 'leftover', '-n', namespace]);
      kubectl(bed(), ['create', 'configmap', 'leftover', '-n', namespace, '--from-literal=mine=1']);

      const { outcomes, revision } = await first.apply();

      const failed = outcomes.filter(({ outcome }) => outcome === 'failed');
      expect(failed.map(({ key, problem: why }) => [key.name, why?.reason])).toEqual([['leftover', 'conflict']]);
      expect([revision, get('configmap leftover', '{.data}')]).toEqual([undefined, '{"mine":"1"}']);
      // The takeover did not come through, so what is left of it is still told; what was made anew is not Helm's.
      const next = await planned(...after);
      expect(actions(next.release)).toEqual(['keep ConfigMap kept']);
      expect(next.notices.join()).toContain(`also has ConfigMap ${namespace}/leftover, which nothing renders`);
    });

    test('loses nothing else that somebody wrote into its record, whatever that is called', async () => {
      run(program('helm'), 'install', 'catalog', chartOf(before));
      const other = (kind: string, name: string, where = namespace) =>
        `---\napiVersion: v1\nkind: ${kind}\nmetadata: { name: "${name}", namespace: "${where}" }\n`;
      // A path has another meaning for the dots: the namespace itself, and all of a kind in it.
      const forged = [
        ...['..', '.', ''].map((name) => other('ConfigMap', name)),
        other('ConfigMap', 'kube-root-ca.crt', 'default'),
        other('Namespace', 'kube-system'),
      ];
      forgeRecord((manifest) => [manifest, ...forged].join('\n'));

      const { release, notices } = await planned(...after);

      expect(actions(release)).toEqual([...adopted, 'delete ConfigMap leftover']);
      expect(notices.join()).toContain(
        'also has ConfigMap default/kube-root-ca.crt, Namespace kube-system, which nothing renders and which does not carry the marks of the release',
      );
    });

    test('keeps protected kinds, and all of it when nothing is rendered', async () => {
      const claim = {
        ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' } },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      };
      run(program('helm'), 'install', 'catalog', chartOf([...before, claim]));
      const { blocked } = (await planned(...after)).release;
      expect(blocked).toMatchObject([
        { reason: 'prune-refused', text: expect.stringContaining('PersistentVolumeClaim is protected') },
      ]);
      const empty = (await planned()).release.blocked.map(({ text }) => text);
      expect(empty.join()).toContain('it renders no objects at all, so all 6 would be deleted');
    });
  });

  describeWithOracles('kubectl apply', ['kubectl'], () => {
    test('is taken over without a restart, and what Git then drops goes', async () => {
      const input = before.map((object) => `---\n${formatJson(object)}\n`).join('');
      kubectl(bed(), ['apply', '-n', namespace, '-f', '-'], { input });
      await walk('kubectl apply');
    });

    test('--server-side is taken over in the same way', async () => {
      const input = before.map((object) => `---\n${formatJson(object)}\n`).join('');
      kubectl(bed(), ['apply', '--server-side', '-n', namespace, '-f', '-'], { input });
      await walk('kubectl apply --server-side');
    });
  });

  test.each([
    [
      'argocd-controller',
      'Argo CD (application shop)',
      { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:/ConfigMap:x/env' } },
    ],
    [
      'kustomize-controller',
      'Flux (Kustomization flux-system/shop)',
      {
        labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' },
      },
    ],
    [
      'helm-controller',
      'Flux (HelmRelease shop/shop)',
      { labels: { 'helm.toolkit.fluxcd.io/name': 'shop', 'helm.toolkit.fluxcd.io/namespace': 'shop' } },
    ],
  ])('%s is taken over with a warning that it goes on writing', async (manager, controller, marks) => {
    const marked = (object: Resource) => ({ ...object, metadata: { ...object.metadata, ...marks } });
    const input = [configMap('env', { LEVEL: 'info', OLD: 'x' }), configMap('other', {})]
      .map((object) => `---\n${formatJson(marked(object))}\n`)
      .join('');
    kubectl(bed(), ['apply', '--server-side', `--field-manager=${manager}`, '-n', namespace, '-f', '-'], { input });

    const first = await planned(configMap('env', { LEVEL: 'info' }), configMap('other', {}));

    expect(first.notices.join()).toBe(
      `${controller} still manages ConfigMap ${namespace}/env, ConfigMap ${namespace}/other, which catalog renders: stop it there first, or the two undo each other`,
    );
    const env = first.release.changes.find(({ key }) => key.name === 'env');
    expect(env?.consequences.map(({ text }) => text)).toContain(`${controller} manages it too, and will write over it`);
    await first.apply();
    expect(get('configmap env', '{.data}')).toBe('{"LEVEL":"info"}');
    expect(managers('configmap env')).toEqual(['pushgate']);
  });

  test('nobody is adopted, and what people then add by hand stays while what both set goes with the render', async () => {
    kubectl(bed(), ['create', 'configmap', 'env', '-n', namespace, '--from-literal=LEVEL=info']);
    patchByHand(bed(), namespace, 'configmap/env', { data: { BOTH: '1', THEIRS: '1' } });
    const first = await planned(configMap('env', { LEVEL: 'info', BOTH: '1' }));
    expect(first.release.changes.flatMap(({ consequences }) => consequences.map(({ text }) => text))).toContain(
      'was there before, applied by no tool',
    );
    await first.apply();
    expect(get('configmap env', '{.data}')).toBe('{"BOTH":"1","LEVEL":"info","THEIRS":"1"}');

    await (await planned(configMap('env', {}))).apply();

    expect(get('configmap env', '{.data}')).toBe('{"THEIRS":"1"}');
  });

  test('anybody is shown by a login that may only try in the words, and with the digest, of one that may write', async () => {
    const input = [web({ LEVEL: 'info', OLD: 'x' }, {}), configMap('env', { a: '1', old: '1' })]
      .map((object) => `---\n${formatJson(object)}\n`)
      .join('');
    kubectl(bed(), ['apply', '-n', namespace, '-f', '-'], { input });
    const wanted = [web({ LEVEL: 'info' }, {}), configMap('env', { a: '1' })];
    const shown = await plan({ client: clientOf(bed(), 'planner'), namespace, objects: wanted });
    expect(shown.release.changes.map(line).join()).toMatch(/env\[OLD\][\s\S]*data\.old/);
    expect((await planned(...wanted)).release.digest).toBe(shown.release.digest);
  });

  test('another set of objects is not taken from it', async () => {
    const label = { 'applyset.kubernetes.io/part-of': 'applyset-of-somebody-v1' };
    kubectl(bed(), ['apply', '-n', namespace, '-f', '-'], {
      input: formatJson({ ...configMap('env', {}), metadata: { name: 'env', labels: label } }),
    });
    const { release } = await planned(configMap('env', {}));
    expect(release.blocked).toMatchObject([
      {
        reason: 'conflict',
        text: expect.stringContaining('belongs to another set of objects (applyset-of-somebody-v1)'),
      },
    ]);
  });
});
