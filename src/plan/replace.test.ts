import { expect, test } from '@jest/globals';
import { refusedChange, replacementFor } from './replace.ts';

const key = (group: string, kind: string) => ({ group, kind, namespace: 'shop', name: 'web' });
const invalid = (...fields: readonly string[]) => fields.map((field) => ({ reason: 'FieldValueInvalid', field }));

test('an object is replaced when every field that the server refuses is on the list of its kind', () => {
  expect(replacementFor(key('batch', 'Job'), invalid('spec.template'))).toMatchObject({
    propagation: 'Background',
    fields: ['spec.template'],
  });
  expect(replacementFor(key('apps', 'StatefulSet'), [{ reason: 'FieldValueForbidden', field: 'spec' }])).toMatchObject({
    propagation: 'Orphan',
  });
  expect(replacementFor(key('', 'Service'), invalid('spec.clusterIPs[0]'))).toBeDefined();
});

test('it is not when another field is refused as well, for another reason, or of a kind of the same name', () => {
  expect(replacementFor(key('batch', 'Job'), invalid('spec.template', 'spec.parallelism'))).toBeUndefined();
  expect(
    replacementFor(key('batch', 'Job'), [{ reason: 'FieldValueRequired', field: 'spec.template' }]),
  ).toBeUndefined();
  expect(replacementFor(key('example.com', 'Job'), invalid('spec.template'))).toBeUndefined();
  expect(replacementFor(key('batch', 'Job'), [])).toBeUndefined();
});

test.each(['PersistentVolumeClaim', 'PersistentVolume', 'Namespace', 'CustomResourceDefinition'])(
  'a %s is never replaced, and the refusal names field and way out',
  (kind) => {
    expect(replacementFor(key('', kind), invalid('spec'))).toBeUndefined();
    const refusal = refusedChange(key('', kind), invalid('spec.storageClassName'), 'field is immutable');
    expect(refusal.text).toContain('a change of spec.storageClassName (field is immutable)');
    expect(refusal.hint).not.toContain('kubectl delete');
  },
);
