import { expect, test } from '@jest/globals';
import type { Client } from '../../src/cluster/read/client.ts';
import { Problem } from '../../src/problem.ts';
import { type Json, type JsonObject, type Resource, valueAt } from '../../src/resource/resource.ts';
import { describeOnBed } from '../bed/suites.ts';
import { seededDraw } from '../oracle/random-calls.ts';
import { reportFigure } from '../support/figures.ts';
import { clientOf, configMap, deployment, line, plan, problem } from './support.ts';
import { newNamespace } from './trials.ts';

const seed = Number(process.env['HOSTILE_SEED'] ?? 1);
const cases = Number(process.env['HOSTILE_CASES'] ?? 150);

describeOnBed('live objects as nobody would expect them', (bed) => {
  async function onStage(act: (client: Client, namespace: string) => Promise<void>): Promise<void> {
    const client = clientOf(bed(), 'administrator');
    const namespace = newNamespace();
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await client.send({ method: 'POST', path: '/api/v1/namespaces', body, repeatable: 'once' });
    await act(client, namespace);
    await client.send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}`, repeatable: 'once' });
  }

  const mapPath = (namespace: string, name: string): string => `/api/v1/namespaces/${namespace}/configmaps/${name}`;

  async function patch(client: Client, path: string, body: Json, contentType = 'application/merge-patch+json') {
    return await client.send({ method: 'PATCH', path, body, contentType, repeatable: 'once' });
  }

  test(`${cases} objects with random managedFields are planned and applied as if they were ordinary`, async () => {
    await onStage(async (client, namespace) => {
      const draw = seededDraw(seed);
      let taken = 0;
      for (let count = 0; count < cases; count += 10) {
        const names = Array.from({ length: 10 }, (_, index) => `map-${index}`);
        const objects = (value: string): readonly Resource[] =>
          names.map((name) => configMap(name, { x: value, y: 'y' }));
        const first = await plan({ client, namespace, objects: objects(`a${count}`) });
        expect((await first.apply()).outcomes.map(({ outcome }) => outcome)).not.toContain('failed');
        for (const name of names) {
          const entries = Array.from({ length: draw(4) }, () => randomEntry(draw));
          const body = [
            { op: 'replace', path: '/metadata/managedFields', value: entries.length === 0 ? [{}] : entries },
          ];
          const { status } = await patch(client, mapPath(namespace, name), body, 'application/json-patch+json');
          if (status === 200) taken++;
        }
        const next = await plan({ client, namespace, objects: objects(`b${count}`) });
        expect(next.release.changes.map(line)).toEqual(
          names.map((name) => expect.stringContaining(`update ConfigMap ${name}: data.x`)),
        );
        expect((await next.apply()).outcomes.map(({ outcome }) => outcome)).toEqual(names.map(() => 'updated'));
        const again = await plan({ client, namespace, objects: objects(`b${count}`) });
        expect(again.release.changes).toEqual([]);
        const left = await client.send({ method: 'GET', path: mapPath(namespace, 'map-0'), repeatable: 'repeatable' });
        expect(valueAt(left.body, ['data'])).toEqual({ x: `b${count}`, y: 'y' });
      }
      reportFigure(
        `hostile managedFields: ${cases} objects, ${taken} with entries that the server took (seed ${seed})`,
      );
      expect(taken).toBeGreaterThan(cases / 4);
    });
  }, 300_000);

  test('annotations as large as the server takes them are no hindrance', async () => {
    await onStage(async (client, namespace) => {
      await (await plan({ client, namespace, objects: [configMap('a', { x: '1' })] })).apply();
      const annotations = { note: '‮'.repeat(1000) + 'x'.repeat(200_000) };
      expect((await patch(client, mapPath(namespace, 'a'), { metadata: { annotations } })).status).toBe(200);

      const planned = await plan({ client, namespace, objects: [configMap('a', { x: '2' })] });

      expect(planned.release.changes.map(line)).toEqual(['update ConfigMap a: data.x 1 → 2']);
      expect((await planned.apply()).revision).toBe(2);
    });
  });

  test('what finalizers hold in deletion is neither written nor deleted twice, and they are named', async () => {
    await onStage(async (client, namespace) => {
      const held = (name: string): Resource => ({
        ...configMap(name, { x: '1' }),
        metadata: { name, finalizers: ['example.test/never'] },
      });
      await (await plan({ client, namespace, objects: [held('pruned'), held('kept'), deployment('web', 0)] })).apply();
      await client.send({ method: 'DELETE', path: mapPath(namespace, 'kept'), repeatable: 'once' });

      const pruning = await plan({ client, namespace, objects: [held('kept'), deployment('web', 0)] });
      const { outcomes, progress } = await pruning.apply();
      expect(outcomes.map(({ key, outcome }) => `${key.name} ${outcome}`)).toEqual(['pruned deleted']);
      expect(progress.join('\n')).toMatch(
        /ConfigMap pruned waiting is being deleted since .*, held by finalizer example.test\/never/,
      );

      const changed = { ...held('kept'), data: { x: '2' } };
      const next = await plan({ client, namespace, objects: [changed, held('pruned'), deployment('web', 0)] });
      expect(next.release.blocked.map(({ reason, text }) => `${reason}: ${text}`).sort()).toEqual([
        expect.stringMatching(
          /^conflict: ConfigMap .*kept is being deleted since .*held by finalizer example.test\/never$/,
        ),
        expect.stringMatching(
          /^conflict: ConfigMap .*pruned is being deleted since .*held by finalizer example.test\/never$/,
        ),
      ]);

      for (const name of ['kept', 'pruned'])
        await patch(client, mapPath(namespace, name), { metadata: { finalizers: null } });
      const last = await plan({ client, namespace, objects: [configMap('kept', { x: '2' }), deployment('web', 0)] });
      expect(last.release.changes.map(line)).toEqual(['create ConfigMap kept']);
      expect((await last.apply()).outcomes.map(({ outcome }) => outcome)).toEqual(['created']);
    });
  });

  test('a namespace that is being deleted is said to be so, in the plan and in the apply', async () => {
    await onStage(async (client, namespace) => {
      const stuck = { ...configMap('stuck', {}), metadata: { name: 'stuck', finalizers: ['example.test/never'] } };
      await (await plan({ client, namespace, objects: [stuck] })).apply();
      const ready = await plan({ client, namespace, objects: [stuck, configMap('more', { x: '1' })] });
      await client.send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}`, repeatable: 'once' });

      const applying = await outcomeOf(ready.apply());
      expect(applying).toContain(`namespace ${namespace} is being deleted`);
      const planning = await problem(plan({ client, namespace, objects: [configMap('more', { x: '1' })] }));
      expect(planning).toMatchObject({ reason: 'rejected', message: expect.stringContaining('is being deleted') });
      await patch(client, mapPath(namespace, 'stuck'), { metadata: { finalizers: null } });
    });
  });
});

