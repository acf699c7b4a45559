/** Releases that live: what a chart renders over time, and what everybody else does to its objects meanwhile. */
import type { Request } from '../../src/cluster/read/client.ts';
import {
  isList,
  type Json,
  type JsonObject,
  keyId,
  keyOf,
  type Resource,
  valueAt,
} from '../../src/resource/resource.ts';

export type Draw = (bound: number) => number;

/** What the chart of a history knows of one object; the words of the kinds below say what it stands for. */
export interface Part {
  readonly kind: KindName;
  readonly name: string;
  readonly fields: Readonly<Record<string, Json>>;
}

interface KindRow {
  /** Path of its collection in a namespace. */
  readonly path: (namespace: string) => string;
  readonly render: (part: Part) => Resource;
  /** Another value for one of its fields; undefined takes the field away. */
  readonly values: Readonly<Record<string, (draw: Draw, count: number) => Json | undefined>>;
  /** Another field that people add to it of their own, beside an annotation. */
  readonly own?: (text: string) => JsonObject;
  /** Custom resources know no strategic merge. */
  readonly patch?: 'merge';
  /** Places that are always rendered and that people change by hand: the patch that sets one to a text. */
  readonly byHand: readonly ((text: string) => JsonObject)[];
}

const core = (resource: string) => (namespace: string) => `/api/v1/namespaces/${namespace}/${resource}`;
const group = (name: string, resource: string) => (namespace: string) =>
  `/apis/${name}/namespaces/${namespace}/${resource}`;

const word =
  (...words: readonly string[]) =>
  (draw: Draw): Json =>
    words[draw(words.length)] ?? '';
const changing = (_draw: Draw, count: number): Json => `v${count}`;
const often =
  (value: (draw: Draw, count: number) => Json) =>
  (draw: Draw, count: number): Json | undefined =>
    draw(4) === 0 ? undefined : value(draw, count);

function labelled({ name, fields }: Part): Resource['metadata'] {
  const note = fields['note'];
  return {
    name,
    labels: { app: name, tier: String(fields['tier'] ?? 'none') },
    ...(note === undefined ? {} : { annotations: { 'example.test/note': note } }),
  };
}

const marks = { tier: word('front', 'back', 'edge'), note: often(changing) };
const tierByHand = (text: string): JsonObject => ({ metadata: { labels: { tier: text } } });

function defined(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, child]) => child !== undefined));
}

function podTemplate({ name, fields }: Part): JsonObject {
  const variables = Object.entries(fields).filter(([key]) => key.startsWith('env'));
  return {
    metadata: { labels: { app: name } },
    spec: {
      containers: [
        {
          name: 'app',
          image: `registry.test/app:${String(fields['image'] ?? '1')}`,
          env: [
            { name: 'ALWAYS', value: String(fields['always'] ?? 'x') },
            ...variables.map(([key, value]) => ({ name: key.toUpperCase(), value: String(value) })),
          ],
          ports: [{ name: 'web', containerPort: 8080 }],
          resources: { limits: { cpu: fields['cpu'] ?? '1000m', memory: fields['memory'] ?? '1024Mi' } },
        },
      ],
    },
  };
}

const podValues = {
  image: changing,
  always: changing,
  env1: often(changing),
  env2: often(changing),
  cpu: word('1', '1000m', '500m', '0.5'),
  memory: word('1Gi', '1024Mi', '256Mi'),
};
const variableByHand = (text: string): JsonObject => ({
  spec: { template: { spec: { containers: [{ name: 'app', env: [{ name: 'ALWAYS', value: text }] }] } } },
});

const variableOfTheirOwn = (text: string): JsonObject => ({
  spec: { template: { spec: { containers: [{ name: 'app', env: [{ name: 'BY_HAND', value: text }] }] } } },
});

