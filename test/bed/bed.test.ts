import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withLock } from './lock.ts';
import { dropNamespace, kubectl, makeNamespace } from './namespaces.ts';
import { describeOnBed } from './suites.ts';

describeOnBed('the bed', (bed) => {
  let namespace = '';
  beforeAll(() => {
    namespace = makeNamespace(bed());
  });
  afterAll(() => dropNamespace(bed(), namespace));

  test('brings a Deployment of two replicas to two ready pods', () => {
    const app = ['create', 'deployment', 'web', '--image=registry.test/web:1', '--replicas=2', '-n', namespace];
    kubectl(bed(), app);
    kubectl(bed(), ['rollout', 'status', 'deployment/web', '-n', namespace, '--timeout=25s']);
    const ready = kubectl(bed(), [
      'get',
      'deployment',
      'web',
      '-n',
      namespace,
      '-o',
      'jsonpath={.status.readyReplicas}',
    ]);
    expect(ready).toBe('2');
  });

  test('has a planner who can predict and cannot write', () => {
    const create = ['create', 'configmap', 'a', '-n', namespace];
    expect(kubectl(bed(), [...create, '--dry-run=server'], { as: 'planner' })).toContain('configmap/a created');
    expect(() => kubectl(bed(), create, { as: 'planner' })).toThrow('the planner may only dry-run');
  });

  test('has an applier who writes releases and no roles', () => {
    kubectl(bed(), ['create', 'configmap', 'b', '-n', namespace], { as: 'applier' });
    const role = ['create', 'role', 'r', '--verb=get', '--resource=pods', '-n', namespace];
    expect(() => kubectl(bed(), role, { as: 'applier' })).toThrow('forbidden');
  });
});

describe('the lock between processes', () => {
  test('lets one at a time in and takes over from a process that died', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pushgate-lock-'));
    const file = join(folder, 'lock');
    // No process can have this id: it is above what any system gives out.
    writeFileSync(file, '2147483646');
    const order: string[] = [];
    const enter = (name: string) =>
      withLock(file, async () => {
        order.push(`${name} in`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} out`);
      });
    await Promise.all([enter('first'), enter('second')]);
    rmSync(folder, { recursive: true });
    expect(order.map((step) => step.split(' ')[1])).toEqual(['in', 'out', 'in', 'out']);
  });
});
