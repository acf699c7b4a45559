/** The same answers as kubectl's dry run, and the prediction that is computed here beside the server's. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { discover } from '../../src/cluster/read/discovery.ts';
import { formatJson, parseJson } from '../../src/cluster/read/json.ts';
import { type ObjectPlace, pathOf, readObject } from '../../src/cluster/read/objects.ts';
import { openApi } from '../../src/cluster/read/openapi.ts';
import { applyContentType, applyQuery, predictNow } from '../../src/cluster/read/predict.ts';
import { placeOf } from '../../src/cluster/read/prepare.ts';
import { applyLocally } from '../../src/fields/local-apply.ts';
import { compare, type Difference } from '../../src/plan/compare.ts';
import { normalise } from '../../src/plan/normalise.ts';
import { formatPath } from '../../src/plan/path.ts';
import { differsInRendered } from '../../src/plan/prediction.ts';
import { Problem } from '../../src/problem.ts';
import { annotationsOf, isList, type JsonObject, type Resource } from '../../src/resource/resource.ts';
import { readYamlDocuments } from '../../src/yaml/index.ts';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { reportFigure } from '../support/figures.ts';
import { changed } from './random-edit.ts';
import { clientOf, plan } from './support.ts';

/** Values as charts write them, with what readers and servers disagree about. */
const manifests = (namespace: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: ${namespace}, labels: { on: "yes", version: "1.10" }, annotations: { big: "12345678901234567890" } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  strategy: { rollingUpdate: { maxSurge: 25%, maxUnavailable: 1 } }
  template:
    metadata: { labels: { app: web } }
    spec:
      hostNetwork: false
      priorityClassName: ""
      terminationGracePeriodSeconds: 0
      nodeSelector: {}
      containers:
        - name: app
          image: registry.test/app:1
          command: [sh, -c, "echo 0644"]
          env: [{ name: A, value: "" }, { name: B, value: "012" }]
          ports: [{ containerPort: 80 }, { containerPort: 80, protocol: UDP, name: udp }]
          resources: { limits: { cpu: 1.5, memory: 1024Mi }, requests: { cpu: 1000m } }
          livenessProbe: { httpGet: { path: /, port: http }, periodSeconds: 5 }
          volumeMounts: [{ name: v, mountPath: /v }]
        - { name: side, image: "registry.test/side:latest", securityContext: {} }
      volumes:
        - { name: v, emptyDir: {} }
        - { name: c, configMap: { name: env, defaultMode: 0644 } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: ${namespace} }
spec: { type: ClusterIP, selector: { app: web }, ports: [{ port: 80, targetPort: http, name: a }, { port: 81, name: b }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: env, namespace: ${namespace} }
data: { yes: "on", number: "1e3", text: "a\\tb" }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web, namespace: ${namespace} }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  minReplicas: 1
  maxReplicas: 3
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: AverageValue, averageValue: 1000m } } }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: ${namespace} }
spec: { podSelector: {}, policyTypes: [Ingress], ingress: [] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web, namespace: ${namespace} }
spec: { minAvailable: 50%, selector: { matchLabels: { app: web } } }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: web, namespace: ${namespace} }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: web, namespace: ${namespace} }
spec:
  schedule: "*/5 * * * *"
  jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: a, image: "a:1" }] } } } }
