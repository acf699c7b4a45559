import { describe, expect, test } from '@jest/globals';
import type { JsonObject, Resource } from '../resource.ts';
import { healthOf, podTrouble, takesTime } from './health.ts';

function object(apiVersion: string, kind: string, rest: JsonObject): Resource {
  return { apiVersion, kind, metadata: { name: 'a', generation: 2 }, ...rest } as Resource;
}
const said = (live: Resource) => `${healthOf(live).state}: ${healthOf(live).message}`;

describe('a Deployment', () => {
  const deployment = (status: JsonObject, spec: JsonObject = { replicas: 2 }) =>
    said(object('apps/v1', 'Deployment', { spec, status: { observedGeneration: 2, ...status } }));

  test('is on its way until its controller has seen the newest spec and the new pods are ready', () => {
    expect(deployment({ observedGeneration: 1, updatedReplicas: 2, replicas: 2, availableReplicas: 2 })).toBe(
      'progressing: not seen by its controller yet',
    );
    expect(deployment({ updatedReplicas: 1, replicas: 3 })).toBe('progressing: 1 of 2 updated');
    expect(deployment({ updatedReplicas: 2, replicas: 3 })).toBe('progressing: 1 old pod still to go');
    expect(deployment({ updatedReplicas: 2, replicas: 2, availableReplicas: 1 })).toBe('progressing: 1 of 2 ready');
    expect(deployment({ updatedReplicas: 2, replicas: 2, availableReplicas: 2 })).toBe('ready: 2 of 2 ready');
  });

  test('fails when its controller gave up, in the words of the controller', () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out progressing.' },
    ];
    expect(deployment({ conditions })).toBe('failed: timed out progressing.');
  });

  test('stands still when it is paused, and is ready with no replicas at all', () => {
    expect(deployment({}, { paused: true })).toBe('suspended: paused');
    expect(deployment({}, { replicas: 0 })).toBe('ready: 0 of 0 ready');
  });
});

test('a StatefulSet with a partition only updates the pods above it', () => {
  const set = (status: JsonObject, strategy: JsonObject) =>
    said(
      object('apps/v1', 'StatefulSet', {
        spec: { replicas: 3, updateStrategy: strategy },
        status: { observedGeneration: 2, readyReplicas: 3, updateRevision: 'b', currentRevision: 'a', ...status },
      }),
    );
  const partition = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } };
  expect(set({ updatedReplicas: 0 }, partition)).toBe('progressing: 0 of 1 updated');
  expect(set({ updatedReplicas: 1 }, partition)).toBe('ready: 3 of 3 ready');
  expect(set({ updatedReplicas: 3 }, { type: 'RollingUpdate' })).toBe('progressing: the last pods are being updated');
  expect(set({ updatedReplicas: 0 }, { type: 'OnDelete' })).toBe('ready: 3 of 3 ready, pods are replaced by hand');
});

test('a DaemonSet counts the nodes it is meant for', () => {
  const set = (status: JsonObject) =>
    said(object('apps/v1', 'DaemonSet', { status: { observedGeneration: 2, ...status } }));
  expect(set({ desiredNumberScheduled: 2, updatedNumberScheduled: 1 })).toBe('progressing: 1 of 2 updated');
  expect(set({ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 })).toBe('ready: 2 of 2 ready');
});

test('a Pod that cannot start has failed, and one that cannot be placed says why', () => {
  const pod = (status: JsonObject) => said(object('v1', 'Pod', { status }));
  const waiting = (reason: string) => ({ containerStatuses: [{ state: { waiting: { reason } } }] });
  expect(pod({ phase: 'Pending', ...waiting('ImagePullBackOff') })).toBe('failed: ImagePullBackOff');
  expect(pod({ phase: 'Pending', ...waiting('ContainerCreating') })).toBe('progressing: ContainerCreating');
  expect(pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes' }] })).toBe(
    'progressing: 0/3 nodes',
  );
  expect(
    pod({ phase: 'Failed', containerStatuses: [{ state: { terminated: { reason: 'Error', exitCode: 3 } } }] }),
  ).toBe('failed: Error, exit code 3');
  expect(pod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] })).toBe('ready: ');
});

test('a Job is ready when it is done', () => {
  const job = (status: JsonObject, spec: JsonObject = {}) => said(object('batch/v1', 'Job', { spec, status }));
  expect(job({ succeeded: 1 }, { completions: 3 })).toBe('progressing: 1 of 3 completed');
  expect(job({ conditions: [{ type: 'Complete', status: 'True' }] })).toBe('ready: completed');
  expect(job({ conditions: [{ type: 'Failed', status: 'True', message: 'too many' }] })).toBe('failed: too many');
  expect(job({}, { suspend: true })).toBe('suspended: suspended');
});

test('a Service waits for an address only as a load balancer', () => {
  expect(said(object('v1', 'Service', { spec: { type: 'ClusterIP' } }))).toBe('ready: ');
  expect(said(object('v1', 'Service', { spec: { type: 'LoadBalancer' } }))).toContain('progressing');
});

test('a claim that may wait for its first pod does not hold anything up', () => {
  expect(said(object('v1', 'PersistentVolumeClaim', { status: { phase: 'Pending' } }))).toContain(
    'ready: not bound yet',
  );
  expect(said(object('v1', 'PersistentVolumeClaim', { status: { phase: 'Lost' } }))).toBe('failed: its volume is lost');
});

