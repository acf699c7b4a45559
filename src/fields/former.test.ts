import { expect, test } from '@jest/globals';
import type { JsonObject, Resource } from '../resource/resource.ts';
import {
  entriesTakenOver,
  entriesWithoutShared,
  formerAppliers,
  formerDataKeys,
  withoutFormerFields,
} from './former.ts';

const entry = (manager: string, operation: string, fieldsV1: JsonObject, more: JsonObject = {}): JsonObject => ({
  ...{ manager, operation, apiVersion: 'v1', time: '2026-01-01T10:00:00Z', fieldsType: 'FieldsV1', fieldsV1 },
  ...more,
});
const object = (data: JsonObject, ...managedFields: JsonObject[]): Resource => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'env', managedFields },
  data,
});
const data = (...keys: string[]): JsonObject => ({
  'f:data': Object.fromEntries(keys.map((key) => [`f:${key}`, {}])),
});

test('tools that apply whole objects are named as people call them, the newest first', () => {
  const live = object(
    {},
    entry('helm', 'Update', data('A')),
    entry('kubectl-client-side-apply', 'Update', data('A'), { time: '2026-01-02T10:00:00Z' }),
    entry('kubectl-edit', 'Update', data('B')),
    entry('kube-controller-manager', 'Update', {}, { subresource: 'status' }),
    entry('helm', 'Update', {}, { subresource: 'scale' }),
  );
  expect(formerAppliers(live)).toEqual(['kubectl apply', 'Helm']);
});

test('what only a former tool had goes from the prediction, what anybody else has stays', () => {
  const helm = entry('helm', 'Apply', data('A', 'B', 'C'));
  const edit = entry('kubectl-edit', 'Update', data('C'));
  const live = object({ A: '1', B: '1', C: '1' }, helm, edit);
  const predicted = object({ A: '1', B: '1', C: '1' }, helm, edit, entry('pushgate', 'Apply', data('A')));
  expect(withoutFormerFields(live, predicted)['data']).toEqual({ A: '1', C: '1' });
  expect(formerDataKeys(live, predicted)).toEqual(['B']);
  const untouched = object({ A: '1' }, edit);
  expect(withoutFormerFields(untouched, predicted)).toBe(predicted);
});

test('its entries become ours, but for the copy that kubectl keeps of what it applied', () => {
  const copy = { 'f:annotations': { '.': {}, 'f:kubectl.kubernetes.io/last-applied-configuration': {}, 'f:a': {} } };
  const edit = entry('kubectl-edit', 'Update', data('C'));
  const live = object(
    {},
    entry('kubectl-client-side-apply', 'Update', { ...data('A'), 'f:metadata': copy }),
    edit,
    entry('pushgate', 'Apply', data('B'), { time: '2026-01-02T10:00:00Z' }),
  );
  const ours = {
    ...{ manager: 'pushgate', operation: 'Apply', apiVersion: 'v2', time: '2026-01-02T10:00:00Z' },
    fieldsType: 'FieldsV1',
    fieldsV1: { ...data('A', 'B'), 'f:metadata': { 'f:annotations': { 'f:a': {} } } },
  };
  expect(entriesTakenOver(live, 'v2')).toEqual([ours, edit]);
  expect(entriesTakenOver(object({}, edit), 'v1')).toBeUndefined();
});

test('a Secret that was applied by stringData hands over its data', () => {
  const live = object({}, entry('helm', 'Apply', { 'f:stringData': { 'f:key': {} } }));
  expect(entriesTakenOver(live, 'v1')).toMatchObject([{ fieldsV1: { 'f:data': { 'f:key': {} } } }]);
});

test('people keep what is theirs alone', () => {
  const ours = entry('pushgate', 'Apply', data('A'));
  const scale = entry('kubectl', 'Update', data('A'), { subresource: 'scale' });
  const controller = entry('operator', 'Update', data('A'));
  const live = object({}, ours, entry('kubectl-edit', 'Update', data('A', 'B')), scale, controller);
  expect(entriesWithoutShared(live)).toEqual([ours, entry('kubectl-edit', 'Update', data('B')), scale, controller]);
  expect(entriesWithoutShared(object({}, ours, entry('kubectl-patch', 'Update', data('A'))))).toEqual([ours]);
  expect(entriesWithoutShared(object({}, ours, entry('kubectl-edit', 'Update', data('B'))))).toBeUndefined();
});