`;

/** Marks that controllers write in between. */
const counted = /^metadata\.annotations(\["deployment\.kubernetes\.io\/revision"\])?$/;

describeOnBed('a prediction', (bed) => {
  let namespace = '';
  let objects: readonly Resource[] = [];
  beforeAll(() => {
    namespace = makeNamespace(bed());
    objects = readYamlDocuments(manifests(namespace)).map(({ value }) => value as unknown as Resource);
  });
  afterAll(() => dropNamespace(bed(), namespace));

  const client = () => clientOf(bed(), 'administrator');
  const placesOf = async (): Promise<readonly ObjectPlace[]> => {
    const discovery = await discover(client());
    return objects.map((object) => placeOf(discovery, object, undefined));
  };
  const apply = async (place: ObjectPlace, body: JsonObject, manager = 'pushgate'): Promise<number> => {
    const query = { ...applyQuery, fieldManager: manager };
    const sent = { path: pathOf(place), query, contentType: applyContentType, body };
    return (await client().send({ method: 'PATCH', repeatable: 'repeatable', ...sent })).status;
  };

  /** What kubectl's dry run makes of the manifests, by kind. */
  const byKubectl = (): ReadonlyMap<string, Resource> => {
    const words = ['apply', '--server-side', '--force-conflicts', '--field-manager=pushgate', '--dry-run=server'];
    const said = kubectl(bed(), [...words, '-o', 'json', '-f', '-'], { input: manifests(namespace) });
    const list = parseJson(said) as JsonObject;
    const items = isList(list['items']) ? (list['items'] as unknown as readonly Resource[]) : [];
    return new Map(items.map((item) => [item.kind, item]));
  };

  test('is the answer that kubectl apply --server-side --dry-run=server gives, for new objects and for changed ones', async () => {
    const places = await placesOf();
    for (const round of ['new', 'there', 'changed by others'] as const) {
      if (round === 'there')
        for (const [index, place] of places.entries())
          expect(await apply(place, objects[index] as JsonObject)).toBeLessThan(300);
      if (round === 'changed by others') {
        const image = ['set', 'image', 'deployment/web', 'app=registry.test/app:2', '-n', namespace];
        kubectl(bed(), image);
        kubectl(bed(), ['label', 'service', 'web', '-n', namespace, 'seen=yes']);
        kubectl(bed(), ['scale', 'deployment', 'web', '-n', namespace, '--replicas=3']);
      }
      const theirs = byKubectl();
      expect(theirs.size).toBe(objects.length);
      for (const [index, place] of places.entries()) {
        const resource = objects[index] as Resource;
        const live = await readObject(client(), place);
        const what = { client: client(), place, resource, live, source: undefined, origin: undefined };
        const { predicted } = await predictNow(what);
        const other = theirs.get(resource.kind);
        if (other === undefined) throw new Error(`kubectl said nothing of ${resource.kind}`);
        const differences = compare(normalise(other), normalise(predicted)).map(show);
        expect([round, resource.kind, differences]).toEqual([round, resource.kind, []]);
      }
    }
  });

  test('of an object that the server makes up something for has the same digest every time', async () => {
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a:1' }] } };
    const made: readonly Resource[] = [
      { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'once' }, spec: { template } },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'node' },
        spec: { type: 'NodePort', ports: [{ port: 80 }] },
      },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bare' }, spec: template.spec },
    ];
    const digest = async (): Promise<string> =>
      (await plan({ client: client(), namespace, objects: made, release: 'made' })).release.digest;
    expect(await digest()).toBe(await digest());
  });

  test('computed here is the server’s, but for what the server makes by itself', async () => {
    const places = await placesOf();
    const types = openApi(client());
    const counts = { same: 0, defaults: 0, refused: 0 };
    const made = new Map<string, number>();
    const edit = fc.record({ object: fc.nat(), place: fc.nat(), how: fc.constantFrom('drop', 'alter', 'keep') });
    const foreign = fc.constantFrom('nothing', 'image', 'label', 'scale', 'other applier');
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), foreign, async (edits, other) => {
        const index = (edits[0]?.object ?? 0) % objects.length;
        const [place, recorded] = [places[index], objects[index]];
        if (place === undefined || recorded === undefined) return;
        await apply(place, recorded);
        await disturb(other, place, recorded);
        const next = edits.reduce<Resource>((object, one) => changed(object, one), recorded);
        const live = await readObject(client(), place);
        if (live === undefined) throw new Error(`${recorded.kind} was applied`);
        const server = await serverSays(place, next, live);
        if (server === undefined) {
          counts.refused += 1;
          return;
        }
        const here = applyLocally({ desired: next, live, recorded, type: await types(place.info) });
        const differences = compare(normalise(here), normalise(server)).filter(
          ({ path }) => !counted.test(formatPath(path)),
        );
        // What an apply goes by when it takes the one for the other: the server adds only what nobody rendered.
        expect([next, differsInRendered(next, { here: withoutCounted(here), server: withoutCounted(server) })]).toEqual(
          [next, undefined],
        );
        for (const { path } of differences) {
          const field = `${next.kind} ${formatPath(path).replace(/\[[^\]]*\]/g, '[]')}`;
          made.set(field, (made.get(field) ?? 0) + 1);
        }
        counts[differences.length === 0 ? 'same' : 'defaults'] += 1;
      }),
      { numRuns: 40, seed: 20_261_121, endOnFailure: true },
    );
    expect(counts.same).toBeGreaterThan(10);
    reportFigure(
      `local prediction: ${counts.same} the same, ${counts.defaults} without defaults of the server, ${counts.refused} that the server refuses` +
        [...made].map(([field, count]) => `\n  added ${count} × ${field}`).join(''),
    );
  });

  test('computed here merges lists that two fields are the key of, whoever else has elements in them', async () => {
    const [place, web] = [(await placesOf())[0], objects[0]];
    if (place === undefined || web === undefined) throw new Error('the first manifest is the Deployment');
    const type = await openApi(client())(place.info);
    const port = fc.record({
      containerPort: fc.constantFrom(80, 81),
      protocol: fc.constantFrom(undefined, 'TCP', 'UDP'),
    });
    const spread = fc.record({
      topologyKey: fc.constantFrom('zone', 'host'),
      whenUnsatisfiable: fc.constantFrom('DoNotSchedule', 'ScheduleAnyway'),
      maxSkew: fc.integer({ min: 1, max: 2 }),
    });
    const lists = fc.record({
      ports: fc.uniqueArray(port, { selector: (one) => `${one.containerPort}${one.protocol ?? 'TCP'}` }),
      spreads: fc.uniqueArray(spread, { selector: (one) => `${one.topologyKey}${one.whenUnsatisfiable}` }),
    });
    let compared = 0;
    const step = async (before: Lists, theirs: Lists | undefined, next: Lists): Promise<void> => {
      await client().send({ method: 'DELETE', path: pathOf(place), body: {}, repeatable: 'repeatable' });
      const [recorded, wanted] = [withLists(web, before), withLists(web, next)];
      expect(await apply(place, recorded)).toBeLessThan(300);
      if (theirs !== undefined) await apply(place, withLists(web, theirs), 'somebody');
      const live = await readObject(client(), place);
      const server = live && (await serverSays(place, wanted, live));
      if (live === undefined || server === undefined) return;
      const here = applyLocally({ desired: wanted, live, recorded, type });
      const sides = { here: withoutCounted(here), server: withoutCounted(server) };
      expect([next, differsInRendered(wanted, sides)]).toEqual([next, undefined]);
      compared += 1;
    };
    await fc.assert(fc.asyncProperty(lists, fc.option(lists, { nil: undefined }), lists, step), {
      ...{ numRuns: 40, seed: 20_261_121, endOnFailure: true },
    });
    expect(compared).toBeGreaterThan(30);
  });

  const disturb = async (how: string, place: ObjectPlace, recorded: Resource): Promise<void> => {
    const at = [place.info.resource, place.name, '-n', namespace];
    if (how === 'label') kubectl(bed(), ['label', ...at, 'seen=yes', '--overwrite']);
    if (how === 'image' && recorded.kind === 'Deployment')
      kubectl(bed(), ['set', 'image', 'deployment/web', 'app=registry.test/app:2', '-n', namespace]);
    if (how === 'scale' && recorded.kind === 'Deployment')
      kubectl(bed(), ['scale', 'deployment', 'web', '-n', namespace, '--replicas=4']);
    if (how === 'other applier') await apply(place, recorded, 'somebody');
  };

  const serverSays = async (place: ObjectPlace, resource: Resource, live: Resource): Promise<Resource | undefined> => {
    const what = { client: client(), place, resource, live, source: undefined, origin: undefined };
    try {
      const { predicted, replacement } = await predictNow(what);
      return replacement === undefined ? predicted : undefined;
    } catch (error) {
      if (error instanceof Problem) return undefined;
      throw error;
    }
  };
});

function withoutCounted(resource: Resource): Resource {
  const { 'deployment.kubernetes.io/revision': _, ...annotations } = annotationsOf(resource);
  return { ...resource, metadata: { ...resource.metadata, annotations } };
}

function show({ path, from, to }: Difference): string {
  return `${formatPath(path)}: ${from === undefined ? 'nothing' : formatJson(from)} → ${to === undefined ? 'nothing' : formatJson(to)}`;
}

interface Lists {
  readonly ports: readonly { readonly containerPort: number; readonly protocol: string | undefined }[];
  readonly spreads: readonly object[];
}

/** The Deployment with these ports and spreading rules, in their order. */
function withLists(web: Resource, { ports, spreads }: Lists): Resource {
  const containers = [{ name: 'app', image: 'registry.test/app:1', ports }];
  const spec = { containers, topologySpreadConstraints: spreads };
  const template = { metadata: { labels: { app: 'web' } }, spec };
  const whole = { ...web, spec: { selector: { matchLabels: { app: 'web' } }, template } };
  return JSON.parse(JSON.stringify(whole)) as Resource;
}