/** A kind with what definitions can say: defaults, a list by key, an atomic one, and fields that nobody described. */
const widgets = { group: 'histories.example.test' } as const;
export const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${widgets.group}` },
  spec: {
    group: widgets.group,
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  colour: { type: 'string' },
                  size: { type: 'integer', default: 7 },
                  parts: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      required: ['name'],
                      properties: { name: { type: 'string' }, weight: { type: 'integer', default: 1 } },
                    },
                  },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
              },
            },
          },
        },
      },
    ],
  },
} as const;

const kinds = {
  ConfigMap: {
    path: core('configmaps'),
    render: (part) => {
      const data = Object.entries(part.fields).filter(([key]) => key.startsWith('data'));
      return {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: labelled(part),
        data: { always: part.fields['always'] ?? 'x', ...Object.fromEntries(data) },
      };
    },
    values: { ...marks, always: changing, data1: often(changing), data2: often(changing) },
    own: (text) => ({ data: { 'by-hand': text } }),
    byHand: [tierByHand, (text) => ({ data: { always: text } })],
  },
  Secret: {
    path: core('secrets'),
    render: (part) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: labelled(part),
      stringData: defined({ always: part.fields['always'] ?? 'x', more: part.fields['more'] ?? null }),
    }),
    values: { ...marks, always: changing },
    byHand: [tierByHand, (text) => ({ data: { always: Buffer.from(text).toString('base64') } })],
  },
  Deployment: {
    path: group('apps/v1', 'deployments'),
    render: (part) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: labelled(part),
      spec: {
        ...(part.fields['replicas'] === undefined ? {} : { replicas: part.fields['replicas'] }),
        selector: { matchLabels: { app: part.name } },
        template: podTemplate(part),
      },
    }),
    values: { ...marks, ...podValues, replicas: (draw) => (draw(5) === 0 ? 1 : 0) },
    own: variableOfTheirOwn,
    byHand: [tierByHand, variableByHand],
  },
  StatefulSet: {
    path: group('apps/v1', 'statefulsets'),
    render: (part) => ({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: labelled(part),
      spec: {
        replicas: part.fields['replicas'] ?? 0,
        serviceName: part.name,
        selector: { matchLabels: { app: part.name } },
        template: podTemplate(part),
      },
    }),
    values: { ...marks, ...podValues, replicas: (draw) => (draw(5) === 0 ? 1 : 0) },
    own: variableOfTheirOwn,
    byHand: [tierByHand, variableByHand],
  },
  HorizontalPodAutoscaler: {
    path: group('autoscaling/v2', 'horizontalpodautoscalers'),
    render: (part) => ({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: labelled(part),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nothing' },
        minReplicas: part.fields['least'] ?? 1,
        maxReplicas: 5,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: part.fields['cpu'] ?? '1' } },
          },
        ],
      },
    }),
    values: { ...marks, least: word2(1, 2, 3), cpu: word('1', '1000m', '500m') },
    byHand: [tierByHand, (text) => ({ spec: { maxReplicas: 10 + Number(text.slice(-4)) } })],
  },
  Role: {
    path: group('rbac.authorization.k8s.io/v1', 'roles'),
    render: (part) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: labelled(part),
      rules: ['pods', ...(part.fields['more'] === undefined ? [] : ['configmaps'])].map((resource) => ({
        apiGroups: [''],
        resources: [resource],
        verbs: ['get', String(part.fields['verb'] ?? 'list')],
      })),
    }),
    values: { ...marks, more: often(changing), verb: word('list', 'watch') },
    byHand: [tierByHand, (text) => ({ rules: [{ apiGroups: ['hand'], resources: [text], verbs: ['get'] }] })],
  },
  Widget: {
    path: group(`${widgets.group}/v1`, 'widgets'),
    render: (part) => ({
      apiVersion: `${widgets.group}/v1`,
      kind: 'Widget',
      metadata: labelled(part),
      spec: {
        colour: part.fields['colour'] ?? 'red',
        ...(part.fields['size'] === undefined ? {} : { size: part.fields['size'] }),
        parts: ['a', 'b'].slice(0, part.fields['both'] === undefined ? 1 : 2).map((name) => ({ name })),
        free: { text: part.fields['text'] ?? '1', list: [1, { deep: part.fields['deep'] ?? true }] },
      },
    }),
    values: {
      ...marks,
      colour: word('red', 'green', 'blue'),
      size: often(word2(1, 2, 3)),
      both: often(changing),
      text: changing,
      deep: often(changing),
    },
    patch: 'merge',
    own: (text) => ({ spec: { free: { 'by-hand': text } } }),
    byHand: [tierByHand, (text) => ({ spec: { colour: text } }), (text) => ({ spec: { free: { text } } })],
  },
  CronJob: {
    path: group('batch/v1', 'cronjobs'),
    render: (part) => ({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: labelled(part),
      spec: {
        schedule: part.fields['schedule'] ?? '0 0 1 1 *',
        suspend: true,
        jobTemplate: { spec: { template: withRestart(podTemplate(part)) } },
      },
    }),
    values: { ...marks, ...podValues, schedule: word('0 0 1 1 *', '0 0 2 1 *', '0 0 3 1 *') },
    byHand: [tierByHand],
  },
  Service: {
    path: core('services'),
    render: (part) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: labelled(part),
      spec: {
        type: part.fields['type'] ?? 'ClusterIP',
        selector: { app: part.name },
        ports: [
          { name: 'web', port: part.fields['port'] ?? 80, targetPort: 'web' },
          ...(part.fields['second'] === undefined
            ? []
            : [{ name: 'more', port: 9000, targetPort: part.fields['second'] }]),
        ],
      },
    }),
    values: {
      ...marks,
      port: word2(80, 81, 8080),
      second: often(word2(9001, 9002)),
      type: word('ClusterIP', 'ClusterIP', 'NodePort'),
    },
    byHand: [tierByHand],
  },
  NetworkPolicy: {
    path: group('networking.k8s.io/v1', 'networkpolicies'),
    render: (part) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: labelled(part),
      spec: {
        podSelector: { matchLabels: { app: String(part.fields['of'] ?? part.name) } },
        policyTypes: ['Ingress'],
        ingress:
          part.fields['open'] === undefined ? [] : [{ from: [{ podSelector: { matchLabels: { app: 'gateway' } } }] }],
      },
    }),
    values: { ...marks, of: changing, open: often(changing) },
    byHand: [tierByHand],
  },
  PodDisruptionBudget: {
    path: group('policy/v1', 'poddisruptionbudgets'),
    render: (part) => ({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: labelled(part),
      spec: { minAvailable: part.fields['least'] ?? 1, selector: { matchLabels: { app: part.name } } },
    }),
    values: { ...marks, least: word2(1, 2, 3) },
    byHand: [tierByHand, (text) => ({ spec: { minAvailable: 10 + (text.length % 7) + Number(text.slice(-2)) } })],
  },
  ServiceAccount: {
    path: core('serviceaccounts'),
    render: (part) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: labelled(part) }),
    values: marks,
    byHand: [tierByHand],
  },
  Ingress: {
    path: group('networking.k8s.io/v1', 'ingresses'),
    render: (part) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: labelled(part),
      spec: {
        rules: ['a', 'b'].slice(0, part.fields['both'] === undefined ? 1 : 2).map((host) => ({
          host: `${host}.example.test`,
          http: {
            paths: [
              {
                path: String(part.fields['at'] ?? '/'),
                pathType: 'Prefix',
                backend: { service: { name: part.name, port: { number: 80 } } },
              },
            ],
          },
        })),
      },
    }),
    values: { ...marks, at: word('/', '/shop', '/cart'), both: often(changing) },
    byHand: [tierByHand],
  },
} as const satisfies Record<string, KindRow>;

export type KindName = keyof typeof kinds;
const kindNames = Object.keys(kinds) as readonly KindName[];

function word2(...values: readonly number[]): (draw: Draw) => Json {
  return (draw) => values[draw(values.length)] ?? 0;
}

function withRestart(template: JsonObject): JsonObject {
  return { ...template, spec: { ...(template['spec'] as JsonObject), restartPolicy: 'Never' } };
}

export function render(part: Part): Resource {
  return kinds[part.kind].render(part);
}

/** One change of the chart: a field, an object more, or one less; every other time of the part that is preferred. */
export function editChart(parts: readonly Part[], draw: Draw, count: number, preferred: number): readonly Part[] {
  const what = draw(10);
  if (parts.length < 5 || (what === 0 && parts.length < 14)) return [...parts, newPart(draw, count)];
  const at = preferred >= 0 && draw(2) === 0 ? preferred : draw(parts.length);
  if (what === 1 && parts.length > 6) return parts.filter((_, index) => index !== at);
  return parts.map((part, index) => (index === at ? editPart(part, draw, count) : part));
}

function newPart(draw: Draw, count: number): Part {
  const kind = kindNames[draw(kindNames.length)] ?? 'ConfigMap';
  return { kind, name: `${kind.toLowerCase()}-${count}`, fields: {} };
}

function editPart(part: Part, draw: Draw, count: number): Part {
  const values: Readonly<Record<string, (draw: Draw, count: number) => Json | undefined>> = kinds[part.kind].values;
  const names = Object.keys(values);
  const name = names[draw(names.length)] ?? 'tier';
  const { [name]: _, ...others } = part.fields;
  const value = values[name]?.(draw, count);
  return { ...part, fields: value === undefined ? others : { ...others, [name]: value } };
}

/** How people and tools write, and what our drift report calls them. */
const tools = [
  { manager: 'kubectl-edit', says: 'kubectl edit', form: 'strategic' },
  { manager: 'kubectl-patch', says: 'kubectl patch', form: 'strategic' },
  { manager: 'kubectl-label', says: 'kubectl label', form: 'strategic' },
  { manager: 'kubectl', says: 'kubectl apply --server-side', form: 'apply' },
  { manager: 'kubectl-client-side-apply', says: 'kubectl apply', form: 'strategic' },
  { manager: 'other-tool', says: 'other-tool', form: 'apply' },
  { manager: 'some-operator', says: 'some-operator', form: 'strategic' },
] as const;

export interface HandEdit {
  readonly id: string;
  /** Of whose tool the drift report should speak; undefined where the edit is none of the release's fields. */
  readonly tool: string | undefined;
  readonly requests: readonly Request[];
  /** The manager, where it applied on the server's side. */
  readonly appliedBy?: string | undefined;
  /** Done only where nothing else was done to the object: twice it would be undone, or there is nothing left to do. */
  readonly once?: true;
  /** Who changed what is no longer to be known. */
  readonly forgets?: true;
}

/** Drift of which no tool can be told. */
export const unnamed = '?';

/** Somebody changes a rendered field, adds one of their own, takes one away, or deletes the object or makes it anew. */
export function editByHand(resource: Resource, namespace: string, draw: Draw, count: number): HandEdit {
  const row: KindRow = kinds[resource.kind as KindName];
  const path = `${row.path(namespace)}/${resource.metadata.name}`;
  const id = keyId({ ...keyOf(resource), namespace });
  const text = `hand-${String(count).padStart(4, '0')}`;
  const what = draw(16);
  const remove: Request = { method: 'DELETE', path, repeatable: 'once' };
  if (what === 0) return { id, tool: 'deleted', requests: [remove] };
  if (what === 1) return { id, tool: 'kubectl create', requests: [remove, anew(row, resource, namespace, text)] };
  if (what === 2)
    return { id, tool: undefined, forgets: true, requests: [merge(path, { metadata: { managedFields: [{}] } })] };
  if (what === 3)
    return {
      id,
      tool: unnamed,
      once: true,
      requests: [jsonPatch(path, [{ op: 'remove', path: '/metadata/labels/tier' }])],
    };
  if (what === 4 && variablesOf(resource) > 1) {
    const env = '/spec/template/spec/containers/0/env';
    return {
      id,
      tool: unnamed,
      once: true,
      requests: [jsonPatch(path, [{ op: 'move', from: `${env}/1`, path: `${env}/0` }])],
    };
  }
  const replicas = valueAt(resource, ['spec', 'replicas']);
  if (what === 5 && resource.kind === 'Deployment')
    return replicas === undefined
      ? { id, tool: undefined, requests: [scale(path, count % 2, 'horizontal-pod-autoscaler')] }
      : { id, tool: 'kubectl scale', requests: [scale(path, 2 + (count % 2), 'kubectl')] };
  const tool = tools[draw(tools.length)] ?? tools[0];
  const common = { id, appliedBy: tool.form === 'apply' ? tool.manager : undefined };
  if (what <= 8) {
    // A mark of their own: no field of the release. What a tool applied as a whole is taken over from it all the same.
    const mark = { metadata: { annotations: { [`example.test/by-${tool.manager}`]: `c${count}` } } };
    const own = row.own === undefined || draw(2) === 0 || tool.form === 'apply' ? mark : row.own(text);
    const isApplier = tool.says.startsWith('kubectl apply') && resource.kind !== 'Secret';
    return { ...common, tool: isApplier ? tool.says : undefined, requests: [write(resource, path, tool, own)] };
  }
  const change = row.byHand[draw(row.byHand.length)] ?? tierByHand;
  return { ...common, tool: tool.says, requests: [write(resource, path, tool, change(text))] };
}

function variablesOf(resource: Resource): number {
  const containers = valueAt(resource, ['spec', 'template', 'spec', 'containers']);
  const env = isList(containers) ? valueAt(containers[0], ['env']) : undefined;
  return isList(env) ? env.length : 0;
}

/** The object as somebody made it again, with another label. */
function anew(row: KindRow, resource: Resource, namespace: string, text: string): Request {
  const body = {
    ...resource,
    metadata: { name: resource.metadata.name, labels: { app: resource.metadata.name, tier: text } },
  };
  const query = { fieldManager: 'kubectl-create' };
  return { method: 'POST', path: row.path(namespace), query, body, repeatable: 'once' };
}

function jsonPatch(path: string, body: Json): Request {
  const query = { fieldManager: 'kubectl-patch' };
  return { method: 'PATCH', path, query, contentType: 'application/json-patch+json', body, repeatable: 'once' };
}

function merge(path: string, body: Json): Request {
  const query = { fieldManager: 'kubectl-edit' };
  return { method: 'PATCH', path, query, contentType: 'application/merge-patch+json', body, repeatable: 'once' };
}

function scale(path: string, replicas: number, manager: string): Request {
  return {
    method: 'PATCH',
    path: `${path}/scale`,
    query: { fieldManager: manager },
    contentType: 'application/merge-patch+json',
    body: { spec: { replicas } },
    repeatable: 'once',
  };
}

function write(resource: Resource, path: string, tool: (typeof tools)[number], change: JsonObject): Request {
  const common = { method: 'PATCH', path, repeatable: 'once' } as const;
  if (tool.form === 'strategic') {
    const row: KindRow = kinds[resource.kind as KindName];
    const contentType = `application/${row.patch === 'merge' ? 'merge' : 'strategic-merge'}-patch+json`;
    return { ...common, query: { fieldManager: tool.manager }, contentType, body: change };
  }
  const { apiVersion, kind } = resource;
  const metadata = { ...(change['metadata'] as JsonObject | undefined), name: resource.metadata.name };
  return {
    ...common,
    query: { fieldManager: tool.manager, force: 'true' },
    contentType: 'application/apply-patch+yaml',
    body: { ...change, apiVersion, kind, metadata },
  };
}