async function outcomeOf(work: ReturnType<Awaited<ReturnType<typeof plan>>['apply']>): Promise<string> {
  try {
    const { outcomes, problem: other } = await work;
    return [...outcomes.map(({ problem: why }) => why?.message ?? ''), other?.message ?? ''].join('\n');
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

/** An entry that the server may or may not take: what it takes has to be borne. */
function randomEntry(draw: (bound: number) => number): JsonObject {
  const pick = <T>(...values: readonly T[]): T => values[draw(values.length)] as T;
  const fields = (depth: number): JsonObject =>
    Object.fromEntries(
      Array.from({ length: draw(4) }, () => [
        pick(
          'f:data',
          'f:x',
          'f:y',
          'f:metadata',
          'f:labels',
          'f:annotations',
          '.',
          'k:{"name":"a"}',
          'k:{"a":1,"b":null}',
          'v:"x"',
          'i:0',
          'f:‮',
          'f:__proto__',
          'f:constructor',
          'f:',
        ),
        depth > 3 ? {} : fields(depth + 1),
      ]),
    );
  return {
    manager: pick(
      'pushgate',
      'helm',
      'kubectl-edit',
      'kubectl-client-side-apply',
      'before-first-apply',
      '',
      'x'.repeat(128),
      '__proto__',
      'a\nb',
      '‮evil',
    ),
    operation: pick('Apply', 'Update'),
    apiVersion: pick('v1', 'v1', 'v1', 'apps/v1', 'gone.example.test/v9'),
    time: pick('2026-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '9999-12-31T23:59:59Z'),
    fieldsType: 'FieldsV1',
    fieldsV1: fields(0),
    ...(draw(5) === 0 ? { subresource: pick('status', 'scale', 'nonsense') } : {}),
  };
}
