import { describe, expect, test } from '@jest/globals';
import type { Progress } from '../../src/cluster/write/wait.ts';
import type { JsonObject, Resource } from '../../src/resource/resource.ts';
import { kubectl } from '../bed/namespaces.ts';
import { describeOnBed, eachInItsNamespace } from '../bed/suites.ts';
import { clientOf, deployment, plan } from './support.ts';

/** No node of the bed has such a label, so its pods stay where a test puts them. */
function unplaceable(name: string, image: string): Resource {
  const text = JSON.stringify(deployment(name, 1)).replace(
    '"containers"',
    '"nodeSelector":{"no":"where"},"containers"',
  );
  return JSON.parse(text.replace(/"image":"[^"]*"/, `"image":"${image}"`));
}

function waitingFor(reason: string): JsonObject {
  const state = { waiting: { reason, message: `${reason} says the kubelet` } };
  return { containerStatuses: [{ name: 'app', image: 'x', imageID: '', ready: false, restartCount: 0, state }] };
}

describeOnBed('an apply that waits', (bed) => {
  let namespace = '';
  eachInItsNamespace(bed, (name) => {
    namespace = name;
  });

  const planned = (...objects: readonly Resource[]) =>
    plan({ client: clientOf(bed(), 'administrator'), namespace, objects });
  const inNamespace = (...words: readonly string[]) => kubectl(bed(), [...words, '-n', namespace]);
  const setStatus = (kind: string, name: string, status: JsonObject) =>
    inNamespace('patch', kind, name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));
  const newestPod = () =>
    inNamespace('get', 'pods', '--sort-by=.metadata.creationTimestamp', '-o', 'name')
      .trim()
      .split('\n')
      .at(-1)
      ?.replace('pod/', '') ?? '';
  /** Calls back once, when an object is first waited for with these words. */
  const onWaiting = (words: RegExp, act: () => void) => {
    let done = false;
    return (event: Progress): void => {
      if (done || event.kind !== 'waiting' || !words.test(event.message)) return;
      done = true;
      act();
    };
  };

  test('says that its pod has no place, with what the scheduler noted', async () => {
    const { notReady, progress } = await (await planned(unplaceable('web', 'a:1'))).apply({ readyTimeout: 4_000 });
    expect(notReady.map(({ state, message }) => `${state} ${message}`)).toEqual([
      expect.stringMatching(/^progressing 0 of 1 ready, pod web-[^ ]+: Unschedulable$/),
    ]);
    expect(notReady[0]?.evidence.join('\n')).toMatch(/event FailedScheduling: .*didn't match Pod's node affinity/);
    expect(progress.filter((line) => line.includes('Unschedulable'))).toHaveLength(1);
    // The marks that it bears are ours, although no revision was recorded.
    expect((await planned(unplaceable('web', 'a:1'))).notices.join()).not.toContain('Helm');
  });

  test('ends before its time when an image can never be had', async () => {
    const ready = await planned(unplaceable('web', 'no such image'));
    const breakIt = onWaiting(
      /Unschedulable/,
      () => void setStatus('pod', newestPod(), waitingFor('InvalidImageName')),
    );
    const { notReady } = await ready.apply({ readyTimeout: 60_000, onProgress: breakIt });
    expect(notReady).toMatchObject([
      { state: 'failed', message: expect.stringMatching(/pod web-[^ ]+: InvalidImageName$/) },
    ]);
    expect(notReady[0]?.evidence).toContain('InvalidImageName says the kubelet');
  });

  test('is not stopped by the broken pods of the revision that it repairs', async () => {
    await (await planned(unplaceable('web', 'broken'))).apply({ readyTimeout: 1_000 });
    setStatus('pod', newestPod(), waitingFor('InvalidImageName'));
    const { notReady } = await (await planned(deployment('web', 1))).apply();
    expect(notReady).toEqual([]);
  });

  test('says what a quota refuses', async () => {
    inNamespace('create', 'quota', 'none', '--hard=pods=0');
    const { notReady } = await (await planned(deployment('web', 1))).apply({ readyTimeout: 4_000 });
    expect(notReady).toMatchObject([{ message: expect.stringContaining('FailedCreate') }]);
    expect(notReady[0]?.evidence.join('\n')).toContain('exceeded quota: none');
  });

  describe('for a Job', () => {
    const job = (name: string, spec: JsonObject, labels: JsonObject = {}): Resource => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: {
        backoffLimit: 0,
        ...spec,
        template: {
          metadata: { labels },
          spec: { restartPolicy: 'Never', containers: [{ name: 'run', image: 'registry.test/run:1' }] },
        },
      },
    });
    const failing = { 'pod-container-running-failed.stage.kwok.x-k8s.io': 'true' };

    test('that failed tells what was noted about it', async () => {
      const { notReady } = await (await planned(job('seed', {}, failing))).apply();
      expect(notReady).toMatchObject([{ state: 'failed', message: expect.stringContaining('backoff limit') }]);
      expect(notReady[0]?.evidence.join('\n')).toContain('event BackoffLimitExceeded');
    });

    test('that deletes itself when it is done knows how it ended, and its absence is no drift', async () => {
      const done = [job('seed', { ttlSecondsAfterFinished: 0 })];
      const { notReady, revision } = await (await planned(...done)).apply();
      expect([notReady, revision]).toEqual([[], 1]);
      expect(inNamespace('get', 'jobs', '-o', 'name')).toBe('');
      expect((await planned(...done)).release).toMatchObject({ changes: [], drifted: [], untouched: 1 });
      const broken = [job('seed', { ttlSecondsAfterFinished: 0 }, failing)];
      const next = await planned(...broken);
      expect(next.release.changes.map(({ action }) => action)).toEqual(['create']);
      expect((await next.apply()).notReady).toMatchObject([
        { state: 'failed', message: expect.stringContaining('backoff limit') },
      ]);
      // It failed, so it is to run again, although nothing of it changed.
      expect((await planned(...broken)).release.changes.map(({ action }) => action)).toEqual(['create']);
    });
  });

  test('gives the controller of a custom resource time to say something, and believes what it says', async () => {
    const plural = 'waiters';
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${namespace}.test` },
      spec: {
        group: `${namespace}.test`,
        names: { kind: 'Waiter', plural },
        scope: 'Namespaced',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    } as const satisfies JsonObject;
    await (await planned(definition)).apply();
    const waiter = { apiVersion: `${namespace}.test/v1`, kind: 'Waiter', metadata: { name: 'w' }, spec: {} };
    const stalled = { conditions: [{ type: 'Stalled', status: 'True', reason: 'NoSuchThing', message: 'cannot be' }] };
    const answer = onWaiting(/no status yet/, () => void setStatus(plural, 'w', stalled));
    const { notReady } = await (await planned(definition, waiter)).apply({ onProgress: answer });
    expect(notReady).toMatchObject([{ state: 'failed', message: 'cannot be' }]);
    kubectl(bed(), ['delete', 'crd', definition.metadata.name, '--wait=false']);
  });
});
