import { expect, test } from '@jest/globals';
import type { JsonObject, Resource } from '../resource/resource.ts';
import { handMadeFields, handMadeNotices, handMadeRule } from './hand-made.ts';
import { formatPath } from './path.ts';

const container = { name: 'app', image: 'app:1' };
const rendered: Resource = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { template: { spec: { containers: [container] } } },
};

const inApp = (fields: JsonObject): JsonObject => ({
  'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': fields } } } },
});
const variable: JsonObject = { 'f:env': { '.': {}, 'k:{"name":"DEBUG"}': { '.': {}, 'f:name': {}, 'f:value': {} } } };

/** The Deployment as it is after somebody added a variable to it under this name. */
function liveBy(manager: string, operation = 'Update'): Resource {
  const added = { ...container, env: [{ name: 'DEBUG', value: '1' }] };
  const entry = { operation, fieldsType: 'FieldsV1', apiVersion: 'apps/v1', time: '2026-11-20T08:00:00Z' };
  const managedFields = [
    { ...entry, manager: 'pushgate', operation: 'Apply', fieldsV1: inApp({ '.': {}, 'f:name': {}, 'f:image': {} }) },
    { ...entry, manager, fieldsV1: inApp(variable) },
  ];
  return {
    ...rendered,
    metadata: { ...rendered.metadata, managedFields },
    spec: { template: { spec: { containers: [added] } } },
  };
}

const fieldsOf = (live: Resource) =>
  handMadeFields(live, rendered).map(({ path, who, when }) => `${formatPath(path)}, ${who}, ${when}`);

test('a field that a person added is told with tool and time', () => {
  expect(fieldsOf(liveBy('kubectl-set'))).toEqual([
    'spec.template.spec.containers[app].env, kubectl set, 2026-11-20T08:00:00Z',
  ]);
});

test.each([
  ['a controller', 'vault-agent-injector'],
  ['a tool that deploys', 'argocd-controller'],
  ['a tool that applied the whole object, from which it is taken over', 'kubectl-client-side-apply'],
])('not one of %s', (_who, manager) => expect(fieldsOf(liveBy(manager))).toEqual([]));

test('nor one that is rendered by now, whoever has it', () => {
  const live = liveBy('kubectl-edit');
  const { spec } = live;
  expect(handMadeFields(live, { ...rendered, spec: spec ?? {} })).toEqual([]);
});

test('a plan names the fields without their values, unless a rule ignores them', () => {
  const live = liveBy('kubectl-edit');
  const now = new Date('2026-11-21T00:00:00Z');
  const [notice] = handMadeNotices([{ live, predicted: undefined, desired: rendered }], { ignore: [], now });
  expect(notice).toEqual({
    severity: 'info',
    text: 'Deployment shop/web has what nobody renders, added by hand: spec.template.spec.containers[app].env (kubectl edit). An apply leaves it there',
  });
  const key = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
  const rule = handMadeRule(
    key,
    { path: 'spec.template.spec.containers[app].env', who: 'kubectl edit', when: '2026-11-20T08:00:00Z' },
    now,
  );
  expect(rule).toMatchObject({ reason: 'added by hand with kubectl edit on 2026-11-20', until: '2027-02-19' });
  expect(handMadeNotices([{ live, predicted: undefined, desired: rendered }], { ignore: [rule], now })).toEqual([]);
});