test('a custom resource is judged by its conditions', () => {
  const custom = (status: JsonObject) => said(object('example.test/v1', 'Thing', { status }));
  expect(custom({})).toBe('ready: ');
  expect(custom({ observedGeneration: 1 })).toBe('progressing: not seen by its controller yet');
  expect(custom({ conditions: [{ type: 'Ready', status: 'False', reason: 'Waiting' }] })).toBe('progressing: Waiting');
  expect(custom({ conditions: [{ type: 'Stalled', status: 'True', reason: 'BadSpec' }] })).toBe('failed: BadSpec');
});

test('whatever is being deleted is not ready', () => {
  const gone = { ...object('v1', 'ConfigMap', {}), metadata: { name: 'a', deletionTimestamp: '2026-01-01T00:00:00Z' } };
  expect(said(gone)).toBe('progressing: is being deleted');
});

test('a Deployment that may not make its pods says why', () => {
  const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }];
  const live = object('apps/v1', 'Deployment', {
    spec: { replicas: 1 },
    status: { observedGeneration: 2, conditions },
  });
  expect(said(live)).toBe('progressing: 0 of 1 updated: exceeded quota');
});

describe('kinds that have a state of their own', () => {
  const condition = (type: string, status: string, reason = '', message = '') => ({
    conditions: [{ type, status, reason, message }],
  });
  test.each([
    ['batch/v1', 'CronJob', { spec: { suspend: true } }, 'suspended: suspended'],
    ['batch/v1', 'CronJob', { status: { lastScheduleTime: 'T' } }, 'ready: last run T'],
    ['batch/v1', 'CronJob', {}, 'ready: not run yet'],
    ['networking.k8s.io/v1', 'Ingress', {}, 'progressing: no address yet'],
    ['networking.k8s.io/v1', 'Ingress', { status: { loadBalancer: { ingress: [{ hostname: 'h' }] } } }, 'ready: h'],
    ['apiregistration.k8s.io/v1', 'APIService', {}, 'progressing: not available yet'],
    [
      'apiregistration.k8s.io/v1',
      'APIService',
      { status: condition('Available', 'False', 'x', 'no endpoints') },
      'progressing: no endpoints',
    ],
    ['apiregistration.k8s.io/v1', 'APIService', { status: condition('Available', 'True') }, 'ready: '],
    ['autoscaling/v2', 'HorizontalPodAutoscaler', {}, 'progressing: not seen by its controller yet'],
    [
      'autoscaling/v2',
      'HorizontalPodAutoscaler',
      { status: condition('AbleToScale', 'False', 'x', 'no target') },
      'failed: no target',
    ],
    [
      'autoscaling/v2',
      'HorizontalPodAutoscaler',
      { status: condition('ScalingActive', 'False', 'x', 'no metrics') },
      'progressing: no metrics',
    ],
    [
      'autoscaling/v2',
      'HorizontalPodAutoscaler',
      { status: { ...condition('AbleToScale', 'True'), currentReplicas: 2, desiredReplicas: 4 } },
      'ready: scaling 2 to 4',
    ],
    [
      'policy/v1',
      'PodDisruptionBudget',
      { status: { observedGeneration: 2, currentHealthy: 1, desiredHealthy: 2 } },
      'progressing: 1 of 2 healthy pods',
    ],
    [
      'policy/v1',
      'PodDisruptionBudget',
      { status: { observedGeneration: 2, currentHealthy: 2, desiredHealthy: 2 } },
      'ready: allows no disruption now',
    ],
    ['apiextensions.k8s.io/v1', 'CustomResourceDefinition', {}, 'progressing: not established yet'],
    [
      'apiextensions.k8s.io/v1',
      'CustomResourceDefinition',
      { status: condition('NamesAccepted', 'False', 'x', 'taken') },
      'failed: taken',
    ],
    [
      'gateway.networking.k8s.io/v1',
      'Gateway',
      { status: condition('Programmed', 'False', 'x', 'no address') },
      'progressing: no address',
    ],
    [
      'example.test/v1',
      'Thing',
      { status: { conditions: [{ type: 'Ready', status: 'True', observedGeneration: 1 }] } },
      'progressing: not seen by its controller yet',
    ],
  ] as const)('%s %s %j is %s', (apiVersion, kind, rest, expected) => {
    expect(said(object(apiVersion, kind, rest))).toBe(expected);
  });

  test('an apply waits for what its own objects need, and not for addresses, volumes and budgets', () => {
    const waits = (apiVersion: string, kind: string) => takesTime(object(apiVersion, kind, {}));
    expect(
      waits('apps/v1', 'StatefulSet') && waits('batch/v1', 'Job') && waits('apiregistration.k8s.io/v1', 'APIService'),
    ).toBe(true);
    expect(waits('cert-manager.io/v1', 'Certificate')).toBe(true);
    expect(
      waits('networking.k8s.io/v1', 'Ingress') || waits('v1', 'Service') || waits('policy/v1', 'PodDisruptionBudget'),
    ).toBe(false);
    expect(waits('rbac.authorization.k8s.io/v1', 'Role') || waits('v1', 'ConfigMap')).toBe(false);
  });
});

test('the trouble of a pod has a sort, and the time for which it may still pass', () => {
  const pod = (status: JsonObject) => podTrouble(object('v1', 'Pod', { status }));
  const waiting = (reason: string) => ({
    containerStatuses: [{ name: 'app', state: { waiting: { reason, message: 'm' } } }],
  });
  expect(pod(waiting('InvalidImageName'))).toMatchObject({
    sort: 'image',
    patience: 0,
    container: 'app',
    message: 'm',
  });
  expect(pod(waiting('CrashLoopBackOff'))).toMatchObject({ sort: 'crash', patience: 30 });
  expect(pod(waiting('ContainerCreating'))).toBeUndefined();
  const unplaced = {
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no node' }],
  };
  expect(pod(unplaced)).toMatchObject({ sort: 'place', patience: 120, container: undefined });
});
