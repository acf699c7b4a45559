import { describe, expect, test } from '@jest/globals';
import type { Plan } from './plan.ts';
import { planSchema } from './plan.ts';
import type { PlanFile } from './plan-file.ts';
import { readPlanFile, writePlanFile } from './plan-file.ts';

const plan: Plan = {
  schema: planSchema,
  environment: 'production',
  target: 'branch deploy/production of this repository',
  commit: { rendered: 'c'.repeat(40), head: 'a'.repeat(40), base: undefined },
  releases: [
    {
      name: 'catalog',
      namespace: 'shop',
      changes: [
        {
          key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'catalog' },
          action: 'update',
          causes: ['merge-request'],
          fields: [{ path: 'spec.replicas', from: '3', to: undefined, cause: 'merge-request', origin: undefined }],
          consequences: [],
          source: 'catalog/deployment.yaml',
          digest: 'abc-_1',
          parts: ['def'],
        },
      ],
      drifted: [],
      untouched: 2,
      digest: 'ghi',
      blocked: [],
    },
  ],
  notices: [{ severity: 'info', text: 'a note' }],
  digest: 'jkl',
};
const file: PlanFile = {
  of: 'mygoodies%2Fshop!17',
  head: 'a'.repeat(40),
  parts: [{ environment: 'production', releases: ['catalog'], plan, problem: undefined, reason: undefined }],
};

function reason(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    return `${(error as { reason?: string }).reason}: ${(error as Error).message}`;
  }
  return 'read';
}

describe('a plan file', () => {
  test.each([undefined, 'a key'])('comes back as it was written, with the key %s', (key) => {
    expect(readPlanFile(writePlanFile(file, key), { name: 'x.json', key })).toEqual(file);
  });

  test('is refused when one sign of it was changed, with a key and without', () => {
    for (const key of [undefined, 'a key']) {
      const changed = writePlanFile(file, key).replace('abc-_1', 'abc-_2');
      expect(reason(() => readPlanFile(changed, { name: 'x.json', key }))).toMatch(/^plan-refused: .*x\.json/);
    }
  });

  test('cannot be sealed anew by who has no key', () => {
    const forged = writePlanFile({ ...file, head: 'b'.repeat(40) }, undefined);
    expect(reason(() => readPlanFile(forged, { name: 'x', key: 'a key' }))).toContain('it is not signed');
    const other = writePlanFile(file, 'another key');
    expect(reason(() => readPlanFile(other, { name: 'x', key: 'a key' }))).toContain('sealed with another key');
    expect(reason(() => readPlanFile(other, { name: 'x', key: undefined }))).toContain('this run has no key');
  });

  test.each([
    ['no JSON', 'plan'],
    ['a list', '[]'],
    ['a text', '"plan"'],
    ['nothing', ''],
  ])('is refused when it is %s', (_what, text) => {
    expect(reason(() => readPlanFile(text, { name: 'x', key: undefined }))).toMatch(/^plan-refused/);
  });

  test.each([
    ['a part without its environment', { ...file, parts: [{}] }],
    ['an environment that would break the marker', { ...file, parts: [{ ...file.parts[0], environment: 'a|b' }] }],
    [
      'a digest that would break the marker',
      { ...file, parts: [{ ...file.parts[0], plan: { ...plan, digest: '-->' } }] },
    ],
    ['a reason that there is not', { ...file, parts: [{ ...file.parts[0], reason: 'toString' }] }],
    ['releases that are no list', { ...file, parts: [{ ...file.parts[0], plan: { ...plan, releases: {} } }] }],
    ['another version', { ...file, schema: 'pushgate.dev/plan-file/v9' }],
  ])('is refused when it holds %s, although it is sealed well', (_what, content) => {
    const text = writePlanFile(content as never, undefined);
    expect(reason(() => readPlanFile(text, { name: 'x', key: undefined }))).toMatch(/^plan-refused/);
  });
});
