import { describe, expect, test } from '@jest/globals';
import type { JsonObject, Resource } from '../resource/resource.ts';
import { isUntouched, sealOf, untouchedBy } from './seal.ts';

function object(metadata: JsonObject): Resource {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', uid: 'u1', resourceVersion: '5', ...metadata } };
}

const entry = (manager: string, fields: JsonObject, time: string): JsonObject => ({
  manager,
  operation: manager === 'pushgate' ? 'Apply' : 'Update',
  time,
  fieldsV1: fields,
});

describe('the seal holds', () => {
  test('when the resourceVersion is the same', () => {
    expect(untouchedBy(sealOf(object({})), sealOf(object({})))).toBe('resourceVersion');
  });

  test('when only the status of a counted kind moved', () => {
    const before = sealOf(object({ generation: 3 }));
    expect(untouchedBy(before, sealOf(object({ generation: 3, resourceVersion: '6' })))).toBe('generation');
  });

  test('when the status of an uncounted kind moved', () => {
    const ours = entry('pushgate', { 'f:spec': {} }, 't1');
    const status = { ...entry('controller', { 'f:status': {} }, 't2'), subresource: 'status' };
    const before = sealOf(object({ managedFields: [ours] }));
    const after = sealOf(object({ managedFields: [ours, status], resourceVersion: '6' }));
    expect(untouchedBy(before, after)).toBe('entries');
  });
});

describe('the seal is broken', () => {
  const ours = entry('pushgate', { 'f:spec': {} }, 't1');
  const before = sealOf(object({ managedFields: [ours], labels: { a: '1' } }));
  const now = (metadata: JsonObject) =>
    untouchedBy(
      before,
      sealOf(object({ managedFields: [ours], labels: { a: '1' }, resourceVersion: '6', ...metadata })),
    );

  test('by a new incarnation, another label, a foreign field, and another run of ours', () => {
    expect(now({})).toBe('entries');
    expect(now({ uid: 'u2', resourceVersion: '5' })).toBeUndefined();
    expect(now({ labels: { a: '2' } })).toBeUndefined();
    expect(now({ managedFields: [ours, entry('kubectl', { 'f:spec': { 'f:type': {} } }, 't2')] })).toBeUndefined();
    expect(now({ managedFields: [entry('pushgate', { 'f:spec': {} }, 't2')] })).toBeUndefined();
    expect(now({ generation: 1 })).toBeUndefined();
  });
});

test('an object is untouched by its seal as by the tests one after the other', () => {
  const seal = sealOf(object({ generation: 3 }));
  expect(isUntouched(seal, object({ generation: 3 }))).toBe(true);
  expect(isUntouched(seal, object({ generation: 3, resourceVersion: '6' }))).toBe(true);
  expect(isUntouched(seal, object({ generation: 4, resourceVersion: '6' }))).toBe(false);
  expect(isUntouched(seal, object({ generation: 3, uid: 'u2' }))).toBe(false);
  expect(isUntouched({ ...seal, uid: '' }, object({ uid: '' }))).toBe(false);
});
